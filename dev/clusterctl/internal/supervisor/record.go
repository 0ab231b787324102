package supervisor

import (
	"errors"
	"os"
	"time"

	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/process"
)

// Record names every process of an instance, for whoever has to clean up after
// a supervisor that did not get to do it.
type Record struct {
	Supervisor process.Identity            `json:"supervisor"`
	Components map[string]process.Identity `json:"components"`
}

// ReadRecord reads the record of an instance; one that never ran has an empty one.
func ReadRecord(of instance.Instance) (Record, error) {
	var record Record
	err := instance.ReadJSON(of.Processes(), &record)
	if errors.Is(err, os.ErrNotExist) {
		return Record{}, nil
	}
	return record, err
}

// Stop ends the processes of the record: the supervisor, which ends the others,
// and then whatever is left of a supervisor that crashed.
func (r Record) Stop() error {
	err := r.Supervisor.Stop(15 * time.Second)
	for _, component := range r.Components {
		err = errors.Join(err, component.Kill())
	}
	return err
}

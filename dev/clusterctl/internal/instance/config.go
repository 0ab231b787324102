package instance

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"portclaim.io/dev/clusterctl/internal/ports"
	"portclaim.io/dev/clusterctl/internal/process"
)

const configFile = "instance.json"

// Config is what an instance was started with. It is kept with the data, so
// that a later start finds the same cluster.
type Config struct {
	Version  string `json:"version"`
	Binaries string `json:"binaries"`
	Ports    Ports  `json:"ports"`
	Audit    bool   `json:"audit"`
	// Nodes are real ones, each with a kubelet; none: a control plane only.
	Nodes []Node `json:"nodes,omitempty"`
	// Network connects the nodes with each other and with this machine.
	Network Network `json:"network,omitzero"`
	// Programs are the directories of what the nodes need besides Binaries.
	Programs Programs `json:"programs,omitzero"`
	// WatchParent is the process whose end ends the instance.
	WatchParent *process.Identity `json:"watchParent,omitempty"`
}

// Ports are the ports of an instance, all on the loopback address but that of
// the API server of a cluster with nodes.
type Ports struct {
	Etcd              int `json:"etcd"`
	EtcdPeer          int `json:"etcdPeer"`
	APIServer         int `json:"apiServer"`
	ControllerManager int `json:"controllerManager"`
	Scheduler         int `json:"scheduler"`
}

// ChoosePorts chooses free ports for a new instance.
func ChoosePorts() (Ports, error) {
	chosen, err := ports.Choose(5)
	if err != nil {
		return Ports{}, err
	}
	return Ports{chosen[0], chosen[1], chosen[2], chosen[3], chosen[4]}, nil
}

// Free reports whether all ports can be bound now.
func (p Ports) Free() bool {
	return p.Etcd != 0 && ports.Free(p.Etcd) && ports.Free(p.EtcdPeer) &&
		ports.Free(p.APIServer) && ports.Free(p.ControllerManager) && ports.Free(p.Scheduler)
}

// Load reads the settings of an existing instance.
func (i Instance) Load() (Config, error) {
	var config Config
	err := ReadJSON(i.path(configFile), &config)
	if errors.Is(err, os.ErrNotExist) {
		return config, fmt.Errorf("there is no cluster %q: start it with \"dev/cluster up --name %s\"", i.Name, i.Name)
	}
	return config, err
}

// Save records the settings.
func (i Instance) Save(config Config) error { return WriteJSON(i.path(configFile), config) }

// ReadJSON reads a record.
func ReadJSON(path string, value any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, value); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// WriteJSON replaces a record as a whole, so that no reader sees half of it.
func WriteJSON(path string, value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(path, append(content, '\n'))
}

func writeFile(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(content)
	if err := errors.Join(err, temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

package binaries

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"portclaim.io/dev/clusterctl/internal/filelock"
	"portclaim.io/dev/clusterctl/internal/process"
)

// every is how often a long wait says that it goes on.
const every = 15 * time.Second

// product is a directory of programs that are built together.
type product struct {
	dir   string
	label string // for people, with its version
	takes string // how long the build takes on 2 cores
	other string // what else would do where it cannot be built; may be empty
	names []string
	fill  func(dir string) error
}

// make makes the directory of a product hold all its programs. Of two builds at
// a time one waits and then finds the work done.
func (f Finder) make(p product) error {
	if len(missing(p.dir, p.names)) == 0 {
		return nil
	}
	lock, err := filelock.Acquire(p.dir+".lock", every, func(elapsed time.Duration) {
		f.Report("waiting for another build of %s (%s)", p.label, elapsed.Round(time.Second))
	})
	if err != nil {
		return err
	}
	defer lock.Release()
	if len(missing(p.dir, p.names)) == 0 {
		return nil
	}
	// What an interrupted build left; whoever holds the lock is the only builder.
	if leftovers, err := filepath.Glob(p.dir + ".tmp-*"); err == nil {
		for _, leftover := range leftovers {
			os.RemoveAll(leftover)
		}
	}
	if _, err := exec.LookPath("go"); err != nil {
		return errors.New(p.label + " has to be built, but there is no \"go\" on the PATH: install Go" + p.other)
	}
	f.Report("building %s from Go modules: once, %s on 2 cores", p.label, p.takes)
	begin := time.Now()
	if err := fillDirectory(p.dir, p.names, p.fill); err != nil {
		return fmt.Errorf("the build of %s failed: %w", p.label, err)
	}
	f.Report("built in %s", time.Since(begin).Round(time.Second))
	return nil
}

// goCommand runs the go command in a directory and says every now and then
// that it still runs.
func (f Finder) goCommand(dir string, arguments ...string) error {
	log, err := os.CreateTemp("", "portclaim-go-*.log")
	if err != nil {
		return err
	}
	defer os.Remove(log.Name())
	defer log.Close()
	command := exec.Command("go", arguments...)
	command.Dir = dir
	// A workspace file above this directory must not change what is built.
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	command.Stdout, command.Stderr = log, log
	begin := time.Now()
	if err := command.Start(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- command.Wait() }()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				return fmt.Errorf("go %s: %w\n%s", arguments[0], err, process.Tail(log.Name(), 30))
			}
			return nil
		case <-ticker.C:
			f.Report("go %s: still at work (%s)", arguments[0], time.Since(begin).Round(time.Second))
		}
	}
}

// fillDirectory lets fill work in a new directory and gives that its final name
// only when it is complete, so that an interrupted run leaves nothing half done.
func fillDirectory(dir string, names []string, fill func(dir string) error) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+".tmp-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	if err := fill(temporary); err != nil {
		return err
	}
	if err := os.Chmod(temporary, 0o755); err != nil {
		return err
	}
	// What lies there is incomplete, or was made by a run that won the race.
	if len(missing(dir, names)) == 0 {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Rename(temporary, dir)
}

// Package instance knows what a cluster is on disk: its directory, its
// settings, its certificates and the command lines of its components.
package instance

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// Instance is one cluster, running or not, in a directory of its own.
type Instance struct {
	Root string // the directory that holds all instances
	Name string
}

var namePattern = regexp.MustCompile(`^[a-z0-9]([-a-z0-9_.]{0,61}[a-z0-9])?$`)

// New checks the name, which becomes the name of a directory.
func New(root, name string) (Instance, error) {
	if !namePattern.MatchString(name) {
		return Instance{}, fmt.Errorf("%q cannot name a cluster: use up to 63 lower-case letters, digits, "+
			"and - _ . between them", name)
	}
	root, err := filepath.Abs(root)
	if err != nil {
		return Instance{}, err
	}
	return Instance{root, name}, nil
}

// All lists the instances that have a directory below root.
func All(root string) ([]Instance, error) {
	entries, err := os.ReadDir(root)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Instance
	for _, entry := range entries {
		instance, err := New(root, entry.Name())
		if err == nil && entry.IsDir() {
			all = append(all, instance)
		}
	}
	return all, nil
}

// Dir holds everything that belongs to the instance.
func (i Instance) Dir() string { return filepath.Join(i.Root, i.Name) }

// Lock is the file that whoever starts or stops the instance holds locked. It
// lies outside the directory, which is removed while the lock is held.
func (i Instance) Lock() string { return filepath.Join(i.Root, ".locks", i.Name) }

// Kubeconfig is for the user of the cluster, an administrator.
func (i Instance) Kubeconfig() string { return i.path("kubeconfig") }

// KubectlCache is where kubectl remembers which resources this cluster serves.
// Its usual place is named after address and port, which later clusters reuse.
func (i Instance) KubectlCache() string { return i.path("kubectl-cache") }

// Log is where a component writes.
func (i Instance) Log(component string) string { return i.path("logs", component+".log") }

// Processes is the record of the processes that were started.
func (i Instance) Processes() string { return i.path("processes.json") }

// Socket is where the supervisor listens, relative to Dir: the full path can be
// longer than the 107 bytes a socket's name may have.
func (i Instance) Socket() string { return "supervisor.sock" }

// Exists reports whether there is anything of the instance on disk.
func (i Instance) Exists() bool {
	_, err := os.Stat(i.path(configFile))
	return err == nil
}

// Remove deletes everything but the lock.
func (i Instance) Remove() error { return os.RemoveAll(i.Dir()) }

func (i Instance) path(elements ...string) string {
	return filepath.Join(append([]string{i.Dir()}, elements...)...)
}

func (i Instance) pki(file string) string { return i.path("pki", file) }

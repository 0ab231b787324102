package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"portclaim.io/dev/clusterctl/internal/binaries"
	"portclaim.io/dev/clusterctl/internal/filelock"
	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/node"
)

// cannotRun says why this machine can't run real nodes. Tests are to be skipped
// with that reason, so it has an exit code of its own.
type cannotRun struct{ reason error }

const cannotRunCode = 3

func (c *cannotRun) Error() string {
	return "this machine can't run real nodes: " + c.reason.Error()
}

func canRunNodes(arguments []string) error {
	o := newOptions("can-run-nodes", "Tells whether this machine can run real nodes (\"up --nodes\"), and if it can't, why.\n"+
		"The exit code is 0 if it can, and 3 if it can't. Nothing is built or installed.")
	if err := o.parseNone(arguments); err != nil {
		return err
	}
	missing, err := missingPackages()
	if err != nil {
		return err
	}
	if err := checkMachine(o.root, len(missing) == 0); err != nil {
		fmt.Println(err)
		os.Exit(cannotRunCode)
	}
	if len(missing) > 0 {
		fmt.Printf("This machine can run real nodes; \"up --nodes\" will install %s.\n", strings.Join(missing, ", "))
		return nil
	}
	fmt.Println("This machine can run real nodes.")
	return nil
}

// checkMachine tries what nodes are made of.
func checkMachine(root string, complete bool) error {
	if !complete {
		if _, err := exec.LookPath("apt-get"); err != nil {
			return &cannotRun{errors.New("packages are missing, and there is no apt-get to install them with")}
		}
	}
	if err := node.Check(root, complete); err != nil {
		return &cannotRun{err}
	}
	return nil
}

// nodePrograms makes sure that everything is there that nodes need.
func nodePrograms(find binaries.Finder, root, version string) (instance.Programs, error) {
	var programs instance.Programs
	if err := installPackages(root); err != nil {
		return programs, err
	}
	var err error
	if programs.Kubernetes, err = find.ForNodes(version); err != nil {
		return programs, err
	}
	if programs.Runtime, err = find.ContainerRuntime(); err != nil {
		return programs, err
	}
	programs.Pause, err = find.Pause()
	return programs, err
}

func installPackages(root string) error {
	missing, err := missingPackages()
	if err != nil {
		return err
	}
	if err := checkMachine(root, len(missing) == 0); err != nil || len(missing) == 0 {
		return err
	}
	// Of two at a time one waits, and then finds everything there.
	lock, err := filelock.Acquire(filepath.Join(cacheDir(), "packages.lock"), 15*time.Second, func(elapsed time.Duration) {
		report("waiting for another installation of packages (%s)", elapsed.Round(time.Second))
	})
	if err != nil {
		return err
	}
	defer lock.Release()
	report("installing from Debian's packages: %s", strings.Join(missing, ", "))
	install := exec.Command(installer())
	output, err := install.CombinedOutput()
	if err != nil {
		return &cannotRun{fmt.Errorf("%s could not be installed: %w\n%s", strings.Join(missing, ", "), err, tail(output, 10))}
	}
	return checkMachine(root, true)
}

func missingPackages() ([]string, error) {
	output, err := exec.Command(installer(), "--missing").Output()
	if err != nil {
		return nil, fmt.Errorf("%s --missing: %w", installer(), err)
	}
	return strings.Fields(string(output)), nil
}

func installer() string {
	return filepath.Join(os.Getenv("PORTCLAIM_DEV_DIR"), "install-node-packages")
}

func tail(output []byte, lines int) string {
	all := bytes.Split(bytes.TrimSpace(output), []byte("\n"))
	return string(bytes.Join(all[max(0, len(all)-lines):], []byte("\n")))
}

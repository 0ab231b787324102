package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"portclaim.io/dev/clusterctl/internal/binaries"
	"portclaim.io/dev/clusterctl/internal/filelock"
	"portclaim.io/dev/clusterctl/internal/instance"
)

// nodePrograms makes sure that everything is built that nodes need.
func nodePrograms(find binaries.Finder, version string) (programs instance.Programs, err error) {
	if programs.Kubernetes, err = find.ForNodes(version); err != nil {
		return programs, err
	}
	if programs.Runtime, err = find.ContainerRuntime(); err != nil {
		return programs, err
	}
	programs.Pause, err = find.Pause()
	return programs, err
}

// installPackages makes sure that nodes can run here, and installs for them what
// is missing.
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

package binaries

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"portclaim.io/dev/clusterctl/internal/filelock"
	"portclaim.io/dev/clusterctl/internal/process"
)

// every is how often a long wait says that it goes on.
const every = 15 * time.Second

// program is the multi-call binary that all components are links to.
const program = "controlplane"

// recipe is the go command line that builds the control plane, without output.
func recipe(version string) []string {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	minor := ""
	if len(parts) == 3 {
		minor = parts[1]
	}
	const (
		component = "k8s.io/component-base/version."
		client    = "k8s.io/client-go/pkg/version."
	)
	flags := []string{
		"-s", "-w",
		"-X", component + "gitVersion=" + version,
		"-X", component + "gitMajor=1",
		"-X", component + "gitMinor=" + minor,
		// Kubernetes's own word for sources without a git history.
		"-X", component + "gitTreeState=archive",
		"-X", component + "gitCommit=unknown",
		// What clients name in their User-Agent, and so what the audit log shows.
		"-X", client + "gitVersion=" + version,
		"-X", client + "gitCommit=unknown",
	}
	return []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", strings.Join(flags, " ")}
}

// build makes dir hold all components. Of two builds at a time one waits and
// then finds the work done.
func (f Finder) build(dir, version string) error {
	lock, err := filelock.Acquire(dir+".lock", every, func(elapsed time.Duration) {
		f.Report("waiting for another build of Kubernetes %s (%s)", version, elapsed.Round(time.Second))
	})
	if err != nil {
		return err
	}
	defer lock.Release()
	if len(missing(dir)) == 0 {
		return nil
	}
	// What an interrupted build left; whoever holds the lock is the only builder.
	if leftovers, err := filepath.Glob(dir + ".tmp-*"); err == nil {
		for _, leftover := range leftovers {
			os.RemoveAll(leftover)
		}
	}
	if _, err := exec.LookPath("go"); err != nil {
		return errors.New("Kubernetes has to be built, but there is no \"go\" on the PATH: install Go, " +
			"or let KUBEBUILDER_ASSETS name a directory that holds " + strings.Join(Components, ", "))
	}
	f.Report("building Kubernetes %s from Go modules: once, about 5 minutes on 2 cores", version)
	begin := time.Now()
	err = fillDirectory(dir, func(dir string) error {
		sources, cleanUp, err := f.sourcesFor(version)
		if err != nil {
			return err
		}
		defer cleanUp()
		arguments := append(recipe(version), "-o", filepath.Join(dir, program), ".")
		if err := f.goCommand(sources, arguments...); err != nil {
			return fmt.Errorf("the build of Kubernetes %s failed: %w", version, err)
		}
		for _, component := range Components {
			if err := os.Symlink(program, filepath.Join(dir, component)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		f.Report("built in %s", time.Since(begin).Round(time.Second))
	}
	return err
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
func fillDirectory(dir string, fill func(dir string) error) error {
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
	if len(missing(dir)) == 0 {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Rename(temporary, dir)
}

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/process"
	"portclaim.io/dev/clusterctl/internal/supervisor"
)

const (
	// superviseCommand is how this program starts itself; it is no command of
	// dev/cluster.
	superviseCommand = "supervise"
	supervisorLog    = "supervisor"
)

func supervise(arguments []string) error {
	o := newOptions(superviseCommand, "Runs the processes of a cluster; \"up\" starts it.").withName()
	if err := o.parseNone(arguments); err != nil {
		return err
	}
	of, err := o.instance()
	if err != nil {
		return err
	}
	return supervisor.Run(of)
}

// startedSupervisor is a supervisor that this process started.
type startedSupervisor struct {
	identity process.Identity
	done     chan struct{}
}

// startSupervisor starts the process that outlives this one and owns the
// components.
func startSupervisor(of instance.Instance, config instance.Config) (*startedSupervisor, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := freshLogs(of, config); err != nil {
		return nil, err
	}
	log, err := os.Create(of.Log(supervisorLog))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	command := exec.Command(self, superviseCommand, "--clusters-dir", of.Root, "--name", of.Name)
	// None of this process's own streams: who reads them until they are closed
	// would wait as long as the cluster runs.
	command.Stdout, command.Stderr = log, log
	// A session of its own, so that an interrupt in the terminal does not reach it.
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the supervisor: %w", err)
	}
	done := make(chan struct{})
	identity, identifyErr := process.Identify(command.Process.Pid)
	go func() {
		_ = command.Wait()
		close(done)
	}()
	if identifyErr != nil {
		<-done
		return nil, fmt.Errorf("the supervisor ended at once:\n%s", process.Tail(of.Log(supervisorLog), 10))
	}
	return &startedSupervisor{identity, done}, nil
}

// freshLogs empties the logs of an earlier run, so that what is read from them
// is about this one.
func freshLogs(of instance.Instance, config instance.Config) error {
	if err := os.MkdirAll(filepath.Dir(of.Log(supervisorLog)), 0o700); err != nil {
		return err
	}
	for _, component := range config.Components() {
		if err := os.RemoveAll(of.Log(component.Name)); err != nil {
			return err
		}
	}
	return nil
}

package supervisor

import (
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"portclaim.io/dev/clusterctl/internal/process"
)

// component is one server process, started and ended any number of times.
type component struct {
	name     string
	program  string
	argument []string
	log      string
	// launch starts the process where it belongs: on the thread that lives as long
	// as the supervisor, or on that of a node.
	launch func(*exec.Cmd) error

	starting sync.Mutex // held by the one that starts it
	mutex    sync.Mutex
	identity process.Identity
	done     chan struct{} // closed when the process has ended; nil before the first start
	exit     string        // how it ended
}

// start does nothing where the process runs.
func (c *component) start() error {
	c.starting.Lock()
	defer c.starting.Unlock()
	if c.status().State == Running {
		return nil
	}
	log, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	command := exec.Command(c.program, c.argument...)
	command.Stdout, command.Stderr = log, log
	if err := c.launch(command); err != nil {
		c.neverRan(err)
		return err
	}
	identity, err := process.Identify(command.Process.Pid)
	if err != nil {
		// It ended at once; Wait below says how.
		identity = process.Identity{PID: command.Process.Pid}
	}
	done := make(chan struct{})
	c.mutex.Lock()
	c.identity, c.done, c.exit = identity, done, ""
	c.mutex.Unlock()
	go func() {
		err := command.Wait()
		c.mutex.Lock()
		defer c.mutex.Unlock()
		c.exit = "ended without an error"
		if err != nil {
			c.exit = err.Error()
		}
		close(done)
	}()
	return nil
}

// neverRan makes a program that could not be started look like one that ended,
// so that nobody waits for it.
func (c *component) neverRan(err error) {
	done := make(chan struct{})
	close(done)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.identity, c.done, c.exit = process.Identity{}, done, err.Error()
}

// end signals the process, insists after the given patience, and returns when
// it has ended. It does nothing where none runs.
func (c *component) end(signal syscall.Signal, patience time.Duration) {
	c.mutex.Lock()
	identity, done := c.identity, c.done
	c.mutex.Unlock()
	if done == nil {
		return
	}
	select {
	case <-done:
		return
	default:
	}
	// A child that was not waited for keeps its id, so that this cannot hit
	// another process.
	_ = syscall.Kill(identity.PID, signal)
	select {
	case <-done:
	case <-time.After(patience):
		_ = syscall.Kill(identity.PID, syscall.SIGKILL)
		<-done
	}
}

func (c *component) status() ComponentStatus {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	status := ComponentStatus{Name: c.name, State: Waiting, Identity: c.identity, Exit: c.exit}
	switch {
	case c.done == nil:
	case c.exit == "":
		status.State = Running
	default:
		status.State = Ended
	}
	return status
}

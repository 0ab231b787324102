// Package process names processes so that a recorded one can be distinguished from a
// later one that was given the same process id.
package process

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// Identity is a process id together with the moment that process started. The
// id alone is not enough to signal a process read from a file: ids are reused.
type Identity struct {
	PID     int    `json:"pid"`
	Started string `json:"started"`
}

// ErrGone says that no such process runs.
var ErrGone = errors.New("no such process")

// Identify reads the identity of a running process.
func Identify(pid int) (Identity, error) {
	if pid <= 0 {
		return Identity{}, fmt.Errorf("process %d: %w", pid, ErrGone)
	}
	started, err := startTime(pid)
	if err != nil {
		return Identity{}, fmt.Errorf("process %d: %w", pid, err)
	}
	return Identity{PID: pid, Started: started}, nil
}

// Alive reports whether exactly this process still runs. A process that ended
// and only waits for its parent to take notice of it does not.
func (i Identity) Alive() bool {
	if i.PID <= 0 || i.Started == "" {
		return false
	}
	started, err := startTime(i.PID)
	return err == nil && started == i.Started
}

// Signal sends a signal to exactly this process and does nothing if it is gone.
func (i Identity) Signal(signal syscall.Signal) error {
	if !i.Alive() {
		return nil
	}
	err := syscall.Kill(i.PID, signal)
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}

// Stop asks the process to end, insists after the given patience, and returns
// when it is gone.
func (i Identity) Stop(patience time.Duration) error {
	if err := i.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("cannot stop process %d: %w", i.PID, err)
	}
	if i.waitGone(patience) {
		return nil
	}
	return i.Kill()
}

// Kill ends the process at once and returns when it is gone.
func (i Identity) Kill() error {
	if err := i.Signal(syscall.SIGKILL); err != nil {
		return fmt.Errorf("cannot kill process %d: %w", i.PID, err)
	}
	if !i.waitGone(10 * time.Second) {
		return fmt.Errorf("process %d is still there 10s after SIGKILL: %w", i.PID, os.ErrDeadlineExceeded)
	}
	return nil
}

func (i Identity) waitGone(patience time.Duration) bool {
	deadline := time.Now().Add(patience)
	for i.Alive() {
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(20 * time.Millisecond)
	}
	return true
}

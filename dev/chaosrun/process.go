package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is a child that this program started, and ends by its id.
type Process struct {
	name    string
	command *exec.Cmd
	ended   chan struct{}
	logPath string

	mutex  sync.Mutex
	frozen bool
}

type starting struct {
	command *exec.Cmd
	done    chan error
}

var starter = func() chan starting {
	orders := make(chan starting)
	go func() {
		// A child is killed when the thread that started it ends, and this one lives as long as the program.
		runtime.LockOSThread()
		for order := range orders {
			order.done <- order.command.Start()
		}
	}()
	return orders
}()

// startProcess starts a program with its output appended to a log.
func startProcess(name, logPath string, environment []string, program string, arguments ...string) (*Process, error) {
	log, err := os.OpenFile(logPath, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	command := exec.Command(program, arguments...)
	command.Stdout, command.Stderr = log, log
	command.Env = append(os.Environ(), environment...)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	order := starting{command, make(chan error)}
	starter <- order
	if err := <-order.done; err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	process := &Process{name: name, command: command, ended: make(chan struct{}), logPath: logPath}
	go func() {
		// How it ended is read from its state.
		_ = command.Wait()
		close(process.ended)
	}()
	return process, nil
}

func (p *Process) pid() int { return p.command.Process.Pid }

func (p *Process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// exitCode is -1 after a signal. To be called once it has ended.
func (p *Process) exitCode() int { return p.command.ProcessState.ExitCode() }

// freeze stops its threads until thaw.
func (p *Process) freeze() error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.frozen = true
	return ignoreGone(p.command.Process.Signal(syscall.SIGSTOP))
}

func (p *Process) thaw() error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if !p.frozen {
		return nil
	}
	p.frozen = false
	return ignoreGone(p.command.Process.Signal(syscall.SIGCONT))
}

// kill ends it as a power failure does, and returns once it is gone.
func (p *Process) kill() error {
	err := ignoreGone(p.command.Process.Kill())
	<-p.ended
	return err
}

// stop ends it as a kubelet does, and returns once it is gone.
func (p *Process) stop(patience time.Duration) error {
	err := errors.Join(p.thaw(), ignoreGone(p.command.Process.Signal(syscall.SIGTERM)))
	select {
	case <-p.ended:
		return err
	case <-time.After(patience):
		return errors.Join(fmt.Errorf("%s did not stop within %s of SIGTERM", p.name, patience), p.kill())
	}
}

func ignoreGone(err error) error {
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// logTail is the end of its log.
func (p *Process) logTail() string {
	content, err := os.ReadFile(p.logPath)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

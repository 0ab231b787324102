package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Operator is the operator as a process.
type Operator struct {
	command    []string
	logPath    string
	election   []string // options
	startLimit time.Duration

	logged  int64 // size of the log when the process was started
	process *exec.Cmd
	ended   chan struct{}
	base    string
	http    http.Client
}

const (
	startLimit = 90 * time.Second
	stopLimit  = 20 * time.Second
)

// NewOperator plans a process; its log is appended to a file.
func NewOperator(command []string, logPath string) *Operator {
	return &Operator{
		command: command,
		logPath: logPath,
		// It is suspended for seconds, and must not lose its lease by that.
		election:   []string{"--lease-duration=600s", "--renew-deadline=590s"},
		startLimit: startLimit,
		http:       http.Client{Timeout: 10 * time.Second},
	}
}

// Start starts the process and waits until it serves claims. It must be called
// by the main goroutine, which is locked to a thread: the process is killed when
// that thread ends.
func (o *Operator) Start(ctx context.Context) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	o.base = fmt.Sprintf("http://127.0.0.1:%d", port)
	log, err := os.OpenFile(o.logPath, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	before, err := log.Stat()
	if err != nil {
		return err
	}
	o.logged = before.Size()
	arguments := append(o.command[1:len(o.command):len(o.command)],
		"--http-bind-address=127.0.0.1", fmt.Sprintf("--http-port=%d", port))
	o.process = exec.Command(o.command[0], append(arguments, o.election...)...)
	o.process.Stdout, o.process.Stderr = log, log
	o.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := o.process.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	o.ended = ended
	go func(process *exec.Cmd) {
		// Its callers report how it ended.
		_ = process.Wait()
		close(ended)
	}(o.process)
	return o.awaitReady(ctx)
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func (o *Operator) awaitReady(ctx context.Context) error {
	end := time.Now().Add(o.startLimit)
	for {
		if response, err := o.http.Get(o.base + "/readyz"); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		if time.Now().After(end) {
			return fmt.Errorf("the operator did not get ready within %s\n%s", o.startLimit, o.LogTail())
		}
		select {
		case <-o.ended:
			return fmt.Errorf("the operator has ended: %s\n%s", o.process.ProcessState, o.LogTail())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Pid is its process id.
func (o *Operator) Pid() int { return o.process.Process.Pid }

// Suspend stops its threads until Resume.
func (o *Operator) Suspend() error { return o.process.Process.Signal(syscall.SIGSTOP) }

// Resume lets it go on.
func (o *Operator) Resume() error { return o.process.Process.Signal(syscall.SIGCONT) }

// Stop ends it the way a kubelet does, and returns once it is gone.
func (o *Operator) Stop() error {
	if o.process == nil {
		return nil
	}
	// A suspended process would not notice.
	err := errors.Join(o.Resume(), o.process.Process.Signal(syscall.SIGTERM))
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	select {
	case <-o.ended:
		return nil
	case <-time.After(stopLimit):
		return errors.Join(fmt.Errorf("the operator did not stop within %s of SIGTERM", stopLimit), o.process.Process.Kill())
	}
}

// Kill ends it as a power failure does, and returns once it is gone.
func (o *Operator) Kill() error {
	err := o.process.Process.Kill()
	<-o.ended
	return err
}

// Scrape reads its metrics.
func (o *Operator) Scrape() (Series, error) {
	response, err := o.http.Get(o.base + "/metrics")
	if err != nil {
		return nil, fmt.Errorf("the operator's metrics: %w\n%s", err, o.LogTail())
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return parseSeries(text, "portclaim_"), nil
}

// LogTail is the end of its log.
func (o *Operator) LogTail() string { return logTail(o.logPath) }

func logTail(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

// AwaitTakeOver waits until the process has taken over what there is, and serves,
// and returns what its log says of it. It may be ready before: a standby is too.
func (o *Operator) AwaitTakeOver(ctx context.Context) (string, error) {
	for end := time.Now().Add(o.startLimit); ; {
		text, err := o.logSinceStart()
		if err != nil {
			return "", err
		}
		if line := lineWith(text, "taken over;"); line != "" {
			return line, nil
		}
		if time.Now().After(end) {
			return "", fmt.Errorf("the operator did not take over within %s\n%s", o.startLimit, o.LogTail())
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return "", err
		}
	}
}

// logSinceStart is that of this process: the log of all may be long.
func (o *Operator) logSinceStart() (string, error) {
	log, err := os.Open(o.logPath)
	if err != nil {
		return "", err
	}
	defer log.Close()
	text, err := io.ReadAll(io.NewSectionReader(log, o.logged, 1<<62-o.logged))
	return string(text), err
}

// lineWith is the first whole line that has the words, from them on.
func lineWith(text, words string) string {
	for line := range strings.Lines(text) {
		if at := strings.Index(line, words); at >= 0 && strings.HasSuffix(line, "\n") {
			return strings.TrimSpace(line[at:])
		}
	}
	return ""
}

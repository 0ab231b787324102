package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Crowd is the process that has the agents in it: Crowd.java.
type Crowd struct {
	process *exec.Cmd
	logPath string
	input   io.WriteCloser
	lines   chan string // closed at its end
	ended   chan struct{}
}

// crowdCommand has the Java that runs the operator run agents: Crowd.java, which is the source, on their class path.
func crowdCommand(java, classPath, source string, agents int, arguments ...string) ([]string, error) {
	if classPath == "" {
		return nil, errors.New("the agents need the flag --agent-class-path")
	}
	// Well above what agents keep: 5,000 of them had 888 MiB after a full collection.
	heap := fmt.Sprintf("-Xmx%dm", 512+agents/2)
	command := []string{java, "-XX:+UseSerialGC", heap, "-cp", classPath, source}
	return append(command, arguments...), nil
}

// startCrowd starts the process and returns once its agents are there, which
// have not begun yet. Like Operator.Start, it is for the main goroutine only.
func startCrowd(ctx context.Context, command []string, logPath string) (*Crowd, error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c := &Crowd{logPath: logPath, lines: make(chan string), ended: make(chan struct{})}
	c.process = exec.Command(command[0], command[1:]...)
	c.process.Stderr = log
	c.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if c.input, err = c.process.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := c.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.process.Start(); err != nil {
		return nil, err
	}
	go c.read(output)
	answer, err := c.answer(ctx)
	if err == nil && answer != "ready" {
		err = fmt.Errorf("unexpected answer of the agents: %q", answer)
	}
	if err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func (c *Crowd) read(output io.Reader) {
	scanner := bufio.NewScanner(output)
	for scanner.Scan() {
		c.lines <- scanner.Text()
	}
	close(c.lines)
	// Its callers report how it ended.
	_ = c.process.Wait()
	close(c.ended)
}

func (c *Crowd) answer(ctx context.Context) (string, error) {
	select {
	case line, open := <-c.lines:
		if !open {
			return "", fmt.Errorf("the agents' process has ended\n%s", c.logTail())
		}
		return line, nil
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(startLimit):
		return "", fmt.Errorf("the agents' process printed nothing for %s\n%s", startLimit, c.logTail())
	}
}

// Begin has all agents take their first step.
func (c *Crowd) Begin() error {
	_, err := io.WriteString(c.input, "begin\n")
	return err
}

// Looks is how often the agents have looked, all together.
func (c *Crowd) Looks(ctx context.Context) (float64, error) {
	if _, err := io.WriteString(c.input, "looks\n"); err != nil {
		return 0, fmt.Errorf("the agents' process: %w\n%s", err, c.logTail())
	}
	answer, err := c.answer(ctx)
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(answer, 64)
}

// Warnings are the lines of the agents' log so far: each says what failed.
func (c *Crowd) Warnings() ([]string, error) {
	content, err := os.ReadFile(c.logPath)
	if err != nil {
		return nil, err
	}
	var warnings []string
	for line := range bytes.Lines(content) {
		if text := string(line); strings.Contains(text, " WARN ") {
			warnings = append(warnings, strings.TrimSpace(text))
		}
	}
	return warnings, nil
}

func (c *Crowd) logTail() string { return logTail(c.logPath) }

// Pid is its process id.
func (c *Crowd) Pid() int { return c.process.Process.Pid }

// Stop ends the process, and returns once it is gone.
func (c *Crowd) Stop() error {
	// The end of its input is what it ends at, and it may have ended by itself.
	if err := c.input.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	for {
		select {
		case _, open := <-c.lines:
			if !open {
				<-c.ended
				return nil
			}
		case <-time.After(stopLimit):
			return errors.Join(fmt.Errorf("the agents' process did not end within %s", stopLimit), c.process.Process.Kill())
		}
	}
}

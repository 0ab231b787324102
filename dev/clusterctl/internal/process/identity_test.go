package process

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func start(t *testing.T, name string, arguments ...string) *exec.Cmd {
	t.Helper()
	command := exec.Command(name, arguments...)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	return command
}

func identify(t *testing.T, pid int) Identity {
	t.Helper()
	identity, err := Identify(pid)
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

func TestARunningProcessIsAlive(t *testing.T) {
	if self := identify(t, os.Getpid()); !self.Alive() {
		t.Errorf("%+v is not alive", self)
	}
}

func TestAnotherProcessWithTheSameIDIsNotTheRecordedOne(t *testing.T) {
	command := start(t, "sleep", "60")
	recorded := identify(t, command.Process.Pid)
	recorded.Started += "0"
	if recorded.Alive() {
		t.Error("a process that started at another time passes for the recorded one")
	}
	if err := recorded.Kill(); err != nil {
		t.Error(err)
	}
	if !identify(t, command.Process.Pid).Alive() {
		t.Error("a process was killed that was not the recorded one")
	}
}

func TestAnEmptyRecordNamesNoProcess(t *testing.T) {
	if (Identity{}).Alive() {
		t.Error("an empty identity is alive")
	}
	if err := (Identity{}).Kill(); err != nil {
		t.Error(err)
	}
	if _, err := Identify(-1); !errors.Is(err, ErrGone) {
		t.Errorf("a process group was identified: %v", err)
	}
}

func TestAProcessThatEndedButWasNotWaitedForIsGone(t *testing.T) {
	command := start(t, "sleep", "60")
	identity := identify(t, command.Process.Pid)
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if !identity.waitGone(5 * time.Second) {
		t.Error("a zombie passes for a running process")
	}
}

func TestStopInsistsWhenItIsIgnored(t *testing.T) {
	ready := filepath.Join(t.TempDir(), "ready")
	command := start(t, "sh", "-c", "trap '' TERM; : > "+ready+"; while :; do sleep 0.1; done")
	for {
		if _, err := os.Stat(ready); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	identity := identify(t, command.Process.Pid)
	if err := identity.Stop(100 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	err := command.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("ended with %v instead of SIGKILL", err)
	}
}

func TestTailReturnsTheLastLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	content := strings.Repeat("early\n", 100_000) + "one\ntwo\n"
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := Tail(path, 2); got != "one\ntwo" {
		t.Errorf("got %q", got)
	}
	if got := Tail(path+".missing", 2); got != "" {
		t.Errorf("got %q of a file that does not exist", got)
	}
}

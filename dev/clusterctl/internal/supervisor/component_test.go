package supervisor

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/process"
)

func shell(t *testing.T, script string) *component {
	t.Helper()
	c := &component{name: "test", program: "/bin/sh", argument: []string{"-c", script},
		log: filepath.Join(t.TempDir(), "log"), launch: (*exec.Cmd).Start}
	t.Cleanup(func() { c.end(syscall.SIGKILL, time.Second) })
	return c
}

func TestAComponentRunsUntilItIsEnded(t *testing.T) {
	c := shell(t, "sleep 60")
	if got := c.status().State; got != Waiting {
		t.Errorf("%s before the start", got)
	}
	for range 2 { // a component can be started again
		if err := c.start(); err != nil {
			t.Fatal(err)
		}
		status := c.status()
		if status.State != Running || !status.Identity.Alive() {
			t.Errorf("%+v after the start", status)
		}
		c.end(syscall.SIGKILL, time.Second)
		if status := c.status(); status.State != Ended || status.Identity.Alive() {
			t.Errorf("%+v after the end", status)
		}
	}
}

func TestStartingTwiceLeavesOneProcess(t *testing.T) {
	c := shell(t, "sleep 60")
	if err := c.start(); err != nil {
		t.Fatal(err)
	}
	first := c.status().Identity
	if err := c.start(); err != nil {
		t.Fatal(err)
	}
	if second := c.status().Identity; second != first {
		t.Errorf("%+v, then %+v", first, second)
	}
}

func TestTheStatusSaysHowAComponentEnded(t *testing.T) {
	c := shell(t, "echo boom; exit 3")
	if err := c.start(); err != nil {
		t.Fatal(err)
	}
	<-c.done
	if status := c.status(); status.State != Ended || status.Exit != "exit status 3" {
		t.Errorf("%+v", status)
	}
	if log, _ := os.ReadFile(c.log); string(log) != "boom\n" {
		t.Errorf("the log is %q", log)
	}
}

func TestAProgramThatCannotBeStartedCountsAsEnded(t *testing.T) {
	c := shell(t, "")
	c.program = "/does/not/exist"
	if err := c.start(); err == nil {
		t.Fatal("no error")
	}
	if status := c.status(); status.State != Ended || !strings.Contains(status.Exit, "no such file") {
		t.Errorf("%+v", status)
	}
}

func TestStoppingARecordEndsWhatACrashedSupervisorLeft(t *testing.T) {
	left := shell(t, "sleep 60")
	if err := left.start(); err != nil {
		t.Fatal(err)
	}
	of, err := instance.New(t.TempDir(), "crashed")
	if err != nil {
		t.Fatal(err)
	}
	if record, err := ReadRecord(of); err != nil || record.Stop() != nil {
		t.Errorf("an instance that never ran: %v", err)
	}
	written := Record{
		Supervisor: process.Identity{PID: os.Getpid(), Started: "at another time"},
		Components: map[string]process.Identity{"etcd": left.status().Identity},
	}
	if err := instance.WriteJSON(of.Processes(), written); err != nil {
		t.Fatal(err)
	}
	record, err := ReadRecord(of)
	if err != nil {
		t.Fatal(err)
	}
	if err := record.Stop(); err != nil {
		t.Fatal(err)
	}
	if left.status().Identity.Alive() {
		t.Error("a component is left")
	}
}

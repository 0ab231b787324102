//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestKeptDataIsStartedAgain(t *testing.T) {
	c := newCluster(t, "kept")
	c.up()
	c.up() // running already
	c.kubectl("create", "configmap", "kept")
	before, pids := c.read("kubeconfig"), c.pids()
	c.run("down", "--name", c.name, "--keep-data")
	c.expectGone(pids)
	if _, stderr, err := c.try("kubeconfig", "--name", c.name); err == nil || !strings.Contains(stderr, "does not run") {
		t.Errorf("kubeconfig of a stopped cluster: %v %s", err, stderr)
	}
	c.up()
	c.kubectl("get", "configmap", "kept")
	if c.read("kubeconfig") != before {
		t.Error("the kubeconfig changed though its port was free")
	}
	if got := strings.TrimSpace(c.run("kubeconfig", "--name", c.name)); got != c.path("kubeconfig") {
		t.Errorf("the kubeconfig is %s", got)
	}
	pids = c.pids()
	c.run("down", "--name", c.name)
	c.expectGone(pids)
	c.expectRemoved()
	c.run("down", "--name", c.name) // gone already
}

func TestACrashedSupervisorTakesItsComponentsAlong(t *testing.T) {
	c := newCluster(t, "crashed")
	c.up()
	c.kubectl("create", "configmap", "kept")
	pids := c.pids()
	if err := syscall.Kill(pids["supervisor"], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	c.expectGone(pids)
	c.up()
	c.kubectl("get", "configmap", "kept")
	pids = c.pids()
	if err := syscall.Kill(pids["supervisor"], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	c.run("down", "--name", c.name)
	c.expectGone(pids)
	c.expectRemoved()
}

func TestUpStartsAComponentThatDied(t *testing.T) {
	c := newCluster(t, "died")
	c.up()
	pid := c.pids()["kube-controller-manager"]
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	c.eventually("the status shows it", func() bool { return strings.Contains(c.run("status"), "signal: killed") })
	c.up()
	collectsGarbage(c)
}

func TestAClusterGoesWithTheProcessItWatches(t *testing.T) {
	c := newCluster(t, "watching")
	parent := exec.Command("sleep", "600")
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	c.up("--watch-parent", strconv.Itoa(parent.Process.Pid))
	pids := c.pids()
	// Not waited for yet: a process that nobody waits for is gone all the same.
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.expectGone(pids)
	c.expectRemoved()
	_ = parent.Wait()
	if _, stderr, err := c.try("up", "--watch-parent", strconv.Itoa(parent.Process.Pid)); err == nil ||
		!strings.Contains(stderr, "no such process") {
		t.Errorf("watching a process that is gone: %v %s", err, stderr)
	}
}

func TestAnInterruptedUpLeavesNoProcess(t *testing.T) {
	c := newCluster(t, "interrupted")
	script, err := filepath.Abs("../../cluster")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(script, "up", "--name", c.name)
	command.Env = append(os.Environ(), "PORTCLAIM_CLUSTERS_DIR="+c.dir)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	c.eventually("the components start", func() bool {
		_, err := os.Stat(c.path("logs", "kube-apiserver.log"))
		return err == nil
	})
	if err := command.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err == nil {
		t.Error("an interrupted up succeeded")
	}
	if got := c.run("status"); !strings.Contains(got, "stopped") {
		t.Errorf("still running:\n%s", got)
	}
	c.up()
}

// withComponent puts a script in the place of one component.
func withComponent(c *cluster, component, script string) {
	c.Helper()
	assets := c.TempDir()
	if err := os.WriteFile(filepath.Join(assets, component), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		c.Fatal(err)
	}
	built := strings.TrimSpace(c.run("binaries"))
	c.env = append(c.env, "KUBEBUILDER_ASSETS="+assets,
		"REAL="+filepath.Join(built, component), "MARK="+filepath.Join(assets, "mark"))
	if combined := strings.TrimSpace(c.run("binaries")); combined != built {
		c.Cleanup(func() { os.RemoveAll(combined) })
	}
}

func TestAPortTakenInTheLastMomentIsReplaced(t *testing.T) {
	c := newCluster(t, "race")
	withComponent(c, "etcd", `[ -e "$MARK" ] && exec "$REAL" "$@"
: > "$MARK"
echo "listen tcp 127.0.0.1:1: bind: address already in use"
exit 1
`)
	_, stderr, err := c.try("up", "--name", c.name)
	if err != nil || !strings.Contains(stderr, "trying other ports") {
		t.Errorf("%v\n%s", err, stderr)
	}
	c.kubectl("get", "namespaces")
}

func TestAComponentThatDiesIsExplainedByItsLog(t *testing.T) {
	c := newCluster(t, "failing")
	withComponent(c, "kube-controller-manager", "echo no such luck >&2\nexit 7\n")
	begin := time.Now()
	_, stderr, err := c.try("up", "--name", c.name)
	if err == nil || !strings.Contains(stderr, "kube-controller-manager ended (exit status 7)") ||
		!strings.Contains(stderr, "no such luck") {
		t.Errorf("%v\n%s", err, stderr)
	}
	if took := time.Since(begin); took > time.Minute {
		t.Errorf("the failure was noticed after %s only", took)
	}
	if got := c.run("status"); !strings.Contains(got, "stopped") {
		t.Errorf("still running:\n%s", got)
	}
}

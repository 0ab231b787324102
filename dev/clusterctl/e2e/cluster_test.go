//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cluster runs dev/cluster with a directory of clusters of its own.
type cluster struct {
	*testing.T
	dir  string
	name string
	env  []string
}

func newCluster(t *testing.T, name string) *cluster {
	t.Helper()
	c := &cluster{T: t, dir: t.TempDir(), name: name}
	t.Cleanup(func() { c.run("down", "--all") })
	return c
}

// try runs a command and returns what it printed.
func (c *cluster) try(arguments ...string) (stdout, stderr string, err error) {
	c.Helper()
	script, err := filepath.Abs("../../cluster")
	if err != nil {
		c.Fatal(err)
	}
	command := exec.Command(script, arguments...)
	command.Env = append(append(os.Environ(), "PORTCLAIM_CLUSTERS_DIR="+c.dir), c.env...)
	var out, errors bytes.Buffer
	command.Stdout, command.Stderr = &out, &errors
	err = command.Run()
	return out.String(), errors.String(), err
}

func (c *cluster) run(arguments ...string) string {
	c.Helper()
	stdout, stderr, err := c.try(arguments...)
	if err != nil {
		c.Fatalf("dev/cluster %s: %v\n%s%s", strings.Join(arguments, " "), err, stdout, stderr)
	}
	return stdout
}

func (c *cluster) up(options ...string) {
	c.Helper()
	stdout := c.run(append([]string{"up", "--name", c.name}, options...)...)
	if want := "export KUBECONFIG=" + c.path("kubeconfig") + "\n"; stdout != want {
		c.Fatalf("standard output is %q instead of %q", stdout, want)
	}
}

func (c *cluster) kubectl(arguments ...string) string {
	c.Helper()
	return c.run(append([]string{"kubectl", "--name", c.name, "--"}, arguments...)...)
}

func (c *cluster) apply(manifest string) {
	c.Helper()
	file := filepath.Join(c.TempDir(), "manifest.yaml")
	if err := os.WriteFile(file, []byte(manifest), 0o600); err != nil {
		c.Fatal(err)
	}
	c.kubectl("apply", "-f", file)
}

func (c *cluster) path(elements ...string) string {
	return filepath.Join(append([]string{c.dir, c.name}, elements...)...)
}

func (c *cluster) read(elements ...string) string {
	c.Helper()
	content, err := os.ReadFile(c.path(elements...))
	if err != nil {
		c.Fatal(err)
	}
	return string(content)
}

// pids are the recorded processes, the supervisor's among them.
func (c *cluster) pids() map[string]int {
	c.Helper()
	var record struct {
		Supervisor struct{ PID int }
		Components map[string]struct{ PID int }
	}
	if err := json.Unmarshal([]byte(c.read("processes.json")), &record); err != nil {
		c.Fatal(err)
	}
	pids := map[string]int{"supervisor": record.Supervisor.PID}
	for name, component := range record.Components {
		pids[name] = component.PID
	}
	if len(pids) < 4 {
		c.Fatalf("recorded are only %v", pids)
	}
	return pids
}

func (c *cluster) eventually(what string, holds func() bool) {
	c.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.Fatalf("not within 20s: %s", what)
		}
	}
}

func (c *cluster) expectGone(pids map[string]int) {
	c.Helper()
	for name, pid := range pids {
		c.eventually(name+" is gone", func() bool { return syscall.Kill(pid, 0) == syscall.ESRCH })
	}
}

func (c *cluster) expectRemoved() {
	c.Helper()
	c.eventually("the directory is removed", func() bool {
		_, err := os.Stat(c.path())
		return os.IsNotExist(err)
	})
}

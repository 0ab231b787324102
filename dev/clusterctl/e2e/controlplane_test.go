//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTwoClustersSideBySide(t *testing.T) {
	one := newCluster(t, "one")
	two := &cluster{T: t, dir: one.dir, name: "two"}
	var group sync.WaitGroup
	for _, c := range []*cluster{one, two} {
		group.Go(func() {
			if _, stderr, err := c.try("up", "--name", c.name, "--audit"); err != nil {
				t.Errorf("%s: %v\n%s", c.name, err, stderr)
			}
		})
	}
	group.Wait()
	if t.Failed() {
		return
	}
	one.kubectl("create", "configmap", "only-in-one")
	if got := two.kubectl("get", "configmaps", "-o", "name"); strings.Contains(got, "only-in-one") {
		t.Error("the clusters share their data")
	}

	t.Run("version", func(t *testing.T) {
		got := one.kubectl("version")
		if strings.Count(got, "v1.36.3") != 2 {
			t.Errorf("got %s", got)
		}
	})
	t.Run("a service account without a role is refused", func(t *testing.T) { refusesUnbound(one) })
	t.Run("garbage collection", func(t *testing.T) { collectsGarbage(one) })
	t.Run("namespace deletion", func(t *testing.T) {
		one.kubectl("create", "namespace", "short-lived")
		one.kubectl("-n", "short-lived", "create", "configmap", "content")
		one.kubectl("delete", "namespace", "short-lived", "--timeout=30s")
	})
	t.Run("nodes", func(t *testing.T) { keepsNodes(one) })
	t.Run("audit log", func(t *testing.T) {
		if !strings.Contains(one.read("audit.log"), `/configmaps/owned`) {
			t.Error("a request is missing in the audit log")
		}
	})
	t.Run("restart", func(t *testing.T) {
		for _, component := range []string{"etcd", "kube-apiserver", "kube-controller-manager"} {
			before := one.pids()[component]
			one.run("restart", "--name", one.name, component)
			if one.pids()[component] == before {
				t.Errorf("%s was not killed", component)
			}
			one.kubectl("get", "configmap", "only-in-one")
			collectsGarbage(one)
		}
	})
	t.Run("outage", func(t *testing.T) {
		begin := time.Now()
		one.run("restart", "--name", one.name, "--down-for", "3s", "kube-apiserver")
		if took := time.Since(begin); took < 3*time.Second {
			t.Errorf("it was dead for less than %s", took)
		}
		one.kubectl("create", "configmap", "after-the-outage")
	})
}

func refusesUnbound(c *cluster) {
	c.Helper()
	token := strings.TrimSpace(c.kubectl("create", "token", "default"))
	var server string
	for line := range strings.Lines(c.read("kubeconfig")) {
		if _, value, found := strings.Cut(line, "server: "); found {
			server = strings.TrimSpace(value)
		}
	}
	as := []string{"kubectl", "--name", c.name, "--", "--kubeconfig=/dev/null", "--server=" + server,
		"--certificate-authority=" + c.path("pki", "ca.crt"), "--token=" + token, "get", "configmaps"}
	_, stderr, err := c.try(as...)
	if err == nil || !strings.Contains(stderr, `"system:serviceaccount:default:default" cannot list resource "configmaps"`) {
		c.Errorf("not refused: %v\n%s", err, stderr)
	}
	c.kubectl("create", "rolebinding", "may-view", "--clusterrole=view", "--serviceaccount=default:default")
	c.eventually("the role is in force", func() bool {
		_, _, err := c.try(as...)
		return err == nil
	})
}

func collectsGarbage(c *cluster) {
	c.Helper()
	c.kubectl("create", "configmap", "owner")
	uid := c.kubectl("get", "configmap", "owner", "-o", "jsonpath={.metadata.uid}")
	c.apply(fmt.Sprintf(`
apiVersion: v1
kind: ConfigMap
metadata:
  name: owned
  ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: owner, uid: %s}]
`, uid))
	c.kubectl("delete", "configmap", "owner")
	c.eventually("the owned object is collected", func() bool {
		return c.kubectl("get", "configmap", "owned", "--ignore-not-found") == ""
	})
}

func keepsNodes(c *cluster) {
	c.Helper()
	c.up("--nodes-objects", "2")
	c.up("--nodes-objects", "3")
	c.run("nodes", "--name", c.name, "add", "--node", "node-a",
		"--annotation", "portclaim.io/ephemeral-port-range=15000-25000", "--label", "pool=games")
	c.run("nodes", "--name", c.name, "add", "2")
	c.run("nodes", "--name", c.name, "remove", "node-1", "node-5")
	got := c.kubectl("get", "nodes", "-o", `jsonpath={range .items[*]}{.metadata.name} `+
		`{.status.conditions[?(@.type=="Ready")].status} {.spec.taints}{"\n"}{end}`)
	if want := "node-2 True \nnode-3 True \nnode-4 True \nnode-a True \n"; got != want {
		c.Errorf("got\n%swant\n%s", got, want)
	}
	if got := c.run("nodes", "--name", c.name, "list"); !strings.Contains(got, "ephemeral-port-range=15000-25000") ||
		!strings.Contains(got, "pool=games") {
		c.Errorf("the list lacks what was given:\n%s", got)
	}
	if _, stderr, err := c.try("nodes", "--name", c.name, "add", "--node", "node-a"); err == nil ||
		!strings.Contains(stderr, "already exists") {
		c.Errorf("adding a node twice: %v %s", err, stderr)
	}
}

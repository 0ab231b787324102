//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// newNodes starts a cluster with two real nodes, or skips the test where the
// machine can't.
func newNodes(t *testing.T, name string, options ...string) *cluster {
	t.Helper()
	c := newCluster(t, name)
	if stdout, _, err := c.try("can-run-nodes"); err != nil {
		t.Skip(strings.TrimSpace(stdout))
	}
	c.up(append([]string{"--nodes", "2"}, options...)...)
	return c
}

// trace is what a cluster with nodes has on the machine.
type trace struct {
	*cluster
	id   string
	pids []int
}

func (c *cluster) trace() trace {
	c.Helper()
	var config struct{ Network struct{ ID string } }
	if err := json.Unmarshal([]byte(c.read("instance.json")), &config); err != nil || config.Network.ID == "" {
		c.Fatalf("the network has no id: %v", err)
	}
	found := trace{c, config.Network.ID, nil}
	for _, pid := range c.pids() {
		found.pids = append(found.pids, pid)
	}
	// Shims and containers too, which nothing else records.
	for _, dir := range found.cgroups() {
		_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.Name() != "cgroup.procs" {
				return nil
			}
			content, _ := os.ReadFile(path)
			for word := range strings.FieldsSeq(string(content)) {
				if pid, err := strconv.Atoi(word); err == nil {
					found.pids = append(found.pids, pid)
				}
			}
			return nil
		})
	}
	return found
}

func (t trace) cgroups() []string {
	one, _ := filepath.Glob("/sys/fs/cgroup/portclaim-" + t.id)
	each, _ := filepath.Glob("/sys/fs/cgroup/*/portclaim-" + t.id)
	return append(one, each...)
}

// expectNothing finds what is left: processes, mounts, cgroups, interfaces,
// rules of the firewall, files.
func (t trace) expectNothing() {
	t.Helper()
	for _, pid := range t.pids {
		t.eventually(fmt.Sprintf("process %d is gone", pid), func() bool { return syscall.Kill(pid, 0) == syscall.ESRCH })
	}
	if left := t.cgroups(); len(left) > 0 {
		t.Errorf("cgroups are left: %v", left)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil || strings.Contains(string(mounts), t.dir) {
		t.Errorf("mounts are left, or can't be read (%v):\n%s", err, mounts)
	}
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range interfaces {
		if strings.Contains(i.Name, t.id) {
			t.Errorf("the interface %s is left", i.Name)
		}
	}
	if rules, err := exec.Command("iptables", "-S").CombinedOutput(); err != nil || strings.Contains(string(rules), t.id) {
		t.Errorf("rules are left, or can't be read (%v):\n%s", err, rules)
	}
	t.expectRemoved()
}

const pods = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: host}
spec:
  selector: {matchLabels: {app: host}}
  template:
    metadata: {labels: {app: host}}
    spec:
      hostNetwork: true
      terminationGracePeriodSeconds: 0
      containers:
      - name: httpd
        image: portclaim.local/busybox:1
        command: [sh, -c, 'hostname > /tmp/index.html; echo serving; exec httpd -f -p 21000 -h /tmp']
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: pod}
spec:
  selector: {matchLabels: {app: pod}}
  template:
    metadata: {labels: {app: pod}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - name: httpd
        image: busybox:1.37
        command: [sh, -c, 'hostname > /tmp/index.html; exec httpd -f -p 80 -h /tmp']
        ports: [{containerPort: 80, hostPort: 21080}]
---
apiVersion: v1
kind: Service
metadata: {name: pod}
spec:
  selector: {app: pod}
  ports: [{port: 80}]
`

func (c *cluster) runPods() {
	c.Helper()
	c.apply(pods)
	for _, set := range []string{"host", "pod"} {
		c.kubectl("rollout", "status", "daemonset/"+set, "--timeout=60s")
	}
}

// on names the pod of a DaemonSet on a node.
func (c *cluster) on(node, set string) string {
	c.Helper()
	return strings.TrimSpace(c.kubectl("get", "pods", "-l", "app="+set, "--field-selector", "spec.nodeName="+node,
		"-o", "jsonpath={.items[0].metadata.name}"))
}

// answer is what a pod reads from an address.
func (c *cluster) answer(pod, address string) string {
	c.Helper()
	return strings.TrimSpace(c.kubectl("exec", pod, "--", "timeout", "5", "wget", "-qO-", "http://"+address+"/"))
}

func TestPodsRunOnRealNodes(t *testing.T) {
	c := newNodes(t, "nodes", "--audit", "--ephemeral-range", "node-2=15000-25000",
		"--reserved-ports", "node-2=15080", "--node-label", "node-1=workload=games")
	c.runPods()
	address := func(node string) string {
		return c.kubectl("get", "node", node, "-o", `jsonpath={.status.addresses[?(@.type=="InternalIP")].address}`)
	}

	t.Run("each with its own settings", func(t *testing.T) {
		for node, want := range map[string]string{"node-1": "32768\t60999\n\n", "node-2": "15000\t25000\n15080\n"} {
			got := c.kubectl("exec", c.on(node, "host"), "--", "sh", "-c",
				"cd /proc/sys/net/ipv4 && cat ip_local_port_range ip_local_reserved_ports")
			if got != want {
				t.Errorf("%s has %q", node, got)
			}
		}
		got := c.kubectl("get", "nodes", "-o", `jsonpath={range .items[*]}{.metadata.annotations.portclaim\.io/ephemeral-port-range} `+
			`{.metadata.annotations.portclaim\.io/reserved-ports} {.metadata.labels.workload};{end}`)
		if want := "32768-60999  games;15000-25000 15080 ;"; got != want {
			t.Errorf("told is %q", got)
		}
	})
	t.Run("reached on their node's address", func(t *testing.T) {
		for _, from := range []string{c.on("node-1", "host"), c.on("node-1", "pod"), c.on("node-2", "host")} {
			for _, node := range []string{"node-1", "node-2"} {
				if got := c.answer(from, address(node)+":21000"); got != node {
					t.Errorf("%s reads %q on %s", from, got, node)
				}
				if got := c.answer(from, address(node)+":21080"); got != c.on(node, "pod") {
					t.Errorf("%s reads %q on the host port of %s", from, got, node)
				}
			}
		}
	})
	t.Run("reached as pods and by services", func(t *testing.T) {
		from := c.on("node-1", "pod")
		other := c.on("node-2", "pod")
		if got := c.answer(from, c.kubectl("get", "pod", other, "-o", "jsonpath={.status.podIP}")); got != other {
			t.Errorf("read %q", got)
		}
		if got := c.answer(from, c.kubectl("get", "service", "pod", "-o", "jsonpath={.spec.clusterIP}")); !strings.HasPrefix(got, "pod-") {
			t.Errorf("read %q", got)
		}
		// The API refuses to speak HTTP without TLS, in words of its own.
		got := c.kubectl("exec", from, "--", "sh", "-c",
			`printf 'GET / HTTP/1.0\r\n\r\n' | timeout 5 nc $KUBERNETES_SERVICE_HOST $KUBERNETES_SERVICE_PORT`)
		if !strings.Contains(got, "HTTP request to an HTTPS server") {
			t.Errorf("the API says %q", got)
		}
	})
	t.Run("logs and port-forward", func(t *testing.T) {
		if got := c.kubectl("logs", c.on("node-2", "host")); got != "serving\n" {
			t.Errorf("the log is %q", got)
		}
		forwards(c, c.on("node-2", "pod"))
	})
	t.Run("load", func(t *testing.T) {
		c.run("load", "--name", c.name, "--as", "example.test/other:2", c.path("images", "busybox.tar"))
		c.kubectl("run", "loaded", "--image=example.test/other:2", "--image-pull-policy=Never", "--restart=Never",
			"--", "true")
		c.kubectl("wait", "pod/loaded", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=30s")
	})
	t.Run("restart", func(t *testing.T) {
		for _, component := range []string{"containerd-node-1", "kubelet-node-1", "kube-proxy-node-1", "kube-scheduler"} {
			before := c.pids()[component]
			c.run("restart", "--name", c.name, component)
			if c.pids()[component] == before {
				t.Errorf("%s was not killed", component)
			}
		}
		if restarts := c.restarts("node-1"); restarts != "0" {
			t.Errorf("pods were restarted with the daemons of their node: %s", restarts)
		}
		c.run("restart", "--name", c.name, "--down-for", "1s", "node-2")
		c.eventually("the pods of a node that was off run again", func() bool {
			got, _, err := c.try("kubectl", "--name", c.name, "--", "exec", c.on("node-1", "host"), "--",
				"timeout", "2", "wget", "-qO-", "http://"+address("node-2")+":21000/")
			return err == nil && got == "node-2\n" && c.restarts("node-2") == "1"
		})
	})
	t.Run("exec", func(t *testing.T) {
		c.run("exec", "--name", c.name, "node-2", "--", "sh", "-c", "echo 16000 26000 > /proc/sys/net/ipv4/ip_local_port_range")
		for node, want := range map[string]string{"node-1": "32768\t60999\n", "node-2": "16000\t26000\n"} {
			if got := c.run("exec", "--name", c.name, node, "--", "cat", "/proc/sys/net/ipv4/ip_local_port_range"); got != want {
				t.Errorf("%s lends %q, not %q", node, got, want)
			}
		}
		if got := c.run("exec", "--name", c.name, "node-1", "--", "hostname"); got != "node-1\n" {
			t.Errorf("the command ran on %q", got)
		}
		if _, said, err := c.try("exec", "--name", c.name, "etcd", "--", "true"); err == nil || !strings.Contains(said, "no real node") {
			t.Errorf("etcd is no node, but: %s %v", said, err)
		}
		if _, _, err := c.try("exec", "--name", c.name, "node-1", "--", "false"); err == nil {
			t.Error("the exit status got lost")
		}
	})
	t.Run("static pods", func(t *testing.T) {
		const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: static}\nspec: {hostNetwork: true, containers: " +
			"[{name: sleep, image: 'portclaim.local/busybox:1', command: [sleep, '1000'], ports: [{containerPort: 21999}]}]}"
		const folder = "/var/lib/kubelet/manifests"
		c.run("exec", "--name", c.name, "node-1", "--", "sh", "-c", "echo \"$1\" > "+folder+"/static.yaml", "sh", pod)
		c.kubectl("wait", "pod/static-node-1", "--for=create", "--timeout=30s")
		c.kubectl("wait", "pod/static-node-1", "--for=condition=Ready", "--timeout=30s")
		c.run("exec", "--name", c.name, "node-1", "--", "rm", folder+"/static.yaml")
		c.kubectl("wait", "pod/static-node-1", "--for=delete", "--timeout=60s")
	})
	t.Run("status", func(t *testing.T) {
		if got := c.run("status"); strings.Count(got, "well") != 12 {
			t.Errorf("not all is well:\n%s", got)
		}
	})
	trace := c.trace()
	if len(trace.pids) < 13+2*5 {
		t.Errorf("only %d processes were found", len(trace.pids))
	}
	c.run("down", "--name", c.name)
	trace.expectNothing()
}

func (c *cluster) restarts(node string) string {
	c.Helper()
	return c.kubectl("get", "pod", c.on(node, "host"), "-o", "jsonpath={.status.containerStatuses[0].restartCount}")
}

func forwards(c *cluster, pod string) {
	c.Helper()
	binaries := strings.Fields(c.run("binaries"))[0]
	forward := exec.Command(filepath.Join(binaries, "kubectl"), "--kubeconfig", c.path("kubeconfig"), "port-forward", pod, ":80")
	output, err := forward.StdoutPipe()
	if err != nil {
		c.Fatal(err)
	}
	if err := forward.Start(); err != nil {
		c.Fatal(err)
	}
	defer func() {
		_ = forward.Process.Kill()
		_ = forward.Wait()
	}()
	var port int
	if _, err := fmt.Fscanf(output, "Forwarding from 127.0.0.1:%d -> 80\n", &port); err != nil {
		c.Fatal(err)
	}
	connection, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), 5*time.Second)
	if err != nil {
		c.Fatal(err)
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprint(connection, "GET / HTTP/1.0\r\n\r\n")
	answer := make([]byte, 4096)
	n, err := connection.Read(answer)
	if err != nil || !strings.HasPrefix(string(answer[:n]), "HTTP/1.1 200 OK") {
		c.Errorf("%v: %s", err, answer[:n])
	}
}

func TestNodesOfACrashedClusterAreCleanedUp(t *testing.T) {
	for _, victims := range [][]string{
		{"supervisor"},
		{"containerd-node-1", "kubelet-node-2", "supervisor"},
		{"node-1", "kube-apiserver"},
	} {
		t.Run(strings.Join(victims, "+"), func(t *testing.T) {
			c := newNodes(t, "crashed")
			c.runPods()
			trace, pids := c.trace(), c.pids()
			for _, victim := range victims {
				if err := syscall.Kill(pids[victim], syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
			}
			c.run("down", "--name", c.name)
			trace.expectNothing()
		})
	}
}

func TestUpStartsNodesAgain(t *testing.T) {
	c := newNodes(t, "again")
	c.runPods()
	before := c.trace()
	t.Run("whose machine died", func(t *testing.T) {
		if err := syscall.Kill(c.pids()["node-1"], syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		c.eventually("the status shows it", func() bool { return strings.Contains(c.run("status"), "signal: killed") })
		c.up("--nodes", "2")
		c.runsPodsAgain()
	})
	t.Run("of a crashed cluster", func(t *testing.T) {
		if err := syscall.Kill(c.pids()["supervisor"], syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		c.up()
		c.runsPodsAgain()
	})
	t.Run("of kept data", func(t *testing.T) {
		c.run("down", "--name", c.name, "--keep-data")
		if left := before.cgroups(); len(left) > 0 {
			t.Errorf("cgroups are left: %v", left)
		}
		if _, stderr, err := c.try("up", "--name", c.name, "--nodes", "3"); err == nil || !strings.Contains(stderr, "has 2 real nodes, not 3") {
			t.Errorf("%v %s", err, stderr)
		}
		c.up()
		c.runsPodsAgain()
	})
}

// runsPodsAgain waits until pods answer that ran before.
func (c *cluster) runsPodsAgain() {
	c.Helper()
	c.eventually("pods run and answer", func() bool {
		stdout, _, err := c.try("kubectl", "--name", c.name, "--", "exec", c.on("node-1", "pod"), "--",
			"timeout", "2", "wget", "-qO-", "http://"+c.kubectl("get", "pod", c.on("node-2", "pod"), "-o", "jsonpath={.status.podIP}"))
		return err == nil && strings.HasPrefix(stdout, "pod-")
	})
}

func TestNodesGoWithTheProcessTheirClusterWatches(t *testing.T) {
	parent := exec.Command("sleep", "600")
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	c := newNodes(t, "watching", "--watch-parent", strconv.Itoa(parent.Process.Pid))
	c.runPods()
	trace := c.trace()
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	c.expectRemoved()
	trace.expectNothing()
}

func TestAKilledUpLeavesNothingThatDownDoesNotFind(t *testing.T) {
	c := newCluster(t, "half")
	if stdout, _, err := c.try("can-run-nodes"); err != nil {
		t.Skip(strings.TrimSpace(stdout))
	}
	c.run("binaries", "--nodes")
	for _, log := range []string{"supervisor.log", "node-1.log", "kubelet-node-1.log"} {
		script, err := filepath.Abs("../../cluster")
		if err != nil {
			t.Fatal(err)
		}
		up := exec.Command(script, "up", "--name", c.name, "--nodes", "1")
		up.Env = append(os.Environ(), "PORTCLAIM_CLUSTERS_DIR="+c.dir)
		if err := up.Start(); err != nil {
			t.Fatal(err)
		}
		c.eventually(log+" is there", func() bool {
			_, err := os.Stat(c.path("logs", log))
			return err == nil
		})
		_ = up.Process.Kill()
		_ = up.Wait()
		c.eventually("the supervisor has recorded itself", func() bool {
			_, err := os.Stat(c.path("processes.json"))
			return err == nil
		})
		var config struct{ Network struct{ ID string } }
		if err := json.Unmarshal([]byte(c.read("instance.json")), &config); err != nil {
			t.Fatal(err)
		}
		c.run("down", "--name", c.name)
		trace{c, config.Network.ID, nil}.expectNothing()
	}
}

func TestTwoClustersWithNodesSideBySide(t *testing.T) {
	one := newNodes(t, "one")
	two := &cluster{T: t, dir: one.dir, name: "two"}
	two.up("--nodes", "1")
	one.runPods()
	first, second := one.trace(), two.trace()
	if first.id == second.id {
		t.Fatal("they share their network")
	}
	one.run("down", "--name", one.name)
	first.expectNothing()
	two.apply(strings.Replace(pods, "name: pod}", "name: pod2}", 1))
	two.kubectl("rollout", "status", "daemonset/host", "--timeout=60s")
	two.run("down", "--name", two.name)
	second.expectNothing()
}

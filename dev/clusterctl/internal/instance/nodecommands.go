package instance

import (
	"os"
	"path/filepath"
)

// NodeInit and NodeExec are how this program starts itself as the first process
// of a node, and as what becomes another one of it.
const (
	NodeInit = "node-init"
	NodeExec = "node-exec"
)

// Where a node's own directories are mounted in it. Nobody else sees them there.
const (
	kubeletRoot    = "/var/lib/kubelet"
	containerdRoot = "/var/lib/containerd"
	runtimeDir     = "/run/portclaim"
	runtimeAddress = runtimeDir + "/containerd.sock"
	pluginDir      = "/usr/lib/cni"
)

// Mounts are the directories of a node that are mounted in it: where, and which.
func (i Instance) Mounts(node Node) map[string]string {
	return map[string]string{
		kubeletRoot:    i.NodeDir(node, "kubelet"),
		containerdRoot: i.NodeDir(node, "containerd"),
		runtimeDir:     i.NodeDir(node, "run"),
		"/var/log":     i.NodeLog(node),
	}
}

// nodeCommand is the command line of a component that runs in a node.
func (i Instance) nodeCommand(component Component, config Config) (program string, arguments []string) {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	node := *component.Node
	if component.Kind == Machine {
		return self, []string{NodeInit, node.Name, config.Network.NodeCgroup(node)}
	}
	arguments = []string{NodeExec}
	switch component.Kind {
	case Containerd:
		arguments = append(arguments, filepath.Join(config.Programs.Runtime, Containerd),
			"--config="+i.NodeDir(node, "containerd.toml"))
	case Kubelet:
		arguments = append(arguments, filepath.Join(config.Programs.Kubernetes, Kubelet),
			"--config="+i.NodeDir(node, "kubelet.yaml"),
			"--kubeconfig="+i.NodeDir(node, "kubelet.kubeconfig"),
			"--hostname-override="+node.Name,
			"--node-ip="+config.Network.NodeAddress(node),
			"--root-dir="+kubeletRoot,
		)
	case Proxy:
		arguments = append(arguments, filepath.Join(config.Programs.Kubernetes, Proxy),
			"--config="+i.NodeDir(node, "kube-proxy.yaml"))
	}
	return self, arguments
}

package instance

import (
	"fmt"
	"path/filepath"

	"portclaim.io/dev/clusterctl/internal/ports"
)

// MaxNodes is the number of nodes that the addresses of a network are planned for.
const MaxNodes = 50

// Node is a real node: namespaces of this machine with a kubelet in them.
type Node struct {
	Name   string `json:"name"`
	Number int    `json:"number"` // from 1
	// EphemeralPorts is net.ipv4.ip_local_port_range there, written "32768-60999".
	EphemeralPorts string `json:"ephemeralPorts"`
	// ReservedPorts is net.ipv4.ip_local_reserved_ports there, written "15080,15090-15099".
	ReservedPorts string            `json:"reservedPorts,omitempty"`
	Labels        map[string]string `json:"labels,omitempty"`
}

// Programs are directories of programs.
type Programs struct {
	Kubernetes string `json:"kubernetes"` // kubelet, kube-proxy, kube-scheduler
	Runtime    string `json:"runtime"`    // containerd
	Pause      string `json:"pause"`      // what the pause image consists of
}

// Network is the addresses of an instance with nodes: 10.Second.0.0/16. The
// first /24 of it connects this machine and the nodes, node N has 10.Second.N.0/24
// for its pods.
type Network struct {
	ID     string `json:"id"` // in the names of what is made for it on this machine
	Second int    `json:"second"`
}

// Range is all addresses of the network.
func (n Network) Range() string { return fmt.Sprintf("10.%d.0.0/16", n.Second) }

// HostAddress is that of this machine, on the bridge.
func (n Network) HostAddress() string { return fmt.Sprintf("10.%d.0.1", n.Second) }

// NodeAddress is that of a node, on the bridge.
func (n Network) NodeAddress(node Node) string {
	return fmt.Sprintf("10.%d.0.%d", n.Second, 10+node.Number)
}

// NodeHardware is the hardware address of a node. It stays when the node is
// started again, or the others would send to the old one for half a minute.
func (n Network) NodeHardware(node Node) string {
	id := fmt.Sprintf("%08s", n.ID)
	// The first byte says that it is administered locally.
	return fmt.Sprintf("02:%s:%s:%s:%s:%02x", id[0:2], id[2:4], id[4:6], id[6:8], node.Number)
}

// PodRange is the addresses of the pods of a node.
func (n Network) PodRange(node Node) string {
	return fmt.Sprintf("10.%d.%d.0/24", n.Second, node.Number)
}

// Bridge is the name of the bridge on this machine.
func (n Network) Bridge() string { return "pc-" + n.ID }

// Link is the name of this machine's end of the cable to a node.
func (n Network) Link(node Node) string { return fmt.Sprintf("pc-%s-%d", n.ID, node.Number) }

// Cgroup is the path of the cluster's cgroup below the root of each hierarchy.
func (n Network) Cgroup() string { return "portclaim-" + n.ID }

// NodeCgroup is the path of the cgroup that is the root of all cgroups of a node.
func (n Network) NodeCgroup(node Node) string { return filepath.Join(n.Cgroup(), node.Name) }

// Address is where the API server listens: on the loopback address, or where
// nodes reach it.
func (c Config) Address() string {
	if len(c.Nodes) == 0 {
		return ports.Loopback
	}
	return c.Network.HostAddress()
}

// NodeDir is a directory of a node below that of the instance.
func (i Instance) NodeDir(node Node, elements ...string) string {
	return i.path(append([]string{"nodes", node.Name}, elements...)...)
}

// NodeLog is where the logs of a node's pods lie, /var/log there.
func (i Instance) NodeLog(node Node) string { return i.NodeDir(node, "log") }

// RuntimeSocket is where containerd of a node listens, relative to Dir: the full
// path can be longer than the 107 bytes a socket's name may have.
func RuntimeSocket(node Node) string {
	return filepath.Join("nodes", node.Name, "run", "containerd.sock")
}

// Image references of what every node has.
const (
	PauseImage   = "portclaim.local/pause:1"
	BusyboxImage = "portclaim.local/busybox:1"
)

package instance

import (
	"fmt"
	"strings"
)

// The names of the components, as processes and in options. Those of a node are
// followed by the node's name: kubelet-node-1.
const (
	Etcd              = "etcd"
	APIServer         = "kube-apiserver"
	ControllerManager = "kube-controller-manager"
	Scheduler         = "kube-scheduler"
	Containerd        = "containerd"
	Kubelet           = "kubelet"
	Proxy             = "kube-proxy"
	// Machine is the first process of a node, whose end is that of all others
	// there. It has the node's name alone.
	Machine = "machine"
)

// Component is one server process of an instance.
type Component struct {
	Name string
	Kind string // one of the constants
	Node *Node  // nil for those of the control plane
}

// Components are the server processes in the order in which they start.
func (c Config) Components() []Component {
	all := []Component{{Etcd, Etcd, nil}, {APIServer, APIServer, nil}, {ControllerManager, ControllerManager, nil}}
	if len(c.Nodes) > 0 {
		all = append(all, Component{Scheduler, Scheduler, nil})
	}
	for n := range c.Nodes {
		all = append(all, c.Nodes[n].Components()...)
	}
	return all
}

// Components are the server processes of a node in the order in which they start.
func (n *Node) Components() []Component {
	all := []Component{{n.Name, Machine, n}}
	for _, kind := range []string{Containerd, Kubelet, Proxy} {
		all = append(all, Component{kind + "-" + n.Name, kind, n})
	}
	return all
}

// Component finds a component by its name.
func (c Config) Component(name string) (Component, error) {
	var names []string
	for _, component := range c.Components() {
		if component.Name == name {
			return component, nil
		}
		names = append(names, component.Name)
	}
	return Component{}, fmt.Errorf("there is no component %q: choose one of %s", name, strings.Join(names, ", "))
}

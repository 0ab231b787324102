//go:build linux && (amd64 || arm64)

// Package node runs the processes of real nodes in namespaces of their own:
// process ids, mounts, network, cgroups, host name. Whatever a node starts, and
// whatever it mounts, the kernel takes away when the node's first process ends.
package node

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"portclaim.io/dev/clusterctl/internal/cgroup"
	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/network"
)

// systemPath is where the programs of packages are.
const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// bootTime is far beyond what the first process of a node needs.
const bootTime = 30 * time.Second

// Machine is a node that runs: what is started on it lives in its namespaces.
type Machine struct {
	thread *thread
	path   string // where its processes find programs: containerd its shim, and the network plugins iptables
}

// Boot starts the first process of a node, which the command line is of, and
// connects the node to the network. What it started is ended if it fails.
func Boot(of instance.Instance, config instance.Config, node instance.Node, first *exec.Cmd) (*Machine, error) {
	// What an earlier start of the node left there has no processes any more.
	group := config.Network.NodeCgroup(node)
	if err := cgroup.Remove(group); err != nil {
		return nil, err
	}
	if err := cgroup.Create(group); err != nil {
		return nil, err
	}
	keep := []string{of.Dir(), config.Programs.Kubernetes, config.Programs.Runtime, filepath.Dir(first.Path)}
	thread, err := newThread(of.Mounts(node), keep)
	if err != nil {
		return nil, err
	}
	machine := &Machine{thread, config.Programs.Runtime + ":" + systemPath}
	if err := machine.boot(config, node, first); err != nil {
		// With its thread, the first process ends too.
		machine.End()
		return nil, fmt.Errorf("cannot start %s: %w", node.Name, err)
	}
	return machine, nil
}

func (m *Machine) boot(config instance.Config, node instance.Node, first *exec.Cmd) error {
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	defer reader.Close()
	first.ExtraFiles = []*os.File{writer}
	err = m.thread.startFirst(first)
	writer.Close()
	if err != nil {
		return err
	}
	if err := m.complete(config, node, first, reader); err != nil {
		_ = first.Process.Kill()
		_ = first.Wait()
		return err
	}
	return nil
}

func (m *Machine) complete(config instance.Config, node instance.Node, first *exec.Cmd, ready *os.File) error {
	if err := ready.SetReadDeadline(time.Now().Add(bootTime)); err != nil {
		return err
	}
	if said, err := io.ReadAll(ready); err != nil || string(said) != "ready" {
		return errors.Join(errors.New("its first process did not get ready, see its log"), err)
	}
	if err := network.Connect(config.Network, node, first.Process.Pid); err != nil {
		return err
	}
	if err := network.Configure(config, node, instance.ServiceRange, m.thread.start); err != nil {
		return err
	}
	return m.thread.do(func() error { return tune(node) })
}

// Start starts a process on the node.
func (m *Machine) Start(command *exec.Cmd) error {
	command.Env = append(os.Environ(), "PATH="+m.path)
	return m.thread.start(command)
}

// End ends the thread, and with it whatever it started.
func (m *Machine) End() { m.thread.end() }

// tune makes the settings of the node's network namespace.
func tune(node instance.Node) error {
	for _, setting := range [][2]string{
		{"ip_local_port_range", strings.Replace(node.EphemeralPorts, "-", " ", 1)},
		{"ip_local_reserved_ports", node.ReservedPorts},
		{"ip_forward", "1"},
		// Answers of pods come another way than the kernel would send there.
		{"conf/all/rp_filter", "0"},
		{"conf/default/rp_filter", "0"},
		{"conf/eth0/rp_filter", "0"},
	} {
		path := filepath.Join("/proc/sys/net/ipv4", setting[0])
		if err := os.WriteFile(path, []byte(setting[1]+"\n"), 0); err != nil {
			return fmt.Errorf("cannot set net.ipv4.%s to %q: %w", strings.ReplaceAll(setting[0], "/", "."), setting[1], err)
		}
	}
	return nil
}

// CleanUp takes away what the nodes of an instance left on this machine. Their
// processes must have ended.
func CleanUp(config instance.Config) error {
	if config.Network.ID == "" {
		return nil
	}
	return errors.Join(network.Remove(config.Network, config.Nodes), cgroup.Remove(config.Network.Cgroup()))
}

// Package network connects the nodes of an instance with each other and with
// this machine: a bridge here, and a cable from it into each node's network
// namespace. It runs ip(8), and needs root.
package network

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"portclaim.io/dev/clusterctl/internal/filelock"
	"portclaim.io/dev/clusterctl/internal/instance"
)

// lock keeps instances of all directories of clusters from choosing the same
// addresses at the same moment.
const lock = "/run/portclaim-network.lock"

// seconds are the second bytes of the networks to choose from: 10.100.0.0/16 to
// 10.249.0.0/16, which leaves out the addresses of services.
const firstSecond, lastSecond = 100, 249

// ErrNone says that no addresses are left.
var ErrNone = errors.New("every network from 10.100.0.0/16 to 10.249.0.0/16 is in use on this machine")

// ErrTaken says that somebody else has the addresses of kept data.
var ErrTaken = errors.New("is in use on this machine")

// Make makes the bridge of an instance. Where the instance has no addresses yet,
// it chooses some and saves them, before it makes anything that would have to be
// found again.
func Make(of instance.Instance, config *instance.Config) error {
	held, err := filelock.Acquire(lock, time.Minute, func(time.Duration) {})
	if err != nil {
		return err
	}
	defer held.Release()
	if err := Remove(config.Network, config.Nodes); err != nil {
		return err
	}
	taken, err := addresses()
	if err != nil {
		return err
	}
	switch {
	case config.Network.ID == "":
		if config.Network, err = choose(taken); err != nil {
			return err
		}
	case overlaps(config.Network, taken):
		return fmt.Errorf("the network %s, which cluster %q was made with, %w: free it, "+
			"or remove the cluster and start a new one", config.Network.Range(), of.Name, ErrTaken)
	}
	if err := of.Save(*config); err != nil {
		return err
	}
	return makeBridge(of, *config)
}

func makeBridge(of instance.Instance, config instance.Config) error {
	network, bridge := config.Network, config.Network.Bridge()
	lines := []string{
		fmt.Sprintf("link add %s type bridge forward_delay 0", bridge),
		fmt.Sprintf("address add %s/24 dev %s", network.HostAddress(), bridge),
		fmt.Sprintf("link set %s up", bridge),
	}
	for _, node := range config.Nodes {
		lines = append(lines, fmt.Sprintf("route add %s via %s dev %s",
			network.PodRange(node), network.NodeAddress(node), bridge))
	}
	if err := batch(nil, lines...); err != nil {
		return fmt.Errorf("cannot make the network of cluster %q: %w", of.Name, err)
	}
	return openFirewall(network)
}

// bridged states, where that part of the kernel is loaded, whether frames between
// ports of a bridge go through the firewall for routed packets.
const bridged = "/proc/sys/net/bridge/bridge-nf-call-iptables"

// openFirewall lets the nodes talk to each other where this machine's firewall
// would be asked. Container engines make it refuse what they do not know.
func openFirewall(network instance.Network) error {
	content, err := os.ReadFile(bridged)
	if err != nil || strings.TrimSpace(string(content)) != "1" {
		return nil
	}
	return run(exec.Command("iptables", rule("-I", network)...))
}

func rule(verb string, network instance.Network) []string {
	return []string{"-w", "10", verb, "FORWARD", "-i", network.Bridge(), "-o", network.Bridge(), "-j", "ACCEPT"}
}

// Remove takes away what Make and Connect made on this machine, whatever is left
// of it.
func Remove(network instance.Network, nodes []instance.Node) error {
	if network.ID == "" {
		return nil
	}
	names := []string{network.Bridge()}
	for _, node := range nodes {
		names = append(names, network.Link(node))
	}
	var failures error
	for _, name := range names {
		if _, err := net.InterfaceByName(name); err != nil {
			continue
		}
		err := run(exec.Command("ip", "link", "delete", name))
		// The end of a node takes its cable along, a moment later.
		if _, gone := net.InterfaceByName(name); gone == nil {
			failures = errors.Join(failures, err)
		}
	}
	if _, err := exec.LookPath("iptables"); err == nil {
		for exec.Command("iptables", rule("-C", network)...).Run() == nil {
			if err := run(exec.Command("iptables", rule("-D", network)...)); err != nil {
				return errors.Join(failures, err)
			}
		}
	}
	return failures
}

// Connect leads a cable from the bridge into the network namespace of a process.
func Connect(network instance.Network, node instance.Node, pid int) error {
	link := network.Link(node)
	if _, err := net.InterfaceByName(link); err == nil {
		// Of a node that has just ended, whose namespace the kernel still takes down.
		_ = exec.Command("ip", "link", "delete", link).Run()
	}
	return batch(nil,
		fmt.Sprintf("link add %s type veth peer name eth0 address %s netns %d", link, network.NodeHardware(node), pid),
		fmt.Sprintf("link set %s master %s up", link, network.Bridge()),
	)
}

// Configure gives a node its address and its routes. It runs ip(8) through the
// given function, which has to do that in the node's network namespace.
func Configure(config instance.Config, node instance.Node, services string, start func(*exec.Cmd) error) error {
	network := config.Network
	lines := []string{
		"link set lo up",
		fmt.Sprintf("address add %s/24 dev eth0", network.NodeAddress(node)),
		"link set eth0 up",
		// To where does not matter: kube-proxy replaces the addresses of services.
		// But without a route nothing would be sent, and beyond the cluster there is
		// none.
		fmt.Sprintf("route add %s via %s", services, network.HostAddress()),
		"route add unreachable default",
	}
	for _, other := range config.Nodes {
		if other.Number != node.Number {
			lines = append(lines, fmt.Sprintf("route add %s via %s", network.PodRange(other), network.NodeAddress(other)))
		}
	}
	return batch(start, lines...)
}

// batch runs lines of ip(8) and stops at the first that fails.
func batch(start func(*exec.Cmd) error, lines ...string) error {
	command := exec.Command("ip", "-batch", "-")
	command.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	if start == nil {
		return run(command)
	}
	return runWith(command, start)
}

func run(command *exec.Cmd) error { return runWith(command, (*exec.Cmd).Start) }

func runWith(command *exec.Cmd, start func(*exec.Cmd) error) error {
	var output strings.Builder
	command.Stdout, command.Stderr = &output, &output
	err := start(command)
	if err == nil {
		err = command.Wait()
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(command.Args, " "), err, strings.TrimSpace(output.String()))
	}
	return nil
}

// choose finds addresses that do not overlap with any that are in use.
func choose(taken []*net.IPNet) (instance.Network, error) {
	for _, offset := range rand.Perm(lastSecond - firstSecond + 1) {
		network := instance.Network{ID: fmt.Sprintf("%08x", rand.Uint32()), Second: firstSecond + offset}
		if !overlaps(network, taken) {
			return network, nil
		}
	}
	return instance.Network{}, ErrNone
}

func overlaps(network instance.Network, taken []*net.IPNet) bool {
	_, wanted, err := net.ParseCIDR(network.Range())
	if err != nil {
		return true
	}
	for _, other := range taken {
		if wanted.Contains(other.IP) || other.Contains(wanted.IP) {
			return true
		}
	}
	return false
}

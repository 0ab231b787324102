package main

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/kube"
)

// defaultEphemeralPorts is what Linux has where nobody changed it.
const defaultEphemeralPorts = "32768-60999"

// nodeOptions are those of "up" that are about real nodes.
type nodeOptions struct {
	count                       int
	ephemeral, reserved, labels list
}

func (o *nodeOptions) add(to *options) {
	to.IntVar(&o.count, "nodes", 0, "start real nodes node-1 to node-`n`, which run pods; needs root and Linux, "+
		"\"dev/cluster can-run-nodes\" checks that")
	to.Var(&o.ephemeral, "ephemeral-range", "the ephemeral ports of a node, `NODE=LOW-HIGH`, instead of "+
		defaultEphemeralPorts+"; can be repeated")
	to.Var(&o.reserved, "reserved-ports", "the reserved ports of a node's kernel, `NODE=PORT[,PORT-PORT...]`; can be repeated")
	to.Var(&o.labels, "node-label", "a label of a node, `NODE=KEY=VALUE`; can be repeated")
}

// check finds what can't be meant.
func (o *nodeOptions) check() error {
	if o.count < 0 || o.count > instance.MaxNodes {
		return fmt.Errorf("--nodes %d: choose a number from 1 to %d", o.count, instance.MaxNodes)
	}
	_, err := o.plan()
	return err
}

// planned are the nodes that the options, which were checked, ask for.
func (o *nodeOptions) planned() []instance.Node {
	nodes, _ := o.plan()
	return nodes
}

func (o *nodeOptions) plan() ([]instance.Node, error) {
	var nodes []instance.Node
	for number := 1; number <= o.count; number++ {
		nodes = append(nodes, instance.Node{
			Name:           fmt.Sprintf("node-%d", number),
			Number:         number,
			EphemeralPorts: defaultEphemeralPorts,
		})
	}
	for _, option := range []struct {
		name  string
		words list
		apply func(node *instance.Node, value string) error
	}{
		{"--ephemeral-range", o.ephemeral, setEphemeral},
		{"--reserved-ports", o.reserved, setReserved},
		{"--node-label", o.labels, setLabel},
	} {
		for _, word := range option.words {
			name, value, found := strings.Cut(word, "=")
			if !found {
				return nil, fmt.Errorf("%s %s: write it like %s node-1=...", option.name, word, option.name)
			}
			node := named(nodes, name)
			if node == nil {
				return nil, fmt.Errorf("%s %s: there is no node %q with --nodes %d", option.name, word, name, o.count)
			}
			if err := option.apply(node, value); err != nil {
				return nil, fmt.Errorf("%s %s: %w", option.name, word, err)
			}
		}
	}
	return nodes, nil
}

func named(nodes []instance.Node, name string) *instance.Node {
	for n := range nodes {
		if nodes[n].Name == name {
			return &nodes[n]
		}
	}
	return nil
}

func setEphemeral(node *instance.Node, value string) error {
	if _, _, found := strings.Cut(value, "-"); !found {
		return fmt.Errorf("%q is not a range: write it like 15000-25000", value)
	}
	node.EphemeralPorts = value
	return checkPorts(value)
}

func setReserved(node *instance.Node, value string) error {
	node.ReservedPorts = value
	for item := range strings.SplitSeq(value, ",") {
		if err := checkPorts(item); err != nil {
			return err
		}
	}
	return nil
}

func setLabel(node *instance.Node, value string) error {
	pairs, err := kube.ParsePairs([]string{value})
	if err != nil {
		return err
	}
	if node.Labels == nil {
		node.Labels = map[string]string{}
	}
	for key, value := range pairs {
		node.Labels[key] = value
	}
	return nil
}

// checkPorts checks a port, or a range with both of its ends.
func checkPorts(text string) error {
	first, last, found := strings.Cut(text, "-")
	if !found {
		last = first
	}
	low, lowErr := strconv.ParseUint(first, 10, 16)
	high, highErr := strconv.ParseUint(last, 10, 16)
	if lowErr != nil || highErr != nil || low == 0 || low > high {
		return fmt.Errorf("%q: ports go from 1 to 65535, the lower one first", text)
	}
	return nil
}

// sameAs finds out whether nodes that are there already are those asked for.
// Who asks for none takes what there is.
func (o *nodeOptions) sameAs(existing []instance.Node) error {
	switch {
	case o.count == 0 || reflect.DeepEqual(o.planned(), existing):
		return nil
	case o.count != len(existing):
		return fmt.Errorf("has %d real nodes, not %d", len(existing), o.count)
	default:
		return errors.New("has nodes with other labels, ephemeral ranges or reserved ports")
	}
}

func withNodes(config instance.Config) string {
	if len(config.Nodes) == 0 {
		return ""
	}
	if len(config.Nodes) == 1 {
		return " and a real node"
	}
	return fmt.Sprintf(" and %d real nodes", len(config.Nodes))
}

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

const (
	claimLabel = "portclaim.io/claim"
	portsGate  = "portclaim.io/ports" // and the annotation that lists the ports
)

// Pod is what is read of a pod.
type Pod struct {
	Metadata struct {
		Name, Namespace, UID string
		Labels, Annotations  map[string]string
	}
	Spec struct {
		NodeName        string
		SchedulingGates []struct{ Name string }
		Affinity        struct {
			NodeAffinity struct {
				Required struct{ NodeSelectorTerms []nodeTerm } `json:"requiredDuringSchedulingIgnoredDuringExecution"`
			}
		}
	}
	Status struct{ Phase string }
}

type nodeTerm struct {
	MatchExpressions []struct {
		Key, Operator string
		Values        []string
	}
}

// isServed reports whether it waits for no ports.
func (p *Pod) isServed() bool { return len(p.Spec.SchedulingGates) == 0 }

func (p *Pod) hasEnded() bool { return p.Status.Phase == "Succeeded" || p.Status.Phase == "Failed" }

// carried is what its annotations say, which its containers read as variables:
// one for each port, beside a list of all with their protocols.
func (p *Pod) carried() (map[string]Block, error) {
	text := p.Metadata.Annotations[portsGate]
	if text == "" {
		return map[string]Block{}, nil
	}
	var listed []statusPort
	if err := json.Unmarshal([]byte(text), &listed); err != nil {
		return nil, err
	}
	carried := map[string]Block{}
	for _, port := range listed {
		block := port.block()
		first, last := p.Metadata.Annotations["port.portclaim.io/"+port.Name], p.Metadata.Annotations["port-end.portclaim.io/"+port.Name]
		if first != strconv.Itoa(block.First) || cmp.Or(last, first) != strconv.Itoa(block.Last) {
			return nil, fmt.Errorf("port %s is %q to %q, and %s says %s", port.Name, first, last, portsGate, text)
		}
		carried[variable(port.Name)] = block
	}
	return carried, nil
}

// nodes are those that it is on or may come to.
func (p *Pod) nodes() []string {
	if p.Spec.NodeName != "" {
		return []string{p.Spec.NodeName}
	}
	terms := p.Spec.Affinity.NodeAffinity.Required.NodeSelectorTerms
	if len(terms) == 0 {
		return nodeNames
	}
	var nodes []string
	for _, node := range nodeNames {
		if slices.ContainsFunc(terms, func(term nodeTerm) bool { return term.allows(node) }) {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

func (t nodeTerm) allows(hostname string) bool {
	for _, wanted := range t.MatchExpressions {
		if wanted.Key == "kubernetes.io/hostname" && slices.Contains(wanted.Values, hostname) == (wanted.Operator == "NotIn") {
			return false
		}
	}
	return true
}

// published is what it has, where it is or may come to, until it has ended.
func (p *Pod) published(carried map[string]Block) Published {
	published := Published{}
	if p.hasEnded() {
		return published
	}
	for _, node := range p.nodes() {
		for port, block := range carried {
			published.add(node, port, block)
		}
	}
	return published
}

// trackedPod is a pod as of the last revision.
type trackedPod struct {
	pod     Pod
	carried map[string]Block
}

func (c *Checker) judgePod(event *Event, key string) {
	before := c.world.pods[key]
	if len(event.Object) == 0 {
		delete(c.world.pods, key)
		c.sayOfPod(event, before, key, Published{})
		return
	}
	var pod Pod
	if err := json.Unmarshal(event.Object, &pod); err != nil {
		c.violation(event, "not a pod: %v", err)
		return
	}
	if pod.Metadata.Labels[claimLabel] == "" {
		return
	}
	carried, err := pod.carried()
	if err != nil {
		c.violation(event, "its annotations can't be read: %v", err)
		return
	}
	if pod.isServed() && len(carried) == 0 {
		c.violation(event, "its gate is gone and it has no ports")
	}
	if before != nil && before.pod.Metadata.UID == pod.Metadata.UID {
		c.keepsPorts(event, before.carried, carried)
	} else {
		before = nil
	}
	if before == nil || len(before.carried) == 0 {
		c.podIsWhole(event, &pod, carried)
	}
	c.sayOfPod(event, before, key, pod.published(carried))
	c.world.pods[key] = &trackedPod{pod, carried}
}

// keepsPorts: what a pod carries never changes.
func (c *Checker) keepsPorts(event *Event, before, now map[string]Block) {
	for port, block := range before {
		if other, still := now[port]; !still {
			c.violation(event, "no longer publishes %s for port %s", block, port)
		} else if other != block {
			c.violation(event, "port %s was published as %s and now is %s", port, block, other)
		}
	}
	if len(before) > 0 && len(now) > len(before) {
		c.violation(event, "ports were added to a pod that had %v: %v", before, now)
	}
}

// podIsWhole: a pod gets all ports that some spec of its claim asks for, with
// distinct numbers. A claim that is gone is not known any more.
func (c *Checker) podIsWhole(event *Event, pod *Pod, carried map[string]Block) {
	if len(carried) == 0 {
		return
	}
	c.published += len(carried)
	if overlap := (Published{pod.Metadata.Name: carried}).overlap(); overlap != "" {
		c.violation(event, "%s", overlap)
	}
	claim := c.world.claims[pod.Metadata.Namespace+"/"+pod.Metadata.Labels[claimLabel]]
	if claim == nil {
		return
	}
	for _, spec := range claim.specs {
		whole := len(spec.names()) == len(carried)
		for port, block := range carried {
			whole = whole && spec.count(port) == block.Last-block.First+1
		}
		if whole {
			return
		}
	}
	c.violation(event, "it has only %v", carried)
}

// sayOfPod is say for a pod. Where it could have come to and did not, nobody has
// used its numbers, and so they need not cool there.
func (c *Checker) sayOfPod(event *Event, before *trackedPod, key string, now Published) {
	if before != nil && before.pod.Spec.NodeName == "" {
		said := c.world.says[event.Key]
		for slot := range said.slots {
			if now[slot.Place] == nil {
				delete(said.slots, slot)
			}
		}
	}
	c.say(event, "pod "+key, now)
}

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// everywhere is the place of a number that holds on every node.
const everywhere = "*"

// Block is the numbers of one port of a claim.
type Block struct {
	Protocol    string // TCP, UDP, SCTP or TCPUDP
	First, Last int
}

func (b Block) String() string {
	if b.First == b.Last {
		return fmt.Sprintf("%d/%s", b.First, b.Protocol)
	}
	return fmt.Sprintf("%d-%d/%s", b.First, b.Last, b.Protocol)
}

func (b Block) protocols() []string {
	if b.Protocol == "TCPUDP" {
		return []string{"TCP", "UDP"}
	}
	return []string{b.Protocol}
}

// Published is what an object says: by place and name of the port. Names are in
// the form of variables, HTTP for http.
type Published map[string]map[string]Block

func (p Published) add(place, port string, block Block) {
	if p[place] == nil {
		p[place] = map[string]Block{}
	}
	p[place][port] = block
}

// Slot is what must be unique.
type Slot struct {
	Place, Protocol string
	Number          int
}

func (s Slot) String() string { return fmt.Sprintf("%d/%s on %s", s.Number, s.Protocol, s.Place) }

func (p Published) slots() map[Slot]bool {
	slots := map[Slot]bool{}
	for place, ports := range p {
		for _, block := range ports {
			for _, protocol := range block.protocols() {
				for number := block.First; number <= block.Last; number++ {
					slots[Slot{place, protocol, number}] = true
				}
			}
		}
	}
	return slots
}

// overlap is a number that two ports have on one place.
func (p Published) overlap() string {
	for _, place := range slices.Sorted(maps.Keys(p)) {
		seen := map[Slot]string{}
		for _, port := range slices.Sorted(maps.Keys(p[place])) {
			for slot := range (Published{place: {port: p[place][port]}}).slots() {
				if other := seen[slot]; other != "" {
					return fmt.Sprintf("%s is that of %s and of %s", slot, other, port)
				}
				seen[slot] = port
			}
		}
	}
	return ""
}

// Claim is what is read of a PortClaim.
type Claim struct {
	Metadata struct {
		Name, Namespace, UID string
		Generation           int64
	}
	Spec   ClaimSpec
	Status struct {
		ClaimUID           string
		Phase              string
		ObservedGeneration int64
		Ports              []statusPort
		Nodes              []struct {
			Names []string
			Ports []statusPort
		}
		Pods       struct{ Served, Waiting int }
		Conditions []struct{ Type, Status, Reason, Message string }
	}
}

// ClaimSpec is what a claim asks for.
type ClaimSpec struct {
	Scope, NodeName string
	AllNodes        bool
	NodeSelector    json.RawMessage
	Ports           []struct {
		Name, Protocol string
		Port, Count    int
	}
}

type statusPort struct {
	Name, Protocol string
	Port, EndPort  int
}

func (p statusPort) block() Block {
	return Block{cmp.Or(p.Protocol, "TCP"), p.Port, cmp.Or(p.EndPort, p.Port)}
}

func (c *Claim) key() string { return c.Metadata.Namespace + "/" + c.Metadata.Name }

func (c *Claim) condition(kind string) (status, reason string) {
	for _, condition := range c.Status.Conditions {
		if condition.Type == kind {
			return condition.Status, condition.Reason
		}
	}
	return "", ""
}

// published is what the status says that is for this very claim.
func (c *Claim) published() Published {
	p := Published{}
	if c.Status.ClaimUID != "" && c.Status.ClaimUID != c.Metadata.UID {
		return p
	}
	if c.Spec.Scope == "Cluster" {
		for _, port := range c.Status.Ports {
			p.add(everywhere, variable(port.Name), port.block())
		}
		return p
	}
	for _, group := range c.Status.Nodes {
		for _, node := range group.Names {
			for _, port := range group.Ports {
				p.add(node, variable(port.Name), port.block())
			}
		}
	}
	return p
}

func variable(port string) string { return strings.ToUpper(strings.ReplaceAll(port, "-", "_")) }

func (s ClaimSpec) names() map[string]bool {
	names := map[string]bool{}
	for _, port := range s.Ports {
		names[variable(port.Name)] = true
	}
	return names
}

// asksFor reports whether a claim with this spec keeps a block: all of it, or
// all but its end.
func (s ClaimSpec) asksFor(place, port string, block Block) bool {
	if s.Scope == "Node" && s.NodeName != "" && s.NodeName != place {
		return false
	}
	for _, asked := range s.Ports {
		if variable(asked.Name) == port {
			return cmp.Or(asked.Protocol, "TCP") == block.Protocol && (asked.Port == 0 || asked.Port == block.First)
		}
	}
	return false
}

func (s ClaimSpec) count(port string) int {
	for _, asked := range s.Ports {
		if variable(asked.Name) == port {
			return max(1, asked.Count)
		}
	}
	return 0
}

// Map is what is read of a ConfigMap.
type Map struct {
	Metadata struct {
		Name, Namespace     string
		Labels, Annotations map[string]string
		OwnerReferences     []struct{ UID string }
	}
	Data map[string]string
}

func (m *Map) isOurs() bool { return m.Metadata.Labels["app.kubernetes.io/managed-by"] == "portclaim" }

// claimKey is the claim's namespace and name.
func (m *Map) claimKey() string {
	return m.Metadata.Namespace + "/" + m.Metadata.Annotations["portclaim.io/claim-name"]
}

func (m *Map) claimUID() string { return m.Metadata.Annotations["portclaim.io/claim-uid"] }

// published is what the files for nodes say, or where there are none, the file
// for every node.
func (m *Map) published() (Published, error) {
	p := Published{}
	for _, key := range slices.Sorted(maps.Keys(m.Data)) {
		place, isFile := strings.CutSuffix(key, ".env")
		if !isFile || key == "ports.env" {
			continue
		}
		if err := p.readFile(place, m.Data[key]); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	if len(p) == 0 {
		return p, p.readFile(everywhere, m.Data["ports.env"])
	}
	return p, nil
}

func (p Published) readFile(place, content string) error {
	values := map[string]string{}
	for line := range strings.Lines(content) {
		key, value, found := strings.Cut(strings.TrimSpace(line), "=")
		if !found {
			return fmt.Errorf("not a variable: %q", line)
		}
		values[key] = value
	}
	for key, value := range values {
		port, isFirst := strings.CutSuffix(key, "_PORT")
		if !isFirst {
			continue
		}
		first, err := strconv.Atoi(value)
		if err != nil {
			return err
		}
		last, err := strconv.Atoi(cmp.Or(values[key+"_END"], value))
		if err != nil {
			return err
		}
		p.add(place, port, Block{cmp.Or(values[key+"_PROTOCOL"], "TCP"), first, last})
	}
	return nil
}

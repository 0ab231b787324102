package main

import (
	"context"
	"encoding/json"
	"time"
)

// held is what a claim's status says that it holds: the number of each port, on
// each node or everywhere. All claims here have ports of TCP only.
type held struct {
	uid     string
	served  bool
	refused bool // it can't be satisfied, which is what is measured
	ports   map[place]int
}

// place is a claim's port on a node, and on every node where none is named.
type place struct{ node, port string }

// heldClaim is what is read of a claim for that.
type heldClaim struct {
	Metadata struct{ UID string }
	Spec     struct{ PoolName string }
	Status   struct {
		Phase string
		Ports []heldPort
		Nodes []struct {
			Names []string
			Ports []heldPort
		}
	}
}

type heldPort struct {
	Name string
	Port int
}

// held reads all claims of the cluster.
func (s *boundedStage) held(ctx context.Context) ([]held, error) {
	var all []held
	err := s.pages(ctx, "/apis/portclaim.io/v1alpha1/portclaims?limit=500", func(items []json.RawMessage) error {
		for _, item := range items {
			var claim heldClaim
			if err := json.Unmarshal(item, &claim); err != nil {
				return err
			}
			all = append(all, claim.held())
		}
		return nil
	})
	return all, err
}

func (c heldClaim) held() held {
	h := held{uid: c.Metadata.UID, refused: c.Spec.PoolName == fullPoolName, ports: map[place]int{}}
	for _, node := range c.Status.Nodes {
		for _, name := range node.Names {
			for _, port := range node.Ports {
				h.ports[place{name, port.Name}] = port.Port
			}
		}
	}
	if len(c.Status.Nodes) == 0 {
		for _, port := range c.Status.Ports {
			h.ports[place{"", port.Name}] = port.Port
		}
	}
	h.served = c.Status.Phase == "Bound" && len(h.ports) > 0
	return h
}

// judge counts what must never be. A claim has some time until it counts as
// lost, because pauses before another try are long where much has failed.
func (s *boundedStage) judge(ctx context.Context, before []held, row *BoundedRow) error {
	for end := time.Now().Add(lostAfter); ; {
		now, err := s.held(ctx)
		if err != nil {
			return err
		}
		row.WithoutPorts, row.Doubled, row.Moved = withoutPorts(now), doubled(now), moved(before, now)
		if row.WithoutPorts == 0 || time.Now().After(end) {
			return nil
		}
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
	}
}

func withoutPorts(claims []held) int {
	count := 0
	for _, claim := range claims {
		if !claim.served && !claim.refused {
			count++
		}
	}
	return count
}

// doubled counts holders of a number that somebody holds already, on the same
// node or everywhere.
func doubled(claims []held) int {
	on := map[string]map[int]int{}
	for _, claim := range claims {
		for at, number := range claim.ports {
			if on[at.node] == nil {
				on[at.node] = map[int]int{}
			}
			on[at.node][number]++
		}
	}
	count := 0
	for node, numbers := range on {
		for number, holders := range numbers {
			count += holders - 1
			if node != "" && on[""][number] > 0 {
				count++
			}
		}
	}
	return count
}

// moved counts the published numbers of which a claim has another one now.
func moved(before, now []held) int {
	earlier := map[string]map[place]int{}
	for _, claim := range before {
		earlier[claim.uid] = claim.ports
	}
	count := 0
	for _, claim := range now {
		for at, number := range claim.ports {
			if was, known := earlier[claim.uid][at]; known && was != number {
				count++
			}
		}
	}
	return count
}

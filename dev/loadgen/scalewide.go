package main

import (
	"context"
	"fmt"
	"strings"
)

const wideClaims = 20

// Wide is what claims of scope Node cost that cover many nodes, and what a node
// that joins costs claims of scope Cluster.
type Wide struct {
	Nodes  int `json:"nodes"`
	Claims int `json:"claims"`
	// Of the operator, until the claim is assigned on all of its nodes.
	First Requests `json:"firstClaim"`
	// A node joins that all wide claims cover, and then one that none of the claims does.
	Joined      Requests `json:"nodeJoinsThem"`
	JoinedOther Requests `json:"nodeJoinsClusterClaims"`
}

// perClaim are the writes of a wide claim when a node joins: of its ConfigMap
// and its status. The ledger is written once for all.
func (w *Wide) perClaim() float64 {
	return w.Joined.Without("portledgers", "portpools", "events").Total() / float64(w.Claims)
}

func (s *scaleStage) wideClaims(ctx context.Context, into *Scale) error {
	say("%d claims over %d nodes", wideClaims, s.wide())
	result := Wide{Nodes: s.wide(), Claims: wideClaims}
	names := s.newNames(wideClaims)
	var err error
	// One by one: their writes are not to be mistaken for one another's.
	if result.First, err = s.counted(ctx, func() error { return s.createWide(ctx, names[:1]) }); err != nil {
		return fmt.Errorf("a claim over %d nodes: %w", s.wide(), err)
	}
	result.First = withoutCreates(result.First)
	if err := s.createWide(ctx, names[1:]); err != nil {
		return fmt.Errorf("claims over %d nodes: %w", s.wide(), err)
	}
	result.Joined, err = s.counted(ctx, func() error {
		return s.joinWide(ctx, names)
	})
	if err != nil {
		return fmt.Errorf("a node joins %d claims: %w", wideClaims, err)
	}
	if err := s.remove(ctx, names); err != nil {
		return err
	}
	result.JoinedOther, err = s.counted(ctx, func() error {
		return s.makeNode(ctx, "joined-cluster", 0, nil)
	})
	into.Wide = &result
	return err
}

// withoutCreates leaves out those requests that this program has sent.
func withoutCreates(requests Requests) Requests { return requests.Without("portclaims POST") }

// counted counts what the operator writes, what comes a little later included.
func (s *scaleStage) counted(ctx context.Context, work func() error) (Requests, error) {
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	requests, err := s.requests(ctx)
	if err != nil {
		return nil, err
	}
	if err := work(); err != nil {
		return nil, err
	}
	if err := pause(ctx, changeLag); err != nil {
		return nil, err
	}
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	return s.writesSince(ctx, requests)
}

func (s *scaleStage) createWide(ctx context.Context, names []string) error {
	watch, err := watchClaims(ctx, s.observer, claimsPath, len(names), assignedOn(s.wide()))
	if err != nil {
		return err
	}
	defer watch.Close()
	err = s.create(ctx, len(names), func(i int) []byte {
		return portClaim(names[i], scaleWidePool, object{"scope": "Node", "nodeSelector": object{"matchLabels": object{wideLabel: "true"}}})
	})
	if err != nil {
		return err
	}
	_, err = watch.Await(ctx, s.patience)
	return err
}

// joinWide makes a node that all wide claims cover, and waits until they are
// assigned there.
func (s *scaleStage) joinWide(ctx context.Context, names []string) error {
	watch, err := watchClaims(ctx, s.observer, claimsPath, len(names), assignedOn(s.wide()+1))
	if err != nil {
		return err
	}
	defer watch.Close()
	if err := s.makeNode(ctx, "joined-wide", 0, object{wideLabel: "true"}); err != nil {
		return err
	}
	if _, err := watch.Await(ctx, s.patience); err != nil {
		return fmt.Errorf("%w\n%s", err, strings.TrimSpace(s.operator.LogTail()))
	}
	return nil
}

// assignedOn reports whether a claim is bound on so many nodes.
func assignedOn(nodes int) func(*claim) bool {
	return func(c *claim) bool { return isBound(c) && c.Status.NodesAssigned == nodes }
}

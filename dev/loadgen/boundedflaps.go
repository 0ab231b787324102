package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

const (
	wideOnNodes  = 20
	steadyNode   = "bench-steady"
	flappingNode = "bench-flapping"
	flapLabel    = "bench.portclaim.io/flap"

	// Longer than --node-change-window, so that the operator sees each flap.
	slowFlap   = 4 * time.Second
	shortGrace = time.Second
)

// flaps is a node that comes and goes, or a label of it, and what that does to claims.
type flaps struct {
	claims []string
	steady int // nodes that they are assigned on without it
	// Each comes, stays for the time, goes, and stays away for as long.
	come, leave func(context.Context) error
	stay        time.Duration
	// Whether all claims must be seen assigned on the node, and taken off it again,
	// before it goes on.
	assigned, takenOff bool
	changes            int
	seen               flapsSeen
}

// flapsSeen counts the claims that had ports on the node at the end of each stay,
// and of each absence.
type flapsSeen struct{ stays, with, without int }

func (f flapsSeen) text(claims int) string {
	return fmt.Sprintf("%d times there; of %d claims, %.1f were assigned on it at the end of its stay, and %.1f had ports on it at the end of its absence (means)",
		f.stays, claims, float64(f.with)/float64(f.stays), float64(f.without)/float64(f.stays))
}

// onFlapping reports whether a claim has ports on the node, which it may keep
// while the node is away.
func onFlapping(c *claim) bool {
	return slices.ContainsFunc(c.Status.Nodes, func(group struct{ Names []string }) bool {
		return slices.Contains(group.Names, flappingNode)
	})
}

// nodeFlaps has a node come and go within --node-change-window.
func (s *boundedStage) nodeFlaps(ctx context.Context) (BoundedRow, error) {
	what := fmt.Sprintf("a node of %d claims over all nodes comes and goes every second, for %s", wideOnNodes, s.duration)
	return s.flapping(ctx, what, object{"allNodes": true}, &flaps{come: s.nodeComes, leave: s.nodeLeaves, stay: onceASecond})
}

// nodeFlapsSlowly lets the operator assign ports on the node, which it keeps for
// the node, because it is back within --node-grace.
func (s *boundedStage) nodeFlapsSlowly(ctx context.Context) (BoundedRow, error) {
	what := fmt.Sprintf("a node of %d claims over all nodes comes and goes every %s, for %s", wideOnNodes, slowFlap, s.duration)
	return s.flapping(ctx, what, object{"allNodes": true},
		&flaps{come: s.nodeComes, leave: s.nodeLeaves, stay: slowFlap, assigned: true})
}

// nodeFlapsWithShortGrace has the operator assign ports on the node each time,
// and take them off again.
func (s *boundedStage) nodeFlapsWithShortGrace(ctx context.Context) (BoundedRow, error) {
	what := fmt.Sprintf("a node of %d claims over all nodes comes and goes every %s, with --node-grace=%s, for %s", wideOnNodes, slowFlap, shortGrace, s.duration)
	if err := s.restartWith(ctx, nil, []string{"--node-grace=" + shortGrace.String()}); err != nil {
		return BoundedRow{What: what}, err
	}
	return s.flapping(ctx, what, object{"allNodes": true},
		&flaps{come: s.nodeComes, leave: s.nodeLeaves, stay: slowFlap, assigned: true, takenOff: true})
}

// labelFlaps has a node match the claims' selector and no longer match it.
func (s *boundedStage) labelFlaps(ctx context.Context) (BoundedRow, error) {
	what := fmt.Sprintf("a label that %d claims select changes on a node every %s, for %s", wideOnNodes, slowFlap, s.duration)
	labels := map[string]object{steadyNode: {flapLabel: "true"}, flappingNode: {flapLabel: "false"}}
	for name, more := range labels {
		if err := s.makeNode(ctx, name, 0, more); err != nil {
			return BoundedRow{What: what}, err
		}
	}
	label := func(value string) func(context.Context) error {
		return func(ctx context.Context) error {
			patch := object{"metadata": object{"labels": object{flapLabel: value}}}
			_, err := s.client.Send(ctx, http.MethodPatch, nodesPath+"/"+flappingNode, toJSON(patch))
			return err
		}
	}
	selector := object{"nodeSelector": object{"matchLabels": object{flapLabel: "true"}}}
	row, err := s.flapping(ctx, what, selector,
		&flaps{come: label("true"), leave: label("false"), stay: slowFlap, assigned: true})
	for name := range labels {
		_, deleted := s.client.Send(ctx, http.MethodDelete, nodesPath+"/"+name, nil)
		err = errors.Join(err, deleted)
	}
	return row, err
}

func (s *boundedStage) nodeComes(ctx context.Context) error {
	return s.makeNode(ctx, flappingNode, 0, nil)
}

func (s *boundedStage) nodeLeaves(ctx context.Context) error {
	_, err := s.client.Send(ctx, http.MethodDelete, nodesPath+"/"+flappingNode, nil)
	return err
}

// flapping makes claims of scope Node and measures the flaps.
func (s *boundedStage) flapping(ctx context.Context, what string, nodes object, f *flaps) (BoundedRow, error) {
	row := BoundedRow{What: what}
	var err error
	if f.claims, f.steady, err = s.wideBound(ctx, nodes); err != nil {
		return row, err
	}
	row, err = s.measured(ctx, what, func(ctx context.Context) error {
		return s.repeatedly(ctx, func(ctx context.Context) error { return s.flap(ctx, f) })
	}, "nodes")
	row.Claims, row.Changes, row.Seen = len(f.claims), f.changes, f.seen.text(len(f.claims))
	return row, errors.Join(err, s.deleteAll(ctx, claimNamespace, f.claims))
}

// wideBound makes the claims, and says on how many nodes each is assigned.
func (s *boundedStage) wideBound(ctx context.Context, nodes object) (names []string, steady int, err error) {
	names = s.newNames(wideOnNodes)
	for _, name := range names {
		spec := object{"scope": "Node"}
		for field, value := range nodes {
			spec[field] = value
		}
		if _, err := s.client.Send(ctx, http.MethodPost, claimsPath, portClaim(name, poolName, spec)); err != nil {
			return nil, 0, err
		}
	}
	err = s.untilEach(ctx, names, "is bound", func(c *claim) bool {
		steady = max(steady, c.Status.NodesAssigned)
		return isBound(c)
	})
	return names, steady, err
}

// flap has the node come and go once.
func (s *boundedStage) flap(ctx context.Context, f *flaps) error {
	assigned := assignedOn(f.steady + 1)
	gone := func(c *claim) bool { return !onFlapping(c) }
	f.changes += 2
	f.seen.stays++
	if err := f.come(ctx); err != nil {
		return err
	}
	n, err := s.stayed(ctx, f, f.assigned, "is assigned on the node that came", assigned)
	if err != nil {
		return err
	}
	f.seen.with += n
	if err := f.leave(ctx); err != nil {
		return err
	}
	n, err = s.stayed(ctx, f, f.takenOff, "is taken off the node that went", gone)
	f.seen.without += len(f.claims) - n
	return err
}

// stayed waits as long as a stay takes, and then, where it must be, until all
// claims are in the state. It returns how many are.
func (s *boundedStage) stayed(ctx context.Context, f *flaps, must bool, what string, state func(*claim) bool) (int, error) {
	if err := pause(ctx, f.stay); err != nil {
		return 0, err
	}
	if must {
		if err := s.untilEach(ctx, f.claims, what, state); err != nil {
			return 0, err
		}
	}
	return s.inState(ctx, f.claims, state)
}

// restartWith starts the operator again with options of its JVM and of its own.
func (s *boundedStage) restartWith(ctx context.Context, jvm, own []string) error {
	if err := s.operator.Stop(); err != nil {
		return err
	}
	s.operator.command = slices.Concat(s.command[:1], jvm, s.command[1:], own)
	return s.operator.Start(ctx)
}

package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// takeOverScript leaves to a successor all that it can find: a decision that is
// not published, one of which the status is missing, ports that are withdrawn but
// not released, and what users do while nobody leads. The writes of its last step
// are those of the take-over.
var takeOverScript = &Script{name: "take-over", first: 3, steps: []func(context.Context, *Scene) error{
	step(func(ctx context.Context, s *Scene) error {
		return errors.Join(
			s.create(ctx, "withdrawn", onCluster(webPort, gamePort)()),
			s.create(ctx, "edited", onAllNodes(webPort, gamePort)()),
			s.create(ctx, "deleted", onCluster(webPort)()))
	}),
	leaderDiesInTheMiddle,
	step(func(ctx context.Context, s *Scene) error {
		return s.withoutCollector(func() error {
			return errors.Join(
				s.delete(ctx, "deleted"),
				s.edit(ctx, "edited", []object{gamePort}),
				s.create(ctx, "new", onNode("node-1", webPort)()),
				s.awaitNoMap(ctx, "deleted"))
		})
	}),
}}

// leaderDiesInTheMiddle lets the leader decide and then stops what follows from it.
func leaderDiesInTheMiddle(ctx context.Context, s *Scene) error {
	leader, err := s.fleet.leader(ctx)
	if err != nil {
		return err
	}
	halfDone := s.dropped(leader.proxy, func(r Request) bool {
		return r.String() == "update portclaims/status" && r.Name == "half-done"
	})
	if err := errors.Join(s.create(ctx, "half-done", onCluster(webPort)()), halfDone.await(ctx)); err != nil {
		return err
	}
	unpublished := s.dropped(leader.proxy, func(r Request) bool { return r.String() == "create configmaps" })
	withdrawn := s.dropped(leader.proxy, func(r Request) bool {
		return r.String() == "update portclaims/status" && r.Name == "withdrawn"
	})
	err = errors.Join(
		s.create(ctx, "unpublished", onCluster(gamePort)()), unpublished.await(ctx),
		s.edit(ctx, "withdrawn", []object{webPort}), withdrawn.await(ctx),
		leader.kill())
	for _, drop := range []*Dropped{halfDone, unpublished, withdrawn} {
		drop.over.Store(true)
	}
	return err
}

// Dropped is requests that do not arrive, until it is over.
type Dropped struct {
	count atomic.Int64
	over  atomic.Bool
}

func (s *Scene) dropped(proxy *Proxy, match func(Request) bool) *Dropped {
	var d Dropped
	proxy.add(&Rule{Match: match, Fault: func(int) *Fault {
		if d.over.Load() {
			return nil
		}
		d.count.Add(1)
		return &Fault{Drop: true}
	}})
	return &d
}

// await waits until one was dropped.
func (d *Dropped) await(ctx context.Context) error {
	limited, cancel := context.WithTimeoutCause(ctx, operatorLimit, errors.New("the leader does not write"))
	defer cancel()
	for d.count.Load() == 0 {
		if err := pause(limited, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

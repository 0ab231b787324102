package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// step is one thing that users do, after which all is served.
func step(do func(context.Context, *Scene) error) func(context.Context, *Scene) error {
	return func(ctx context.Context, s *Scene) error {
		if err := do(ctx, s); err != nil {
			return err
		}
		return s.settled(ctx)
	}
}

func created(name string, spec func() object) func(context.Context, *Scene) error {
	return step(func(ctx context.Context, s *Scene) error { return s.create(ctx, name, spec()) })
}

func edited(name string, ports ...object) func(context.Context, *Scene) error {
	return step(func(ctx context.Context, s *Scene) error { return s.edit(ctx, name, ports) })
}

func deleted(name string) func(context.Context, *Scene) error {
	return step(func(ctx context.Context, s *Scene) error {
		return s.withoutCollector(func() error {
			return errors.Join(s.delete(ctx, name), s.awaitNoMap(ctx, name))
		})
	})
}

// withoutCollector stops the garbage collector, so that it is not chance whether
// that or an operator deletes a ConfigMap.
func (s *Scene) withoutCollector(do func() error) error {
	if err := s.plane.manager.freeze(); err != nil {
		return err
	}
	return errors.Join(do(), s.plane.manager.thaw())
}

// awaitNoMap waits until the ConfigMap of a claim is gone.
func (s *Scene) awaitNoMap(ctx context.Context, claim string) error {
	limited, cancel := context.WithTimeoutCause(ctx, calmLimit, fmt.Errorf("the ConfigMap of claim %s outlives it for %s", claim, calmLimit))
	defer cancel()
	for {
		_, err := s.plane.api.send(limited, http.MethodGet, s.mapPath(claim), nil)
		if hasCode(err, http.StatusNotFound) {
			return nil
		}
		if err := pause(limited, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

func (l *Load) mapPath(claim string) string {
	return "/api/v1/namespaces/" + l.name + "/configmaps/" + claim + "-ports"
}

var (
	webPort  = object{"name": "web"}
	gamePort = object{"name": "game", "protocol": "UDP", "count": 2}
)

func onCluster(ports ...object) func() object {
	return func() object { return object{"scope": "Cluster", "ports": ports} }
}

func onAllNodes(ports ...object) func() object {
	return func() object { return object{"scope": "Node", "allNodes": true, "ports": ports} }
}

func onNode(node string, ports ...object) func() object {
	return func() object { return object{"scope": "Node", "nodeName": node, "ports": ports} }
}

// claimScript has claims of the scopes Cluster and Node, edits, releases, and a
// claim that is created again.
var claimScript = &Script{name: "claims", first: 1, steps: []func(context.Context, *Scene) error{
	created("a", onCluster(webPort)),
	created("b", onAllNodes(webPort, gamePort)),
	created("c", onNode("node-1", webPort)),
	edited("a", webPort, gamePort),
	edited("b", gamePort),
	deleted("c"),
	created("d", onCluster(gamePort)),
	deleted("a"),
	created("a", onCluster(webPort)),
}}

// crashBefore kills the operator before the write of the run's point is sent.
func crashBefore(ctx context.Context, s *Scene) error {
	return s.atPoint(ctx, func(r *Replica) *Fault {
		return &Fault{Before: func() { _ = r.kill() }, Drop: true}
	})
}

// crashAfter kills the operator when the write is carried out.
func crashAfter(ctx context.Context, s *Scene) error {
	return s.atPoint(ctx, func(r *Replica) *Fault {
		return &Fault{Lose: true, After: func() { _ = r.kill() }}
	})
}

// lateWrite kills the operator when it has sent the write, which arrives
// when the next one has finished the work.
func lateWrite(ctx context.Context, s *Scene) error {
	arrived := make(chan int, 1)
	held := make(chan struct{})
	err := s.atPoint(ctx, func(r *Replica) *Fault {
		return &Fault{Before: func() { go func() { _ = r.kill() }() }, Hold: held,
			Arrived: func(code int) { arrived <- code }}
	})
	return s.finishLate(ctx, err, held, arrived)
}

// zombie stops the operator when it has sent the write, and resumes it when
// the next one has finished the work; then the write arrives too.
func zombie(ctx context.Context, s *Scene) error {
	arrived := make(chan int, 1)
	held := make(chan struct{})
	var stopped atomic.Pointer[Process]
	defer func() {
		if process := stopped.Load(); process != nil {
			_ = process.thaw()
		}
	}()
	err := s.atPoint(ctx, func(r *Replica) *Fault {
		process := r.current()
		stopped.Store(process)
		return &Fault{Before: func() { _ = process.freeze() }, Hold: held, Arrived: func(code int) { arrived <- code }}
	})
	return s.finishLate(ctx, err, held, arrived)
}

func (s *Scene) finishLate(ctx context.Context, err error, held chan struct{}, arrived chan int) error {
	close(held)
	if err != nil || !s.writes.reached.Load() {
		return err
	}
	select {
	case code := <-arrived:
		s.notes[fmt.Sprintf("late write: %d %s", code, http.StatusText(code))]++
	case <-time.After(5 * time.Second):
		s.problem("the late write did not arrive")
	}
	// What a late write may have spoiled is found by claims that come later.
	return s.create(ctx, "e", onCluster(webPort, gamePort)())
}

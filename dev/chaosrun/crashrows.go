package main

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// script is the reference run whose every write is hit once: claims of the
// scopes Cluster and Node, edits, releases, and a claim that is created again.
func (s *Scene) script(ctx context.Context) error {
	web, game := object{"name": "web"}, object{"name": "game", "protocol": "UDP", "count": 2}
	cluster := func(ports ...object) object { return object{"scope": "Cluster", "ports": ports} }
	allNodes := func(ports ...object) object { return object{"scope": "Node", "allNodes": true, "ports": ports} }
	steps := []func() error{
		func() error { return s.create(ctx, "a", cluster(web)) },
		func() error { return s.create(ctx, "b", allNodes(web, game)) },
		func() error {
			return s.create(ctx, "c", object{"scope": "Node", "nodeName": "node-1", "ports": []object{web}})
		},
		func() error { return s.edit(ctx, "a", []object{web, game}) },
		func() error { return s.edit(ctx, "b", []object{game}) },
		func() error { return s.delete(ctx, "c") },
		func() error { return s.create(ctx, "d", cluster(game)) },
		func() error { return s.delete(ctx, "a") },
		func() error { return s.create(ctx, "a", cluster(web)) },
	}
	for n, step := range steps {
		if err := step(); err != nil {
			return err
		}
		if err := s.awaitServed(ctx, calmLimit); err != nil {
			return fmt.Errorf("step %d: %w", n+1, err)
		}
	}
	return nil
}

// atWrite has something done at the n-th write of any operator from now on.
func (s *Scene) atWrite(n int, fault func(*Replica, Request) *Fault) *atomic.Int64 {
	var count atomic.Int64
	for _, replica := range s.fleet {
		var request Request
		replica.proxy.add(&Rule{
			Match: func(r Request) bool {
				request = r
				return r.isDecisive() && r.Resource != "portpools"
			},
			Fault: func(int) *Fault {
				if count.Add(1) != int64(n) {
					return nil
				}
				s.notes[request.String()]++
				return fault(replica, request)
			},
		})
	}
	return &count
}

// countWrites plays the script undisturbed.
func countWrites(ctx context.Context, s *Scene) (int, error) {
	count := s.atWrite(0, nil)
	if err := s.script(ctx); err != nil {
		return 0, err
	}
	return int(count.Load()), s.awaitQuiet(ctx)
}

// crashBefore kills the operator instead of its n-th write.
func crashBefore(ctx context.Context, s *Scene) error {
	s.atWrite(s.point, func(r *Replica, _ Request) *Fault {
		return &Fault{Before: func() { _ = r.kill() }, Drop: true}
	})
	return s.script(ctx)
}

// crashAfter kills the operator when its n-th write is carried out.
func crashAfter(ctx context.Context, s *Scene) error {
	s.atWrite(s.point, func(r *Replica, _ Request) *Fault {
		return &Fault{Lose: true, After: func() { _ = r.kill() }}
	})
	return s.script(ctx)
}

// lateWrite kills the operator when it has sent its n-th write, which arrives
// when the next one has finished the work.
func lateWrite(ctx context.Context, s *Scene) error {
	arrived := make(chan int, 1)
	held := make(chan struct{})
	s.atWrite(s.point, func(r *Replica, _ Request) *Fault {
		return &Fault{Before: func() { go func() { _ = r.kill() }() }, Hold: held,
			Arrived: func(code int) { arrived <- code }}
	})
	return s.finishLate(ctx, held, arrived)
}

// zombie stops the operator when it has sent its n-th write, and resumes it when
// the next one has finished the work; then the write arrives too.
func zombie(ctx context.Context, s *Scene) error {
	arrived := make(chan int, 1)
	held := make(chan struct{})
	var stopped atomic.Pointer[Process]
	s.atWrite(s.point, func(r *Replica, _ Request) *Fault {
		process := r.current()
		stopped.Store(process)
		return &Fault{Before: func() { _ = process.freeze() }, Hold: held, Arrived: func(code int) { arrived <- code }}
	})
	defer func() {
		if process := stopped.Load(); process != nil {
			_ = process.thaw()
		}
	}()
	return s.finishLate(ctx, held, arrived)
}

func (s *Scene) finishLate(ctx context.Context, held chan struct{}, arrived chan int) error {
	err := s.script(ctx)
	close(held)
	if err != nil {
		return err
	}
	select {
	case code := <-arrived:
		s.notes[fmt.Sprintf("late write: %d %s", code, http.StatusText(code))]++
	case <-time.After(5 * time.Second):
		s.notes["no such write"]++
	}
	// What a late write may have spoiled is found by claims that come later.
	return s.create(ctx, "e", object{"scope": "Cluster", "ports": []object{{"name": "web"}, {"name": "game", "protocol": "UDP", "count": 2}}})
}

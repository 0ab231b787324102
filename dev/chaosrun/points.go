package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Point is one write of a script. It is named by what it writes and in which
// step, because two runs do not make all their writes in the same order.
type Point struct {
	script *Script
	step   int    // from 1 on
	kind   string // verb and resource
	nth    int    // of this kind in this step, from 1 on
}

func (p Point) String() string {
	return fmt.Sprintf("%s, step %d, %s %d", p.script.name, p.step, p.kind, p.nth)
}

// mayBeMissing reports whether a run may have no such write: decisions of one moment
// share a write of the ledger, so a step has one at least, and not always as many.
func (p Point) mayBeMissing() bool { return p.kind == "patch portledgers" && p.nth > 1 }

// Script is a reference run: what users do, one step after the other.
type Script struct {
	name  string
	steps []func(context.Context, *Scene) error
	// first is the first step whose writes are points; those before it prepare it.
	first int
}

// settled waits until all claims are served and nothing more is written for them.
// A crash restarts the wait, because what it has left undone is a claim that is
// not served, or a write that is still to come.
func (s *Scene) settled(ctx context.Context) error {
	for {
		if err := s.awaitServed(ctx, calmLimit); err != nil {
			return err
		}
		if s.writes.quietFor(settleTime) {
			return nil
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// settleTime is longer than an operator leaves between two writes for one edit.
const settleTime = 500 * time.Millisecond

// Writes counts the writes of a script by step and kind.
type Writes struct {
	reached atomic.Bool // the point of this run

	mutex  sync.Mutex
	step   int
	counts map[Point]int // nth is 0
	last   time.Time
}

func (w *Writes) begin(step int) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.step, w.last = step, time.Now()
}

func (w *Writes) note(script *Script, request Request) Point {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	point := Point{script: script, step: w.step, kind: request.String()}
	w.counts[point]++
	w.last = time.Now()
	point.nth = w.counts[point]
	return point
}

func (w *Writes) quietFor(least time.Duration) bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return time.Since(w.last) >= least
}

// points are all writes that were counted, in an order that does not depend on
// which of two came first.
func (w *Writes) points() []Point {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	var points []Point
	for point, count := range w.counts {
		for point.nth = 1; point.nth <= count; point.nth++ {
			if point.step >= point.script.first {
				points = append(points, point)
			}
		}
	}
	slices.SortFunc(points, func(a, b Point) int {
		return cmp.Or(cmp.Compare(a.step, b.step), cmp.Compare(a.kind, b.kind), cmp.Compare(a.nth, b.nth))
	})
	return points
}

// play plays a script, of which each write is shown to fault. What the run before
// has left to be written is written first.
func (s *Scene) play(ctx context.Context, script *Script, fault func(*Replica, Point) *Fault) error {
	if err := s.awaitNothingLeft(ctx); err != nil {
		return err
	}
	for _, replica := range s.fleet {
		var request Request
		replica.proxy.add(&Rule{
			Match: func(r Request) bool {
				request = r
				return r.isPoint()
			},
			Fault: func(int) *Fault { return fault(replica, s.writes.note(script, request)) },
		})
	}
	for n, do := range script.steps {
		s.writes.begin(n + 1)
		if err := do(ctx, s); err != nil {
			return fmt.Errorf("%s, step %d: %w", script.name, n+1, err)
		}
	}
	return nil
}

// awaitNothingLeft waits until no operator has written for a while from now on:
// the claims of the run before were deleted a moment ago.
func (s *Scene) awaitNothingLeft(ctx context.Context) error {
	last := time.Now()
	for end := last.Add(quietLimit); time.Since(last) < 2*settleTime; {
		if time.Now().After(end) {
			return fmt.Errorf("operators write for %s, and nobody asks for anything", quietLimit)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
		if at := s.fleet.quietSince(); at.After(last) {
			last = at
		}
	}
	return nil
}

// atPoint has something done at the run's point, and plays its script.
func (s *Scene) atPoint(ctx context.Context, fault func(*Replica) *Fault) error {
	err := s.play(ctx, s.point.script, func(replica *Replica, point Point) *Fault {
		if point != s.point || !s.writes.reached.CompareAndSwap(false, true) {
			return nil
		}
		return fault(replica)
	})
	if s.writes.reached.Load() {
		s.notes[s.point.kind]++
	}
	return err
}

// reference plays a script undisturbed and returns its writes.
func (s *Scene) reference(ctx context.Context, script *Script) ([]Point, error) {
	err := s.play(ctx, script, func(*Replica, Point) *Fault { return nil })
	return s.writes.points(), err
}

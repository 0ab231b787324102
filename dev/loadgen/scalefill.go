package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

const (
	// Each round has a node of its own in either pool.
	fillRounds = 5
	fillClaims = 250
	// A claim has at most so many ports, each of which is a block here.
	portsPerClaim = 64
	fillBlock     = 20
)

// fillLevel is how much of a pool is held before claims of it are measured. The
// pool has a node for each round.
type fillLevel struct {
	name    string
	percent int
}

var (
	roomy = fillLevel{"roomy", 10}
	busy  = fillLevel{"busy", 95}
)

func (l fillLevel) pool() string { return "scale-" + l.name }

// node is the one that a round is measured on.
func (l fillLevel) node(round int) string {
	if l == busy {
		round += fillRounds
	}
	return scaleNode(round)
}

// filledAs is the level of a node, if it is one of those that are filled.
func filledAs(node int) (fillLevel, bool) {
	switch {
	case node < fillRounds:
		return roomy, true
	case node < 2*fillRounds:
		return busy, true
	default:
		return fillLevel{}, false
	}
}

// filling are the specs of claims that hold the pool's numbers evenly: the first
// of each block of so many.
func (l fillLevel) filling(node string) []object {
	var ports []object
	for number := scaleFirstOfFill; number < scaleFirstOfFill+scaleFillNumbers; number += fillBlock {
		ports = append(ports, object{"name": fmt.Sprintf("p%d", number), "port": number, "count": fillBlock * l.percent / 100})
	}
	var specs []object
	for some := range slices.Chunk(ports, portsPerClaim) {
		specs = append(specs, object{"scope": "Node", "nodeName": node, "ports": some})
	}
	return specs
}

// Filled compares a pool with few free numbers with one with many, in rounds
// that alternate.
type Filled struct {
	Roomy []Drain `json:"tenPercentFull"`
	Busy  []Drain `json:"ninetyFivePercentFull"`
}

func (s *scaleStage) filled(ctx context.Context) (*Filled, error) {
	say("A pool that is %d %% full beside one that is %d %% full", busy.percent, roomy.percent)
	var fillers []string
	for round := range fillRounds {
		for _, level := range []fillLevel{roomy, busy} {
			names, err := s.fill(ctx, level, level.node(round))
			if err != nil {
				return nil, err
			}
			fillers = append(fillers, names...)
		}
	}
	var result Filled
	for round := range fillRounds {
		levels := []fillLevel{roomy, busy}
		if round%2 == 1 {
			// What the API server does every so many requests, such as to collect its
			// heap, would else always meet the same level.
			slices.Reverse(levels)
		}
		for _, level := range levels {
			names := s.newNames(fillClaims)
			drain, err := s.drainOf(ctx, names, func() error { return s.createOn(ctx, names, level, level.node(round)) })
			if err != nil {
				return nil, fmt.Errorf("pool %s: %w", level.pool(), err)
			}
			fillers = append(fillers, names...)
			if level == busy {
				result.Busy = append(result.Busy, drain)
			} else {
				result.Roomy = append(result.Roomy, drain)
			}
		}
	}
	return &result, s.remove(ctx, fillers)
}

func (s *scaleStage) fill(ctx context.Context, level fillLevel, node string) ([]string, error) {
	specs := level.filling(node)
	names := s.newNames(len(specs))
	return names, s.createBound(ctx, names, func(i int) []byte { return portClaim(names[i], level.pool(), specs[i]) })
}

func (s *scaleStage) createOn(ctx context.Context, names []string, level fillLevel, node string) error {
	return s.create(ctx, len(names), func(i int) []byte {
		return portClaim(names[i], level.pool(), object{"scope": "Node", "nodeName": node})
	})
}

func (s *scaleStage) create(ctx context.Context, n int, body func(i int) []byte) error {
	return parallel(ctx, s.workers, n, func(ctx context.Context, i int) error {
		_, err := s.client.Send(ctx, http.MethodPost, claimsPath, body(i))
		return err
	})
}

// createBound makes claims beside those that stay, and waits until they are bound.
func (s *scaleStage) createBound(ctx context.Context, names []string, body func(i int) []byte) error {
	watch, err := watchClaims(ctx, s.observer, claimsPath, len(names), isBound)
	if err != nil {
		return err
	}
	defer watch.Close()
	if err := s.create(ctx, len(names), body); err != nil {
		return err
	}
	if _, err := watch.Await(ctx, s.patience); err != nil {
		return fmt.Errorf("%w\n%s", err, s.operator.LogTail())
	}
	return nil
}

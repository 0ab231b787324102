package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Scale is how the operator's cost grows with what exists. What only a long run
// can measure is missing in a quick one.
type Scale struct {
	Nodes         int `json:"nodes"`
	NodeClaims    int `json:"nodeClaims"`
	ClusterClaims int `json:"clusterClaims"`
	// With all nodes and no claims, without either, and with all of them.
	Empty *ScaleStart `json:"startWithNodesOnly,omitempty"`
	Bare  *ScaleStart `json:"startWithNothing,omitempty"`
	Full  *ScaleStart `json:"startWithAll,omitempty"`
	// A paged LIST of claims and ConfigMaps by the load generator.
	ListSeconds float64 `json:"listSeconds"`
	// How fast the claims that stay were made and served.
	PresentPerSecond float64 `json:"presentClaimsPerSecond"`

	Idle  *Span `json:"idle,omitempty"`
	Label *Span `json:"labelChanges,omitempty"`
	Join  *Span `json:"nodesJoin,omitempty"`
	Range *Span `json:"rangesChange,omitempty"`

	Wide *Wide `json:"wide,omitempty"`

	// Claims that are present while the first are measured.
	FewClaims int         `json:"fewClaims"`
	Few       *ScaleRates `json:"ratesWithFew,omitempty"`
	All       *ScaleRates `json:"ratesWithAll,omitempty"`
	Filled    *Filled     `json:"filledPools,omitempty"`
	// At half the rate of the backlog, and at a quarter.
	Paced     *Paced     `json:"paced,omitempty"`
	Slower    *Paced     `json:"pacedAtAQuarter,omitempty"`
	Failovers *Failovers `json:"failovers,omitempty"`
}

func (r *Scale) claims() int { return r.NodeClaims + r.ClusterClaims }

const (
	fewClaims = 100
	// One more joins, and --max-nodes-per-claim is 500.
	mostWide = 499
	// In a quick run, where the agents have as few as they can do with.
	quickNodes = 100
	starts     = 3
	warmUps    = 2
)

// scaleStage is the nodes and claims of the scenario.
type scaleStage struct {
	*Bench
	nodes, nodeClaims, clusterClaims int
	rounds, roundClaims              int
	churn, idleTime                  time.Duration
	quick                            bool
}

// checkScale refuses what the nodes and the ports do not suffice for.
func (s settings) checkScale() error {
	if !s.has(scaleScenario) {
		return nil
	}
	if s.scenarios != scaleScenario && !s.quick {
		return errors.New("--scenarios scale is measured alone: the others have other nodes and claims")
	}
	if s.nodes < 2*fillRounds {
		return fmt.Errorf("--nodes is at least %d for scale, two for each of %d rounds", 2*fillRounds, fillRounds)
	}
	if s.nodeClaims < 1 || s.clusterClaims < 1 {
		return errors.New("--node-claims and --cluster-claims are at least 1")
	}
	if most := s.nodes * scaleNumbersPerNode; s.nodeClaims > most {
		return fmt.Errorf("--node-claims is at most %d, %d a node", most, scaleNumbersPerNode)
	}
	if s.clusterClaims > scaleClusterNumbers {
		return fmt.Errorf("--cluster-claims is at most %d", scaleClusterNumbers)
	}
	// The warm-ups and the rounds with few claims and with all, and the paced ones.
	if needed := s.claims * (2*(warmUps+s.rounds) + 2); needed > scaleRateNumbers {
		return fmt.Errorf("%d rounds of %d claims take %d port numbers of %d: reduce --claims or --rounds", s.rounds, s.claims, needed, scaleRateNumbers)
	}
	return nil
}

func (s settings) scaleStage(b *Bench) *scaleStage {
	b.patience = 5 * time.Minute
	// Listing 100,000 claims takes a while, and nobody stops it before it is done.
	b.operator.startLimit = 10 * time.Minute
	stage := &scaleStage{Bench: b, nodes: s.nodes, nodeClaims: s.nodeClaims, clusterClaims: s.clusterClaims,
		rounds: s.rounds, roundClaims: s.claims, churn: 20 * time.Second, idleTime: s.idle, quick: s.quick}
	if s.quick {
		stage.nodes, stage.churn = quickNodes, 2*time.Second
	}
	return stage
}

// wide is how many nodes a wide claim covers.
func (s *scaleStage) wide() int { return min(mostWide, s.nodes) }

func (s *scaleStage) present() int { return s.nodeClaims + s.clusterClaims }

// scale measures with few claims, then with all. It leaves them. With an error,
// it returns what was measured before.
func (s *scaleStage) scale(ctx context.Context) (*Scale, error) {
	result := &Scale{Nodes: s.nodes, NodeClaims: s.nodeClaims, ClusterClaims: s.clusterClaims}
	steps := []func(context.Context, *Scale) error{s.withoutClaims, s.withFew, s.withAll, s.changes, s.wideClaims}
	if !s.quick {
		steps = append(steps, s.ratesWithAll)
	}
	steps = append(steps, s.restartWithAll)
	if !s.quick {
		steps = append(steps, s.failovers)
	}
	for _, step := range steps {
		if err := step(ctx, result); err != nil {
			return result, fmt.Errorf("scale: %w", err)
		}
	}
	return result, nil
}

func (s *scaleStage) withoutClaims(ctx context.Context, into *Scale) (err error) {
	if err := s.makePools(ctx); err != nil {
		return err
	}
	if !s.quick {
		if into.Bare, err = s.start(ctx, starts); err != nil {
			return err
		}
	}
	say("%d nodes", s.nodes)
	if err := s.makeNodes(ctx); err != nil {
		return err
	}
	if !s.quick {
		into.Empty, err = s.start(ctx, starts)
	}
	return err
}

func (s *scaleStage) withFew(ctx context.Context, into *Scale) (err error) {
	if s.quick {
		return nil
	}
	into.FewClaims = min(fewClaims, s.present())
	if _, err := s.makePresent(ctx, into.FewClaims); err != nil {
		return err
	}
	if into.Few, err = s.rates(ctx); err != nil {
		return err
	}
	into.Filled, err = s.filled(ctx)
	return err
}

func (s *scaleStage) withAll(ctx context.Context, into *Scale) (err error) {
	say("%d claims of scope Node and %d of scope Cluster", s.nodeClaims, s.clusterClaims)
	if into.PresentPerSecond, err = s.makePresent(ctx, s.present()); err != nil {
		return err
	}
	if err := s.cooled(ctx); err != nil {
		return err
	}
	// Pools' statuses follow a few seconds later.
	if err := pause(ctx, poolStatusInterval); err != nil {
		return err
	}
	into.Idle, err = s.idle(ctx, s.idleTime)
	return err
}

// cooled waits until no number is cooling, whose end changes statuses of pools at
// any time. A quick run has no time for that, and does not count these.
func (s *scaleStage) cooled(ctx context.Context) error {
	if s.quick {
		return nil
	}
	return s.until(ctx, "no number is cooling", func() (bool, error) {
		cooling, err := s.isCooling()
		return !cooling, err
	})
}

func (s *scaleStage) isCooling() (bool, error) {
	series, err := s.operator.Scrape()
	return coolingSlots(series) > 0, err
}

func coolingSlots(series Series) float64 {
	var sum float64
	for key, slots := range series {
		if strings.HasPrefix(key, "portclaim_pool_slots_cooling{") {
			sum += slots
		}
	}
	return sum
}

const poolStatusInterval = 5 * time.Second

// settle waits until the operator has done what is left to do. The control plane
// may be busy for longer, with its own collection of garbage. It gives up
// silently after a while, for a machine under load may never be quiet.
func (s *scaleStage) settle(ctx context.Context) error {
	const window, idle, limit = 500 * time.Millisecond, 0.05, 3 * time.Minute
	enough := 4
	if s.quick {
		enough = 2
	}
	before, err := cpuMillis(s.operator.Pid())
	if err != nil {
		return err
	}
	for quiet, end := 0, time.Now().Add(limit); quiet < enough && time.Now().Before(end); {
		if err := pause(ctx, window); err != nil {
			return err
		}
		now, err := cpuMillis(s.operator.Pid())
		if err != nil {
			return err
		}
		if now-before <= idle*float64(window.Milliseconds()) {
			quiet++
		} else {
			quiet = 0
		}
		before = now
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	takeOvers     = 3
	leaseDuration = 15 * time.Second
)

// Failovers are the times from the end of a leader until its standby has served
// a claim that is made then, with the chart's settings for the Lease.
type Failovers struct {
	LeaseSeconds float64 `json:"leaseSeconds"`
	// Killed, as by a power failure, and stopped properly.
	Killed  []float64 `json:"killedSeconds"`
	Stopped []float64 `json:"stoppedSeconds"`
}

func (f *Failovers) killed() Spread  { return f.spread(f.Killed) }
func (f *Failovers) stopped() Spread { return f.spread(f.Stopped) }

func (f *Failovers) spread(seconds []float64) Spread {
	return spread(seconds, func(value float64) float64 { return value / f.LeaseSeconds })
}

// newReplica is an operator with a Lease that another one takes soon.
func (s *scaleStage) newReplica() *Operator {
	replica := NewOperator(s.operator.command, s.operator.logPath)
	replica.election = []string{
		fmt.Sprintf("--lease-duration=%.0fs", leaseDuration.Seconds()), "--renew-deadline=10s", "--retry-period=1s",
	}
	replica.startLimit = s.operator.startLimit
	return replica
}

func (s *scaleStage) failovers(ctx context.Context, into *Scale) error {
	result := Failovers{LeaseSeconds: leaseDuration.Seconds()}
	if err := s.operator.Stop(); err != nil {
		return err
	}
	s.operator = s.newReplica()
	if err := s.operator.Start(ctx); err != nil {
		return err
	}
	if _, err := s.operator.AwaitTakeOver(ctx); err != nil {
		return err
	}
	for i := range takeOvers {
		say("Failover %d of %d with %d claims: the leader is killed, then another is stopped", i+1, takeOvers, s.staying)
		killed, err := s.failover(ctx, (*Operator).Kill)
		if err != nil {
			return fmt.Errorf("leader killed: %w", err)
		}
		stopped, err := s.failover(ctx, (*Operator).Stop)
		if err != nil {
			return fmt.Errorf("leader stopped: %w", err)
		}
		result.Killed, result.Stopped = append(result.Killed, killed), append(result.Stopped, stopped)
	}
	into.Failovers = &result
	return nil
}

// failover starts a standby, ends the leader, and returns the seconds until a
// claim is served that is made as soon as the leader is gone.
func (s *scaleStage) failover(ctx context.Context, end func(*Operator) error) (seconds float64, err error) {
	leader, standby := s.operator, s.newReplica()
	if err := standby.Start(ctx); err != nil {
		return 0, errors.Join(err, standby.Stop())
	}
	// It is the one that is stopped at last, whatever happens.
	s.operator = standby
	defer func() {
		if err != nil {
			err = errors.Join(err, leader.Stop())
		}
	}()
	if err := s.settle(ctx); err != nil {
		return 0, err
	}
	name := s.newNames(1)[0]
	watch, err := watchClaims(ctx, s.observer, claimsPath, 1, isBound)
	if err != nil {
		return 0, err
	}
	defer watch.Close()
	begin := time.Now()
	if err := end(leader); err != nil {
		return 0, err
	}
	err = s.create(ctx, 1, func(int) []byte { return rateClaim(name) })
	if err != nil {
		return 0, err
	}
	last, err := watch.Await(ctx, s.patience)
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, standby.LogTail())
	}
	return last.Sub(begin).Seconds(), s.remove(ctx, []string{name})
}

package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// ScaleRates are rounds of waiting claims, each between two floors.
type ScaleRates struct {
	Floors []FloorRound `json:"floor"`
	Drains []Drain      `json:"backlog"`
}

func (r *ScaleRates) perSecond() Spread {
	return spread(r.Drains, func(d Drain) float64 { return d.PerSecond })
}

// ratio is that of the operator to the floors around each round.
func (r *ScaleRates) ratio() Spread {
	rounds := Report{Floors: r.Floors, Drains: r.Drains}
	rounds.summarize()
	return rounds.Summary.Ratio
}

func (r *ScaleRates) operatorCPU() Spread {
	return spread(r.Drains, func(d Drain) float64 { return d.CPUMillis.Operator })
}

// rates measures claims of scope Cluster beside those that stay.
func (s *scaleStage) rates(ctx context.Context) (*ScaleRates, error) {
	say("The rate of new claims, with %d claims present", s.staying)
	var floor *Floor
	for range warmUps {
		names := s.newNames(s.roundClaims)
		if _, err := s.rateRound(ctx, names); err != nil {
			return nil, fmt.Errorf("warm-up: %w", err)
		}
		var err error
		if floor, err = s.floorLike(ctx, names[0]); err != nil {
			return nil, err
		}
		if err := s.remove(ctx, names); err != nil {
			return nil, err
		}
	}
	var result ScaleRates
	for round := range s.rounds + 1 {
		measured, err := s.floorRound(ctx, floor, s.roundClaims)
		if err != nil {
			return nil, err
		}
		result.Floors = append(result.Floors, measured)
		if round == s.rounds {
			break
		}
		names := s.newNames(s.roundClaims)
		drain, err := s.rateRound(ctx, names)
		if err != nil {
			return nil, err
		}
		say("floor %4.0f, operator %4.0f claims/s", measured.PerSecond, drain.PerSecond)
		result.Drains = append(result.Drains, drain)
		if err := s.remove(ctx, names); err != nil {
			return nil, err
		}
	}
	return &result, nil
}

func (s *scaleStage) rateRound(ctx context.Context, names []string) (Drain, error) {
	return s.drainOf(ctx, names, func() error {
		return s.create(ctx, len(names), func(i int) []byte { return rateClaim(names[i]) })
	})
}

func rateClaim(name string) []byte { return portClaim(name, scaleRatePool, object{"scope": "Cluster"}) }

// Paced are claims that come evenly, at a part of the rate of a backlog, and the two
// writes of the floor at the same pace.
type Paced struct {
	Claims    int     `json:"claims"`
	PerSecond float64 `json:"claimsPerSecond"`
	// Of the operator, from the first create until the last is Ready.
	Cores float64 `json:"operatorCores"`
	// Of everything on the machine.
	AllCores float64 `json:"allCores"`
	// Claims that share a write of the ledger, and its time.
	Batch        float64 `json:"meanBatch"`
	CommitMillis float64 `json:"meanCommitMillis"`
	// From the answer to the create until a watch has shown Ready.
	ReadyP50 float64 `json:"readySecondsP50"`
	ReadyP99 float64 `json:"readySecondsP99"`
	FloorP50 float64 `json:"floorSecondsP50"`
	FloorP99 float64 `json:"floorSecondsP99"`
}

func (s *scaleStage) ratesWithAll(ctx context.Context, into *Scale) (err error) {
	if into.All, err = s.rates(ctx); err != nil {
		return err
	}
	if into.Paced, err = s.paced(ctx, into.All.perSecond().Median/2); err != nil {
		return err
	}
	into.Slower, err = s.paced(ctx, into.All.perSecond().Median/4)
	return err
}

func (s *scaleStage) paced(ctx context.Context, perSecond float64) (*Paced, error) {
	say("%.0f claims a second", perSecond)
	names := s.newNames(s.roundClaims)
	result := Paced{Claims: len(names), PerSecond: perSecond}
	if err := s.calm(ctx); err != nil {
		return nil, err
	}
	// A collection of the quiet heap is not what claims meet that come evenly.
	if err := pause(ctx, quietHeap); err != nil {
		return nil, err
	}
	mark, err := s.begin(ctx, nil)
	if err != nil {
		return nil, err
	}
	waits, err := s.pacedClaims(ctx, names, perSecond)
	if err != nil {
		return nil, err
	}
	work, err := s.end(ctx, mark, time.Now(), len(names))
	if err != nil {
		return nil, err
	}
	result.Cores, result.AllCores = work.CPUMillis.Operator*work.PerSecond/1000, work.CPUMillis.total()*work.PerSecond/1000
	result.Batch, result.CommitMillis = work.Batch, work.CommitMillis
	result.ReadyP50, result.ReadyP99 = quantile(waits, 0.5), quantile(waits, 0.99)
	floor, err := s.floorLike(ctx, names[0])
	if err != nil {
		return nil, err
	}
	if waits, err = s.pacedFloor(ctx, floor, perSecond); err != nil {
		return nil, err
	}
	result.FloorP50, result.FloorP99 = quantile(waits, 0.5), quantile(waits, 0.99)
	return &result, s.remove(ctx, names)
}

// evenly does work(0) to work(n-1), so many a second, by all workers.
func (s *scaleStage) evenly(ctx context.Context, perSecond float64, n int, work func(ctx context.Context, i int) error) error {
	begin := time.Now()
	return parallel(ctx, s.workers, n, func(ctx context.Context, i int) error {
		due := begin.Add(time.Duration(float64(i) / perSecond * float64(time.Second)))
		if err := pause(ctx, time.Until(due)); err != nil {
			return err
		}
		return work(ctx, i)
	})
}

func (s *scaleStage) pacedClaims(ctx context.Context, names []string, perSecond float64) ([]float64, error) {
	watch, err := watchClaims(ctx, s.observer, claimsPath, len(names), isBound)
	if err != nil {
		return nil, err
	}
	defer watch.Close()
	created := make([]time.Time, len(names))
	err = s.evenly(ctx, perSecond, len(names), func(ctx context.Context, i int) error {
		_, err := s.client.Send(ctx, http.MethodPost, claimsPath, rateClaim(names[i]))
		created[i] = time.Now()
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := watch.Await(ctx, s.patience); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, s.operator.LogTail())
	}
	seen := watch.Seen()
	waits := make([]float64, len(names))
	for i, name := range names {
		waits[i] = max(0, seen[name].Sub(created[i]).Seconds())
	}
	return waits, nil
}

// pacedFloor writes with the operator suspended, as a round of the floor does.
func (s *scaleStage) pacedFloor(ctx context.Context, floor *Floor, perSecond float64) ([]float64, error) {
	if err := s.calm(ctx); err != nil {
		return nil, err
	}
	if err := s.operator.Suspend(); err != nil {
		return nil, err
	}
	names := s.newNames(s.roundClaims)
	configMaps, statuses, err := s.floorObjects(ctx, floor, names)
	if err != nil {
		return nil, err
	}
	waits := make([]float64, len(names))
	err = s.evenly(ctx, perSecond, len(names), func(ctx context.Context, i int) error {
		begin := time.Now()
		err := s.writeFloor(ctx, names[i], configMaps[i], statuses[i])
		waits[i] = time.Since(begin).Seconds()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("floor: %w", err)
	}
	if err := s.operator.Resume(); err != nil {
		return nil, err
	}
	return waits, s.removeFloor(ctx, names)
}

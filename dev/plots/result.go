package main

import (
	"encoding/json"
	"errors"
	"os"
)

// result is what is read of a file that dev/benchmark --json has written.
type result struct {
	Machine, Java string
	Scale         *struct {
		Nodes, NodeClaims, ClusterClaims, FewClaims int

		StartWithNodesOnly, StartWithAll *start
		ListSeconds                      float64
		Idle, LabelChanges, NodesJoin    *span
		RangesChange                     *span
		RatesWithFew, RatesWithAll       *rounds
		Paced                            *struct{ ClaimsPerSecond, OperatorCores float64 }
	}
}

type start struct {
	TakeOverSeconds, CPUSeconds, RSSMiB, HeapMiB float64
}

type span struct {
	Seconds, OperatorCores float64
	Changes                int
}

// rounds lie between floors: one before the first, and one after each.
type rounds struct {
	Floor   []struct{ ClaimsPerSecond float64 }
	Backlog []struct {
		ClaimsPerSecond   float64
		CPUMillisPerClaim struct{ Operator float64 }
	}
}

func readResult(file string) (point, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return point{}, err
	}
	var of result
	if err := json.Unmarshal(content, &of); err != nil {
		return point{}, err
	}
	return of.point()
}

func (r result) point() (point, error) {
	s := r.Scale
	if s == nil || s.StartWithNodesOnly == nil || s.StartWithAll == nil || s.Idle == nil || s.LabelChanges == nil ||
		s.NodesJoin == nil || s.RangesChange == nil || s.RatesWithFew == nil || s.RatesWithAll == nil || s.Paced == nil {
		return point{}, errors.New("not a whole run of \"dev/benchmark --scenarios scale --json FILE\"")
	}
	claims := s.NodeClaims + s.ClusterClaims
	empty, full := s.StartWithNodesOnly, s.StartWithAll
	all := point{
		Machine: r.Machine, Java: r.Java, Nodes: s.Nodes, Claims: claims,
		EmptyResidentMiB: empty.RSSMiB, EmptyHeapMiB: empty.HeapMiB, ResidentMiB: full.RSSMiB, HeapMiB: full.HeapMiB,
		TakeOverSeconds: full.TakeOverSeconds, ListSeconds: s.ListSeconds, CPUSeconds: full.CPUSeconds,
		LabelMillis: s.LabelChanges.millis(*s.Idle), JoinMillis: s.NodesJoin.millis(*s.Idle), RangeMillis: s.RangesChange.millis(*s.Idle),
		IdleCores: s.Idle.OperatorCores,
	}
	all.Rates = append(s.RatesWithFew.rates(s.FewClaims), s.RatesWithAll.rates(claims)...)
	if s.Paced.OperatorCores > 0 {
		all.Rates = append(all.Rates, rate{Present: claims, PerSecond: s.Paced.ClaimsPerSecond, Cores: s.Paced.OperatorCores})
	}
	return all, nil
}

// millis is the CPU time that a change takes.
func (s span) millis(idle span) float64 {
	return max(0, s.OperatorCores-idle.OperatorCores) * 1000 * s.Seconds / float64(s.Changes)
}

func (r rounds) rates(present int) []rate {
	var all []rate
	for i, round := range r.Backlog {
		floor := (r.Floor[i].ClaimsPerSecond + r.Floor[i+1].ClaimsPerSecond) / 2
		all = append(all, rate{
			Present: present, PerSecond: round.ClaimsPerSecond,
			Cores: round.ClaimsPerSecond * round.CPUMillisPerClaim.Operator / 1000,
			Ratio: round.ClaimsPerSecond / floor,
		})
	}
	return all
}

package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
)

// point is what one run of dev/benchmark --scenarios scale has measured, without
// what says something about the machine's paths.
type point struct {
	Machine string `json:"machine"`
	Java    string `json:"java"`
	Nodes   int    `json:"nodes"`
	Claims  int    `json:"claims"`

	// After a full collection, without claims and with all.
	EmptyResidentMiB float64 `json:"emptyResidentMiB"`
	EmptyHeapMiB     float64 `json:"emptyHeapMiB"`
	ResidentMiB      float64 `json:"residentMiB"`
	HeapMiB          float64 `json:"heapMiB"`

	// A restart with all claims.
	TakeOverSeconds float64 `json:"takeOverSeconds"`
	ListSeconds     float64 `json:"listSeconds"`
	CPUSeconds      float64 `json:"cpuSeconds"`

	// CPU time of a change, in ms.
	LabelMillis float64 `json:"labelMillis"`
	JoinMillis  float64 `json:"joinMillis"`
	RangeMillis float64 `json:"rangeMillis"`

	IdleCores float64 `json:"idleCores"`
	Rates     []rate  `json:"rates"`
}

// rate is a round of claims that wait, or claims that come evenly.
type rate struct {
	// How many claims are there besides.
	Present   int     `json:"present"`
	PerSecond float64 `json:"claimsPerSecond"`
	Cores     float64 `json:"operatorCores"`
	// By the floors around the round; 0 where there are none.
	Ratio float64 `json:"ratioToFloor,omitempty"`
}

type points []point

func readPoints(file string) (points, error) {
	content, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all points
	return all, json.Unmarshal(content, &all)
}

func (p points) save(file string) error {
	content, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, append(content, '\n'), 0o644)
}

// with replaces what was measured before at the same size.
func (p points) with(next point) points {
	all := slices.DeleteFunc(slices.Clone(p), func(old point) bool {
		return old.Nodes == next.Nodes && old.Claims == next.Claims
	})
	all = append(all, next)
	slices.SortFunc(all, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.Nodes, b.Nodes), cmp.Compare(a.Claims, b.Claims))
	})
	return all
}

// ofMostNodes are those that differ by their claims only.
func (p points) ofMostNodes() points {
	var most points
	for _, each := range p {
		if len(most) > 0 && most[0].Nodes != each.Nodes {
			most = nil
		}
		most = append(most, each)
	}
	return most
}

// ofFewestClaims is one for each number of nodes.
func (p points) ofFewestClaims() points {
	return slices.CompactFunc(slices.Clone(p), func(a, b point) bool { return a.Nodes == b.Nodes })
}

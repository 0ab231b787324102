package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

var (
	patchLedger = Request{Verb: "patch", Resource: "portledgers"}
	createMap   = Request{Verb: "create", Resource: "configmaps"}
)

func TestAWriteIsNamedByStepKindAndNumber(t *testing.T) {
	script := &Script{name: "test", first: 2}
	writes := &Writes{counts: map[Point]int{}}
	writes.begin(1)
	writes.note(script, createMap)
	writes.begin(2)
	writes.note(script, patchLedger)
	writes.note(script, createMap)
	if point := writes.note(script, patchLedger); point.String() != "test, step 2, patch portledgers 2" {
		t.Error(point)
	}
	writes.begin(3)
	writes.note(script, patchLedger)
	want := []Point{{script, 2, "create configmaps", 1}, {script, 2, "patch portledgers", 1},
		{script, 2, "patch portledgers", 2}, {script, 3, "patch portledgers", 1}}
	if got := writes.points(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v", got)
	}
}

func TestWhatIsNoWriteOfAScriptIsNotCounted(t *testing.T) {
	for _, resource := range []string{"leases", "events", "portpools", "selfsubjectrulesreviews"} {
		if (Request{Verb: "create", Resource: resource}).isPoint() {
			t.Errorf("%s is counted", resource)
		}
	}
	for _, request := range []Request{patchLedger, createMap, {Verb: "patch", Resource: "pods"}} {
		if !request.isPoint() {
			t.Errorf("%s is not counted", request)
		}
	}
}

func TestARunIsPlayedAgainUntilItsWriteIsReached(t *testing.T) {
	script := &Script{name: "test"}
	for reachedAt, want := range map[int]string{1: "", 3: "", 4: "write not reached: test, step 2, patch portledgers 1"} {
		result := &Result{row: Row{scripts: []*Script{script}}, notes: map[string]int{}}
		tries := 0
		problems, err := result.untilReached(7, func() (*Scene, error) {
			tries++
			scene := &Scene{point: Point{script, 2, "patch portledgers", 1}, writes: &Writes{}}
			scene.writes.reached.Store(tries >= reachedAt)
			return scene, nil
		})
		if strings.Join(problems, "\n") != want || err != nil || tries != min(reachedAt, mostTries) || result.runs != 1 {
			t.Errorf("reached at %d: %q, %v, %d tries, %d runs", reachedAt, problems, err, tries, result.runs)
		}
		if again := result.notes["write not reached, run again"]; again != tries-1 {
			t.Errorf("reached at %d: %d times again", reachedAt, again)
		}
	}
}

func TestOnlyALaterLedgerWriteOfAStepMayBeMissing(t *testing.T) {
	script := &Script{name: "test"}
	for point, missing := range map[Point]bool{
		{script, 2, "patch portledgers", 1}: false,
		{script, 2, "patch portledgers", 2}: true,
		{script, 2, "create configmaps", 2}: false,
	} {
		result := &Result{row: Row{scripts: []*Script{script}}, notes: map[string]int{}}
		problems, err := result.untilReached(7, func() (*Scene, error) { return &Scene{point: point, writes: &Writes{}}, nil })
		if noted := result.notes["ledger write that others were part of, not made"] == 1; err != nil || noted != missing || (len(problems) == 0) != missing {
			t.Errorf("%s: %q, %v, %v", point, problems, result.notes, err)
		}
	}
}

func TestARunWithProblemsOrWithoutAWriteIsNotPlayedAgain(t *testing.T) {
	for name, test := range map[string]struct {
		scripts []*Script
		failure error
	}{
		"no write": {nil, nil}, "a failure": {[]*Script{{}}, errors.New("failed")},
	} {
		result, tries := &Result{row: Row{scripts: test.scripts}, notes: map[string]int{}}, 0
		problems, err := result.untilReached(1, func() (*Scene, error) {
			tries++
			return &Scene{writes: &Writes{}, problems: []string{"moved"}}, test.failure
		})
		if tries != 1 || !errors.Is(err, test.failure) || strings.Join(problems, "") != "moved" {
			t.Errorf("%s: %d tries, %q, %v", name, tries, problems, err)
		}
	}
}

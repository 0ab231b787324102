package main

import (
	"maps"
	"strings"
	"testing"
	"time"
)

func mapOf(claim, number string) Map {
	var m Map
	m.Metadata.Namespace = "shop"
	m.Metadata.Annotations = map[string]string{"portclaim.io/claim-name": claim}
	m.Data = map[string]string{"ports.env": "WEB_PORT=" + number + "\n"}
	return m
}

func testReaders(t *testing.T) *Readers {
	t.Helper()
	r := newReaders(nil, "shop", 1)
	t.Cleanup(r.close)
	return r
}

func TestTwoProcessesWithOneNumberAreFound(t *testing.T) {
	r := testReaders(t)
	now := time.Now()
	for range 3 {
		r.follow([]Map{mapOf("a", "21001"), mapOf("b", "21001")}, nil, now, now, 0)
	}
	conflicts, _ := r.found()
	if r.opened != len(nodeNames) || len(conflicts) != len(nodeNames) {
		t.Fatalf("%d opened, %q", r.opened, conflicts)
	}
	if !strings.Contains(conflicts[0], "the process of shop/b can't listen on 21001/TCP on node-") ||
		!strings.Contains(conflicts[0], "address already in use; the process of shop/a does") {
		t.Error(conflicts[0])
	}
}

func TestANumberIsListenedOnUntilItsProcessNotices(t *testing.T) {
	r := testReaders(t)
	now := time.Now()
	r.follow([]Map{mapOf("a", "21002")}, nil, now, now, 0)
	r.follow(nil, nil, now, now, readEvery)
	if r.follow([]Map{mapOf("b", "21002")}, nil, now, now, readEvery); len(r.conflicts) != len(nodeNames) {
		t.Errorf("assigned again at once: %d", len(r.conflicts))
	}
	clear(r.conflicts)
	if r.follow([]Map{mapOf("b", "21002")}, nil, now.Add(mostGrace), now.Add(mostGrace), readEvery); len(r.conflicts) > 0 {
		t.Errorf("assigned again when its process had noticed: %d", len(r.conflicts))
	}
}

func TestAProcessThatCouldNotReadNoticesAtOnce(t *testing.T) {
	r := testReaders(t)
	now := time.Now()
	r.follow([]Map{mapOf("a", "21003")}, nil, now, now, 0)
	if r.follow([]Map{mapOf("b", "21003")}, nil, now, now, mostLag+1); len(r.conflicts) > 0 {
		t.Errorf("%d", len(r.conflicts))
	}
}

func TestANumberThatComesBackStays(t *testing.T) {
	r := testReaders(t)
	now := time.Now()
	for range 3 {
		r.follow([]Map{mapOf("a", "21004")}, nil, now, now, 0)
		r.follow(nil, nil, now, now, 0)
		now = now.Add(time.Minute)
		r.follow([]Map{mapOf("a", "21004")}, nil, now, now, 0)
	}
	if conflicts, _ := r.found(); len(conflicts) > 0 || r.opened != len(nodeNames) {
		t.Errorf("%d opened, %q", r.opened, conflicts)
	}
}

func TestANumberOfAnotherProgramIsNoConflict(t *testing.T) {
	slot := Slot{Place: nodeNames[0], Protocol: "TCP", Number: 21005}
	other, err := openSocket(slot)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	r := testReaders(t)
	r.follow([]Map{mapOf("a", "21005")}, nil, time.Now(), time.Now(), 0)
	if conflicts, _ := r.found(); len(conflicts) > 0 || r.foreign != 1 {
		t.Errorf("%d of another program, %q", r.foreign, conflicts)
	}
}

func TestAProcessOfAPodStartsWhenItsPodDeclaresTheNumber(t *testing.T) {
	r := testReaders(t)
	now := time.Now()
	shown := &Shown{map[string]map[use]bool{}, map[string]map[Slot]bool{}}
	wanted := r.follow([]Map{mapOf("b", "21006")}, shown, now, now, 0)
	slot := use{Slot{nodeNames[0], "TCP", 21006}, "shop/b"}
	if r.opened != 0 || !wanted[slot] {
		t.Fatalf("%d opened, %v wanted", r.opened, wanted)
	}
	shown.pods["pod"] = map[use]bool{slot: true}
	if r.follow([]Map{mapOf("b", "21006")}, shown, now, now, 0); r.opened != 1 || !r.open()[slot] {
		t.Errorf("%d opened, %v", r.opened, r.open())
	}
}

func TestConflictsThatOperatorsCouldPreventAreListedApart(t *testing.T) {
	for name, test := range map[string]struct {
		shownFor time.Duration
		known    int
	}{"for long": {witnessNews, 1}, "just now": {witnessNews - 1, 0}} {
		r := testReaders(t)
		now := time.Now()
		claims := []Map{mapOf("a", "21007")}
		slot := Slot{nodeNames[0], "TCP", 21007}
		shown := &Shown{nil, map[string]map[Slot]bool{slot.Place: {slot: true}}}
		r.follow(claims, nil, now, now, 0)
		r.follow(claims, shown, now, now, 0)
		for range 2 {
			now = now.Add(test.shownFor)
			r.follow([]Map{claims[0], mapOf("c", "21007")}, shown, now, now, 0)
		}
		if all, known := r.found(); len(all) != len(nodeNames) || len(known) != test.known {
			t.Errorf("%s: %q, known %q", name, all, known)
		}
		r.close()
	}
}

func TestAReportIsReadAsItWasWritten(t *testing.T) {
	slots := map[Slot]bool{{"node-1", "TCP", 21000}: true, {"node-1", "TCP", 9}: true, {"node-1", "UDP", 21000}: true}
	var report Report
	report.Metadata.Name = "node-1"
	report.Status.Listeners.TCP = numbers(slots, "TCP").(string)
	report.Status.Listeners.UDP = numbers(slots, "UDP").(string)
	if got := report.slots(); report.Status.Listeners.TCP != "9,21000" || !maps.Equal(got, slots) {
		t.Errorf("%v of %v", got, report)
	}
	if numbers(nil, "TCP") != nil {
		t.Error("no port is a text")
	}
}

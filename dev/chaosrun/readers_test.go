package main

import (
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
		r.follow([]Map{mapOf("a", "21001"), mapOf("b", "21001")}, now, now, 0)
	}
	conflicts := r.found()
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
	r.follow([]Map{mapOf("a", "21002")}, now, now, 0)
	r.follow(nil, now, now, readEvery)
	if r.follow([]Map{mapOf("b", "21002")}, now, now, readEvery); len(r.conflicts) != len(nodeNames) {
		t.Errorf("assigned again at once: %q", r.conflicts)
	}
	clear(r.conflicts)
	if r.follow([]Map{mapOf("b", "21002")}, now.Add(mostGrace), now.Add(mostGrace), readEvery); len(r.conflicts) > 0 {
		t.Errorf("assigned again when its process had noticed: %q", r.conflicts)
	}
}

func TestAProcessThatCouldNotReadNoticesAtOnce(t *testing.T) {
	r := testReaders(t)
	now := time.Now()
	r.follow([]Map{mapOf("a", "21003")}, now, now, 0)
	if r.follow([]Map{mapOf("b", "21003")}, now, now, mostLag+1); len(r.conflicts) > 0 {
		t.Errorf("%q", r.conflicts)
	}
}

func TestANumberThatComesBackStays(t *testing.T) {
	r := testReaders(t)
	now := time.Now()
	for range 3 {
		r.follow([]Map{mapOf("a", "21004")}, now, now, 0)
		r.follow(nil, now, now, 0)
		now = now.Add(time.Minute)
		r.follow([]Map{mapOf("a", "21004")}, now, now, 0)
	}
	if conflicts := r.found(); len(conflicts) > 0 || r.opened != len(nodeNames) {
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
	r.follow([]Map{mapOf("a", "21005")}, time.Now(), time.Now(), 0)
	if conflicts := r.found(); len(conflicts) > 0 || r.foreign != 1 {
		t.Errorf("%d of another program, %q", r.foreign, conflicts)
	}
}

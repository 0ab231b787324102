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
	r.follow([]Map{mapOf("a", "21001"), mapOf("b", "21001")}, now, 0)
	opened, conflicts := r.found()
	if opened != len(nodeNames) || len(conflicts) != len(nodeNames) {
		t.Fatalf("%d opened, %q", opened, conflicts)
	}
	if !strings.Contains(conflicts[0], "the process of shop/b can't listen on 21001/TCP on node-") ||
		!strings.Contains(conflicts[0], "address already in use; the process of shop/a does") {
		t.Error(conflicts[0])
	}
}

func TestANumberIsListenedOnUntilItsProcessNotices(t *testing.T) {
	r := testReaders(t)
	now := time.Now()
	r.follow([]Map{mapOf("a", "21002")}, now, 0)
	r.follow(nil, now, readEvery)
	if r.follow([]Map{mapOf("b", "21002")}, now, readEvery); len(r.conflicts) != len(nodeNames) {
		t.Errorf("assigned again at once: %q", r.conflicts)
	}
	r.conflicts = nil
	if r.follow([]Map{mapOf("b", "21002")}, now.Add(mostGrace), readEvery); len(r.conflicts) > 0 {
		t.Errorf("assigned again when its process had noticed: %q", r.conflicts)
	}
}

func TestAProcessThatCouldNotReadNoticesAtOnce(t *testing.T) {
	r := testReaders(t)
	now := time.Now()
	r.follow([]Map{mapOf("a", "21003")}, now, 0)
	if r.follow([]Map{mapOf("b", "21003")}, now, mostLag+1); len(r.conflicts) > 0 {
		t.Errorf("%q", r.conflicts)
	}
}

func TestANumberThatComesBackStays(t *testing.T) {
	r := testReaders(t)
	now := time.Now()
	for range 3 {
		r.follow([]Map{mapOf("a", "21004")}, now, 0)
		r.follow(nil, now, 0)
		now = now.Add(time.Minute)
		r.follow([]Map{mapOf("a", "21004")}, now, 0)
	}
	if opened, conflicts := r.found(); len(conflicts) > 0 || opened != len(nodeNames) {
		t.Errorf("%d opened, %q", opened, conflicts)
	}
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const committed = "../../docs/plots"

func TestTheCommittedPlotsShowTheCommittedPoints(t *testing.T) {
	points, err := readPoints(filepath.Join(committed, pointsFile))
	if err != nil {
		t.Fatal(err)
	}
	if len(points) == 0 {
		t.Skip("no whole run was added yet")
	}
	folder := t.TempDir()
	for name, chart := range points.charts() {
		file := name + ".svg"
		if err := chart.save(filepath.Join(folder, file)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		drawn, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(filepath.Join(committed, file))
		if err != nil || !bytes.Equal(drawn, kept) {
			t.Errorf("docs/plots/%s is not what docs/plots/%s says (%v): run dev/plot", file, pointsFile, err)
		}
	}
}

func TestEachPlotSaysWhatItShows(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "plots")
	if err := drawAll(folder, []string{"testdata/scale.json"}); err != nil {
		t.Fatal(err)
	}
	for name, words := range map[string][]string{
		"memory":    {"Memory after a full collection, 1,000 nodes", "resident", "live heap", "MiB", "4,000"},
		"take-over": {"A restart, 1,000 nodes", "lists and take-over", "seconds"},
		"rate":      {"claims present", "ratio"},
		"nodes":     {"a node joins", "another ephemeral range", "ms"},
		"churn":     {"1,000 nodes, 4,000 claims", "claims created a second", "cores"},
	} {
		drawn, err := os.ReadFile(filepath.Join(folder, name+".svg"))
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range words {
			if !strings.Contains(string(drawn), ">"+word+"<") {
				t.Errorf("%s.svg does not say %q", name, word)
			}
		}
	}
}

func TestAResultBecomesAPoint(t *testing.T) {
	at, err := readResult("testdata/scale.json")
	if err != nil {
		t.Fatal(err)
	}
	if at.Nodes != 1000 || at.Claims != 4000 || at.ResidentMiB != 160 || at.EmptyHeapMiB != 24 {
		t.Errorf("%+v", at)
	}
	// 40 changes in 20 s, at 0.06 cores beyond 0.002.
	if at.JoinMillis < 28.9 || at.JoinMillis > 29.1 {
		t.Errorf("a join takes %f ms", at.JoinMillis)
	}
	want := []rate{
		{Present: 100, PerSecond: 250, Cores: 0.5, Ratio: 0.625},
		{Present: 4000, PerSecond: 200, Cores: 0.5, Ratio: 0.5},
		{Present: 4000, PerSecond: 100, Cores: 0.3},
	}
	if len(at.Rates) != len(want) {
		t.Fatalf("%+v", at.Rates)
	}
	for i := range want {
		if at.Rates[i] != want[i] {
			t.Errorf("%+v instead of %+v", at.Rates[i], want[i])
		}
	}
}

func TestAPartOfARunIsNoPoint(t *testing.T) {
	file := filepath.Join(t.TempDir(), "quick.json")
	if err := os.WriteFile(file, []byte(`{"scale":{"nodes":100,"idle":{"seconds":5}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if at, err := readResult(file); err == nil {
		t.Errorf("%+v", at)
	}
}

func TestANewMeasurementTakesThePlaceOfTheOldOne(t *testing.T) {
	all := points{}.with(point{Nodes: 5000, Claims: 100}).with(point{Nodes: 10, Claims: 7}).with(point{Nodes: 5000, Claims: 9}).
		with(point{Nodes: 5000, Claims: 100, HeapMiB: 3})
	if len(all) != 3 || all[0].Nodes != 10 || all[1].Claims != 9 || all[2].HeapMiB != 3 {
		t.Errorf("%+v", all)
	}
	if most := all.ofMostNodes(); len(most) != 2 || most[0].Claims != 9 {
		t.Errorf("%+v", most)
	}
	if few := all.ofFewestClaims(); len(few) != 2 || few[1].Claims != 9 {
		t.Errorf("%+v", few)
	}
}

func TestThousandsAreApart(t *testing.T) {
	for number, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 100_000: "100,000", 1_234_567: "1,234,567"} {
		if got := thousands(number); got != want {
			t.Errorf("%s instead of %s", got, want)
		}
	}
}

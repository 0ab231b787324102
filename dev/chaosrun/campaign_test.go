package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRowsThatWerePlayedReplaceThoseOfThePage(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	before := "text\n" + tableBegin + tableHead + "| 2 | old | 1 | 1 | nothing | kept |\n| 3 | other | 1 | 1 | nothing | kept |\n" + tableEnd + "| 3 | of another table |\n"
	if err := os.WriteFile(page, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	played := func(number int, problems ...string) *Result {
		return &Result{number: number, row: Row{fault: "new"}, runs: 5, seeds: []uint64{1, 2, 3, 7, 9}, notes: map[string]int{"crash": 2}, problems: problems, revisions: 7, done: true}
	}
	campaign := &Campaign{results: []*Result{played(1), played(2, "moved"), {number: 3, row: Row{fault: "interrupted"}}}}
	if err := campaign.write(page); err != nil {
		t.Fatal(err)
	}
	want := "text\n" + tableBegin + tableHead + "| 1 | new | 5 | 1-3, 7, 9 | 7 revisions, 2 × crash | kept |\n" +
		"| 2 | new | 5 | 1-3, 7, 9 | 7 revisions, 2 × crash | broken |\n| 3 | other | 1 | 1 | nothing | kept |\n" + tableEnd + "| 3 | of another table |\n"
	if got, err := os.ReadFile(page); err != nil || string(got) != want {
		t.Errorf("%s\n%v", got, err)
	}
	if campaign.kept() {
		t.Error("a broken row passes")
	}
}

func TestRunsAreSpreadOverAllWrites(t *testing.T) {
	script := &Script{}
	for _, test := range []struct {
		settings settings
		want     string
	}{
		{settings{}, "1 2 3 4 5 6 7 8 9 10"},
		{settings{runs: 2}, "3 8"},
		{settings{quick: true}, "2 6 9"},
		{settings{rows: "1", seed: 4}, "4"},
	} {
		campaign := &Campaign{settings: &test.settings, points: map[*Script][]Point{script: make([]Point, 10)}}
		seeds, err := campaign.seeds(t.Context(), Row{scripts: []*Script{script}, quick: 3})
		if got := strings.Trim(fmt.Sprint(seeds), "[]"); err != nil || got != test.want {
			t.Errorf("%v: %s, %v", test.settings, got, err)
		}
	}
}

func TestRowsAreNamedByNumber(t *testing.T) {
	for text, want := range map[string]string{"3": "map[3:true]", "2-4,7": "map[2:true 3:true 4:true 7:true]"} {
		s := settings{rows: text}
		if err := s.readRows(); err != nil || fmt.Sprint(s.chosen) != want {
			t.Errorf("%q: %v, %v", text, s.chosen, err)
		}
	}
	all := settings{}
	if err := all.readRows(); err != nil || len(all.chosen) != len(allRows) {
		t.Errorf("all: %v, %v", all.chosen, err)
	}
	rest := settings{rows: "5-"}
	if err := rest.readRows(); err != nil || len(rest.chosen) != len(allRows)-4 || rest.chosen[4] {
		t.Errorf("the rest: %v, %v", rest.chosen, err)
	}
	for _, text := range []string{"x", "0", "4-2", "1-999", "-", "-5", "999-", "3,"} {
		s := settings{rows: text}
		if s.readRows() == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestTheRowsOfThePageAreThoseOfTheProgram(t *testing.T) {
	page, err := os.ReadFile("../../docs/chaos.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), tableBegin+tableHead)
	table, _, found := strings.Cut(table, tableEnd)
	if !found || table == "" {
		t.Fatal("the page has no table")
	}
	for line := range strings.Lines(table) {
		var number int
		cells := strings.Split(line, " | ")
		if _, err := fmt.Sscanf(line, "| %d |", &number); err != nil || number > len(allRows) || cells[1] != allRows[number-1].fault {
			t.Errorf("not a row: %s", line)
			continue
		}
		if seeds := countSeeds(cells[3]); fmt.Sprint(seeds) != cells[2] {
			t.Errorf("row %d has %s runs and %d seeds: %s", number, cells[2], seeds, cells[3])
		}
	}
}

// countSeeds reads what seedRanges writes.
func countSeeds(ranges string) int {
	count := 0
	for text := range strings.SplitSeq(ranges, ", ") {
		var first, last int
		if n, _ := fmt.Sscanf(text, "%d-%d", &first, &last); n == 1 {
			last = first
		}
		count += last - first + 1
	}
	return count
}

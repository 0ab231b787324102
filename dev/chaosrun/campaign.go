package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Row is one kind of fault.
type Row struct {
	fault string
	// runs is how often, in all; quick is how often of that with --quick. A row
	// with points has a run for each write of the script instead.
	runs, quick int
	points      bool
	// fresh rows leave a control plane that is of no use to others.
	fresh bool
	// possible says why the machine can't play it; empty is fine.
	possible func() string
	play     func(context.Context, *Scene) error
}

// Result is what became of a row.
type Result struct {
	number    int
	row       Row
	runs      int
	seeds     []uint64
	notes     map[string]int
	ends      map[string]int
	revisions int
	problems  []string // each with the seed
	skipped   string
	done      bool
	took      time.Duration
}

// Campaign plays rows one after the other.
type Campaign struct {
	*settings
	stage   *Stage
	stages  int
	writes  int // of the script
	results []*Result
	started time.Time
	of      map[*Load]runOf // whose pools are still to be filled
}

// runOf is a run of a row.
type runOf struct {
	result *Result
	seed   uint64
}

func (c *Campaign) run(ctx context.Context) error {
	c.started, c.of = time.Now(), map[*Load]runOf{}
	defer c.closeStage()
	for n, row := range allRows {
		if !c.chosen[n+1] || c.quick && row.quick == 0 {
			continue
		}
		result := &Result{number: n + 1, row: row, notes: map[string]int{}, ends: map[string]int{}}
		c.results = append(c.results, result)
		if row.possible != nil {
			if result.skipped = row.possible(); result.skipped != "" {
				result.done = true
				continue
			}
		}
		begun := time.Now()
		err := c.runRow(ctx, result)
		result.took, result.done = time.Since(begun), err == nil
		say("%3d  %-60s %3d runs  %s  %s", result.number, row.fault, result.runs, result.verdict(), result.took.Round(time.Second))
		for _, problem := range result.problems {
			say("     %s", problem)
		}
		if err != nil {
			return err
		}
	}
	c.fill(ctx)
	return context.Cause(ctx)
}

// fill fills the pools of the runs so far.
func (c *Campaign) fill(ctx context.Context) {
	if c.stage != nil {
		c.stage.fillPools(ctx, func(load *Load, err error) {
			run := c.of[load]
			say("     row %d, seed %d: %v", run.result.number, run.seed, err)
			c.note(run.result, run.seed, []string{err.Error()})
		})
	}
}

func (c *Campaign) closeStage() {
	if c.stage != nil {
		c.stage.close()
		c.stage = nil
	}
}

func (c *Campaign) openStage(ctx context.Context) (err error) {
	if c.stage == nil {
		c.stages++
		c.stage, err = newStage(ctx, c.settings, fmt.Sprintf("plane-%d", c.stages))
	}
	return err
}

func (c *Campaign) runRow(ctx context.Context, result *Result) error {
	seeds, err := c.seeds(ctx, result.row)
	if err != nil {
		return err
	}
	for _, seed := range seeds {
		if result.row.fresh {
			c.fill(ctx)
			c.closeStage()
			clear(c.of)
		}
		if err := c.openStage(ctx); err != nil {
			return err
		}
		problems, err := c.runOnce(ctx, result, seed)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			problems = append(problems, err.Error())
		}
		c.note(result, seed, problems)
		if result.row.fresh || len(c.of) >= 10 {
			c.fill(ctx)
			clear(c.of)
		}
		if result.row.fresh || err != nil {
			c.closeStage()
			clear(c.of)
		}
	}
	return nil
}

// note keeps what went wrong, and the recording.
func (c *Campaign) note(result *Result, seed uint64, problems []string) {
	for _, problem := range problems {
		result.problems = append(result.problems, fmt.Sprintf("--row %d --seed %d: %s", result.number, seed, problem))
	}
	if c.stage != nil && c.keep != "" && (len(problems) > 0 || c.rows != "") {
		folder := filepath.Join(c.keep, fmt.Sprintf("row-%d-seed-%d", result.number, seed))
		if err := c.stage.save(folder); err != nil {
			say("%v", err)
		}
	}
}

func (c *Campaign) runOnce(ctx context.Context, result *Result, seed uint64) ([]string, error) {
	scene := c.stage.newScene(seed)
	scene.point = int(seed)
	c.of[scene.Load] = runOf{result, seed}
	ends, position := c.stage.fleet.endCounts(), c.stage.plane.recorder.position()
	if err := scene.begin(ctx); err != nil {
		return nil, err
	}
	if err := result.row.play(ctx, scene); err != nil {
		scene.problem("%v", err)
	}
	err := scene.end(ctx)
	result.runs++
	result.seeds = append(result.seeds, seed)
	result.revisions += c.stage.plane.recorder.position() - position
	for note, times := range scene.notes {
		result.notes[note] += times
	}
	for _, end := range c.stage.fleet.endsSince(ends) {
		result.ends[end]++
	}
	return scene.problems, err
}

// seeds are those of the runs: numbers from 1 on, or those of writes.
func (c *Campaign) seeds(ctx context.Context, row Row) ([]uint64, error) {
	if c.rows != "" && c.seed != 0 {
		return []uint64{c.seed}, nil
	}
	runs, wanted := row.runs, row.runs
	if row.points {
		if err := c.countScript(ctx); err != nil {
			return nil, err
		}
		runs, wanted = c.writes, c.writes
	}
	if c.quick {
		wanted = min(row.quick, runs)
	}
	if c.runs > 0 {
		wanted = min(wanted, c.runs)
	}
	seeds := make([]uint64, 0, wanted)
	for i := range wanted {
		// Spread over all writes.
		seeds = append(seeds, c.seed+uint64(1+(2*i+1)*runs/(2*wanted)))
	}
	if wanted == runs || !row.points {
		for i := range seeds {
			seeds[i] = c.seed + uint64(i+1)
		}
	}
	return seeds, nil
}

func (c *Campaign) countScript(ctx context.Context) error {
	if c.writes > 0 {
		return nil
	}
	if err := c.openStage(ctx); err != nil {
		return err
	}
	scene := c.stage.newScene(0)
	if err := scene.begin(ctx); err != nil {
		return err
	}
	defer scene.stopReaders()
	var err error
	if c.writes, err = countWrites(ctx, scene); err != nil {
		return err
	}
	say("The script takes %d writes", c.writes)
	result := c.results[len(c.results)-1]
	c.of[scene.Load] = runOf{result, 0}
	err = scene.end(ctx)
	c.note(result, 0, scene.problems)
	return err
}

func (r *Result) verdict() string {
	switch {
	case r.skipped != "":
		return "skipped"
	case len(r.problems) > 0:
		return "broken"
	}
	return "kept"
}

func (r *Result) seen() string {
	if r.skipped != "" {
		return r.skipped
	}
	seen := []string{fmt.Sprintf("%d revisions", r.revisions)}
	for _, counts := range []map[string]int{r.notes, r.ends} {
		for _, what := range slices.Sorted(maps.Keys(counts)) {
			seen = append(seen, fmt.Sprintf("%d × %s", counts[what], what))
		}
	}
	return strings.Join(seen, ", ")
}

// line is its row of the table.
func (r *Result) line() string {
	return fmt.Sprintf("| %d | %s | %d | %s | %s |\n", r.number, r.row.fault, r.runs, r.seen(), r.verdict())
}

const tableHead = "| row | fault | runs | what was seen | promise |\n|---|---|---|---|---|\n"

func (c *Campaign) kept() bool {
	return !slices.ContainsFunc(c.results, func(r *Result) bool { return len(r.problems) > 0 })
}

// print prints the table.
func (c *Campaign) print(out io.Writer) error {
	text := tableHead
	for _, r := range c.results {
		text += r.line()
	}
	_, err := io.WriteString(out, text)
	return err
}

const (
	tableBegin = "<!-- the table; dev/chaos writes it with the option write -->\n"
	tableEnd   = "<!-- end of the table -->\n"
)

// write puts the rows that were played into the table of a page.
func (c *Campaign) write(page string) error {
	content, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(content), tableBegin)
	present, after, ended := strings.Cut(rest, tableEnd)
	if !found || !ended {
		return fmt.Errorf("%s has no place for the table", page)
	}
	lines := map[string]string{}
	for line := range strings.Lines(present) {
		if number, _, isRow := strings.Cut(strings.TrimPrefix(line, "| "), " | "); isRow {
			lines[number] = line
		}
	}
	table := tableHead
	for n := range allRows {
		number := strconv.Itoa(n + 1)
		for _, r := range c.results {
			if r.number == n+1 && r.done {
				lines[number] = r.line()
			}
		}
		table += lines[number]
	}
	return os.WriteFile(page, []byte(before+tableBegin+table+tableEnd+after), 0o644)
}

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// Row is one kind of fault.
type Row struct {
	fault string
	// runs is how often, in all; quick is how often of that with --quick. A row
	// with scripts has a run for each of their writes instead.
	runs, quick int
	scripts     []*Script
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
	points  map[*Script][]Point
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
	c.started, c.of, c.points = time.Now(), map[*Load]runOf{}, map[*Script][]Point{}
	defer c.closeStage()
	for n, row := range allRows {
		if row.play == nil || !c.chosen[n+1] || c.quick && row.quick == 0 {
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
		problems, err := result.untilReached(seed, func() (*Scene, error) { return c.runOnce(ctx, result, seed) })
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

// mostTries is how often a run is played whose write does not come.
const mostTries = 3

// untilReached plays a run again if it did not come to its write.
func (r *Result) untilReached(seed uint64, play func() (*Scene, error)) ([]string, error) {
	r.runs++
	r.seeds = append(r.seeds, seed)
	var problems []string
	for try := 1; ; try++ {
		scene, err := play()
		problems = append(problems, scene.problems...)
		if err != nil || len(r.row.scripts) == 0 || scene.writes.reached.Load() {
			return problems, err
		}
		if try == mostTries && scene.point.mayBeMissing() {
			r.notes["ledger write that others were part of, not made"]++
			return problems, nil
		}
		if try == mostTries {
			return append(problems, fmt.Sprintf("write not reached: %s", scene.point)), nil
		}
		r.notes["write not reached, run again"]++
	}
}

func (c *Campaign) runOnce(ctx context.Context, result *Result, seed uint64) (*Scene, error) {
	scene := c.stage.newScene(seed)
	if points := c.pointsOf(result.row); len(points) > 0 {
		scene.point = points[seed-1]
	}
	c.of[scene.Load] = runOf{result, seed}
	ends, position := c.stage.fleet.endCounts(), c.stage.plane.recorder.position()
	if err := scene.begin(ctx); err != nil {
		return scene, err
	}
	if err := result.row.play(ctx, scene); err != nil {
		scene.problem("%v", err)
	}
	err := scene.end(ctx)
	result.revisions += c.stage.plane.recorder.position() - position
	for note, times := range scene.notes {
		result.notes[note] += times
	}
	for _, end := range c.stage.fleet.endsSince(ends) {
		result.ends[end]++
	}
	return scene, err
}

// seeds are those of the runs: numbers from 1 on, or those of writes.
func (c *Campaign) seeds(ctx context.Context, row Row) ([]uint64, error) {
	runs, wanted := row.runs, row.runs
	if len(row.scripts) > 0 {
		if err := c.readScripts(ctx, row); err != nil {
			return nil, err
		}
		runs = len(c.pointsOf(row))
		wanted = runs
	}
	if c.rows != "" && c.seed != 0 {
		if len(row.scripts) > 0 && c.seed > uint64(runs) {
			return nil, fmt.Errorf("--seed %d: the scripts have %d writes", c.seed, runs)
		}
		return []uint64{c.seed}, nil
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
	if wanted == runs || len(row.scripts) == 0 {
		for i := range seeds {
			seeds[i] = c.seed + uint64(i+1)
		}
	}
	return seeds, nil
}

func (c *Campaign) pointsOf(row Row) []Point {
	var points []Point
	for _, script := range row.scripts {
		points = append(points, c.points[script]...)
	}
	return points
}

// readScripts finds out which writes the scripts of a row take.
func (c *Campaign) readScripts(ctx context.Context, row Row) error {
	for _, script := range row.scripts {
		if c.points[script] != nil {
			continue
		}
		points, err := c.readScript(ctx, script)
		if err != nil {
			return err
		}
		c.points[script] = points
		say("Writes of the script %q: %d", script.name, len(points))
		for n, point := range c.pointsOf(row) {
			if point.script == script {
				say("%5d  %s", n+1, point)
			}
		}
	}
	return nil
}

func (c *Campaign) readScript(ctx context.Context, script *Script) ([]Point, error) {
	if err := c.openStage(ctx); err != nil {
		return nil, err
	}
	scene := c.stage.newScene(0)
	if err := scene.begin(ctx); err != nil {
		return nil, err
	}
	defer scene.stopReaders()
	points, err := scene.reference(ctx, script)
	if err != nil {
		return nil, err
	}
	result := c.results[len(c.results)-1]
	c.of[scene.Load] = runOf{result, 0}
	err = scene.end(ctx)
	c.note(result, 0, scene.problems)
	return points, err
}

func (c *Campaign) kept() bool {
	return !slices.ContainsFunc(c.results, func(r *Result) bool { return len(r.problems) > 0 })
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

const (
	calmLimit  = 90 * time.Second
	quietTime  = 2 * time.Second
	quietLimit = 30 * time.Second
	// Numbers of runs that follow each other on one control plane must not meet.
	firstNumber = 10_000
	ranges      = 190
)

// Stage is a control plane with operators, for the runs of several rows.
type Stage struct {
	plane    *Plane
	fleet    Fleet
	checker  *Checker
	agents   map[string]agent
	config   *settings
	runs     int
	judged   int
	unfilled []*Load
	found    int // violations that were reported
}

// newStage starts a control plane and installs the chart; its Deployment has no
// pods, because nothing schedules them: the operators are processes.
func newStage(ctx context.Context, config *settings, name string) (*Stage, error) {
	plane, err := newPlane(filepath.Join(config.workDir, name), config.binaries)
	if err != nil {
		return nil, err
	}
	s := &Stage{plane: plane, checker: newChecker(cooldown), config: config}
	if err := s.prepare(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *Stage) prepare(ctx context.Context) error {
	if err := s.plane.start(ctx); err != nil {
		return err
	}
	if err := s.helm(ctx, "install", "--create-namespace"); err != nil {
		return err
	}
	for _, node := range nodeNames {
		err := s.plane.api.until(ctx, http.MethodPost, "/api/v1/nodes", object{"metadata": object{"name": node,
			"labels": object{"kubernetes.io/hostname": node, "kubernetes.io/os": "linux"}}})
		if err != nil {
			return err
		}
	}
	for _, name := range []string{"first", "second"} {
		replica, err := s.plane.newReplica(name, home, s.config.command)
		if err != nil {
			return err
		}
		s.fleet = append(s.fleet, replica)
	}
	agents, err := newAgents(ctx, s.plane.api)
	s.agents = agents
	return err
}

// helm installs or upgrades the chart.
func (s *Stage) helm(ctx context.Context, verb string, more ...string) error {
	arguments := append([]string{verb, "portclaim", s.config.chart, "--namespace", home, "--set", "podScope.enabled=true"}, more...)
	_, err := s.plane.tool(ctx, s.config.helm, arguments...)
	return err
}

func (s *Stage) close() {
	s.fleet.close()
	s.plane.stop()
}

// Scene is one run of a row.
type Scene struct {
	*Stage
	*Load
	seed     uint64
	point    Point // of rows that have them
	writes   *Writes
	readers  *Readers
	load     context.CancelFunc
	loaded   chan struct{}
	reading  context.CancelFunc
	read     chan struct{}
	notes    map[string]int
	problems []string
}

func (s *Stage) newScene(seed uint64) *Scene {
	s.runs++
	number := s.runs % ranges
	load := newLoad(s.plane.api, fmt.Sprintf("run-%d", s.runs), firstNumber+number*poolSize, seed)
	return &Scene{Stage: s, Load: load, readers: newReaders(s.plane.api, load.name, seed), seed: seed, notes: map[string]int{},
		writes: &Writes{counts: map[Point]int{}}}
}

func (s *Scene) problem(format string, arguments ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, arguments...))
}

// startLoad lets users work until stopLoad.
func (s *Scene) startLoad(ctx context.Context, every time.Duration) {
	s.readers.showAll(s.agents)
	ctx, s.load = context.WithCancel(ctx)
	s.loaded = make(chan struct{})
	go func() {
		defer close(s.loaded)
		s.Load.run(ctx, every)
	}()
}

func (s *Scene) stopLoad() {
	if s.load != nil {
		s.load()
		<-s.loaded
		s.load = nil
	}
}

// startReaders lets processes read and listen until stopReaders.
func (s *Scene) startReaders(ctx context.Context) {
	ctx, s.reading = context.WithCancel(ctx)
	s.read = make(chan struct{})
	go func() {
		defer close(s.read)
		s.readers.run(ctx)
	}()
}

// stopReaders ends them and judges what they met.
func (s *Scene) stopReaders() {
	if s.reading == nil {
		return
	}
	s.reading()
	<-s.read
	s.reading = nil
	conflicts, known := s.readers.found()
	s.notes["sockets opened"] += s.readers.opened
	if s.readers.foreign > 0 {
		s.notes["socket that another program has"] += s.readers.foreign
	}
	if s.readers.witness != nil {
		s.notes["pods with hostPorts"] += s.readers.witness.made
		ctx, cancel := context.WithTimeout(context.Background(), calmLimit)
		defer cancel()
		if err := s.readers.witness.remove(ctx); err != nil {
			s.problem("%v", err)
		}
	}
	if s.checker.ledgerLost {
		if excused := len(conflicts) - len(known); excused > 0 {
			s.notes["socket that another process still had, and no operator could know"] += excused
		}
		conflicts = known
	}
	for _, conflict := range conflicts {
		s.problem("%s", conflict)
	}
}

// begin makes sure that operators serve.
func (s *Scene) begin(ctx context.Context) error {
	if err := s.fleet.start(); err != nil {
		return err
	}
	if err := s.Load.prepare(ctx); err != nil {
		return err
	}
	_, err := s.fleet.leader(ctx)
	if err == nil {
		s.startReaders(ctx)
	}
	return err
}

// end heals everything, waits until all is calm, and judges.
func (s *Scene) end(ctx context.Context) error {
	s.stopLoad()
	s.fleet.each((*Proxy).clear)
	s.plane.relay.thaw()
	if _, err := s.fleet.leader(ctx); err != nil {
		s.problem("%v", err)
	}
	if err := s.awaitServed(ctx, calmLimit); err != nil {
		s.problem("%v", err)
	}
	if err := s.awaitQuiet(ctx); err != nil {
		s.problem("%v", err)
	}
	s.stopReaders()
	if err := s.judge(ctx, true); err != nil {
		return err
	}
	s.unfilled = append(s.unfilled, s.Load)
	return s.deleteAll(ctx)
}

// awaitQuiet waits until no operator writes.
func (s *Scene) awaitQuiet(ctx context.Context) error {
	end := time.Now().Add(quietLimit)
	for time.Since(s.fleet.quietSince()) < quietTime {
		if time.Now().After(end) {
			return fmt.Errorf("operators still write %s after every claim was served", quietLimit)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// judge has the checker read what is new in the recording.
func (s *Scene) judge(ctx context.Context, calm bool) error {
	limited, cancel := context.WithTimeout(ctx, calmLimit)
	defer cancel()
	events, err := s.plane.recorder.awaitNow(limited)
	if err != nil {
		return err
	}
	s.checker.judge(events[s.judged:])
	s.judged = len(events)
	if calm {
		s.checker.atEnd()
	}
	if s.checker.tooSoon > 0 {
		s.notes["number before its cooldown was over"] = s.checker.tooSoon
	}
	if s.checker.orphaned > 0 {
		s.notes["number that the ConfigMap of a deleted claim names too"] = s.checker.orphaned
	}
	for _, violation := range s.checker.violations[s.found:] {
		s.problem("%s", violation)
	}
	s.found = len(s.checker.violations)
	return nil
}

// fillPools checks that what the last runs released can be assigned again.
func (s *Stage) fillPools(ctx context.Context, problem func(*Load, error)) {
	for _, load := range s.unfilled {
		if err := load.fill(ctx); err != nil {
			problem(load, err)
		}
	}
	for _, load := range s.unfilled {
		if err := load.awaitServed(ctx, calmLimit); err != nil {
			problem(load, fmt.Errorf("the pool does not come free: %w", err))
		}
		if err := load.remove(ctx, calmLimit); err != nil {
			problem(load, err)
		}
	}
	s.unfilled = nil
}

// save keeps the recording and the logs of the operators.
func (s *Stage) save(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	s.plane.recorder.mutex.Lock()
	events := s.plane.recorder.events
	s.plane.recorder.mutex.Unlock()
	err := saveRecording(filepath.Join(folder, "recording.jsonl"), events)
	for _, replica := range s.fleet {
		content, failed := os.ReadFile(s.plane.path(replica.name + ".log"))
		if failed == nil {
			failed = os.WriteFile(filepath.Join(folder, replica.name+".log"), content, 0o644)
		}
		err = errors.Join(err, failed)
	}
	return err
}

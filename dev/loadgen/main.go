// Loadgen measures the operator beside the API server's own limit; dev/benchmark
// starts it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Children are killed with the thread that started them, and this one lives as
// long as the process.
func init() { runtime.LockOSThread() }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	met, err := run(ctx, os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintf(os.Stderr, "dev/benchmark: %v\n", err)
		os.Exit(1)
	case !met:
		os.Exit(3)
	}
}

type settings struct {
	kubeconfig, processes, workDir, jsonFile string
	agentClassPath, crowd                    string
	claims, rounds, workers                  int
	singles, refusals, nodes, pods           int
	realNodes                                int
	nodeClaims, clusterClaims                int
	boundedClaims                            int
	boundedLoads                             string
	idle, timeout                            time.Duration
	scenarios                                string
	quick                                    bool
	command                                  []string
}

var allScenarios = []string{"backlog", "live", "single", "restart", "release", "refused", "pods", "reports", "agents", scaleScenario, boundedScenario}

// scaleScenario is not among those that are measured if none is named.
const scaleScenario = "scale"

func readSettings(arguments []string) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("dev/benchmark", flag.ContinueOnError)
	flags.StringVar(&s.kubeconfig, "kubeconfig", "", "")
	flags.StringVar(&s.processes, "processes", "", "")
	flags.StringVar(&s.workDir, "work-dir", "", "")
	flags.StringVar(&s.jsonFile, "json", "", "")
	flags.StringVar(&s.agentClassPath, "agent-class-path", "", "")
	flags.StringVar(&s.crowd, "crowd", "", "")
	flags.IntVar(&s.claims, "claims", 1500, "")
	flags.IntVar(&s.rounds, "rounds", 5, "")
	flags.IntVar(&s.workers, "workers", 64, "")
	flags.IntVar(&s.singles, "singles", 100, "")
	flags.IntVar(&s.refusals, "refusals", 1000, "")
	flags.IntVar(&s.pods, "pods", 1000, "")
	flags.IntVar(&s.realNodes, "real-nodes", 0, "")
	flags.IntVar(&s.nodes, "nodes", 5000, "")
	flags.DurationVar(&s.idle, "idle", time.Minute, "")
	flags.IntVar(&s.nodeClaims, "node-claims", 80_000, "")
	flags.IntVar(&s.clusterClaims, "cluster-claims", 20_000, "")
	flags.IntVar(&s.boundedClaims, "bounded-claims", 10_000, "")
	flags.StringVar(&s.boundedLoads, "bounded-loads", "", "")
	flags.DurationVar(&s.timeout, "timeout", 0, "")
	flags.StringVar(&s.scenarios, "scenarios", "", "")
	flags.BoolVar(&s.quick, "quick", false, "")
	flags.Usage = func() {}
	if err := flags.Parse(arguments); err != nil {
		return s, err
	}
	s.command = flags.Args()
	if s.quick {
		s.claims, s.rounds = 200, 1
		s.nodes, s.idle = 50, 5*time.Second
		s.nodeClaims, s.clusterClaims = 400, 100
		s.boundedClaims = 200
	}
	if s.scenarios == "" {
		s.scenarios = s.defaultScenarios()
	}
	if s.boundedLoads == "" {
		s.boundedLoads = strings.Join(boundedNames(s.quick), ",")
	}
	if s.timeout == 0 {
		s.timeout = 45 * time.Minute
		if s.has(scaleScenario) {
			s.timeout = 3 * time.Hour
		}
	}
	return s, errors.Join(s.check(), s.checkScale(), s.checkBounded())
}

func (s settings) defaultScenarios() string {
	if s.quick {
		return strings.Join([]string{"backlog", "agents", scaleScenario, boundedScenario}, ",")
	}
	return strings.Join(slices.DeleteFunc(slices.Clone(allScenarios), func(name string) bool { return name == scaleScenario || name == boundedScenario }), ",")
}

func (s settings) check() error {
	if len(s.command) == 0 {
		return errors.New("no command that starts the operator; use dev/benchmark, which knows it")
	}
	if s.claims < 1 || s.rounds < 1 || s.workers < 1 || s.singles < 1 || s.refusals < 1 || s.pods < 1 {
		return errors.New("--claims, --rounds, --workers, --singles, --refusals and --pods are at least 1")
	}
	if s.nodes < reactions {
		return fmt.Errorf("--nodes is at least %d, one for each changed report", reactions)
	}
	if s.realNodes > 0 && s.scenarios != "pods" {
		return errors.New("--real-nodes is for --scenarios pods: they would run the pods of the others too")
	}
	for _, scenario := range strings.Split(s.scenarios, ",") {
		if !slices.Contains(allScenarios, scenario) {
			return fmt.Errorf("--scenarios: unknown scenario %q: choose among %s", scenario, strings.Join(allScenarios, ", "))
		}
	}
	// Released ports cool for two minutes, so that no port is assigned twice.
	if needed := s.claims*(s.rounds+2) + s.singles; needed > poolNumbers {
		return fmt.Errorf("%d rounds of %d claims, with warm-up and single claims, take %d port numbers of %d: reduce --claims or --rounds",
			s.rounds, s.claims, needed, poolNumbers)
	}
	return nil
}

func (s settings) has(scenario string) bool {
	return slices.Contains(strings.Split(s.scenarios, ","), scenario)
}

func say(format string, arguments ...any) { fmt.Fprintf(os.Stderr, format+"\n", arguments...) }

// run measures, reports, and returns whether every promise was kept.
func run(ctx context.Context, arguments []string) (met bool, err error) {
	s, err := readSettings(arguments)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.timeout, fmt.Errorf("not done after %s (--timeout)", s.timeout))
	defer cancel()
	b, err := s.connect()
	if err != nil {
		return false, err
	}
	if err := b.prepare(ctx); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, b.operator.Stop()) }()
	report, err := s.measure(ctx, b)
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if report == nil {
		return false, err
	}
	report.summarize()
	report.promise()
	err = errors.Join(err, report.print(os.Stdout))
	if s.jsonFile != "" {
		err = errors.Join(err, report.save(s.jsonFile))
	}
	return report.met(), err
}

func (s settings) connect() (*Bench, error) {
	client, err := NewClient(s.kubeconfig)
	if err != nil {
		return nil, err
	}
	observer, err := NewClient(s.kubeconfig)
	if err != nil {
		return nil, err
	}
	pids, err := clusterProcesses(s.processes)
	if err != nil {
		return nil, err
	}
	b := &Bench{
		client:   client,
		observer: observer,
		operator: NewOperator(s.command, s.workDir+"/operator.log"),
		cluster:  pids,
		workers:  s.workers,
		// At a tenth of the rate that two busy cores manage.
		patience: time.Minute + time.Duration(max(s.claims, s.nodes))*100*time.Millisecond,
		quiet:    15 * time.Second,
	}
	if s.quick {
		b.quiet = 2 * time.Second
	}
	return b, nil
}

func (s settings) measure(ctx context.Context, b *Bench) (*Report, error) {
	report := s.newReport()
	say("Starting the operator")
	begin := time.Now()
	if err := b.operator.Start(ctx); err != nil {
		return nil, err
	}
	report.StartSeconds = time.Since(begin).Seconds()
	if s.has("backlog") {
		if err := s.backlog(ctx, b, report); err != nil {
			return nil, err
		}
	}
	if s.has("single") {
		say("One claim after the other")
		single, err := b.single(ctx, s.singles)
		if err != nil {
			return nil, err
		}
		report.Single = &single
	}
	if err := s.bound(ctx, b, report); err != nil {
		return nil, err
	}
	if s.has("refused") {
		say("%d claims that can't be served", s.refusals)
		refused, err := b.refused(ctx, s.refusals, s.idle)
		if err != nil {
			return nil, err
		}
		report.Refused = &refused
	}
	var err error
	if report.PeakMiB, err = statusMiB(b.operator.Pid(), "VmHWM"); err != nil {
		return nil, err
	}
	if s.has("pods") {
		say("Pods with ports of their own")
		pods, err := b.pods(ctx, s.singles, s.pods, s.realNodes > 0)
		if err != nil {
			return nil, err
		}
		report.Pods = &pods
	}
	// Last, for the others are not to have so many nodes.
	if s.has("reports") {
		say("%d nodes and their reports", s.nodes)
		reports, err := b.reports(ctx, s.nodes)
		if err != nil {
			return nil, err
		}
		report.Reports = &reports
	}
	if s.has("agents") {
		say("%d nodes, each with a pod and its token", s.nodes)
		agents, err := b.agents(ctx, s.nodes, s.idle, s.agentClassPath, s.crowd, s.workDir)
		if err != nil {
			return nil, err
		}
		report.Agents = &agents
	}
	if s.has(scaleScenario) {
		// An hour's figures are not lost if the last one can't be measured.
		report.Scale, err = s.scaleStage(b).scale(ctx)
	}
	if s.has(boundedScenario) && err == nil {
		report.Bounded, err = s.boundedStage(b).bounded(ctx)
	}
	report.EndLoad = load()
	return report, err
}

// backlog does rounds of floor, operator, floor, ... after one of each that does
// not count, for the JVM to compile what is hot.
func (s settings) backlog(ctx context.Context, b *Bench, report *Report) error {
	say("Warming up")
	first := s.claims
	if s.quick {
		first /= 4
	}
	warm := b.newNames(first)
	cold, err := b.drain(ctx, warm)
	if err != nil {
		return fmt.Errorf("warm-up: %w", err)
	}
	report.Cold = &cold
	floor, err := b.floorLike(ctx, warm[0])
	if err != nil {
		return err
	}
	if err := b.remove(ctx, warm); err != nil {
		return err
	}
	if !s.quick {
		if _, err := b.floorRound(ctx, floor, s.claims); err != nil {
			return err
		}
	}
	for round := range s.rounds + 1 {
		measured, err := b.floorRound(ctx, floor, s.claims)
		if err != nil {
			return err
		}
		say("floor     %d: %4.0f claims/s", round+1, measured.PerSecond)
		report.Floors = append(report.Floors, measured)
		if round == s.rounds {
			return nil
		}
		drained, err := b.backlogRound(ctx, s.claims)
		if err != nil {
			return err
		}
		say("operator  %d: %4.0f claims/s", round+1, drained.PerSecond)
		report.Drains = append(report.Drains, drained)
	}
	return nil
}

// bound does what needs many bound claims: they are made by the live scenario,
// and each of the others makes them where that is left out.
func (s settings) bound(ctx context.Context, b *Bench, report *Report) error {
	if !s.has("live") && !s.has("restart") && !s.has("release") {
		return nil
	}
	say("%d claims, created while the operator serves", s.claims)
	names := b.newNames(s.claims)
	live, err := b.live(ctx, names)
	if err != nil {
		return err
	}
	report.Live = &live
	if s.has("restart") {
		say("A restart with %d bound claims", s.claims)
		restart, err := b.restart(ctx, s.claims)
		if err != nil {
			return err
		}
		report.Restart = &restart
	}
	say("Deleting %d claims", s.claims)
	release, err := b.release(ctx, names)
	if err != nil {
		return err
	}
	report.Release = &release
	return nil
}

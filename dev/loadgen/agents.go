package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

const (
	mostChanged = 50
	mostBefore  = 30 * time.Second
	// Every agent has a step in this time, and a request that was answered is counted.
	afterwards = 3 * time.Second
)

// Agents is what the agents of many nodes ask of the API server.
type Agents struct {
	Nodes  int `json:"nodes"`
	AtOnce int `json:"mostRequestsAtOnce"`
	// Before any agent has begun: what the control plane takes by itself.
	Before AgentsWork `json:"before"`
	// From the first step of all agents until the last report is there.
	Start AgentsWork `json:"start"`
	Quiet AgentsWork `json:"quiet"`
	// A listener is opened on so many nodes; the seconds are until its report says so.
	Changed       int        `json:"changedNodes"`
	Change        AgentsWork `json:"change"`
	ChangeSeconds Spread     `json:"secondsUntilReported"`
	// From the first step of all agents of a new process until each has read its report.
	Restart AgentsWork `json:"restart"`
}

// agentsStage is the nodes and the process with their agents.
type agentsStage struct {
	*Bench
	nodes, changed int
	command        []string
	logPath        string
	files          *NetFiles
	crowd          *Crowd
}

func changedNodes(nodes int) int { return min(mostChanged, 1+nodes/10) }

// agents has the real agents of n nodes begin, be quiet, see something new, and
// begin again. The source is Crowd.java's, the class path the agent's.
func (b *Bench) agents(ctx context.Context, n int, idle time.Duration, classPath, source, workDir string) (result Agents, err error) {
	stage := &agentsStage{Bench: b, nodes: n, changed: changedNodes(n), logPath: workDir + "/agents.log"}
	folders := workDir + "/agents"
	if stage.files, err = makeAgentFolders(folders, n, stage.changed); err != nil {
		return result, err
	}
	authority := workDir + "/ca.crt"
	if err := os.WriteFile(authority, b.client.authority, 0o644); err != nil {
		return result, err
	}
	if err := b.makeAgents(ctx, n, folders); err != nil {
		return result, err
	}
	stage.command, err = crowdCommand(b.operator.command[0], classPath, source, n, b.client.base, authority, folders, fmt.Sprint(b.workers))
	if err != nil {
		return result, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := stage.files.Run(ctx); err != nil {
			cancel(err)
		}
	}()
	err = stage.measure(ctx, idle, &result)
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	cancel(nil)
	<-ended
	if stage.crowd != nil {
		err = errors.Join(err, stage.crowd.Stop())
	}
	return result, err
}

func (s *agentsStage) measure(ctx context.Context, idle time.Duration, result *Agents) error {
	result.Nodes, result.AtOnce, result.Changed = s.nodes, s.workers, s.changed
	mark, err := s.start(ctx, min(idle, mostBefore), result)
	if err != nil {
		return fmt.Errorf("start of the agents: %w", err)
	}
	say("The nodes are quiet for %s", idle)
	if mark, err = s.quietly(ctx, mark, idle, &result.Quiet); err != nil {
		return fmt.Errorf("quiet agents: %w", err)
	}
	say("A listener is opened on %d nodes", s.changed)
	if err := s.change(ctx, mark, result); err != nil {
		return fmt.Errorf("a listener that is opened: %w", err)
	}
	say("All agents restart")
	if err := s.restart(ctx, &result.Restart); err != nil {
		return fmt.Errorf("restart of the agents: %w", err)
	}
	return nil
}

// gather starts a process with all agents, which have not begun yet.
func (s *agentsStage) gather(ctx context.Context) (agentsMark, error) {
	var err error
	if s.crowd, err = startCrowd(ctx, s.command, s.logPath); err != nil {
		return agentsMark{}, err
	}
	if err := s.calm(ctx); err != nil {
		return agentsMark{}, err
	}
	return s.mark(ctx)
}

// finish counts what was done since, with what comes a little later. The time
// and the CPU time are those until now.
func (s *agentsStage) finish(ctx context.Context, from agentsMark, until time.Time, into *AgentsWork) (agentsMark, error) {
	cpu, err := s.agentsCPU()
	if err != nil {
		return from, err
	}
	if err := pause(ctx, afterwards); err != nil {
		return from, err
	}
	to, err := s.mark(ctx)
	if err != nil {
		return to, err
	}
	*into = s.counted(from, to)
	into.Seconds = until.Sub(from.at).Seconds()
	into.CPUSeconds = cpu.since(from.cpu)
	return to, nil
}

func (s *agentsStage) start(ctx context.Context, before time.Duration, into *Agents) (agentsMark, error) {
	watch, err := watchClaims(ctx, s.observer, reportsPath, s.nodes, isAnswered)
	if err != nil {
		return agentsMark{}, err
	}
	defer watch.Close()
	gathered, err := s.gather(ctx)
	if err != nil {
		return gathered, err
	}
	if err := pause(ctx, before); err != nil {
		return gathered, err
	}
	from, err := s.mark(ctx)
	if err != nil {
		return from, err
	}
	into.Before = s.counted(gathered, from)
	say("The agents of %d nodes start", s.nodes)
	if err := s.crowd.Begin(); err != nil {
		return from, err
	}
	last, err := watch.Await(ctx, s.patience)
	if err != nil {
		return from, fmt.Errorf("%w\n%s", err, s.crowd.logTail())
	}
	return s.finish(ctx, from, last, &into.Start)
}

func (s *agentsStage) quietly(ctx context.Context, from agentsMark, idle time.Duration, into *AgentsWork) (agentsMark, error) {
	if err := pause(ctx, idle); err != nil {
		return from, err
	}
	to, err := s.mark(ctx)
	if err != nil {
		return to, err
	}
	*into = s.counted(from, to)
	// Else it would be no wonder.
	if into.Looks == 0 {
		return to, errors.New("no agent has scanned its node")
	}
	return to, nil
}

func (s *agentsStage) change(ctx context.Context, from agentsMark, into *Agents) error {
	watch, err := watchClaims(ctx, s.observer, reportsPath, s.changed, saysOpened)
	if err != nil {
		return err
	}
	defer watch.Close()
	begin := time.Now()
	if err := s.files.Open(s.changed); err != nil {
		return err
	}
	last, err := watch.Await(ctx, s.patience)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, s.crowd.logTail())
	}
	var waits []float64
	for _, at := range watch.Seen() {
		waits = append(waits, at.Sub(begin).Seconds())
	}
	into.ChangeSeconds = spread(waits, func(wait float64) float64 { return wait })
	_, err = s.finish(ctx, from, last, &into.Change)
	return err
}

// saysOpened reports whether a report names the port that was opened.
func saysOpened(report *claim) bool {
	return slices.Contains(strings.Split(report.Status.Listeners.TCP, ","), fmt.Sprint(openedPort))
}

func (s *agentsStage) restart(ctx context.Context, into *AgentsWork) error {
	if err := s.crowd.Stop(); err != nil {
		return err
	}
	from, err := s.gather(ctx)
	if err != nil {
		return err
	}
	if err := s.crowd.Begin(); err != nil {
		return err
	}
	err = s.until(ctx, "each agent has read its report", func() (bool, error) {
		now, err := s.requests(ctx)
		return reportRequests(now.Since(from.requests))[reportsResource+" GET"] >= float64(s.nodes), err
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, s.crowd.logTail())
	}
	_, err = s.finish(ctx, from, time.Now(), into)
	return err
}

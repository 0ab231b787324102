package main

import (
	"context"
	"errors"
	"time"
)

const reportsResource = "portreports"

// AgentsWork is what the agents did in some time, and what it cost.
type AgentsWork struct {
	Seconds float64 `json:"seconds"`
	// Those for reports only, and reads too.
	Requests Requests `json:"requests"`
	Writes   float64  `json:"mutatingRequests"`
	Looks    float64  `json:"looksPerAgent"`
	Warnings int      `json:"warnings"`
	// In the seconds above, and of the agents all together.
	CPUSeconds AgentsCPU `json:"cpuSeconds"`
}

// AgentsCPU is CPU time in seconds, by process.
type AgentsCPU struct {
	Server   float64 `json:"kubeApiserver"`
	Etcd     float64 `json:"etcd"`
	Operator float64 `json:"operator"`
	Agents   float64 `json:"agents"`
}

// agentsMark is where counters stand at one time.
type agentsMark struct {
	requests Series
	looks    float64
	warnings int
	cpu      AgentsCPU
	at       time.Time
}

func (s *agentsStage) mark(ctx context.Context) (agentsMark, error) {
	requests, err := s.requests(ctx)
	if err != nil {
		return agentsMark{}, err
	}
	looks, err := s.crowd.Looks(ctx)
	if err != nil {
		return agentsMark{}, err
	}
	warnings, err := s.crowd.Warnings()
	if err != nil {
		return agentsMark{}, err
	}
	cpu, err := s.agentsCPU()
	return agentsMark{requests, looks, len(warnings), cpu, time.Now()}, err
}

func (s *agentsStage) agentsCPU() (AgentsCPU, error) {
	cpu, err := s.cpu()
	agents, err2 := cpuMillis(s.crowd.Pid())
	return AgentsCPU{cpu.Server / 1000, cpu.Etcd / 1000, cpu.Operator / 1000, agents / 1000}, errors.Join(err, err2)
}

func (c AgentsCPU) since(before AgentsCPU) AgentsCPU {
	return AgentsCPU{c.Server - before.Server, c.Etcd - before.Etcd, c.Operator - before.Operator, c.Agents - before.Agents}
}

// counted is what has been counted between two marks.
func (s *agentsStage) counted(from, to agentsMark) AgentsWork {
	grown := to.requests.Since(from.requests)
	return AgentsWork{
		Seconds:    to.at.Sub(from.at).Seconds(),
		Requests:   reportRequests(grown),
		Writes:     reportWrites(grown),
		Looks:      (to.looks - from.looks) / float64(s.nodes),
		Warnings:   to.warnings - from.warnings,
		CPUSeconds: to.cpu.since(from.cpu),
	}
}

// reportRequests are those that an agent may send. Lists and watches are the
// operator's and the garbage collector's.
func reportRequests(grown Series) Requests {
	return countRequests(grown, func(key string) bool {
		return label(key, "resource") == reportsResource && (label(key, "verb") == "GET" || mutates(key))
	})
}

func reportWrites(grown Series) float64 {
	return countRequests(grown, func(key string) bool {
		return label(key, "resource") == reportsResource && mutates(key)
	}).Total()
}

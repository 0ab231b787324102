package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	changeInterval = 500 * time.Millisecond
	// From a change until claims follow it: --node-change-window is a second.
	changeLag = 2 * time.Second
)

// Span is some time, what was changed in it, and what the operator did.
type Span struct {
	Seconds float64 `json:"seconds"`
	Changes int     `json:"changes"`
	Cores   float64 `json:"operatorCores"`
	// With those that come a little later. Without statuses of pools where numbers
	// were cooling, which change when that ends.
	Requests Requests `json:"operatorRequests"`
}

// beyond is how many more cores it took than another one.
func (w Span) beyond(idle Span) float64 { return w.Cores - idle.Cores }

// operatorWrites counts requests that only the operator sends here: those for
// its own kinds and for ConfigMaps, and those for events.
func operatorWrites(grown Series) Requests {
	return countRequests(grown, func(key string) bool {
		switch {
		case !mutates(key):
			return false
		case label(key, "group") == "portclaim.io":
			return true
		default:
			resource := label(key, "resource")
			return resource == "configmaps" || resource == "events" || resource == "pods"
		}
	})
}

// idle observes an operator that nobody asks for anything.
func (s *scaleStage) idle(ctx context.Context, duration time.Duration) (*Span, error) {
	say("Nothing changes for %s", duration)
	return s.span(ctx, func(measure func() error) (int, error) {
		if err := measure(); err != nil {
			return 0, err
		}
		return 0, pause(ctx, duration)
	})
}

// changing measures while a change is made twice a second. The changes begin
// before, so that the operator has some to deal with from the first moment.
func (s *scaleStage) changing(ctx context.Context, what string, change func(i int) error) (*Span, error) {
	say("Twice a second, %s", what)
	lead := int(changeLag / changeInterval)
	span, err := s.span(ctx, func(measure func() error) (int, error) {
		if err := repeat(ctx, 0, lead, change); err != nil {
			return 0, err
		}
		if err := measure(); err != nil {
			return 0, err
		}
		end := lead + int(s.churn/changeInterval)
		return end - lead, repeat(ctx, lead, end, change)
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return span, nil
}

// repeat makes the changes from begin to end, one in each interval.
func repeat(ctx context.Context, begin, end int, change func(i int) error) error {
	start := time.Now()
	for i := begin; i < end; i++ {
		if err := change(i); err != nil {
			return err
		}
		if err := pause(ctx, time.Until(start.Add(time.Duration(i-begin+1)*changeInterval))); err != nil {
			return err
		}
	}
	return nil
}

// span counts from its begin what the operator writes, and measures its CPU time
// from when the work says so until the work is done.
func (s *scaleStage) span(ctx context.Context, work func(measure func() error) (changes int, err error)) (*Span, error) {
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	cooling, err := s.isCooling()
	if err != nil {
		return nil, err
	}
	requests, err := s.requests(ctx)
	if err != nil {
		return nil, err
	}
	var before float64
	var begin time.Time
	var result Span
	result.Changes, err = work(func() (err error) {
		begin = time.Now()
		before, err = cpuMillis(s.operator.Pid())
		return err
	})
	if err != nil {
		return nil, err
	}
	after, err := cpuMillis(s.operator.Pid())
	if err != nil {
		return nil, err
	}
	result.Seconds = time.Since(begin).Seconds()
	result.Cores = (after - before) / (result.Seconds * 1000)
	if err := pause(ctx, changeLag); err != nil {
		return nil, err
	}
	result.Requests, err = s.writesSince(ctx, requests)
	if cooling {
		result.Requests = result.Requests.Without("portpools/status")
	}
	return &result, err
}

func (s *scaleStage) writesSince(ctx context.Context, before Series) (Requests, error) {
	now, err := s.requests(ctx)
	return operatorWrites(now.Since(before)), err
}

// changes are the three that most nodes of a large cluster see.
func (s *scaleStage) changes(ctx context.Context, into *Scale) (err error) {
	patch := func(node int, metadata object) error {
		_, err := s.client.Send(ctx, http.MethodPatch, nodesPath+"/"+scaleNode(node), toJSON(object{"metadata": metadata}))
		return err
	}
	into.Label, err = s.changing(ctx, "a label that nobody reads changes on a node", func(i int) error {
		return patch(0, object{"labels": object{"example.com/heartbeat": fmt.Sprint(i)}})
	})
	if err != nil {
		return err
	}
	into.Join, err = s.changing(ctx, "a node joins", func(i int) error {
		return s.makeNode(ctx, fmt.Sprintf("joined-%05d", i), i, nil)
	})
	if err != nil {
		return err
	}
	into.Range, err = s.changing(ctx, "a node's ephemeral range changes, to one that no other node has", func(i int) error {
		return patch(i%s.nodes, object{"annotations": object{rangeAnnotation: fmt.Sprintf("32768-%d", 61_000+i)}})
	})
	return err
}

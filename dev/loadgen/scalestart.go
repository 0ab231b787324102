package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// ScaleStart is what starts of the operator cost.
type ScaleStart struct {
	// From starting the JVM to serving.
	ReadySeconds Spread `json:"readySeconds"`
	// By the operator's log: to read what is there and to take it over.
	TakeOverSeconds float64 `json:"takeOverSeconds"`
	// From starting the JVM until it has nothing more to do.
	CPUSeconds float64 `json:"cpuSeconds"`
	// Once it is quiet.
	RSSMiB float64 `json:"rssMiB"`
	// After a full collection.
	HeapMiB float64 `json:"heapMiB"`
	PeakMiB float64 `json:"peakRssMiB"`
	// Of the last start until it had nothing more to do; without statuses of pools where these changed.
	Requests Requests `json:"operatorRequests"`
}

// quietHeap is after which time the operator has collected its heap itself, where
// that is worth it: it does when it was quiet for ten seconds, and returns more
// memory then than at other times.
const quietHeap = 25 * time.Second

// start stops the operator and starts it again, so many times.
func (s *scaleStage) start(ctx context.Context, times int) (*ScaleStart, error) {
	var result ScaleStart
	var ready, cpu []float64
	for i := range times {
		say("Start %d of %d with %d claims", i+1, times, s.staying)
		if err := s.startOnce(ctx, &result); err != nil {
			return nil, err
		}
		ready, cpu = append(ready, result.ReadySeconds.Median), append(cpu, result.CPUSeconds)
	}
	itself := func(value float64) float64 { return value }
	result.ReadySeconds, result.CPUSeconds = spread(ready, itself), quantile(cpu, 0.5)
	if s.quick {
		return &result, nil
	}
	err := pause(ctx, quietHeap)
	if err != nil {
		return nil, err
	}
	if result.RSSMiB, err = statusMiB(s.operator.Pid(), "VmRSS"); err != nil {
		return nil, err
	}
	result.HeapMiB, err = s.operator.collectGarbage(ctx)
	return &result, err
}

func (s *scaleStage) startOnce(ctx context.Context, into *ScaleStart) error {
	if err := s.settle(ctx); err != nil {
		return err
	}
	if err := s.operator.Stop(); err != nil {
		return err
	}
	requests, err := s.requests(ctx)
	if err != nil {
		return err
	}
	pools, err := s.poolStatuses(ctx)
	if err != nil {
		return err
	}
	begin := time.Now()
	if err := s.operator.Start(ctx); err != nil {
		return err
	}
	line, err := s.operator.AwaitTakeOver(ctx)
	if err != nil {
		return err
	}
	into.ReadySeconds.Median = time.Since(begin).Seconds()
	if into.TakeOverSeconds, err = takeOverSeconds(line); err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	millis, err := cpuMillis(s.operator.Pid())
	if err != nil {
		return err
	}
	into.CPUSeconds = millis / 1000
	if into.PeakMiB, err = statusMiB(s.operator.Pid(), "VmHWM"); err != nil {
		return err
	}
	if into.Requests, err = s.writesSince(ctx, requests); err != nil {
		return err
	}
	poolsNow, err := s.poolStatuses(ctx)
	if poolsNow != pools {
		into.Requests = into.Requests.Without("portpools/status")
	}
	return err
}

func (s *scaleStage) poolStatuses(ctx context.Context) (string, error) {
	var pools struct {
		Items []struct{ Status json.RawMessage }
	}
	err := s.observer.Get(ctx, poolsPath, &pools)
	return fmt.Sprintf("%s", pools.Items), err
}

var tookMillis = regexp.MustCompile(` in (\d+) ms$`)

// takeOverSeconds reads the operator's line on its take-over.
func takeOverSeconds(line string) (float64, error) {
	found := tookMillis.FindStringSubmatch(line)
	if found == nil {
		return 0, fmt.Errorf("the operator's log does not say how long its take-over took: %q", line)
	}
	millis, err := strconv.ParseFloat(found[1], 64)
	return millis / 1000, err
}

func (s *scaleStage) restartWithAll(ctx context.Context, into *Scale) (err error) {
	if !s.quick {
		say("A LIST of %d claims and their ConfigMaps", s.staying)
		if into.ListSeconds, err = s.listSeconds(ctx); err != nil {
			return err
		}
	}
	into.Full, err = s.start(ctx, 1)
	return err
}

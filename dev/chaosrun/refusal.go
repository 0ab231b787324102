package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	refusalTime = 15 * time.Second
	// mostRefused is how many requests a second operators may send while all are refused: it is for both, and each has
	// ten kinds of watches and lists, and workers that each wait longer after each refusal.
	mostRefused = 100
)

// refused answers 429 to all requests of the operators but those for leases, with a Retry-After, as an API server that has
// too much to do. Their watches end too.
func refused(ctx context.Context, s *Scene) error {
	if err := s.fleet.ready(ctx); err != nil {
		return err
	}
	ends := s.fleet.endCounts()
	var mutex sync.Mutex
	began := time.Now()
	seconds := make([]int, refusalTime/time.Second+1)
	for _, replica := range s.fleet {
		replica.proxy.add(&Rule{Match: func(r Request) bool { return r.Resource != "leases" }, Fault: func(int) *Fault {
			mutex.Lock()
			defer mutex.Unlock()
			seconds[min(int(time.Since(began)/time.Second), len(seconds)-1)]++
			return &Fault{Status: http.StatusTooManyRequests}
		}})
		replica.proxy.cut("*")
	}
	err := pause(ctx, refusalTime)
	s.fleet.each((*Proxy).clear)
	for _, end := range s.fleet.endsSince(ends) {
		s.problem("an operator has ended while its requests were refused: %s", end)
	}
	mutex.Lock()
	defer mutex.Unlock()
	total := 0
	for second, times := range seconds {
		total += times
		if times > mostRefused {
			s.problem("%d requests in second %d of the refusal", times, second+1)
		}
	}
	s.notes["requests refused"] += total
	s.notes[fmt.Sprintf("at most %d requests in a second", slices.Max(seconds))]++
	return err
}

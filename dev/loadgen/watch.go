package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// claim is what is read of a PortClaim, of a PortReport, or of a Pod.
type claim struct {
	Metadata struct {
		Name        string
		Annotations map[string]string
	}
	Spec struct {
		SchedulingGates []struct{ Name string }
		NodeName        string
	}
	Status struct {
		Phase             string
		NodesAssigned     int
		Nodes             []struct{ Names []string }
		Conditions        []condition
		Listeners         struct{ TCP string }
		ContainerStatuses []struct{ State struct{ Running *struct{} } }
	}
}

type condition struct{ Type, Status, Reason string }

func isBound(c *claim) bool { return c.Status.Phase == "Bound" }

// isAnswered reports whether the operator has said anything on the claim, or the
// agent in the report.
func isAnswered(c *claim) bool { return len(c.Status.Conditions) > 0 }

// isUnusable reports whether the claim reports that its port may not be free.
func isUnusable(c *claim) bool {
	return slices.ContainsFunc(c.Status.Conditions, func(of condition) bool {
		return of.Type == "Usable" && of.Status == "False"
	})
}

// Watch notes when each of a number of claims was first seen in some state.
type Watch struct {
	cancel context.CancelFunc
	done   chan struct{} // closed once all were seen
	failed chan error
	news   chan string // the name of each, once

	mutex sync.Mutex
	seen  map[string]time.Time
}

// watchClaims begins to watch the claims of a namespace, until want of them were
// seen in the state. Close it in any case.
func watchClaims(ctx context.Context, client *Client, path string, want int, state func(*claim) bool) (*Watch, error) {
	var list struct {
		Metadata struct{ ResourceVersion string }
	}
	if err := client.Get(ctx, path+"?limit=1", &list); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &Watch{cancel: cancel, done: make(chan struct{}), failed: make(chan error, 1),
		news: make(chan string, want), seen: map[string]time.Time{}}
	response, err := openWatch(ctx, client, path, list.Metadata.ResourceVersion)
	if err != nil {
		cancel()
		return nil, err
	}
	go func() {
		w.failed <- fmt.Errorf("the watch ended: %w", w.follow(ctx, client, path, response, want, state))
	}()
	return w, nil
}

func openWatch(ctx context.Context, client *Client, path, version string) (*http.Response, error) {
	return client.open(ctx, http.MethodGet, path+"?watch=true&resourceVersion="+version, nil)
}

// follow reads the watch, and begins another where the API server ends it: it does
// so after a while, and with a client that falls behind. What was missed between
// is seen by a list.
func (w *Watch) follow(ctx context.Context, client *Client, path string, response *http.Response, want int, state func(*claim) bool) error {
	for {
		err := w.read(bufio.NewReaderSize(response.Body, 1<<18), want, state)
		response.Body.Close()
		if ctx.Err() != nil || (!errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF)) {
			return err
		}
		var list struct {
			Metadata struct{ ResourceVersion string }
			Items    []claim
		}
		if err := client.Get(ctx, path, &list); err != nil {
			return err
		}
		for i := range list.Items {
			if state(&list.Items[i]) {
				w.note(list.Items[i].Metadata.Name, want)
			}
		}
		if response, err = openWatch(ctx, client, path, list.Metadata.ResourceVersion); err != nil {
			return err
		}
	}
}

func (w *Watch) read(events *bufio.Reader, want int, state func(*claim) bool) error {
	for {
		line, err := events.ReadBytes('\n')
		if err != nil {
			return err
		}
		var event struct {
			Type   string
			Object claim
		}
		if err := json.Unmarshal(line, &event); err != nil {
			return err
		}
		switch {
		case event.Type == "ERROR":
			return errors.New(string(line))
		case event.Type != "DELETED" && state(&event.Object):
			w.note(event.Object.Metadata.Name, want)
		}
	}
}

func (w *Watch) note(name string, want int) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if _, known := w.seen[name]; known || len(w.seen) == want {
		return
	}
	w.seen[name] = time.Now()
	w.news <- name
	if len(w.seen) == want {
		close(w.done)
	}
}

// Seen returns when each claim was seen.
func (w *Watch) Seen() map[string]time.Time {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	seen := make(map[string]time.Time, len(w.seen))
	for name, at := range w.seen {
		seen[name] = at
	}
	return seen
}

// Await waits for all claims and returns when the last was seen.
func (w *Watch) Await(ctx context.Context, limit time.Duration) (time.Time, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-w.done:
	case err := <-w.failed:
		return time.Time{}, err
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	case <-timer.C:
		return time.Time{}, fmt.Errorf("after %s only %d objects were in the expected state", limit, len(w.Seen()))
	}
	var last time.Time
	for _, at := range w.Seen() {
		if at.After(last) {
			last = at
		}
	}
	return last, nil
}

// Next waits for the next claim to be seen.
func (w *Watch) Next(ctx context.Context, limit time.Duration) error {
	select {
	case <-w.news:
		return nil
	case err := <-w.failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(limit):
		return fmt.Errorf("a claim was not served within %s", limit)
	}
}

// Close ends the watch.
func (w *Watch) Close() { w.cancel() }

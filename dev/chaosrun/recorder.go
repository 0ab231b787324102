package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Event is one revision of one object.
type Event struct {
	// Epoch counts how often etcd was restored: revisions begin again in each.
	Epoch    int    `json:"epoch"`
	Revision int64  `json:"revision"`
	Key      string `json:"key"` // kind/name or kind/namespace/name
	// After and Before are milliseconds of the recorder's clock between which
	// the revision was written.
	After  int64 `json:"after"`
	Before int64 `json:"before"`
	// Object is empty when it was deleted.
	Object json.RawMessage `json:"object,omitempty"`
}

const (
	tickKey   = "/chaos/clock"
	tickEvery = 100 * time.Millisecond
)

// What is recorded: the prefix in etcd, and the kind.
var recorded = map[string]string{
	"/registry/portclaim.io/portclaims/":  "portclaims/",
	"/registry/portclaim.io/portledgers/": "portledgers/",
	"/registry/portclaim.io/portpools/":   "portpools/",
	"/registry/configmaps/":               "configmaps/",
	"/registry/pods/":                     "pods/",
}

// Recorder reads every revision from etcd itself, from the first on, in one
// stream: so what two objects said at one revision is known exactly. A gap is an
// error. A key that it writes every 100 ms gives each revision a time.
type Recorder struct {
	etcd *Etcd

	mutex  sync.Mutex
	events []Event
	epoch  int
	next   int64
	after  int64
	gap    error
	cancel context.CancelFunc
	group  sync.WaitGroup
}

func newRecorder(etcd *Etcd) *Recorder { return &Recorder{etcd: etcd} }

// begin records from revision 1 on, at first or after a restore.
func (r *Recorder) begin(ctx context.Context) {
	r.mutex.Lock()
	r.epoch++
	r.next, r.after = 1, 0
	r.mutex.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	r.cancel = cancel
	r.group.Go(func() { r.tick(ctx) })
	r.group.Go(func() { r.read(ctx) })
}

// end stops the recording, so that etcd can be replaced.
func (r *Recorder) end() {
	if r.cancel != nil {
		r.cancel()
		r.group.Wait()
	}
}

func now() int64 { return time.Now().UnixMilli() }

func (r *Recorder) tick(ctx context.Context) {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			limited, cancel := context.WithTimeout(ctx, time.Second)
			// One that is not written, as while etcd is down, only makes times less exact.
			_, _ = r.etcd.put(limited, tickKey, strconv.FormatInt(now(), 10))
			cancel()
		}
	}
}

func (r *Recorder) read(ctx context.Context) {
	for ctx.Err() == nil {
		r.mutex.Lock()
		next := r.next
		r.mutex.Unlock()
		err := r.etcd.watch(ctx, "/chaos/", "/registry0", next, r.note)
		var gap *gapError
		if errors.As(err, &gap) {
			r.mutex.Lock()
			r.gap = err
			r.mutex.Unlock()
			return
		}
		pause(ctx, 50*time.Millisecond)
	}
}

type gapError struct{ next, compacted string }

func (g *gapError) Error() string {
	return fmt.Sprintf("the recording has a gap: revision %s was to be read, and all before %s are compacted", g.next, g.compacted)
}

func (r *Recorder) note(answer *watchAnswer) error {
	if answer.Result.Canceled {
		if answer.Result.CompactRevision != "" && answer.Result.CompactRevision != "0" {
			return &gapError{strconv.FormatInt(r.next, 10), answer.Result.CompactRevision}
		}
		return fmt.Errorf("etcd's watch was canceled: %s", answer.Result.CancelReason)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	received := now()
	for _, event := range answer.Result.Events {
		revision, err := strconv.ParseInt(event.KV.ModRevision, 10, 64)
		if err != nil {
			return err
		}
		r.next = revision + 1
		r.add(event, revision, received)
	}
	return nil
}

func (r *Recorder) add(event etcdEvent, revision, received int64) {
	key := string(event.KV.Key)
	if key == tickKey {
		if at, err := strconv.ParseInt(string(event.KV.Value), 10, 64); err == nil {
			r.after = at
		}
		return
	}
	name := recordedName(key)
	if name == "" {
		return
	}
	noted := Event{Epoch: r.epoch, Revision: revision, Key: name, After: r.after, Before: received}
	if event.Type != "DELETE" {
		noted.Object = event.KV.Value
	}
	r.events = append(r.events, noted)
}

func recordedName(key string) string {
	for prefix, kind := range recorded {
		if name, found := strings.CutPrefix(key, prefix); found {
			return kind + name
		}
	}
	return ""
}

// awaitNow waits until everything that is in etcd now is recorded, and returns it.
func (r *Recorder) awaitNow(ctx context.Context) ([]Event, error) {
	revision, err := r.etcd.put(ctx, "/chaos/mark", "")
	if err != nil {
		return nil, err
	}
	for {
		r.mutex.Lock()
		events, next, gap := r.events[:len(r.events):len(r.events)], r.next, r.gap
		r.mutex.Unlock()
		if gap != nil {
			return events, gap
		}
		if next > revision {
			return events, nil
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return events, fmt.Errorf("the recorder is not up to date: %w", err)
		}
	}
}

// behind reports whether it has not read a revision yet.
func (r *Recorder) behind(revision int64) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.next <= revision
}

// position is the number of events so far.
func (r *Recorder) position() int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return len(r.events)
}

func saveRecording(path string, events []Event) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	encoder := json.NewEncoder(out)
	for _, event := range events {
		if err := encoder.Encode(event); err != nil {
			return err
		}
	}
	return errors.Join(out.Flush(), file.Close())
}

func readRecording(path string) ([]Event, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var events []Event
	decoder := json.NewDecoder(bufio.NewReader(file))
	for decoder.More() {
		var event Event
		if err := decoder.Decode(&event); err != nil {
			return nil, err
		}
		events = append(events, event)
	}
	return events, nil
}

// pause waits, or returns why not.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Drain is one measurement of how fast the operator works off a backlog.
type Drain struct {
	Work
	LedgerBytes struct {
		Mean int `json:"mean"`
		Max  int `json:"max"`
	} `json:"ledgerBytes"`
}

// drain suspends the operator, makes claims, lets it go on and waits until the
// last one is bound. They are left to the caller to remove.
func (b *Bench) drain(ctx context.Context, names []string) (Drain, error) {
	return b.drainOf(ctx, names, func() error { return b.createClaims(ctx, names, poolName) })
}

func (b *Bench) drainOf(ctx context.Context, names []string, create func() error) (Drain, error) {
	var result Drain
	if err := b.calm(ctx); err != nil {
		return result, err
	}
	before, err := b.operator.Scrape()
	if err != nil {
		return result, err
	}
	if err := b.operator.Suspend(); err != nil {
		return result, err
	}
	watch, err := watchClaims(ctx, b.observer, claimsPath, len(names), isBound)
	if err != nil {
		return result, err
	}
	defer watch.Close()
	if err := create(); err != nil {
		return result, err
	}
	from, err := b.begin(ctx, before)
	if err != nil {
		return result, err
	}
	sampled := b.sampleLedger(ctx, &result)
	if err := b.operator.Resume(); err != nil {
		return result, err
	}
	last, err := watch.Await(ctx, b.patience)
	sampled()
	if err != nil {
		return result, fmt.Errorf("%w\n%s", err, b.operator.LogTail())
	}
	result.Work, err = b.end(ctx, from, last, len(names))
	return result, err
}

// sampleLedger reads the ledger's size four times a second until the returned
// function is called: few enough not to matter.
func (b *Bench) sampleLedger(ctx context.Context, into *Drain) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() {
		var sum, count int
		for pause(ctx, 250*time.Millisecond) == nil {
			if bytes, err := b.ledgerBytes(ctx); err == nil {
				sum += bytes
				count++
				into.LedgerBytes.Max = max(into.LedgerBytes.Max, bytes)
				into.LedgerBytes.Mean = sum / count
			}
		}
	})
	return func() {
		cancel()
		group.Wait()
	}
}

// backlogRound is a drain whose claims are gone afterwards.
func (b *Bench) backlogRound(ctx context.Context, n int) (Drain, error) {
	names := b.newNames(n)
	drained, err := b.drain(ctx, names)
	if err != nil {
		return drained, fmt.Errorf("backlog: %w", err)
	}
	return drained, b.remove(ctx, names)
}

// Live is what claims cost that are made while the operator serves them.
type Live struct {
	Work
	CreatesPerSecond float64 `json:"createsPerSecond"`
	// From sending the create to the watch's news of Ready, as a user sees it.
	SeenP50 float64 `json:"seenSecondsP50"`
	SeenP99 float64 `json:"seenSecondsP99"`
}

// live makes claims as fast as the API server takes them. They stay.
func (b *Bench) live(ctx context.Context, names []string) (Live, error) {
	var result Live
	if err := b.calm(ctx); err != nil {
		return result, err
	}
	watch, err := watchClaims(ctx, b.observer, claimsPath, len(names), isBound)
	if err != nil {
		return result, err
	}
	defer watch.Close()
	from, err := b.begin(ctx, nil)
	if err != nil {
		return result, err
	}
	sent := make([]time.Time, len(names))
	err = parallel(ctx, b.workers, len(names), func(ctx context.Context, i int) error {
		sent[i] = time.Now()
		return b.createClaim(ctx, names[i], poolName)
	})
	if err != nil {
		return result, fmt.Errorf("live: %w", err)
	}
	result.CreatesPerSecond = float64(len(names)) / time.Since(from.at).Seconds()
	last, err := watch.Await(ctx, b.patience)
	if err != nil {
		return result, fmt.Errorf("live: %w\n%s", err, b.operator.LogTail())
	}
	seen := watch.Seen()
	waits := make([]float64, len(names))
	for i, name := range names {
		waits[i] = seen[name].Sub(sent[i]).Seconds()
	}
	result.SeenP50, result.SeenP99 = quantile(waits, 0.5), quantile(waits, 0.99)
	result.Work, err = b.end(ctx, from, last, len(names), "portclaims POST")
	return result, err
}

// Single is what a claim costs that comes alone.
type Single struct {
	Claims int `json:"claims"`
	// Requests of the operator for claims; what it writes by time, as a pool's
	// status, is in Requests only.
	PerClaim float64  `json:"mutatingRequestsPerClaim"`
	Requests Requests `json:"mutatingRequests"`
	SeenP50  float64  `json:"seenSecondsP50"`
	SeenP99  float64  `json:"seenSecondsP99"`
}

// single makes one claim after the other.
func (b *Bench) single(ctx context.Context, n int) (Single, error) {
	result := Single{Claims: n}
	names := b.newNames(n)
	if err := b.calm(ctx); err != nil {
		return result, err
	}
	watch, err := watchClaims(ctx, b.observer, claimsPath, n, isBound)
	if err != nil {
		return result, err
	}
	defer watch.Close()
	from, err := b.begin(ctx, nil)
	if err != nil {
		return result, err
	}
	waits := make([]float64, n)
	for i := range names {
		begin := time.Now()
		if err := b.createClaim(ctx, names[i], poolName); err != nil {
			return result, err
		}
		if err := watch.Next(ctx, b.patience); err != nil {
			return result, fmt.Errorf("one at a time: %w\n%s", err, b.operator.LogTail())
		}
		waits[i] = time.Since(begin).Seconds()
	}
	work, err := b.end(ctx, from, time.Now(), n, "portclaims POST")
	if err != nil {
		return result, err
	}
	result.Requests = work.Requests
	result.PerClaim = work.Requests.Without("portpools").Total() / float64(n)
	result.SeenP50, result.SeenP99 = quantile(waits, 0.5), quantile(waits, 0.99)
	return result, b.remove(ctx, names)
}

// Restart is what it costs to start beside claims that are served already.
type Restart struct {
	Claims      int     `json:"claims"`
	StopSeconds float64 `json:"stopSeconds"`
	// From starting the JVM to serving, and what the operator's log says of the
	// part between the fence and serving.
	ReadySeconds float64 `json:"readySeconds"`
	TakeOver     string  `json:"takeOver"`
	// A paged list of the claims and of the ConfigMaps, which a take-over reads.
	ListSeconds float64 `json:"listSeconds"`
	CPUSeconds  float64 `json:"cpuSecondsUntilAllReconciled"`
	Reconciles  float64 `json:"reconcilesPerClaim"`
	// Without Lease and ledger, and without the pool's status where it did change:
	// the cooldown of ports ends at any time.
	Mutating float64  `json:"otherMutatingRequests"`
	Requests Requests `json:"mutatingRequests"`
	PeakMiB  float64  `json:"peakRssMiB"`
}

// restart stops the operator beside n bound claims and starts it again.
func (b *Bench) restart(ctx context.Context, n int) (Restart, error) {
	result := Restart{Claims: n}
	if err := b.calm(ctx); err != nil {
		return result, err
	}
	var err error
	if result.ListSeconds, err = b.listSeconds(ctx); err != nil {
		return result, err
	}
	begin := time.Now()
	if err := b.operator.Stop(); err != nil {
		return result, err
	}
	result.StopSeconds = time.Since(begin).Seconds()
	requests, err := b.requests(ctx)
	if err != nil {
		return result, err
	}
	pool, err := b.poolStatus(ctx)
	if err != nil {
		return result, err
	}
	begin = time.Now()
	if err := b.operator.Start(ctx); err != nil {
		return result, err
	}
	if result.TakeOver, err = b.operator.AwaitTakeOver(ctx); err != nil {
		return result, err
	}
	result.ReadySeconds = time.Since(begin).Seconds()
	err = b.until(ctx, "every bound claim was looked at after the restart", func() (bool, error) {
		series, err := b.operator.Scrape()
		result.Reconciles = series["portclaim_reconciles_total"] / float64(n)
		return result.Reconciles >= 1, err
	})
	if err != nil {
		return result, err
	}
	if err := b.calm(ctx); err != nil {
		return result, err
	}
	cpu, err := cpuMillis(b.operator.Pid())
	if err != nil {
		return result, err
	}
	result.CPUSeconds = cpu / 1000
	now, err := b.requests(ctx)
	if err != nil {
		return result, err
	}
	result.Requests = mutatingRequests(now.Since(requests))
	poolNow, err := b.poolStatus(ctx)
	if err != nil {
		return result, err
	}
	excepted := []string{"leases", "portledgers"}
	if poolNow != pool {
		excepted = append(excepted, "portpools/status")
	}
	result.Mutating = result.Requests.Without(excepted...).Total()
	result.PeakMiB, err = statusMiB(b.operator.Pid(), "VmHWM")
	return result, err
}

func (b *Bench) poolStatus(ctx context.Context) (string, error) {
	var pool struct{ Status json.RawMessage }
	err := b.observer.Get(ctx, poolsPath+"/"+poolName, &pool)
	return string(pool.Status), err
}

// listSeconds is the median of three.
func (b *Bench) listSeconds(ctx context.Context) (float64, error) {
	var times []float64
	for range 3 {
		begin := time.Now()
		for _, path := range []string{
			"/apis/portclaim.io/v1alpha1/portclaims?limit=500",
			"/api/v1/configmaps?limit=500&labelSelector=" + managedBy + "%3Dportclaim",
		} {
			if err := b.listAll(ctx, path); err != nil {
				return 0, err
			}
		}
		times = append(times, time.Since(begin).Seconds())
	}
	return quantile(times, 0.5), nil
}

func (b *Bench) listAll(ctx context.Context, path string) error {
	for next := path; next != ""; {
		var page struct {
			Metadata struct{ Continue string }
		}
		if err := b.observer.Get(ctx, next, &page); err != nil {
			return err
		}
		next = ""
		if page.Metadata.Continue != "" {
			next = path + "&continue=" + url.QueryEscape(page.Metadata.Continue)
		}
	}
	return nil
}

// Release is what deleted claims cost the operator.
type Release struct {
	Claims  int     `json:"claims"`
	Seconds float64 `json:"seconds"`
	// Without the deletions by this program and by the garbage collector.
	PerClaim    float64  `json:"mutatingRequestsPerClaim"`
	Requests    Requests `json:"mutatingRequests"`
	OperatorCPU float64  `json:"operatorCpuMillisPerClaim"`
	LedgerBytes int      `json:"ledgerBytes"`
}

// release deletes claims and measures until the operator has released the last.
func (b *Bench) release(ctx context.Context, names []string) (Release, error) {
	result := Release{Claims: len(names)}
	if err := b.calm(ctx); err != nil {
		return result, err
	}
	from, err := b.begin(ctx, nil)
	if err != nil {
		return result, err
	}
	if err := b.remove(ctx, names); err != nil {
		return result, fmt.Errorf("release: %w", err)
	}
	last := time.Now()
	// The releases reach the ledger with the next tick, every half second.
	if err := pause(ctx, time.Second); err != nil {
		return result, err
	}
	own := []string{"portclaims DELETE", "configmaps DELETE"}
	work, err := b.end(ctx, from, last, len(names), own...)
	if err != nil {
		return result, err
	}
	result.Seconds, result.Requests, result.OperatorCPU = work.Seconds, work.Requests, work.CPUMillis.Operator
	result.PerClaim = work.Requests.Without("portpools").Total() / float64(len(names))
	result.LedgerBytes, err = b.ledgerBytes(ctx)
	return result, err
}

// Refused is what claims cost that can't be served.
type Refused struct {
	Claims int `json:"claims"`
	// Until each has its reason.
	FirstSeconds  float64  `json:"firstSeconds"`
	FirstPerClaim float64  `json:"firstMutatingRequestsPerClaim"`
	FirstRequests Requests `json:"firstMutatingRequests"`
	// And from then on, while nothing changes.
	IdleSeconds     float64  `json:"idleSeconds"`
	IdlePerClaim    float64  `json:"idleMutatingRequestsPerClaim"`
	IdleRequests    Requests `json:"idleMutatingRequests"`
	IdleReconciles  float64  `json:"idleReconcilesPerClaim"`
	IdleOperatorCPU float64  `json:"idleOperatorCores"`
}

// refused makes claims of a pool that has four numbers, all of them taken.
func (b *Bench) refused(ctx context.Context, n int, idle time.Duration) (Refused, error) {
	result := Refused{Claims: n}
	holders := b.newNames(4)
	if err := b.createAnswered(ctx, holders, fullPoolName); err != nil {
		return result, err
	}
	names := b.newNames(n)
	if err := b.calm(ctx); err != nil {
		return result, err
	}
	from, err := b.begin(ctx, nil)
	if err != nil {
		return result, err
	}
	if err := b.createAnswered(ctx, names, fullPoolName); err != nil {
		return result, fmt.Errorf("claims that can't be served: %w\n%s", err, b.operator.LogTail())
	}
	first, err := b.end(ctx, from, time.Now(), n, "portclaims POST")
	if err != nil {
		return result, err
	}
	result.FirstSeconds, result.FirstRequests, result.FirstPerClaim = first.Seconds, first.Requests, first.PerClaim
	// A pool's status may follow a few seconds later.
	if err := pause(ctx, b.quiet); err != nil {
		return result, err
	}
	if from, err = b.begin(ctx, nil); err != nil {
		return result, err
	}
	if err := pause(ctx, idle); err != nil {
		return result, err
	}
	later, err := b.end(ctx, from, time.Now(), n)
	if err != nil {
		return result, err
	}
	result.IdleSeconds, result.IdleRequests, result.IdlePerClaim = later.Seconds, later.Requests, later.PerClaim
	result.IdleReconciles = later.Reconciles
	result.IdleOperatorCPU = later.CPUMillis.Operator * float64(n) / (later.Seconds * 1000)
	return result, b.remove(ctx, append(names, holders...))
}

func (b *Bench) createAnswered(ctx context.Context, names []string, pool string) error {
	watch, err := watchClaims(ctx, b.observer, claimsPath, len(names), isAnswered)
	if err != nil {
		return err
	}
	defer watch.Close()
	if err := b.createClaims(ctx, names, pool); err != nil {
		return err
	}
	_, err = watch.Await(ctx, b.patience)
	return err
}

// quantile of values, which are sorted in place; the nearest rank.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(int(q*float64(len(values))), len(values)-1)]
}

func sortedKeys(of Requests) []string { return slices.Sorted(maps.Keys(of)) }

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// boundedScenario is measured alone: its claims would be in the others' way.
const boundedScenario = "bounded"

const (
	othersNamespace = "bench-others"
	flappingNode    = "bench-flapping"
	wideOnNodes     = 20
	steadyClaims    = 200
	othersPause     = 200 * time.Millisecond
	onceASecond     = time.Second
	// As many times as long as the other loads: pauses before another try grow up to minutes.
	unsatisfiedFor = 5
)

// Bounded is what loads cost that must not grow without an end, or reach others.
type Bounded struct {
	// Of claims in a namespace of its own, one after the other, while nothing else happens.
	Quiet Latency      `json:"othersWhileQuiet"`
	Rows  []BoundedRow `json:"loads"`
}

// Latency is from sending a claim's create to the watch's news of Ready.
type Latency struct {
	Claims int     `json:"claims"`
	P50    float64 `json:"secondsP50"`
	P99    float64 `json:"secondsP99"`
	// In turns with the claims: as many requests one after the other as a claim
	// needs, without an operator. What makes these slower is not the operator.
	BareP50 float64 `json:"bareSecondsP50"`
	BareP99 float64 `json:"bareSecondsP99"`
}

func latency(waits, bare []float64) Latency {
	return Latency{len(waits), quantile(waits, 0.5), quantile(waits, 0.99), quantile(bare, 0.5), quantile(bare, 0.99)}
}

func (l Latency) text() string {
	return fmt.Sprintf("%d, %.3f, %.3f; %.3f, %.3f", l.Claims, l.P50, l.P99, l.BareP50, l.BareP99)
}

// BoundedRow is what one load has cost until all was calm again.
type BoundedRow struct {
	What string `json:"what"`
	// Of the operator: without what this program and the garbage collector send.
	Requests  Requests `json:"mutatingRequests"`
	Events    float64  `json:"events"`
	LogLines  int      `json:"logLines"`
	LedgerMax int      `json:"ledgerBytesMax"`
	PeakMiB   float64  `json:"residentMiBMax"`
	// From the end of the load until the operator used no CPU time worth mentioning.
	CalmSeconds float64  `json:"calmSeconds"`
	Others      *Latency `json:"others,omitempty"`
}

func (r BoundedRow) writes() float64 { return r.Requests.Without("events").Total() }

// boundedStage has the sizes of the scenario.
type boundedStage struct {
	*scaleStage
	claims   int
	duration time.Duration
}

func (s settings) boundedStage(b *Bench) *boundedStage {
	b.patience = 10 * time.Minute
	return &boundedStage{&scaleStage{Bench: b, quick: s.quick}, s.boundedClaims, s.idle}
}

// bounded measures each load. With an error, it returns what was measured before.
func (s *boundedStage) bounded(ctx context.Context) (*Bounded, error) {
	result := &Bounded{}
	if err := s.makeNamespaces(ctx, othersNamespace); err != nil {
		return result, err
	}
	var err error
	if result.Quiet, err = s.others(ctx, s.duration); err != nil {
		return result, fmt.Errorf("bounded: %w", err)
	}
	for _, load := range []func(context.Context) (BoundedRow, error){
		s.releases, s.namespaceDeleted, s.unsatisfied, s.poolEdited, s.nodeFlaps, s.churn, s.slowWebhook,
		s.refusing,
	} {
		row, err := load(ctx)
		if err != nil {
			return result, fmt.Errorf("bounded: %s: %w", row.What, err)
		}
		result.Rows = append(result.Rows, row)
	}
	return result, nil
}

func (s *boundedStage) makeNamespaces(ctx context.Context, names ...string) error {
	for _, name := range names {
		namespace := object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": name}}
		if _, err := s.client.Send(ctx, http.MethodPost, "/api/v1/namespaces", toJSON(namespace)); err != nil {
			return err
		}
	}
	return nil
}

// served makes claims in a namespace and waits until they are bound. It asks the
// operator: the API server ends a watch that is read too slowly, as on a busy
// machine.
func (s *boundedStage) served(ctx context.Context, namespace string, n int) ([]string, error) {
	names := s.newNames(n)
	before, err := s.inPhase("Bound")
	if err != nil {
		return nil, err
	}
	if err := s.createIn(ctx, namespace, names); err != nil {
		return nil, err
	}
	return names, s.untilBound(ctx, n, before)
}

// createIn makes claims of scope Cluster.
func (s *boundedStage) createIn(ctx context.Context, namespace string, names []string) error {
	return parallel(ctx, s.workers, len(names), func(ctx context.Context, i int) error {
		_, err := s.client.Send(ctx, http.MethodPost, claimsPathIn(namespace), portClaim(names[i], poolName, object{"scope": "Cluster"}))
		return err
	})
}

// untilBound waits until n more claims are bound than were before.
func (s *boundedStage) untilBound(ctx context.Context, n int, before float64) error {
	return s.until(ctx, fmt.Sprintf("%d claims are bound", n), func() (bool, error) {
		bound, err := s.inPhase("Bound")
		return bound >= before+float64(n), err
	})
}

// inPhase is how many claims are in a phase, as the operator says.
func (s *boundedStage) inPhase(phase string) (float64, error) {
	series, err := s.operator.Scrape()
	return series[`portclaim_claims{phase="`+phase+`"}`], err
}

func (s *boundedStage) deleteAll(ctx context.Context, namespace string, names []string) error {
	return parallel(ctx, s.workers, len(names), func(ctx context.Context, i int) error {
		_, err := s.client.Send(ctx, http.MethodDelete, claimsPathIn(namespace)+"/"+names[i], nil)
		return err
	})
}

// measured does the work and counts until the operator is calm. The requests
// that own begins are this program's.
func (s *boundedStage) measured(ctx context.Context, what string, work func(context.Context) error, own ...string) (BoundedRow, error) {
	say("%s", what)
	row := BoundedRow{What: what}
	if err := s.settle(ctx); err != nil {
		return row, err
	}
	before, err := s.requests(ctx)
	if err != nil {
		return row, err
	}
	lines, err := logLines(s.operator.logPath)
	if err != nil {
		return row, err
	}
	sampled := s.sample(ctx, &row)
	err = work(ctx)
	ended := time.Now()
	if err == nil {
		err = s.settle(ctx)
	}
	row.CalmSeconds = time.Since(ended).Seconds()
	sampled()
	if err != nil {
		return row, fmt.Errorf("%w\n%s", err, s.operator.LogTail())
	}
	after, err := s.requests(ctx)
	if err != nil {
		return row, err
	}
	// The garbage collector deletes ConfigMaps too; those of the operator are among them.
	row.Requests = mutatingRequests(after.Since(before)).Without(append(own, "leases", "configmaps DELETE", "endpoints", "serviceaccounts")...)
	for request, count := range row.Requests {
		if strings.HasPrefix(request, "events") {
			row.Events += count
		}
	}
	end, err := logLines(s.operator.logPath)
	row.LogLines = end - lines
	return row, err
}

// sample reads the ledger's size and the operator's memory until the returned
// function is called.
func (s *boundedStage) sample(ctx context.Context, into *BoundedRow) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() {
		for pause(ctx, 250*time.Millisecond) == nil {
			if bytes, err := s.ledgerBytes(ctx); err == nil {
				into.LedgerMax = max(into.LedgerMax, bytes)
			}
			if mib, err := statusMiB(s.operator.Pid(), "VmRSS"); err == nil {
				into.PeakMiB = max(into.PeakMiB, mib)
			}
		}
	})
	return func() {
		cancel()
		group.Wait()
	}
}

func logLines(path string) (int, error) {
	content, err := os.ReadFile(path)
	return strings.Count(string(content), "\n"), err
}

// others makes one claim after the other in a namespace of its own, deletes it
// again, and says how long each took to be served.
func (s *boundedStage) others(ctx context.Context, duration time.Duration) (Latency, error) {
	var waits, bare []float64
	for end := time.Now().Add(duration); time.Now().Before(end); {
		wait, err := s.oneOther(ctx)
		if err != nil {
			return Latency{}, err
		}
		alone, err := s.oneBare(ctx)
		if err != nil {
			return Latency{}, err
		}
		waits, bare = append(waits, wait), append(bare, alone)
		if err := pause(ctx, othersPause); err != nil {
			return Latency{}, err
		}
	}
	return latency(waits, bare), nil
}

func (s *boundedStage) oneOther(ctx context.Context) (float64, error) {
	name := s.newOther()
	watch, err := watchClaims(ctx, s.observer, claimsPathIn(othersNamespace), 1, isBound)
	if err != nil {
		return 0, err
	}
	defer watch.Close()
	begin := time.Now()
	_, err = s.client.Send(ctx, http.MethodPost, claimsPathIn(othersNamespace), portClaim(name, poolName, object{"scope": "Cluster"}))
	if err == nil {
		_, err = watch.Await(ctx, s.patience)
	}
	if err != nil {
		return 0, err
	}
	took := time.Since(begin).Seconds()
	return took, s.deleteAll(ctx, othersNamespace, []string{name})
}

// oneBare sends what the API server gets for a claim: its create, a patch of the
// ledger, the create of the ConfigMap and the update of the status. The objects
// are Secrets, which the operator does not know and does not write.
func (s *boundedStage) oneBare(ctx context.Context) (float64, error) {
	const path = "/api/v1/namespaces/" + othersNamespace + "/secrets"
	names := []string{s.newOther(), s.newOther()}
	begin := time.Now()
	for _, name := range names {
		secret := object{"apiVersion": "v1", "kind": "Secret", "metadata": object{"name": name}}
		if _, err := s.client.Send(ctx, http.MethodPost, path, toJSON(secret)); err != nil {
			return 0, err
		}
		patch := object{"stringData": object{"port": "21000"}}
		if _, err := s.client.Send(ctx, http.MethodPatch, path+"/"+name, toJSON(patch)); err != nil {
			return 0, err
		}
	}
	took := time.Since(begin).Seconds()
	for _, name := range names {
		if _, err := s.client.Send(ctx, http.MethodDelete, path+"/"+name, nil); err != nil {
			return 0, err
		}
	}
	return took, nil
}

// newOther is a name that no claim had before; the load has names of its own.
func (s *boundedStage) newOther() string {
	s.staying++
	return fmt.Sprintf("other-%06d", s.staying)
}

func (s *boundedStage) releases(ctx context.Context) (BoundedRow, error) {
	what := fmt.Sprintf("%d claims deleted at once", s.claims)
	names, err := s.served(ctx, claimNamespace, s.claims)
	if err != nil {
		return BoundedRow{What: what}, err
	}
	return s.measured(ctx, what, func(ctx context.Context) error {
		return s.deleteAll(ctx, claimNamespace, names)
	}, "portclaims DELETE")
}

func (s *boundedStage) namespaceDeleted(ctx context.Context) (BoundedRow, error) {
	const namespace = "bench-going"
	what := fmt.Sprintf("a namespace with %d claims deleted", s.claims/2)
	if err := s.makeNamespaces(ctx, namespace); err != nil {
		return BoundedRow{What: what}, err
	}
	if _, err := s.served(ctx, namespace, s.claims/2); err != nil {
		return BoundedRow{What: what}, err
	}
	return s.measured(ctx, what, func(ctx context.Context) error {
		if _, err := s.client.Send(ctx, http.MethodDelete, "/api/v1/namespaces/"+namespace, nil); err != nil {
			return err
		}
		return s.until(ctx, "the namespace is gone", func() (bool, error) {
			err := s.observer.Get(ctx, "/api/v1/namespaces/"+namespace, &object{})
			if hasCode(err, http.StatusNotFound) {
				return true, nil
			}
			return false, err
		})
	}, "namespaces", "portclaims DELETE")
}

func (s *boundedStage) unsatisfied(ctx context.Context) (BoundedRow, error) {
	n := max(s.claims/10, 10)
	names := s.newNames(n)
	duration := unsatisfiedFor * s.duration
	row, err := s.measured(ctx, fmt.Sprintf("%d claims that can't be satisfied, for %s", n, duration), func(ctx context.Context) error {
		before, err := s.inPhase("Pending")
		if err != nil {
			return err
		}
		err = parallel(ctx, s.workers, n, func(ctx context.Context, i int) error {
			// One number more than the pool has, so that none of them is served.
			body := portClaim(names[i], fullPoolName, object{"scope": "Cluster", "ports": []object{{"name": "http", "count": 5}}})
			_, err := s.client.Send(ctx, http.MethodPost, claimsPath, body)
			return err
		})
		if err != nil {
			return err
		}
		err = s.until(ctx, fmt.Sprintf("%d claims are pending", n), func() (bool, error) {
			pending, err := s.inPhase("Pending")
			return pending >= before+float64(n), err
		})
		if err != nil {
			return err
		}
		return pause(ctx, duration)
	}, "portclaims POST")
	return row, errors.Join(err, s.deleteAll(ctx, claimNamespace, names))
}

// everySecond does the work once a second for as long as the scenario's duration.
func (s *boundedStage) everySecond(ctx context.Context, work func(context.Context, int) error) error {
	for i, end := 0, time.Now().Add(s.duration); time.Now().Before(end); i++ {
		if err := work(ctx, i); err != nil {
			return err
		}
		if err := pause(ctx, onceASecond); err != nil {
			return err
		}
	}
	return nil
}

func (s *boundedStage) poolEdited(ctx context.Context) (BoundedRow, error) {
	what := fmt.Sprintf("a pool with %d claims edited every second, for %s", steadyClaims, s.duration)
	names, err := s.served(ctx, claimNamespace, steadyClaims)
	if err != nil {
		return BoundedRow{What: what}, err
	}
	row, err := s.measured(ctx, what, func(ctx context.Context) error {
		return s.everySecond(ctx, func(ctx context.Context, i int) error {
			patch := object{"spec": object{"limits": object{"portsPerClaim": 63 + i%2}}}
			_, err := s.client.Send(ctx, http.MethodPatch, poolsPath+"/"+poolName, toJSON(patch))
			return err
		})
	}, "portpools PATCH")
	return row, errors.Join(err, s.deleteAll(ctx, claimNamespace, names))
}

func (s *boundedStage) nodeFlaps(ctx context.Context) (BoundedRow, error) {
	what := fmt.Sprintf("a node of %d claims over all nodes comes and goes every second, for %s", wideOnNodes, s.duration)
	names := s.newNames(wideOnNodes)
	watch, err := watchClaims(ctx, s.observer, claimsPath, wideOnNodes, isBound)
	if err != nil {
		return BoundedRow{What: what}, err
	}
	defer watch.Close()
	for _, name := range names {
		body := portClaim(name, poolName, object{"scope": "Node", "allNodes": true})
		if _, err := s.client.Send(ctx, http.MethodPost, claimsPath, body); err != nil {
			return BoundedRow{What: what}, err
		}
	}
	if _, err := watch.Await(ctx, s.patience); err != nil {
		return BoundedRow{What: what}, err
	}
	row, err := s.measured(ctx, what, func(ctx context.Context) error {
		return s.everySecond(ctx, func(ctx context.Context, _ int) error {
			if err := s.makeNode(ctx, flappingNode, 0, nil); err != nil {
				return err
			}
			if err := pause(ctx, onceASecond); err != nil {
				return err
			}
			_, err := s.client.Send(ctx, http.MethodDelete, nodesPath+"/"+flappingNode, nil)
			return err
		})
	}, "nodes")
	return row, errors.Join(err, s.deleteAll(ctx, claimNamespace, names))
}

// withOthers does the load and serves another namespace's claims beside it.
func (s *boundedStage) withOthers(ctx context.Context, what string, load func(context.Context) error, own ...string) (BoundedRow, error) {
	var others Latency
	row, err := s.measured(ctx, what, func(ctx context.Context) error {
		ctx, cancel := context.WithCancel(ctx)
		var failed error
		var group sync.WaitGroup
		group.Go(func() { failed = load(ctx) })
		var err error
		others, err = s.others(ctx, s.duration)
		cancel()
		group.Wait()
		if errors.Is(failed, context.Canceled) {
			failed = nil
		}
		return errors.Join(err, failed)
	}, slices.Concat(own, []string{"portclaims POST", "portclaims DELETE", "secrets"})...)
	row.Others = &others
	return row, err
}

// churn is a tenant that creates claims and deletes them as fast as the API
// server lets it.
func (s *boundedStage) churn(ctx context.Context) (BoundedRow, error) {
	names := s.newNames(poolNumbers)
	return s.withOthers(ctx, fmt.Sprintf("a tenant creates and deletes claims with %d workers, for %s", s.workers, s.duration), func(ctx context.Context) error {
		return parallel(ctx, s.workers, len(names), func(ctx context.Context, i int) error {
			if _, err := s.client.Send(ctx, http.MethodPost, claimsPath, portClaim(names[i], poolName, object{"scope": "Cluster"})); err != nil {
				return err
			}
			_, err := s.client.Send(ctx, http.MethodDelete, claimsPath+"/"+names[i], nil)
			return err
		})
	})
}

// slowWebhook has a webhook hold each ConfigMap of a namespace for ten seconds.
func (s *boundedStage) slowWebhook(ctx context.Context) (BoundedRow, error) {
	const namespace = "bench-slow"
	what := fmt.Sprintf("a webhook takes 10 s for each of %d ConfigMaps, for %s", steadyClaims, s.duration)
	if err := s.makeNamespaces(ctx, namespace); err != nil {
		return BoundedRow{What: what}, err
	}
	webhook, err := startWebhook(ctx, s.client, namespace)
	if err != nil {
		return BoundedRow{What: what}, err
	}
	defer webhook.Close()
	names := s.newNames(steadyClaims)
	return s.withOthers(ctx, what, func(ctx context.Context) error {
		if err := s.createIn(ctx, namespace, names); err != nil {
			return err
		}
		<-ctx.Done()
		// Or calm would be as far as the webhook is slow.
		webhook.AnswerAtOnce()
		return nil
	})
}

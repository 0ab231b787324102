package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
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
	steadyClaims    = 200
	othersPause     = 200 * time.Millisecond
	onceASecond     = time.Second
	// As many times as long as the other loads: pauses before another try grow up to minutes.
	unsatisfiedFor = 5
	// For each load of a quick run that does not end by itself.
	quickLoad = time.Second
	// How long a claim may be without ports after a load before it counts as lost.
	lostAfter = 2 * time.Minute
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
	Load string `json:"load"`
	What string `json:"what"`
	// Those that the load is about, and how often it has changed a pool or a node.
	Claims  int `json:"claims"`
	Changes int `json:"changes,omitempty"`
	// What became of them meanwhile, where the counts don't say it.
	Seen string `json:"seen,omitempty"`
	// Of the operator: without what this program and the garbage collector send.
	Requests  Requests `json:"mutatingRequests"`
	Events    int      `json:"events"`
	Warnings  Requests `json:"eventsByReason,omitempty"`
	LogLines  int      `json:"logLines"`
	LedgerMax int      `json:"ledgerBytesMax"`
	PeakMiB   float64  `json:"residentMiBMax"`
	// From the end of the load until the operator used no CPU time worth mentioning.
	CalmSeconds float64  `json:"calmSeconds"`
	Others      *Latency `json:"others,omitempty"`
	// What must never be, of all claims there are once all is calm.
	WithoutPorts int `json:"claimsWithoutPorts"`
	Doubled      int `json:"numbersWithTwoHolders"`
	Moved        int `json:"publishedNumbersThatChanged"`
}

func (r BoundedRow) writes() float64 { return r.Requests.Without("events").Total() }

// boundedStage has the sizes of the scenario.
type boundedStage struct {
	*scaleStage
	loads    []string
	claims   int
	duration time.Duration
	command  []string // of the operator, without a load's own options
}

// boundedLoad is one of them, with the name by which it can be chosen.
type boundedLoad struct {
	name    string
	measure func(*boundedStage, context.Context) (BoundedRow, error)
	quick   bool
	// Whether others are served meanwhile, and compared with how it is without the load.
	others bool
}

// boundedLoads are in the order in which they are measured. The last two start
// the operator with other options.
var boundedLoads = []boundedLoad{
	{name: "releases", measure: (*boundedStage).releases, quick: true},
	{name: "namespace", measure: (*boundedStage).namespaceDeleted, quick: true},
	{name: "unsatisfied", measure: (*boundedStage).unsatisfied, quick: true},
	{name: "limits", measure: (*boundedStage).limitsEdited},
	{name: "ranges", measure: (*boundedStage).rangesEdited, quick: true},
	{name: "flaps", measure: (*boundedStage).nodeFlaps},
	{name: "slow-flaps", measure: (*boundedStage).nodeFlapsSlowly},
	{name: "labels", measure: (*boundedStage).labelFlaps},
	{name: "churn", measure: (*boundedStage).churn, others: true},
	{name: "limited-churn", measure: (*boundedStage).limitedChurn, others: true},
	{name: "webhook", measure: (*boundedStage).slowWebhook, others: true},
	{name: "short-grace", measure: (*boundedStage).nodeFlapsWithShortGrace, quick: true},
	{name: "refusing", measure: (*boundedStage).refusing},
}

// boundedNames are those of all loads, or of those that a quick run has time for.
func boundedNames(quick bool) []string {
	var names []string
	for _, load := range boundedLoads {
		if load.quick || !quick {
			names = append(names, load.name)
		}
	}
	return names
}

func (s settings) checkBounded() error {
	if s.has(boundedScenario) && s.scenarios != boundedScenario && !s.quick {
		return errors.New("--scenarios bounded is measured alone: its loads reach the others")
	}
	if s.boundedClaims < 10 || s.boundedClaims > poolNumbers/4 {
		return fmt.Errorf("--bounded-claims is from 10 to %d", poolNumbers/4)
	}
	for _, load := range strings.Split(s.boundedLoads, ",") {
		if all := boundedNames(false); !slices.Contains(all, load) {
			return fmt.Errorf("--bounded-loads: unknown load %q: choose among %s", load, strings.Join(all, ", "))
		}
	}
	return nil
}

func (s settings) boundedStage(b *Bench) *boundedStage {
	b.patience = 10 * time.Minute
	stage := &boundedStage{scaleStage: &scaleStage{Bench: b, quick: s.quick}, loads: strings.Split(s.boundedLoads, ","),
		claims: s.boundedClaims, duration: s.idle, command: b.operator.command}
	if s.quick {
		stage.duration = quickLoad
	}
	return stage
}

// bounded measures each load. With an error, it returns what was measured before.
func (s *boundedStage) bounded(ctx context.Context) (*Bounded, error) {
	result := &Bounded{}
	if err := s.makeNamespaces(ctx, othersNamespace); err != nil {
		return result, err
	}
	chosen := s.chosen()
	if slices.ContainsFunc(chosen, func(load boundedLoad) bool { return load.others }) {
		var err error
		if result.Quiet, err = s.others(ctx, s.duration); err != nil {
			return result, fmt.Errorf("bounded: %w", err)
		}
	}
	for _, load := range chosen {
		row, err := load.measure(s, ctx)
		if err != nil {
			return result, fmt.Errorf("bounded: %s: %w", row.What, err)
		}
		row.Load = load.name
		result.Rows = append(result.Rows, row)
	}
	return result, nil
}

func (s *boundedStage) chosen() []boundedLoad {
	return slices.DeleteFunc(slices.Clone(boundedLoads), func(load boundedLoad) bool { return !slices.Contains(s.loads, load.name) })
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
func (s *boundedStage) served(ctx context.Context, namespace, pool string, n int) ([]string, error) {
	names := s.newNames(n)
	// Or those that were deleted just now would count as bound before.
	if err := s.untilForgotten(ctx); err != nil {
		return nil, err
	}
	before, err := s.inPhase("Bound")
	if err != nil {
		return nil, err
	}
	if err := s.createIn(ctx, namespace, pool, names); err != nil {
		return nil, err
	}
	return names, s.untilBound(ctx, n, before)
}

// createIn makes claims of scope Cluster.
func (s *boundedStage) createIn(ctx context.Context, namespace, pool string, names []string) error {
	return parallel(ctx, s.workers, len(names), func(ctx context.Context, i int) error {
		_, err := s.client.Send(ctx, http.MethodPost, claimsPathIn(namespace), portClaim(names[i], pool, object{"scope": "Cluster"}))
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

// untilForgotten waits until the operator knows no more claims than there are.
func (s *boundedStage) untilForgotten(ctx context.Context) error {
	return s.until(ctx, "the operator forgets deleted claims", func() (bool, error) {
		var list struct {
			Metadata struct{ RemainingItemCount int }
			Items    []struct{}
		}
		if err := s.observer.Get(ctx, "/apis/portclaim.io/v1alpha1/portclaims?limit=1", &list); err != nil {
			return false, err
		}
		series, err := s.operator.Scrape()
		known := series[`portclaim_claims{phase="Bound"}`] + series[`portclaim_claims{phase="Pending"}`]
		return int(known) <= len(list.Items)+list.Metadata.RemainingItemCount, err
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
	heldBefore, err := s.held(ctx)
	if err != nil {
		return row, err
	}
	warnings, err := s.warnings(ctx)
	if err != nil {
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
	if err := s.judge(ctx, heldBefore, &row); err != nil {
		return row, err
	}
	after, err := s.requests(ctx)
	if err != nil {
		return row, err
	}
	// The garbage collector deletes ConfigMaps too; those of the operator are among them.
	row.Requests = mutatingRequests(after.Since(before)).Without(append(own, "leases", "configmaps DELETE", "endpoints", "serviceaccounts")...)
	now, err := s.warnings(ctx)
	if err != nil {
		return row, err
	}
	row.Warnings = now.since(warnings)
	row.Events = int(row.Warnings.Total())
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

// warnings counts the operator's events by what they are about and their reason.
// The API server keeps them for an hour. Others write events too, such as one for
// each node that joins.
func (s *boundedStage) warnings(ctx context.Context) (Requests, error) {
	counts := Requests{}
	err := s.pages(ctx, "/api/v1/events?limit=500&fieldSelector=source%3Dportclaim", func(items []json.RawMessage) error {
		for _, item := range items {
			var event struct {
				InvolvedObject struct{ Kind string }
				Reason         string
			}
			if err := json.Unmarshal(item, &event); err != nil {
				return err
			}
			counts[event.InvolvedObject.Kind+" "+event.Reason]++
		}
		return nil
	})
	return counts, err
}

// pages reads a list page by page.
func (s *boundedStage) pages(ctx context.Context, path string, read func(items []json.RawMessage) error) error {
	for next := path; next != ""; {
		var page struct {
			Metadata struct{ Continue string }
			Items    []json.RawMessage
		}
		if err := s.observer.Get(ctx, next, &page); err != nil {
			return err
		}
		if err := read(page.Items); err != nil {
			return err
		}
		next = ""
		if page.Metadata.Continue != "" {
			next = path + "&continue=" + url.QueryEscape(page.Metadata.Continue)
		}
	}
	return nil
}

func logLines(path string) (int, error) {
	content, err := os.ReadFile(path)
	return strings.Count(string(content), "\n"), err
}

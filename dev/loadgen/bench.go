package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	claimNamespace = "bench-claims"
	floorNamespace = "bench-floors" // as long, so that the bytes are as many
	poolName       = "bench"
	fullPoolName   = "bench-full"
	managedBy      = "app.kubernetes.io/managed-by"

	claimsPath  = "/apis/portclaim.io/v1alpha1/namespaces/" + claimNamespace + "/portclaims"
	floorsPath  = "/apis/bench.portclaim.io/v1alpha1/namespaces/" + floorNamespace + "/floorclaims"
	poolsPath   = "/apis/portclaim.io/v1alpha1/portpools"
	ledgerPath  = "/apis/portclaim.io/v1alpha1/portledgers/cluster"
	poolNumbers = 64_500 - 1024 + 1
)

func configMapsPath(namespace string) string {
	return "/api/v1/namespaces/" + namespace + "/configmaps"
}

// Bench is a cluster with an operator, and what is measured of them.
type Bench struct {
	client   *Client // for the work
	observer *Client // for what is read besides, on another connection
	operator *Operator
	cluster  map[string]int // the control plane's processes
	workers  int
	patience time.Duration // for one round
	quiet    time.Duration // the longest wait for the machine to calm down
	made     int           // claims made so far, for their names
	staying  int           // claims that are there all the time
}

// clusterProcesses reads the record that dev/cluster keeps beside its kubeconfig.
func clusterProcesses(path string) (map[string]int, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var record struct {
		Components map[string]struct{ Pid int }
	}
	if err := json.Unmarshal(content, &record); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	pids := map[string]int{}
	for name, component := range record.Components {
		pids[name] = component.Pid
	}
	if pids["kube-apiserver"] == 0 || pids["etcd"] == 0 {
		return nil, fmt.Errorf("%s names no kube-apiserver and etcd: %v", path, pids)
	}
	return pids, nil
}

func toJSON(value any) []byte {
	content, err := json.Marshal(value)
	if err != nil {
		panic(err) // only maps of strings come here
	}
	return content
}

type object = map[string]any

// prepare makes the namespaces and the pools. The pool for the rounds has all
// the numbers there are, because those of a round are cooling when the next one begins.
func (b *Bench) prepare(ctx context.Context) error {
	for _, name := range []string{claimNamespace, floorNamespace} {
		namespace := object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": name}}
		if _, err := b.client.Send(ctx, http.MethodPost, "/api/v1/namespaces", toJSON(namespace)); err != nil {
			return err
		}
	}
	for name, ports := range map[string]string{poolName: "1024-64500", fullPoolName: "64501-64504"} {
		if err := b.makePool(ctx, name, ports); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bench) makePool(ctx context.Context, name, ports string) error {
	pool := object{
		"apiVersion": "portclaim.io/v1alpha1",
		"kind":       "PortPool",
		"metadata":   object{"name": name},
		"spec": object{
			"ranges":         []string{ports},
			"ephemeralPorts": object{"policy": "Ignore"},
			"nodePorts":      object{"policy": "Ignore"},
			"staticBand":     0,
		},
	}
	_, err := b.client.Send(ctx, http.MethodPost, poolsPath, toJSON(pool))
	return err
}

// newNames are names that no claim had before, all of the same length: a claim
// that is made again under its name may get its ports back, which is other work.
func (b *Bench) newNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		b.made++
		names[i] = fmt.Sprintf("claim-%06d", b.made)
	}
	return names
}

func claimBody(apiVersion, kind, name, pool string) []byte {
	return toJSON(object{
		"apiVersion": apiVersion,
		"kind":       kind,
		"metadata":   object{"name": name},
		"spec": object{
			"poolName": pool,
			"scope":    "Cluster",
			"ports":    []object{{"name": "http"}},
		},
	})
}

func (b *Bench) createClaims(ctx context.Context, names []string, pool string) error {
	return parallel(ctx, b.workers, len(names), func(ctx context.Context, i int) error {
		return b.createClaim(ctx, names[i], pool)
	})
}

func (b *Bench) createClaim(ctx context.Context, name, pool string) error {
	_, err := b.client.Send(ctx, http.MethodPost, claimsPath, claimBody("portclaim.io/v1alpha1", "PortClaim", name, pool))
	return err
}

// remove deletes the claims and waits until the operator has released them,
// and then their ConfigMaps, which the garbage collector would delete too, but
// at 20 a second.
func (b *Bench) remove(ctx context.Context, names []string) error {
	err := parallel(ctx, b.workers, len(names), func(ctx context.Context, i int) error {
		_, err := b.client.Send(ctx, http.MethodDelete, claimsPath+"/"+names[i], nil)
		return err
	})
	if err != nil {
		return err
	}
	err = b.until(ctx, "the operator forgets deleted claims", func() (bool, error) {
		series, err := b.operator.Scrape()
		return series[`portclaim_claims{phase="Bound"}`]+series[`portclaim_claims{phase="Pending"}`] == float64(b.staying), err
	})
	if err != nil {
		return err
	}
	return b.removeConfigMaps(ctx, claimNamespace, "portclaim")
}

func (b *Bench) removeConfigMaps(ctx context.Context, namespace, manager string) error {
	path := configMapsPath(namespace) + "?labelSelector=" + managedBy + "%3D" + manager
	_, err := b.client.Send(ctx, http.MethodDelete, path, nil)
	return err
}

// until asks four times a second: what it asks costs CPU time.
func (b *Bench) until(ctx context.Context, what string, reached func() (bool, error)) error {
	end := time.Now().Add(b.patience)
	for {
		yes, err := reached()
		if yes || err != nil {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("timeout after %s: waited until %s", b.patience, what)
		}
		if err := pause(ctx, 250*time.Millisecond); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, duration time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(duration):
		return nil
	}
}

// calm waits until the cluster and the operator have done what is left to do
// from before: watches to serve, objects to collect. It gives up silently, for
// a share of what is left is in each round.
func (b *Bench) calm(ctx context.Context) error {
	const window, enough, idle = 250 * time.Millisecond, 3, 0.15
	before, err := b.cpu()
	if err != nil {
		return err
	}
	quiet := 0
	for end := time.Now().Add(b.quiet); quiet < enough && time.Now().Before(end); {
		if err := pause(ctx, window); err != nil {
			return err
		}
		now, err := b.cpu()
		if err != nil {
			return err
		}
		used := now.since(before)
		before = now
		if used.Server+used.Etcd+used.Operator < idle*float64(window.Milliseconds()) {
			quiet++
		} else {
			quiet = 0
		}
	}
	return nil
}

// CPU is CPU time in milliseconds, by process.
type CPU struct {
	Server   float64 `json:"kubeApiserver"`
	Etcd     float64 `json:"etcd"`
	Operator float64 `json:"operator"`
	Loadgen  float64 `json:"loadGenerator"`
	// Others is everything else on the machine, the controller manager for one.
	Others float64 `json:"others"`
}

func (b *Bench) cpu() (CPU, error) {
	var used CPU
	machine, err := machineMillis()
	for pid, into := range map[int]*float64{
		b.cluster["kube-apiserver"]: &used.Server,
		b.cluster["etcd"]:           &used.Etcd,
		b.operator.Pid():            &used.Operator,
		os.Getpid():                 &used.Loadgen,
	} {
		millis, readErr := cpuMillis(pid)
		*into = millis
		err = errors.Join(err, readErr)
	}
	used.Others = machine - used.Server - used.Etcd - used.Operator - used.Loadgen
	return used, err
}

func (c CPU) since(before CPU) CPU {
	return CPU{c.Server - before.Server, c.Etcd - before.Etcd, c.Operator - before.Operator, c.Loadgen - before.Loadgen,
		c.Others - before.Others}
}

func (c CPU) per(n int) CPU {
	d := float64(n)
	return CPU{c.Server / d, c.Etcd / d, c.Operator / d, c.Loadgen / d, c.Others / d}
}

func (c CPU) total() float64 { return c.Server + c.Etcd + c.Operator + c.Loadgen + c.Others }

// requests reads how many requests the API server has answered.
func (b *Bench) requests(ctx context.Context) (Series, error) {
	text, err := b.observer.Send(ctx, http.MethodGet, "/metrics", nil)
	if err != nil {
		return nil, err
	}
	return parseSeries(text, "apiserver_request_total{"), nil
}

// Mark is where counters stand at one time.
type Mark struct {
	requests Series
	operator Series
	cpu      CPU
	at       time.Time
}

// begin reads the counters. Those of a suspended operator can't be read, but
// don't change either: they are taken from before.
func (b *Bench) begin(ctx context.Context, operator Series) (Mark, error) {
	requests, err := b.requests(ctx)
	if err != nil {
		return Mark{}, err
	}
	if operator == nil {
		if operator, err = b.operator.Scrape(); err != nil {
			return Mark{}, err
		}
	}
	// Last, for reading the others costs CPU time.
	cpu, err := b.cpu()
	return Mark{requests, operator, cpu, time.Now()}, err
}

// Work is what a number of claims cost.
type Work struct {
	Claims       int      `json:"claims"`
	Seconds      float64  `json:"seconds"`
	PerSecond    float64  `json:"claimsPerSecond"`
	CPUMillis    CPU      `json:"cpuMillisPerClaim"`
	OtherCores   float64  `json:"coresUsedByOthers"`
	Requests     Requests `json:"mutatingRequests"`
	PerClaim     float64  `json:"mutatingRequestsPerClaim"`
	Reconciles   float64  `json:"reconcilesPerClaim"`
	LedgerWrites float64  `json:"ledgerWrites"`
	Batch        float64  `json:"meanBatch"`
	CommitMillis float64  `json:"meanCommitMillis"`
	ReadyP50     float64  `json:"readySecondsP50"`
	ReadyP99     float64  `json:"readySecondsP99"`
}

// end reads the counters again and says what happened since. The time ends at
// last, and the claims created by this program are not counted as requests.
func (b *Bench) end(ctx context.Context, from Mark, last time.Time, claims int, own ...string) (Work, error) {
	// First, for reading the others costs CPU time.
	cpu, err := b.cpu()
	if err != nil {
		return Work{}, err
	}
	now := time.Now()
	requests, err := b.requests(ctx)
	if err != nil {
		return Work{}, err
	}
	operator, err := b.operator.Scrape()
	if err != nil {
		return Work{}, err
	}
	used, grown := cpu.since(from.cpu), operator.Since(from.operator)
	seconds := last.Sub(from.at).Seconds()
	work := Work{
		Claims:       claims,
		Seconds:      seconds,
		PerSecond:    float64(claims) / seconds,
		CPUMillis:    used.per(claims),
		OtherCores:   used.Others / float64(now.Sub(from.at).Milliseconds()),
		Requests:     mutatingRequests(requests.Since(from.requests)).Without(own...),
		Reconciles:   grown["portclaim_reconciles_total"] / float64(claims),
		LedgerWrites: grown[`portclaim_ledger_commits_total{result="committed"}`],
		Batch:        share(grown, "portclaim_ledger_batch_entries"),
		CommitMillis: share(grown, "portclaim_ledger_commit_seconds") * 1000,
		ReadyP50:     grown.quantile("portclaim_claim_ready_seconds", 0.5),
		ReadyP99:     grown.quantile("portclaim_claim_ready_seconds", 0.99),
	}
	work.PerClaim = work.Requests.Total() / float64(claims)
	return work, nil
}

// share is the mean of what a summary counted.
func share(grown Series, summary string) float64 {
	if grown[summary+"_count"] == 0 {
		return 0
	}
	return grown[summary+"_sum"] / grown[summary+"_count"]
}

// ledgerBytes is the size of the ledger's data now.
func (b *Bench) ledgerBytes(ctx context.Context) (int, error) {
	var ledger struct{ Spec struct{ Data string } }
	err := b.observer.Get(ctx, ledgerPath, &ledger)
	return len(ledger.Spec.Data), err
}

// replaceAll replaces pairs of words in a template.
func replaceAll(template []byte, pairs ...string) []byte {
	return []byte(strings.NewReplacer(pairs...).Replace(string(template)))
}

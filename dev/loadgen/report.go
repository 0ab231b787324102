package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is all that was measured; a scenario that was left out is missing.
type Report struct {
	Time         time.Time    `json:"time"`
	Machine      string       `json:"machine"`
	Java         string       `json:"java"`
	Command      []string     `json:"command"`
	Load         float64      `json:"loadBefore"`
	EndLoad      float64      `json:"loadAfter"`
	Workers      int          `json:"workers"`
	StartSeconds float64      `json:"startSeconds"`
	PeakMiB      float64      `json:"operatorPeakRssMiB"`
	Cold         *Drain       `json:"cold,omitempty"`
	Floors       []FloorRound `json:"floor,omitempty"`
	Drains       []Drain      `json:"backlog,omitempty"`
	Summary      *Summary     `json:"summary,omitempty"`
	Live         *Live        `json:"live,omitempty"`
	Single       *Single      `json:"single,omitempty"`
	Restart      *Restart     `json:"restart,omitempty"`
	Release      *Release     `json:"release,omitempty"`
	Refused      *Refused     `json:"refused,omitempty"`
	Pods         *Pods        `json:"pods,omitempty"`
	Reports      *Reports     `json:"reports,omitempty"`
	Agents       *Agents      `json:"agents,omitempty"`
	Scale        *Scale       `json:"scale,omitempty"`
	Bounded      *Bounded     `json:"bounded,omitempty"`
	Promises     []Promise    `json:"promises"`
}

// Spread is the median of some rounds, and the least and the greatest.
type Spread struct {
	Median float64 `json:"median"`
	Least  float64 `json:"least"`
	Most   float64 `json:"most"`
}

func spread[T any](of []T, value func(T) float64) Spread {
	values := make([]float64, len(of))
	for i, each := range of {
		values[i] = value(each)
	}
	slices.Sort(values)
	middle := len(values) / 2
	median := values[middle]
	if len(values)%2 == 0 {
		median = (median + values[middle-1]) / 2
	}
	return Spread{median, values[0], values[len(values)-1]}
}

func (s Spread) text(digits int) string {
	return decimal(s.Median, digits) + " (" + decimal(s.Least, digits) + "-" + decimal(s.Most, digits) + ")"
}

// Summary compares the operator with the floor.
type Summary struct {
	Floor    Spread `json:"floorClaimsPerSecond"`
	Operator Spread `json:"operatorClaimsPerSecond"`
	// A round of the operator by the mean of the floors before and after it.
	Ratio Spread `json:"ratio"`
	// The same two by the CPU time of API server and etcd only: what the ratio
	// would be at most, were the operator and the load generator on other cores.
	ServerRatio Spread `json:"serverCpuRatio"`
}

func (r *Report) summarize() {
	if len(r.Drains) == 0 {
		return
	}
	var ratios, serverRatios []float64
	for i, drain := range r.Drains {
		before, after := r.Floors[i], r.Floors[i+1]
		ratios = append(ratios, drain.PerSecond/((before.PerSecond+after.PerSecond)/2))
		floor := (before.CPUMillis.Server + before.CPUMillis.Etcd + after.CPUMillis.Server + after.CPUMillis.Etcd) / 2
		serverRatios = append(serverRatios, floor/(drain.CPUMillis.Server+drain.CPUMillis.Etcd))
	}
	itself := func(value float64) float64 { return value }
	r.Summary = &Summary{
		Floor:       spread(r.Floors, func(f FloorRound) float64 { return f.PerSecond }),
		Operator:    spread(r.Drains, func(d Drain) float64 { return d.PerSecond }),
		Ratio:       spread(ratios, itself),
		ServerRatio: spread(serverRatios, itself),
	}
}

// Promise is a count that does not depend on the machine.
type Promise struct {
	What  string  `json:"what"`
	Most  float64 `json:"atMost"`
	Value float64 `json:"value"`
}

func (p Promise) kept() bool { return p.Value <= p.Most }

func (r *Report) promise() {
	add := func(what string, most, value float64) { r.Promises = append(r.Promises, Promise{what, most, value}) }
	if len(r.Drains) > 0 {
		// Two of its own, and a share of a ledger write, which is larger where few claims wait.
		add("backlog: mutating requests per claim", 2.5, spread(r.Drains, func(d Drain) float64 { return d.PerClaim }).Median)
		add("backlog: reconciles per claim", 1.1, spread(r.Drains, func(d Drain) float64 { return d.Reconciles }).Median)
	}
	if r.Single != nil {
		add("one at a time: mutating requests per claim", 3, r.Single.PerClaim)
	}
	if r.Restart != nil {
		add("restart: mutating requests but for Lease, ledger and a pool that changed", 0, r.Restart.Mutating)
	}
	if r.Release != nil {
		add("release: mutating requests per claim", 0.1, r.Release.PerClaim)
	}
	if r.Refused != nil {
		add("claims that wait: mutating requests per claim, once reported", 0, r.Refused.IdlePerClaim)
	}
	if r.Pods != nil && r.Pods.Burst != nil {
		add("pods at once: mutating requests per pod but for the claim's", 1.25, r.Pods.Burst.Writes)
	}
	if a := r.Agents; a != nil {
		add("quiet agents: mutating requests for reports", 0, a.Quiet.Writes)
		add("a listener that is opened: mutating requests per node", 1, a.Change.Writes/float64(a.Changed))
		add("restart of the agents: mutating requests for reports", 0, a.Restart.Writes)
	}
	if r.Scale != nil {
		for _, count := range r.Scale.writeRows() {
			add("scale: "+count.what, count.must, count.value)
		}
	}
	if r.Bounded != nil {
		r.Promises = append(r.Promises, r.Bounded.promises()...)
	}
}

func (r *Report) met() bool {
	return !slices.ContainsFunc(r.Promises, func(p Promise) bool { return !p.kept() })
}

func (s settings) newReport() *Report {
	return &Report{
		Time:    time.Now().UTC().Truncate(time.Second),
		Machine: machine(),
		Java:    javaVersion(s.command[0]),
		Command: s.command,
		Load:    load(),
		Workers: s.workers,
	}
}

func machine() string {
	model := runtime.GOARCH
	if content, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(content)) {
			if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%d cores, %s", runtime.NumCPU(), model)
}

func javaVersion(java string) string {
	output, err := exec.Command(java, "-version").CombinedOutput()
	if err != nil {
		return err.Error()
	}
	first, _, _ := strings.Cut(string(output), "\n")
	return first
}

func (r *Report) save(path string) error {
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(content, '\n'), 0o644)
}

func (r *Report) print(to io.Writer) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(table, strings.Join(cells, "\t")) }
	fmt.Fprintf(table, "%s; load %.1f before, %.1f after\n%s\n%s\n\n", r.Machine, r.Load, r.EndLoad, r.Java, strings.Join(r.Command, " "))
	r.printRounds(row)
	r.printSummary(row)
	r.printScenarios(row)
	r.printPods(row)
	r.printReports(row)
	r.printAgents(row)
	r.printScale(row)
	r.printBounded(row)
	row("PROMISED, ON ANY MACHINE", "at most", "measured", "")
	for _, p := range r.Promises {
		verdict := "kept"
		if !p.kept() {
			verdict = "BROKEN"
		}
		row(p.What, trim(p.Most), trim(p.Value), verdict)
	}
	return table.Flush()
}

func (r *Report) printRounds(row func(...string)) {
	if len(r.Drains) == 0 {
		return
	}
	row("ROUND", "claims/s", "ratio", "CPU ms per claim: API server", "etcd", "operator", "load generator", "others' cores")
	cpu := func(c CPU, others float64) []string {
		return []string{two(c.Server), two(c.Etcd), two(c.Operator), two(c.Loadgen), two(others)}
	}
	cold := func(d *Drain) {
		row(append([]string{"operator, cold", whole(d.PerSecond), ""}, cpu(d.CPUMillis, d.OtherCores)...)...)
	}
	cold(r.Cold)
	for i, floor := range r.Floors {
		row(append([]string{fmt.Sprintf("floor %d", i+1), whole(floor.PerSecond), ""}, cpu(floor.CPUMillis, floor.OtherCores)...)...)
		if i < len(r.Drains) {
			drain := r.Drains[i]
			ratio := drain.PerSecond / ((floor.PerSecond + r.Floors[i+1].PerSecond) / 2)
			row(append([]string{fmt.Sprintf("operator %d", i+1), whole(drain.PerSecond), two(ratio)}, cpu(drain.CPUMillis, drain.OtherCores)...)...)
		}
	}
	row("")
}

func (r *Report) printSummary(row func(...string)) {
	if r.Summary == nil {
		return
	}
	s := r.Summary
	of := func(value func(Drain) float64) Spread { return spread(r.Drains, value) }
	row("BACKLOG", "median (least-most)")
	row("floor, claims/s", s.Floor.text(0))
	row("operator, claims/s", s.Operator.text(0))
	row("ratio", s.Ratio.text(2))
	row("ratio by the CPU of API server and etcd only", s.ServerRatio.text(2))
	row("mutating requests per claim", of(func(d Drain) float64 { return d.PerClaim }).text(3))
	row("of the last round", requestsText(r.Drains[len(r.Drains)-1].Requests))
	row("of the last floor", requestsText(r.Floors[len(r.Floors)-1].Requests))
	row("reconciles per claim", of(func(d Drain) float64 { return d.Reconciles }).text(2))
	row("ledger writes per round", of(func(d Drain) float64 { return d.LedgerWrites }).text(0))
	row("claims waiting for a ledger write", of(func(d Drain) float64 { return d.Batch }).text(1))
	row("ledger write, ms", of(func(d Drain) float64 { return d.CommitMillis }).text(1))
	row("ledger, bytes, mean of samples", of(func(d Drain) float64 { return float64(d.LedgerBytes.Mean) }).text(0))
	row("ledger, bytes, largest sample", of(func(d Drain) float64 { return float64(d.LedgerBytes.Max) }).text(0))
	row("creation to Ready, s, p50 (with the wait in the backlog)", of(func(d Drain) float64 { return d.ReadyP50 }).text(1))
	row("creation to Ready, s, p99 (with the wait in the backlog)", of(func(d Drain) float64 { return d.ReadyP99 }).text(1))
	row("operator, peak resident memory, MiB", whole(r.PeakMiB))
	row("operator, start to serving, s", two(r.StartSeconds))
	row("")
}

func (r *Report) printScenarios(row func(...string)) {
	if l := r.Live; l != nil {
		row("LIVE", fmt.Sprintf("%d claims, %d workers", l.Claims, r.Workers))
		row("served, and created, claims/s", whole(l.PerSecond)+", "+whole(l.CreatesPerSecond))
		row("CPU ms per claim: API server with the creates, operator", two(l.CPUMillis.Server)+", "+two(l.CPUMillis.Operator))
		row("mutating requests and reconciles per claim", three(l.PerClaim)+", "+two(l.Reconciles))
		row("create to Ready by a watch, s, p50 and p99", two(l.SeenP50)+", "+two(l.SeenP99))
		row("creation to Ready by the operator's histogram, s, p50 and p99", two(l.ReadyP50)+", "+two(l.ReadyP99))
		row("requests", requestsText(l.Requests))
		row("")
	}
	if o := r.Single; o != nil {
		row("ONE AT A TIME", fmt.Sprintf("%d claims", o.Claims))
		row("mutating requests per claim", three(o.PerClaim))
		row("requests", requestsText(o.Requests))
		row("create to Ready by a watch, s, p50 and p99", three(o.SeenP50)+", "+three(o.SeenP99))
		row("")
	}
	if s := r.Restart; s != nil {
		row("RESTART", fmt.Sprintf("with %d bound claims", s.Claims))
		row("SIGTERM to the end, s", two(s.StopSeconds))
		row("start to serving, s (without claims: "+two(r.StartSeconds)+")", two(s.ReadySeconds))
		row("a paged list of the claims and ConfigMaps, s", two(s.ListSeconds))
		row("the operator's own figures", s.TakeOver)
		row("operator's CPU until all were reconciled, s", two(s.CPUSeconds))
		row("requests", requestsText(s.Requests))
		row("peak resident memory, MiB", whole(s.PeakMiB))
		row("")
	}
	if l := r.Release; l != nil {
		row("RELEASE", fmt.Sprintf("%d claims deleted", l.Claims))
		row("until the operator has released them, s", two(l.Seconds))
		row("operator's CPU ms per claim", two(l.OperatorCPU))
		row("mutating requests per claim", three(l.PerClaim))
		row("requests", requestsText(l.Requests))
		row("ledger, bytes", strconv.Itoa(l.LedgerBytes))
		row("")
	}
	if f := r.Refused; f != nil {
		row("CLAIMS THAT CAN'T BE SERVED", fmt.Sprintf("%d claims on a full pool", f.Claims))
		row("until each has its reason, s", two(f.FirstSeconds))
		row("mutating requests per claim until then", three(f.FirstPerClaim))
		row("requests until then", requestsText(f.FirstRequests))
		row(fmt.Sprintf("requests in the next %.0f s", f.IdleSeconds), requestsText(f.IdleRequests))
		row("reconciles per claim and operator's cores in that time", two(f.IdleReconciles)+", "+three(f.IdleOperatorCPU))
		row("")
	}
}

func (r *Report) printReports(row func(...string)) {
	n := r.Reports
	if n == nil {
		return
	}
	row("REPORTS", fmt.Sprintf("of %d nodes", n.Nodes), "without", "with")
	of := func(what string, text func(float64) string, value func(Footprint) float64) {
		row(what, "", text(value(n.Without)), text(value(n.With)))
	}
	of("start to serving, s", two, func(f Footprint) float64 { return f.ReadySeconds })
	of("operator's CPU until it is idle, s", two, func(f Footprint) float64 { return f.CPUSeconds })
	of("heap after a full collection, MiB", one, func(f Footprint) float64 { return f.HeapMiB })
	of("resident memory after it, MiB", whole, func(f Footprint) float64 { return f.RSSMiB })
	of("peak resident memory, MiB", whole, func(f Footprint) float64 { return f.PeakMiB })
	row("operator's CPU ms per report", "", "", two(n.CPUMillis))
	itself := func(value float64) float64 { return value }
	row("from a listener's end until a waiting claim has its port, s", "", "", spread(n.Given, itself).text(2))
	row("from a wider range until a holder's Usable is False, s", "", "", spread(n.Unusable, itself).text(2))
	row("from a wider range until the pool's status shows it, s", "", "", spread(n.Status, itself).text(2))
	row("")
}

func (r *Report) printAgents(row func(...string)) {
	a := r.Agents
	if a == nil {
		return
	}
	row("AGENTS", fmt.Sprintf("of %d nodes, at most %d requests at once", a.Nodes, a.AtOnce))
	cores := func(seconds float64, work AgentsWork) string { return three(seconds / work.Seconds) }
	cost := func(work AgentsWork) {
		c := work.CPUSeconds
		row("  requests", requestsText(work.Requests))
		row("  warnings in the agents' log", strconv.Itoa(work.Warnings))
		row("  CPU s: API server, etcd, operator, all agents", two(c.Server)+", "+two(c.Etcd)+", "+two(c.Operator)+", "+two(c.Agents))
		row("  scans per agent", one(work.Looks))
	}
	row("before: cores of the API server, etcd", cores(a.Before.CPUSeconds.Server, a.Before)+", "+cores(a.Before.CPUSeconds.Etcd, a.Before))
	row("all start at once: the last report is written after, s", two(a.Start.Seconds))
	cost(a.Start)
	row("quiet, s", whole(a.Quiet.Seconds))
	row("  cores of the API server, etcd", cores(a.Quiet.CPUSeconds.Server, a.Quiet)+", "+cores(a.Quiet.CPUSeconds.Etcd, a.Quiet))
	row("  mutating requests a minute", two(a.Quiet.Writes*60/a.Quiet.Seconds))
	cost(a.Quiet)
	row(fmt.Sprintf("a listener is opened on %d nodes: the report has it after, s", a.Changed), a.ChangeSeconds.text(2))
	cost(a.Change)
	row("all restart: each has read its report after, s", two(a.Restart.Seconds))
	cost(a.Restart)
	row("")
}

func (r *Report) printBounded(row func(...string)) {
	b := r.Bounded
	if b == nil {
		return
	}
	row("BOUNDED", "writes", "events", "log lines", "ledger, bytes, largest sample", "resident MiB, largest sample", "calm after, s", "others' claims: number, s p50, p99; bare requests s p50, p99")
	if b.Quiet.Claims > 0 {
		row("nothing", "", "", "", "", "", "", b.Quiet.text())
	}
	for _, load := range b.Rows {
		cells := []string{load.What, whole(load.writes()), strconv.Itoa(load.Events), strconv.Itoa(load.LogLines), strconv.Itoa(load.LedgerMax),
			whole(load.PeakMiB), one(load.CalmSeconds), ""}
		if load.Others != nil {
			cells[len(cells)-1] = load.Others.text()
		}
		row(cells...)
		row("  requests", requestsText(load.Requests))
		if load.Events > 0 {
			row("  events", requestsText(load.Warnings))
		}
		if load.Seen != "" {
			row("  seen", load.Seen)
		}
	}
	row("")
}

func requestsText(requests Requests) string {
	var words []string
	for _, what := range sortedKeys(requests) {
		words = append(words, fmt.Sprintf("%.0f %s", requests[what], what))
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

func decimal(value float64, digits int) string { return strconv.FormatFloat(value, 'f', digits, 64) }

func whole(value float64) string { return decimal(value, 0) }
func one(value float64) string   { return decimal(value, 1) }
func two(value float64) string   { return decimal(value, 2) }
func three(value float64) string { return decimal(value, 3) }
func trim(value float64) string {
	return strings.TrimRight(strings.TrimRight(three(value), "0"), ".")
}

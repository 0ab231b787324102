package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	nodesPath      = "/api/v1/nodes"
	reportsPath    = "/apis/portclaim.io/v1alpha1/portreports"
	reportPoolName = "bench-reports"
	reactions      = 5
	// Longer than --pool-status-interval, so that no change waits for the one before.
	betweenReactions = 6 * time.Second
	// In the pool, and listened on everywhere.
	listenedPort = 21007
)

// Reports is what the reports of many nodes cost, and how fast one counts.
type Reports struct {
	Nodes   int       `json:"nodes"`
	Without Footprint `json:"without"`
	With    Footprint `json:"with"`
	// Of the operator, for each report that comes while it serves.
	CPUMillis float64 `json:"operatorCpuMillisPerReport"`
	// From the answer to a write of one report until ...
	Given    []float64 `json:"secondsUntilAWaiterIsGivenThePort"`
	Unusable []float64 `json:"secondsUntilAHolderIsUnusable"`
	Status   []float64 `json:"secondsUntilThePoolsStatusShowsIt"`
}

// Footprint is an operator after its start beside many nodes.
type Footprint struct {
	ReadySeconds float64 `json:"readySeconds"`
	CPUSeconds   float64 `json:"cpuSeconds"`
	PeakMiB      float64 `json:"peakRssMiB"`
	// After a full collection.
	RSSMiB  float64 `json:"rssMiB"`
	HeapMiB float64 `json:"heapMiB"`
}

func reportedNode(i int) string { return fmt.Sprintf("reported-%05d", i) }

// reports makes n nodes, starts the operator beside them, lets n reports come,
// and starts it once more.
func (b *Bench) reports(ctx context.Context, n int) (Reports, error) {
	result := Reports{Nodes: n}
	if err := b.makeReportedNodes(ctx, n); err != nil {
		return result, err
	}
	var err error
	if result.Without, err = b.footprint(ctx); err != nil {
		return result, err
	}
	if result.CPUMillis, err = b.letReportsCome(ctx, n); err != nil {
		return result, err
	}
	if result.With, err = b.footprint(ctx); err != nil {
		return result, err
	}
	for i := range reactions {
		if err := b.react(ctx, i, &result); err != nil {
			return result, fmt.Errorf("reaction to a report: %w\n%s", err, b.operator.LogTail())
		}
	}
	return result, nil
}

func (b *Bench) makeReportedNodes(ctx context.Context, n int) error {
	pool := object{
		"apiVersion": "portclaim.io/v1alpha1",
		"kind":       "PortPool",
		"metadata":   object{"name": reportPoolName},
		"spec":       object{"ranges": []string{"21000-28999"}, "nodeSelector": object{"matchLabels": object{"bench": "reported"}}},
	}
	if _, err := b.client.Send(ctx, http.MethodPost, poolsPath, toJSON(pool)); err != nil {
		return err
	}
	return parallel(ctx, b.workers, n, func(ctx context.Context, i int) error {
		name := reportedNode(i)
		node := object{"apiVersion": "v1", "kind": "Node", "metadata": object{"name": name, "labels": object{
			"bench":                            "reported",
			"kubernetes.io/hostname":           name,
			"kubernetes.io/os":                 "linux",
			"kubernetes.io/arch":               "amd64",
			"node.kubernetes.io/instance-type": "large",
			"topology.kubernetes.io/region":    "region-1",
			"topology.kubernetes.io/zone":      fmt.Sprintf("region-1%c", 'a'+i%3),
		}}}
		_, err := b.client.Send(ctx, http.MethodPost, nodesPath, toJSON(node))
		return err
	})
}

// reportStatus is what an agent writes: what listens on most nodes, and a few
// ports that differ from one to the next.
func reportStatus(i int, ephemeral, more string) object {
	return object{
		"ephemeralRange":        ephemeral,
		"reservedPorts":         "2703,9808-9809,10249-10250,10256,61678-61679",
		"unprivilegedPortStart": 1024,
		"ephemeralPorts":        28230,
		"connectionsPerSecond":  470,
		"listeners": object{
			"tcp": "22,53,111,179,2049,2379-2381,4240,4244,5473,6443,7946,8472,9091,9099-9100,9153,9253,9353,9400,9878-9880," +
				"9890-9891,9901,9962-9964,10010,10248-10250,10256-10259" + more +
				fmt.Sprintf(",%d,%d,%d", 12000+i%2000, 14500+i*7%1500, 29100+i*13%700),
			"udp": fmt.Sprintf("53,68,111,323,4789,7946,8472,%d", 16000+i*11%3000),
		},
		"reporter":   object{"namespace": "portclaim", "name": "portclaim-agent-" + reportedNode(i), "uid": fmt.Sprintf("00000000-0000-4000-8000-%012d", i)},
		"reportedAt": "2026-01-01T00:00:00Z",
		"conditions": []object{{
			"type": "EphemeralPortPressure", "status": "False", "reason": "EphemeralPortsFree", "observedGeneration": 1,
			"lastTransitionTime": "2026-01-01T00:00:00Z",
			"message":            "No destination uses nearly all ephemeral ports.",
		}},
	}
}

// putReport writes a status as an agent does.
func (b *Bench) putReport(ctx context.Context, i int, status object) error {
	name := reportedNode(i)
	report := object{"apiVersion": "portclaim.io/v1alpha1", "kind": "PortReport", "metadata": object{"name": name}}
	if _, err := b.client.Send(ctx, http.MethodPost, reportsPath, toJSON(report)); err != nil && !hasCode(err, http.StatusConflict) {
		return err
	}
	var known struct {
		Metadata struct{ ResourceVersion string }
	}
	if err := b.client.Get(ctx, reportsPath+"/"+name, &known); err != nil {
		return err
	}
	report["metadata"] = object{"name": name, "resourceVersion": known.Metadata.ResourceVersion}
	report["status"] = status
	_, err := b.client.Send(ctx, http.MethodPut, reportsPath+"/"+name+"/status", toJSON(report))
	return err
}

// letReportsCome writes all reports while the operator serves, and returns the
// operator's CPU time for each.
func (b *Bench) letReportsCome(ctx context.Context, n int) (float64, error) {
	before, err := cpuMillis(b.operator.Pid())
	if err != nil {
		return 0, err
	}
	err = parallel(ctx, b.workers, n, func(ctx context.Context, i int) error {
		return b.putReport(ctx, i, reportStatus(i, "32768-60999", fmt.Sprintf(",%d", listenedPort)))
	})
	if err != nil {
		return 0, err
	}
	err = b.until(ctx, "every node counts as reported", func() (bool, error) {
		series, err := b.operator.Scrape()
		return series[`portclaim_pool_nodes{facts="reported",pool="`+reportPoolName+`"}`] == float64(n), err
	})
	if err != nil {
		return 0, err
	}
	now, err := cpuMillis(b.operator.Pid())
	return (now - before) / float64(n), err
}

// footprint restarts the operator and measures it.
func (b *Bench) footprint(ctx context.Context) (Footprint, error) {
	var result Footprint
	if err := b.calm(ctx); err != nil {
		return result, err
	}
	if err := b.operator.Stop(); err != nil {
		return result, err
	}
	begin := time.Now()
	if err := b.operator.Start(ctx); err != nil {
		return result, err
	}
	result.ReadySeconds = time.Since(begin).Seconds()
	// Pools' statuses are written then.
	if err := b.calm(ctx); err != nil {
		return result, err
	}
	pid := b.operator.Pid()
	millis, err := cpuMillis(pid)
	result.CPUSeconds = millis / 1000
	peak, err2 := statusMiB(pid, "VmHWM")
	result.PeakMiB = peak
	heap, err3 := b.operator.collectGarbage(ctx)
	result.HeapMiB = heap
	if err := errors.Join(err, err2, err3); err != nil {
		return result, err
	}
	result.RSSMiB, err = statusMiB(pid, "VmRSS")
	return result, err
}

// collectGarbage has the JVM do a full collection and returns what is left on
// its heap, in MiB. Its metrics would not do: a scrape makes garbage of its own.
func (o *Operator) collectGarbage(ctx context.Context) (float64, error) {
	jcmd := filepath.Join(filepath.Dir(o.command[0]), "jcmd")
	var output []byte
	for _, command := range []string{"GC.run", "GC.heap_info"} {
		var err error
		if output, err = exec.CommandContext(ctx, jcmd, fmt.Sprint(o.Pid()), command).CombinedOutput(); err != nil {
			return 0, fmt.Errorf("%s, which a JDK has: %w: %s", jcmd, err, output)
		}
	}
	return heapMiB(string(output)), nil
}

var usedKiB = regexp.MustCompile(`used (\d+)K`)

// heapMiB adds up the generations of "jcmd PID GC.heap_info".
func heapMiB(info string) float64 {
	var sum float64
	for line := range strings.Lines(info) {
		words := strings.ToLower(line)
		if used := usedKiB.FindStringSubmatch(line); used != nil && !strings.Contains(words, "metaspace") && !strings.Contains(words, "class space") {
			kib, _ := strconv.ParseFloat(used[1], 64)
			sum += kib / 1024
		}
	}
	return sum
}

// react changes the report of one node, twice: its listener goes, for which a
// claim waits, and then its range is widened, which that claim reports.
func (b *Bench) react(ctx context.Context, i int, into *Reports) error {
	name := b.newNames(1)[0]
	seen := func(state func(*claim) bool) (*Watch, error) {
		return watchClaims(ctx, b.observer, claimsPath, 1, state)
	}
	refused, err := seen(isAnswered)
	if err != nil {
		return err
	}
	defer refused.Close()
	given, err := seen(isBound)
	if err != nil {
		return err
	}
	defer given.Close()
	unusable, err := seen(isUnusable)
	if err != nil {
		return err
	}
	defer unusable.Close()
	body := toJSON(object{
		"apiVersion": "portclaim.io/v1alpha1", "kind": "PortClaim", "metadata": object{"name": name},
		"spec": object{"poolName": reportPoolName, "scope": "Node", "nodeName": reportedNode(i),
			"ports": []object{{"name": "http", "port": listenedPort}}},
	})
	if _, err := b.client.Send(ctx, http.MethodPost, claimsPath, body); err != nil {
		return err
	}
	if _, err := refused.Await(ctx, b.patience); err != nil {
		return err
	}
	took, err := b.untilSeen(ctx, given, i, reportStatus(i, "32768-60999", ""))
	if err != nil {
		return err
	}
	into.Given = append(into.Given, took)
	if err := pause(ctx, betweenReactions); err != nil {
		return err
	}
	before, err := b.poolTotal(ctx)
	if err != nil {
		return err
	}
	begin := time.Now()
	if took, err = b.untilSeen(ctx, unusable, i, reportStatus(i, "15000-60999", "")); err != nil {
		return err
	}
	into.Unusable = append(into.Unusable, took)
	for {
		total, err := b.poolTotal(ctx)
		if err != nil {
			return err
		}
		if total != before {
			into.Status = append(into.Status, time.Since(begin).Seconds())
			return pause(ctx, betweenReactions)
		}
		if time.Since(begin) > b.patience {
			return errors.New("the pool's status did not change")
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// untilSeen writes a report and returns the time until the watch has seen its claim.
func (b *Bench) untilSeen(ctx context.Context, watch *Watch, i int, status object) (float64, error) {
	if err := b.putReport(ctx, i, status); err != nil {
		return 0, err
	}
	begin := time.Now()
	at, err := watch.Await(ctx, b.patience)
	return at.Sub(begin).Seconds(), err
}

func (b *Bench) poolTotal(ctx context.Context) (int64, error) {
	var pool struct {
		Status struct{ Slots struct{ Total int64 } }
	}
	err := b.observer.Get(ctx, poolsPath+"/"+reportPoolName, &pool)
	return pool.Status.Slots.Total, err
}

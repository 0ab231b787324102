package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const scrape = `# HELP apiserver_request_total Counter of apiserver requests
# TYPE apiserver_request_total counter
apiserver_request_total{code="200",component="apiserver",dry_run="",group="portclaim.io",resource="portclaims",scope="resource",subresource="status",verb="PUT",version="v1alpha1"} 1500
apiserver_request_total{code="409",component="apiserver",dry_run="",group="portclaim.io",resource="portclaims",scope="resource",subresource="status",verb="PUT",version="v1alpha1"} 2
apiserver_request_total{code="201",component="apiserver",dry_run="",group="",resource="configmaps",scope="resource",subresource="",verb="POST",version="v1"} 1.5e+03
apiserver_request_total{code="200",component="apiserver",dry_run="",group="",resource="configmaps",scope="cluster",subresource="",verb="LIST",version="v1"} 7
apiserver_request_total{code="200",component="apiserver",dry_run="",group="coordination.k8s.io",resource="leases",scope="resource",subresource="",verb="PATCH",version="v1"} 5
apiserver_request_total{code="201",component="apiserver",dry_run="",group="authorization.k8s.io",resource="subjectaccessreviews",scope="resource",subresource="",verb="POST",version="v1"} 9
apiserver_request_duration_seconds_count{verb="PUT"} 4
`

func TestCountsOnlyWhatChangesSomething(t *testing.T) {
	requests := mutatingRequests(parseSeries([]byte(scrape), "apiserver_request_total{"))
	want := Requests{"portclaims/status PUT": 1500, "portclaims/status PUT 409": 2, "configmaps POST": 1500, "leases PATCH": 5}
	if text := requestsText(requests); text != requestsText(want) {
		t.Errorf("%s, not %s", text, requestsText(want))
	}
	if total := requests.Total(); total != 3002 {
		t.Errorf("%v in total without leases", total)
	}
	if rest := requests.Without("portclaims/").Total(); rest != 1500 {
		t.Errorf("%v without statuses", rest)
	}
}

func TestADifferenceLeavesOutWhatDidNotGrow(t *testing.T) {
	series := parseSeries([]byte(scrape), "apiserver_request_total{")
	if requests := mutatingRequests(series.Since(series)); len(requests) != 0 {
		t.Errorf("%v", requests)
	}
}

func TestOnlyWhatWasCountedMoreOftenIsGrown(t *testing.T) {
	grown := Requests{"a": 3, "b": 2, "c": 1}.since(Requests{"a": 1, "b": 2, "c": 4})
	if text := requestsText(grown); text != "2 a" {
		t.Error(text)
	}
}

func TestQuantileOfAHistogramGoesEvenlyThroughItsBucket(t *testing.T) {
	series := Series{
		`x_bucket{le="1.0"}`: 0, `x_bucket{le="2.0"}`: 10, `x_bucket{le="4.0"}`: 20, `x_bucket{le="+Inf"}`: 21, "x_count": 21,
	}
	for q, want := range map[float64]float64{0.5: 2.1, 10.0 / 21: 2, 5.0 / 21: 1.5, 0.99: 4} {
		if got := series.quantile("x", q); math.Abs(got-want) > 1e-9 {
			t.Errorf("quantile %.3f is %v, not %v", q, got, want)
		}
	}
	if got := (Series{}).quantile("x", 0.5); got != 0 {
		t.Errorf("%v without samples", got)
	}
}

func TestReadsCPUTimesOfAProcessWithSpacesInItsName(t *testing.T) {
	stat := "42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 123 45 0 0 20 0 8 0 100 1000 10"
	if millis, err := parseStat([]byte(stat)); err != nil || millis != 1680 {
		t.Errorf("%v ms, %v", millis, err)
	}
	if _, err := parseStat([]byte("nonsense")); err == nil {
		t.Error("nonsense was read")
	}
	if millis, err := cpuMillis(os.Getpid()); err != nil || millis < 0 {
		t.Errorf("%v ms of this process, %v", millis, err)
	}
}

func TestSpreadIsMedianAndRange(t *testing.T) {
	itself := func(value float64) float64 { return value }
	if got := spread([]float64{5, 1, 3}, itself); got != (Spread{3, 1, 5}) {
		t.Errorf("%+v", got)
	}
	if got := spread([]float64{4, 1, 3, 2}, itself).text(1); got != "2.5 (1.0-4.0)" {
		t.Error(got)
	}
}

func TestRatioIsTakenWithTheFloorsAroundARound(t *testing.T) {
	report := Report{
		Floors: []FloorRound{{PerSecond: 200, CPUMillis: CPU{Server: 4}}, {PerSecond: 100, CPUMillis: CPU{Server: 6}}},
		Drains: []Drain{{Work: Work{PerSecond: 120, CPUMillis: CPU{Server: 8, Etcd: 2}}}},
	}
	report.summarize()
	if got := report.Summary.Ratio.Median; got != 0.8 {
		t.Errorf("ratio %v", got)
	}
	if got := report.Summary.ServerRatio.Median; got != 0.5 {
		t.Errorf("ratio by CPU %v", got)
	}
}

func TestAPromiseThatIsBrokenIsSaid(t *testing.T) {
	report := Report{Single: &Single{PerClaim: 3.5}}
	report.promise()
	if report.met() {
		t.Error("3.5 requests were as good as 3")
	}
	var text strings.Builder
	if err := report.print(&text); err != nil || !strings.Contains(text.String(), "BROKEN") {
		t.Errorf("%v\n%s", err, text.String())
	}
}

func TestTheFloorWritesTheSameBytesUnderOtherNames(t *testing.T) {
	floor := Floor{
		claimName: "claim-000001",
		claimUID:  "uid-a",
		configMap: []byte(`{"metadata":{"labels":{"app.kubernetes.io/managed-by":"portclaim","portclaim.io/claim-uid":"uid-a"},"name":"claim-000001-ports","namespace":"bench-claims","ownerReferences":[{"apiVersion":"portclaim.io/v1alpha1","kind":"PortClaim","uid":"uid-a"}]}}`),
		status:    []byte(`{"metadata":{"resourceVersion":"@version@","uid":"uid-a"},"status":{"configMapName":"claim-000001-ports"}}`),
	}
	configMap, status := floor.bodies("claim-000002", "uid-b", "77")
	want := `{"metadata":{"labels":{"app.kubernetes.io/managed-by":"floorload","floorload.io/claim-uid":"uid-b"},"name":"claim-000002-ports","namespace":"bench-floors","ownerReferences":[{"apiVersion":"bench.portclaim.io/v1alpha1","kind":"FloorClaim","uid":"uid-b"}]}}`
	if string(configMap) != want {
		t.Errorf("%s", configMap)
	}
	if want := `{"metadata":{"resourceVersion":"77","uid":"uid-b"},"status":{"configMapName":"claim-000002-ports"}}`; string(status) != want {
		t.Errorf("%s", status)
	}
}

func TestParallelDoesEachOnceAndStopsAtAnError(t *testing.T) {
	var sum atomic.Int64
	err := parallel(context.Background(), 8, 100, func(_ context.Context, i int) error {
		sum.Add(int64(i))
		return nil
	})
	if err != nil || sum.Load() != 4950 {
		t.Errorf("%d, %v", sum.Load(), err)
	}
	broken := errors.New("broken")
	var calls atomic.Int64
	err = parallel(context.Background(), 1, 100, func(context.Context, int) error {
		calls.Add(1)
		return broken
	})
	if !errors.Is(err, broken) || calls.Load() != 1 {
		t.Errorf("%d calls, %v", calls.Load(), err)
	}
}

func TestAWatchCountsEachClaimOnce(t *testing.T) {
	w := &Watch{done: make(chan struct{}), news: make(chan string, 2), seen: map[string]time.Time{}}
	for _, name := range []string{"a", "a", "b", "c"} {
		w.note(name, 2)
	}
	if last, err := w.Await(context.Background(), time.Minute); err != nil || last.IsZero() {
		t.Errorf("%v, %v", last, err)
	}
}

func TestAWatchThatTheServerEndsGoesOn(t *testing.T) {
	const version = `{"metadata":{"resourceVersion":"5"},"items":[%s]}`
	bound := func(name string) string { return `{"metadata":{"name":"` + name + `"},"status":{"phase":"Bound"}}` }
	watches := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Query().Get("watch") == "":
			items := ""
			if watches > 0 {
				items = bound("seen") + "," + bound("missed")
			}
			fmt.Fprintf(w, version, items)
		case watches == 0:
			watches++
			fmt.Fprintln(w, `{"type":"ADDED","object":`+bound("seen")+`}`)
		default:
			watches++
			fmt.Fprintln(w, `{"type":"MODIFIED","object":`+bound("late")+`}`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}
	}))
	defer server.Close()
	watch, err := watchClaims(context.Background(), &Client{base: server.URL, http: server.Client()}, "/claims", 3, isBound)
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Close()
	if _, err := watch.Await(context.Background(), time.Minute); err != nil {
		t.Fatalf("%v: %v", err, watch.Seen())
	}
}

func TestRefusesWhatThePortsDoNotSufficeFor(t *testing.T) {
	_, err := readSettings([]string{"--rounds=40", "--claims=1500", "--", "java"})
	if err != nil {
		t.Errorf("%v", err)
	}
	for _, arguments := range [][]string{
		{"--rounds=100", "--claims=1500", "--", "java"},
		{"--scenarios=backlog,nonsense", "--", "java"},
		{"--workers=0", "--", "java"},
		{},
	} {
		if _, err := readSettings(arguments); err == nil {
			t.Errorf("%v was taken", arguments)
		}
	}
}

func TestHeapIsTheSumOfTheGenerations(t *testing.T) {
	serial := ` def new generation   total 78656K, used 1024K [0x00000000f0000000, 0x00000000f5550000)
  eden space 69952K,   1% used [0x00000000f0000000, 0x00000000f0100000)
 tenured generation   total 174784K, used 3072K [0x00000000f5550000, 0x0000000100000000)
 Metaspace       used 45000K, committed 45500K, reserved 1114112K
  class space    used 5000K, committed 5200K, reserved 1048576K
`
	if got := heapMiB(serial); got != 4 {
		t.Errorf("%v MiB", got)
	}
	if got := heapMiB(" garbage-first heap   total 262144K, used 2048K [0x1, 0x2)\n  region size 1024K, 3 young (3072K)\n"); got != 2 {
		t.Errorf("%v MiB of G1", got)
	}
}

func TestAPodIsServedOnceItHasPortsAndNoGate(t *testing.T) {
	var pod claim
	if hasPorts(&pod) || hasNode(&pod) || hasStarted(&pod) {
		t.Error("a pod of which nothing is known was served")
	}
	pod.Metadata.Annotations = map[string]string{"port.portclaim.io/http": "21000"}
	if !hasPorts(&pod) {
		t.Error("a pod with ports was not served")
	}
	pod.Spec.SchedulingGates = []struct{ Name string }{{"example.com/other"}}
	if hasPorts(&pod) {
		t.Error("a pod with a gate was served")
	}
}

func TestPodsAreServedByFewWrites(t *testing.T) {
	report := Report{Pods: &Pods{Burst: &PodBurst{Writes: 2}}}
	report.promise()
	if report.met() {
		t.Error("2 writes for a pod were as good as 1.25")
	}
	var text strings.Builder
	if err := report.print(&text); err != nil || !strings.Contains(text.String(), "at once") {
		t.Errorf("%v\n%s", err, text.String())
	}
}

func TestRealNodesAreForPodsOnly(t *testing.T) {
	if _, err := readSettings([]string{"--real-nodes", "2", "--", "java"}); err == nil {
		t.Error("real nodes were started for all scenarios")
	}
	if _, err := readSettings([]string{"--real-nodes", "2", "--scenarios", "pods", "--", "java"}); err != nil {
		t.Error(err)
	}
}

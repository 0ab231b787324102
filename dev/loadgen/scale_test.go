package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// scaleBody is what a test reads of a pool's or a claim's body.
type scaleBody struct {
	Metadata struct{ Name string }
	Spec     struct {
		Ranges       []string
		PoolName     string
		NodeName     string
		Scope        string
		NodeSelector struct{ MatchLabels map[string]string }
	}
}

func readBody(t *testing.T, body []byte) scaleBody {
	t.Helper()
	var read scaleBody
	if err := json.Unmarshal(body, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

func TestPoolsOfTheSameNodesShareNoNumber(t *testing.T) {
	taken := map[int]string{}
	for _, body := range scalePools() {
		pool := readBody(t, body)
		var first, last int
		if _, err := fmt.Sscanf(pool.Spec.Ranges[0], "%d-%d", &first, &last); err != nil || last > 65_535 {
			t.Fatalf("%s: %v, %v", pool.Metadata.Name, pool.Spec.Ranges, err)
		}
		// Pools of different nodes have the same numbers.
		kind, _, _ := strings.Cut(strings.TrimPrefix(pool.Metadata.Name, "scale-"), "-")
		if kind == roomy.name || kind == busy.name {
			kind = "fill"
		} else if kind == "cluster" {
			kind = pool.Metadata.Name
		}
		for number := first; number <= last; number++ {
			if other, found := taken[number]; found && other != kind {
				t.Fatalf("%d is in a pool of %s and of %s", number, other, kind)
			}
			taken[number] = kind
		}
	}
}

func TestEveryClaimThatStaysIsOfAPoolThatHasItsNode(t *testing.T) {
	stage := scaleStage{nodes: 100, nodeClaims: 400, clusterClaims: 100}
	pools := map[string]scaleBody{}
	for _, body := range scalePools() {
		pool := readBody(t, body)
		pools[pool.Metadata.Name] = pool
	}
	scopes, perNode := map[string]int{}, map[string]int{}
	for i := range stage.present() {
		claim := readBody(t, stage.presentClaim(i))
		pool, found := pools[claim.Spec.PoolName]
		if !found {
			t.Fatalf("no pool %s", claim.Spec.PoolName)
		}
		scopes[claim.Spec.Scope]++
		if claim.Spec.Scope != "Node" {
			continue
		}
		perNode[claim.Spec.NodeName]++
		zone := scaleZone(i % stage.nodes)
		if pool.Spec.NodeSelector.MatchLabels[zoneLabel] != zone {
			t.Fatalf("pool %s does not have node %s", claim.Spec.PoolName, claim.Spec.NodeName)
		}
	}
	if scopes["Node"] != 400 || scopes["Cluster"] != 100 || len(perNode) != 100 || perNode[scaleNode(99)] != 4 {
		t.Errorf("%v, %d nodes", scopes, len(perNode))
	}
}

func TestAPoolIsFilledEvenly(t *testing.T) {
	for _, level := range []fillLevel{roomy, busy} {
		held, next := 0, scaleFirstOfFill
		for _, spec := range level.filling("node") {
			ports := spec["ports"].([]object)
			if len(ports) > portsPerClaim {
				t.Errorf("%d ports in a claim", len(ports))
			}
			for _, port := range ports {
				if port["port"] != next || port["count"].(int) >= fillBlock {
					t.Fatalf("%v, where %d comes next", port, next)
				}
				held += port["count"].(int)
				next += fillBlock
			}
		}
		if want := scaleFillNumbers * level.percent / 100; held != want || next != scaleFirstOfFill+scaleFillNumbers {
			t.Errorf("%s: %d of %d numbers up to %d", level.name, held, want, next)
		}
		if free := scaleFillNumbers - held; free < fillClaims {
			t.Errorf("%s: %d claims for %d free numbers", level.name, fillClaims, free)
		}
	}
}

func TestEveryRoundHasNodesThatNoOtherHas(t *testing.T) {
	seen := map[string]bool{}
	for round := range fillRounds {
		for _, level := range []fillLevel{roomy, busy} {
			node := level.node(round)
			var i int
			if _, err := fmt.Sscanf(node, "scale-%d", &i); err != nil {
				t.Fatal(err)
			}
			if made, filled := filledAs(i); !filled || made != level || seen[node] {
				t.Errorf("round %d of %s is on %s, which is %v", round, level.name, node, made)
			}
			seen[node] = true
		}
	}
	if _, filled := filledAs(2 * fillRounds); filled {
		t.Error("a node is filled that no round has")
	}
}

const scaleScrape = `apiserver_request_total{code="200",dry_run="",group="portclaim.io",resource="portclaims",subresource="status",verb="PUT"} 4
apiserver_request_total{code="201",dry_run="",group="",resource="configmaps",subresource="",verb="POST"} 3
apiserver_request_total{code="201",dry_run="",group="",resource="events",subresource="",verb="POST"} 1
apiserver_request_total{code="200",dry_run="",group="portclaim.io",resource="portpools",subresource="status",verb="PUT"} 2
apiserver_request_total{code="200",dry_run="",group="portclaim.io",resource="portclaims",subresource="",verb="LIST"} 9
apiserver_request_total{code="201",dry_run="",group="",resource="nodes",subresource="",verb="POST"} 40
apiserver_request_total{code="200",dry_run="",group="coordination.k8s.io",resource="leases",subresource="",verb="PATCH"} 7
`

func TestCountsWhatTheOperatorWritesBesideChangedNodes(t *testing.T) {
	writes := operatorWrites(parseSeries([]byte(scaleScrape), "apiserver_request_total{"))
	want := "3 configmaps POST, 1 events POST, 4 portclaims/status PUT, 2 portpools/status PUT"
	if text := requestsText(writes); text != want {
		t.Errorf("%s, not %s", text, want)
	}
	if claims := claimWrites(writes); claims != 7 {
		t.Errorf("%v writes of claims", claims)
	}
}

func TestCountsWhatIsCoolingInAllPools(t *testing.T) {
	series := Series{`portclaim_pool_slots_cooling{pool="a"}`: 2, `portclaim_pool_slots_cooling{pool="b"}`: 3, `portclaim_pool_slots{pool="b"}`: 9}
	if slots := coolingSlots(series); slots != 5 {
		t.Errorf("%v slots", slots)
	}
}

func TestReadsHowLongATakeOverTook(t *testing.T) {
	seconds, err := takeOverSeconds("taken over; 15000 claims found, 15000 hold ports, 0 pods hold ports, 0 decisions to publish, 3 releases blocked or cooling, in 4500 ms")
	if err != nil || seconds != 4.5 {
		t.Errorf("%v, %v", seconds, err)
	}
	if _, err := takeOverSeconds(""); err == nil {
		t.Error("a take-over was read from nothing")
	}
}

func TestALineOfTheLogIsReadOnceItIsWhole(t *testing.T) {
	log := "INFO TakeOver - PortLedger cluster: taken over; 3 claims found, in 40 ms"
	if line := lineWith(log, "taken over;"); line != "" {
		t.Errorf("half a line was read: %s", line)
	}
	if line := lineWith("INFO starts\n"+log+"\nINFO more\n", "taken over;"); line != "taken over; 3 claims found, in 40 ms" {
		t.Errorf("%s", line)
	}
}

// keptScale has all figures at what they must be.
func keptScale() *Scale {
	none := Span{Cores: 0.1, Requests: Requests{}}
	idle, label, join, ranges := none, none, none, none
	join.Requests = Requests{"portpools/status PUT": 5}
	return &Scale{
		Nodes: 5000, NodeClaims: 800, ClusterClaims: 200, FewClaims: 100, ListSeconds: 2,
		Bare:  &ScaleStart{ReadySeconds: Spread{Median: 2}},
		Empty: &ScaleStart{ReadySeconds: Spread{Median: 2.5}, RSSMiB: 100},
		Full:  &ScaleStart{TakeOverSeconds: 4, CPUSeconds: 0.4, RSSMiB: 105, Requests: Requests{"portledgers PATCH": 2}},
		Idle:  &idle, Label: &label, Join: &join, Range: &ranges,
		Wide: &Wide{Nodes: 500, Claims: 20, First: Requests{"portledgers PATCH": 1, "configmaps POST": 1, "portclaims/status PUT": 1},
			Joined: Requests{"configmaps PUT": 20, "portclaims/status PUT": 20, "portledgers PATCH": 2}, JoinedOther: Requests{"portpools/status PUT": 9}},
		Few:       &ScaleRates{Floors: []FloorRound{{PerSecond: 200}, {PerSecond: 200}}, Drains: []Drain{{Work: Work{PerSecond: 100}}}},
		All:       &ScaleRates{Floors: []FloorRound{{PerSecond: 200}, {PerSecond: 200}}, Drains: []Drain{{Work: Work{PerSecond: 90}}}},
		Filled:    &Filled{Roomy: []Drain{{Work: Work{PerSecond: 100}}}, Busy: []Drain{{Work: Work{PerSecond: 95}}}},
		Paced:     &Paced{ReadyP99: 0.05, FloorP99: 0.02},
		Failovers: &Failovers{LeaseSeconds: 15, Killed: []float64{18}, Stopped: []float64{1.5}},
	}
}

func TestScaleIsHeldAgainstWhatItMustBe(t *testing.T) {
	rows := keptScale().rows()
	if len(rows) != 21 {
		t.Errorf("%d rows", len(rows))
	}
	for _, row := range rows {
		if !row.keepsMust() {
			t.Errorf("%s: %v", row.what, row.value)
		}
	}
	slow := keptScale()
	slow.All.Drains[0].PerSecond, slow.Label.Cores = 50, 0.2
	var missed []string
	for _, row := range slow.rows() {
		if !row.keepsMust() {
			missed = append(missed, row.what)
		}
	}
	if len(missed) != 3 || !strings.Contains(missed[0], "label") || !strings.Contains(missed[1], "rate with all") {
		t.Errorf("%q", missed)
	}
}

func TestOnlyCountsOfScaleArePromised(t *testing.T) {
	slow := keptScale()
	slow.Full.TakeOverSeconds, slow.Join.Cores = 1000, 2
	report := Report{Scale: slow}
	report.promise()
	if len(report.Promises) != 8 || !report.met() {
		t.Errorf("%+v", report.Promises)
	}
	for name, change := range map[string]func(*Scale){
		"idle":    func(s *Scale) { s.Idle.Requests = Requests{"portledgers PATCH": 1} },
		"label":   func(s *Scale) { s.Label.Requests = Requests{"portpools/status PUT": 1} },
		"join":    func(s *Scale) { s.Join.Requests["portclaims/status PUT"] = 1 },
		"range":   func(s *Scale) { s.Range.Requests = Requests{"configmaps PUT": 1} },
		"wide":    func(s *Scale) { s.Wide.First["events POST"] = 4 },
		"joined":  func(s *Scale) { s.Wide.Joined["portclaims/status PUT"] = 21 },
		"cluster": func(s *Scale) { s.Wide.JoinedOther["portledgers PATCH"] = 1 },
		"restart": func(s *Scale) { s.Full.Requests["portclaims/status PUT"] = 1 },
	} {
		scale := keptScale()
		change(scale)
		report := Report{Scale: scale}
		report.promise()
		broken := slices.DeleteFunc(report.Promises, Promise.kept)
		if len(broken) != 1 {
			t.Errorf("%s: %+v", name, broken)
		}
	}
}

func TestAReportShowsScale(t *testing.T) {
	for _, scale := range []*Scale{keptScale(), {Nodes: 100}} {
		report := Report{Scale: scale}
		var text strings.Builder
		if err := report.print(&text); err != nil || !strings.Contains(text.String(), "SCALE, AS RATIOS") {
			t.Errorf("%v\n%s", err, text.String())
		}
	}
}

func TestScaleIsMeasuredAlone(t *testing.T) {
	for _, arguments := range []string{
		"--scenarios scale", "--scenarios scale --nodes 10 --node-claims 20000", "--quick", "--quick --scenarios scale", "--scenarios scale --cluster-claims 22000",
	} {
		s, err := readSettings(append(strings.Fields(arguments), "--", "java"))
		if err != nil || !s.has(scaleScenario) || s.timeout != 3*time.Hour {
			t.Errorf("%s: %v, %v", arguments, err, s.timeout)
		}
	}
	for _, arguments := range []string{
		"--scenarios backlog,scale", "--scenarios scale --nodes 9", "--scenarios scale --cluster-claims 22001", "--scenarios scale --node-claims 0",
		"--scenarios scale --nodes 10 --node-claims 20001", "--scenarios scale --rounds 10 --claims 1500",
	} {
		if _, err := readSettings(append(strings.Fields(arguments), "--", "java")); err == nil {
			t.Errorf("%s was taken", arguments)
		}
	}
	s, err := readSettings([]string{"--", "java"})
	if err != nil || s.has(scaleScenario) || s.timeout != 45*time.Minute {
		t.Errorf("by default: %v, %v, %v", s.scenarios, s.timeout, err)
	}
}

func TestChangesKeepTheirPace(t *testing.T) {
	begin := time.Now()
	var made []int
	err := repeat(context.Background(), 3, 6, func(i int) error {
		made = append(made, i)
		return nil
	})
	if took := time.Since(begin); err != nil || !slices.Equal(made, []int{3, 4, 5}) || took < 3*changeInterval {
		t.Errorf("%v in %v, %v", made, took, err)
	}
}

package main

import (
	"slices"
	"testing"
)

// measuredRows are as whole runs have measured them.
func measuredRows() []BoundedRow {
	return []BoundedRow{
		{Load: "releases", Claims: 10_000, Requests: Requests{"portledgers PATCH": 766, "portpools/status PUT": 8}, LedgerMax: 147_000},
		{Load: "namespace", Claims: 5000, Requests: Requests{"portledgers PATCH": 398, "configmaps POST 403": 2, "portpools/status PUT": 4}},
		{Load: "unsatisfied", Claims: 1000, Events: 1000, Requests: Requests{"portclaims/status PUT": 1000, "portledgers PATCH": 60}},
		{Load: "limits", Claims: 200, Changes: 60, Requests: Requests{"portpools/status PUT": 12}},
		{Load: "ranges", Claims: 200, Changes: 54, Events: 200, Requests: Requests{"portclaims/status PUT": 3600, "portledgers PATCH": 238}},
		{Load: "flaps", Claims: 20, Changes: 52, Requests: Requests{"portclaims/status PUT": 132, "configmaps PUT": 20, "configmaps PUT 409": 2,
			"portledgers PATCH": 23}},
		{Load: "slow-flaps", Claims: 20, Changes: 14, Requests: Requests{"portclaims/status PUT": 280, "configmaps PUT": 20, "portledgers PATCH": 38}},
		{Load: "labels", Claims: 20, Changes: 16, Requests: Requests{"portclaims/status PUT": 320, "configmaps PUT": 20, "portledgers PATCH": 35}},
		{Load: "short-grace", Claims: 20, Changes: 10, Requests: Requests{"portclaims/status PUT": 204, "configmaps PUT": 200, "configmaps PUT 409": 1,
			"portledgers PATCH": 63}},
		{Load: "churn", Claims: 1961, Requests: Requests{"portclaims/status PUT": 48, "portclaims/status PUT 404": 320, "configmaps POST": 368}},
		{Load: "webhook", Claims: 229, Requests: Requests{"portclaims/status PUT": 229, "configmaps POST": 229, "configmaps POST 409": 3}},
		{Load: "refusing", Claims: 200, Requests: Requests{"portclaims/status PUT": 200, "portclaims/status PUT 429": 339, "configmaps POST": 200,
			"configmaps POST 429": 859}},
	}
}

func metWith(rows ...BoundedRow) bool {
	report := Report{Bounded: &Bounded{Rows: rows}}
	report.promise()
	return report.met()
}

func TestWhatWasMeasuredKeepsThePromises(t *testing.T) {
	if !metWith(measuredRows()...) {
		t.Error("a promise is broken")
	}
	for _, load := range boundedLoads {
		if len(boundedCounts[load.name]) == 0 {
			t.Errorf("nothing is promised for %s", load.name)
		}
	}
}

func TestALoadThatCostsTooMuchBreaksAPromise(t *testing.T) {
	for _, bad := range []struct {
		load, request string
		count         float64
	}{
		{"releases", "portledgers PATCH", 1100},
		{"releases", "portclaims/status PUT 404", 1},
		{"namespace", "portledgers PATCH", 1000},
		{"namespace", "configmaps POST 403", 9172},
		{"unsatisfied", "portclaims/status PUT", 1200},
		{"unsatisfied", "configmaps POST", 1},
		{"limits", "portclaims/status PUT", 200},
		{"limits", "portpools/status PUT", 61},
		{"ranges", "portclaims/status PUT", 11_881},
		{"ranges", "configmaps PUT", 1},
		{"flaps", "portclaims/status PUT", 1145},
		{"slow-flaps", "configmaps PUT", 40},
		{"labels", "portledgers PATCH", 320},
		{"short-grace", "portclaims/status PUT", 400},
		{"short-grace", "configmaps PUT", 400},
		{"churn", "portclaims/status PUT 404", 5500},
		{"webhook", "configmaps POST 500", 400},
		{"webhook", "portclaims/status PUT", 300},
		{"refusing", "portclaims/status PUT", 300},
		{"refusing", "configmaps POST 429", 6000},
	} {
		rows := measuredRows()
		row := &rows[slices.IndexFunc(rows, func(row BoundedRow) bool { return row.Load == bad.load })]
		row.Requests[bad.request] = bad.count
		if metWith(rows...) {
			t.Errorf("%s: %.0f %s were as good as promised", bad.load, bad.count, bad.request)
		}
	}
}

func TestMoreEventsThanClaimsBreakAPromise(t *testing.T) {
	for load, events := range map[string]int{"unsatisfied": 1101, "ranges": 400, "labels": 1, "webhook": 252} {
		rows := measuredRows()
		rows[slices.IndexFunc(rows, func(row BoundedRow) bool { return row.Load == load })].Events = events
		if metWith(rows...) {
			t.Errorf("%s: %d events were as good as promised", load, events)
		}
	}
}

func TestWhatMustNeverBeBreaksAPromise(t *testing.T) {
	for _, row := range []BoundedRow{{WithoutPorts: 1}, {Doubled: 1}, {Moved: 1}, {LedgerMax: 500_001}} {
		if metWith(row, BoundedRow{}) {
			t.Errorf("%+v was as good as promised", row)
		}
	}
}

func TestTwoHoldersOfANumberAreFound(t *testing.T) {
	everywhere := func(number int) held { return held{ports: map[place]int{{"", "http"}: number}} }
	on := func(node string, number int) held { return held{ports: map[place]int{{node, "http"}: number}} }
	for _, c := range []struct {
		claims []held
		want   int
	}{
		{[]held{everywhere(1), everywhere(2), on("a", 3), on("b", 3)}, 0},
		{[]held{everywhere(1), everywhere(1)}, 1},
		{[]held{on("a", 3), on("a", 3), on("a", 3)}, 2},
		{[]held{everywhere(3), on("a", 3)}, 1},
	} {
		if got := doubled(c.claims); got != c.want {
			t.Errorf("%v: %d, not %d", c.claims, got, c.want)
		}
	}
}

func TestANumberThatChangedIsFound(t *testing.T) {
	claim := func(uid, node string, number int) held {
		return held{uid: uid, ports: map[place]int{{node, "http"}: number}}
	}
	before := []held{claim("a", "", 1), claim("b", "node", 2), claim("c", "gone", 3)}
	// A claim that is new, a node that is new, and one that was taken off.
	if got := moved(before, []held{claim("a", "", 1), claim("b", "new", 9), claim("d", "", 4)}); got != 0 {
		t.Errorf("%d moved", got)
	}
	if got := moved(before, []held{claim("a", "", 9), claim("b", "node", 8)}); got != 2 {
		t.Errorf("%d moved, not 2", got)
	}
}

func TestAClaimIsServedOnceItIsBoundAndHasPorts(t *testing.T) {
	var claim heldClaim
	claim.Status.Phase = "Bound"
	if got := withoutPorts([]held{claim.held()}); got != 1 {
		t.Errorf("%d without ports, not 1", got)
	}
	claim.Spec.PoolName = fullPoolName
	if got := withoutPorts([]held{claim.held()}); got != 0 {
		t.Errorf("%d that can't be satisfied count as lost", got)
	}
	claim.Spec.PoolName, claim.Status.Ports = poolName, []heldPort{{"http", 21000}}
	if got := withoutPorts([]held{claim.held()}); got != 0 {
		t.Errorf("%d with a port count as lost", got)
	}
	claim.Status.Phase = "Pending"
	if got := withoutPorts([]held{claim.held()}); got != 1 {
		t.Errorf("%d without ports, not 1", got)
	}
}

func TestOutsideIsBoundAndReadyWithAReason(t *testing.T) {
	var c claim
	c.Status.Phase = "Bound"
	c.Status.Conditions = []condition{{"Ready", "True", "Assigned"}, {"Usable", "False", "OutsidePool"}}
	if !isOutside(&c) {
		t.Error("it is outside")
	}
	c.Status.Conditions[1].Reason = "InEphemeralRange"
	if isOutside(&c) {
		t.Error("it has another reason")
	}
}

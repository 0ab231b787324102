package main

import "fmt"

// scaleRow is a figure with what it must be and what it should be: at least
// where less is worse, else at most.
type scaleRow struct {
	what      string
	value     float64
	must, aim float64
	isLeast   bool
	digits    int
}

func (r scaleRow) keepsMust() bool {
	if r.isLeast {
		return r.value >= r.must
	}
	return r.value <= r.must
}

func (r scaleRow) cells() []string {
	verdict := ""
	if !r.keepsMust() {
		verdict = "missed"
	}
	return []string{r.what, decimal(r.value, r.digits), trim(r.must), trim(r.aim), verdict}
}

// rows are the figures that were measured.
func (r *Scale) rows() []scaleRow {
	var rows []scaleRow
	for _, some := range [][]scaleRow{r.changeRows(), r.startRows(), r.rateRows(), r.failoverRows(), r.writeRows()} {
		rows = append(rows, some...)
	}
	return rows
}

func (r *Scale) changeRows() []scaleRow {
	if r.Idle == nil || r.Label == nil || r.Join == nil || r.Range == nil {
		return nil
	}
	return []scaleRow{
		{what: "a node's label changes twice a second: operator's cores beyond idle", value: r.Label.beyond(*r.Idle), must: 0.05, aim: 0.01, digits: 3},
		{what: "a node joins twice a second: cores beyond idle", value: r.Join.beyond(*r.Idle), must: 0.05, aim: 0.02, digits: 3},
		{what: "a node's ephemeral range changes twice a second: cores beyond idle", value: r.Range.beyond(*r.Idle), must: 0.1, aim: 0.05, digits: 3},
	}
}

func (r *Scale) startRows() []scaleRow {
	var rows []scaleRow
	if r.Full != nil && r.ListSeconds > 0 {
		rows = append(rows,
			scaleRow{what: "restart: list and take-over / paged LIST of claims and ConfigMaps", value: r.Full.TakeOverSeconds / r.ListSeconds, must: 2, aim: 1.2, digits: 2},
			scaleRow{what: "restart: operator's CPU until calm, ms a claim", value: r.Full.CPUSeconds * 1000 / float64(r.claims()), must: 0.5, aim: 0.25, digits: 2})
	}
	if r.Full != nil && r.Empty != nil {
		rows = append(rows, scaleRow{what: "resident memory beyond that without claims, kB a claim",
			value: (r.Full.RSSMiB - r.Empty.RSSMiB) * 1024 / float64(r.claims()), must: 6, aim: 3, digits: 1})
	}
	if r.Bare != nil && r.Empty != nil {
		rows = append(rows, scaleRow{what: "start to serving without claims: with all nodes / with three",
			value: r.Empty.ReadySeconds.Median / r.Bare.ReadySeconds.Median, must: 1.3, aim: 1.1, digits: 2})
	}
	return rows
}

func (r *Scale) rateRows() []scaleRow {
	var rows []scaleRow
	if r.Few != nil && r.All != nil {
		rows = append(rows,
			scaleRow{what: fmt.Sprintf("rate with all claims present / with %d", r.FewClaims),
				value: r.All.perSecond().Median / r.Few.perSecond().Median, must: 0.85, aim: 0.95, isLeast: true, digits: 2},
			scaleRow{what: "the same, each divided by its floor", value: r.All.ratio().Median / r.Few.ratio().Median,
				must: 0.85, aim: 0.95, isLeast: true, digits: 2})
	}
	if r.Filled != nil {
		perSecond := func(d Drain) float64 { return d.PerSecond }
		rows = append(rows, scaleRow{what: fmt.Sprintf("rate at a pool %d %% full / %d %%", busy.percent, roomy.percent),
			value: spread(r.Filled.Busy, perSecond).Median / spread(r.Filled.Roomy, perSecond).Median,
			must:  0.9, aim: 0.97, isLeast: true, digits: 2})
	}
	if r.Paced != nil {
		rows = append(rows, scaleRow{what: "created to Ready at half the rate, p99 / the floor's two writes, p99",
			value: r.Paced.ReadyP99 / r.Paced.FloorP99, must: 5, aim: 3, digits: 2})
	}
	return rows
}

func (r *Scale) failoverRows() []scaleRow {
	if r.Failovers == nil {
		return nil
	}
	return []scaleRow{
		{what: "leader killed: first new claim Ready / lease duration", value: r.Failovers.killed().Median, must: 1.3, aim: 1.1, digits: 2},
		{what: "leader stopped: first new claim Ready / lease duration", value: r.Failovers.stopped().Median, must: 0.2, aim: 0.05, digits: 2},
	}
}

// writeRows are counts, which do not depend on the machine.
func (r *Scale) writeRows() []scaleRow {
	var rows []scaleRow
	none := func(what string, writes float64) { rows = append(rows, scaleRow{what: what, value: writes}) }
	if r.Idle != nil {
		none("idle: writes other than the Lease", r.Idle.Requests.Total())
	}
	if r.Label != nil {
		none("a label that nobody reads changes: writes", r.Label.Requests.Total())
	}
	if r.Join != nil {
		none("nodes join that no claim is for: writes of claims", claimWrites(r.Join.Requests))
	}
	if r.Range != nil {
		none("ranges change beside the claims' numbers: writes of claims", claimWrites(r.Range.Requests))
	}
	if r.Wide != nil {
		rows = append(rows,
			scaleRow{what: fmt.Sprintf("a Node claim over %d nodes, all assigned: writes", r.Wide.Nodes), value: r.Wide.First.Without("portpools").Total(), must: 6, aim: 3},
			scaleRow{what: fmt.Sprintf("a node joins %d nodes of %d such claims: writes a claim", r.Wide.Nodes, r.Wide.Claims), value: r.Wide.perClaim(), must: 2, aim: 2, digits: 2})
		none(fmt.Sprintf("a node joins %d Cluster claims: writes of claims", r.ClusterClaims), claimWrites(r.Wide.JoinedOther))
	}
	if r.Full != nil {
		none("restart: writes other than Lease and ledger", r.Full.Requests.Without("portledgers").Total())
	}
	return rows
}

// claimWrites are those for claims. That a node joins is an event of the
// controller manager's, and changes the statuses of pools.
func claimWrites(requests Requests) float64 { return requests.Without("portpools", "events").Total() }

func (r *Report) printScale(row func(...string)) {
	s := r.Scale
	if s == nil {
		return
	}
	row("SCALE", fmt.Sprintf("%d nodes, %d claims of scope Node, %d of scope Cluster", s.Nodes, s.NodeClaims, s.ClusterClaims))
	s.printStarts(row)
	s.printRates(row)
	if s.PresentPerSecond > 0 {
		row("making and serving the claims, claims/s", whole(s.PresentPerSecond))
	}
	for _, span := range []struct {
		what string
		of   *Span
	}{{"idle", s.Idle}, {"a label changes", s.Label}, {"nodes join", s.Join}, {"ranges change", s.Range}} {
		if span.of != nil {
			row(span.what+fmt.Sprintf(", %.0f s: operator's cores, requests", span.of.Seconds), three(span.of.Cores)+", "+requestsText(span.of.Requests))
		}
	}
	if w := s.Wide; w != nil {
		row(fmt.Sprintf("a claim over %d nodes: requests", w.Nodes), requestsText(w.First))
		row(fmt.Sprintf("a node joins %d of them: requests", w.Claims), requestsText(w.Joined))
		row("a node joins Cluster claims: requests", requestsText(w.JoinedOther))
	}
	row("")
	row("SCALE, AS RATIOS AND COUNTS", "measured", "must", "aim", "")
	for _, figure := range s.rows() {
		row(figure.cells()...)
	}
	row("")
}

func (s *Scale) printStarts(row func(...string)) {
	for _, start := range []struct {
		what string
		of   *ScaleStart
	}{{"start with three nodes", s.Bare}, {"start with all nodes", s.Empty}, {"start with all nodes and claims", s.Full}} {
		if f := start.of; f != nil {
			row(start.what+": to serving, s; CPU until calm, s", f.ReadySeconds.text(2)+"; "+two(f.CPUSeconds))
			if f.RSSMiB > 0 {
				row("  resident memory and heap after a full collection, peak, MiB", whole(f.RSSMiB)+", "+one(f.HeapMiB)+", "+whole(f.PeakMiB))
			}
		}
	}
	if f := s.Full; f != nil {
		row("  list and take-over, and a paged LIST by the load generator, s", two(f.TakeOverSeconds)+", "+two(s.ListSeconds))
		row("  requests", requestsText(f.Requests))
	}
}

func (s *Scale) printRates(row func(...string)) {
	for _, rates := range []struct {
		what string
		of   *ScaleRates
	}{{fmt.Sprintf("with %d claims", s.FewClaims), s.Few}, {"with all claims", s.All}} {
		if of := rates.of; of != nil {
			row(rates.what+": claims/s; ratio to the floor; operator's CPU ms a claim",
				of.perSecond().text(0)+"; "+of.ratio().text(2)+"; "+of.operatorCPU().text(2))
		}
	}
	if f := s.Filled; f != nil {
		cpu := func(d Drain) float64 { return d.CPUMillis.Operator }
		row("pool nearly empty, and nearly full: operator's CPU ms a claim", spread(f.Roomy, cpu).text(2)+"; "+spread(f.Busy, cpu).text(2))
	}
	for _, p := range []*Paced{s.Paced, s.Slower} {
		if p == nil {
			continue
		}
		row(fmt.Sprintf("%.0f claims a second: operator's cores; created to Ready: p50 and p99, s", p.PerSecond), two(p.Cores)+"; "+three(p.ReadyP50)+", "+three(p.ReadyP99))
		row("  the floor's two writes at that pace: p50 and p99, s", three(p.FloorP50)+", "+three(p.FloorP99))
		row("  cores of everything; claims in a ledger write, and its time, ms", two(p.AllCores)+"; "+one(p.Batch)+", "+one(p.CommitMillis))
	}
	if f := s.Failovers; f != nil {
		itself := func(value float64) float64 { return value }
		row("leader killed, and stopped: until a new claim is Ready, s", spread(f.Killed, itself).text(1)+"; "+spread(f.Stopped, itself).text(1))
	}
}

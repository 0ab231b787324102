package main

import "strings"

// boundedCount is a count of a load that depends on no time and no machine.
type boundedCount struct {
	what  string
	most  func(claims, changes float64) float64
	value func(BoundedRow) float64
}

const (
	// Beyond that, the ledger takes no decision; it never gets there.
	ledgerRefusesAt = 500_000
	// One commit follows the other while claims go, with those that went meanwhile:
	// of 100 claims that a namespace took along, 45 had one of their own.
	fewCommits = 100
	// The creates under way when the first is refused, one for each worker that a
	// namespace may have: 2 of 5,000 claims were, and 41 of 1,000 on a busy machine.
	workersOfANamespace = 64
	// Commits are shared by claims that come together: 20 claims took 3 of them for a
	// change, and 6 on a machine under a load of 48.
	commitsOfAClaim = 0.5
	// A tenth more, for what is written again after a conflict, or because the answer
	// got lost.
	conflicts = 1.1
)

var (
	claimStatuses = of("portclaims/status")
	claimMaps     = of("configmaps")
	ledgerWrites  = of("portledgers")
	poolStatuses  = of("portpools/status")
	events        = func(r BoundedRow) float64 { return float64(r.Events) }

	none          = func(_, _ float64) float64 { return 0 }
	aClaim        = func(most float64) func(_, _ float64) float64 { return func(n, _ float64) float64 { return most * n } }
	aChange       = func(most float64) func(_, _ float64) float64 { return func(_, n float64) float64 { return most * n } }
	aClaimAndEach = func(most float64) func(_, _ float64) float64 {
		return func(n, m float64) float64 { return most * n * m }
	}
	releasesLedger = func(n, _ float64) float64 { return max(fewCommits, n/10) }
)

// boundedCounts must hold for each load; the measured values are those of whole
// runs, in docs/performance.md.
var boundedCounts = map[string][]boundedCount{
	"releases": {
		// 774 for 10,000.
		{"ledger writes", releasesLedger, ledgerWrites},
		{"statuses and ConfigMaps of claims that are gone", none, sum(claimStatuses, claimMaps)},
	},
	"namespace": {
		{"ledger writes", releasesLedger, ledgerWrites},
		{"ConfigMaps that were refused, as its claims outlive them", func(_, _ float64) float64 { return workersOfANamespace }, refusals("configmaps")},
	},
	"unsatisfied": {
		// One each, whatever the time.
		{"statuses", aClaim(conflicts), claimStatuses},
		{"events", aClaim(conflicts), events},
		{"ConfigMaps", none, claimMaps},
	},
	"limits": {
		{"statuses and ConfigMaps of claims that it does not concern", none, sum(claimStatuses, claimMaps)},
		{"statuses of pools", aChange(1), poolStatuses},
	},
	"ranges": {
		// Usable changes for each claim with each edit, and nothing else does.
		{"statuses", aClaimAndEach(conflicts), claimStatuses},
		{"ConfigMaps", none, claimMaps},
		{"events", aClaim(conflicts), events},
	},
	// The ports of a node are kept while it is away, so that a ConfigMap is written
	// once, half of them again after a conflict, and the status, which counts nodes,
	// for each time.
	"flaps":      flapCounts(conflicts, aClaim(1.5)),
	"slow-flaps": flapCounts(conflicts, aClaim(1.5)),
	"labels":     flapCounts(conflicts, aClaim(1.5)),
	// They are taken off some time after the node went, so by a status of its own:
	// one for each time that it comes, and two for each that it goes.
	"short-grace":   flapCounts(1.5*conflicts, aClaimAndEach(conflicts)),
	"churn":         churnCounts,
	"limited-churn": churnCounts,
	"webhook": {
		{"statuses", aClaim(conflicts), claimStatuses},
		// A create whose answer comes too late is sent again.
		{"ConfigMaps", aClaim(2), claimMaps},
		{"events", aClaim(conflicts), events},
	},
	"refusing": {
		{"statuses that were written", aClaim(conflicts), written("portclaims/status")},
		{"ConfigMaps that were written", aClaim(conflicts), written("configmaps")},
		// The pause before another try doubles up to 30 s: 7 a claim in a minute.
		{"refused requests", aClaim(30), BoundedRow.refused},
	},
}

// churnCounts are as for a single claim; what is refused is for claims that are
// gone, and is not tried again.
var churnCounts = []boundedCount{{"writes", aClaim(3), BoundedRow.writes}}

func flapCounts(statuses float64, maps func(_, _ float64) float64) []boundedCount {
	return []boundedCount{
		{"statuses", aClaimAndEach(statuses), claimStatuses},
		{"ConfigMaps", maps, claimMaps},
		{"ledger writes", aClaimAndEach(commitsOfAClaim), ledgerWrites},
		{"events", none, events},
	}
}

// promises are the counts of each load, and what must never be in any of them.
func (b *Bounded) promises() []Promise {
	var all []Promise
	never := []Promise{
		{What: "bounded: claims without ports once all is calm"},
		{What: "bounded: numbers with two holders"},
		{What: "bounded: published numbers that changed"},
		{What: "bounded: bytes of the ledger", Most: ledgerRefusesAt},
	}
	for _, row := range b.Rows {
		for _, count := range boundedCounts[row.Load] {
			most := count.most(float64(row.Claims), float64(row.Changes))
			all = append(all, Promise{"bounded: " + row.Load + ": " + count.what, most, count.value(row)})
		}
		never[0].Value += float64(row.WithoutPorts)
		never[1].Value += float64(row.Doubled)
		never[2].Value += float64(row.Moved)
		never[3].Value = max(never[3].Value, float64(row.LedgerMax))
	}
	return append(all, never...)
}

// requestsOf sums those whose words the condition picks.
func requestsOf(wanted func(words []string) bool) func(BoundedRow) float64 {
	return func(r BoundedRow) float64 {
		var total float64
		for request, count := range r.Requests {
			if wanted(strings.Fields(request)) {
				total += count
			}
		}
		return total
	}
}

// The third word of a request is the code of a refusal.

func of(resource string) func(BoundedRow) float64 {
	return requestsOf(func(words []string) bool { return words[0] == resource })
}

func refusals(resource string) func(BoundedRow) float64 {
	return requestsOf(func(words []string) bool { return words[0] == resource && len(words) == 3 })
}

func written(resource string) func(BoundedRow) float64 {
	return requestsOf(func(words []string) bool { return words[0] == resource && len(words) == 2 })
}

func sum(parts ...func(BoundedRow) float64) func(BoundedRow) float64 {
	return func(r BoundedRow) float64 {
		var total float64
		for _, part := range parts {
			total += part(r)
		}
		return total
	}
}

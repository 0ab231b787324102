package main

import (
	"math/rand/v2"
	"net/http"
	"time"
)

// theScripts are those of the rows that have a run at each write.
var theScripts = []*Script{claimScript, podScript}

var allRows = []Row{
	{fault: "the operator dies before a write is sent, at each", scripts: theScripts, quick: 2, play: crashBefore},
	{fault: "the operator dies after a write, the answer lost, at each", scripts: theScripts, quick: 2, play: crashAfter},
	{fault: "the operator dies and its last write arrives after the successor's work, at each", scripts: theScripts, quick: 1, play: lateWrite},
	{fault: "the operator is stopped (SIGSTOP) at a write beyond its lease, at each; then it resumes and the write arrives", scripts: theScripts, quick: 1, play: zombie},
	{fault: "leaders are killed (SIGKILL)", runs: 3, play: underLoad(killed)},
	{fault: "rolling restart (SIGTERM)", runs: 2, play: underLoad(rolled)},
	{fault: "leaders are stopped (SIGSTOP) beyond the lease and resume", runs: 3, play: underLoad(stopped)},
	{fault: "a second install with another Lease; the first stopped, resumed, the second killed", runs: 2, play: underLoad(twoInstalls)},
	{fault: "the answer of each fourth write is lost", runs: 2, quick: 1, play: every(4, "answers lost", func(*rand.Rand) *Fault { return &Fault{Lose: true} })},
	{fault: "each fourth write is dropped", runs: 2, play: every(4, "dropped", func(*rand.Rand) *Fault { return &Fault{Drop: true} })},
	{fault: "each third write arrives twice", runs: 2, play: every(3, "duplicates", func(*rand.Rand) *Fault { return &Fault{Duplicate: true} })},
	{fault: "each third write is answered 429, 500 or 503", runs: 2, play: every(3, "refused", func(r *rand.Rand) *Fault {
		return &Fault{Status: []int{http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable}[r.IntN(3)]}
	})},
	{fault: "writes are delayed, up to 1.5 s", runs: 2, play: every(2, "delayed", func(r *rand.Rand) *Fault {
		return &Fault{Delay: time.Duration(r.IntN(1500)) * time.Millisecond}
	})},
	{fault: "all watches are cut every second", runs: 2, play: underLoad(watchesCut)},
	{fault: "the watches of each kind are silent for 3 s", runs: 2, play: underLoad(watchesFrozen)},
	{fault: "a standby takes over whose watches of claims and ConfigMaps are silent", runs: 2, quick: 1, play: underLoad(staleStandby)},
	{fault: "the leader's Lease requests are dropped, and nothing else", runs: 2, play: underLoad(leaseCut)},
	{fault: "nothing of the leader passes for longer than its lease", runs: 2, play: underLoad(partitioned)},
	{fault: "operators start with lists and watches of a stale API server, writing to the other", runs: 2, play: underLoad(timeTravel)},
	{fault: "operators move to an API server whose etcd connection is frozen for 12 s", runs: 2, play: underLoad(staleServer)},
	{fault: "the standby's clock is 30 s ahead or behind", runs: 2, play: underLoad(skewed)},
	{fault: "the Lease is deleted", runs: 2, play: underLoad(deletedLease)},
	{fault: "the tokens of the operators become invalid; new ones come 20 s later", runs: 2, play: underLoad(tokensRotated)},
	{fault: "every server gets a new certificate", runs: 1, play: underLoad(certificatesRotated)},
	{fault: "the operators' temporary folder is full", runs: 1, possible: canMount, play: underLoad(diskFull)},
	{fault: "helm upgrade and helm rollback, with rolling restarts", runs: 1, play: underLoad(upgraded)},
	{fault: "the API servers are killed in turn", runs: 2, play: underLoad(serversKilled)},
	{fault: "no API server answers for 3 minutes", runs: 1, play: underLoad(outage(3 * time.Minute))},
	{fault: "etcd is killed", runs: 2, play: underLoad(etcdKilled)},
	{fault: "etcd is stopped for 15 s", runs: 2, play: underLoad(etcdStopped)},
	{fault: "etcd is compacted while all watches are silent, and the API server restarts", runs: 2, fresh: true, play: underLoad(compacted)},
	{fault: "etcd is full (NOSPACE) for 10 s", runs: 1, fresh: true, play: underLoad(noSpace)},
	{fault: "etcd is restored to an earlier state, revisions come again", runs: 4, fresh: true, play: restored(false)},
	{fault: "etcd is restored to an earlier state, with a revision bump", runs: 4, fresh: true, play: restored(true)},
	{fault: "the ledger is deleted", runs: 2, fresh: true, play: underLoad(ledgerDeleted)},
	{fault: "the ledger is edited", runs: 2, fresh: true, play: underLoad(ledgerEdited)},
	{fault: "the CRDs are deleted and made again", runs: 2, fresh: true, play: underLoad(crdsDeleted)},
	{fault: "every request is answered 429 for 15 s, but those for the Lease", runs: 2, play: underLoad(refused)},
	{fault: "the operator dies, and its successor too, before a write of its take-over is sent, at each", scripts: []*Script{takeOverScript}, quick: 1, play: crashBefore},
	{fault: "the operator dies, and its successor too, after a write of its take-over, the answer lost, at each", scripts: []*Script{takeOverScript}, quick: 1, play: crashAfter},
}

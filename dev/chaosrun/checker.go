package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Checker judges a recording, revision by revision. It knows what ConfigMaps and
// statuses mean to their readers, and nothing of how the operator decides.
type Checker struct {
	cooldown   time.Duration
	violations []string
	judged     int
	published  int
	decided    int            // decisions in the ledger's revisions
	mostWrites map[string]int // of one object for one generation of its claim, by kind
	// ledgerLost is for rows that delete the ledger. Then nobody knows what cools,
	// or whose a ConfigMap is that has no claim: tooSoon counts numbers that were
	// published before their cooldown was over, orphaned those that such a
	// ConfigMap names too, or still names at the end.
	ledgerLost        bool
	tooSoon, orphaned int

	world world
}

// mostCreations is how often the ConfigMap of one claim may be created: users
// here delete none, so more than one is a race with the garbage collector.
const mostCreations = 5

// world is what is so at one revision.
type world struct {
	epoch  int
	claims map[string]*trackedClaim // by key
	uids   map[string]*trackedClaim // of claims that are there
	maps   map[string]*trackedMap   // by key
	pods   map[string]*trackedPod   // by key
	// ofPods are claims of scope Pod, by UID. Their ConfigMaps list what pods have, a
	// while later and for observers only.
	ofPods map[string]bool
	// created counts the ConfigMaps of each claim, by UID: each is made once, and
	// not again and again beside somebody who deletes it.
	created map[string]int
	// declared is what pods of claims' processes declare, planted the ConfigMaps that are not the operator's.
	declared map[string]*declaration
	planted  map[string]bool
	// says is what each object publishes.
	says map[string]holding // by kind/key
	// last is who published a slot last, for those that nobody publishes now.
	last map[Slot][]past
}

type trackedClaim struct {
	claim Claim
	// specs are those of each generation.
	specs map[int64]ClaimSpec
	// shown is what a reader has last seen of each port, in the status or in the ConfigMap.
	shown Published
	// oldest is the generation that what is shown may be of.
	oldest int64
	// statuses and maps are how often its status and its ConfigMap were written.
	statuses, maps writes
}

type trackedMap struct {
	object    Map
	published Published
}

func newChecker(cooldown time.Duration) *Checker {
	return &Checker{cooldown: cooldown, world: newWorld(0), mostWrites: map[string]int{}}
}

func newWorld(epoch int) world {
	return world{epoch, map[string]*trackedClaim{}, map[string]*trackedClaim{}, map[string]*trackedMap{}, map[string]*trackedPod{},
		map[string]bool{}, map[string]int{}, map[string]*declaration{}, map[string]bool{}, map[string]holding{}, map[Slot][]past{}}
}

func (c *Checker) judge(events []Event) {
	for i := range events {
		event := &events[i]
		if event.Epoch != c.world.epoch {
			c.world = newWorld(event.Epoch)
		}
		c.judged++
		kind, key, _ := strings.Cut(event.Key, "/")
		switch kind {
		case "portclaims":
			c.judgeClaim(event, key)
		case "configmaps":
			if !c.isPlanted(event, key) {
				c.judgeMap(event, key)
			}
		case "pods":
			c.judgeDeclaring(event, key)
			c.judgePod(event, key)
		case "portledgers":
			c.judgeLedger(event)
		}
	}
}

func (c *Checker) violation(event *Event, format string, arguments ...any) {
	c.violations = append(c.violations,
		fmt.Sprintf("epoch %d, revision %d, %s: ", event.Epoch, event.Revision, event.Key)+fmt.Sprintf(format, arguments...))
}

func (c *Checker) judgeClaim(event *Event, key string) {
	if len(event.Object) == 0 {
		if gone := c.world.claims[key]; gone != nil {
			delete(c.world.uids, gone.claim.Metadata.UID)
		}
		delete(c.world.claims, key)
		c.say(event, key, Published{})
		return
	}
	var claim Claim
	if err := json.Unmarshal(event.Object, &claim); err != nil {
		c.violation(event, "not a claim: %v", err)
		return
	}
	tracked := c.world.claims[key]
	if tracked == nil || tracked.claim.Metadata.UID != claim.Metadata.UID {
		tracked = &trackedClaim{specs: map[int64]ClaimSpec{}, shown: Published{}, oldest: claim.Metadata.Generation}
		c.world.claims[key] = tracked
		c.world.uids[claim.Metadata.UID] = tracked
	}
	before := tracked.claim
	tracked.claim = claim
	tracked.specs[claim.Metadata.Generation] = claim.Spec
	if claim.Spec.Scope == "Pod" {
		c.world.ofPods[claim.Metadata.UID] = true
	}
	now := claim.published()
	if before.Metadata.UID != "" {
		c.stays(event, tracked, before.published(), now)
	}
	if before.Metadata.Generation == claim.Metadata.Generation {
		c.isBounded(event, &tracked.statuses, claim.Metadata.Generation, mostStatusWrites)
	}
	c.show(event, tracked, now)
	c.isWhole(event, tracked, before.published(), now)
	c.say(event, key, now)
	tracked.oldest = max(tracked.oldest, claim.Status.ObservedGeneration)
}

func (c *Checker) judgeMap(event *Event, key string) {
	before := c.world.maps[key]
	if len(event.Object) == 0 {
		delete(c.world.maps, key)
		if before != nil {
			if owner := c.world.uids[before.object.claimUID()]; owner != nil {
				c.stays(event, owner, before.published, Published{})
			}
			c.say(event, before.object.claimKey(), Published{})
		}
		return
	}
	var object Map
	if err := json.Unmarshal(event.Object, &object); err != nil {
		c.violation(event, "not a ConfigMap: %v", err)
		return
	}
	if !object.isOurs() {
		if before != nil {
			c.say(event, before.object.claimKey(), Published{})
			delete(c.world.maps, key)
		}
		return
	}
	now, err := object.published()
	if err != nil {
		c.violation(event, "it can't be read: %v", err)
		return
	}
	if c.world.ofPods[object.claimUID()] {
		now = Published{}
	}
	c.world.maps[key] = &trackedMap{object, now}
	if before == nil {
		c.world.created[object.claimUID()]++
		if c.world.created[object.claimUID()] == mostCreations+1 {
			c.violation(event, "it is created more than %d times for one claim", mostCreations)
		}
	}
	if owner := c.world.uids[object.claimUID()]; owner != nil {
		c.isBounded(event, &owner.maps, owner.claim.Metadata.Generation, mostMapWrites)
		if before != nil && before.object.claimUID() == object.claimUID() {
			c.stays(event, owner, before.published, now)
			c.isWhole(event, owner, before.published, now)
		} else {
			c.isWhole(event, owner, Published{}, now)
		}
		c.show(event, owner, now)
	}
	c.say(event, object.claimKey(), now)
}

// mayGo reports whether some spec that may be in effect does not ask for the
// block, or asks for a part of it.
func (t *trackedClaim) mayGo(place, port string, block Block) bool {
	for generation, spec := range t.specs {
		if generation >= t.oldest && !spec.asksFor(place, port, block) {
			return true
		}
	}
	return false
}

func (t *trackedClaim) mayHaveSize(port string, size int) bool {
	for generation, spec := range t.specs {
		if generation >= t.oldest-1 && spec.count(port) == size {
			return true
		}
	}
	return false
}

// stays: an object does not stop to publish what its claim asks for.
func (c *Checker) stays(event *Event, owner *trackedClaim, before, now Published) {
	for place, ports := range before {
		for port, block := range ports {
			if _, still := now[place][port]; !still && !owner.mayGo(place, port, block) {
				c.violation(event, "no longer publishes %s for port %s on %s, which its claim asks for", block, port, place)
			}
		}
	}
}

// show: a number that was seen does not change, wherever it is seen.
func (c *Checker) show(event *Event, owner *trackedClaim, now Published) {
	for place, ports := range now {
		for port, block := range ports {
			c.published++
			shown, known := owner.shown[place][port]
			moved := known && (shown.First != block.First || shown.Protocol != block.Protocol)
			resized := known && shown.Last != block.Last && !owner.mayHaveSize(port, block.Last-block.First+1)
			if (moved || resized) && !owner.mayGo(place, port, shown) {
				c.violation(event, "port %s on %s was published as %s and now is %s", port, place, shown, block)
			}
			owner.shown.add(place, port, block)
		}
	}
	if overlap := now.overlap(); overlap != "" {
		c.violation(event, "%s", overlap)
	}
	for place, ports := range owner.shown {
		for port, block := range ports {
			if _, still := now[place][port]; !still && owner.mayGo(place, port, block) {
				delete(ports, port)
			}
		}
	}
}

// isWhole: what a place gets is all that some spec asks for, not a part of it.
func (c *Checker) isWhole(event *Event, owner *trackedClaim, before, now Published) {
	for place, ports := range now {
		names := map[string]bool{}
		added := false
		for port := range ports {
			names[port] = true
			if _, had := before[place][port]; !had {
				added = true
			}
		}
		whole := false
		for _, spec := range owner.specs {
			whole = whole || maps.Equal(names, spec.names())
		}
		if added && !whole {
			c.violation(event, "%s has only the ports %v", place, slices.Sorted(maps.Keys(names)))
		}
	}
}

// atEnd: when all is calm, each claim that is served has one ConfigMap that says
// what its status says, and no ConfigMap outlives its claim.
func (c *Checker) atEnd() {
	end := &Event{Epoch: c.world.epoch, Key: "at the end"}
	served := map[string]Published{}
	for _, tracked := range c.world.maps {
		owner := c.world.uids[tracked.object.claimUID()]
		if owner == nil && c.ledgerLost {
			c.orphaned += len(tracked.published.slots())
			continue
		}
		if owner == nil {
			c.violation(end, "ConfigMap %s/%s names %v and its claim is gone",
				tracked.object.Metadata.Namespace, tracked.object.Metadata.Name, tracked.published)
			continue
		}
		served[owner.claim.Metadata.UID] = tracked.published
	}
	for key, tracked := range c.world.claims {
		said, read := tracked.claim.published(), served[tracked.claim.Metadata.UID]
		if tracked.claim.Metadata.Name == plantedClaim {
			said = Published{} // it has its numbers, and no ConfigMap to publish them
		}
		if !maps.EqualFunc(said, read, maps.Equal[map[string]Block]) {
			c.violation(end, "claim %s says %v and its ConfigMap %v", key, said, read)
		}
	}
}

package main

import "strings"

// planted is the names of ConfigMaps that are not the operator's: nobody else may write them.
var planted = map[string]bool{"settings": true, "ports": true, plantedClaim + "-ports": true}

// plantedClaim is a claim that wants a name that somebody else's ConfigMap has: it is never served.
const plantedClaim = "squatted"

const (
	// mostStatusWrites is how often the status of one generation of a claim may be written.
	mostStatusWrites = 6
	// mostMapWrites is how often a ConfigMap may be written for one generation of a claim.
	mostMapWrites = 6
)

// writes is how often something was written in one generation of a claim.
type writes struct {
	generation int64
	times      int
}

// isBounded: nothing is written again and again for one generation of a claim.
func (c *Checker) isBounded(event *Event, written *writes, generation int64, most int) {
	if written.generation != generation {
		*written = writes{generation: generation}
	}
	written.times++
	if written.times == most+1 {
		c.violation(event, "it is written more than %d times for generation %d of its claim", most, generation)
	}
	kind, _, _ := strings.Cut(event.Key, "/")
	c.mostWrites[kind] = max(c.mostWrites[kind], written.times)
}

// isPlanted reports whether a ConfigMap is one that nobody may write but who has planted it, and judges that.
func (c *Checker) isPlanted(event *Event, key string) bool {
	_, name, _ := strings.Cut(key, "/")
	if !planted[name] {
		return false
	}
	if c.world.planted[key] {
		c.violation(event, "it is written, and it is not the operator's")
	}
	c.world.planted[key] = true
	return true
}

package main

import "encoding/json"

// declaredNews is for how long a pod must have been there for an operator to know it: longer than what is needed to decide
// and publish.
const declaredNews = int64(1000)

// declaration is what a pod of a claim declares.
type declaration struct {
	claim string
	slots map[Slot]bool
	since int64 // at the latest
}

func (c *Checker) judgeDeclaring(event *Event, key string) {
	if len(event.Object) == 0 {
		delete(c.world.declared, key)
		return
	}
	var pod DeclaringPod
	if err := json.Unmarshal(event.Object, &pod); err != nil {
		c.violation(event, "not a pod: %v", err)
		return
	}
	if c.world.declared[key] == nil && pod.claim() != "" {
		c.world.declared[key] = &declaration{pod.claim(), pod.slots(), event.Before}
	}
}

// isDeclared: a number is not published for a claim while a pod of another one declares it. What is published in one of
// ConfigMap and status is decided, and comes to the other whatever happens.
func (c *Checker) isDeclared(event *Event, claim string, slot Slot) {
	for key, said := range c.world.says {
		if key != event.Key && said.claim == claim && said.slots[slot] {
			return
		}
	}
	for name, pod := range c.world.declared {
		if pod.claim == claim || event.After-pod.since < declaredNews {
			continue
		}
		for declared := range pod.slots {
			if declared.meets(slot) {
				c.violation(event, "%s is declared by pod %s of %s", slot, name, pod.claim)
			}
		}
	}
}

package main

import (
	"fmt"
	"strings"
	"time"
)

type holding struct {
	claim string // namespace and name: a claim that is created again may get the numbers of the earlier one
	slots map[Slot]bool
}

type past struct {
	claim string
	until int64 // not before this time
	where string
}

// say notes what an object publishes, and judges what it did not publish before.
func (c *Checker) say(event *Event, claim string, now Published) {
	before := c.world.says[event.Key]
	slots := now.slots()
	if before.claim != "" && before.claim != claim {
		// As if one object went and another came.
		c.end(event, before, nil)
		before = holding{}
	}
	c.world.says[event.Key] = holding{claim, slots}
	c.end(event, before, slots)
	for slot := range slots {
		if !before.slots[slot] {
			c.begin(event, claim, slot)
		}
	}
	if len(slots) == 0 {
		delete(c.world.says, event.Key)
	}
}

func (c *Checker) end(event *Event, before holding, now map[Slot]bool) {
	for slot := range before.slots {
		if !now[slot] {
			c.world.last[slot] = append(c.world.last[slot], past{before.claim, event.After, event.Key})
		}
	}
}

func (c *Checker) begin(event *Event, claim string, slot Slot) {
	others, excused := c.taken(claim, slot)
	c.orphaned += excused
	for _, other := range others {
		c.violation(event, "%s is %s", slot, other)
	}
	c.isDeclared(event, claim, slot)
	for held, ends := range c.world.last {
		if !held.meets(slot) {
			continue
		}
		for _, end := range ends {
			if gap := time.Duration(event.Before-end.until) * time.Millisecond; end.claim != claim && gap < c.cooldown {
				if c.ledgerLost {
					c.tooSoon++
					continue
				}
				c.violation(event, "%s was published for %s (%s) until at most %s before, and the cooldown is %s",
					slot, end.claim, end.where, gap, c.cooldown)
			}
		}
	}
}

// isOrphan reports whether an object is a ConfigMap whose claim is gone.
func (c *Checker) isOrphan(object string) bool {
	key, isMap := strings.CutPrefix(object, "configmaps/")
	return isMap && c.world.uids[c.world.maps[key].object.claimUID()] == nil
}

func (s Slot) meets(other Slot) bool {
	return s.Protocol == other.Protocol && s.Number == other.Number &&
		(s.Place == other.Place || s.Place == everywhere || other.Place == everywhere)
}

// taken is who else publishes a number; excused where nobody can know that any more.
func (c *Checker) taken(claim string, slot Slot) (by []string, excused int) {
	for key, other := range c.world.says {
		if other.claim == claim {
			continue
		}
		for held := range other.slots {
			if !held.meets(slot) {
				continue
			}
			if c.ledgerLost && c.isOrphan(key) {
				excused++
				continue
			}
			by = append(by, fmt.Sprintf("%s's too, as %s says", other.claim, key))
		}
	}
	return by, excused
}

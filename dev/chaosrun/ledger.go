package main

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// Ledger is what is read of a PortLedger.
type Ledger struct {
	Spec struct {
		Format int
		Data   string
	}
}

// pendingEntry is a decision that is not published yet, or not known to be.
type pendingEntry struct {
	UID        string `json:"u"`
	Namespace  string `json:"s"`
	Name       string `json:"n"`
	Assignment struct {
		Forms [][]struct {
			Protocol string `json:"x"`
			Count    int    `json:"k"`
		} `json:"f"`
		Groups []struct {
			Places  []string `json:"w"`
			Form    int      `json:"f"`
			Numbers []int    `json:"p"`
		} `json:"g"`
	} `json:"a"`
}

// pending reads the decisions: Base64, zlib, JSON.
func (l *Ledger) pending() ([]pendingEntry, error) {
	if l.Spec.Data == "" {
		return nil, nil
	}
	deflated, err := base64.StdEncoding.DecodeString(l.Spec.Data)
	if err != nil {
		return nil, err
	}
	inflated, err := zlib.NewReader(bytes.NewReader(deflated))
	if err != nil {
		return nil, err
	}
	var content struct {
		Pending *[]pendingEntry `json:"p"`
	}
	if err := json.NewDecoder(inflated).Decode(&content); err != nil {
		return nil, err
	}
	if content.Pending == nil {
		return nil, fmt.Errorf("it has no list of decisions")
	}
	return *content.Pending, nil
}

func (e *pendingEntry) claim() string { return e.Namespace + "/" + e.Name }

func (e *pendingEntry) slots() (map[Slot]bool, error) {
	slots := map[Slot]bool{}
	for _, group := range e.Assignment.Groups {
		if group.Form < 0 || group.Form >= len(e.Assignment.Forms) || len(e.Assignment.Forms[group.Form]) != len(group.Numbers) {
			return nil, fmt.Errorf("the decision for %s has no ports for its numbers", e.claim())
		}
		for n, form := range e.Assignment.Forms[group.Form] {
			block := Block{form.Protocol, group.Numbers[n], group.Numbers[n] + form.Count - 1}
			for _, place := range group.Places {
				for slot := range (Published{place: {"": block}}).slots() {
					slots[slot] = true
				}
			}
		}
	}
	return slots, nil
}

// judgeLedger: no number of a slot is in two decisions, or in one and in what another claim publishes.
func (c *Checker) judgeLedger(event *Event) {
	if len(event.Object) == 0 {
		return
	}
	var ledger Ledger
	if err := json.Unmarshal(event.Object, &ledger); err != nil {
		c.violation(event, "not a ledger: %v", err)
		return
	}
	entries, err := ledger.pending()
	if err != nil {
		// Where it was made unreadable by hand.
		if !c.ledgerLost {
			c.violation(event, "its data can't be read: %v", err)
		}
		return
	}
	decided := map[Slot]string{}
	for i := range entries {
		entry := &entries[i]
		slots, err := entry.slots()
		if err != nil {
			c.violation(event, "%v", err)
		}
		for slot := range slots {
			for other, claim := range decided {
				if other.meets(slot) {
					c.violation(event, "%s is decided for %s and for %s", slot, claim, entry.claim())
				}
			}
		}
		for slot := range slots {
			decided[slot] = entry.claim()
			others, _ := c.taken(entry.claim(), slot)
			for _, other := range others {
				c.violation(event, "%s is decided for %s, and is %s", slot, entry.claim(), other)
			}
		}
	}
	c.decided += len(entries)
}

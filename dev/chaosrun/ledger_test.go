package main

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// decided is an entry of the ledger: a port at some places.
func decided(claim, protocol string, number, count int, places string) string {
	return fmt.Sprintf(`{"u":"uid-%s","s":"ns","n":%q,"a":{"f":[[{"n":"http","x":%q,"k":%d}]],"g":[{"w":[%s],"f":0,"p":[%d]}]}}`,
		claim, claim, protocol, count, places, number)
}

// ledger is a revision of the ledger with these entries.
func (s *story) ledger(entries ...string) *story {
	var deflated bytes.Buffer
	out := zlib.NewWriter(&deflated)
	fmt.Fprintf(out, `{"p":[%s],"c":{},"n":"","k":""}`, strings.Join(entries, ","))
	out.Close()
	return s.event("portledgers/cluster", fmt.Sprintf(`{"spec":{"format":2,"data":%q}}`, base64.StdEncoding.EncodeToString(deflated.Bytes())))
}

func TestALedgerOfTheOperatorIsRead(t *testing.T) {
	data, err := os.ReadFile("testdata/ledger.txt")
	if err != nil {
		t.Fatal(err)
	}
	var ledger Ledger
	ledger.Spec.Data = strings.TrimSpace(string(data))
	entries, err := ledger.pending()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for i := range entries {
		slots, err := entries[i].slots()
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, fmt.Sprintf("%s has %d slots", entries[i].claim(), len(slots)))
	}
	if got := strings.Join(found, ", "); got != "run-1/c5 has 6 slots" {
		t.Error(got)
	}
}

func TestWhatIsRightInALedgerPasses(t *testing.T) {
	for name, s := range map[string]*story{
		"empty":                    new(story).event("portledgers/cluster", `{"spec":{"format":2}}`),
		"two nodes":                new(story).ledger(decided("a", "TCP", 21000, 2, `"node-1"`), decided("b", "TCP", 21000, 2, `"node-2"`)),
		"two protocols":            new(story).ledger(decided("a", "TCP", 21000, 2, `"*"`), decided("b", "UDP", 21000, 2, `"*"`)),
		"neighbours":               new(story).ledger(decided("a", "TCP", 21000, 2, `"*"`), decided("b", "TCP", 21002, 1, `"*"`)),
		"what its claim publishes": serve("a", 21000).ledger(decided("a", "TCP", 21000, 1, `"*"`)),
	} {
		if found := judged(s, false); len(found) > 0 {
			t.Errorf("%s: %s", name, strings.Join(found, "\n"))
		}
	}
}

func TestEachViolationInALedgerIsFound(t *testing.T) {
	for words, s := range map[string]*story{
		"21001/TCP on node-2 is decided for ns/a and for ns/b": new(story).
			ledger(decided("a", "TCP", 21000, 2, `"node-1","node-2"`), decided("b", "TCP", 21001, 1, `"node-2"`)),
		"decided for ns/a and for ns/b": new(story).ledger(decided("a", "TCPUDP", 21000, 1, `"*"`), decided("b", "UDP", 21000, 1, `"node-3"`)),
		"21000/TCP on node-1 is decided for ns/b, and is ns/a's too, as portclaims/ns/a says": serve("a", 21000).
			ledger(decided("b", "TCP", 21000, 1, `"node-1"`)),
		"its data can't be read":             new(story).event("portledgers/cluster", `{"spec":{"format":2,"data":"AAAA"}}`),
		"it has no list of decisions":        new(story).event("portledgers/cluster", `{"spec":{"format":2,"data":"eJyrrgUAAXUA+Q=="}}`),
		"the decision for ns/a has no ports": new(story).ledger(strings.Replace(decided("a", "TCP", 21000, 1, `"*"`), `"f":0`, `"f":1`, 1)),
	} {
		if found := judged(s, false); !strings.Contains(strings.Join(found, "\n"), words) {
			t.Errorf("%q is not among %q", words, found)
		}
	}
}

func TestALedgerThatWasMadeUnreadableByHandIsNoViolation(t *testing.T) {
	checker := newChecker(time.Second)
	checker.ledgerLost = true
	checker.judge(new(story).event("portledgers/cluster", `{"spec":{"format":2,"data":"AAAA"}}`).events)
	if len(checker.violations) > 0 {
		t.Errorf("%q", checker.violations)
	}
}

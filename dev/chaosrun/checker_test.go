package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// story is a recording made by hand. Each event is a second after the one before.
type story struct {
	events []Event
	at     int64
	epoch  int
}

func (s *story) event(key, object string) *story {
	s.at += 1000
	s.events = append(s.events, Event{Epoch: s.epoch, Revision: int64(len(s.events) + 1), Key: key,
		After: s.at - 50, Before: s.at + 50, Object: json.RawMessage(object)})
	return s
}

func (s *story) wait(d time.Duration) *story {
	s.at += d.Milliseconds()
	return s
}

// claim is one of scope Cluster: ports are what it asks for, and given what its status says.
func (s *story) claim(name string, generation int, ports, given string) *story {
	return s.event("portclaims/ns/"+name, fmt.Sprintf(
		`{"metadata":{"name":%q,"namespace":"ns","uid":%q,"generation":%d},"spec":{"scope":"Cluster","ports":[%s]},`+
			`"status":{"claimUID":%q,"observedGeneration":%d,"ports":[%s]}}`, name, "uid-"+name, generation, ports, "uid-"+name, generation, given))
}

// nodeClaim is one of scope Node.
func (s *story) nodeClaim(name, ports, nodes string) *story {
	return s.event("portclaims/ns/"+name, fmt.Sprintf(
		`{"metadata":{"name":%q,"namespace":"ns","uid":%q,"generation":1},"spec":{"scope":"Node","allNodes":true,"ports":[%s]},`+
			`"status":{"observedGeneration":1,"nodes":[%s]}}`, name, "uid-"+name, ports, nodes))
}

func (s *story) configMap(name, file, content string) *story {
	return s.event("configmaps/ns/"+name+"-ports", fmt.Sprintf(
		`{"metadata":{"name":%q,"namespace":"ns","labels":{"app.kubernetes.io/managed-by":"portclaim"},`+
			`"annotations":{"portclaim.io/claim-name":%q,"portclaim.io/claim-uid":%q}},"data":{%q:%q}}`,
		name+"-ports", name, "uid-"+name, file, content))
}

// declaring is the pod of a claim's process on node-1.
func (s *story) declaring(claim string, number int) *story {
	return s.event("pods/ns/"+claim+"-1", fmt.Sprintf(
		`{"metadata":{"name":%q,"namespace":"ns","labels":{"chaos/claim":%q}},`+
			`"spec":{"nodeName":"node-1","containers":[{"ports":[{"hostPort":%d,"protocol":"TCP"}]}]}}`, claim+"-1", claim, number))
}

// again is the last event, some more times.
func (s *story) again(times int) *story {
	last := s.events[len(s.events)-1]
	for range times {
		s.event(last.Key, string(last.Object))
	}
	return s
}

func (s *story) gone(key string) *story { return s.event(key, "") }

const (
	web    = `{"name":"http"}`
	game   = `{"name":"game","protocol":"UDP","count":2}`
	http21 = `{"name":"http","protocol":"TCP","port":21000}`
	http22 = `{"name":"http","protocol":"TCP","port":22000}`
	game23 = `{"name":"game","protocol":"UDP","port":23000,"endPort":23001}`
)

func serve(name string, number int) *story {
	return new(story).claim(name, 1, web, "").
		configMap(name, "ports.env", fmt.Sprintf("HTTP_PORT=%d\n", number)).
		claim(name, 1, web, fmt.Sprintf(`{"name":"http","protocol":"TCP","port":%d}`, number))
}

func judged(s *story, atEnd bool) []string {
	checker := newChecker(30 * time.Second)
	checker.judge(s.events)
	if atEnd {
		checker.atEnd()
	}
	return checker.violations
}

func TestWhatIsRightPasses(t *testing.T) {
	for name, s := range map[string]*story{
		"one claim": serve("a", 21000),
		"two claims": serve("a", 21000).claim("b", 1, web, "").
			configMap("b", "ports.env", "HTTP_PORT=22000\n").claim("b", 1, web, http22),
		"a port is added": serve("a", 21000).claim("a", 2, web+","+game, http21).
			configMap("a", "ports.env", "HTTP_PORT=21000\nGAME_PORT=23000\nGAME_PORT_END=23001\nGAME_PORT_PROTOCOL=UDP\n").
			claim("a", 2, web+","+game, http21+","+game23),
		"a number after its cooldown": serve("a", 21000).gone("portclaims/ns/a").gone("configmaps/ns/a-ports").wait(30*time.Second).
			claim("b", 1, web, "").configMap("b", "ports.env", "HTTP_PORT=21000\n").claim("b", 1, web, http21),
		"the same claim again": serve("a", 21000).gone("portclaims/ns/a").gone("configmaps/ns/a-ports").
			claim("a", 1, web, "").configMap("a", "ports.env", "HTTP_PORT=21000\n").claim("a", 1, web, http21),
		"an edit takes a port away": serve("a", 21000).claim("a", 2, game, http21).configMap("a", "ports.env", "").
			claim("a", 2, game, ""),
		"its own pod declares it": serve("a", 21000).declaring("a", 21000).claim("a", 1, web, http21),
		"a pod on another node": new(story).declaring("a", 21000).wait(time.Minute).
			nodeClaim("b", web, "").configMap("b", "node-2.env", "HTTP_PORT=21000\n").
			nodeClaim("b", web, `{"names":["node-2"],"ports":[`+http21+`]}`),
		"a pod that is gone": new(story).declaring("b", 21000).wait(time.Minute).gone("pods/ns/b-1").claim("a", 1, web, "").
			configMap("a", "ports.env", "HTTP_PORT=21000\n").claim("a", 1, web, http21),
		"a pod that nobody may know yet": func() *story {
			s := new(story).claim("a", 1, web, "").declaring("b", 21000)
			s.at -= 200
			return s.configMap("a", "ports.env", "HTTP_PORT=21000\n").claim("a", 1, web, http21)
		}(),
		"six writes": serve("a", 21000).again(4).configMap("a", "ports.env", "HTTP_PORT=21000\n").again(4),
		"six writes of each generation": serve("a", 21000).again(4).claim("a", 2, web, http21).again(5).
			claim("a", 3, web, http21).again(6),
		"a planted ConfigMap": serve("a", 21000).event("configmaps/ns/settings", `{"metadata":{"name":"settings"}}`),
		"a claim without a ConfigMap of its own": new(story).event("configmaps/ns/squatted-ports", `{"metadata":{"name":"squatted-ports"}}`).
			claim("squatted", 1, web, http21),
		"one number on two nodes": new(story).nodeClaim("a", web, "").
			configMap("a", "node-1.env", "HTTP_PORT=21000\n").nodeClaim("a", web, `{"names":["node-1"],"ports":[`+http21+`]}`).
			nodeClaim("b", web, "").configMap("b", "node-2.env", "HTTP_PORT=21000\n").
			nodeClaim("b", web, `{"names":["node-2"],"ports":[`+http21+`]}`),
	} {
		if found := judged(s, true); len(found) > 0 {
			t.Errorf("%s: %s", name, strings.Join(found, "\n"))
		}
	}
}

func TestEachViolationIsFound(t *testing.T) {
	for name, test := range map[string]struct {
		story *story
		words string
	}{
		"two statuses": {serve("a", 21000).claim("b", 1, web, http21), "21000/TCP on * is ns/a's too"},
		"two ConfigMaps": {serve("a", 21000).claim("b", 1, web, "").configMap("b", "ports.env", "HTTP_PORT=21000\n"),
			"21000/TCP on * is ns/a's too"},
		"a ConfigMap that outlives its claim": {serve("a", 21000).gone("portclaims/ns/a").wait(time.Hour).
			claim("b", 1, web, http21), "as configmaps/ns/a-ports says"},
		"a number everywhere and on one node": {serve("a", 21000).nodeClaim("b", web, `{"names":["node-1"],"ports":[`+http21+`]}`),
			"21000/TCP on node-1 is ns/a's too"},
		"inside a block": {new(story).claim("a", 1, game, game23).
			claim("b", 1, `{"name":"dns","protocol":"UDP"}`, `{"name":"dns","protocol":"UDP","port":23001}`),
			"23001/UDP on * is ns/a's too"},
		"TCPUDP holds both": {new(story).claim("a", 1, `{"name":"dns","protocol":"TCPUDP"}`, `{"name":"dns","protocol":"TCPUDP","port":21000}`).
			claim("b", 1, web, http21), "21000/TCP on * is ns/a's too"},
		"too soon": {serve("a", 21000).gone("portclaims/ns/a").gone("configmaps/ns/a-ports").wait(20*time.Second).
			claim("b", 1, web, http21), "the cooldown is 30s"},
		"too soon after a ConfigMap": {serve("a", 21000).gone("portclaims/ns/a").wait(40*time.Second).gone("configmaps/ns/a-ports").
			claim("b", 1, web, http21), "(configmaps/ns/a-ports)"},
		"moved in the status":    {serve("a", 21000).claim("a", 1, web, http22), "was published as 21000/TCP and now is 22000/TCP"},
		"moved in the ConfigMap": {serve("a", 21000).configMap("a", "ports.env", "HTTP_PORT=22000\n"), "was published as 21000/TCP"},
		"two versions of the truth": {new(story).claim("a", 1, web, "").configMap("a", "ports.env", "HTTP_PORT=22000\n").
			claim("a", 1, web, http21), "was published as 22000/TCP and now is 21000/TCP"},
		"withdrawn from the status":    {serve("a", 21000).claim("a", 1, web, ""), "no longer publishes 21000/TCP"},
		"withdrawn from the ConfigMap": {serve("a", 21000).configMap("a", "ports.env", ""), "no longer publishes 21000/TCP"},
		"its ConfigMap deleted":        {serve("a", 21000).gone("configmaps/ns/a-ports"), "no longer publishes 21000/TCP"},
		"moved by an unrelated edit": {serve("a", 21000).claim("a", 2, web+","+game, http22+","+game23),
			"was published as 21000/TCP and now is 22000/TCP"},
		"a block that shrank unasked": {new(story).claim("a", 1, game, game23).
			claim("a", 1, game, `{"name":"game","protocol":"UDP","port":23000}`), "was published as 23000-23001/UDP"},
		"half of it": {new(story).claim("a", 1, web+","+game, http21), "has only the ports [HTTP]"},
		"half of it on a node": {new(story).nodeClaim("a", web+","+game, `{"names":["node-1"],"ports":[`+http21+`]}`),
			"node-1 has only the ports [HTTP]"},
		"one number twice": {new(story).claim("a", 1, web+`,{"name":"api"}`, http21+`,{"name":"api","protocol":"TCP","port":21000}`),
			"is that of API and of HTTP"},
		"a ConfigMap again and again": {func() *story {
			s := new(story).claim("a", 1, web, "").gone("portclaims/ns/a")
			for range 6 {
				s.configMap("a", "ports.env", "HTTP_PORT=21000\n").gone("configmaps/ns/a-ports")
			}
			return s
		}(), "created more than 5 times"},
		"a status again and again": {serve("a", 21000).again(6), "portclaims/ns/a: it is written more than 6 times for generation 1"},
		"one ConfigMap again and again": {serve("a", 21000).configMap("a", "ports.env", "HTTP_PORT=21000\n").again(5),
			"configmaps/ns/a-ports: it is written more than 6 times for generation 1"},
		"a number that a pod declares": {new(story).declaring("b", 21000).wait(time.Second).claim("a", 1, web, http21),
			"21000/TCP on * is declared by pod ns/b-1 of ns/b"},
		"a ConfigMap that is somebody's, written": {new(story).event("configmaps/ns/settings", `{"metadata":{"name":"settings"}}`).again(1),
			"configmaps/ns/settings: it is written, and it is not the operator's"},
		"a ConfigMap that is somebody's, taken": {new(story).event("configmaps/ns/squatted-ports", `{"metadata":{"name":"squatted-ports"}}`).
			claim("squatted", 1, web, "").configMap("squatted", "ports.env", "HTTP_PORT=21000\n"), "it is not the operator's"},
		"a ConfigMap that is somebody's, deleted": {new(story).event("configmaps/ns/ports", `{"metadata":{"name":"ports"}}`).
			gone("configmaps/ns/ports"), "it is not the operator's"},
		"after a restore": {func() *story {
			s := serve("a", 21000)
			s.epoch = 2
			return s.claim("a", 1, web, http21).claim("b", 1, web, http21)
		}(), "epoch 2"},
	} {
		if found := judged(test.story, false); !strings.Contains(strings.Join(found, "\n"), test.words) {
			t.Errorf("%s: %q is not among %q", name, test.words, found)
		}
	}
}

func TestDisagreementAtTheEndIsFound(t *testing.T) {
	for words, s := range map[string]*story{
		"names map[*:map[HTTP:21000/TCP]] and its claim is gone":  serve("a", 21000).gone("portclaims/ns/a"),
		"says map[*:map[HTTP:21000/TCP]] and its ConfigMap map[]": new(story).claim("a", 1, web, http21),
	} {
		if found := judged(s, true); !strings.Contains(strings.Join(found, "\n"), words) {
			t.Errorf("%q is not among %q", words, found)
		}
	}
}

func TestARecordingIsReadAsItWasSaved(t *testing.T) {
	events := serve("a", 21000).gone("portclaims/ns/a").events
	path := filepath.Join(t.TempDir(), "recording.jsonl")
	if err := saveRecording(path, events); err != nil {
		t.Fatal(err)
	}
	read, err := readRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(read) != fmt.Sprint(events) {
		t.Errorf("%v\nis not\n%v", read, events)
	}
}

func TestAGapIsAnError(t *testing.T) {
	r := newRecorder(nil)
	r.next = 7
	var answer watchAnswer
	answer.Result.Canceled, answer.Result.CompactRevision = true, "9"
	if err := r.note(&answer); err == nil || !strings.Contains(err.Error(), "revision 7 was to be read, and all before 9 are compacted") {
		t.Errorf("%v", err)
	}
}

func TestWhatNobodyKnowsAfterTheLedgerIsLostIsCounted(t *testing.T) {
	checker := newChecker(30 * time.Second)
	checker.ledgerLost = true
	checker.judge(serve("a", 21000).gone("portclaims/ns/a").claim("b", 1, web, http21).gone("configmaps/ns/a-ports").events)
	checker.judge(serve("c", 22000).gone("portclaims/ns/c").gone("configmaps/ns/c-ports").claim("d", 1, web, http22).events)
	checker.judge(serve("e", 23000).gone("portclaims/ns/e").events)
	checker.atEnd()
	// The claims b and d have no ConfigMap.
	if checker.orphaned != 2 || checker.tooSoon != 3 || len(checker.violations) != 2 {
		t.Errorf("%d %d %q", checker.orphaned, checker.tooSoon, checker.violations)
	}
	checker.judge(new(story).claim("f", 1, web, http21).events)
	if len(checker.violations) != 3 {
		t.Errorf("two claims have one number: %q", checker.violations)
	}
}

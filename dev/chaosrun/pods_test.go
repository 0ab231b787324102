package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// podClaim is a claim of scope Pod that asks for one port.
func podClaim() *story {
	return new(story).event("portclaims/ns/p", `{"metadata":{"name":"p","namespace":"ns","uid":"uid-p","generation":1},`+
		`"spec":{"scope":"Pod","ports":[`+web+`]}}`)
}

const (
	gated   = `"schedulingGates":[{"name":"portclaim.io/ports"}]`
	onNode1 = `"nodeName":"node-1"`
	onNode2 = `"nodeName":"node-2"`
)

// notOn is the affinity that leaves out a node.
func notOn(node string) string {
	return `"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[` +
		`{"key":"kubernetes.io/hostname","operator":"NotIn","values":["` + node + `"]}]}]}}}`
}

// pod is one of claim p that carries a number; 0 is none.
func (s *story) pod(name string, number int, spec string) *story {
	annotations := ""
	if number > 0 {
		annotations = fmt.Sprintf(`"port.portclaim.io/http":"%d","portclaim.io/ports":"[{\"name\":\"http\",\"port\":%d}]"`, number, number)
	}
	return s.podWith(name, annotations, spec, "Pending")
}

func (s *story) podWith(name, annotations, spec, phase string) *story {
	return s.event("pods/ns/"+name, fmt.Sprintf(`{"metadata":{"name":%q,"namespace":"ns","uid":"uid-%s","labels":{"portclaim.io/claim":"p"},`+
		`"annotations":{%s}},"spec":{%s},"status":{"phase":%q}}`, name, name, annotations, spec, phase))
}

func TestWhatIsRightOfPodsPasses(t *testing.T) {
	for name, s := range map[string]*story{
		"a pod waits, gets ports, a node and an end": podClaim().pod("p-0", 0, gated).pod("p-0", 21000, "").pod("p-0", 21000, onNode1).gone("pods/ns/p-0"),
		"two pods on two nodes": podClaim().pod("p-0", 21000, onNode1).
			pod("p-1", 21000, notOn("node-1")).pod("p-1", 21000, onNode2),
		"beside a claim of the other node": podClaim().pod("p-0", 21000, onNode1).
			configMap("b", "node-2.env", "HTTP_PORT=21000\n").nodeClaim("b", web, `{"names":["node-2"],"ports":[`+http21+`]}`),
		"free at once where it never was": podClaim().pod("p-0", 21000, "").pod("p-0", 21000, onNode1).pod("p-1", 21000, onNode2),
		"free at once without a node":     podClaim().pod("p-0", 21000, "").gone("pods/ns/p-0").pod("p-1", 21000, ""),
		"after its cooldown": podClaim().pod("p-0", 21000, onNode1).gone("pods/ns/p-0").wait(30*time.Second).
			pod("p-1", 21000, onNode1),
		"the same pod again": podClaim().pod("p-0", 21000, onNode1).gone("pods/ns/p-0").pod("p-0", 21000, onNode1),
		"a list for observers": podClaim().pod("p-0", 21000, onNode1).configMap("p", "p-0.env", "HTTP_PORT=21000\n").
			configMap("p", "p-1.env", "HTTP_PORT=22000\n"),
		"no pod of a claim": podClaim().event("pods/ns/other", `{"metadata":{"name":"other","namespace":"ns","uid":"o"},"spec":{}}`),
	} {
		if found := judged(s, true); len(found) > 0 {
			t.Errorf("%s: %s", name, strings.Join(found, "\n"))
		}
	}
}

func TestEachViolationOfPodsIsFound(t *testing.T) {
	for name, test := range map[string]struct {
		story *story
		words string
	}{
		"two on one node":          {podClaim().pod("p-0", 21000, onNode1).pod("p-1", 21000, onNode1), "21000/TCP on node-1 is pod ns/p-0's too"},
		"one may come to it":       {podClaim().pod("p-0", 21000, onNode1).pod("p-1", 21000, notOn("node-2")), "21000/TCP on node-1 is pod ns/p-0's too"},
		"two that may go anywhere": {podClaim().pod("p-0", 21000, "").pod("p-1", 21000, ""), "is pod ns/p-0's too"},
		"a claim's":                {serve("a", 21000).pod("p-0", 21000, onNode1), "21000/TCP on node-1 is ns/a's too"},
		"too soon":                 {podClaim().pod("p-0", 21000, onNode1).gone("pods/ns/p-0").pod("p-1", 21000, onNode1), "the cooldown is 30s"},
		"too soon after an end": {podClaim().pod("p-0", 21000, onNode1).
			podWith("p-0", `"port.portclaim.io/http":"21000","portclaim.io/ports":"[{\"name\":\"http\",\"port\":21000}]"`, onNode1, "Succeeded").
			pod("p-1", 21000, onNode1), "(pods/ns/p-0)"},
		"moved":       {podClaim().pod("p-0", 21000, "").pod("p-0", 22000, ""), "was published as 21000/TCP and now is 22000/TCP"},
		"withdrawn":   {podClaim().pod("p-0", 21000, gated).pod("p-0", 0, gated), "no longer publishes 21000/TCP"},
		"no ports":    {podClaim().pod("p-0", 0, gated).pod("p-0", 0, ""), "its gate is gone and it has no ports"},
		"half of it":  {new(story).event("portclaims/ns/p", `{"metadata":{"name":"p","namespace":"ns","uid":"uid-p","generation":1},"spec":{"scope":"Pod","ports":[`+web+`,`+game+`]}}`).pod("p-0", 21000, ""), "it has only map[HTTP:21000/TCP]"},
		"two truths":  {podClaim().podWith("p-0", `"port.portclaim.io/http":"21001","portclaim.io/ports":"[{\"name\":\"http\",\"port\":21000}]"`, "", "Pending"), "its annotations can't be read"},
		"no variable": {podClaim().podWith("p-0", `"portclaim.io/ports":"[{\"name\":\"http\",\"port\":21000}]"`, "", "Pending"), "its annotations can't be read"},
	} {
		if found := judged(test.story, false); !strings.Contains(strings.Join(found, "\n"), test.words) {
			t.Errorf("%s: %q is not among %q", name, test.words, found)
		}
	}
}

func TestNoProcessListensOnWhatIsListedForPods(t *testing.T) {
	if nodes := nodesOf("p-0"); len(nodes) > 0 {
		t.Error(nodes)
	}
	if nodes := nodesOf(everywhere); !slices.Equal(nodes, nodeNames) {
		t.Error(nodes)
	}
}

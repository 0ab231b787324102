package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

const agentsScrape = `apiserver_request_total{code="404",component="apiserver",dry_run="",group="portclaim.io",resource="portreports",scope="resource",subresource="",verb="GET",version="v1alpha1"} 5
apiserver_request_total{code="201",component="apiserver",dry_run="",group="portclaim.io",resource="portreports",scope="resource",subresource="",verb="POST",version="v1alpha1"} 5
apiserver_request_total{code="200",component="apiserver",dry_run="",group="portclaim.io",resource="portreports",scope="resource",subresource="status",verb="PUT",version="v1alpha1"} 4
apiserver_request_total{code="429",component="apiserver",dry_run="",group="portclaim.io",resource="portreports",scope="resource",subresource="status",verb="PUT",version="v1alpha1"} 1
apiserver_request_total{code="200",component="apiserver",dry_run="",group="portclaim.io",resource="portreports",scope="cluster",subresource="",verb="LIST",version="v1alpha1"} 2
apiserver_request_total{code="200",component="apiserver",dry_run="",group="portclaim.io",resource="portreports",scope="cluster",subresource="",verb="WATCH",version="v1alpha1"} 2
apiserver_request_total{code="200",component="apiserver",dry_run="",group="portclaim.io",resource="portpools",scope="resource",subresource="status",verb="PUT",version="v1alpha1"} 3
`

func TestCountsWhatAgentsAskAndNobodyElse(t *testing.T) {
	grown := parseSeries([]byte(agentsScrape), "apiserver_request_total{")
	want := "5 portreports GET 404, 5 portreports POST, 4 portreports/status PUT, 1 portreports/status PUT 429"
	if text := requestsText(reportRequests(grown)); text != want {
		t.Errorf("%s, not %s", text, want)
	}
	if writes := reportWrites(grown); writes != 10 {
		t.Errorf("%v writes", writes)
	}
}

func TestWhatAgentsMayNotWriteIsPromised(t *testing.T) {
	kept := Agents{Changed: 50, Change: AgentsWork{Writes: 50}}
	report := Report{Agents: &kept}
	report.promise()
	if len(report.Promises) != 3 || !report.met() {
		t.Errorf("%+v", report.Promises)
	}
	for name, broken := range map[string]Agents{
		"quiet":   {Changed: 50, Change: AgentsWork{Writes: 50}, Quiet: AgentsWork{Writes: 1}},
		"change":  {Changed: 50, Change: AgentsWork{Writes: 51}},
		"restart": {Changed: 50, Change: AgentsWork{Writes: 50}, Restart: AgentsWork{Writes: 1}},
	} {
		report := Report{Agents: &broken}
		report.promise()
		if report.met() {
			t.Errorf("%s: %+v", name, report.Promises)
		}
	}
}

// listeners are the ports outside the ephemeral range, and the other rows.
func listeners(table, state string) (ports, others []string) {
	for line := range strings.Lines(table) {
		words := strings.Fields(line)
		port := words[1][max(0, len(words[1])-4):]
		if words[3] == state && port < "8000" {
			ports = append(ports, port)
		} else {
			others = append(others, line)
		}
	}
	return ports, others
}

func TestConnectionsChangeAndListenersStay(t *testing.T) {
	for round := range 100 {
		before, connections := listeners(tcpTable(3, round, false), "0A")
		after, other := listeners(tcpTable(3, round+1, false), "0A")
		if len(before) != len(listenedTCP) || !slices.Equal(before, after) {
			t.Fatalf("TCP %v, then %v", before, after)
		}
		if slices.Equal(connections, other) {
			t.Fatalf("the same connections in rounds %d and %d", round, round+1)
		}
		before, _ = listeners(udpTable(3, round), "07")
		after, _ = listeners(udpTable(3, round+1), "07")
		if len(before) != len(listenedUDP) || !slices.Equal(before, after) {
			t.Fatalf("UDP %v, then %v", before, after)
		}
	}
	opened, _ := listeners(tcpTable(3, 1, true), "0A")
	if !slices.Contains(opened, fmt.Sprintf("%04X", openedPort)) {
		t.Errorf("%v", opened)
	}
}

func TestOnlyTheFirstFoldersHaveTheOpenedPort(t *testing.T) {
	folders := t.TempDir() + "/agents"
	files, err := makeAgentFolders(folders, 30, 4)
	if err != nil {
		t.Fatal(err)
	}
	if err := files.Open(4); err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		table, err := os.ReadFile(agentFolder(folders, i) + "/proc/net/tcp")
		if err != nil {
			t.Fatal(err)
		}
		ports, _ := listeners(string(table), "0A")
		if opened := slices.Contains(ports, fmt.Sprintf("%04X", openedPort)); opened != (i < 4) {
			t.Errorf("folder %d: %v", i, ports)
		}
	}
}

func TestTheAgentsHaveAClassPathOfTheirOwn(t *testing.T) {
	command, err := crowdCommand("java", "agent.jar:api.jar", "Crowd.java", 100, "url")
	at := slices.Index(command, "-cp")
	if err != nil || command[0] != "java" || at < 0 || !slices.Equal(command[at+1:], []string{"agent.jar:api.jar", "Crowd.java", "url"}) {
		t.Errorf("%v, %v", command, err)
	}
	if _, err := crowdCommand("java", "", "Crowd.java", 100); err == nil {
		t.Error("a crowd without a class path was taken")
	}
}

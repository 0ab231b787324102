package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestAMachineThatIsThereIsGivenWhatItShouldTell(t *testing.T) {
	var bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, _ := io.ReadAll(r.Body)
		bodies = append(bodies, r.Method+" "+r.Header.Get("Content-Type")+" "+string(content))
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusConflict)
		}
		_, _ = w.Write([]byte("{}"))
	}))
	defer server.Close()
	client := &Client{server.URL, server.Client()}
	machine := Machine{Name: "node-1", PodRange: "10.100.1.0/24", Annotations: map[string]string{"a": "1"}}
	if err := client.EnsureMachine(context.Background(), machine); err != nil {
		t.Fatal(err)
	}
	const patch = "PATCH application/merge-patch+json "
	var merged struct {
		Metadata struct{ Labels, Annotations map[string]string }
		Spec     any
	}
	if len(bodies) != 2 || bodies[1][:len(patch)] != patch || json.Unmarshal([]byte(bodies[1][len(patch):]), &merged) != nil {
		t.Fatalf("%q", bodies)
	}
	if merged.Metadata.Labels["kubernetes.io/hostname"] != "node-1" || merged.Metadata.Annotations["a"] != "1" || merged.Spec != nil {
		t.Errorf("%+v", merged)
	}
}

func TestAMachineIsReadyByTheWordOfALivingKubelet(t *testing.T) {
	since := time.Date(2026, 1, 2, 3, 4, 5, 600e6, time.UTC)
	node := func(status, heartbeat, taints string) string {
		return fmt.Sprintf(`{"spec":{"taints":[%s]},"status":{"conditions":[{"type":"Ready","status":"%s","lastHeartbeatTime":"%s"}]}}`,
			taints, status, heartbeat)
	}
	const now, earlier = "2026-01-02T03:04:05Z", "2026-01-02T03:04:04Z"
	const renewed, stale = "2026-01-02T03:04:05.700000Z", "2026-01-02T03:04:05.500000Z"
	for _, test := range []struct {
		node, renewed string
		ready         bool
	}{
		{node("True", now, ""), renewed, true},
		{node("True", now, ""), stale, false},
		{node("True", earlier, ""), renewed, false},
		{node("False", now, ""), renewed, false},
		{node("True", now, `{"key":"node.kubernetes.io/not-ready"}`), renewed, false},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == nodesPath+"/node-1" {
				_, _ = w.Write([]byte(test.node))
				return
			}
			_, _ = fmt.Fprintf(w, `{"spec":{"renewTime":"%s"}}`, test.renewed)
		}))
		client := &Client{server.URL, server.Client()}
		if err := client.machineReady(context.Background(), "node-1", since); (err == nil) != test.ready {
			t.Errorf("%s, lease of %s: %v", test.node, test.renewed, err)
		}
		server.Close()
	}
}

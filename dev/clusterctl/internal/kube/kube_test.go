package kube

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestNewNodesTakeNumbersAndAddressesThatAreFree(t *testing.T) {
	existing := []Node{{Name: "node-2", Address: "198.18.0.1"}, {Name: "other", Address: "198.18.0.3"}}
	nodes := NewNodes(existing, "node-", 3)
	want := []Node{
		{Name: "node-1", Address: "198.18.0.2"},
		{Name: "node-3", Address: "198.18.0.4"},
		{Name: "node-4", Address: "198.18.0.5"},
	}
	for n := range want {
		if nodes[n].Name != want[n].Name || nodes[n].Address != want[n].Address {
			t.Errorf("got %+v, want %+v", nodes[n], want[n])
		}
	}
}

func TestManyNodesHaveAddressesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, node := range NewNodes(nil, "n", 3000) {
		if seen[node.Address] || !strings.HasPrefix(node.Address, "198.18.") {
			t.Fatalf("%s has %s", node.Name, node.Address)
		}
		seen[node.Address] = true
	}
}

func TestPairs(t *testing.T) {
	pairs, err := ParsePairs([]string{"a=1", "b=", "c=x=y"})
	if err != nil || pairs["a"] != "1" || pairs["b"] != "" || pairs["c"] != "x=y" {
		t.Errorf("%v, %v", pairs, err)
	}
	for _, word := range []string{"a", "=1", ""} {
		if _, err := ParsePairs([]string{word}); err == nil {
			t.Errorf("%q was accepted", word)
		}
	}
}

func TestAnErrorIsReportedInTheServersWords(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/taken") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.WriteHeader(http.StatusConflict)
		_, _ = w.Write([]byte(`{"kind":"Status","message":"nodes \"a\" already exists"}`))
	}))
	defer server.Close()
	client := &Client{server.URL, server.Client()}
	err := client.CreateNodes(context.Background(), []Node{{Name: "a"}})
	if err == nil || !strings.Contains(err.Error(), `cannot create node a: nodes "a" already exists`) {
		t.Errorf("got %v", err)
	}
	if err := client.Do(context.Background(), http.MethodGet, "/taken", nil, nil); !NotFound(err) {
		t.Errorf("got %v", err)
	}
}

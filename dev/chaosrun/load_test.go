package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path"
	"testing"
)

// loseRequests is an API server that refuses one request in three, before or
// after it carried it out.
type loseRequests struct {
	t      *testing.T
	random *rand.Rand
	claims map[string][]requestedPort
}

type requestedPort struct {
	Name     string `json:"name"`
	Protocol string `json:"protocol"`
	Count    int    `json:"count"`
}

func (s *loseRequests) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	dice := s.random.IntN(6)
	if dice == 0 {
		http.Error(w, "refused", http.StatusBadRequest)
		return
	}
	code, answer := s.carryOut(r)
	if dice == 1 {
		code = http.StatusBadRequest
	}
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(answer)
}

func (s *loseRequests) carryOut(r *http.Request) (code int, answer any) {
	var body struct {
		Metadata struct{ Name string }
		Spec     struct{ Ports []requestedPort }
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	name := path.Base(r.URL.Path)
	before, there := s.claims[name]
	switch {
	case r.Method == http.MethodPost:
		if _, there := s.claims[body.Metadata.Name]; there {
			return http.StatusConflict, nil
		}
		s.claims[body.Metadata.Name] = body.Spec.Ports
		return http.StatusCreated, nil
	case !there && r.Method == http.MethodPatch:
		return http.StatusBadRequest, nil
	case !there:
		return http.StatusNotFound, nil
	case r.Method == http.MethodDelete:
		delete(s.claims, name)
	case r.Method == http.MethodPatch:
		s.requireSameBlocks(name, before, body.Spec.Ports)
		s.claims[name] = body.Spec.Ports
	}
	return http.StatusOK, object{"spec": object{"ports": s.claims[name]}}
}

func (s *loseRequests) requireSameBlocks(name string, before, after []requestedPort) {
	for _, old := range before {
		for _, port := range after {
			if old.Name == port.Name && old != port {
				s.t.Errorf("an edit of %s makes %+v of %+v", name, port, old)
			}
		}
	}
}

// A block that changes may have no room for it, and its claim then waits for ever.
func TestNoEditChangesABlock(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			server := httptest.NewServer(&loseRequests{t, rand.New(rand.NewPCG(seed, 2)), map[string][]requestedPort{}})
			defer server.Close()
			load := newLoad(&Client{server.URL, "", server.Client()}, "load", 20000, seed)
			for range 200 {
				load.step(context.Background())
			}
		})
	}
}

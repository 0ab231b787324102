package main

import (
	"net/http"
	"strings"
	"time"
)

// Request is what a rule sees of a request.
type Request struct {
	Verb        string // get, list, watch, create, update, patch, delete
	Resource    string
	Subresource string
	Namespace   string
	Name        string
}

func (r Request) String() string {
	target := r.Resource
	if r.Subresource != "" {
		target += "/" + r.Subresource
	}
	return r.Verb + " " + target
}

func (r Request) isWrite() bool {
	switch r.Verb {
	case "create", "update", "patch", "delete":
		return true
	}
	return false
}

// isDecisive is a write of anything but the Lease and events, which no promise is about.
func (r Request) isDecisive() bool {
	return r.isWrite() && r.Resource != "leases" && r.Resource != "events"
}

// isPoint is a decisive write that a script can count. Figures of pools are written
// by the clock, and nothing is decided by them. A review only asks for permissions.
func (r Request) isPoint() bool {
	return r.isDecisive() && r.Resource != "portpools" && !strings.HasSuffix(r.Resource, "reviews")
}

// readRequest reads verb, resource and names from method and path.
func readRequest(r *http.Request) Request {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	var out Request
	switch {
	case len(parts) >= 3 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) >= 4 && parts[0] == "apis":
		parts = parts[3:]
	default:
		return Request{Verb: "get"}
	}
	if parts[0] == "namespaces" && len(parts) > 2 {
		out.Namespace, parts = parts[1], parts[2:]
	}
	out.Resource = parts[0]
	if len(parts) > 1 {
		out.Name = parts[1]
	}
	if len(parts) > 2 {
		out.Subresource = strings.Join(parts[2:], "/")
	}
	out.Verb = map[string]string{http.MethodPost: "create", http.MethodPut: "update", http.MethodPatch: "patch",
		http.MethodDelete: "delete"}[r.Method]
	if out.Verb == "" {
		switch {
		case r.URL.Query().Get("watch") == "true":
			out.Verb = "watch"
		case out.Name == "":
			out.Verb = "list"
		default:
			out.Verb = "get"
		}
	}
	return out
}

// Fault is what happens to a request.
type Fault struct {
	Delay     time.Duration
	Drop      bool          // it does not arrive
	Lose      bool          // it is carried out, and its answer is lost
	Duplicate bool          // it arrives twice
	Status    int           // it is answered with this, and does not arrive
	Hold      chan struct{} // it arrives only when this is closed, whoever has sent it
	Before    func()        // called before it is forwarded
	After     func()        // called when it was carried out, before it is answered
	Arrived   func(code int)
}

// Rule gives the n-th request that matches a fault; n counts from 1, 0 is each.
type Rule struct {
	Match func(Request) bool
	Nth   int
	Fault func(n int) *Fault // nil is none

	seen int
}

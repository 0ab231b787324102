package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

const (
	poolSize  = 100
	maxClaims = 8
)

var nodeNames = []string{"node-1", "node-2", "node-3"}

const portclaimAPI = "/apis/portclaim.io/v1alpha1"

type object = map[string]any

// Load creates, edits and deletes the claims of one namespace, on a pool of its
// own. What it does depends on the seed only, and on which of its requests fail.
type Load struct {
	api    *Client
	name   string // of namespace and pool
	first  int    // number of the pool
	random *rand.Rand
	claims map[string][]object // ports
	// unsure has the claims of which a request failed: it may have been carried out all the same.
	unsure map[string]bool
	// leavesMaps is set where the garbage collector may need long to find that
	// the owners of ConfigMaps are gone, as where their CRD was deleted.
	leavesMaps bool
	hasPods    bool
}

func newLoad(api *Client, name string, first int, seed uint64) *Load {
	return &Load{api: api, name: name, first: first, random: rand.New(rand.NewPCG(seed, 1)),
		claims: map[string][]object{}, unsure: map[string]bool{}}
}

func (l *Load) path(claim string) string {
	path := portclaimAPI + "/namespaces/" + l.name + "/portclaims"
	if claim != "" {
		path += "/" + claim
	}
	return path
}

// prepare creates namespace and pool, and ConfigMaps that are not the operator's.
func (l *Load) prepare(ctx context.Context) error {
	err := errors.Join(
		l.api.until(ctx, http.MethodPost, "/api/v1/namespaces", object{"metadata": object{"name": l.name}}),
		l.api.until(ctx, http.MethodPost, portclaimAPI+"/portpools", l.pool()))
	for name := range planted {
		err = errors.Join(err, l.api.until(ctx, http.MethodPost, "/api/v1/namespaces/"+l.name+"/configmaps", object{
			"metadata": object{"name": name}, "data": object{"ports.env": fmt.Sprintf("WEB_PORT=%d\n", l.first)}}))
	}
	return err
}

// squat creates the claim that is never served, because its ConfigMap is somebody else's.
func (l *Load) squat(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	_ = l.create(limited, plantedClaim, object{"scope": "Cluster", "ports": []object{{"name": "web"}}})
}

func (l *Load) pool() object {
	rest := cooldown.String()
	return object{"apiVersion": "portclaim.io/v1alpha1", "kind": "PortPool", "metadata": object{"name": l.name}, "spec": object{
		"ranges":   []string{fmt.Sprintf("%d-%d", l.first, l.first+poolSize-1)},
		"limits":   object{"portsPerClaim": 0, "portsPerNamespace": 0},
		"cooldown": object{"tcp": rest, "udp": rest, "sctp": rest}}}
}

// create creates a claim; spec has no pool yet.
func (l *Load) create(ctx context.Context, name string, spec object) error {
	spec["poolName"] = l.name
	return l.api.until(ctx, http.MethodPost, l.path(""), object{"apiVersion": "portclaim.io/v1alpha1", "kind": "PortClaim",
		"metadata": object{"name": name}, "spec": spec})
}

func (l *Load) edit(ctx context.Context, name string, ports []object) error {
	return l.api.until(ctx, http.MethodPatch, l.path(name), object{"spec": object{"ports": ports}})
}

func (l *Load) delete(ctx context.Context, name string) error {
	return l.api.until(ctx, http.MethodDelete, l.path(name), nil)
}

// run does one thing after the other until the context ends.
func (l *Load) run(ctx context.Context, every time.Duration) {
	l.squat(ctx)
	for pause(ctx, every) == nil {
		l.step(ctx)
	}
}

func (l *Load) step(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	name := fmt.Sprintf("c%d", l.random.IntN(maxClaims))
	if l.unsure[name] && l.look(limited, name) != nil {
		return
	}
	l.unsure[name] = l.change(limited, name) != nil
}

// look reads what a claim requests. An edit that begins with anything else may
// make a block longer by mistake, and there may be no room for it.
func (l *Load) look(ctx context.Context, name string) error {
	var claim struct{ Spec struct{ Ports []object } }
	err := l.api.get(ctx, l.path(name), &claim)
	switch {
	case hasCode(err, http.StatusNotFound):
		delete(l.claims, name)
		return nil
	case err == nil:
		l.claims[name] = claim.Spec.Ports
	}
	return err
}

func (l *Load) change(ctx context.Context, name string) error {
	ports, there := l.claims[name]
	switch dice := l.random.IntN(10); {
	case !there:
		spec := l.randomSpec()
		l.claims[name] = spec["ports"].([]object)
		return l.create(ctx, name, spec)
	case dice < 5:
		edited := l.randomEdit(ports)
		l.claims[name] = edited
		return l.edit(ctx, name, edited)
	case dice < 8:
		delete(l.claims, name)
		return l.delete(ctx, name)
	default:
		spec := l.randomSpec()
		l.claims[name] = spec["ports"].([]object)
		return errors.Join(l.delete(ctx, name), l.create(ctx, name, spec))
	}
}

func (l *Load) randomSpec() object {
	ports := []object{l.randomPort("web")}
	if l.random.IntN(2) == 0 {
		ports = append(ports, l.randomPort("game"))
	}
	switch l.random.IntN(4) {
	case 0:
		return object{"scope": "Node", "nodeName": nodeNames[l.random.IntN(len(nodeNames))], "ports": ports}
	case 1:
		return object{"scope": "Node", "allNodes": true, "ports": ports}
	}
	return object{"scope": "Cluster", "ports": ports}
}

func (l *Load) randomPort(name string) object {
	return object{"name": name, "protocol": []string{"TCP", "UDP", "TCPUDP"}[l.random.IntN(3)], "count": 1 + l.random.IntN(2)}
}

// randomEdit adds a port, or takes one away; no port changes its protocol.
func (l *Load) randomEdit(ports []object) []object {
	if len(ports) > 1 && l.random.IntN(2) == 0 {
		return ports[:1]
	}
	names := map[string]bool{}
	for _, port := range ports {
		names[port["name"].(string)] = true
	}
	for _, name := range []string{"game", "admin", "debug"} {
		if !names[name] {
			return append(slices.Clone(ports), l.randomPort(name))
		}
	}
	return ports[:2]
}

func (l *Load) list(ctx context.Context) ([]Claim, error) {
	var list struct{ Items []Claim }
	err := l.api.get(ctx, l.path(""), &list)
	return list.Items, err
}

// unserved says which claims are not Ready in their present form, or are refused.
func unserved(claims []Claim) []string {
	var waiting []string
	for i := range claims {
		claim := &claims[i]
		status, reason := claim.condition("Ready")
		isReady := status == "True"
		if claim.Metadata.Name == plantedClaim {
			isReady = reason == "ConfigMapConflict"
		}
		if !isReady || claim.Status.ObservedGeneration != claim.Metadata.Generation {
			waiting = append(waiting, fmt.Sprintf("claim %s is not served: Ready=%s %s, generation %d of %d",
				claim.key(), status, reason, claim.Status.ObservedGeneration, claim.Metadata.Generation))
		}
	}
	return waiting
}

// awaitServed waits until every claim is Ready.
func (l *Load) awaitServed(ctx context.Context, limit time.Duration) error {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	last := errors.New("no answer yet")
	for {
		claims, err := l.list(limited)
		if err == nil {
			waiting := unserved(claims)
			if len(waiting) == 0 {
				return nil
			}
			last = fmt.Errorf("after %s: %s", limit, waiting)
		} else if limited.Err() == nil {
			last = err
		}
		if pause(limited, 50*time.Millisecond) != nil {
			return last
		}
	}
}

// deleteAll deletes every claim and every pod.
func (l *Load) deleteAll(ctx context.Context) error {
	clear(l.claims)
	if l.hasPods {
		if err := l.api.until(ctx, http.MethodDelete, l.podPath("")+"?gracePeriodSeconds=0", nil); err != nil {
			return err
		}
	}
	return l.api.until(ctx, http.MethodDelete, l.path(""), nil)
}

// fill creates a claim of the whole pool, on every node: it is served if nothing leaks.
func (l *Load) fill(ctx context.Context) error {
	return l.create(ctx, "fill", object{"scope": "Cluster", "ports": []object{
		{"name": "all", "protocol": "TCPUDP", "port": l.first, "count": poolSize}}})
}

// remove deletes pool, claims and namespace once the ConfigMaps are gone.
func (l *Load) remove(ctx context.Context, limit time.Duration) error {
	if err := l.deleteAll(ctx); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		var list struct{ Items []Map }
		err := l.api.get(limited, "/api/v1/namespaces/"+l.name+"/configmaps?labelSelector=app.kubernetes.io/managed-by=portclaim", &list)
		if l.leavesMaps || err == nil && len(list.Items) == 0 {
			return l.api.until(ctx, http.MethodDelete, portclaimAPI+"/portpools/"+l.name, nil)
		}
		if waited := pause(limited, 50*time.Millisecond); waited != nil {
			return fmt.Errorf("namespace %s: %d ConfigMaps outlive their claims for %s", l.name, len(list.Items), limit)
		}
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// podScript has a claim of scope Pod and pods that the program creates, binds to
// nodes and ends, because neither a scheduler nor a kubelet runs here. A deleted
// claim leaves its pod its ports.
var podScript = &Script{name: "pods", first: 1, steps: []func(context.Context, *Scene) error{
	created("p", func() object { return object{"scope": "Pod", "ports": []object{webPort, gamePort}} }),
	step(func(ctx context.Context, s *Scene) error {
		return errors.Join(s.runPod(ctx, "p-0", "node-1"), s.awaitListed(ctx, "p-0"))
	}),
	step(func(ctx context.Context, s *Scene) error {
		return errors.Join(s.runPod(ctx, "p-1", "node-2"), s.endPod(ctx, "p-0"), s.awaitListed(ctx, "p-1"))
	}),
	// The garbage collector deletes its ConfigMap, which no port depends on.
	step(func(ctx context.Context, s *Scene) error {
		return errors.Join(s.delete(ctx, "p"), s.awaitNoMap(ctx, "p"))
	}),
}}

func (l *Load) podPath(name string) string { return "/api/v1/namespaces/" + l.name + "/pods/" + name }

// runPod creates a pod of claim p, waits until it has ports and binds it to a node.
func (s *Scene) runPod(ctx context.Context, name, node string) error {
	s.Load.hasPods = true
	pod := object{"metadata": object{"name": name, "labels": object{claimLabel: "p"}}, "spec": object{
		"schedulingGates": []object{{"name": portsGate}}, "terminationGracePeriodSeconds": 1,
		"containers": []object{{"name": "server", "image": "none"}}}}
	if err := s.plane.api.until(ctx, http.MethodPost, s.podPath(""), pod); err != nil {
		return err
	}
	err := awaitObject(ctx, s.plane.api, s.podPath(name), "pod "+name+" has no ports", func(pod *Pod) bool { return pod.isServed() })
	if err != nil {
		return err
	}
	return s.plane.api.until(ctx, http.MethodPost, s.podPath(name)+"/binding", object{
		"apiVersion": "v1", "kind": "Binding", "metadata": object{"name": name}, "target": object{"apiVersion": "v1", "kind": "Node", "name": node}})
}

// endPod says that a pod's containers have ended, as its kubelet does, and deletes it.
func (s *Scene) endPod(ctx context.Context, name string) error {
	over := object{"status": object{"phase": "Succeeded", "containerStatuses": []object{{"name": "server", "image": "none",
		"imageID": "", "ready": false, "restartCount": 0, "state": object{"terminated": object{"exitCode": 0}}}}}}
	return errors.Join(
		s.plane.api.until(ctx, http.MethodPatch, s.podPath(name)+"/status", over),
		s.plane.api.until(ctx, http.MethodDelete, s.podPath(name)+"?gracePeriodSeconds=0", nil))
}

// awaitListed waits until the ConfigMap of claim p lists one pod only, and the
// status counts it. They are written every five seconds at most.
func (s *Scene) awaitListed(ctx context.Context, pod string) error {
	return errors.Join(
		awaitObject(ctx, s.plane.api, s.mapPath("p"), "pod "+pod+" is not the only one that is listed", func(list *Map) bool {
			published, err := list.published()
			return err == nil && len(published) == 1 && published[pod] != nil
		}),
		awaitObject(ctx, s.plane.api, s.path("p"), "claim p does not count pod "+pod, func(claim *Claim) bool {
			return claim.Status.Pods.Served == 1 && claim.Status.Pods.Waiting == 0
		}))
}

// awaitObject waits until an object is as wanted.
func awaitObject[T any](ctx context.Context, api *Client, path, otherwise string, wanted func(*T) bool) error {
	limited, cancel := context.WithTimeoutCause(ctx, calmLimit, fmt.Errorf("after %s, %s", calmLimit, otherwise))
	defer cancel()
	for {
		var object T
		if err := api.get(limited, path, &object); err == nil && wanted(&object) {
			return nil
		}
		if err := pause(limited, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

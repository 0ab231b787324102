package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	podNamespace  = "bench-pods"
	podClaimsPath = "/apis/portclaim.io/v1alpha1/namespaces/" + podNamespace + "/portclaims"
	benchPodsPath = "/api/v1/namespaces/" + podNamespace + "/pods"
	podClaim      = "bench"
)

// Pods is what pods cost that get ports of their own, and what others cost that are made in turns with them.
type Pods struct {
	Plain Quantiles `json:"plain"` // until the API server has answered the create
	Made  Quantiles `json:"made"`  // the same with the label
	// Without a node that runs pods: until a watch has shown the ports, and no gate.
	Served Quantiles `json:"served"`
	// Many at once.
	Burst *PodBurst `json:"burst,omitempty"`
	// With nodes that run pods: until a watch has shown the node, and a container that runs.
	PlainBound   Quantiles `json:"plainBound"`
	Bound        Quantiles `json:"bound"`
	PlainStarted Quantiles `json:"plainStarted"`
	Started      Quantiles `json:"started"`
	Count        int       `json:"pods"`
	OnNodes      bool      `json:"onNodes"`
}

// Quantiles are of seconds.
type Quantiles struct {
	P50 float64 `json:"secondsP50"`
	P99 float64 `json:"secondsP99"`
}

func quantiles(values []float64) Quantiles {
	return Quantiles{quantile(values, 0.5), quantile(values, 0.99)}
}

func (q Quantiles) text() string {
	return fmt.Sprintf("%.0f, %.0f", q.P50*1000, q.P99*1000)
}

// PodBurst is what it costs to serve many pods that are made as fast as the API server takes them.
type PodBurst struct {
	Work
	PlainSeconds  float64   `json:"plainCreateSeconds"`
	CreateSeconds float64   `json:"createSeconds"`
	Served        Quantiles `json:"served"`
	Patches       float64   `json:"podPatchesPerPod"`
	// Patches of pods and ledger writes.
	Writes float64 `json:"writesPerPod"`
}

func hasPorts(c *claim) bool {
	return len(c.Spec.SchedulingGates) == 0 && c.Metadata.Annotations["port.portclaim.io/http"] != ""
}

func hasNode(c *claim) bool { return c.Spec.NodeName != "" }

func hasStarted(c *claim) bool {
	return len(c.Status.ContainerStatuses) > 0 && c.Status.ContainerStatuses[0].State.Running != nil
}

func podBody(name string, labels map[string]string) []byte {
	return toJSON(object{"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": name, "labels": labels}, "spec": object{
		"hostNetwork":                  true,
		"automountServiceAccountToken": false,
		"containers": []object{{
			"name": "main", "image": "portclaim.local/busybox:1", "imagePullPolicy": "Never", "command": []string{"sleep", "1000"},
		}},
	}})
}

func (b *Bench) createPod(ctx context.Context, name string, labelled bool) error {
	labels := map[string]string{"app": "bench"}
	if labelled {
		labels["portclaim.io/claim"] = podClaim
	}
	_, err := b.client.Send(ctx, http.MethodPost, benchPodsPath, podBody(name, labels))
	return err
}

func (b *Bench) removePods(ctx context.Context) error {
	_, err := b.client.Send(ctx, http.MethodDelete, benchPodsPath+"?gracePeriodSeconds=0", nil)
	return err
}

// pods restarts the operator so that it serves pods, and restarts it without that in the end: what else is measured
// is not to have it.
func (b *Bench) pods(ctx context.Context, singles, many int, onNodes bool) (Pods, error) {
	result := Pods{Count: singles, OnNodes: onNodes}
	usual := b.operator.command
	if err := b.restartAs(ctx, append(usual[:len(usual):len(usual)], "--pod-scope-in="+podNamespace)); err != nil {
		return result, err
	}
	if err := b.makePodClaim(ctx); err != nil {
		return result, err
	}
	var err error
	if onNodes {
		err = b.podsOnNodes(ctx, singles, &result)
	} else {
		err = b.podsWithoutNodes(ctx, singles, many, &result)
	}
	if err != nil {
		return result, fmt.Errorf("pods: %w\n%s", err, b.operator.LogTail())
	}
	if _, err := b.client.Send(ctx, http.MethodDelete, "/api/v1/namespaces/"+podNamespace, nil); err != nil {
		return result, err
	}
	err = b.until(ctx, "the namespace is gone", func() (bool, error) {
		err := b.observer.Get(ctx, "/api/v1/namespaces/"+podNamespace, &struct{}{})
		if hasCode(err, http.StatusNotFound) {
			return true, nil
		}
		return false, err
	})
	if err != nil {
		return result, err
	}
	return result, b.restartAs(ctx, usual)
}

func (b *Bench) restartAs(ctx context.Context, command []string) error {
	if err := b.operator.Stop(); err != nil {
		return err
	}
	b.operator.command = command
	return b.operator.Start(ctx)
}

// makePodClaim returns once the policies know the claim.
func (b *Bench) makePodClaim(ctx context.Context) error {
	namespace := object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": podNamespace}}
	if _, err := b.client.Send(ctx, http.MethodPost, "/api/v1/namespaces", toJSON(namespace)); err != nil {
		return err
	}
	claim := object{"apiVersion": "portclaim.io/v1alpha1", "kind": "PortClaim", "metadata": object{"name": podClaim},
		"spec": object{"poolName": poolName, "scope": "Pod", "ports": []object{{"name": "http"}}}}
	if _, err := b.client.Send(ctx, http.MethodPost, podClaimsPath, toJSON(claim)); err != nil {
		return err
	}
	tried := podBody("tried", map[string]string{"portclaim.io/claim": podClaim})
	return b.until(ctx, "pods with the label are admitted", func() (bool, error) {
		_, err := b.client.Send(ctx, http.MethodPost, benchPodsPath+"?dryRun=All", tried)
		if hasCode(err, http.StatusForbidden) { // by the policy, or for want of the service account
			return false, nil
		}
		return err == nil, err
	})
}

// warmUp lets the JVM compile what is hot.
func (b *Bench) warmUp(ctx context.Context, n int) error {
	_, err := b.burst(ctx, n)
	return err
}

func (b *Bench) podsWithoutNodes(ctx context.Context, singles, many int, into *Pods) error {
	if err := b.warmUp(ctx, many); err != nil {
		return err
	}
	if err := b.calm(ctx); err != nil {
		return err
	}
	watch, err := watchClaims(ctx, b.observer, benchPodsPath, singles, hasPorts)
	if err != nil {
		return err
	}
	defer watch.Close()
	plain, made, served := make([]float64, singles), make([]float64, singles), make([]float64, singles)
	for i := range singles {
		begin := time.Now()
		if err := b.createPod(ctx, fmt.Sprintf("plain-%06d", i), false); err != nil {
			return err
		}
		plain[i] = time.Since(begin).Seconds()
		begin = time.Now()
		if err := b.createPod(ctx, fmt.Sprintf("alone-%06d", i), true); err != nil {
			return err
		}
		made[i] = time.Since(begin).Seconds()
		if err := watch.Next(ctx, b.patience); err != nil {
			return err
		}
		served[i] = time.Since(begin).Seconds()
	}
	into.Plain, into.Made, into.Served = quantiles(plain), quantiles(made), quantiles(served)
	if err := b.removePods(ctx); err != nil {
		return err
	}
	burst, err := b.burst(ctx, many)
	into.Burst = &burst
	return err
}

// burst makes pods without the label, and then others with it, and waits until the last has its ports.
func (b *Bench) burst(ctx context.Context, n int) (PodBurst, error) {
	var result PodBurst
	if err := b.calm(ctx); err != nil {
		return result, err
	}
	begin := time.Now()
	err := parallel(ctx, b.workers, n, func(ctx context.Context, i int) error {
		return b.createPod(ctx, fmt.Sprintf("plain-%06d", i), false)
	})
	if err != nil {
		return result, err
	}
	result.PlainSeconds = time.Since(begin).Seconds()
	if err := b.removePods(ctx); err != nil {
		return result, err
	}
	if err := b.calm(ctx); err != nil {
		return result, err
	}
	watch, err := watchClaims(ctx, b.observer, benchPodsPath, n, hasPorts)
	if err != nil {
		return result, err
	}
	defer watch.Close()
	from, err := b.begin(ctx, nil)
	if err != nil {
		return result, err
	}
	sent := make([]time.Time, n)
	names := make([]string, n)
	err = parallel(ctx, b.workers, n, func(ctx context.Context, i int) error {
		names[i] = fmt.Sprintf("burst-%06d", i)
		sent[i] = time.Now()
		return b.createPod(ctx, names[i], true)
	})
	if err != nil {
		return result, err
	}
	result.CreateSeconds = time.Since(from.at).Seconds()
	last, err := watch.Await(ctx, b.patience)
	if err != nil {
		return result, err
	}
	seen := watch.Seen()
	waits := make([]float64, n)
	for i, name := range names {
		waits[i] = seen[name].Sub(sent[i]).Seconds()
	}
	result.Served = quantiles(waits)
	if result.Work, err = b.end(ctx, from, last, n, "pods POST"); err != nil {
		return result, err
	}
	result.Patches = result.Requests["pods PATCH"] / float64(n)
	result.Writes = result.Requests.Without("portclaims", "configmaps", "portpools", "events").Total() / float64(n)
	return result, b.removePods(ctx)
}

// podsOnNodes makes one pod after the other, without and with the label, and each is gone before the next comes.
func (b *Bench) podsOnNodes(ctx context.Context, singles int, into *Pods) error {
	var bound, started [2][]float64
	// The first of each does not count.
	for i := range singles + 1 {
		for kind, labelled := range []bool{false, true} {
			node, container, err := b.podOnNode(ctx, fmt.Sprintf("pod-%06d-%d", i, kind), labelled)
			if err != nil {
				return err
			}
			if i > 0 {
				bound[kind] = append(bound[kind], node)
				started[kind] = append(started[kind], container)
			}
		}
	}
	into.PlainBound, into.Bound = quantiles(bound[0]), quantiles(bound[1])
	into.PlainStarted, into.Started = quantiles(started[0]), quantiles(started[1])
	return nil
}

func (b *Bench) podOnNode(ctx context.Context, name string, labelled bool) (bound, started float64, err error) {
	if err := b.calm(ctx); err != nil {
		return 0, 0, err
	}
	nodes, err := watchClaims(ctx, b.observer, benchPodsPath, 1, hasNode)
	if err != nil {
		return 0, 0, err
	}
	defer nodes.Close()
	containers, err := watchClaims(ctx, b.observer, benchPodsPath, 1, hasStarted)
	if err != nil {
		return 0, 0, err
	}
	defer containers.Close()
	begin := time.Now()
	if err := b.createPod(ctx, name, labelled); err != nil {
		return 0, 0, err
	}
	node, err := nodes.Await(ctx, b.patience)
	if err != nil {
		return 0, 0, err
	}
	container, err := containers.Await(ctx, b.patience)
	if err != nil {
		return 0, 0, err
	}
	_, err = b.client.Send(ctx, http.MethodDelete, benchPodsPath+"/"+name+"?gracePeriodSeconds=0", nil)
	return node.Sub(begin).Seconds(), container.Sub(begin).Seconds(), err
}

func (r *Report) printPods(row func(...string)) {
	p := r.Pods
	if p == nil {
		return
	}
	if p.OnNodes {
		row("PODS ON REAL NODES", fmt.Sprintf("one at a time, %d of each", p.Count), "without the label", "with")
		row("create to bound by a watch, ms, p50 and p99", "", p.PlainBound.text(), p.Bound.text())
		row("create to a running container, ms, p50 and p99", "", p.PlainStarted.text(), p.Started.text())
		row("")
		return
	}
	row("PODS", fmt.Sprintf("one at a time, %d of each", p.Count), "without the label", "with")
	row("create, ms, p50 and p99", "", p.Plain.text(), p.Made.text())
	row("create to the gate's removal by a watch, ms, p50 and p99", "", "", p.Served.text())
	b := p.Burst
	row(fmt.Sprintf("%d at once: until the last is created, s", b.Claims), "", two(b.PlainSeconds), two(b.CreateSeconds))
	row("until the last is served, s", "", "", two(b.Seconds))
	row("create to the gate's removal, ms, p50 and p99", "", "", b.Served.text())
	row("patches, and patches and ledger writes, per pod", "", "", three(b.Patches)+", "+three(b.Writes))
	row("ledger writes", "", "", whole(b.LedgerWrites))
	row("requests", requestsText(b.Requests))
	row("CPU ms per pod: API server with the creates, operator", "", "", two(b.CPUMillis.Server)+", "+two(b.CPUMillis.Operator))
	row("")
}

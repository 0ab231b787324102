package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// others makes one claim after the other in a namespace of its own, deletes it
// again, and says how long each took to be served.
func (s *boundedStage) others(ctx context.Context, duration time.Duration) (Latency, error) {
	var waits, bare []float64
	for end := time.Now().Add(duration); time.Now().Before(end); {
		wait, err := s.oneOther(ctx)
		if err != nil {
			return Latency{}, err
		}
		alone, err := s.oneBare(ctx)
		if err != nil {
			return Latency{}, err
		}
		waits, bare = append(waits, wait), append(bare, alone)
		if err := pause(ctx, othersPause); err != nil {
			return Latency{}, err
		}
	}
	return latency(waits, bare), nil
}

func (s *boundedStage) oneOther(ctx context.Context) (float64, error) {
	name := s.newOther()
	watch, err := watchClaims(ctx, s.observer, claimsPathIn(othersNamespace), 1, isBound)
	if err != nil {
		return 0, err
	}
	defer watch.Close()
	begin := time.Now()
	_, err = s.client.Send(ctx, http.MethodPost, claimsPathIn(othersNamespace), portClaim(name, poolName, object{"scope": "Cluster"}))
	if err == nil {
		_, err = watch.Await(ctx, s.patience)
	}
	if err != nil {
		return 0, err
	}
	took := time.Since(begin).Seconds()
	return took, s.deleteAll(ctx, othersNamespace, []string{name})
}

// oneBare sends what the API server gets for a claim: its create, a patch of the
// ledger, the create of the ConfigMap and the update of the status. The objects
// are Secrets, which the operator does not know and does not write.
func (s *boundedStage) oneBare(ctx context.Context) (float64, error) {
	const path = "/api/v1/namespaces/" + othersNamespace + "/secrets"
	names := []string{s.newOther(), s.newOther()}
	begin := time.Now()
	for _, name := range names {
		secret := object{"apiVersion": "v1", "kind": "Secret", "metadata": object{"name": name}}
		if _, err := s.client.Send(ctx, http.MethodPost, path, toJSON(secret)); err != nil {
			return 0, err
		}
		patch := object{"stringData": object{"port": "21000"}}
		if _, err := s.client.Send(ctx, http.MethodPatch, path+"/"+name, toJSON(patch)); err != nil {
			return 0, err
		}
	}
	took := time.Since(begin).Seconds()
	for _, name := range names {
		if _, err := s.client.Send(ctx, http.MethodDelete, path+"/"+name, nil); err != nil {
			return 0, err
		}
	}
	return took, nil
}

// newOther is a name that no claim had before; the load has names of its own.
func (s *boundedStage) newOther() string {
	s.staying++
	return fmt.Sprintf("other-%06d", s.staying)
}

// withOthers does the load and serves another namespace's claims beside it.
func (s *boundedStage) withOthers(ctx context.Context, what string, load func(context.Context) error, own ...string) (BoundedRow, error) {
	var others Latency
	row, err := s.measured(ctx, what, func(ctx context.Context) error {
		ctx, cancel := context.WithCancel(ctx)
		var failed error
		var group sync.WaitGroup
		group.Go(func() { failed = load(ctx) })
		var err error
		others, err = s.others(ctx, s.duration)
		cancel()
		group.Wait()
		if errors.Is(failed, context.Canceled) {
			failed = nil
		}
		return errors.Join(err, failed)
	}, slices.Concat(own, []string{"portclaims POST", "portclaims DELETE", "secrets"})...)
	row.Others, row.Claims = &others, others.Claims
	return row, err
}

// churn is a tenant that creates claims and deletes them as fast as the API
// server lets it.
func (s *boundedStage) churn(ctx context.Context) (BoundedRow, error) {
	return s.churnBy(ctx, s.client, "a tenant creates and deletes claims")
}

func (s *boundedStage) churnBy(ctx context.Context, tenant *Client, what string) (BoundedRow, error) {
	names := s.newNames(poolNumbers)
	var made atomic.Int64
	row, err := s.withOthers(ctx, fmt.Sprintf("%s with %d workers, for %s", what, s.workers, s.duration), func(ctx context.Context) error {
		return parallel(ctx, s.workers, len(names), func(ctx context.Context, i int) error {
			if _, err := tenant.Send(ctx, http.MethodPost, claimsPath, portClaim(names[i], poolName, object{"scope": "Cluster"})); err != nil {
				return err
			}
			made.Add(1)
			_, err := tenant.Send(ctx, http.MethodDelete, claimsPath+"/"+names[i], nil)
			return err
		})
	})
	row.Claims += int(made.Load())
	return row, err
}

// slowWebhook has a webhook hold each ConfigMap of a namespace for ten seconds.
func (s *boundedStage) slowWebhook(ctx context.Context) (BoundedRow, error) {
	const namespace = "bench-slow"
	what := fmt.Sprintf("a webhook takes 10 s for each of %d ConfigMaps, for %s", steadyClaims, s.duration)
	if err := s.makeNamespaces(ctx, namespace); err != nil {
		return BoundedRow{What: what}, err
	}
	webhook, err := startWebhook(ctx, s.client, namespace)
	if err != nil {
		return BoundedRow{What: what}, err
	}
	defer webhook.Close()
	names := s.newNames(steadyClaims)
	row, err := s.withOthers(ctx, what, func(ctx context.Context) error {
		if err := s.createIn(ctx, namespace, poolName, names); err != nil {
			return err
		}
		<-ctx.Done()
		// Or calm would be as far as the webhook is slow.
		webhook.AnswerAtOnce()
		return nil
	})
	row.Claims += len(names)
	return row, err
}

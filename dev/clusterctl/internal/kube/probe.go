package kube

import (
	"context"
	"net/http"
	"time"
)

// Probe finds out whether the controllers work: it creates an object whose
// owner does not exist and waits until the garbage collector has removed it.
// Objects that controllers made in an earlier run prove nothing about this one.
func (c *Client) Probe(ctx context.Context) error {
	const path = "/api/v1/namespaces/kube-system/configmaps"
	owner := map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"name": "cluster-probe-owner", "uid": "00000000-0000-0000-0000-000000000000",
	}
	probe := map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{
			"generateName": "cluster-probe-", "ownerReferences": []any{owner},
		},
	}
	var created struct{ Metadata struct{ Name string } }
	if err := c.Do(ctx, http.MethodPost, path, probe, &created); err != nil {
		return err
	}
	object := path + "/" + created.Metadata.Name
	for {
		err := c.Do(ctx, http.MethodGet, object, nil, nil)
		if NotFound(err) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

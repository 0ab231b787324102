package kube

import (
	"context"
	"net/http"
	"time"
)

// probes is where probe objects are made.
const probes = "/api/v1/namespaces/kube-system/configmaps"

// probeStorage finds out whether the API can write. Its health endpoint has a
// connection to etcd of its own, which recovers from an outage at another time
// than those that requests use.
func (c *Client) probeStorage(ctx context.Context) error {
	object, err := c.createProbe(ctx, nil)
	if err != nil {
		return err
	}
	return c.Do(ctx, http.MethodDelete, object, nil, nil)
}

// probeControllers finds out whether the controllers work: it creates an object
// whose owner does not exist and waits until the garbage collector has removed
// it. What controllers made in an earlier run proves nothing about this one.
func (c *Client) probeControllers(ctx context.Context) error {
	object, err := c.createProbe(ctx, map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"name": "cluster-probe-owner", "uid": "00000000-0000-0000-0000-000000000000",
	})
	if err != nil {
		return err
	}
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

// createProbe creates a probe object and returns its path.
func (c *Client) createProbe(ctx context.Context, owner map[string]any) (string, error) {
	metadata := map[string]any{"generateName": "cluster-probe-"}
	if owner != nil {
		metadata["ownerReferences"] = []any{owner}
	}
	var created struct{ Metadata struct{ Name string } }
	err := c.Do(ctx, http.MethodPost, probes,
		map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}, &created)
	return probes + "/" + created.Metadata.Name, err
}

package kube

import (
	"context"
	"net/http"
	"time"
)

// AwaitReady returns when a cluster can be used: the API is ready, the default
// namespace has what controllers put into it, and controllers work.
func (c *Client) AwaitReady(ctx context.Context) error {
	steps := []func(context.Context) error{
		func(ctx context.Context) error { return c.Healthy(ctx, "/readyz") },
		c.exists("/api/v1/namespaces/default"),
		// Each of the two below needs a controller of its own.
		c.exists("/api/v1/namespaces/default/serviceaccounts/default"),
		c.exists("/api/v1/namespaces/default/configmaps/kube-root-ca.crt"),
		c.Probe,
	}
	for _, step := range steps {
		for step(ctx) != nil {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	return nil
}

func (c *Client) exists(path string) func(context.Context) error {
	return func(ctx context.Context) error { return c.Do(ctx, http.MethodGet, path, nil, nil) }
}

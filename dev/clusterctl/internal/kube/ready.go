package kube

import (
	"context"
	"net/http"
	"time"
)

// AwaitReady returns when a cluster can be used: the API is ready, the default
// namespace has what controllers put into it, and controllers work.
func (c *Client) AwaitReady(ctx context.Context) error {
	return await(ctx,
		func(ctx context.Context) error { return c.Healthy(ctx, "/readyz") },
		c.exists("/api/v1/namespaces/default"),
		// Each of the two below needs a controller of its own.
		c.exists("/api/v1/namespaces/default/serviceaccounts/default"),
		c.exists("/api/v1/namespaces/default/configmaps/kube-root-ca.crt"),
		c.probeControllers,
	)
}

// AwaitAPI returns when the API can be read and written. After an outage that
// is long before the controllers have noticed: they try again less and less
// often, up to half a minute apart.
func (c *Client) AwaitAPI(ctx context.Context) error {
	return await(ctx,
		func(ctx context.Context) error { return c.Healthy(ctx, "/readyz") },
		c.probeStorage,
	)
}

// await repeats each step until it succeeds, one step after the other.
func await(ctx context.Context, steps ...func(context.Context) error) error {
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

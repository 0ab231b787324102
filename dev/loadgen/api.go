package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Client is the little of a Kubernetes client that is needed here: requests over
// one HTTP/2 connection, with a client certificate.
type Client struct {
	base      string
	authority []byte // the certificates that the server's is trusted by
	http      *http.Client
	// user is who the requests are of; empty: whom the certificate is for
	user string
}

// NewClient reads a kubeconfig in JSON, as "kubectl config view --raw --flatten
// -o json" prints it. Each client has a connection of its own.
func NewClient(path string) (*Client, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var config struct {
		Clusters []struct {
			Cluster struct {
				Server    string
				Authority []byte `json:"certificate-authority-data"`
			}
		}
		Users []struct {
			User struct {
				Certificate []byte `json:"client-certificate-data"`
				Key         []byte `json:"client-key-data"`
			}
		}
	}
	if err := json.Unmarshal(content, &config); err != nil {
		return nil, fmt.Errorf("%s: not a kubeconfig in JSON: %w", path, err)
	}
	if len(config.Clusters) != 1 || len(config.Users) != 1 {
		return nil, fmt.Errorf("%s: %d clusters and %d users, where one of each is needed", path, len(config.Clusters), len(config.Users))
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(config.Clusters[0].Cluster.Authority) {
		return nil, fmt.Errorf("%s: no certificate authority", path)
	}
	pair, err := tls.X509KeyPair(config.Users[0].User.Certificate, config.Users[0].User.Key)
	if err != nil {
		return nil, fmt.Errorf("%s: client certificate: %w", path, err)
	}
	return &Client{base: config.Clusters[0].Cluster.Server, authority: config.Clusters[0].Cluster.Authority, http: &http.Client{Transport: &http.Transport{
		// No proxy: the server is on this machine.
		TLSClientConfig:   &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}},
		ForceAttemptHTTP2: true,
	}}}, nil
}

// As is the same client for requests of another user.
func (c *Client) As(user string) *Client {
	other := *c
	other.user = user
	return &other
}

// StatusError is an answer of the server that is not a success.
type StatusError struct {
	Method, Path string
	Code         int
	Body         []byte
}

func (e *StatusError) Error() string {
	var status struct{ Message string }
	if json.Unmarshal(e.Body, &status) != nil || status.Message == "" {
		status.Message = string(e.Body[:min(len(e.Body), 300)])
	}
	return fmt.Sprintf("%s %s: HTTP %d: %s", e.Method, e.Path, e.Code, status.Message)
}

func hasCode(err error, code int) bool {
	var status *StatusError
	return errors.As(err, &status) && status.Code == code
}

const requestTimeout = 60 * time.Second

// Send sends one request and returns the body of the answer.
func (c *Client) Send(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	response, err := c.open(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

// Get reads an object into out.
func (c *Client) Get(ctx context.Context, path string, out any) error {
	content, err := c.Send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(content, out)
}

func (c *Client) open(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", contentType(method))
	request.Header.Set("Accept", "application/json")
	if c.user != "" {
		request.Header.Set("Impersonate-User", c.user)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 300 {
		defer response.Body.Close()
		answer, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
		return nil, &StatusError{method, path, response.StatusCode, answer}
	}
	return response, nil
}

// contentType is that of a body: a patch is a merge patch.
func contentType(method string) string {
	if method == http.MethodPatch {
		return "application/merge-patch+json"
	}
	return "application/json"
}

// parallel does work(0) to work(n-1) by so many workers; the first error ends it.
func parallel(ctx context.Context, workers, n int, work func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(workers, n) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := work(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

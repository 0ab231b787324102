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
	"time"
)

// Client is the little of a Kubernetes client that is needed here.
type Client struct {
	base, token string
	http        *http.Client
}

func newClient(base string, pool *x509.CertPool, certificate tls.Certificate, token string) *Client {
	return &Client{base, token, &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{certificate}},
		ForceAttemptHTTP2: true,
		// Where an API server is gone, its connection is not kept.
		IdleConnTimeout: 10 * time.Second,
	}}}
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

func (c *Client) send(ctx context.Context, method, path string, body any) ([]byte, error) {
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		request.Header.Set("Content-Type", "application/merge-patch+json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 300 {
		return nil, &StatusError{method, path, response.StatusCode, answer}
	}
	return answer, nil
}

func (c *Client) get(ctx context.Context, path string, out any) error {
	content, err := c.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(content, out)
}

// until sends a request until it is answered as wanted, as while servers restart.
// A conflict with what is there already is an answer too.
func (c *Client) until(ctx context.Context, method, path string, body any) error {
	for {
		_, err := c.send(ctx, method, path, body)
		gone := method == http.MethodDelete && hasCode(err, http.StatusNotFound)
		there := method == http.MethodPost && hasCode(err, http.StatusConflict)
		if err == nil || gone || there {
			return nil
		}
		if hasCode(err, http.StatusUnprocessableEntity) || hasCode(err, http.StatusBadRequest) {
			return err
		}
		if waited := pause(ctx, 100*time.Millisecond); waited != nil {
			return errors.Join(waited, err)
		}
	}
}

func writeJSON(path string, value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o600)
}

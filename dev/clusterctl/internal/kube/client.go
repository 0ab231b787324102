// Package kube is the little of a Kubernetes client that this program needs.
package kube

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
	"path/filepath"
	"time"
)

// Client talks to one server with certificates of its cluster. A server of any
// other cluster fails the check of its certificate.
type Client struct {
	base string
	http *http.Client
}

// NewClient reads ca.crt and the named key pair from a directory.
func NewClient(base, pkiDir, pair string) (*Client, error) {
	authority, err := os.ReadFile(filepath.Join(pkiDir, "ca.crt"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("%s holds no certificate", filepath.Join(pkiDir, "ca.crt"))
	}
	cert, err := tls.LoadX509KeyPair(filepath.Join(pkiDir, pair+".crt"), filepath.Join(pkiDir, pair+".key"))
	if err != nil {
		return nil, err
	}
	return &Client{base, &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			// No proxy: the server is on this machine.
			TLSClientConfig:     &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{cert}},
			ForceAttemptHTTP2:   true,
			MaxIdleConnsPerHost: 16,
		},
	}}, nil
}

// StatusError is an answer of the server that is not a success.
type StatusError struct {
	Code    int
	Message string
}

func (e *StatusError) Error() string { return fmt.Sprintf("%s (HTTP %d)", e.Message, e.Code) }

// NotFound reports whether the server said that the object does not exist.
func NotFound(err error) bool {
	var status *StatusError
	return errors.As(err, &status) && status.Code == http.StatusNotFound
}

// Do sends a request and reads the answer into out, unless that is nil.
func (c *Client) Do(ctx context.Context, method, path string, in, out any) error {
	return c.send(ctx, method, path, "application/json", in, out)
}

// Merge changes an object as a JSON merge patch says.
func (c *Client) Merge(ctx context.Context, path string, patch any) error {
	return c.send(ctx, http.MethodPatch, path, "application/merge-patch+json", patch, nil)
}

func (c *Client) send(ctx context.Context, method, path, contentType string, in, out any) error {
	var body io.Reader
	if in != nil {
		content, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(content)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Accept", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return &StatusError{response.StatusCode, message(content)}
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(content, out)
}

// Healthy asks a health endpoint, whose answer is not JSON.
func (c *Client) Healthy(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return c.Do(ctx, http.MethodGet, path, nil, nil)
}

func message(body []byte) string {
	var status struct{ Message string }
	if json.Unmarshal(body, &status) == nil && status.Message != "" {
		return status.Message
	}
	const enough = 300
	return string(bytes.TrimSpace(body[:min(len(body), enough)]))
}

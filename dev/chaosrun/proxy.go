package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// Proxy stands between an operator and an API server.
type Proxy struct {
	server   *http.Server
	port     int
	pool     *x509.CertPool
	reverse  *httputil.ReverseProxy
	forwards *http.Transport

	mutex       sync.Mutex
	certificate tls.Certificate
	connections map[net.Conn]bool
	target      *url.URL
	stale       *url.URL // if set, who answers what may be answered from a cache
	rules       []*Rule
	frozen      map[string]chan struct{} // resources whose watches stand still, "*" for every request
	watches     map[*watchBody]bool
	shift       time.Duration
	last        time.Time // of a decisive write
}

func newProxy(certificate tls.Certificate, pool *x509.CertPool, target string) (*Proxy, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{port: listener.Addr().(*net.TCPAddr).Port, pool: pool, frozen: map[string]chan struct{}{},
		watches: map[*watchBody]bool{}, certificate: certificate, connections: map[net.Conn]bool{}}
	p.forwards = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true, DisableCompression: true}
	if err := p.aim(target); err != nil {
		return nil, err
	}
	quiet := log.New(io.Discard, "", 0)
	p.reverse = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			p.mutex.Lock()
			defer p.mutex.Unlock()
			if p.stale != nil && mayBeStale(r.In) {
				r.SetURL(p.stale)
			} else {
				r.SetURL(p.target)
			}
			if p.shift != 0 {
				r.Out.Header.Del("Accept-Encoding")
			}
		},
		Transport:      p.forwards,
		FlushInterval:  -1,
		ModifyResponse: p.answered,
		// The connection is cut, as when the server is gone.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:     quiet,
	}
	p.server = &http.Server{Handler: p, ErrorLog: quiet, TLSConfig: &tls.Config{
		GetCertificate: p.present, NextProtos: []string{"h2", "http/1.1"}}, ConnState: p.connected}
	go func() { _ = p.server.ServeTLS(listener, "", "") }()
	return p, nil
}

func (p *Proxy) close() {
	p.clear()
	p.server.Close()
	p.forwards.CloseIdleConnections()
}

func (p *Proxy) present(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return &p.certificate, nil
}

func (p *Proxy) connected(connection net.Conn, state http.ConnState) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	switch state {
	case http.StateNew:
		p.connections[connection] = true
	case http.StateClosed, http.StateHijacked:
		delete(p.connections, connection)
	}
}

// renew has it present another certificate, and ends all connections.
func (p *Proxy) renew(certificate tls.Certificate) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.certificate = certificate
	for connection := range p.connections {
		connection.Close()
	}
}

// aim chooses the API server.
func (p *Proxy) aim(target string) error {
	parsed, err := url.Parse(target)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.target = parsed
	return err
}

// readStale lets another server answer what may be answered from a cache: lists
// of any version, and watches. Empty ends it.
func (p *Proxy) readStale(target string) error {
	var parsed *url.URL
	var err error
	if target != "" {
		parsed, err = url.Parse(target)
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.stale = parsed
	return err
}

func mayBeStale(r *http.Request) bool {
	request := readRequest(r)
	return request.Verb == "watch" || request.Verb == "list" && r.URL.Query().Get("resourceVersion") == "0"
}

// add makes a rule; the newest that matches counts.
func (p *Proxy) add(rule *Rule) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.rules = append(p.rules, rule)
}

// clear removes all rules and lets everything pass again.
func (p *Proxy) clear() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.rules, p.shift, p.stale = nil, 0, nil
	for resource, thawed := range p.frozen {
		close(thawed)
		delete(p.frozen, resource)
	}
}

// freeze keeps a resource's watches open and silent, and with "*" every request unanswered.
func (p *Proxy) freeze(resource string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.frozen[resource] == nil {
		p.frozen[resource] = make(chan struct{})
	}
}

func (p *Proxy) thaw(resource string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if thawed := p.frozen[resource]; thawed != nil {
		close(thawed)
		delete(p.frozen, resource)
	}
}

// cut ends the watches of a resource, or all with "*".
func (p *Proxy) cut(resource string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for watch := range p.watches {
		if resource == "*" || watch.resource == resource {
			watch.ReadCloser.Close()
		}
	}
}

// skew makes the operator's clock be ahead of everybody else's, as far as it can
// see: every time that it reads is that much earlier, and what it writes later.
func (p *Proxy) skew(ahead time.Duration) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.shift = ahead
}

func (p *Proxy) skewed() time.Duration {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.shift
}

// quietSince is the time of the last decisive write.
func (p *Proxy) quietSince() time.Time {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.last
}

func (p *Proxy) awaitThaw(ctx context.Context, resource string) error {
	p.mutex.Lock()
	thawed := p.frozen[resource]
	p.mutex.Unlock()
	if thawed == nil {
		return nil
	}
	select {
	case <-thawed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fault finds what is to happen to a request.
func (p *Proxy) fault(request Request) *Fault {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if request.isDecisive() {
		p.last = time.Now()
	}
	var found *Fault
	for _, rule := range p.rules {
		if !rule.Match(request) {
			continue
		}
		rule.seen++
		if rule.Nth == 0 || rule.Nth == rule.seen {
			if fault := rule.Fault(rule.seen); fault != nil {
				found = fault
			}
		}
	}
	return found
}

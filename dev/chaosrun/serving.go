package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

type requestKey struct{}

func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request := readRequest(r)
	ctx := context.WithValue(r.Context(), requestKey{}, request)
	r = r.WithContext(ctx)
	if p.awaitThaw(ctx, "*") != nil {
		panic(http.ErrAbortHandler)
	}
	if ahead := p.skewed(); ahead != 0 && r.Body != nil {
		// What it writes is ahead of the others' time.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		setBody(r, shiftTimes(body, ahead))
	}
	fault := p.fault(request)
	if fault == nil {
		p.reverse.ServeHTTP(w, r)
		return
	}
	p.serveFaulty(w, r, fault)
}

func setBody(r *http.Request, body []byte) {
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

func (p *Proxy) serveFaulty(w http.ResponseWriter, r *http.Request, fault *Fault) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if fault.Before != nil {
		fault.Before()
	}
	if fault.Delay > 0 && pause(r.Context(), fault.Delay) != nil {
		panic(http.ErrAbortHandler)
	}
	switch {
	case fault.Status != 0:
		answerStatus(w, fault.Status)
		return
	case fault.Hold != nil:
		go p.forwardLate(r, body, fault)
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case fault.Drop:
		panic(http.ErrAbortHandler)
	case fault.Lose:
		p.forward(context.WithoutCancel(r.Context()), r, body, fault)
		if fault.After != nil {
			fault.After()
		}
		panic(http.ErrAbortHandler)
	case fault.Duplicate:
		p.forward(context.WithoutCancel(r.Context()), r, body, fault)
	}
	setBody(r, body)
	p.reverse.ServeHTTP(w, r)
}

// forwardLate forwards a request when it is let through, though nobody waits for the answer.
func (p *Proxy) forwardLate(r *http.Request, body []byte, fault *Fault) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 5*time.Minute)
	defer cancel()
	select {
	case <-fault.Hold:
		p.forward(ctx, r, body, fault)
	case <-ctx.Done():
	}
}

func (p *Proxy) forward(ctx context.Context, r *http.Request, body []byte, fault *Fault) {
	out := r.Clone(ctx)
	setBody(out, body)
	p.mutex.Lock()
	out.URL.Scheme, out.URL.Host, out.Host, out.RequestURI = p.target.Scheme, p.target.Host, p.target.Host, ""
	p.mutex.Unlock()
	code := 0
	if response, err := p.forwards.RoundTrip(out); err == nil {
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		code = response.StatusCode
	}
	if fault.Arrived != nil {
		fault.Arrived(code)
	}
}

func answerStatus(w http.ResponseWriter, code int) {
	w.Header().Set("Content-Type", "application/json")
	if code == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(code)
	fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"chaos","code":%d}`, code)
}

// answered wraps the body of an answer where it may be stopped, cut or changed.
func (p *Proxy) answered(response *http.Response) error {
	request, _ := response.Request.Context().Value(requestKey{}).(Request)
	if ahead := p.skewed(); ahead != 0 {
		response.Header.Del("Content-Length")
		response.ContentLength = -1
		response.Body = &shiftedBody{ReadCloser: response.Body, by: -ahead}
	}
	if request.Verb == "watch" {
		watch := &watchBody{response.Body, p, request.Resource, response.Request.Context()}
		p.mutex.Lock()
		p.watches[watch] = true
		p.mutex.Unlock()
		response.Body = watch
	}
	return nil
}

// watchBody is the stream of a watch.
type watchBody struct {
	io.ReadCloser
	proxy    *Proxy
	resource string
	ctx      context.Context
}

func (w *watchBody) Read(into []byte) (int, error) {
	n, err := w.ReadCloser.Read(into)
	for _, resource := range []string{w.resource, "*"} {
		if w.proxy.awaitThaw(w.ctx, resource) != nil {
			return 0, errors.New("the watch was cut")
		}
	}
	return n, err
}

func (w *watchBody) Close() error {
	w.proxy.mutex.Lock()
	delete(w.proxy.watches, w)
	w.proxy.mutex.Unlock()
	return w.ReadCloser.Close()
}

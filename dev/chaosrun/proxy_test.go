package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// bench is a server, a proxy before it and a client.
type bench struct {
	proxy    *Proxy
	client   *http.Client
	base     string
	arrivals atomic.Int64
	news     chan string // what the server sends to watches
	last     atomic.Value
}

func newBench(t *testing.T) *bench {
	b := &bench{news: make(chan string, 10)}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.arrivals.Add(1)
		body, _ := io.ReadAll(r.Body)
		b.last.Store(string(body))
		if r.URL.Query().Get("watch") == "" {
			fmt.Fprint(w, `{"at":"2026-01-01T00:00:30.250Z"}`)
			return
		}
		w.(http.Flusher).Flush()
		for {
			select {
			case <-r.Context().Done():
				return
			case line := <-b.news:
				fmt.Fprintln(w, line)
				w.(http.Flusher).Flush()
			}
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	proxy, err := newProxy(server.TLS.Certificates[0], pool, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "example.com"}, ForceAttemptHTTP2: true}
	b.proxy, b.client, b.base = proxy, &http.Client{Transport: transport}, fmt.Sprintf("https://127.0.0.1:%d", proxy.port)
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		proxy.close()
		server.CloseClientConnections()
		server.Close()
	})
	return b
}

const statusPath = "/apis/portclaim.io/v1alpha1/namespaces/ns/portclaims/a/status"

func (b *bench) put(ctx context.Context, body string) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, b.base+statusPath, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	response, err := b.client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, string(answer), err
}

func (b *bench) fault(fault *Fault) {
	b.proxy.add(&Rule{Match: func(r Request) bool { return r.String() == "update portclaims/status" && r.Name == "a" }, Nth: 2,
		Fault: func(int) *Fault { return fault }})
}

func TestTheSecondRequestMeetsTheFault(t *testing.T) {
	for name, test := range map[string]struct {
		fault    *Fault
		code     int // 0: no answer
		arrivals int64
	}{
		"none":      {nil, 200, 3},
		"drop":      {&Fault{Drop: true}, 0, 2},
		"lose":      {&Fault{Lose: true}, 0, 3},
		"duplicate": {&Fault{Duplicate: true}, 200, 4},
		"status":    {&Fault{Status: 503}, 503, 2},
		"delay":     {&Fault{Delay: time.Millisecond}, 200, 3},
	} {
		b := newBench(t)
		b.fault(test.fault)
		for n := 1; n <= 3; n++ {
			code, _, err := b.put(t.Context(), "{}")
			want := 200
			if n == 2 {
				want = test.code
			}
			if code != want || (want == 0) != (err != nil) {
				t.Errorf("%s: request %d: %d, %v", name, n, code, err)
			}
		}
		if b.arrivals.Load() != test.arrivals {
			t.Errorf("%s: %d requests arrived", name, b.arrivals.Load())
		}
	}
}

func TestAHeldRequestArrivesWithoutItsSender(t *testing.T) {
	b := newBench(t)
	held, arrived := make(chan struct{}), make(chan int, 1)
	b.proxy.add(&Rule{Match: Request.isDecisive, Nth: 1,
		Fault: func(int) *Fault { return &Fault{Hold: held, Arrived: func(code int) { arrived <- code }} }})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := b.put(ctx, "late"); err == nil {
		t.Error("it was answered")
	}
	if b.arrivals.Load() != 0 {
		t.Error("it arrived at once")
	}
	close(held)
	if code := <-arrived; code != 200 || b.last.Load() != "late" {
		t.Errorf("%d %v", code, b.last.Load())
	}
}

func TestAWatchStandsStillAndGoesOnAndIsCut(t *testing.T) {
	b := newBench(t)
	response, err := b.client.Get(b.base + "/api/v1/pods?watch=true")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(response.Body); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	b.news <- "one"
	if line := <-lines; line != "one" {
		t.Errorf("%q", line)
	}
	b.proxy.freeze("pods")
	b.news <- "two"
	select {
	case line := <-lines:
		t.Errorf("%q passed", line)
	case <-time.After(50 * time.Millisecond):
	}
	b.proxy.thaw("pods")
	if line := <-lines; line != "two" {
		t.Errorf("%q", line)
	}
	b.proxy.cut("pods")
	if line, open := <-lines; open {
		t.Errorf("%q after the cut", line)
	}
}

func TestAClockThatIsAheadReadsEarlierTimesAndWritesLaterOnes(t *testing.T) {
	b := newBench(t)
	b.proxy.skew(30 * time.Second)
	_, answer, err := b.put(t.Context(), `{"renewTime":"2026-01-01T00:00:00.123456Z","name":"2026"}`)
	if err != nil || answer != `{"at":"2026-01-01T00:00:00.250Z"}` {
		t.Errorf("%s %v", answer, err)
	}
	if b.last.Load() != `{"renewTime":"2026-01-01T00:00:30.123456Z","name":"2026"}` {
		t.Error(b.last.Load())
	}
}

func TestRequestsAreNamed(t *testing.T) {
	for path, want := range map[string]string{
		"GET /api/v1/namespaces/ns/configmaps/a":                            "get configmaps",
		"GET /api/v1/configmaps?watch=true":                                 "watch configmaps",
		"GET /api/v1/namespaces?limit=1":                                    "list namespaces",
		"POST /api/v1/namespaces/ns/configmaps":                             "create configmaps",
		"PATCH /apis/portclaim.io/v1alpha1/portledgers/cluster":             "patch portledgers",
		"PUT " + statusPath:                                                 "update portclaims/status",
		"PATCH /apis/coordination.k8s.io/v1/namespaces/ns/leases/portclaim": "patch leases",
	} {
		method, path, _ := strings.Cut(path, " ")
		if got := readRequest(httptest.NewRequest(method, path, nil)).String(); got != want {
			t.Errorf("%s %s: %s", method, path, got)
		}
	}
}

func TestARelayStandsStillAndGoesOn(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		connection, err := listener.Accept()
		if err == nil {
			_, _ = io.Copy(connection, connection)
		}
	}()
	relay, err := newRelay(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer relay.close()
	connection, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", relay.port()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	echo := func(wait time.Duration) error {
		_ = connection.SetReadDeadline(time.Now().Add(wait))
		_, err := io.ReadFull(connection, make([]byte, 1))
		return err
	}
	for n, frozen := range []bool{false, true, false} {
		if frozen {
			relay.freeze()
		} else {
			relay.thaw()
		}
		if n < 2 {
			fmt.Fprint(connection, "x")
		}
		wait := 5 * time.Second
		if frozen {
			wait = 50 * time.Millisecond
		}
		if err := echo(wait); (err != nil) != frozen {
			t.Errorf("%d: %v", n, err)
		}
	}
}

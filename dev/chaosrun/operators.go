package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"portclaim.io/dev/clusterctl/internal/ports"
)

// The Lease is short, so that a row does not wait long for a standby; the
// cooldown is long enough to be seen in a recording.
const (
	leaseDuration = 4 * time.Second
	cooldown      = 4 * time.Second
	operatorLimit = 90 * time.Second
)

// home is where the chart is installed.
const home = "portclaim"

var operatorOptions = []string{
	"--lease-duration=4s", "--renew-deadline=3s", "--retry-period=500ms", "--ledger-request-timeout=1s",
	"--min-cooldown=1s", "--pool-status-interval=1s", "--sweep-interval=10s", "--http-bind-address=127.0.0.1",
	"--pod-scope-in=*",
}

// Replica is an operator as a process behind a proxy of its own, restarted
// whenever it ends, as by a kubelet.
type Replica struct {
	name        string
	namespace   string // of its Lease
	plane       *Plane
	proxy       *Proxy
	command     []string
	extra       []string // options
	prefix      []string // a command that starts the operator's
	environment []string

	mutex   sync.Mutex
	process *Process
	port    int
	starts  int
	wanted  bool
	ends    []string // how each process ended
	done    chan struct{}
}

// newReplica prepares a replica of the install in a namespace.
func (p *Plane) newReplica(name, namespace string, command []string) (*Replica, error) {
	server, err := p.authority.Server("proxy")
	if err != nil {
		return nil, err
	}
	certificate, err := tls.X509KeyPair(server.Cert, server.Key)
	if err != nil {
		return nil, err
	}
	proxy, err := newProxy(certificate, p.pool, p.apiURL(mainAPI))
	if err != nil {
		return nil, err
	}
	r := &Replica{name: name, namespace: namespace, plane: p, proxy: proxy, command: command}
	return r, r.renewToken(context.Background())
}

// renewToken gives it a new token of its service account, as a kubelet does.
func (r *Replica) renewToken(ctx context.Context) error {
	var answer struct{ Status struct{ Token string } }
	body := map[string]any{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": map[string]any{}}
	content, err := r.plane.api.send(ctx, http.MethodPost,
		"/api/v1/namespaces/"+home+"/serviceaccounts/portclaim/token", body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, &answer); err != nil {
		return err
	}
	path := r.plane.path(r.name + ".token")
	if err := os.WriteFile(path+".new", []byte(answer.Status.Token), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// start starts the process, and from then on restarts it when it ends.
func (r *Replica) start() error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.wanted {
		return nil
	}
	r.wanted, r.done = true, make(chan struct{})
	if err := r.launch(); err != nil {
		return err
	}
	go r.supervise(r.done)
	return nil
}

func (r *Replica) launch() error {
	chosen, err := ports.Choose(1)
	if err != nil {
		return err
	}
	r.port = chosen[0]
	r.starts++
	words := append(append([]string{}, r.prefix...), r.command...)
	words = append(words, operatorOptions...)
	words = append(words, fmt.Sprintf("--http-port=%d", r.port), "--lease-namespace="+r.namespace,
		fmt.Sprintf("--identity=%s-%d", r.name, r.starts))
	words = append(words, r.extra...)
	// As in a pod, but for the paths.
	process, err := startProcess(r.name, r.plane.path(r.name+".log"), append(slices.Clone(r.environment),
		"KUBECONFIG="+r.plane.path("none"), "KUBERNETES_SERVICE_HOST=127.0.0.1", fmt.Sprintf("KUBERNETES_SERVICE_PORT=%d", r.proxy.port),
		"KUBERNETES_CERTS_CA_FILE="+r.plane.path("ca.crt"), "KUBERNETES_AUTH_SERVICEACCOUNT_TOKEN="+r.plane.path(r.name+".token")), words[0], words[1:]...)
	if err == nil {
		r.process = process
	}
	return err
}

func (r *Replica) supervise(done chan struct{}) {
	defer close(done)
	for {
		process := r.current()
		<-process.ended
		r.mutex.Lock()
		r.ends = append(r.ends, process.command.ProcessState.String())
		if !r.wanted {
			r.mutex.Unlock()
			return
		}
		err := r.launch()
		r.mutex.Unlock()
		if err != nil {
			return
		}
	}
}

func (r *Replica) current() *Process {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.process
}

func (r *Replica) kill() error { return r.current().kill() }

// end stops the process for good, by SIGTERM or SIGKILL.
func (r *Replica) end(gently bool) error {
	r.mutex.Lock()
	if !r.wanted {
		r.mutex.Unlock()
		return nil
	}
	r.wanted = false
	process, done := r.process, r.done
	r.mutex.Unlock()
	var err error
	if gently {
		err = process.stop(20 * time.Second)
	} else {
		err = process.kill()
	}
	<-done
	return err
}

func (r *Replica) close() {
	_ = r.end(false)
	r.proxy.close()
}

// isServing reports whether it leads and has loaded everything.
func (r *Replica) isServing(ctx context.Context) bool {
	return strings.Contains(r.readiness(ctx), "leading by lease")
}

// readiness is its answer that it is ready, as a leader or as a standby; empty until then.
func (r *Replica) readiness(ctx context.Context) string {
	r.mutex.Lock()
	port := r.port
	r.mutex.Unlock()
	limited, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(limited, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/readyz", port), nil)
	if err != nil {
		return ""
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return ""
	}
	return string(text)
}

// Fleet is all operators of a row.
type Fleet []*Replica

func (f Fleet) start() error {
	for _, replica := range f {
		if err := replica.start(); err != nil {
			return err
		}
	}
	return nil
}

func (f Fleet) close() {
	for _, replica := range f {
		replica.close()
	}
}

// leader waits until one of them serves claims.
func (f Fleet) leader(ctx context.Context) (*Replica, error) {
	limited, cancel := context.WithTimeout(ctx, operatorLimit)
	defer cancel()
	for {
		for _, replica := range f {
			if replica.isServing(limited) {
				return replica, nil
			}
		}
		if err := pause(limited, 50*time.Millisecond); err != nil {
			return nil, fmt.Errorf("no operator serves claims: %w\n%s", err, f[0].current().logTail())
		}
	}
}

// ready waits until all of them have started: one that can't ends, and is started again.
func (f Fleet) ready(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, operatorLimit)
	defer cancel()
	for slices.ContainsFunc(f, func(r *Replica) bool { return r.readiness(limited) == "" }) {
		if err := pause(limited, 50*time.Millisecond); err != nil {
			return fmt.Errorf("not all operators are ready: %w", err)
		}
	}
	return nil
}

// others are all but one.
func (f Fleet) others(than *Replica) Fleet {
	var others Fleet
	for _, replica := range f {
		if replica != than {
			others = append(others, replica)
		}
	}
	return others
}

func (f Fleet) each(do func(*Proxy)) {
	for _, replica := range f {
		do(replica.proxy)
	}
}

// quietSince is when the last of them wrote.
func (f Fleet) quietSince() time.Time {
	var last time.Time
	for _, replica := range f {
		if at := replica.proxy.quietSince(); at.After(last) {
			last = at
		}
	}
	return last
}

// endCounts is how many processes of each have ended.
func (f Fleet) endCounts() []int {
	var counts []int
	for _, replica := range f {
		replica.mutex.Lock()
		counts = append(counts, len(replica.ends))
		replica.mutex.Unlock()
	}
	return counts
}

// endsSince tells how processes ended that had not, by earlier counts.
func (f Fleet) endsSince(counts []int) []string {
	var ends []string
	for n, replica := range f {
		replica.mutex.Lock()
		ends = append(ends, replica.ends[counts[n]:]...)
		replica.mutex.Unlock()
	}
	return ends
}

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"portclaim.io/dev/clusterctl/internal/pki"
	"portclaim.io/dev/clusterctl/internal/ports"
)

// Plane is a control plane on the loopback address: one etcd, two API servers,
// of which the second reaches etcd through a relay that can be frozen, and a
// controller manager.
type Plane struct {
	dir, binaries string
	authority     *pki.Authority
	pool          *x509.CertPool
	admin         tls.Certificate

	etcdPort, peerPort, managerPort int
	apiPorts                        [2]int
	quota                           int64
	starts                          int

	etcd     *Process
	apis     [2]*Process
	manager  *Process
	relay    *Relay
	client   *Etcd
	recorder *Recorder
	api      *Client // of the first API server, as an administrator
}

const (
	mainAPI      = 0
	relayedAPI   = 1
	noQuota      = 8 << 30
	startPatient = 90 * time.Second
)

// newPlane prepares the files of a control plane in a folder.
func newPlane(dir, binaries string) (*Plane, error) {
	p := &Plane{dir: dir, binaries: binaries, quota: noQuota}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	numbers, err := ports.Choose(5)
	if err != nil {
		return nil, err
	}
	p.etcdPort, p.peerPort, p.managerPort = numbers[0], numbers[1], numbers[2]
	p.apiPorts = [2]int{numbers[3], numbers[4]}
	if err := p.makeCertificates(); err != nil {
		return nil, err
	}
	p.client = &Etcd{fmt.Sprintf("https://127.0.0.1:%d", p.etcdPort), &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: p.pool, Certificates: []tls.Certificate{p.admin}},
	}}}
	p.recorder = newRecorder(p.client)
	p.api = newClient(p.apiURL(mainAPI), p.pool, p.admin, "")
	return p, nil
}

func (p *Plane) path(name string) string { return filepath.Join(p.dir, name) }

func (p *Plane) apiURL(which int) string {
	return fmt.Sprintf("https://127.0.0.1:%d", p.apiPorts[which])
}

func (p *Plane) makeCertificates() (err error) {
	if p.authority, err = pki.NewAuthority("chaos"); err != nil {
		return err
	}
	p.pool = x509.NewCertPool()
	p.pool.AppendCertsFromPEM(p.authority.Cert)
	accounts, err := pki.ServiceAccountKeys()
	if err != nil {
		return err
	}
	admin, err := p.authority.AnyClient(pki.Subject{User: "admin", Groups: []string{"system:masters"}})
	if err != nil {
		return err
	}
	if p.admin, err = tls.X509KeyPair(admin.Cert, admin.Key); err != nil {
		return err
	}
	server, err := p.authority.Server("server")
	if err != nil {
		return err
	}
	for name, pair := range map[string]pki.Pair{"ca": p.authority.Pair, "accounts": accounts, "admin": admin, "server": server} {
		if err := errors.Join(os.WriteFile(p.path(name+".crt"), pair.Cert, 0o600), os.WriteFile(p.path(name+".key"), pair.Key, 0o600)); err != nil {
			return err
		}
	}
	return p.writeKubeconfig("admin.kubeconfig", p.apiURL(mainAPI), map[string]any{
		"client-certificate": p.path("admin.crt"), "client-key": p.path("admin.key")})
}

// start starts everything, and the recorder before anything is written.
func (p *Plane) start(ctx context.Context) error {
	if err := p.startEtcd(ctx); err != nil {
		return err
	}
	p.recorder.begin(ctx)
	relay, err := newRelay(fmt.Sprintf("127.0.0.1:%d", p.etcdPort))
	if err != nil {
		return err
	}
	p.relay = relay
	if err := p.startAPIs(ctx); err != nil {
		return err
	}
	return p.startManager()
}

func (p *Plane) startManager() (err error) {
	p.manager, err = p.run("kube-controller-manager",
		"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", p.managerPort),
		"--kubeconfig="+p.path("admin.kubeconfig"),
		"--root-ca-file="+p.path("ca.crt"),
		"--service-account-private-key-file="+p.path("accounts.key"),
		"--use-service-account-credentials", "--leader-elect=false",
		"--flex-volume-plugin-dir="+p.path("flexvolume"),
		"--kube-api-qps=200", "--kube-api-burst=400", "--profiling=false",
		"--controllers=*,-node-lifecycle-controller")
	return err
}

// run starts one of the programs of the control plane.
func (p *Plane) run(program string, arguments ...string) (*Process, error) {
	return startProcess(program, p.path(program+".log"), nil, filepath.Join(p.binaries, program), arguments...)
}

func (p *Plane) startEtcd(ctx context.Context) (err error) {
	client := fmt.Sprintf("https://127.0.0.1:%d", p.etcdPort)
	peer := fmt.Sprintf("https://127.0.0.1:%d", p.peerPort)
	p.etcd, err = p.run("etcd",
		"--name=chaos", "--data-dir="+p.path("etcd"),
		"--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=chaos="+peer,
		"--client-cert-auth", "--trusted-ca-file="+p.path("ca.crt"),
		"--cert-file="+p.path("server.crt"), "--key-file="+p.path("server.key"),
		"--peer-client-cert-auth", "--peer-trusted-ca-file="+p.path("ca.crt"),
		"--peer-cert-file="+p.path("server.crt"), "--peer-key-file="+p.path("server.key"),
		"--unsafe-no-fsync", fmt.Sprintf("--quota-backend-bytes=%d", p.quota), "--log-level=warn")
	if err != nil {
		return err
	}
	return p.await(ctx, p.etcd, "etcd", func(ctx context.Context) error {
		_, _, err := p.client.get(ctx, tickKey)
		return err
	})
}

func (p *Plane) startAPIs(ctx context.Context) error {
	for which := range p.apis {
		if err := p.startAPI(which); err != nil {
			return err
		}
	}
	for which := range p.apis {
		if err := p.awaitAPI(ctx, which); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plane) startAPI(which int) (err error) {
	etcd := p.etcdPort
	if which == relayedAPI {
		etcd = p.relay.port()
	}
	p.apis[which], err = p.run("kube-apiserver",
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", p.apiPorts[which]),
		"--tls-cert-file="+p.path("server.crt"), "--tls-private-key-file="+p.path("server.key"),
		"--client-ca-file="+p.path("ca.crt"),
		fmt.Sprintf("--etcd-servers=https://127.0.0.1:%d", etcd),
		"--etcd-cafile="+p.path("ca.crt"), "--etcd-certfile="+p.path("server.crt"), "--etcd-keyfile="+p.path("server.key"),
		// The recorder reads from the first revision on, and reads JSON.
		"--etcd-compaction-interval=0", "--storage-media-type=application/json",
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file="+p.path("accounts.crt"), "--service-account-signing-key-file="+p.path("accounts.key"),
		"--service-cluster-ip-range=10.96.0.0/16", "--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction", "--disable-admission-plugins=TaintNodesByCondition",
		"--endpoint-reconciler-type=none", "--allow-privileged=true", "--profiling=false")
	return err
}

func (p *Plane) awaitAPI(ctx context.Context, which int) error {
	client := newClient(p.apiURL(which), p.pool, p.admin, "")
	return p.await(ctx, p.apis[which], "kube-apiserver", func(ctx context.Context) error {
		_, err := client.send(ctx, http.MethodGet, "/readyz", nil)
		return err
	})
}

func (p *Plane) await(ctx context.Context, process *Process, name string, ready func(context.Context) error) error {
	end := time.Now().Add(startPatient)
	for {
		limited, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := ready(limited)
		cancel()
		switch {
		case err == nil:
			return nil
		case !process.alive():
			return fmt.Errorf("%s has ended: %s\n%s", name, process.command.ProcessState, process.logTail())
		case time.Now().After(end):
			return fmt.Errorf("%s is not ready after %s: %w\n%s", name, startPatient, err, process.logTail())
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// stop ends all its processes.
func (p *Plane) stop() {
	p.recorder.end()
	for _, process := range []*Process{p.manager, p.apis[0], p.apis[1], p.etcd} {
		if process != nil {
			_ = process.kill()
		}
	}
	if p.relay != nil {
		p.relay.close()
	}
}

func (p *Plane) writeKubeconfig(name, server string, user map[string]any) error {
	return writeJSON(p.path(name), map[string]any{
		"apiVersion": "v1", "kind": "Config", "current-context": "chaos",
		"clusters": []any{map[string]any{"name": "chaos", "cluster": map[string]any{"server": server, "certificate-authority": p.path("ca.crt")}}},
		"users":    []any{map[string]any{"name": "chaos", "user": user}},
		"contexts": []any{map[string]any{"name": "chaos", "context": map[string]any{"cluster": "chaos", "user": "chaos"}}},
	})
}

// tool runs kubectl or helm and returns what it prints.
func (p *Plane) tool(ctx context.Context, program string, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, program, arguments...)
	command.Env = append(os.Environ(), "KUBECONFIG="+p.path("admin.kubeconfig"),
		"HELM_CACHE_HOME="+p.path("helm"), "HELM_CONFIG_HOME="+p.path("helm"), "HELM_DATA_HOME="+p.path("helm"))
	out, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %v: %w\n%s", filepath.Base(program), arguments, err, out)
	}
	return string(out), nil
}

package instance

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"portclaim.io/dev/clusterctl/internal/kube"
	"portclaim.io/dev/clusterctl/internal/ports"
)

// Client talks to the API server as the administrator.
func (i Instance) Client(config Config) (*kube.Client, error) {
	return i.client(config.Address(), config.Ports.APIServer, "admin")
}

// The ports of a node's components, in the node's own network namespace.
const (
	kubeletPort     = 10250
	proxyHealthPort = 10256
)

// Health returns how to ask a component whether it is well.
func (i Instance) Health(component Component, config Config) (func(context.Context) error, error) {
	switch component.Kind {
	case Etcd:
		return i.health(ports.Loopback, config.Ports.Etcd, "etcd", "/health")
	case APIServer:
		return i.health(config.Address(), config.Ports.APIServer, "admin", "/readyz")
	case ControllerManager:
		return i.health(ports.Loopback, config.Ports.ControllerManager, "admin", "/healthz")
	case Scheduler:
		return i.health(ports.Loopback, config.Ports.Scheduler, "admin", "/healthz")
	case Machine:
		// It does nothing that could fail while it runs.
		return func(context.Context) error { return nil }, nil
	case Containerd:
		return func(ctx context.Context) error { return i.connect(ctx, RuntimeSocket(*component.Node)) }, nil
	case Kubelet:
		return i.health(config.Network.NodeAddress(*component.Node), kubeletPort, "admin", "/healthz")
	case Proxy:
		url := fmt.Sprintf("http://%s:%d/healthz", config.Network.NodeAddress(*component.Node), proxyHealthPort)
		return func(ctx context.Context) error { return answers(ctx, url) }, nil
	default:
		return nil, fmt.Errorf("%s has no health", component.Name)
	}
}

func (i Instance) health(host string, port int, pair, path string) (func(context.Context) error, error) {
	client, err := i.client(host, port, pair)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return client.Healthy(ctx, path) }, nil
}

func (i Instance) client(host string, port int, pair string) (*kube.Client, error) {
	return kube.NewClient(fmt.Sprintf("https://%s:%d", host, port), i.path("pki"), pair)
}

// connect finds out whether somebody listens on a socket that is named relative
// to the instance's directory, to which it changes.
func (i Instance) connect(ctx context.Context, socket string) error {
	if err := os.Chdir(i.Dir()); err != nil {
		return err
	}
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "unix", socket)
	if err == nil {
		err = connection.Close()
	}
	return err
}

func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	// No proxy, and no connection that outlives the question.
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	return nil
}

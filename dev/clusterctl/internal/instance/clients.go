package instance

import (
	"fmt"

	"portclaim.io/dev/clusterctl/internal/kube"
	"portclaim.io/dev/clusterctl/internal/ports"
)

// Client talks to the API server as the administrator.
func (i Instance) Client(config Config) (*kube.Client, error) {
	return i.client(config.Ports.APIServer, "admin")
}

// Health returns where a component says whether it is well.
func (i Instance) Health(component string, config Config) (client *kube.Client, path string, err error) {
	switch component {
	case Etcd:
		client, err = i.client(config.Ports.Etcd, "etcd")
		return client, "/health", err
	case APIServer:
		client, err = i.client(config.Ports.APIServer, "admin")
		return client, "/readyz", err
	case ControllerManager:
		client, err = i.client(config.Ports.ControllerManager, "admin")
		return client, "/healthz", err
	default:
		return nil, "", fmt.Errorf("there is no component %q: choose one of %v", component, components)
	}
}

func (i Instance) client(port int, pair string) (*kube.Client, error) {
	return kube.NewClient(fmt.Sprintf("https://%s:%d", ports.Loopback, port), i.path("pki"), pair)
}

package instance

import (
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"

	"portclaim.io/dev/clusterctl/internal/pki"
	"portclaim.io/dev/clusterctl/internal/ports"
)

// ServiceRange holds the addresses of services; the first is the API's own.
const ServiceRange = "10.96.0.0/16"

var apiService = net.IPv4(10, 96, 0, 1)

// frontProxy is the name under which the API server calls aggregated APIs.
const frontProxy = "front-proxy-client"

// WriteFiles makes the certificates, unless kept data already has them, and
// the kubeconfigs, which name the port and so may change from start to start.
func (i Instance) WriteFiles(config Config) error {
	if _, err := os.Stat(i.pki("complete")); err != nil {
		if err := i.writeCertificates(config); err != nil {
			return fmt.Errorf("cannot make the certificates: %w", err)
		}
	}
	if config.Audit {
		if err := writeFile(i.path("audit-policy.yaml"), []byte(auditPolicy)); err != nil {
			return err
		}
	}
	server := fmt.Sprintf("https://%s:%d", config.Address(), config.Ports.APIServer)
	if err := i.writeKubeconfig(i.componentKubeconfig(ControllerManager), server, ControllerManager); err != nil {
		return err
	}
	if len(config.Nodes) > 0 {
		if err := i.writeNodeFiles(config, server); err != nil {
			return err
		}
	}
	return i.writeKubeconfig(i.Kubeconfig(), server, "admin")
}

func (i Instance) componentKubeconfig(component string) string {
	return i.path(component + ".kubeconfig")
}

func (i Instance) writeCertificates(config Config) error {
	authority, err := pki.NewAuthority("portclaim-" + i.Name)
	if err != nil {
		return err
	}
	pairs := map[string]func() (pki.Pair, error){
		"etcd": func() (pki.Pair, error) { return authority.Server("etcd") },
		APIServer: func() (pki.Pair, error) {
			return authority.Server("kube-apiserver", apiService, net.ParseIP(config.Address()))
		},
		"service-account": pki.ServiceAccountKeys,
		ControllerManager: func() (pki.Pair, error) {
			return authority.Client(pki.Subject{User: "system:kube-controller-manager"})
		},
		frontProxy: func() (pki.Pair, error) {
			return authority.Client(pki.Subject{User: frontProxy})
		},
		"admin": func() (pki.Pair, error) {
			return authority.AnyClient(pki.Subject{User: "portclaim-admin", Groups: []string{"system:masters"}})
		},
	}
	nodePairs(authority, config, pairs)
	if err := i.writePair("ca", authority.Pair); err != nil {
		return err
	}
	// In parallel: an RSA key can take a good part of a second.
	var group sync.WaitGroup
	failures := make(chan error, len(pairs))
	for name, make := range pairs {
		group.Go(func() {
			pair, err := make()
			if err == nil {
				err = i.writePair(name, pair)
			}
			failures <- err
		})
	}
	group.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			return err
		}
	}
	// Written last: a start that was interrupted half way begins again.
	return writeFile(i.pki("complete"), nil)
}

func (i Instance) writePair(name string, pair pki.Pair) error {
	if err := writeFile(i.pki(name+".crt"), pair.Cert); err != nil {
		return err
	}
	return writeFile(i.pki(name+".key"), pair.Key)
}

func (i Instance) writeKubeconfig(path, server, user string) error {
	var encoded [3]string
	for n, file := range []string{"ca.crt", user + ".crt", user + ".key"} {
		content, err := os.ReadFile(i.pki(file))
		if err != nil {
			return err
		}
		encoded[n] = base64.StdEncoding.EncodeToString(content)
	}
	// Certificates are part of the file, so that it can be copied elsewhere.
	return writeFile(path, fmt.Appendf(nil, kubeconfig, "portclaim-"+i.Name, server, user, encoded[0], encoded[1], encoded[2]))
}

const kubeconfig = `apiVersion: v1
kind: Config
clusters:
- name: %[1]s
  cluster:
    server: %[2]s
    certificate-authority-data: %[4]s
users:
- name: %[3]s
  user:
    client-certificate-data: %[5]s
    client-key-data: %[6]s
contexts:
- name: %[1]s
  context:
    cluster: %[1]s
    user: %[3]s
current-context: %[1]s
`

// auditPolicy records who did what to which object, once per request. Contents
// of objects are left out: they would make the log slow and large.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
`

// EtcdClient are the variables with which etcdctl reaches the instance's etcd.
func (i Instance) EtcdClient(config Config) []string {
	return []string{
		fmt.Sprintf("ETCDCTL_ENDPOINTS=https://%s:%d", ports.Loopback, config.Ports.Etcd),
		"ETCDCTL_CACERT=" + i.pki("ca.crt"),
		"ETCDCTL_CERT=" + i.pki("etcd.crt"),
		"ETCDCTL_KEY=" + i.pki("etcd.key"),
	}
}

// CheckEtcdData reports why etcd could not start with the content of a directory.
func (i Instance) CheckEtcdData(from string) error {
	if _, err := os.Stat(filepath.Join(from, "member")); err != nil {
		return fmt.Errorf("%s is no data of etcd: %w", from, err)
	}
	own, err := os.Stat(i.path("etcd"))
	if err != nil {
		return nil
	}
	if other, err := os.Stat(from); err == nil && os.SameFile(own, other) {
		return fmt.Errorf("%s is what etcd has already", from)
	}
	return nil
}

// SetEtcdData replaces what etcd has by the content of a directory. Etcd must
// not run.
func (i Instance) SetEtcdData(from string) error {
	if err := os.RemoveAll(i.path("etcd")); err != nil {
		return err
	}
	return os.CopyFS(i.path("etcd"), os.DirFS(from))
}

package instance

import (
	"fmt"
	"path/filepath"

	"portclaim.io/dev/clusterctl/internal/ports"
)

// Command returns the program of a component and its arguments.
func (i Instance) Command(component string, config Config) (program string, arguments []string, err error) {
	switch component {
	case Etcd:
		arguments = i.etcd(config)
	case APIServer:
		arguments = i.apiServer(config)
	case ControllerManager:
		arguments = i.controllerManager(config)
	default:
		return "", nil, fmt.Errorf("there is no component %q: choose one of %v", component, components)
	}
	return filepath.Join(config.Binaries, component), arguments, nil
}

func (i Instance) etcd(config Config) []string {
	client := fmt.Sprintf("https://%s:%d", ports.Loopback, config.Ports.Etcd)
	peer := fmt.Sprintf("https://%s:%d", ports.Loopback, config.Ports.EtcdPeer)
	return []string{
		"--name=portclaim",
		"--data-dir=" + i.path("etcd"),
		"--listen-client-urls=" + client,
		"--advertise-client-urls=" + client,
		"--listen-peer-urls=" + peer,
		"--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=portclaim=" + peer,
		// Certificates both ways also keep the API server of another instance
		// out, should two ever pick the same port at the same moment.
		"--client-cert-auth",
		"--trusted-ca-file=" + i.pki("ca.crt"),
		"--cert-file=" + i.pki("etcd.crt"),
		"--key-file=" + i.pki("etcd.key"),
		"--peer-client-cert-auth",
		"--peer-trusted-ca-file=" + i.pki("ca.crt"),
		"--peer-cert-file=" + i.pki("etcd.crt"),
		"--peer-key-file=" + i.pki("etcd.key"),
		// The data outlives processes but need not outlive a power cut.
		"--unsafe-no-fsync",
		"--quota-backend-bytes=8589934592",
		"--auto-compaction-mode=periodic",
		"--auto-compaction-retention=5m",
		"--log-level=warn",
	}
}

func (i Instance) apiServer(config Config) []string {
	arguments := []string{
		"--bind-address=" + ports.Loopback,
		// Any address of the machine is taken unless one is named, and a machine
		// without a default route has none. No pod reaches it, so it is not
		// published as the endpoint of the service "kubernetes" either.
		"--advertise-address=" + ports.Loopback,
		"--endpoint-reconciler-type=none",
		fmt.Sprintf("--secure-port=%d", config.Ports.APIServer),
		"--tls-cert-file=" + i.pki(APIServer+".crt"),
		"--tls-private-key-file=" + i.pki(APIServer+".key"),
		"--client-ca-file=" + i.pki("ca.crt"),
		fmt.Sprintf("--etcd-servers=https://%s:%d", ports.Loopback, config.Ports.Etcd),
		"--etcd-cafile=" + i.pki("ca.crt"),
		"--etcd-certfile=" + i.pki("etcd.crt"),
		"--etcd-keyfile=" + i.pki("etcd.key"),
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + i.pki("service-account.crt"),
		"--service-account-signing-key-file=" + i.pki("service-account.key"),
		// For aggregated APIs; also what the controller manager reads to know which
		// certificates to accept.
		"--requestheader-client-ca-file=" + i.pki("ca.crt"),
		"--requestheader-allowed-names=" + frontProxy,
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + i.pki(frontProxy+".crt"),
		"--proxy-client-key-file=" + i.pki(frontProxy+".key"),
		"--service-cluster-ip-range=" + serviceRange,
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		// It marks each new node as not ready until the node lifecycle controller,
		// which does not run here, finds it healthy.
		"--disable-admission-plugins=TaintNodesByCondition",
		"--allow-privileged=true",
		"--profiling=false",
	}
	if config.Audit {
		arguments = append(arguments,
			"--audit-policy-file="+i.path("audit-policy.yaml"),
			"--audit-log-path="+i.path("audit.log"),
			// Written before the answer is sent: who reads the log after a
			// request finds that request in it.
			"--audit-log-mode=blocking",
			"--audit-log-maxsize=0",
		)
	}
	return arguments
}

func (i Instance) controllerManager(config Config) []string {
	return []string{
		"--bind-address=" + ports.Loopback,
		fmt.Sprintf("--secure-port=%d", config.Ports.ControllerManager),
		"--kubeconfig=" + i.controllerKubeconfig(),
		"--authentication-kubeconfig=" + i.controllerKubeconfig(),
		"--authorization-kubeconfig=" + i.controllerKubeconfig(),
		"--client-ca-file=" + i.pki("ca.crt"),
		"--tls-cert-file=" + i.pki(APIServer+".crt"),
		"--tls-private-key-file=" + i.pki(APIServer+".key"),
		"--root-ca-file=" + i.pki("ca.crt"),
		"--service-account-private-key-file=" + i.pki("service-account.key"),
		"--cluster-signing-cert-file=" + i.pki("ca.crt"),
		"--cluster-signing-key-file=" + i.pki("ca.key"),
		// Each controller acts under its own name, which the audit log then shows.
		"--use-service-account-credentials",
		"--leader-elect=false",
		// Nodes here are objects without a kubelet: nothing renews their leases,
		// and the lifecycle controller would report each as lost.
		"--controllers=*,-node-lifecycle-controller",
		// It is created where it does not exist, by default below /usr.
		"--flex-volume-plugin-dir=" + i.path("flexvolume"),
		// The defaults suit a cluster that is shared; tests should not wait for them.
		"--kube-api-qps=200",
		"--kube-api-burst=400",
		"--profiling=false",
	}
}

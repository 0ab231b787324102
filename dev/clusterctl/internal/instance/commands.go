package instance

import (
	"fmt"
	"path/filepath"

	"portclaim.io/dev/clusterctl/internal/ports"
)

// Command returns the program of a component and its arguments.
func (i Instance) Command(component Component, config Config) (program string, arguments []string) {
	switch component.Kind {
	case Etcd:
		arguments = i.etcd(config)
	case APIServer:
		arguments = i.apiServer(config)
	case ControllerManager:
		arguments = i.controllerManager(config)
	case Scheduler:
		return filepath.Join(config.Programs.Kubernetes, Scheduler), i.scheduler(config)
	default:
		return i.nodeCommand(component, config)
	}
	return filepath.Join(config.Binaries, component.Kind), arguments
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
		"--bind-address=" + config.Address(),
		// Any address of the machine is taken unless one is named, and a machine
		// without a default route has none.
		"--advertise-address=" + config.Address(),
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
		"--service-cluster-ip-range=" + ServiceRange,
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--allow-privileged=true",
		"--profiling=false",
	}
	if len(config.Nodes) > 0 {
		arguments = append(arguments,
			"--kubelet-client-certificate="+i.pki(kubeletClient+".crt"),
			"--kubelet-client-key="+i.pki(kubeletClient+".key"),
			"--kubelet-certificate-authority="+i.pki("ca.crt"),
			"--kubelet-preferred-address-types=InternalIP",
		)
	} else {
		arguments = append(arguments,
			// No pod reaches the API, so it is not published as the endpoint of the
			// service "kubernetes".
			"--endpoint-reconciler-type=none",
			// It marks each new node as not ready until the node lifecycle controller,
			// which does not run here, finds it healthy.
			"--disable-admission-plugins=TaintNodesByCondition",
		)
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
	arguments := []string{
		"--bind-address=" + ports.Loopback,
		fmt.Sprintf("--secure-port=%d", config.Ports.ControllerManager),
		"--kubeconfig=" + i.componentKubeconfig(ControllerManager),
		"--authentication-kubeconfig=" + i.componentKubeconfig(ControllerManager),
		"--authorization-kubeconfig=" + i.componentKubeconfig(ControllerManager),
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
		// It is created where it does not exist, by default below /usr.
		"--flex-volume-plugin-dir=" + i.path("flexvolume"),
		// The defaults suit a cluster that is shared; tests should not wait for them.
		"--kube-api-qps=200",
		"--kube-api-burst=400",
		"--profiling=false",
	}
	if len(config.Nodes) == 0 {
		// Nodes here are objects without a kubelet: nothing renews their leases,
		// and the lifecycle controller would report each as lost.
		return append(arguments, "--controllers=*,-node-lifecycle-controller")
	}
	// A node that is stopped is noticed sooner than after the default of 50s; the
	// kubelets renew their leases every 5s.
	return append(arguments, "--node-monitor-grace-period=20s", "--node-monitor-period=2s")
}

func (i Instance) scheduler(config Config) []string {
	return []string{
		"--bind-address=" + ports.Loopback,
		fmt.Sprintf("--secure-port=%d", config.Ports.Scheduler),
		"--kubeconfig=" + i.componentKubeconfig(Scheduler),
		"--authentication-kubeconfig=" + i.componentKubeconfig(Scheduler),
		"--authorization-kubeconfig=" + i.componentKubeconfig(Scheduler),
		"--client-ca-file=" + i.pki("ca.crt"),
		"--requestheader-client-ca-file=" + i.pki("ca.crt"),
		"--tls-cert-file=" + i.pki(APIServer+".crt"),
		"--tls-private-key-file=" + i.pki(APIServer+".key"),
		"--leader-elect=false",
		"--profiling=false",
	}
}

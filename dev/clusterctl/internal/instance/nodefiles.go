package instance

import (
	"bytes"
	"encoding/json"
	"maps"
	"net"
	"os"
	"slices"
	"text/template"

	"portclaim.io/dev/clusterctl/internal/pki"
)

// kubeletClient is the name under which the API server calls kubelets.
const kubeletClient = "kube-apiserver-kubelet-client"

// nodePairs adds the certificates that a cluster with nodes needs.
func nodePairs(authority *pki.Authority, config Config, pairs map[string]func() (pki.Pair, error)) {
	if len(config.Nodes) == 0 {
		return
	}
	client := func(user string, groups ...string) func() (pki.Pair, error) {
		return func() (pki.Pair, error) { return authority.Client(pki.Subject{User: user, Groups: groups}) }
	}
	pairs[Scheduler] = client("system:kube-scheduler")
	pairs[Proxy] = client("system:kube-proxy")
	pairs[kubeletClient] = client(kubeletClient, "system:masters")
	for _, node := range config.Nodes {
		name := Kubelet + "-" + node.Name
		pairs[name] = client("system:node:"+node.Name, "system:nodes")
		pairs[name+"-server"] = func() (pki.Pair, error) {
			return authority.Server(node.Name, net.ParseIP(config.Network.NodeAddress(node)))
		}
	}
}

// writeNodeFiles writes what the components of nodes are configured with.
func (i Instance) writeNodeFiles(config Config, server string) error {
	if err := i.writeKubeconfig(i.componentKubeconfig(Scheduler), server, Scheduler); err != nil {
		return err
	}
	for _, node := range config.Nodes {
		dirs := slices.Collect(maps.Values(i.Mounts(node)))
		for _, dir := range append(dirs, i.NodeDir(node, "kubelet", "manifests")) {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return err
			}
		}
		if err := i.writeKubeconfig(i.NodeDir(node, "kubelet.kubeconfig"), server, Kubelet+"-"+node.Name); err != nil {
			return err
		}
		if err := i.writeKubeconfig(i.NodeDir(node, "kube-proxy.kubeconfig"), server, Proxy); err != nil {
			return err
		}
		for name, text := range nodeFiles {
			content, err := i.nodeFile(config, node, text)
			if err != nil {
				return err
			}
			if err := writeFile(i.NodeDir(node, name), content); err != nil {
				return err
			}
		}
	}
	return nil
}

func (i Instance) nodeFile(config Config, node Node, text *template.Template) ([]byte, error) {
	server := Kubelet + "-" + node.Name + "-server"
	var out bytes.Buffer
	err := text.Execute(&out, map[string]any{
		"Dir":            i.NodeDir(node),
		"CNI":            i.NodeDir(node, "cni"),
		"Plugins":        pluginDir,
		"Root":           containerdRoot,
		"RuntimeAddress": runtimeAddress,
		"PauseImage":     PauseImage,
		"Name":           node.Name,
		"PodRange":       config.Network.PodRange(node),
		"Authority":      i.pki("ca.crt"),
		"Cert":           i.pki(server + ".crt"),
		"Key":            i.pki(server + ".key"),
		"KubeletPort":    kubeletPort,
		"HealthPort":     proxyHealthPort,
	})
	return out.Bytes(), err
}

// quoted writes a string that TOML, YAML and JSON read alike.
func quoted(text string) (string, error) {
	content, err := json.Marshal(text)
	return string(content), err
}

func nodeTemplate(text string) *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{"quoted": quoted}).Parse(text))
}

// nodeFiles are the files of a node by their names in its directory.
var nodeFiles = map[string]*template.Template{
	"containerd.toml":        nodeTemplate(containerdConfig),
	"kubelet.yaml":           nodeTemplate(kubeletConfig),
	"kube-proxy.yaml":        nodeTemplate(proxyConfig),
	"cni/portclaim.conflist": nodeTemplate(cniConfig),
	// There is no DNS in the cluster, and that of this machine is not for its pods.
	"resolv.conf": nodeTemplate("# no name server\n"),
}

const containerdConfig = `version = 3
root = {{quoted .Root}}
state = "/run/containerd"
disabled_plugins = [
  "io.containerd.internal.v1.opt",
  "io.containerd.nri.v1.nri",
  "io.containerd.snapshotter.v1.blockfile",
  "io.containerd.snapshotter.v1.erofs",
  "io.containerd.differ.v1.erofs",
]

[grpc]
  address = {{quoted .RuntimeAddress}}

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = {{quoted .PauseImage}}

[plugins.'io.containerd.cri.v1.runtime']
  # Without CAP_SYS_RESOURCE a score can't be lowered, and runc would fail.
  restrict_oom_score_adj = true

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = [{{quoted .Plugins}}]
  conf_dir = {{quoted .CNI}}

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = false
`

const kubeletConfig = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: {{quoted (print "unix://" .RuntimeAddress)}}
port: {{.KubeletPort}}
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: {{quoted .Authority}}}
authorization: {mode: Webhook}
tlsCertFile: {{quoted .Cert}}
tlsPrivateKeyFile: {{quoted .Key}}
# The cgroups of a node are a tree of its own, in which only containers have limits.
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
oomScoreAdj: 0
localStorageCapacityIsolation: false
# This machine's disk is not the node's own: how full it is must not move pods.
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: "0%", nodefs.available: "0%", nodefs.inodesFree: "0%", imagefs.available: "0%", imagefs.inodesFree: "0%"}
# A node that is stopped is noticed within 20s.
nodeLeaseDurationSeconds: 20
nodeStatusUpdateFrequency: 5s
clusterDNS: []
resolvConf: {{quoted (print .Dir "/resolv.conf")}}
volumePluginDir: {{quoted (print .Dir "/flexvolume")}}
podLogsDir: /var/log/pods
# Static pods, as control planes run theirs; nothing is there at first.
staticPodPath: /var/lib/kubelet/manifests
fileCheckFrequency: 1s
serializeImagePulls: false
# Tests should not wait for what a busy cluster is spared.
syncFrequency: 5s
kubeAPIQPS: 50
kubeAPIBurst: 100
shutdownGracePeriod: 0s
`

const proxyConfig = `apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: {{quoted (print .Dir "/kube-proxy.kubeconfig")}}}
hostnameOverride: {{quoted .Name}}
mode: iptables
detectLocalMode: ClusterCIDR
clusterCIDR: {{quoted .PodRange}}
healthzBindAddress: 0.0.0.0:{{.HealthPort}}
metricsBindAddress: 127.0.0.1:10249
oomScoreAdj: 0
# These are limits of the whole machine, and not a node's to set.
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
iptables: {minSyncPeriod: 0s}
`

// cniConfig gives each pod a cable of its own to the node, which routes: with a
// bridge between, answers of a service's pod on the same node would bypass it.
const cniConfig = `{
  "cniVersion": "1.0.0",
  "name": "portclaim",
  "plugins": [
    {
      "type": "ptp",
      "ipMasq": false,
      "ipam": {
        "type": "host-local",
        "dataDir": "/run/cni/networks",
        "ranges": [[{"subnet": {{quoted .PodRange}}}]],
        "routes": [{"dst": "0.0.0.0/0"}]
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}, "snat": true}
  ]
}
`

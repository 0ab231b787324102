package instance

import (
	"encoding/json"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
)

func withNodes(t *testing.T) (Instance, Config) {
	t.Helper()
	of, config := newInstance(t)
	config.Network = Network{ID: "0a1b2c3d", Second: 123}
	config.Programs = Programs{Kubernetes: "/kubernetes", Runtime: "/runtime"}
	config.Nodes = []Node{
		{Name: "node-1", Number: 1, EphemeralPorts: "32768-60999"},
		{Name: "node-2", Number: 2, EphemeralPorts: "15000-25000", ReservedPorts: "15080"},
	}
	return of, config
}

func TestANodeStartsAfterTheControlPlaneAndFromTheBottom(t *testing.T) {
	_, config := withNodes(t)
	var names []string
	for _, component := range config.Components() {
		names = append(names, component.Name)
	}
	want := []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler",
		"node-1", "containerd-node-1", "kubelet-node-1", "kube-proxy-node-1",
		"node-2", "containerd-node-2", "kubelet-node-2", "kube-proxy-node-2"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q", names)
	}
	component, err := config.Component("kubelet-node-2")
	if err != nil || component.Kind != Kubelet || component.Node.Name != "node-2" {
		t.Errorf("%+v: %v", component, err)
	}
}

func TestTheAddressesOfANetworkDoNotOverlap(t *testing.T) {
	_, config := withNodes(t)
	network := config.Network
	_, all, err := net.ParseCIDR(network.Range())
	if err != nil {
		t.Fatal(err)
	}
	_, links, err := net.ParseCIDR(network.HostAddress() + "/24")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{network.HostAddress(): true}
	for number := 1; number <= MaxNodes; number++ {
		node := Node{Number: number}
		address := network.NodeAddress(node)
		_, pods, err := net.ParseCIDR(network.PodRange(node))
		if err != nil || !all.Contains(pods.IP) || links.Contains(pods.IP) || seen[pods.String()] {
			t.Errorf("node %d has pods %s: %v", number, network.PodRange(node), err)
		}
		if !links.Contains(net.ParseIP(address)) || seen[address] {
			t.Errorf("node %d has address %s", number, address)
		}
		hardware, err := net.ParseMAC(network.NodeHardware(node))
		if err != nil || hardware[0]&3 != 2 || seen[hardware.String()] {
			t.Errorf("node %d has hardware address %s: %v", number, network.NodeHardware(node), err)
		}
		seen[address], seen[pods.String()], seen[hardware.String()] = true, true, true
		// The kernel's limit for the name of an interface.
		if name := network.Link(node); len(name) > 15 {
			t.Errorf("%s is too long", name)
		}
	}
}

func TestTheAPIServerOfNodesListensWhereTheyReachIt(t *testing.T) {
	of, config := withNodes(t)
	_, arguments := of.Command(Component{APIServer, APIServer, nil}, config)
	for _, want := range []string{"--bind-address=10.123.0.1", "--advertise-address=10.123.0.1"} {
		if !slices.Contains(arguments, want) {
			t.Errorf("%s is missing in %q", want, arguments)
		}
	}
	for _, argument := range arguments {
		if strings.Contains(argument, "0.0.0.0") || strings.Contains(argument, "endpoint-reconciler") ||
			strings.Contains(argument, "TaintNodesByCondition") {
			t.Errorf("%s", argument)
		}
	}
}

func TestTheFilesOfANodeNameItAndNoOther(t *testing.T) {
	of, config := withNodes(t)
	if err := of.Save(config); err != nil {
		t.Fatal(err)
	}
	if err := of.WriteFiles(config); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		content, err := os.ReadFile(of.NodeDir(config.Nodes[1], name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), "node-1") || strings.Contains(string(content), "<no value>") {
			t.Errorf("%s:\n%s", name, content)
		}
		return string(content)
	}
	for name, want := range map[string]string{
		"containerd.toml":        `root = "/var/lib/containerd"`,
		"kubelet.yaml":           `clientCAFile: "` + of.pki("ca.crt") + `"`,
		"kube-proxy.yaml":        `clusterCIDR: "10.123.2.0/24"`,
		"kubelet.kubeconfig":     "server: https://10.123.0.1:11003\n",
		"cni/portclaim.conflist": `{"subnet": "10.123.2.0/24"}`,
	} {
		if content := read(name); !strings.Contains(content, want) {
			t.Errorf("%s lacks %s:\n%s", name, want, content)
		}
	}
	var plugins struct{ Plugins []struct{ Type string } }
	if err := json.Unmarshal([]byte(read("cni/portclaim.conflist")), &plugins); err != nil || len(plugins.Plugins) != 2 {
		t.Errorf("%+v: %v", plugins, err)
	}
	for _, dir := range of.Mounts(config.Nodes[1]) {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func TestTheSocketOfARuntimeHasAShortName(t *testing.T) {
	if name := RuntimeSocket(Node{Name: "node-50"}); len("/proc/self/cwd/"+name) > 107 {
		t.Errorf("%s is too long", name)
	}
}

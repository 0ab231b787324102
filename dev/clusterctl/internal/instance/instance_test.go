package instance

import (
	"net"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func newInstance(t *testing.T) (Instance, Config) {
	t.Helper()
	of, err := New(t.TempDir(), "one")
	if err != nil {
		t.Fatal(err)
	}
	return of, Config{Version: "v1.36.3", Binaries: "/binaries", Ports: Ports{11001, 11002, 11003, 11004, 11005}}
}

func TestNamesThatCannotBeADirectoryAreRefused(t *testing.T) {
	for _, name := range []string{"", ".", "..", "a/b", "A", "-a", "a-", ".locks", strings.Repeat("a", 64)} {
		if _, err := New(t.TempDir(), name); err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
	for _, name := range []string{"a", "default", "pr-12.unit_test", strings.Repeat("a", 63)} {
		if _, err := New(t.TempDir(), name); err != nil {
			t.Error(err)
		}
	}
}

func TestAllListsDirectoriesOfInstancesOnly(t *testing.T) {
	of, config := newInstance(t)
	if all, err := All(of.Root + "/missing"); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
	if err := of.Save(config); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(of.Lock(), 0o700); err != nil {
		t.Fatal(err)
	}
	all, err := All(of.Root)
	if err != nil || len(all) != 1 || all[0] != of {
		t.Errorf("%v, %v", all, err)
	}
}

func TestSettingsAreReadBack(t *testing.T) {
	of, config := newInstance(t)
	if _, err := of.Load(); err == nil || !strings.Contains(err.Error(), "dev/cluster up --name one") {
		t.Errorf("a missing instance is reported as %v", err)
	}
	if err := of.Save(config); err != nil {
		t.Fatal(err)
	}
	if got, err := of.Load(); err != nil || !reflect.DeepEqual(got, config) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestKeptDataKeepsItsCertificatesButFollowsThePort(t *testing.T) {
	of, config := newInstance(t)
	read := func(path string) string {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	if err := of.WriteFiles(config); err != nil {
		t.Fatal(err)
	}
	authority := read(of.pki("ca.crt"))
	config.Ports.APIServer = 12345
	if err := of.WriteFiles(config); err != nil {
		t.Fatal(err)
	}
	if read(of.pki("ca.crt")) != authority {
		t.Error("the certificate authority was replaced")
	}
	if !strings.Contains(read(of.Kubeconfig()), "server: https://127.0.0.1:12345\n") {
		t.Errorf("the kubeconfig has another server:\n%s", read(of.Kubeconfig()))
	}
	info, err := os.Stat(of.Kubeconfig())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the kubeconfig has mode %v: %v", info.Mode(), err)
	}
}

var address = regexp.MustCompile(`\d+\.\d+\.\d+\.\d+`)

func TestEveryAddressInACommandLineIsLoopback(t *testing.T) {
	of, config := newInstance(t)
	config.Audit = true
	for _, component := range config.Components() {
		_, arguments := of.Command(component, config)
		for _, argument := range arguments {
			if strings.Contains(argument, ServiceRange) {
				continue
			}
			for _, found := range address.FindAllString(argument, -1) {
				if !net.ParseIP(found).IsLoopback() {
					t.Errorf("%s %s", component.Name, argument)
				}
			}
		}
	}
	if _, err := config.Component("kubelet-node-1"); err == nil || !strings.Contains(err.Error(), "choose one of etcd, ") {
		t.Errorf("a component that is not there: %v", err)
	}
}

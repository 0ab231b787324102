package main

import (
	"slices"
	"testing"
)

func TestOptionsMayStandAnywhereBeforeTheDoubleDash(t *testing.T) {
	for _, test := range []struct {
		arguments, words []string
		name             string
	}{
		{[]string{"add", "3", "--name", "x"}, []string{"add", "3"}, "x"},
		{[]string{"--name=x", "add", "3"}, []string{"add", "3"}, "x"},
		{[]string{"add", "--name", "x", "3"}, []string{"add", "3"}, "x"},
		{[]string{"--name", "x", "--", "get", "--name", "y", "--", "-h"}, []string{"get", "--name", "y", "--", "-h"}, "x"},
		{nil, nil, "default"},
	} {
		o := newOptions("test", "").withName()
		words, err := o.parse(test.arguments)
		if err != nil || !slices.Equal(words, test.words) || o.name != test.name {
			t.Errorf("%q: got %q and name %q, %v", test.arguments, words, o.name, err)
		}
	}
}

func TestThePrintedPathIsOneWordToAShell(t *testing.T) {
	for path, want := range map[string]string{
		"/home/a/kubeconfig": "/home/a/kubeconfig",
		"/home/a b/$x":       "'/home/a b/$x'",
		"/it's":              `'/it'\''s'`,
	} {
		if got := shellQuote(path); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestTheEnvironmentOfKubectlNamesOneCluster(t *testing.T) {
	got := without([]string{"KUBECONFIG=/other", "KUBECONFIGS=1", "HOME=/h"}, "KUBECONFIG", "KUBECACHEDIR")
	if !slices.Equal(got, []string{"KUBECONFIGS=1", "HOME=/h"}) {
		t.Errorf("got %q", got)
	}
}

func TestTheDirectoryOfClusters(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", "/state")
	if got := defaultRoot(); got != "/state/portclaim/clusters" {
		t.Errorf("got %s", got)
	}
	t.Setenv("XDG_STATE_HOME", "relative paths do not count")
	t.Setenv("HOME", "/h")
	if got := defaultRoot(); got != "/h/.local/state/portclaim/clusters" {
		t.Errorf("got %s", got)
	}
	t.Setenv("PORTCLAIM_CLUSTERS_DIR", "/mine")
	if got := defaultRoot(); got != "/mine" {
		t.Errorf("got %s", got)
	}
}

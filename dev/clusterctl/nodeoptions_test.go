package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"portclaim.io/dev/clusterctl/internal/image"
)

func TestNodesAreAsTheOptionsSay(t *testing.T) {
	options := nodeOptions{
		count:     2,
		ephemeral: list{"node-2=15000-25000"},
		reserved:  list{"node-2=15080,15090-15099"},
		labels:    list{"node-1=workload=games", "node-1=empty="},
	}
	if err := options.check(); err != nil {
		t.Fatal(err)
	}
	nodes := options.planned()
	if len(nodes) != 2 || nodes[0].Name != "node-1" || nodes[1].Number != 2 {
		t.Fatalf("%+v", nodes)
	}
	if nodes[0].EphemeralPorts != "32768-60999" || nodes[0].Labels["workload"] != "games" || len(nodes[0].Labels) != 2 {
		t.Errorf("%+v", nodes[0])
	}
	if nodes[1].EphemeralPorts != "15000-25000" || nodes[1].ReservedPorts != "15080,15090-15099" || nodes[1].Labels != nil {
		t.Errorf("%+v", nodes[1])
	}
	if err := options.sameAs(nodes); err != nil {
		t.Error(err)
	}
	if err := (&nodeOptions{}).sameAs(nodes); err != nil {
		t.Errorf("who asks for none takes what there is: %v", err)
	}
	for _, other := range []nodeOptions{{count: 3}, {count: 2}} {
		if err := other.sameAs(nodes); err == nil {
			t.Errorf("%+v passes for the same", other)
		}
	}
}

func TestNodesThatCannotBeMeantAreRefused(t *testing.T) {
	for _, test := range []struct {
		options nodeOptions
		want    string
	}{
		{nodeOptions{count: -1}, "from 1 to 50"},
		{nodeOptions{count: 51}, "from 1 to 50"},
		{nodeOptions{labels: list{"node-1=a=b"}}, `no node "node-1" with --nodes 0`},
		{nodeOptions{count: 1, labels: list{"node-1=a"}}, "KEY=VALUE"},
		{nodeOptions{count: 1, ephemeral: list{"15000-25000"}}, "write it like --ephemeral-range node-1="},
		{nodeOptions{count: 1, ephemeral: list{"node-1=15000"}}, "write it like 15000-25000"},
		{nodeOptions{count: 1, ephemeral: list{"node-1=25000-15000"}}, "the lower one first"},
		{nodeOptions{count: 1, ephemeral: list{"node-1=15000-65536"}}, "from 1 to 65535"},
		{nodeOptions{count: 1, reserved: list{"node-1=15080,x"}}, "from 1 to 65535"},
	} {
		if err := test.options.check(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v", test.options, err)
		}
	}
}

func TestEveryImageOfTheExamplesIsThere(t *testing.T) {
	files, err := filepath.Glob("../../examples/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	line := regexp.MustCompile(`(?m)^\s*(?:- )?image: (\S+)$`)
	found := 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range line.FindAllStringSubmatch(string(content), -1) {
			found++
			if !slices.Contains(exampleImages, image.Normalize(match[1])) {
				t.Errorf("%s runs %s, which no node has", file, match[1])
			}
		}
	}
	if found == 0 {
		t.Error("no example has an image")
	}
}

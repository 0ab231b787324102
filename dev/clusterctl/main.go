// clusterctl starts, stops and supervises disposable Kubernetes clusters on
// this machine. It is run through the script dev/cluster.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/node"
)

// command is a sub-command of dev/cluster.
type command struct {
	name    string
	summary string
	run     func(arguments []string) error
}

func commands() []command {
	return []command{
		{"up", "start a cluster, or make sure that it runs", up},
		{"down", "stop a cluster and remove its data", down},
		{"restart", "kill one component and start it again", restart},
		{"status", "show the clusters and their processes", status},
		{"kubeconfig", "print the path of a cluster's kubeconfig", kubeconfig},
		{"kubectl", "run kubectl against a cluster", kubectl},
		{"helm", "run helm against a cluster, or without one", helm},
		{"etcdctl", "run etcdctl against a cluster", etcdctl},
		{"etcdutl", "run etcdutl, which restores snapshots", etcdutl},
		{"exec", "run a command on a real node", execOnNode},
		{"promtool", "run promtool, which checks Prometheus' rules", promtool},
		{"nodes", "add, remove and list Node objects", nodes},
		{"load", "load images into the real nodes of a cluster", load},
		{"can-run-nodes", "check whether this machine can run real nodes", canRunNodes},
		{"binaries", "make sure the binaries exist and print their directory", printBinaries},
	}
}

func main() {
	err := run(os.Args[1:])
	if errors.Is(err, errHelp) {
		return
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "dev/cluster: %v\n", err)
		var unable *cannotRun
		if errors.As(err, &unable) {
			os.Exit(cannotRunCode)
		}
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		usage(os.Stderr)
		return errors.New("a command is missing")
	}
	name, rest := arguments[0], arguments[1:]
	switch name {
	case "-h", "--help", "help":
		usage(os.Stdout)
		return nil
	case superviseCommand:
		return supervise(rest)
	case instance.NodeInit, instance.NodeExec:
		return inNode(name, rest)
	}
	for _, command := range commands() {
		if command.name == name {
			return command.run(rest)
		}
	}
	usage(os.Stderr)
	return fmt.Errorf("unknown command %q", name)
}

// inNode is what this program does as a process of a node.
func inNode(command string, arguments []string) error {
	switch {
	case command == instance.NodeInit && len(arguments) == 2:
		return node.Init(arguments[0], arguments[1])
	case command == instance.NodeExec && len(arguments) >= 1:
		return node.Exec(arguments[0], arguments[1:])
	default:
		return fmt.Errorf("%s is an internal command", command)
	}
}

func usage(to *os.File) {
	var text strings.Builder
	text.WriteString("A disposable Kubernetes cluster on this machine: etcd, kube-apiserver and\n" +
		"kube-controller-manager on 127.0.0.1, without containers and without kubelets;\n" +
		"or, with \"up --nodes\", with real nodes that run pods, each in namespaces of its own.\n\n" +
		"usage: dev/cluster COMMAND [OPTION...]\n\n")
	for _, command := range commands() {
		fmt.Fprintf(&text, "  %-13s %s\n", command.name, command.summary)
	}
	text.WriteString("\n\"dev/cluster COMMAND --help\" explains a command.\n")
	fmt.Fprint(to, text.String())
}

// report prints progress for a person. Standard output is for results only,
// which scripts and tests read.
func report(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", arguments...)
}

// clusterctl starts, stops and looks after throw-away Kubernetes clusters on
// this machine. It is run through the script dev/cluster.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
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
		{"nodes", "add, remove and list Node objects", nodes},
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
	}
	for _, command := range commands() {
		if command.name == name {
			return command.run(rest)
		}
	}
	usage(os.Stderr)
	return fmt.Errorf("there is no command %q", name)
}

func usage(to *os.File) {
	var text strings.Builder
	text.WriteString("A throw-away Kubernetes API on this machine: etcd, kube-apiserver and\n" +
		"kube-controller-manager on 127.0.0.1, without containers and without kubelets.\n\n" +
		"usage: dev/cluster COMMAND [OPTION...]\n\n")
	for _, command := range commands() {
		fmt.Fprintf(&text, "  %-11s %s\n", command.name, command.summary)
	}
	text.WriteString("\n\"dev/cluster COMMAND --help\" explains a command.\n")
	fmt.Fprint(to, text.String())
}

// report tells a person how things go. Standard output is for results only,
// which scripts and tests read.
func report(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", arguments...)
}

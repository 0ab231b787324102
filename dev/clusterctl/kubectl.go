package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

func kubeconfig(arguments []string) error {
	o := newOptions("kubeconfig [--name NAME]", "Prints the path of the kubeconfig of a running cluster.").withName()
	if err := o.parseNone(arguments); err != nil {
		return err
	}
	of, _, err := running(o)
	if err != nil {
		return err
	}
	fmt.Println(of.Kubeconfig())
	return nil
}

func kubectl(arguments []string) error {
	o := newOptions("kubectl [--name NAME] -- ARGUMENT...",
		"Runs the kubectl of the cluster's version as its administrator.").withName()
	words, err := o.parse(arguments)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return errors.New("the arguments for kubectl are missing, for example \"dev/cluster kubectl -- get namespaces\"")
	}
	of, config, err := running(o)
	if err != nil {
		return err
	}
	environment := append(without(os.Environ(), "KUBECONFIG", "KUBECACHEDIR"),
		"KUBECONFIG="+of.Kubeconfig(), "KUBECACHEDIR="+of.KubectlCache())
	program := filepath.Join(config.Binaries, "kubectl")
	// In place of this process: its exit status and its signals are kubectl's.
	err = syscall.Exec(program, append([]string{"kubectl"}, words...), environment)
	return fmt.Errorf("cannot run %s: %w", program, err)
}

func printBinaries(arguments []string) error {
	o := newOptions("binaries [--version VERSION] [--nodes] [--helm] [--promtool] [--etcd-tools]",
		"Finds the binaries of the control plane, or builds them, and prints their directory;\n"+
			"then those of the other requested binaries, one per line.")
	version := o.String("version", "", "the `version` of Kubernetes, like v1.36.3")
	nodes := o.Bool("nodes", false, "also what real nodes need; packages that are missing are installed")
	helm := o.Bool("helm", false, "also helm")
	promtool := o.Bool("promtool", false, "also promtool")
	etcdTools := o.Bool("etcd-tools", false, "also etcdctl and etcdutl")
	if err := o.parseNone(arguments); err != nil {
		return err
	}
	find, err := finder()
	if err != nil {
		return err
	}
	if *nodes {
		if err := installPackages(o.root); err != nil {
			return err
		}
	}
	set, err := find.Find(*version)
	if err != nil {
		return err
	}
	fmt.Println(set.Dir)
	if *nodes {
		programs, err := nodePrograms(find, set.Version)
		if err != nil {
			return err
		}
		fmt.Printf("%s\n%s\n%s\n", programs.Kubernetes, programs.Runtime, programs.Pause)
	}
	if *helm {
		dir, err := find.Helm()
		if err != nil {
			return err
		}
		fmt.Println(dir)
	}
	if *promtool {
		dir, err := find.Promtool()
		if err != nil {
			return err
		}
		fmt.Println(dir)
	}
	if *etcdTools {
		dir, err := find.EtcdTools()
		if err != nil {
			return err
		}
		fmt.Println(dir)
	}
	return nil
}

func without(environment []string, names ...string) []string {
	var kept []string
	for _, entry := range environment {
		drop := false
		for _, name := range names {
			drop = drop || strings.HasPrefix(entry, name+"=")
		}
		if !drop {
			kept = append(kept, entry)
		}
	}
	return kept
}

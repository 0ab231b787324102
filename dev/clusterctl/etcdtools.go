package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

func etcdctl(arguments []string) error {
	o := newOptions("etcdctl [--name NAME] -- ARGUMENT...",
		"Runs etcdctl against the etcd of a cluster. The first run builds it.").withName()
	words, err := o.parse(arguments)
	if err != nil {
		return err
	}
	of, config, err := running(o)
	if err != nil {
		return err
	}
	return etcdTool("etcdctl", words, of.EtcdClient(config))
}

// etcdutl accepts the name of a cluster too, so that scripts run all tools alike.
func etcdutl(arguments []string) error {
	o := newOptions("etcdutl [--name NAME] -- ARGUMENT...",
		"Runs etcdutl, which works on snapshots and data of etcd. It needs no cluster, and uses\n"+
			"none. The first run builds it.").withName()
	words, err := o.parse(arguments)
	if err != nil {
		return err
	}
	return etcdTool("etcdutl", words, nil)
}

func etcdTool(name string, words, environment []string) error {
	if len(words) == 0 {
		return errors.New("the arguments for " + name + " are missing, for example \"dev/cluster " + name + " -- version\"")
	}
	find, err := finder()
	if err != nil {
		return err
	}
	dir, err := find.EtcdTools()
	if err != nil {
		return err
	}
	program := filepath.Join(dir, name)
	// In place of this process: its exit status and its signals are the tool's.
	inherited := slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, "ETCDCTL_") })
	err = syscall.Exec(program, append([]string{name}, words...), append(inherited, environment...))
	return fmt.Errorf("cannot run %s: %w", program, err)
}

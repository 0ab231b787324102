package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/supervisor"
)

func restart(arguments []string) error {
	o := newOptions("restart [--name NAME] [--down-for DURATION] [--etcd-data DIRECTORY] [COMPONENT...]",
		"Kills a component as a crash would (SIGKILL), starts it again and waits until it\n"+
			"works. Without a component: all of the control plane, one after the other. After a\n"+
			"longer outage of the API, the controllers of Kubernetes can take half a minute to\n"+
			"notice that it is back; this does not wait for them.\n\n"+
			"Components are those that \"status\" lists: etcd, kube-apiserver,\n"+
			"kube-controller-manager; with real nodes also kube-scheduler and, for each node,\n"+
			"containerd-node-1, kubelet-node-1, kube-proxy-node-1, and node-1, which is all of\n"+
			"the node with its pods, as if its power were cut.").withName()
	pause := o.Duration("down-for", 0, "how `long` the component stays dead, like 10s")
	data := o.String("etcd-data", "", "a `directory` whose content etcd starts with, as \"etcdutl snapshot restore\" makes it")
	timeout := o.Duration("timeout", 2*time.Minute, "how `long` to wait until it works")
	names, err := o.parse(arguments)
	if err != nil {
		return err
	}
	of, config, err := running(o)
	if err != nil {
		return err
	}
	if *data != "" {
		// The supervisor has another working directory.
		if *data, err = filepath.Abs(*data); err != nil {
			return err
		}
	}
	var components []instance.Component
	for _, name := range names {
		component, err := config.Component(name)
		if err != nil {
			return err
		}
		components = append(components, component)
	}
	if len(names) == 0 {
		components = slices.DeleteFunc(config.Components(), func(c instance.Component) bool { return c.Node != nil })
	}
	isEtcd := func(c instance.Component) bool { return c.Kind == instance.Etcd }
	if *data != "" && !slices.ContainsFunc(components, isEtcd) {
		return errors.New("--etcd-data needs etcd among the components")
	}
	ctx, cancel := context.WithTimeout(context.Background(), *timeout+time.Duration(len(components))**pause)
	defer cancel()
	remote := supervisor.Connect(of)
	for _, component := range components {
		if *pause > 5*time.Second {
			report("%s of cluster %q is dead for %s", component.Name, of.Name, *pause)
		}
		begin := time.Now().Add(*pause)
		if err := remote.Restart(ctx, component.Name, *pause, *data); err != nil {
			return err
		}
		if err := awaitRestarted(ctx, of, config, component, begin); err != nil {
			return err
		}
		report("%s of cluster %q was killed and runs again", component.Name, of.Name)
	}
	return nil
}

// running returns an instance whose supervisor runs.
func running(o *options) (instance.Instance, instance.Config, error) {
	of, err := o.instance()
	if err != nil {
		return of, instance.Config{}, err
	}
	config, err := of.Load()
	if err != nil {
		return of, config, err
	}
	record, err := supervisor.ReadRecord(of)
	if err != nil {
		return of, config, err
	}
	if !record.Supervisor.Alive() {
		return of, config, fmt.Errorf("cluster %q does not run: start it with \"dev/cluster up --name %s\"", of.Name, of.Name)
	}
	return of, config, nil
}

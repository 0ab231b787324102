package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/supervisor"
)

func restart(arguments []string) error {
	o := newOptions("restart [--name NAME] [--down-for DURATION] ["+strings.Join(instance.Components(), "|")+"]",
		"Kills a component as a crash would (SIGKILL), starts it again and waits until it\n"+
			"works. Without a component: all of them, one after the other. After a longer\n"+
			"outage of the API, the controllers of Kubernetes can take half a minute to notice\n"+
			"that it is back; this does not wait for them.").withName()
	pause := o.Duration("down-for", 0, "how `long` the component stays dead, like 10s")
	timeout := o.Duration("timeout", 2*time.Minute, "how `long` to wait until it works")
	names, err := o.parse(arguments)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		names = instance.Components()
	}
	for _, name := range names {
		if !slices.Contains(instance.Components(), name) {
			return fmt.Errorf("there is no component %q: choose one of %s", name, strings.Join(instance.Components(), ", "))
		}
	}
	of, config, err := running(o)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), *timeout+time.Duration(len(names))**pause)
	defer cancel()
	remote := supervisor.Connect(of)
	for _, name := range names {
		if *pause > 5*time.Second {
			report("%s of cluster %q is dead for %s", name, of.Name, *pause)
		}
		if err := remote.Restart(ctx, name, *pause); err != nil {
			return err
		}
		if err := awaitRestarted(ctx, of, config, name); err != nil {
			return err
		}
		report("%s of cluster %q was killed and runs again", name, of.Name)
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

package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/supervisor"
)

func status(arguments []string) error {
	o := newOptions("status", "Shows the clusters of this directory of clusters, with their processes.")
	if err := o.parseNone(arguments); err != nil {
		return err
	}
	instances, err := instance.All(o.root)
	if err != nil {
		return err
	}
	if len(instances) == 0 {
		report("no clusters in %s", o.root)
		return nil
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CLUSTER\tCOMPONENT\tSTATE\tPID\tMEMORY\tHEALTH")
	for _, of := range instances {
		if err := statusOf(table, of); err != nil {
			fmt.Fprintf(table, "%s\t\tunknown\t\t\t%v\n", of.Name, err)
		}
	}
	return table.Flush()
}

func statusOf(table *tabwriter.Writer, of instance.Instance) error {
	config, err := of.Load()
	if err != nil {
		return err
	}
	record, err := supervisor.ReadRecord(of)
	if err != nil {
		return err
	}
	if !record.Supervisor.Alive() {
		fmt.Fprintf(table, "%s\t\tstopped\t\t\tdata kept\n", of.Name)
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	components, err := supervisor.Connect(of).Status(ctx)
	if err != nil {
		return err
	}
	for _, component := range components {
		health := component.Exit
		if component.State == supervisor.Running {
			health = healthOf(ctx, of, config, component.Name)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d MiB\t%s\n", of.Name, component.Name, component.State,
			component.Identity.PID, component.Identity.Memory()>>20, health)
	}
	return nil
}

func healthOf(ctx context.Context, of instance.Instance, config instance.Config, name string) string {
	component, err := config.Component(name)
	if err != nil {
		return err.Error()
	}
	healthy, err := of.Health(component, config)
	if err == nil {
		err = healthy(ctx)
	}
	if err != nil {
		return err.Error()
	}
	return "well"
}

package main

import (
	"errors"

	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/supervisor"
)

func down(arguments []string) error {
	o := newOptions("down [--name NAME | --all] [--keep-data]",
		"Stops exactly the processes that \"up\" started, also after a crash, and removes\n"+
			"the cluster's directory.").withName()
	all := o.Bool("all", false, "all clusters in the directory of clusters")
	keep := o.Bool("keep-data", false, "only stop: the next \"up\" continues with the same data")
	if err := o.parseNone(arguments); err != nil {
		return err
	}
	if !*all {
		of, err := o.instance()
		if err != nil {
			return err
		}
		return downOne(of, *keep)
	}
	instances, err := instance.All(o.root)
	for _, of := range instances {
		err = errors.Join(err, downOne(of, *keep))
	}
	return err
}

func downOne(of instance.Instance, keep bool) error {
	lock, err := lockInstance(of)
	if err != nil {
		return err
	}
	defer lock.Release()
	if !of.Exists() {
		report("cluster %q does not exist", of.Name)
		return of.Remove()
	}
	record, err := supervisor.ReadRecord(of)
	if err != nil {
		return err
	}
	if err := stop(of, record); err != nil {
		return err
	}
	if keep {
		if err := detach(of); err != nil {
			return err
		}
		report("cluster %q is stopped, its data is kept in %s", of.Name, of.Dir())
		return nil
	}
	if err := of.Remove(); err != nil {
		return err
	}
	report("cluster %q is removed", of.Name)
	return nil
}

// detach lets kept data outlive the process that the instance was to go with.
func detach(of instance.Instance) error {
	config, err := of.Load()
	if err != nil || config.WatchParent == nil {
		return err
	}
	config.WatchParent = nil
	return of.Save(config)
}

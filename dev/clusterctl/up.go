package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"portclaim.io/dev/clusterctl/internal/filelock"
	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/network"
	"portclaim.io/dev/clusterctl/internal/node"
	"portclaim.io/dev/clusterctl/internal/process"
	"portclaim.io/dev/clusterctl/internal/supervisor"
)

type upOptions struct {
	instance instance.Instance
	version  string
	audit    bool
	parent   *process.Identity
	objects  int
	nodes    nodeOptions
	timeout  time.Duration
}

func up(arguments []string) error {
	o := newOptions("up [OPTION...]", "Starts a cluster and prints the line that makes kubectl use it.\n"+
		"If it already runs, only that line is printed. A cluster with kept data is restarted.").withName()
	var wanted upOptions
	var parent int
	o.StringVar(&wanted.version, "version", "", "the `version` of Kubernetes, like v1.36.3; without it the one "+
		"of the kept data, of KUBEBUILDER_ASSETS, or of dev/controlplane/go.mod")
	o.BoolVar(&wanted.audit, "audit", false, "write audit.log in the cluster's directory, one line per request")
	o.IntVar(&parent, "watch-parent", 0, "stop and remove the cluster when the process with this `pid` is gone")
	wanted.nodes.add(o)
	o.IntVar(&wanted.objects, "nodes-objects", 0, "make sure that Node objects node-1 to node-`n` exist")
	o.DurationVar(&wanted.timeout, "timeout", 0, "how `long` to wait until the cluster can be used: "+
		"2m if not given, with nodes 5m")
	err := o.parseNone(arguments)
	if err != nil {
		return err
	}
	if err := wanted.nodes.check(); err != nil {
		return err
	}
	if wanted.timeout == 0 {
		wanted.timeout = 2 * time.Minute
		if wanted.nodes.count > 0 {
			wanted.timeout = 5 * time.Minute
		}
	}
	if wanted.instance, err = o.instance(); err != nil {
		return err
	}
	if parent != 0 {
		identity, err := process.Identify(parent)
		if err != nil {
			return fmt.Errorf("--watch-parent: %w", err)
		}
		wanted.parent = &identity
	}
	return wanted.run()
}

func (o upOptions) run() error {
	lock, err := lockInstance(o.instance)
	if err != nil {
		return err
	}
	defer lock.Release()
	record, err := supervisor.ReadRecord(o.instance)
	if err != nil {
		return err
	}
	orphaned, err := isOrphaned(o.instance)
	if err != nil {
		return err
	}
	var config instance.Config
	if record.Supervisor.Alive() && !orphaned {
		config, err = o.join()
	} else {
		// What a crashed supervisor left would hold the ports and the data.
		if err := stop(o.instance, record); err != nil {
			return err
		}
		if orphaned {
			if err := o.instance.Remove(); err != nil {
				return err
			}
		}
		config, err = o.start()
	}
	if err != nil {
		return err
	}
	if err := o.ensureNodes(config); err != nil {
		return err
	}
	fmt.Printf("export KUBECONFIG=%s\n", shellQuote(o.instance.Kubeconfig()))
	return nil
}

// isOrphaned reports whether an instance was to go with a process that is gone.
// Its supervisor may be about to remove it, or may have been killed itself.
func isOrphaned(of instance.Instance) (bool, error) {
	if !of.Exists() {
		return false, nil
	}
	config, err := of.Load()
	return config.WatchParent != nil && !config.WatchParent.Alive(), err
}

// join makes sure that an instance that was started before can be used.
func (o upOptions) join() (instance.Config, error) {
	config, err := o.instance.Load()
	if err != nil {
		return config, err
	}
	report("cluster %q is already running, with the options it was started with", o.instance.Name)
	if o.version != "" && o.version != config.Version {
		return config, fmt.Errorf("cluster %q runs Kubernetes %s, not %s: stop it first, or choose another --name",
			o.instance.Name, config.Version, o.version)
	}
	if err := o.nodes.sameAs(config.Nodes); err != nil {
		return config, fmt.Errorf("cluster %q %w: stop it first, or choose another --name", o.instance.Name, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), o.timeout)
	defer cancel()
	remote := supervisor.Connect(o.instance)
	for _, component := range config.Components() {
		// Asked again for each: with a node, all that runs on it is started.
		status, err := remote.StatusOf(ctx, component.Name)
		if err != nil {
			return config, err
		}
		if status.State == supervisor.Ended {
			report("%s had ended (%s): starting it again", component.Name, status.Exit)
			if err := remote.Restart(ctx, component.Name, 0, ""); err != nil {
				return config, err
			}
		}
	}
	return config, awaitReady(ctx, o.instance, config, time.Time{}, nil)
}

// start starts the instance, new or from kept data.
func (o upOptions) start() (instance.Config, error) {
	config, err := o.settings()
	if err != nil {
		return config, err
	}
	// From here on an interrupt must not leave processes behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	begin := time.Now()
	const attempts = 6
	for attempt := 1; ; attempt++ {
		if !config.Ports.Free() {
			if config.Ports, err = instance.ChoosePorts(); err != nil {
				return config, err
			}
		}
		err := o.attempt(ctx, &config)
		if err == nil {
			report("cluster %q with Kubernetes %s%s is up after %.1fs", o.instance.Name, config.Version,
				withNodes(config), time.Since(begin).Seconds())
			return config, nil
		}
		var taken *portTaken
		if !errors.As(err, &taken) || attempt == attempts {
			return config, err
		}
		report("another process took a port of %s first: trying other ports", taken.component)
		config.Ports = instance.Ports{}
	}
}

// attempt starts the instance on the ports in its settings, and stops it again
// if it does not become usable.
func (o upOptions) attempt(ctx context.Context, config *instance.Config) error {
	if err := o.instance.Save(*config); err != nil {
		return err
	}
	if len(config.Nodes) > 0 {
		if err := network.Make(o.instance, config); err != nil {
			return errors.Join(err, node.CleanUp(*config))
		}
	}
	begin := time.Now()
	started, err := o.launch(*config)
	if err != nil {
		return errors.Join(err, node.CleanUp(*config))
	}
	err = awaitReady(ctx, o.instance, *config, begin, started.done)
	if err == nil {
		err = o.loadImages(ctx, *config)
	}
	if err == nil {
		return nil
	}
	record, readErr := supervisor.ReadRecord(o.instance)
	record.Supervisor = started.identity
	return errors.Join(err, readErr, stop(o.instance, record))
}

func (o upOptions) launch(config instance.Config) (*startedSupervisor, error) {
	if err := o.instance.WriteFiles(config); err != nil {
		return nil, err
	}
	return startSupervisor(o.instance, config)
}

// stop ends the processes of an instance and takes away what its nodes left.
func stop(of instance.Instance, record supervisor.Record) error {
	if err := record.Stop(); err != nil {
		return err
	}
	if !of.Exists() {
		return nil
	}
	config, err := of.Load()
	if err != nil {
		return err
	}
	return node.CleanUp(config)
}

// settings are those of the kept data, if any, changed as the options say.
func (o upOptions) settings() (instance.Config, error) {
	var config instance.Config
	if o.instance.Exists() {
		var err error
		if config, err = o.instance.Load(); err != nil {
			return config, err
		}
		if err := o.nodes.sameAs(config.Nodes); err != nil {
			return config, fmt.Errorf("the kept data of cluster %q %w: remove it first, or choose another --name",
				o.instance.Name, err)
		}
		report("cluster %q has data from an earlier run: starting with it", o.instance.Name)
	} else {
		config.Nodes = o.nodes.planned()
	}
	find, err := finder()
	if err != nil {
		return config, err
	}
	if len(config.Nodes) > 0 {
		// Before anything is built: whether it can run is known in a second.
		if err := installPackages(o.instance.Root); err != nil {
			return config, err
		}
	}
	version := o.version
	if version == "" {
		version = config.Version
	}
	set, err := find.Find(version)
	if err != nil {
		return config, err
	}
	config.Version, config.Binaries = set.Version, set.Dir
	config.Audit = config.Audit || o.audit
	config.WatchParent = o.parent
	if len(config.Nodes) > 0 {
		config.Programs, err = nodePrograms(find, config.Version)
	}
	return config, err
}

func lockInstance(of instance.Instance) (*filelock.Lock, error) {
	return filelock.Acquire(of.Lock(), 5*time.Second, func(elapsed time.Duration) {
		report("waiting for another command on cluster %q (%s)", of.Name, elapsed.Round(time.Second))
	})
}

// shellQuote writes a path so that a shell reads it as one word.
func shellQuote(path string) string {
	if !strings.ContainsFunc(path, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,@%", r)
	}) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

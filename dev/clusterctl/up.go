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
	"portclaim.io/dev/clusterctl/internal/process"
	"portclaim.io/dev/clusterctl/internal/supervisor"
)

type upOptions struct {
	instance instance.Instance
	version  string
	audit    bool
	parent   *process.Identity
	nodes    int
	timeout  time.Duration
}

func up(arguments []string) error {
	o := newOptions("up [OPTION...]", "Starts a cluster and prints the line that makes kubectl use it.\n"+
		"If it runs already, that is all that is printed. Kept data is started again.").withName()
	var wanted upOptions
	var parent int
	o.StringVar(&wanted.version, "version", "", "the `version` of Kubernetes, like v1.36.3; without it the one "+
		"of the kept data, of KUBEBUILDER_ASSETS, or of dev/controlplane/go.mod")
	o.BoolVar(&wanted.audit, "audit", false, "write audit.log in the cluster's directory, one line per request")
	o.IntVar(&parent, "watch-parent", 0, "stop and remove the cluster when the process with this `pid` is gone")
	o.IntVar(&wanted.nodes, "nodes-objects", 0, "make sure that Node objects node-1 to node-`n` exist")
	o.DurationVar(&wanted.timeout, "timeout", 2*time.Minute, "how `long` to wait until the cluster can be used")
	err := o.parseNone(arguments)
	if err != nil {
		return err
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
		if err := record.Stop(); err != nil {
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

// isOrphaned tells whether an instance was to go with a process that is gone.
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
	ctx, cancel := context.WithTimeout(context.Background(), o.timeout)
	defer cancel()
	remote := supervisor.Connect(o.instance)
	components, err := remote.Status(ctx)
	if err != nil {
		return config, err
	}
	for _, component := range components {
		if component.State == supervisor.Ended {
			report("%s had ended (%s): starting it again", component.Name, component.Exit)
			if err := remote.Restart(ctx, component.Name, 0); err != nil {
				return config, err
			}
		}
	}
	return config, awaitReady(ctx, o.instance, config, nil)
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
		err := o.attempt(ctx, config)
		if err == nil {
			report("cluster %q with Kubernetes %s is up after %.1fs", o.instance.Name, config.Version,
				time.Since(begin).Seconds())
			return config, nil
		}
		var taken *portTaken
		if !errors.As(err, &taken) || attempt == attempts {
			return config, err
		}
		report("another process was quicker to take a port of %s: trying other ports", taken.component)
		config.Ports = instance.Ports{}
	}
}

// attempt starts the instance on the ports in its settings, and stops it again
// if it does not become usable.
func (o upOptions) attempt(ctx context.Context, config instance.Config) error {
	if err := o.instance.Save(config); err != nil {
		return err
	}
	if err := o.instance.WriteFiles(config); err != nil {
		return err
	}
	started, err := startSupervisor(o.instance)
	if err != nil {
		return err
	}
	err = awaitReady(ctx, o.instance, config, started.done)
	if err == nil {
		return nil
	}
	record, readErr := supervisor.ReadRecord(o.instance)
	record.Supervisor = started.identity
	return errors.Join(err, readErr, record.Stop())
}

// settings are those of the kept data, if any, changed as the options say.
func (o upOptions) settings() (instance.Config, error) {
	var config instance.Config
	if o.instance.Exists() {
		kept, err := o.instance.Load()
		if err != nil {
			return config, err
		}
		config = kept
		report("cluster %q has data from an earlier run: starting with it", o.instance.Name)
	}
	find, err := finder()
	if err != nil {
		return config, err
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
	return config, nil
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

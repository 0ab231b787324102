package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/kube"
	"portclaim.io/dev/clusterctl/internal/process"
	"portclaim.io/dev/clusterctl/internal/supervisor"
)

// portTaken says that a component did not get its port.
type portTaken struct{ component string }

func (p *portTaken) Error() string { return "the port of " + p.component + " is taken" }

// awaitReady returns when the cluster can be used, or as soon as it is clear
// that this will not happen. Nodes must have been heard of since the given
// moment. done, if not nil, is closed when the supervisor ends.
func awaitReady(ctx context.Context, of instance.Instance, config instance.Config, since time.Time, done <-chan struct{}) error {
	client, err := of.Client(config)
	if err != nil {
		return err
	}
	return await(ctx, of, config.Components(), func(ctx context.Context) error {
		if err := client.AwaitReady(ctx); err != nil {
			return err
		}
		return awaitNodes(ctx, of, config, client, config.Nodes, since)
	}, done)
}

// awaitNodes returns when pods can run on the nodes, and reach each other.
func awaitNodes(ctx context.Context, of instance.Instance, config instance.Config, client *kube.Client,
	nodes []instance.Node, since time.Time) error {
	var names []string
	for n := range nodes {
		names = append(names, nodes[n].Name)
		for _, component := range nodes[n].Components() {
			if err := awaitHealthy(ctx, of, config, component); err != nil {
				return err
			}
		}
	}
	return client.AwaitMachines(ctx, names, since)
}

func awaitHealthy(ctx context.Context, of instance.Instance, config instance.Config, component instance.Component) error {
	healthy, err := of.Health(component, config)
	if err != nil {
		return err
	}
	for healthy(ctx) != nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// awaitRestarted returns when what a component does works again.
func awaitRestarted(ctx context.Context, of instance.Instance, config instance.Config, component instance.Component, since time.Time) error {
	client, err := of.Client(config)
	if err != nil {
		return err
	}
	condition := client.AwaitAPI
	switch {
	case component.Kind == instance.ControllerManager:
		condition = client.AwaitReady
	case component.Kind == instance.Scheduler:
		condition = func(ctx context.Context) error { return awaitHealthy(ctx, of, config, component) }
	case component.Kind == instance.Containerd, component.Kind == instance.Proxy:
		// The kubelet lives on, and need not say anything new.
		since = time.Time{}
		fallthrough
	case component.Node != nil:
		condition = func(ctx context.Context) error {
			return awaitNodes(ctx, of, config, client, []instance.Node{*component.Node}, since)
		}
	}
	// Others may be down on purpose.
	watched := []instance.Component{component}
	if component.Kind == instance.Machine {
		watched = component.Node.Components()
	}
	return await(ctx, of, watched, condition, nil)
}

// await returns when a condition does, or one of the watched components has
// ended.
func await(ctx context.Context, of instance.Instance, watched []instance.Component,
	condition func(context.Context) error, done <-chan struct{}) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := make(chan error, 1)
	go func() { ready <- condition(ctx) }()
	remote := supervisor.Connect(of)
	begin := time.Now()
	lookAround := time.NewTicker(100 * time.Millisecond)
	defer lookAround.Stop()
	progress := time.NewTicker(5 * time.Second)
	defer progress.Stop()
	for {
		select {
		case err := <-ready:
			return whyNot(of, err)
		case <-done:
			return fmt.Errorf("the supervisor ended:\n%s", process.Tail(of.Log(supervisorLog), 10))
		case <-lookAround.C:
			if err := ended(ctx, of, watched, remote); err != nil {
				return err
			}
		case <-progress.C:
			report("waiting for cluster %q (%s)", of.Name, time.Since(begin).Round(time.Second))
		}
	}
}

// ended looks for a component that has ended, and returns why.
func ended(ctx context.Context, of instance.Instance, watched []instance.Component, remote supervisor.Remote) error {
	components, err := remote.Status(ctx)
	if err != nil {
		// It does not listen yet; the end of its process is noticed elsewhere.
		return nil
	}
	for _, component := range components {
		isWatched := slices.ContainsFunc(watched, func(w instance.Component) bool { return w.Name == component.Name })
		if component.State != supervisor.Ended || !isWatched {
			continue
		}
		const lines = 20
		tail := process.Tail(of.Log(component.Name), lines)
		if strings.Contains(tail, "address already in use") {
			return &portTaken{component.Name}
		}
		return fmt.Errorf("%s ended (%s); the end of %s:\n%s",
			component.Name, component.Exit, of.Log(component.Name), tail)
	}
	return nil
}

func whyNot(of instance.Instance, err error) error {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("cluster %q was not usable in time; its logs are %s", of.Name, of.Log("*"))
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted")
	}
	return err
}

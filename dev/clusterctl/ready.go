package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/process"
	"portclaim.io/dev/clusterctl/internal/supervisor"
)

// portTaken says that a component did not get its port.
type portTaken struct{ component string }

func (p *portTaken) Error() string { return "the port of " + p.component + " is taken" }

// awaitReady returns when the cluster can be used, or as soon as it is clear
// that this will not happen. done, if not nil, is closed when the supervisor ends.
func awaitReady(ctx context.Context, of instance.Instance, config instance.Config, done <-chan struct{}) error {
	client, err := of.Client(config)
	if err != nil {
		return err
	}
	return await(ctx, of, client.AwaitReady, done)
}

// awaitRestarted returns when what a component does works again.
func awaitRestarted(ctx context.Context, of instance.Instance, config instance.Config, component string) error {
	client, err := of.Client(config)
	if err != nil {
		return err
	}
	if component == instance.ControllerManager {
		return await(ctx, of, client.AwaitReady, nil)
	}
	return await(ctx, of, client.AwaitAPI, nil)
}

func await(ctx context.Context, of instance.Instance, condition func(context.Context) error, done <-chan struct{}) error {
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
			if err := ended(ctx, of, remote); err != nil {
				return err
			}
		case <-progress.C:
			report("waiting for cluster %q (%s)", of.Name, time.Since(begin).Round(time.Second))
		}
	}
}

// ended looks for a component that has ended, and says why it did.
func ended(ctx context.Context, of instance.Instance, remote supervisor.Remote) error {
	components, err := remote.Status(ctx)
	if err != nil {
		// It does not listen yet; the end of its process is noticed elsewhere.
		return nil
	}
	for _, component := range components {
		if component.State != supervisor.Ended {
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

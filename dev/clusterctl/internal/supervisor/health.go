package supervisor

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"portclaim.io/dev/clusterctl/internal/instance"
)

// awaitHealthy returns when a component answers that it is well. It has no time
// limit of its own: "up" and "restart" watch the clock, and they can also say
// what went wrong.
func (s *Supervisor) awaitHealthy(ctx context.Context, of instance.Component) error {
	healthy, err := s.instance.Health(of, s.config)
	if err != nil {
		return err
	}
	for {
		if healthy(ctx) == nil {
			return nil
		}
		if status := s.components[of.Name].status(); status.State == Ended {
			return fmt.Errorf("%s ended: %s", of.Name, status.Exit)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(25 * time.Millisecond):
		}
	}
}

// restart kills a component as a crash would, leaves it dead for a while, and
// starts it again. One that is dead already is only started. With the first
// process of a node, all of the node is killed and started again. Where
// data is not empty, etcd starts with the content of that directory.
func (s *Supervisor) restart(ctx context.Context, of instance.Component, pause time.Duration, data string) error {
	replacesData := of.Kind == instance.Etcd && data != ""
	if replacesData {
		if err := s.instance.CheckEtcdData(data); err != nil {
			return err
		}
	}
	s.components[of.Name].end(syscall.SIGKILL, time.Second)
	if of.Kind == instance.Machine {
		s.halt(of.Node.Name)
	}
	if replacesData {
		if err := s.instance.SetEtcdData(data); err != nil {
			return err
		}
	}
	time.Sleep(pause)
	if of.Kind == instance.Machine {
		return s.startNode(ctx, of.Node)
	}
	if err := s.startOne(ctx, of); err != nil {
		return err
	}
	if of.Kind == instance.Etcd {
		return s.awaitHealthy(ctx, of)
	}
	return nil
}

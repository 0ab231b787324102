package supervisor

import (
	"context"
	"fmt"
	"time"

	"portclaim.io/dev/clusterctl/internal/instance"
)

// awaitHealthy returns when a component answers that it is well. It has no time
// limit of its own: "up" and "restart" watch the clock, and they can also say
// what went wrong.
func (s *Supervisor) awaitHealthy(ctx context.Context, name string) error {
	client, path, err := s.instance.Health(name, s.config)
	if err != nil {
		return err
	}
	for {
		if client.Healthy(ctx, path) == nil {
			return nil
		}
		if status := s.components[name].status(); status.State == Ended {
			return fmt.Errorf("%s ended: %s", name, status.Exit)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(25 * time.Millisecond):
		}
	}
}

// restart kills a component as a crash would, leaves it dead for a while, and
// starts it again. One that is dead already is only started.
func (s *Supervisor) restart(ctx context.Context, name string, pause time.Duration) error {
	s.kill(name)
	time.Sleep(pause)
	if err := s.startOne(name); err != nil {
		return err
	}
	if name == instance.Etcd {
		return s.awaitHealthy(ctx, name)
	}
	return nil
}

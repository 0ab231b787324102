package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"time"

	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/kube"
	"portclaim.io/dev/clusterctl/internal/node"
)

// The annotations that state a node's kernel settings for the operator.
const (
	ephemeralAnnotation = "portclaim.io/ephemeral-port-range"
	reservedAnnotation  = "portclaim.io/reserved-ports"
)

// startNodes starts all nodes at once, and returns when all are well or have failed.
func (s *Supervisor) startNodes(ctx context.Context) error {
	var group sync.WaitGroup
	failures := make([]error, len(s.config.Nodes))
	for n := range s.config.Nodes {
		group.Go(func() { failures[n] = s.startNode(ctx, &s.config.Nodes[n]) })
	}
	group.Wait()
	return errors.Join(failures...)
}

// startNode starts a node and what runs on it.
func (s *Supervisor) startNode(ctx context.Context, node *instance.Node) error {
	for _, component := range node.Components() {
		if err := s.startHealthy(ctx, component); err != nil {
			return err
		}
	}
	return nil
}

// prepare does what a component expects to have been done. A kubelet finds its
// Node object there, with the node's annotations for the operator.
func (s *Supervisor) prepare(ctx context.Context, of instance.Component) error {
	if of.Kind != instance.Kubelet {
		return nil
	}
	client, err := s.instance.Client(s.config)
	if err != nil {
		return err
	}
	annotations := map[string]string{ephemeralAnnotation: of.Node.EphemeralPorts}
	if of.Node.ReservedPorts != "" {
		annotations[reservedAnnotation] = of.Node.ReservedPorts
	}
	machine := kube.Machine{
		Name:        of.Node.Name,
		PodRange:    s.config.Network.PodRange(*of.Node),
		Labels:      of.Node.Labels,
		Annotations: annotations,
	}
	// The API may be away for a while: a restart of it is no reason not to start.
	for {
		err := client.EnsureMachine(ctx, machine)
		var refused *kube.StatusError
		if err == nil || errors.As(err, &refused) && refused.Code < 500 {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

var errEnding = errors.New("the supervisor ends")

// boot makes the namespaces of a node, with the given first process.
func (s *Supervisor) boot(of instance.Node, first *exec.Cmd) error {
	machine, err := node.Boot(s.instance, s.config, of, first)
	if err != nil {
		return err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.ending {
		// Nobody saw it yet who could have ended it.
		machine.End()
		return errEnding
	}
	if earlier := s.machines[of.Name]; earlier != nil {
		earlier.End()
	}
	s.machines[of.Name] = machine
	return nil
}

// halt gives up the namespaces of a node whose first process has ended.
func (s *Supervisor) halt(name string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if machine := s.machines[name]; machine != nil {
		machine.End()
		delete(s.machines, name)
	}
}

func (s *Supervisor) launchOn(name string, command *exec.Cmd) error {
	s.mutex.Lock()
	machine, ending := s.machines[name], s.ending
	s.mutex.Unlock()
	if ending {
		return errEnding
	}
	if machine == nil || s.components[name].status().State != Running {
		return fmt.Errorf("%s does not run: restart it as a whole, with \"dev/cluster restart %s\"", name, name)
	}
	return machine.Start(command)
}

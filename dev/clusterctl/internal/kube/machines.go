package kube

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"time"
)

// Machine is a node that has a kubelet.
type Machine struct {
	Name        string
	PodRange    string
	Labels      map[string]string
	Annotations map[string]string
}

// EnsureMachine makes the Node object of a machine, or gives the labels and
// annotations to the one that is there. Kubelets would make it themselves, but
// without annotations: for a moment, everybody would read a node without
// them.
func (c *Client) EnsureMachine(ctx context.Context, machine Machine) error {
	labels := map[string]string{
		"kubernetes.io/hostname": machine.Name,
		"kubernetes.io/os":       runtime.GOOS,
		"kubernetes.io/arch":     runtime.GOARCH,
	}
	maps.Copy(labels, machine.Labels)
	metadata := map[string]any{"name": machine.Name, "labels": labels, "annotations": machine.Annotations}
	err := c.Do(ctx, http.MethodPost, nodesPath, map[string]any{
		"apiVersion": "v1", "kind": "Node", "metadata": metadata,
		"spec": map[string]any{"podCIDR": machine.PodRange, "podCIDRs": []string{machine.PodRange}},
	}, nil)
	var status *StatusError
	if errors.As(err, &status) && status.Code == http.StatusConflict {
		err = c.Merge(ctx, nodesPath+"/"+machine.Name, map[string]any{"metadata": metadata})
	}
	if err != nil {
		return fmt.Errorf("cannot make node %s: %w", machine.Name, err)
	}
	return nil
}

// AwaitMachines returns when the nodes are ready, by the word of a kubelet that
// was heard after since: what the objects of kept data say is of an earlier one.
func (c *Client) AwaitMachines(ctx context.Context, names []string, since time.Time) error {
	var steps []func(context.Context) error
	for _, name := range names {
		steps = append(steps, func(ctx context.Context) error { return c.machineReady(ctx, name, since) })
	}
	return await(ctx, steps...)
}

var errNotReady = errors.New("not ready")

func (c *Client) machineReady(ctx context.Context, name string, since time.Time) error {
	var node struct {
		Spec   struct{ Taints []struct{ Key string } }
		Status struct {
			Conditions []struct {
				Type, Status      string
				LastHeartbeatTime time.Time
			}
		}
	}
	if err := c.Do(ctx, http.MethodGet, nodesPath+"/"+name, nil, &node); err != nil {
		return err
	}
	// Those that the node lifecycle controller has not taken away yet keep pods off.
	if len(node.Spec.Taints) > 0 {
		return errNotReady
	}
	for _, condition := range node.Status.Conditions {
		// The heartbeat is in whole seconds.
		if condition.Type == "Ready" && condition.Status == "True" &&
			!condition.LastHeartbeatTime.Before(since.Truncate(time.Second)) {
			return c.heardOf(ctx, name, since)
		}
	}
	return errNotReady
}

// heardOf finds out whether a kubelet renewed its lease after a moment.
func (c *Client) heardOf(ctx context.Context, name string, since time.Time) error {
	var lease struct{ Spec struct{ RenewTime time.Time } }
	path := "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/" + name
	if err := c.Do(ctx, http.MethodGet, path, nil, &lease); err != nil {
		return err
	}
	if !lease.Spec.RenewTime.After(since) {
		return errNotReady
	}
	return nil
}

package kube

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Node is a Node object without a machine behind it.
type Node struct {
	Name        string
	Address     string
	Labels      map[string]string
	Annotations map[string]string
}

const nodesPath = "/api/v1/nodes"

// Nodes lists the nodes of the cluster.
func (c *Client) Nodes(ctx context.Context) ([]Node, error) {
	var list struct {
		Items []struct {
			Metadata struct {
				Name                string
				Labels, Annotations map[string]string
			}
			Status struct {
				Addresses []struct{ Type, Address string }
			}
		}
	}
	if err := c.Do(ctx, http.MethodGet, nodesPath, nil, &list); err != nil {
		return nil, err
	}
	var nodes []Node
	for _, item := range list.Items {
		node := Node{Name: item.Metadata.Name, Labels: item.Metadata.Labels, Annotations: item.Metadata.Annotations}
		for _, address := range item.Status.Addresses {
			if address.Type == "InternalIP" {
				node.Address = address.Address
			}
		}
		nodes = append(nodes, node)
	}
	return nodes, nil
}

// NewNodes plans count nodes that are not among the existing ones, numbered on
// from 1, with addresses that no other node has.
func NewNodes(existing []Node, prefix string, count int) []Node {
	taken := map[string]bool{}
	for _, node := range existing {
		taken[node.Name] = true
	}
	var names []string
	for number := 1; len(names) < count; number++ {
		if name := fmt.Sprintf("%s%d", prefix, number); !taken[name] {
			names = append(names, name)
		}
	}
	return NamedNodes(existing, names)
}

// firstAddress is in the range reserved for measuring (RFC 2544), which no real
// network uses: an address of a node that does not exist must lead nowhere.
var firstAddress = netip.AddrFrom4([4]byte{198, 18, 0, 1})

// NamedNodes plans nodes with the given names.
func NamedNodes(existing []Node, names []string) []Node {
	taken := map[string]bool{}
	for _, node := range existing {
		taken[node.Address] = true
	}
	var nodes []Node
	address := firstAddress
	for _, name := range names {
		for taken[address.String()] {
			address = address.Next()
		}
		nodes = append(nodes, Node{Name: name, Address: address.String()})
		address = address.Next()
	}
	return nodes
}

// CreateNodes creates nodes that look ready.
func (c *Client) CreateNodes(ctx context.Context, nodes []Node) error {
	return inParallel(nodes, func(node Node) error {
		if err := c.Do(ctx, http.MethodPost, nodesPath, node.object(), nil); err != nil {
			return fmt.Errorf("cannot create node %s: %w", node.Name, err)
		}
		return nil
	})
}

// DeleteNodes deletes nodes by name.
func (c *Client) DeleteNodes(ctx context.Context, names []string) error {
	return inParallel(names, func(name string) error {
		if err := c.Do(ctx, http.MethodDelete, nodesPath+"/"+url.PathEscape(name), nil, nil); err != nil {
			return fmt.Errorf("cannot remove node %s: %w", name, err)
		}
		return nil
	})
}

// object is what a kubelet would have registered. Its status is taken over on
// creation, so that no second request is needed.
func (n Node) object() map[string]any {
	labels := map[string]string{"kubernetes.io/hostname": n.Name, "kubernetes.io/os": "linux"}
	maps.Copy(labels, n.Labels)
	now := time.Now().UTC().Format(time.RFC3339)
	resources := map[string]string{"cpu": "4", "memory": "8Gi", "pods": "110"}
	return map[string]any{
		"apiVersion": "v1", "kind": "Node",
		"metadata": map[string]any{"name": n.Name, "labels": labels, "annotations": n.Annotations},
		"status": map[string]any{
			"addresses": []any{
				map[string]string{"type": "InternalIP", "address": n.Address},
				map[string]string{"type": "Hostname", "address": n.Name},
			},
			"capacity":    resources,
			"allocatable": resources,
			"conditions": []any{map[string]string{
				"type": "Ready", "status": "True",
				"reason": "NodeObject", "message": "a Node object without a kubelet",
				"lastHeartbeatTime": now, "lastTransitionTime": now,
			}},
		},
	}
}

// ParsePairs reads KEY=VALUE words; a value may be empty.
func ParsePairs(words []string) (map[string]string, error) {
	pairs := map[string]string{}
	for _, word := range words {
		key, value, found := strings.Cut(word, "=")
		if !found || key == "" {
			return nil, fmt.Errorf("%q is not of the form KEY=VALUE", word)
		}
		pairs[key] = value
	}
	return pairs, nil
}

// inParallel does the work on all items, a few at a time, and joins the errors.
func inParallel[T any](items []T, work func(T) error) error {
	const workers = 8
	queue := make(chan T)
	var group sync.WaitGroup
	var mutex sync.Mutex
	var failures error
	for range workers {
		group.Go(func() {
			for item := range queue {
				if err := work(item); err != nil {
					mutex.Lock()
					failures = errors.Join(failures, err)
					mutex.Unlock()
				}
			}
		})
	}
	for _, item := range items {
		queue <- item
	}
	close(queue)
	group.Wait()
	return failures
}

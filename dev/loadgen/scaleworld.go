package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	scaleNamespaces   = 10
	scaleNodePools    = 3
	scaleClusterPools = 2
	// Of one node pool on each node, of all cluster pools, and of the pools of
	// filled nodes.
	scaleNumbersPerNode = 2000
	scaleClusterNumbers = 22_000
	scaleFillNumbers    = 7_600
	scaleRateNumbers    = 31_500

	scaleFirstOfNode    = 1100
	scaleFirstOfCluster = scaleFirstOfNode + scaleNumbersPerNode
	scaleFirstOfFill    = scaleFirstOfCluster + scaleClusterNumbers
	scaleFirstOfRate    = 33_000
	// Beyond those that other scenarios use, so that none of the few is cooling.
	scaleFirstOfWide = 64_510
	scaleWideNumbers = 100

	scaleRatePool = "scale-rate"
	scaleWidePool = "scale-wide"

	zoneLabel = "topology.kubernetes.io/zone"
	fillLabel = "bench.portclaim.io/fill"
	wideLabel = "bench.portclaim.io/wide"

	rangeAnnotation = "portclaim.io/ephemeral-port-range"
)

func claimsPathIn(namespace string) string {
	return "/apis/portclaim.io/v1alpha1/namespaces/" + namespace + "/portclaims"
}

func scaleNode(i int) string      { return fmt.Sprintf("scale-%05d", i) }
func scaleZone(i int) string      { return fmt.Sprintf("scale-%d", i%scaleNodePools) }
func scaleNamespace(i int) string { return fmt.Sprintf("bench-scale-%d", i%scaleNamespaces) }

func portRange(first, numbers int) string { return fmt.Sprintf("%d-%d", first, first+numbers-1) }

// scalePool has its own numbers: none of two pools is free in one and taken by the other.
func scalePool(name, ports string, selector object) []byte {
	spec := object{
		"ranges":         []string{ports},
		"nodePorts":      object{"policy": "Ignore"},
		"staticBand":     0,
		"ephemeralPorts": object{"policy": "Exclude"},
	}
	if selector != nil {
		spec["nodeSelector"] = object{"matchLabels": selector}
	}
	if name == scaleRatePool {
		spec["ephemeralPorts"] = object{"policy": "Ignore"}
	}
	if name == roomy.pool() || name == busy.pool() {
		spec["limits"] = object{"portsPerClaim": 0}
	}
	return toJSON(object{"apiVersion": "portclaim.io/v1alpha1", "kind": "PortPool", "metadata": object{"name": name}, "spec": spec})
}

func scalePools() [][]byte {
	pools := [][]byte{
		scalePool(scaleWidePool, portRange(scaleFirstOfWide, scaleWideNumbers), nil),
		scalePool(scaleRatePool, portRange(scaleFirstOfRate, scaleRateNumbers), nil),
	}
	for _, level := range []fillLevel{roomy, busy} {
		pools = append(pools, scalePool(level.pool(), portRange(scaleFirstOfFill, scaleFillNumbers), object{fillLabel: level.name}))
	}
	for i := range scaleNodePools {
		pools = append(pools, scalePool("scale-node-"+scaleZone(i), portRange(scaleFirstOfNode, scaleNumbersPerNode), object{zoneLabel: scaleZone(i)}))
	}
	each := scaleClusterNumbers / scaleClusterPools
	for i := range scaleClusterPools {
		pools = append(pools, scalePool(fmt.Sprintf("scale-cluster-%d", i), portRange(scaleFirstOfCluster+i*each, each), nil))
	}
	return pools
}

func (s *scaleStage) makePools(ctx context.Context) error {
	for i := range scaleNamespaces {
		namespace := object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": scaleNamespace(i)}}
		if _, err := s.client.Send(ctx, http.MethodPost, "/api/v1/namespaces", toJSON(namespace)); err != nil {
			return err
		}
	}
	for _, pool := range scalePools() {
		if _, err := s.client.Send(ctx, http.MethodPost, poolsPath, pool); err != nil {
			return err
		}
	}
	return nil
}

// scaleNodeBody is a node as a cloud labels it, without a status.
func scaleNodeBody(name string, i int, more object) []byte {
	labels := object{
		"kubernetes.io/hostname":           name,
		"kubernetes.io/os":                 "linux",
		"kubernetes.io/arch":               "amd64",
		"node.kubernetes.io/instance-type": "large",
		"topology.kubernetes.io/region":    "scale",
		zoneLabel:                          scaleZone(i),
	}
	for label, value := range more {
		labels[label] = value
	}
	return toJSON(object{"apiVersion": "v1", "kind": "Node", "metadata": object{"name": name, "labels": labels}})
}

// makeNodes makes all nodes. The first are those that wide claims cover, and
// the first of these are filled.
func (s *scaleStage) makeNodes(ctx context.Context) error {
	return parallel(ctx, s.workers, s.nodes, func(ctx context.Context, i int) error {
		more := object{}
		if i < s.wide() {
			more[wideLabel] = "true"
		}
		if level, filled := filledAs(i); filled {
			more[fillLabel] = level.name
		}
		return s.makeNode(ctx, scaleNode(i), i, more)
	})
}

func (s *scaleStage) makeNode(ctx context.Context, name string, i int, more object) error {
	_, err := s.client.Send(ctx, http.MethodPost, nodesPath, scaleNodeBody(name, i, more))
	return err
}

func portClaim(name, pool string, more object) []byte {
	spec := object{"poolName": pool, "ports": []object{{"name": "http"}}}
	for field, value := range more {
		spec[field] = value
	}
	return toJSON(object{"apiVersion": "portclaim.io/v1alpha1", "kind": "PortClaim", "metadata": object{"name": name}, "spec": spec})
}

// presentClaim is one of the claims that are there all the time: the first are
// of scope Node, evenly over the nodes, the others of scope Cluster.
func (s *scaleStage) presentClaim(i int) []byte {
	name := fmt.Sprintf("present-%06d", i)
	if i < s.nodeClaims {
		node := i % s.nodes
		return portClaim(name, "scale-node-"+scaleZone(node), object{"scope": "Node", "nodeName": scaleNode(node)})
	}
	return portClaim(name, fmt.Sprintf("scale-cluster-%d", i%scaleClusterPools), object{"scope": "Cluster"})
}

// makePresent makes more claims that stay, until there are so many, and returns
// how many of them the operator served a second.
func (s *scaleStage) makePresent(ctx context.Context, total int) (float64, error) {
	first := s.staying
	begin := time.Now()
	err := parallel(ctx, s.workers, total-first, func(ctx context.Context, i int) error {
		_, err := s.client.Send(ctx, http.MethodPost, claimsPathIn(scaleNamespace(first+i)), s.presentClaim(first+i))
		return err
	})
	if err != nil {
		return 0, err
	}
	s.staying = total
	if err := s.awaitBound(ctx); err != nil {
		return 0, fmt.Errorf("%d claims: %w", total, err)
	}
	return float64(total-first) / time.Since(begin).Seconds(), s.settle(ctx)
}

// awaitBound waits until all claims that stay are bound. It asks seldom, because
// a scrape counts claims.
func (s *scaleStage) awaitBound(ctx context.Context) error {
	bound := -1.0
	for progress := time.Now(); ; {
		series, err := s.operator.Scrape()
		if err != nil {
			return err
		}
		if now := series[`portclaim_claims{phase="Bound"}`]; now != bound {
			bound, progress = now, time.Now()
		}
		if bound == float64(s.staying) {
			return nil
		}
		if time.Since(progress) > time.Minute {
			return fmt.Errorf("%.0f are bound, and no more within a minute\n%s", bound, s.operator.LogTail())
		}
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
	}
}

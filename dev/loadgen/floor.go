package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Floor is how fast the API server takes the two writes that a claim needs, from
// a client that does nothing else. The operator does not watch its objects: they
// are of a kind that differs from PortClaim only by its name, and its ConfigMaps
// have other labels and annotations: the operator would look after one without a
// claim.
type Floor struct {
	claimName string
	claimUID  string
	configMap []byte
	status    []byte
}

// FloorRound is one measurement.
type FloorRound struct {
	Claims     int      `json:"claims"`
	Seconds    float64  `json:"seconds"`
	PerSecond  float64  `json:"claimsPerSecond"`
	CPUMillis  CPU      `json:"cpuMillisPerClaim"`
	OtherCores float64  `json:"coresUsedByOthers"`
	Requests   Requests `json:"mutatingRequests"`
}

// floorLike takes what the operator wrote for a claim as the template.
func (b *Bench) floorLike(ctx context.Context, name string) (*Floor, error) {
	var served struct {
		Metadata struct{ UID string }
		Status   struct {
			ConfigMapName string
		}
	}
	content, err := b.observer.Send(ctx, http.MethodGet, claimsPath+"/"+name, nil)
	if err != nil {
		return nil, err
	}
	var whole struct{ Status json.RawMessage }
	if err := json.Unmarshal(content, &served); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(content, &whole); err != nil {
		return nil, err
	}
	var configMap struct {
		Metadata struct {
			Name            string          `json:"name"`
			Namespace       string          `json:"namespace"`
			Labels          json.RawMessage `json:"labels"`
			Annotations     json.RawMessage `json:"annotations"`
			OwnerReferences json.RawMessage `json:"ownerReferences"`
		}
		Data json.RawMessage
	}
	if err := b.observer.Get(ctx, configMapsPath(claimNamespace)+"/"+served.Status.ConfigMapName, &configMap); err != nil {
		return nil, err
	}
	written := toJSON(object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": configMap.Metadata, "data": configMap.Data})
	status := toJSON(object{
		"apiVersion": "bench.portclaim.io/v1alpha1",
		"kind":       "FloorClaim",
		"metadata": object{
			"name": name, "namespace": claimNamespace, "uid": served.Metadata.UID, "resourceVersion": versionMark,
		},
		"status": whole.Status,
	})
	return &Floor{name, served.Metadata.UID, written, status}, nil
}

const versionMark = "@version@"

// bodies are the two writes for a claim of another name.
func (f *Floor) bodies(name, uid, version string) (configMap, status []byte) {
	configMap = replaceAll(f.configMap,
		`"`+managedBy+`":"portclaim"`, `"`+managedBy+`":"floorload"`,
		`"portclaim.io/claim-uid":`, `"floorload.io/claim-uid":`,
		`"apiVersion":"portclaim.io/v1alpha1"`, `"apiVersion":"bench.portclaim.io/v1alpha1"`,
		`"kind":"PortClaim"`, `"kind":"FloorClaim"`,
		claimNamespace, floorNamespace, f.claimName, name, f.claimUID, uid)
	status = replaceAll(f.status, claimNamespace, floorNamespace, f.claimName, name, f.claimUID, uid, versionMark, version)
	return configMap, status
}

// floorRound writes for n claims that are there already, with the operator
// suspended.
func (b *Bench) floorRound(ctx context.Context, floor *Floor, n int) (FloorRound, error) {
	if err := b.calm(ctx); err != nil {
		return FloorRound{}, err
	}
	if err := b.operator.Suspend(); err != nil {
		return FloorRound{}, err
	}
	names := b.newNames(n)
	configMaps, statuses, err := b.floorObjects(ctx, floor, names)
	if err != nil {
		return FloorRound{}, err
	}
	from, err := b.begin(ctx, Series{})
	if err != nil {
		return FloorRound{}, err
	}
	err = parallel(ctx, b.workers, n, func(ctx context.Context, i int) error {
		return b.writeFloor(ctx, names[i], configMaps[i], statuses[i])
	})
	if err != nil {
		return FloorRound{}, fmt.Errorf("floor: %w", err)
	}
	last := time.Now()
	cpu, err := b.cpu()
	if err != nil {
		return FloorRound{}, err
	}
	requests, err := b.requests(ctx)
	if err != nil {
		return FloorRound{}, err
	}
	seconds := last.Sub(from.at).Seconds()
	used := cpu.since(from.cpu)
	round := FloorRound{
		Claims:     n,
		Seconds:    seconds,
		PerSecond:  float64(n) / seconds,
		CPUMillis:  used.per(n),
		OtherCores: used.Others / (seconds * 1000),
		Requests:   mutatingRequests(requests.Since(from.requests)),
	}
	if err := b.operator.Resume(); err != nil {
		return round, err
	}
	return round, b.removeFloor(ctx, names)
}

func (b *Bench) writeFloor(ctx context.Context, name string, configMap, status []byte) error {
	if _, err := b.client.Send(ctx, http.MethodPost, configMapsPath(floorNamespace), configMap); err != nil {
		return err
	}
	_, err := b.client.Send(ctx, http.MethodPut, floorsPath+"/"+name+"/status", status)
	return err
}

// floorObjects makes the objects and renders what will be written for them.
func (b *Bench) floorObjects(ctx context.Context, floor *Floor, names []string) (configMaps, statuses [][]byte, err error) {
	configMaps, statuses = make([][]byte, len(names)), make([][]byte, len(names))
	err = parallel(ctx, b.workers, len(names), func(ctx context.Context, i int) error {
		body := claimBody("bench.portclaim.io/v1alpha1", "FloorClaim", names[i], poolName)
		answer, err := b.client.Send(ctx, http.MethodPost, floorsPath, body)
		if err != nil {
			return err
		}
		var made struct {
			Metadata struct{ UID, ResourceVersion string }
		}
		if err := json.Unmarshal(answer, &made); err != nil {
			return err
		}
		configMaps[i], statuses[i] = floor.bodies(names[i], made.Metadata.UID, made.Metadata.ResourceVersion)
		return nil
	})
	return configMaps, statuses, err
}

func (b *Bench) removeFloor(ctx context.Context, names []string) error {
	err := parallel(ctx, b.workers, len(names), func(ctx context.Context, i int) error {
		_, err := b.client.Send(ctx, http.MethodDelete, floorsPath+"/"+names[i], nil)
		return err
	})
	if err != nil {
		return err
	}
	return b.removeConfigMaps(ctx, floorNamespace, "floorload")
}

package main

import (
	"context"
	"errors"
	"net/http"
)

const (
	tenantUser = "bench-tenant"
	tenantName = "bench-tenants"
	// The tenant has one share of 600 requests at once, and all priority levels
	// together have 246 others. That would be three requests: the API server's
	// defaults are not for two cores. A level that nobody uses takes shares, as if
	// --max-requests-inflight and --max-mutating-requests-inflight were smaller.
	tenantShares, unusedShares = 1, 600
)

// limitedChurn is the tenant of "churn", whom the API server's administrator
// gives one request at once, as flow control can for any user or group.
func (s *boundedStage) limitedChurn(ctx context.Context) (row BoundedRow, err error) {
	limits := tenantLimits()
	for _, limit := range limits {
		if _, err := s.client.Send(ctx, http.MethodPost, limit.path, toJSON(limit.object)); err != nil {
			return row, err
		}
	}
	defer func() {
		for _, limit := range limits {
			_, failed := s.client.Send(ctx, http.MethodDelete, limit.path+"/"+limit.name, nil)
			err = errors.Join(err, failed)
		}
	}()
	return s.churnBy(ctx, s.client.As(tenantUser), "a tenant with one request at once at the API server creates and deletes claims")
}

type tenantLimit struct {
	path, name string
	object     object
}

// tenantLimits are what the tenant may do, and how much of it at once.
func tenantLimits() []tenantLimit {
	const (
		rbac = "/apis/rbac.authorization.k8s.io/v1/"
		flow = "/apis/flowcontrol.apiserver.k8s.io/v1/"
	)
	user := object{"kind": "User", "name": tenantUser, "apiGroup": "rbac.authorization.k8s.io"}
	named := func(path, name string, rest object) tenantLimit {
		rest["metadata"] = object{"name": name}
		return tenantLimit{path, name, rest}
	}
	level := func(shares int) object {
		return object{"spec": object{"type": "Limited", "limited": object{
			"nominalConcurrencyShares": shares, "lendablePercent": 0, "borrowingLimitPercent": 0,
			"limitResponse": object{"type": "Queue", "queuing": object{"queues": 16, "handSize": 4, "queueLengthLimit": 100}}}}}
	}
	return []tenantLimit{
		named(rbac+"clusterroles", tenantName, object{
			"rules": []object{{"apiGroups": []string{"portclaim.io"}, "resources": []string{"portclaims"},
				"verbs": []string{"create", "delete"}}}}),
		named(rbac+"clusterrolebindings", tenantName, object{
			"roleRef":  object{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": tenantName},
			"subjects": []object{user}}),
		named(flow+"prioritylevelconfigurations", "bench-unused", level(unusedShares)),
		named(flow+"prioritylevelconfigurations", tenantName, level(tenantShares)),
		named(flow+"flowschemas", tenantName, object{"spec": object{
			"matchingPrecedence":         500,
			"priorityLevelConfiguration": object{"name": tenantName},
			"distinguisherMethod":        object{"type": "ByUser"},
			"rules": []object{{
				"subjects": []object{{"kind": "User", "user": object{"name": tenantUser}}},
				"resourceRules": []object{{"verbs": []string{"*"}, "apiGroups": []string{"*"}, "resources": []string{"*"},
					"namespaces": []string{"*"}, "clusterScope": true}}}}}}),
	}
}

package main

import (
	"context"
	"errors"
	"net/http"
)

const (
	tenantUser = "bench-tenant"
	tenantName = "bench-tenants"
	// tenantShares is of what all priority levels have together, 246 by default.
	tenantShares = 1
)

// limitedChurn is the tenant of "churn", whom the API server's administrator
// gives few requests at once, as flow control can for any user or group.
func (s *boundedStage) limitedChurn(ctx context.Context) (row BoundedRow, err error) {
	limits := tenantLimits()
	for _, limit := range limits {
		if _, err := s.client.Send(ctx, http.MethodPost, limit.path, toJSON(limit.object)); err != nil {
			return row, err
		}
	}
	defer func() {
		for _, limit := range limits {
			_, failed := s.client.Send(ctx, http.MethodDelete, limit.path+"/"+tenantName, nil)
			err = errors.Join(err, failed)
		}
	}()
	return s.churnBy(ctx, s.client.As(tenantUser), "a tenant with few requests at once at the API server creates and deletes claims")
}

type tenantLimit struct {
	path   string
	object object
}

// tenantLimits are what the tenant may do, and how much of it at once.
func tenantLimits() []tenantLimit {
	user := object{"kind": "User", "name": tenantUser, "apiGroup": "rbac.authorization.k8s.io"}
	metadata := object{"name": tenantName}
	return []tenantLimit{
		{"/apis/rbac.authorization.k8s.io/v1/clusterroles", object{
			"metadata": metadata,
			"rules": []object{{"apiGroups": []string{"portclaim.io"}, "resources": []string{"portclaims"},
				"verbs": []string{"create", "delete"}}}}},
		{"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", object{
			"metadata": metadata,
			"roleRef":  object{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": tenantName},
			"subjects": []object{user}}},
		{"/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations", object{
			"metadata": metadata,
			"spec": object{"type": "Limited", "limited": object{
				"nominalConcurrencyShares": tenantShares, "lendablePercent": 0, "borrowingLimitPercent": 0,
				"limitResponse": object{"type": "Queue", "queuing": object{"queues": 16, "handSize": 4, "queueLengthLimit": 100}}}}}},
		{"/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas", object{
			"metadata": metadata,
			"spec": object{
				"matchingPrecedence":         500,
				"priorityLevelConfiguration": object{"name": tenantName},
				"distinguisherMethod":        object{"type": "ByUser"},
				"rules": []object{{
					"subjects": []object{{"kind": "User", "user": object{"name": tenantUser}}},
					"resourceRules": []object{{"verbs": []string{"*"}, "apiGroups": []string{"*"}, "resources": []string{"*"},
						"namespaces": []string{"*"}, "clusterScope": true}}}}}}},
	}
}

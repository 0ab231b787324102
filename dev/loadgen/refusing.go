package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// The operator impersonates this user while the API server refuses most of its
// requests. Others, such as this program, are not concerned. It is not of the
// administrators' group, of which no FlowSchema can refuse anything.
const limitedUser = "portclaim-bench"

// hardlyAnything is a priority level without a seat: the API server lets one request
// through while no other is under way, and refuses the rest.
const hardlyAnything = "bench-hardly-anything"

const (
	flowControlPath = "/apis/flowcontrol.apiserver.k8s.io/v1/"
	bindingsPath    = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
)

// refusing has the API server answer 429 to all that the operator requests while
// another of its requests is under way, but for its Lease, so that it goes on to
// lead.
func (s *boundedStage) refusing(ctx context.Context) (BoundedRow, error) {
	what := fmt.Sprintf("429 for all but one request at a time and the Lease, with %d new claims, for %s", steadyClaims, s.duration)
	if err := s.impersonating(ctx, limitedUser); err != nil {
		return BoundedRow{What: what}, err
	}
	names := s.newNames(steadyClaims)
	made := false
	row, err := s.measured(ctx, what, func(ctx context.Context) error {
		before, err := s.inPhase("Bound")
		if err != nil {
			return err
		}
		if err := s.limit(ctx); err != nil {
			return err
		}
		made = true
		err = errors.Join(s.createIn(ctx, claimNamespace, poolName, names), pause(ctx, s.duration), s.unlimit(ctx))
		if err != nil {
			return err
		}
		return s.untilBound(ctx, len(names), before)
	}, "portclaims POST", "flowschemas", "prioritylevelconfigurations")
	row.Claims = len(names)
	refused := row.refused()
	row.What += fmt.Sprintf("; %.0f refused", refused)
	if err == nil && refused == 0 {
		err = errors.New("no request was refused")
	}
	if made {
		err = errors.Join(err, s.deleteAll(ctx, claimNamespace, names))
	}
	return row, err
}

// refused is how many of its requests were answered 429.
func (r BoundedRow) refused() float64 {
	var sum float64
	for request, count := range r.Requests {
		if strings.HasSuffix(request, " 429") {
			sum += count
		}
	}
	return sum
}

// impersonating starts the operator again as a user with all rights.
func (s *boundedStage) impersonating(ctx context.Context, user string) error {
	binding := object{
		"apiVersion": "rbac.authorization.k8s.io/v1",
		"kind":       "ClusterRoleBinding",
		"metadata":   object{"name": user},
		"roleRef":    object{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
		"subjects":   []object{{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}},
	}
	if _, err := s.client.Send(ctx, http.MethodPost, bindingsPath, toJSON(binding)); err != nil {
		return err
	}
	return s.restartWith(ctx, []string{"-Dkubernetes.impersonate.username=" + user}, nil)
}

// limit leaves the user one request at a time, and Leases.
func (s *boundedStage) limit(ctx context.Context) error {
	level := object{
		"apiVersion": "flowcontrol.apiserver.k8s.io/v1",
		"kind":       "PriorityLevelConfiguration",
		"metadata":   object{"name": hardlyAnything},
		"spec": object{"type": "Limited", "limited": object{
			"nominalConcurrencyShares": 0, "lendablePercent": 0, "borrowingLimitPercent": 0,
			"limitResponse": object{"type": "Reject"}}},
	}
	schema := object{
		"apiVersion": "flowcontrol.apiserver.k8s.io/v1",
		"kind":       "FlowSchema",
		"metadata":   object{"name": hardlyAnything},
		"spec": object{
			"matchingPrecedence":         2,
			"priorityLevelConfiguration": object{"name": hardlyAnything},
			"rules": []object{{
				"subjects": []object{{"kind": "User", "user": object{"name": limitedUser}}},
				"resourceRules": []object{{
					"verbs": []string{"*"}, "resources": []string{"*"}, "namespaces": []string{"*"}, "clusterScope": true,
					"apiGroups": []string{"", "portclaim.io", "events.k8s.io", "apps", "discovery.k8s.io", "apiextensions.k8s.io"},
				}},
			}},
		},
	}
	if _, err := s.client.Send(ctx, http.MethodPost, flowControlPath+"prioritylevelconfigurations", toJSON(level)); err != nil {
		return err
	}
	_, err := s.client.Send(ctx, http.MethodPost, flowControlPath+"flowschemas", toJSON(schema))
	return err
}

func (s *boundedStage) unlimit(ctx context.Context) error {
	_, err := s.client.Send(ctx, http.MethodDelete, flowControlPath+"flowschemas/"+hardlyAnything, nil)
	if err != nil {
		return err
	}
	_, err = s.client.Send(ctx, http.MethodDelete, flowControlPath+"prioritylevelconfigurations/"+hardlyAnything, nil)
	return err
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// The operator impersonates this user while the API server takes only requests
// for Leases from it: others, such as this program, are not concerned.
const limitedUser = "portclaim-bench"

// onlyLeases is less than "exempt", the name of the FlowSchema with the same
// precedence that lets everything of the administrators' group through.
const onlyLeases = "bench-only-leases"

const flowControlPath = "/apis/flowcontrol.apiserver.k8s.io/v1/"

// onlyLease has the API server answer 429 to whatever the operator requests, but
// for its Lease, so that it goes on to lead. Claims that come meanwhile are served
// later.
func (s *boundedStage) onlyLease(ctx context.Context) (BoundedRow, error) {
	what := fmt.Sprintf("429 for everything but the Lease, with %d new claims, for %s", steadyClaims, s.duration)
	if err := s.impersonating(ctx, limitedUser); err != nil {
		return BoundedRow{What: what}, err
	}
	names := s.newNames(steadyClaims)
	row, err := s.measured(ctx, what, func(ctx context.Context) error {
		before, err := s.inPhase("Bound")
		if err != nil {
			return err
		}
		if err := s.limit(ctx); err != nil {
			return err
		}
		err = parallel(ctx, s.workers, len(names), func(ctx context.Context, i int) error {
			_, err := s.client.Send(ctx, http.MethodPost, claimsPath, portClaim(names[i], poolName, object{"scope": "Cluster"}))
			return err
		})
		err = errors.Join(err, pause(ctx, s.duration))
		if err == nil {
			err = s.noneBound(before)
		}
		if err = errors.Join(err, s.unlimit(ctx)); err != nil {
			return err
		}
		return s.until(ctx, fmt.Sprintf("%d claims are bound", len(names)), func() (bool, error) {
			bound, err := s.inPhase("Bound")
			return bound >= before+float64(len(names)), err
		})
	}, "portclaims POST", "flowschemas", "prioritylevelconfigurations")
	return row, errors.Join(err, s.deleteAll(ctx, claimNamespace, names))
}

// noneBound checks that the API server has refused what was to be refused.
func (s *boundedStage) noneBound(before float64) error {
	bound, err := s.inPhase("Bound")
	if err == nil && bound > before {
		err = fmt.Errorf("%.0f claims were served, though every request was to be refused", bound-before)
	}
	return err
}

// impersonating starts the operator again as a user with all rights.
func (s *boundedStage) impersonating(ctx context.Context, user string) error {
	if err := s.operator.Stop(); err != nil {
		return err
	}
	s.operator.command = slices.Insert(slices.Clone(s.operator.command), 1,
		"-Dkubernetes.impersonate.username="+user, "-Dkubernetes.impersonate.group=system:masters")
	return s.operator.Start(ctx)
}

// limit leaves the user nothing but Leases.
func (s *boundedStage) limit(ctx context.Context) error {
	level := object{
		"apiVersion": "flowcontrol.apiserver.k8s.io/v1",
		"kind":       "PriorityLevelConfiguration",
		"metadata":   object{"name": onlyLeases},
		"spec": object{"type": "Limited", "limited": object{
			"nominalConcurrencyShares": 0, "lendablePercent": 0, "borrowingLimitPercent": 0,
			"limitResponse": object{"type": "Reject"}}},
	}
	schema := object{
		"apiVersion": "flowcontrol.apiserver.k8s.io/v1",
		"kind":       "FlowSchema",
		"metadata":   object{"name": onlyLeases},
		"spec": object{
			"matchingPrecedence":         1,
			"priorityLevelConfiguration": object{"name": onlyLeases},
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
	_, err := s.client.Send(ctx, http.MethodDelete, flowControlPath+"flowschemas/"+onlyLeases, nil)
	if err != nil {
		return err
	}
	_, err = s.client.Send(ctx, http.MethodDelete, flowControlPath+"prioritylevelconfigurations/"+onlyLeases, nil)
	return err
}

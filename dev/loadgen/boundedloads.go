package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

func (s *boundedStage) releases(ctx context.Context) (BoundedRow, error) {
	what := fmt.Sprintf("%d claims deleted at once", s.claims)
	names, err := s.served(ctx, claimNamespace, poolName, s.claims)
	if err != nil {
		return BoundedRow{What: what}, err
	}
	row, err := s.measured(ctx, what, func(ctx context.Context) error {
		return s.deleteAll(ctx, claimNamespace, names)
	}, "portclaims DELETE")
	row.Claims = len(names)
	return row, err
}

func (s *boundedStage) namespaceDeleted(ctx context.Context) (BoundedRow, error) {
	const namespace = "bench-going"
	n := s.claims / 2
	what := fmt.Sprintf("a namespace with %d claims deleted", n)
	if err := s.makeNamespaces(ctx, namespace); err != nil {
		return BoundedRow{What: what}, err
	}
	if _, err := s.served(ctx, namespace, poolName, n); err != nil {
		return BoundedRow{What: what}, err
	}
	row, err := s.measured(ctx, what, func(ctx context.Context) error {
		if _, err := s.client.Send(ctx, http.MethodDelete, "/api/v1/namespaces/"+namespace, nil); err != nil {
			return err
		}
		return s.until(ctx, "the namespace is gone", func() (bool, error) {
			err := s.observer.Get(ctx, "/api/v1/namespaces/"+namespace, &object{})
			if hasCode(err, http.StatusNotFound) {
				return true, nil
			}
			return false, err
		})
	}, "namespaces", "portclaims DELETE")
	row.Claims = n
	return row, err
}

func (s *boundedStage) unsatisfied(ctx context.Context) (BoundedRow, error) {
	n := max(s.claims/10, 10)
	names := s.newNames(n)
	duration := unsatisfiedFor * s.duration
	row, err := s.measured(ctx, fmt.Sprintf("%d claims that can't be satisfied, for %s", n, duration), func(ctx context.Context) error {
		before, err := s.inPhase("Pending")
		if err != nil {
			return err
		}
		err = parallel(ctx, s.workers, n, func(ctx context.Context, i int) error {
			// One number more than the pool has, so that none of them is served.
			body := portClaim(names[i], fullPoolName, object{"scope": "Cluster", "ports": []object{{"name": "http", "count": 5}}})
			_, err := s.client.Send(ctx, http.MethodPost, claimsPath, body)
			return err
		})
		if err != nil {
			return err
		}
		err = s.until(ctx, fmt.Sprintf("%d claims are pending", n), func() (bool, error) {
			pending, err := s.inPhase("Pending")
			return pending >= before+float64(n), err
		})
		if err != nil {
			return err
		}
		return pause(ctx, duration)
	}, "portclaims POST")
	row.Claims = n
	return row, errors.Join(err, s.deleteAll(ctx, claimNamespace, names))
}

// editedPool has twice as many numbers as its claims hold, which are the lower
// ones, and none of another pool.
const (
	editedPool    = "bench-edited"
	editedNumbers = 2 * steadyClaims
	editedFirst   = 64_700
)

// limitsEdited edits what concerns none of the pool's claims.
func (s *boundedStage) limitsEdited(ctx context.Context) (BoundedRow, error) {
	what := fmt.Sprintf("a pool's limits edited every second, with %d claims, for %s", steadyClaims, s.duration)
	names, err := s.served(ctx, claimNamespace, poolName, steadyClaims)
	if err != nil {
		return BoundedRow{What: what}, err
	}
	edits := 0
	row, err := s.measured(ctx, what, func(ctx context.Context) error {
		return s.repeatedly(ctx, func(ctx context.Context) error {
			edits++
			err := s.patchPool(ctx, poolName, object{"limits": object{"portsPerClaim": 63 + edits%2}})
			return errors.Join(err, pause(ctx, onceASecond))
		})
	}, "portpools PATCH")
	row.Claims, row.Changes = steadyClaims, edits
	return row, errors.Join(err, s.deleteAll(ctx, claimNamespace, names))
}

// rangesEdited takes the numbers that claims hold out of the pool and brings
// them back. The claims keep them, and say that they are outside.
func (s *boundedStage) rangesEdited(ctx context.Context) (BoundedRow, error) {
	what := fmt.Sprintf("a pool's ranges edited every second, the numbers of %d claims out and in, for %s", steadyClaims, s.duration)
	if err := s.makePool(ctx, editedPool, portRange(editedFirst, editedNumbers)); err != nil {
		return BoundedRow{What: what}, err
	}
	names, err := s.served(ctx, claimNamespace, editedPool, steadyClaims)
	if err != nil {
		return BoundedRow{What: what}, err
	}
	edits := 0
	edit := func(ctx context.Context, ranges string) error {
		edits++
		return s.patchPool(ctx, editedPool, object{"ranges": []string{ranges}})
	}
	row, err := s.measured(ctx, what, func(ctx context.Context) error {
		err := s.repeatedly(ctx, func(ctx context.Context) error {
			if err := edit(ctx, portRange(editedFirst+steadyClaims, steadyClaims)); err != nil {
				return err
			}
			if err := pause(ctx, onceASecond); err != nil {
				return err
			}
			return errors.Join(edit(ctx, portRange(editedFirst, editedNumbers)), pause(ctx, onceASecond))
		})
		if err != nil {
			return err
		}
		// Edits of a second may pass unseen; these two do not.
		if err := edit(ctx, portRange(editedFirst+steadyClaims, steadyClaims)); err != nil {
			return err
		}
		if err := s.untilEach(ctx, names, "is bound and outside its pool", isOutside); err != nil {
			return err
		}
		if err := edit(ctx, portRange(editedFirst, editedNumbers)); err != nil {
			return err
		}
		return s.untilEach(ctx, names, "is bound and usable", func(c *claim) bool { return isBound(c) && !isUnusable(c) })
	}, "portpools PATCH")
	row.Claims, row.Changes = steadyClaims, edits
	row.Seen = fmt.Sprintf("with their numbers out, all %d Bound with Usable=False, OutsidePool, and back in the pool, Usable again", steadyClaims)
	return row, errors.Join(err, s.deleteAll(ctx, claimNamespace, names))
}

// isOutside reports whether a claim keeps a number that its pool no longer has.
func isOutside(c *claim) bool {
	return isBound(c) && slices.Contains(c.Status.Conditions, condition{"Ready", "True", "Assigned"}) &&
		slices.Contains(c.Status.Conditions, condition{"Usable", "False", "OutsidePool"})
}

func (s *boundedStage) patchPool(ctx context.Context, name string, spec object) error {
	_, err := s.client.Send(ctx, http.MethodPatch, poolsPath+"/"+name, toJSON(object{"spec": spec}))
	return err
}

// repeatedly does the work again and again for as long as the scenario's duration.
func (s *boundedStage) repeatedly(ctx context.Context, work func(context.Context) error) error {
	for end := time.Now().Add(s.duration); time.Now().Before(end); {
		if err := work(ctx); err != nil {
			return err
		}
	}
	return nil
}

// untilEach waits until each of the claims is in a state.
func (s *boundedStage) untilEach(ctx context.Context, names []string, what string, state func(*claim) bool) error {
	return s.until(ctx, "each claim "+what, func() (bool, error) {
		n, err := s.inState(ctx, names, state)
		return n == len(names), err
	})
}

// inState is how many of the claims are in a state now.
func (s *boundedStage) inState(ctx context.Context, names []string, state func(*claim) bool) (int, error) {
	var list struct{ Items []claim }
	if err := s.observer.Get(ctx, claimsPath, &list); err != nil {
		return 0, err
	}
	n := 0
	for _, each := range list.Items {
		if slices.Contains(names, each.Metadata.Name) && state(&each) {
			n++
		}
	}
	return n, nil
}

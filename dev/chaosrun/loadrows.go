package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"
)

const loadEvery = 120 * time.Millisecond

// underLoad plays something while users work.
func underLoad(play func(context.Context, *Scene) error) func(context.Context, *Scene) error {
	return func(ctx context.Context, s *Scene) error {
		s.startLoad(ctx, loadEvery)
		defer s.stopLoad()
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
		return errors.Join(play(ctx, s), pause(ctx, time.Second))
	}
}

func (s *Scene) moment() time.Duration {
	return time.Duration(rand.New(rand.NewPCG(s.seed, 2)).IntN(1500)) * time.Millisecond
}

// killed kills the leader thrice.
func killed(ctx context.Context, s *Scene) error {
	for range 3 {
		leader, err := s.fleet.leader(ctx)
		if err != nil {
			return err
		}
		if err := errors.Join(pause(ctx, s.moment()), leader.kill()); err != nil {
			return err
		}
	}
	_, err := s.fleet.leader(ctx)
	return err
}

// rolled restarts every operator as a Deployment does.
func rolled(ctx context.Context, s *Scene) error {
	for range 2 {
		for _, replica := range s.fleet {
			if err := replica.end(true); err != nil {
				return err
			}
			if err := replica.start(); err != nil {
				return err
			}
			if _, err := s.fleet.leader(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// stopped freezes the leader beyond its lease, thaws it, and does so again with the next.
func stopped(ctx context.Context, s *Scene) error {
	for range 2 {
		leader, err := s.fleet.leader(ctx)
		if err != nil {
			return err
		}
		process := leader.current()
		if err := errors.Join(pause(ctx, s.moment()), process.freeze()); err != nil {
			return err
		}
		_, err = s.fleet.others(leader).leader(ctx)
		if err := errors.Join(err, pause(ctx, time.Second), process.thaw()); err != nil {
			return err
		}
	}
	return nil
}

// twoInstalls runs a second install with a Lease of its own: it waits while the
// first leads, takes the ledger over when that is gone, and is not disturbed when
// the first comes back.
func twoInstalls(ctx context.Context, s *Scene) error {
	rival, err := s.plane.newReplica("rival", rivalHome, s.config.command)
	if err != nil {
		return err
	}
	defer rival.close()
	if err := s.prepareRival(ctx); err != nil {
		return err
	}
	if err := rival.start(); err != nil {
		return err
	}
	first, err := s.fleet.leader(ctx)
	if err != nil {
		return err
	}
	process := first.current()
	standby := s.fleet.others(first)[0]
	if err := errors.Join(pause(ctx, 3*time.Second), standby.end(false), process.freeze()); err != nil {
		return err
	}
	installed := Fleet{rival}
	_, err = installed.leader(ctx)
	if err := errors.Join(err, pause(ctx, time.Second), process.thaw()); err != nil {
		return err
	}
	if err := errors.Join(pause(ctx, 3*time.Second), rival.end(false), standby.start()); err != nil {
		return err
	}
	for _, end := range installed.endsSince([]int{0}) {
		s.notes["rival: "+end]++
	}
	_, err = s.fleet.leader(ctx)
	return err
}

const rivalHome = "portclaim-too"

// prepareRival lets the operators' account use a Lease in another namespace.
func (s *Scene) prepareRival(ctx context.Context) error {
	rbac := "/apis/rbac.authorization.k8s.io/v1/namespaces/" + rivalHome
	return errors.Join(
		s.plane.api.until(ctx, http.MethodPost, "/api/v1/namespaces", object{"metadata": object{"name": rivalHome}}),
		s.plane.api.until(ctx, http.MethodPost, rbac+"/roles", object{"metadata": object{"name": "lease"}, "rules": []object{
			{"apiGroups": []string{"coordination.k8s.io"}, "resources": []string{"leases"}, "verbs": []string{"create", "patch", "update"}}}}),
		s.plane.api.until(ctx, http.MethodPost, rbac+"/rolebindings", object{"metadata": object{"name": "lease"},
			"roleRef":  object{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "lease"},
			"subjects": []object{{"kind": "ServiceAccount", "namespace": home, "name": "portclaim"}}}))
}

// every gives each n-th write of the operators a fault, for a while.
func every(n int, what string, fault func(random *rand.Rand) *Fault) func(context.Context, *Scene) error {
	return underLoad(func(ctx context.Context, s *Scene) error {
		var count, hits atomic.Int64
		var random = rand.New(rand.NewPCG(s.seed, 3))
		for _, replica := range s.fleet {
			replica.proxy.add(&Rule{Match: Request.isDecisive, Fault: func(int) *Fault {
				if count.Add(1)%int64(n) != 0 {
					return nil
				}
				hits.Add(1)
				return fault(random)
			}})
		}
		err := pause(ctx, 12*time.Second)
		s.fleet.each((*Proxy).clear)
		s.notes[what] += int(hits.Load())
		return err
	})
}

// watchesCut ends all watches every second.
func watchesCut(ctx context.Context, s *Scene) error {
	for range 10 {
		s.fleet.each(func(p *Proxy) { p.cut("*") })
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
	}
	return nil
}

// watchesFrozen keeps the watches of each kind open and silent in turn.
func watchesFrozen(ctx context.Context, s *Scene) error {
	for _, resource := range []string{"portclaims", "configmaps", "pods", "nodes", "portpools"} {
		s.fleet.each(func(p *Proxy) { p.freeze(resource) })
		if err := pause(ctx, 3*time.Second); err != nil {
			return err
		}
		s.fleet.each(func(p *Proxy) { p.thaw(resource) })
	}
	return nil
}

// staleStandby has an operator take over whose view of the claims has stood
// still, while claims were deleted and created again.
func staleStandby(ctx context.Context, s *Scene) error {
	leader, err := s.fleet.leader(ctx)
	if err != nil {
		return err
	}
	standby := s.fleet.others(leader)[0]
	standby.proxy.freeze("portclaims")
	standby.proxy.freeze("configmaps")
	if err := errors.Join(pause(ctx, 5*time.Second), leader.end(false)); err != nil {
		return err
	}
	_, err = Fleet{standby}.leader(ctx)
	err = errors.Join(err, pause(ctx, 4*time.Second))
	standby.proxy.thaw("portclaims")
	standby.proxy.thaw("configmaps")
	return errors.Join(err, leader.start())
}

// leaseCut lets everything of the leader pass but its Lease.
func leaseCut(ctx context.Context, s *Scene) error {
	leader, err := s.fleet.leader(ctx)
	if err != nil {
		return err
	}
	leader.proxy.add(&Rule{Match: func(r Request) bool { return r.Resource == "leases" },
		Fault: func(int) *Fault { return &Fault{Drop: true} }})
	_, err = s.fleet.others(leader).leader(ctx)
	err = errors.Join(err, pause(ctx, 2*time.Second))
	leader.proxy.clear()
	return err
}

// partitioned lets nothing of the leader pass for longer than its lease.
func partitioned(ctx context.Context, s *Scene) error {
	leader, err := s.fleet.leader(ctx)
	if err != nil {
		return err
	}
	leader.proxy.freeze("*")
	_, err = s.fleet.others(leader).leader(ctx)
	err = errors.Join(err, pause(ctx, 2*time.Second))
	leader.proxy.thaw("*")
	return err
}

// timeTravel starts operators whose lists and watches come from an API server
// that has seen nothing since some time, and whose other requests from the other.
func timeTravel(ctx context.Context, s *Scene) error {
	s.plane.relay.freeze()
	if err := pause(ctx, 4*time.Second); err != nil {
		return err
	}
	var failed error
	s.fleet.each(func(p *Proxy) { failed = errors.Join(failed, p.readStale(s.plane.apiURL(relayedAPI))) })
	for _, replica := range s.fleet {
		failed = errors.Join(failed, replica.kill())
	}
	// Ready or not: those lists may never be answered, and claims wait then.
	failed = errors.Join(failed, pause(ctx, 15*time.Second))
	s.plane.relay.thaw()
	failed = errors.Join(failed, pause(ctx, 3*time.Second))
	s.fleet.each(func(p *Proxy) { failed = errors.Join(failed, p.readStale("")) })
	return failed
}

// staleServer moves the operators to the API server that stands still and back.
func staleServer(ctx context.Context, s *Scene) error {
	s.plane.relay.freeze()
	var failed error
	s.fleet.each(func(p *Proxy) { failed = errors.Join(failed, p.aim(s.plane.apiURL(relayedAPI))); p.cut("*") })
	failed = errors.Join(failed, pause(ctx, 12*time.Second))
	s.plane.relay.thaw()
	failed = errors.Join(failed, pause(ctx, 5*time.Second))
	s.fleet.each(func(p *Proxy) { failed = errors.Join(failed, p.aim(s.plane.apiURL(mainAPI))); p.cut("*") })
	return failed
}

// skewed gives the standby a clock that is ahead or behind, by more than the lease.
func skewed(ctx context.Context, s *Scene) error {
	leader, err := s.fleet.leader(ctx)
	if err != nil {
		return err
	}
	by := 30 * time.Second
	if s.seed%2 == 0 {
		by = -by
	}
	s.fleet.others(leader)[0].proxy.skew(by)
	s.notes[fmt.Sprintf("clock %+.0f s", by.Seconds())]++
	err = errors.Join(pause(ctx, 8*time.Second), leader.kill(), pause(ctx, 8*time.Second))
	s.fleet.each(func(p *Proxy) { p.skew(0) })
	return err
}

// deletedLease deletes the Lease under a leader.
func deletedLease(ctx context.Context, s *Scene) error {
	for range 2 {
		path := "/apis/coordination.k8s.io/v1/namespaces/" + home + "/leases/portclaim"
		if err := errors.Join(s.plane.api.until(ctx, http.MethodDelete, path, nil), pause(ctx, 5*time.Second)); err != nil {
			return err
		}
	}
	return nil
}

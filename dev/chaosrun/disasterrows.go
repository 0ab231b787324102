package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"portclaim.io/dev/clusterctl/internal/pki"
)

// restartAPI kills an API server and starts it again.
func (p *Plane) restartAPI(ctx context.Context, which int) error {
	return errors.Join(p.apis[which].kill(), p.startAPI(which), p.awaitAPI(ctx, which))
}

// restartEtcd kills etcd and starts it again a while later.
func (p *Plane) restartEtcd(ctx context.Context, after time.Duration) error {
	return errors.Join(p.etcd.kill(), pause(ctx, after), p.startEtcd(ctx))
}

// serversKilled kills the API servers in turn.
func serversKilled(ctx context.Context, s *Scene) error {
	for range 2 {
		for which := range s.plane.apis {
			if err := errors.Join(s.plane.restartAPI(ctx, which), pause(ctx, time.Second)); err != nil {
				return err
			}
		}
	}
	return nil
}

// outage stops both API servers for a while.
func outage(how time.Duration) func(context.Context, *Scene) error {
	return func(ctx context.Context, s *Scene) error {
		for _, server := range s.plane.apis {
			if err := server.freeze(); err != nil {
				return err
			}
		}
		err := pause(ctx, how)
		for _, server := range s.plane.apis {
			err = errors.Join(err, server.thaw())
		}
		return err
	}
}

func etcdKilled(ctx context.Context, s *Scene) error {
	for range 2 {
		if err := errors.Join(s.plane.restartEtcd(ctx, s.moment()), pause(ctx, 3*time.Second)); err != nil {
			return err
		}
	}
	return nil
}

func etcdStopped(ctx context.Context, s *Scene) error {
	return errors.Join(s.plane.etcd.freeze(), pause(ctx, 15*time.Second), s.plane.etcd.thaw(), pause(ctx, 2*time.Second))
}

// compact forgets all revisions that are recorded.
func (p *Plane) compact(ctx context.Context) error {
	if _, err := p.recorder.awaitNow(ctx); err != nil {
		return err
	}
	p.recorder.mutex.Lock()
	revision := p.recorder.next - 1
	p.recorder.mutex.Unlock()
	return p.client.compact(ctx, revision)
}

// compacted has the operators' watches continue where nothing is left to continue from.
func compacted(ctx context.Context, s *Scene) error {
	resources := []string{"portclaims", "configmaps", "pods", "nodes", "portpools", "services", "namespaces"}
	for _, resource := range resources {
		s.fleet.each(func(p *Proxy) { p.freeze(resource) })
	}
	err := errors.Join(pause(ctx, 4*time.Second), s.plane.compact(ctx), s.plane.restartAPI(ctx, mainAPI))
	for _, resource := range resources {
		s.fleet.each(func(p *Proxy) { p.thaw(resource) })
	}
	return errors.Join(err, pause(ctx, 3*time.Second))
}

// noSpace fills etcd until it refuses writes, and makes room later.
func noSpace(ctx context.Context, s *Scene) error {
	s.plane.quota = 32 << 20
	if err := s.plane.restartEtcd(ctx, 0); err != nil {
		return err
	}
	junk := strings.Repeat("x", 1<<20)
	for n := 0; ; n++ {
		alarms, err := s.plane.client.alarms(ctx)
		if err == nil && slices.ContainsFunc(alarms, func(alarm Alarm) bool { return alarm.Alarm == "NOSPACE" }) {
			break
		}
		if n == 200 {
			return errors.New("etcd does not raise NOSPACE")
		}
		// The last one is refused.
		_, _ = s.plane.client.put(ctx, "/chaos/junk", junk)
	}
	s.notes["NOSPACE alarm"]++
	if err := pause(ctx, 10*time.Second); err != nil {
		return err
	}
	_, revision, err := s.plane.client.get(ctx, tickKey)
	if err != nil {
		return err
	}
	for s.plane.recorder.behind(revision) {
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return errors.Join(s.plane.client.compact(ctx, revision), s.plane.client.defragment(ctx), s.plane.client.disarm(ctx))
}

// restored puts etcd back to an earlier state while operators run, or with them
// stopped where the seed is even. With a bump, revisions go on beyond the highest
// that anybody has seen, and all before are compacted, as by "etcdutl snapshot
// restore --bump-revision --mark-compacted"; without, they come again.
func restored(bump bool) func(context.Context, *Scene) error {
	return func(ctx context.Context, s *Scene) error {
		if err := s.plane.snapshot(ctx); err != nil {
			return err
		}
		s.startLoad(ctx, loadEvery)
		err := pause(ctx, 8*time.Second)
		s.stopLoad()
		if err := errors.Join(err, s.judge(ctx, false)); err != nil {
			return err
		}
		if s.seed%2 == 0 {
			s.notes["with operators stopped"]++
			for _, replica := range s.fleet {
				err = errors.Join(err, replica.end(false))
			}
		} else {
			s.notes["with operators running"]++
		}
		if err := errors.Join(err, s.plane.restore(ctx, bump), s.fleet.start()); err != nil {
			return err
		}
		s.startLoad(ctx, loadEvery)
		err = pause(ctx, 8*time.Second)
		s.stopLoad()
		return err
	}
}

// snapshot copies etcd's data.
func (p *Plane) snapshot(ctx context.Context) error {
	return errors.Join(p.etcd.kill(), os.RemoveAll(p.path("snapshot")),
		os.CopyFS(p.path("snapshot"), os.DirFS(p.path("etcd"))), p.startEtcd(ctx))
}

// restore replaces etcd's data by the copy.
func (p *Plane) restore(ctx context.Context, bump bool) error {
	_, highest, err := p.client.get(ctx, tickKey)
	if err != nil {
		return err
	}
	p.recorder.end()
	err = errors.Join(p.apis[0].kill(), p.apis[1].kill(), p.manager.kill(), p.etcd.kill(),
		os.RemoveAll(p.path("etcd")), os.CopyFS(p.path("etcd"), os.DirFS(p.path("snapshot"))), p.startEtcd(ctx))
	if err != nil {
		return err
	}
	p.recorder.begin(context.WithoutCancel(ctx))
	if bump {
		if err := p.bump(ctx, highest); err != nil {
			return err
		}
	}
	return errors.Join(p.startAPIs(ctx), p.startManager())
}

func (p *Plane) bump(ctx context.Context, beyond int64) error {
	for {
		revision, err := p.client.put(ctx, "/chaos/bump", "")
		if err != nil {
			return err
		}
		if revision > beyond+100 {
			return p.compact(ctx)
		}
	}
}

// ledgerDeleted deletes the ledger under a leader.
func ledgerDeleted(ctx context.Context, s *Scene) error {
	s.checker.ledgerLost = true
	for range 2 {
		err := s.plane.api.until(ctx, http.MethodDelete, portclaimAPI+"/portledgers/cluster", nil)
		if err := errors.Join(err, pause(ctx, 6*time.Second)); err != nil {
			return err
		}
	}
	return nil
}

// ledgerEdited changes the ledger by hand: who wrote it, and where the seed is
// even, its data. Nobody knows then what was decided; operators wait, and what
// they log says what to do: delete it, if there is no backup.
func ledgerEdited(ctx context.Context, s *Scene) error {
	path := portclaimAPI + "/portledgers/cluster"
	edit := func(change object) error {
		return errors.Join(s.plane.api.until(ctx, http.MethodPatch, path, object{"spec": change}), pause(ctx, 8*time.Second))
	}
	if s.seed%2 == 1 {
		s.notes["commit id changed"]++
		return edit(object{"commitId": "edited", "holder": "somebody"})
	}
	s.notes["data made unreadable, then deleted"]++
	s.checker.ledgerLost = true
	err := errors.Join(edit(object{"commitId": "edited", "data": "AAAA"}), s.ledgerIsReadable(ctx, path))
	return errors.Join(err, s.plane.api.until(ctx, http.MethodDelete, path, nil), pause(ctx, 4*time.Second))
}

// ledgerIsReadable waits until a leader has written data again that was made unreadable.
func (s *Scene) ledgerIsReadable(ctx context.Context, path string) error {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		var ledger struct{ Spec struct{ Data string } }
		if err := s.plane.api.get(ctx, path, &ledger); err == nil && ledger.Spec.Data != "AAAA" {
			return nil
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
	s.problem("nobody has written the ledger again")
	return nil
}

// crdsDeleted deletes all CRDs with all their objects, and makes them again.
func crdsDeleted(ctx context.Context, s *Scene) error {
	s.checker.ledgerLost, s.Load.leavesMaps = true, true
	crds := "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
	kinds := []string{"portclaims", "portledgers", "portpools", "portreports"}
	for _, kind := range kinds {
		if err := s.plane.api.until(ctx, http.MethodDelete, crds+"/"+kind+".portclaim.io", nil); err != nil {
			return err
		}
	}
	for _, kind := range kinds {
		for {
			_, err := s.plane.api.send(ctx, http.MethodGet, crds+"/"+kind+".portclaim.io", nil)
			if hasCode(err, http.StatusNotFound) {
				break
			}
			if err := pause(ctx, 100*time.Millisecond); err != nil {
				return err
			}
		}
	}
	err := errors.Join(pause(ctx, 3*time.Second), s.helm(ctx, "upgrade"))
	for _, load := range append(slices.Clone(s.unfilled), s.Load) {
		err = errors.Join(err, load.prepare(ctx))
	}
	return err
}

// tokensRotated makes all tokens of the operators' account invalid, and gives new ones later.
func tokensRotated(ctx context.Context, s *Scene) error {
	accounts := "/api/v1/namespaces/" + home + "/serviceaccounts"
	var account object
	if err := s.plane.api.get(ctx, accounts+"/portclaim", &account); err != nil {
		return err
	}
	kept := account["metadata"].(map[string]any)
	for _, field := range []string{"uid", "resourceVersion", "creationTimestamp", "managedFields"} {
		delete(kept, field)
	}
	err := errors.Join(s.plane.api.until(ctx, http.MethodDelete, accounts+"/portclaim", nil),
		// API servers remember for 10 s that a token was valid.
		s.plane.api.until(ctx, http.MethodPost, accounts, account), pause(ctx, 20*time.Second))
	for _, replica := range s.fleet {
		err = errors.Join(err, replica.renewToken(ctx))
	}
	return errors.Join(err, pause(ctx, 6*time.Second))
}

// certificatesRotated gives every server a new certificate and ends all connections.
func certificatesRotated(ctx context.Context, s *Scene) error {
	pair, err := s.plane.authority.Server("renewed")
	if err != nil {
		return err
	}
	if err := s.plane.useServerCertificate(pair); err != nil {
		return err
	}
	for which := range s.plane.apis {
		if err := s.plane.restartAPI(ctx, which); err != nil {
			return err
		}
	}
	certificate, err := tls.X509KeyPair(pair.Cert, pair.Key)
	s.fleet.each(func(p *Proxy) { p.renew(certificate) })
	return errors.Join(err, pause(ctx, 3*time.Second))
}

func (p *Plane) useServerCertificate(pair pki.Pair) error {
	return errors.Join(os.WriteFile(p.path("server.crt"), pair.Cert, 0o600), os.WriteFile(p.path("server.key"), pair.Key, 0o600))
}

// privateMount starts a command whose temporary folder is a full file system of
// 64 KiB, seen by nobody else, that is gone with it.
const privateMount = `mount -t tmpfs -o size=64k chaos "$0" && { head -c 1048576 /dev/zero >"$0/full" 2>/dev/null; exec "$@"; }`

func unshare() []string {
	if os.Geteuid() == 0 {
		return []string{"unshare", "--mount"}
	}
	return []string{"unshare", "--map-root-user", "--mount"}
}

func canMount() string {
	folder, err := os.MkdirTemp("", "chaos")
	if err != nil {
		return err.Error()
	}
	defer os.RemoveAll(folder)
	words := append(unshare(), "sh", "-c", privateMount, folder, "true")
	if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		return fmt.Sprintf("no private mount here: %v %s", err, strings.TrimSpace(string(out)))
	}
	return ""
}

// diskFull runs the operators with a full temporary folder.
func diskFull(ctx context.Context, s *Scene) error {
	folder := filepath.Join(s.plane.dir, "full")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for _, replica := range s.fleet {
		replica.prefix = append(unshare(), "sh", "-c", privateMount, folder)
		replica.environment = []string{"JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=" + folder}
	}
	err := rolled(ctx, s)
	for _, replica := range s.fleet {
		replica.prefix, replica.environment = nil, nil
	}
	return errors.Join(err, rolled(ctx, s))
}

// upgraded upgrades the chart and rolls it back, and the operators restart each time.
func upgraded(ctx context.Context, s *Scene) error {
	if err := errors.Join(s.helm(ctx, "upgrade", "--set", "replicaCount=3,commonLabels.chaos=upgraded"), rolled(ctx, s)); err != nil {
		return err
	}
	_, err := s.plane.tool(ctx, s.config.helm, "rollback", "portclaim", "--namespace", home)
	return errors.Join(err, rolled(ctx, s))
}

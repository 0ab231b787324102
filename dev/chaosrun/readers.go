package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	readEvery = 150 * time.Millisecond
	// A process notices late that its ConfigMap names a number no more. It must not
	// be later than the cooldown.
	mostGrace = 1500 * time.Millisecond
	// A process that could not read for longer stops at once: its numbers may be
	// another's by then.
	mostLag = time.Second
)

// Readers are processes that listen on what the ConfigMaps of a namespace say,
// for each claim one on each of its nodes. A node is an address of the loopback
// network, so it is the kernel that says whether two of them have one number.
// They share nothing with the recorder but how a ConfigMap is read.
type Readers struct {
	api       *Client
	namespace string
	random    *rand.Rand

	mutex sync.Mutex
	// witness shows operators the processes; nil where they know ConfigMaps only.
	witness *Witness
	sockets map[Slot]*socket
	opened  int
	// Of a process that can't listen, and tries again.
	conflicts map[conflict]*clash
	// Numbers that another program of this machine has.
	foreign int
}

// network is the second octet of the nodes' addresses, so that two campaigns on
// one machine do not meet.
var network = 64 + os.Getpid()%160

// socket is a number that a process listens on.
type socket struct {
	claim string
	io.Closer
	// ends is when its process will have noticed that the number is not its own
	// any more; zero while it is.
	ends time.Time
	// shown is since when operators can read that the number is used; zero while they can't.
	shown time.Time
}

// conflict is a process that can't listen, and the one that does.
type conflict struct {
	use
	open *socket
}

// clash is what a conflict is at first.
type clash struct {
	text string
	// known reports whether every operator knew then that the number was used.
	known bool
}

func newReaders(api *Client, namespace string, seed uint64) *Readers {
	return &Readers{api: api, namespace: namespace, random: rand.New(rand.NewPCG(seed, 3)), sockets: map[Slot]*socket{}, conflicts: map[conflict]*clash{}}
}

// run reads and listens until the context ends.
func (r *Readers) run(ctx context.Context) {
	defer r.close()
	last := time.Now()
	for pause(ctx, readEvery) == nil {
		limited, cancel := context.WithTimeout(ctx, 2*time.Second)
		began := time.Now()
		read, err := r.list(limited)
		var shown *Shown
		witness := r.shownBy()
		if witness != nil && err == nil {
			shown, err = witness.read(limited)
		}
		cancel()
		if err != nil {
			continue
		}
		wanted := r.follow(read, shown, began, time.Now(), began.Sub(last))
		last = began
		if witness != nil {
			// A request that was sent is answered before the run ends: none arrives later.
			limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			witness.show(limited, shown, wanted, r.open())
			cancel()
		}
	}
}

// showAll lets a witness show the processes from now on.
func (r *Readers) showAll(agents map[string]agent) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.witness == nil {
		r.witness = &Witness{api: r.api, namespace: r.namespace, agents: agents}
	}
}

func (r *Readers) shownBy() *Witness {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.witness
}

// open is what processes listen on.
func (r *Readers) open() map[use]bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	open := map[use]bool{}
	for slot, socket := range r.sockets {
		open[use{slot, socket.claim}] = true
	}
	return open
}

func (r *Readers) list(ctx context.Context) ([]Map, error) {
	var list struct{ Items []Map }
	err := r.api.get(ctx, "/api/v1/namespaces/"+r.namespace+"/configmaps?labelSelector=app.kubernetes.io/managed-by=portclaim", &list)
	return list.Items, err
}

// follow has each process listen on what its ConfigMap says. The answer was asked
// for and came at these times. Lag is the time since the one before was asked for.
// What operators are shown may be nil. It returns what processes want to listen on.
func (r *Readers) follow(read []Map, shown *Shown, asked, now time.Time, lag time.Duration) map[use]bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	wanted := map[use]bool{}
	for i := range read {
		published, err := read[i].published()
		if err != nil {
			continue // the recorder says so
		}
		for slot := range published.slots() {
			for _, node := range nodesOf(slot.Place) {
				slot.Place = node
				wanted[use{slot, read[i].claimKey()}] = true
			}
		}
	}
	r.end(wanted, asked, now, lag)
	for slot, open := range r.sockets {
		if shown == nil || !shown.has(use{slot, open.claim}) {
			open.shown = time.Time{}
		} else if open.shown.IsZero() {
			open.shown = now
		}
	}
	for _, u := range slices.SortedFunc(maps.Keys(wanted), compareUses) {
		// A process of a pod starts after its pod is there.
		if shown == nil || !hasPod(u.claim) || shown.has(u) {
			r.listen(u, now, shown)
		}
	}
	return wanted
}

func nodesOf(place string) []string {
	if place == everywhere {
		return nodeNames
	}
	if !slices.Contains(nodeNames, place) {
		return nil // a pod, which reads its ports elsewhere
	}
	return []string{place}
}

// end closes the sockets of processes that have noticed.
func (r *Readers) end(wanted map[use]bool, asked, now time.Time, lag time.Duration) {
	for _, slot := range slices.SortedFunc(maps.Keys(r.sockets), compareSlots) {
		open := r.sockets[slot]
		if wanted[use{slot, open.claim}] {
			open.ends = time.Time{}
			continue
		}
		if open.ends.IsZero() {
			open.ends = asked.Add(time.Duration(r.random.Int64N(int64(mostGrace))))
		}
		if lag > mostLag || !now.Before(open.ends) {
			open.Close()
			delete(r.sockets, slot)
		}
	}
}

func (r *Readers) listen(u use, now time.Time, shown *Shown) {
	if open := r.sockets[u.Slot]; open != nil && open.claim == u.claim {
		return
	}
	closer, err := openSocket(u.Slot)
	if err == nil {
		r.opened++
		r.sockets[u.Slot] = &socket{claim: u.claim, Closer: closer}
		if shown != nil && hasPod(u.claim) {
			r.sockets[u.Slot].shown = now
		}
		return
	}
	open := r.sockets[u.Slot]
	if open == nil {
		r.foreign++
		return
	}
	found := conflict{u, open}
	if r.conflicts[found] != nil {
		return
	}
	notices := ""
	if !open.ends.IsZero() {
		notices = ", which will notice within " + open.ends.Sub(now).String()
	}
	r.conflicts[found] = &clash{known: !open.shown.IsZero() && now.Sub(open.shown) >= witnessNews,
		text: fmt.Sprintf("the process of %s can't listen on %s: %v; the process of %s does%s",
			u.claim, u.Slot, reason(err), open.claim, notices)}
}

func compareSlots(a, b Slot) int {
	return cmp.Or(cmp.Compare(a.Number, b.Number), strings.Compare(a.Place, b.Place), strings.Compare(a.Protocol, b.Protocol))
}

func compareUses(a, b use) int {
	return cmp.Or(compareSlots(a.Slot, b.Slot), strings.Compare(a.claim, b.claim))
}

func reason(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number
	}
	return err
}

func openSocket(slot Slot) (io.Closer, error) {
	address := fmt.Sprintf("127.%d.%d.1:%d", network, 1+slices.Index(nodeNames, slot.Place), slot.Number)
	if strings.EqualFold(slot.Protocol, "UDP") {
		return net.ListenPacket("udp4", address)
	}
	return net.Listen("tcp4", address)
}

func (r *Readers) close() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, open := range r.sockets {
		open.Close()
	}
	clear(r.sockets)
}

// found returns each number that two processes had, sorted: all, and those that every operator knew to be used.
func (r *Readers) found() (all, known []string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, clash := range r.conflicts {
		all = append(all, clash.text)
		if clash.known {
			known = append(known, clash.text)
		}
	}
	slices.Sort(all)
	slices.Sort(known)
	return all, known
}

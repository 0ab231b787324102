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

	mutex   sync.Mutex
	sockets map[Slot]*socket
	opened  int
	// By slot and claim: a process that can't listen tries again.
	conflicts map[string]string
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
}

func newReaders(api *Client, namespace string, seed uint64) *Readers {
	return &Readers{api: api, namespace: namespace, random: rand.New(rand.NewPCG(seed, 3)), sockets: map[Slot]*socket{}, conflicts: map[string]string{}}
}

// run reads and listens until the context ends.
func (r *Readers) run(ctx context.Context) {
	defer r.close()
	last := time.Now()
	for pause(ctx, readEvery) == nil {
		limited, cancel := context.WithTimeout(ctx, 2*time.Second)
		began := time.Now()
		read, err := r.list(limited)
		cancel()
		if err != nil {
			continue
		}
		r.follow(read, began, time.Now(), began.Sub(last))
		last = began
	}
}

func (r *Readers) list(ctx context.Context) ([]Map, error) {
	var list struct{ Items []Map }
	err := r.api.get(ctx, "/api/v1/namespaces/"+r.namespace+"/configmaps?labelSelector=app.kubernetes.io/managed-by=portclaim", &list)
	return list.Items, err
}

// follow has each process listen on what its ConfigMap says. The answer was asked
// for and came at these times. Lag is the time since the one before was asked for.
func (r *Readers) follow(read []Map, asked, now time.Time, lag time.Duration) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	wanted := map[Slot][]string{}
	for i := range read {
		published, err := read[i].published()
		if err != nil {
			continue // the recorder says so
		}
		for slot := range published.slots() {
			for _, node := range nodesOf(slot.Place) {
				slot.Place = node
				wanted[slot] = append(wanted[slot], read[i].claimKey())
			}
		}
	}
	r.end(wanted, asked, now, lag)
	for slot, claims := range wanted {
		for _, claim := range claims {
			r.listen(slot, claim, now)
		}
	}
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
func (r *Readers) end(wanted map[Slot][]string, asked, now time.Time, lag time.Duration) {
	for _, slot := range slices.SortedFunc(maps.Keys(r.sockets), compareSlots) {
		open := r.sockets[slot]
		if slices.Contains(wanted[slot], open.claim) {
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

func (r *Readers) listen(slot Slot, claim string, now time.Time) {
	if open := r.sockets[slot]; open != nil && open.claim == claim {
		return
	}
	closer, err := openSocket(slot)
	if err == nil {
		r.opened++
		r.sockets[slot] = &socket{claim: claim, Closer: closer}
		return
	}
	open := r.sockets[slot]
	if open == nil {
		r.foreign++
		return
	}
	notices := ""
	if !open.ends.IsZero() {
		notices = ", which will notice within " + open.ends.Sub(now).String()
	}
	r.conflicts[slot.String()+claim] = fmt.Sprintf("the process of %s can't listen on %s: %v; the process of %s does%s",
		claim, slot, reason(err), open.claim, notices)
}

func compareSlots(a, b Slot) int {
	return cmp.Or(cmp.Compare(a.Number, b.Number), strings.Compare(a.Place, b.Place), strings.Compare(a.Protocol, b.Protocol))
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

// found returns each number that two processes had, sorted.
func (r *Readers) found() []string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return slices.Sorted(maps.Values(r.conflicts))
}

// Package ports chooses free ports on the loopback address.
package ports

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
)

// Loopback is the only address the control plane listens on.
const Loopback = "127.0.0.1"

// lowest leaves well-known and commonly configured ports alone.
const lowest = 10240

// ErrNone says that no free port was found.
var ErrNone = errors.New("no free port found on " + Loopback + ": is this machine out of ports?")

// Choose finds count different ports that are free now. They come from outside
// the ephemeral range where it leaves room, because a port of that range can be
// taken by any outgoing connection while its component is being restarted.
// Nothing holds the ports after the return: who binds them must be ready to
// find one taken and to choose again.
func Choose(count int) ([]int, error) {
	low, high := ephemeralRange()
	candidates := outside(low, high)
	if len(candidates) < 100*count {
		candidates = outside(0, -1)
	}
	var held []net.Listener
	defer func() {
		for _, listener := range held {
			listener.Close()
		}
	}()
	var chosen []int
	for range 200 * count {
		port := candidates[rand.IntN(len(candidates))]
		listener, err := listen(port)
		if err != nil {
			continue
		}
		// Held until all are chosen, so that none is chosen twice.
		held = append(held, listener)
		chosen = append(chosen, port)
		if len(chosen) == count {
			return chosen, nil
		}
	}
	return nil, ErrNone
}

// Free reports whether a port can be bound now.
func Free(port int) bool {
	listener, err := listen(port)
	if err != nil {
		return false
	}
	listener.Close()
	return true
}

func listen(port int) (net.Listener, error) {
	return net.Listen("tcp4", net.JoinHostPort(Loopback, strconv.Itoa(port)))
}

func outside(low, high int) []int {
	var ports []int
	for port := lowest; port <= 65535; port++ {
		if port < low || port > high {
			ports = append(ports, port)
		}
	}
	return ports
}

package main

import (
	"io"
	"net"
	"sync"
)

// Relay forwards TCP connections to an address of this machine. While it is
// frozen, connections stay open and nothing passes: whoever reads through it
// sees an ever older state.
type Relay struct {
	listener net.Listener
	target   string

	mutex       sync.Mutex
	passing     *sync.Cond
	frozen      bool
	connections map[net.Conn]bool
}

func newRelay(target string) (*Relay, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Relay{listener: listener, target: target, connections: map[net.Conn]bool{}}
	r.passing = sync.NewCond(&r.mutex)
	go r.accept()
	return r, nil
}

func (r *Relay) port() int { return r.listener.Addr().(*net.TCPAddr).Port }

func (r *Relay) accept() {
	for {
		from, err := r.listener.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp4", r.target)
		if err != nil {
			from.Close()
			continue
		}
		r.mutex.Lock()
		r.connections[from], r.connections[to] = true, true
		r.mutex.Unlock()
		go r.copy(from, to)
		go r.copy(to, from)
	}
}

func (r *Relay) copy(to, from net.Conn) {
	defer func() {
		to.Close()
		from.Close()
		r.mutex.Lock()
		delete(r.connections, to)
		delete(r.connections, from)
		r.mutex.Unlock()
	}()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			r.awaitPassing()
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err == io.EOF || err != nil {
			return
		}
	}
}

func (r *Relay) awaitPassing() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for r.frozen {
		r.passing.Wait()
	}
}

func (r *Relay) freeze() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.frozen = true
}

func (r *Relay) thaw() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.frozen = false
	r.passing.Broadcast()
}

func (r *Relay) close() {
	r.listener.Close()
	r.thaw()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for connection := range r.connections {
		connection.Close()
	}
}

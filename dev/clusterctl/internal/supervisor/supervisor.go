// Package supervisor runs the components of one instance as its children. It is
// the process that "up" leaves behind: it ends them when it ends, and the kernel
// does so if it is killed.
package supervisor

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"portclaim.io/dev/clusterctl/internal/filelock"
	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/process"
)

// Supervisor owns the processes of one instance.
type Supervisor struct {
	instance   instance.Instance
	config     instance.Config
	components map[string]*component
	self       process.Identity
	calls      chan func() // run one after the other, on the thread that may start children
}

// Run starts the components and returns when they have been told to end.
func Run(of instance.Instance) error {
	// Children die with the thread that started them: it has to be this one,
	// and it has to stay.
	runtime.LockOSThread()
	config, err := of.Load()
	if err != nil {
		return err
	}
	s := &Supervisor{instance: of, config: config, components: map[string]*component{}, calls: make(chan func())}
	for _, name := range instance.Components() {
		program, arguments, err := of.Command(name, config)
		if err != nil {
			return err
		}
		s.components[name] = &component{name: name, program: program, argument: arguments, log: of.Log(name)}
	}
	if s.self, err = process.Identify(os.Getpid()); err != nil {
		return err
	}
	if err := s.record(); err != nil {
		return err
	}
	if err := os.Chdir(of.Dir()); err != nil {
		return err
	}
	if err := os.RemoveAll(of.Socket()); err != nil {
		return err
	}
	listener, err := net.Listen("unix", of.Socket())
	if err != nil {
		return err
	}
	defer listener.Close()
	go s.serve(listener)

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		if err := s.startAll(ctx); err != nil {
			log.Printf("start: %v", err)
		}
	}()
	return s.loop(ctx)
}

func (s *Supervisor) loop(ctx context.Context) error {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	parentGone := s.watchParent(ctx)
	for {
		select {
		case call := <-s.calls:
			call()
		case received := <-signals:
			log.Printf("stopping: %v", received)
			s.endAll()
			return nil
		case <-parentGone:
			log.Printf("stopping: process %d is gone", s.config.WatchParent.PID)
			s.endAll()
			return s.removeInstance(signals)
		}
	}
}

// startAll starts each component when what it needs is there. An API server
// that waits for etcd is harmless, but the controller manager gives up after
// ten seconds, which a busy machine can take.
func (s *Supervisor) startAll(ctx context.Context) error {
	for _, name := range instance.Components() {
		if err := s.startOne(name); err != nil {
			return err
		}
		if err := s.awaitHealthy(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (s *Supervisor) startOne(name string) error {
	failure := make(chan error)
	s.calls <- func() {
		err := s.components[name].start()
		if err == nil {
			err = s.record()
		}
		failure <- err
	}
	if err := <-failure; err != nil {
		return fmt.Errorf("cannot start %s: %w", name, err)
	}
	return nil
}

// endAll ends the components. Only etcd holds data; the others have nothing to
// finish that a crash would not also cut short.
func (s *Supervisor) endAll() {
	s.components[instance.ControllerManager].end(syscall.SIGKILL, time.Second)
	s.components[instance.APIServer].end(syscall.SIGKILL, time.Second)
	s.components[instance.Etcd].end(syscall.SIGTERM, 5*time.Second)
}

func (s *Supervisor) record() error {
	record := Record{Supervisor: s.self, Components: map[string]process.Identity{}}
	for name, component := range s.components {
		if status := component.status(); status.State == Running {
			record.Components[name] = status.Identity
		}
	}
	return instance.WriteJSON(s.instance.Processes(), record)
}

// watchParent returns a channel that is closed when the process to watch ends.
func (s *Supervisor) watchParent(ctx context.Context) <-chan struct{} {
	parent := s.config.WatchParent
	if parent == nil {
		return nil
	}
	gone := make(chan struct{})
	go func() {
		for parent.Alive() {
			select {
			case <-ctx.Done():
				return
			case <-time.After(250 * time.Millisecond):
			}
		}
		close(gone)
	}()
	return gone
}

// removeInstance leaves nothing behind of a cluster whose user was killed. Who
// holds the lock is about to start or to remove the instance, and is left to it.
func (s *Supervisor) removeInstance(signals <-chan os.Signal) error {
	deadline := time.After(10 * time.Second)
	for {
		lock, err := filelock.Try(s.instance.Lock())
		if err != nil {
			return err
		}
		if lock != nil {
			defer lock.Release()
			return s.instance.Remove()
		}
		select {
		case <-signals:
			return nil
		case <-deadline:
			return nil
		case <-time.After(50 * time.Millisecond):
		}
	}
}

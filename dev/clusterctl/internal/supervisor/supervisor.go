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
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"portclaim.io/dev/clusterctl/internal/filelock"
	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/node"
	"portclaim.io/dev/clusterctl/internal/process"
)

// Supervisor owns the processes of one instance.
type Supervisor struct {
	instance   instance.Instance
	config     instance.Config
	components map[string]*component
	self       process.Identity
	calls      chan func() // run one after the other, on the thread that lives as long as the supervisor

	mutex    sync.Mutex // guards what follows, and the record on disk
	machines map[string]*node.Machine
	ending   bool // nothing more is started on nodes
}

// Run starts the components and returns when they have been asked to end.
func Run(of instance.Instance) error {
	// Children die with the thread that started them: it has to be this one,
	// and it has to stay.
	runtime.LockOSThread()
	config, err := of.Load()
	if err != nil {
		return err
	}
	s := &Supervisor{
		instance:   of,
		config:     config,
		components: map[string]*component{},
		calls:      make(chan func()),
		machines:   map[string]*node.Machine{},
	}
	for _, component := range config.Components() {
		s.components[component.Name] = s.newComponent(component)
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

func (s *Supervisor) newComponent(of instance.Component) *component {
	program, arguments := s.instance.Command(of, s.config)
	c := &component{name: of.Name, program: program, argument: arguments, log: s.instance.Log(of.Name)}
	switch {
	case of.Node == nil:
		c.launch = s.launch
	case of.Kind == instance.Machine:
		c.launch = func(command *exec.Cmd) error { return s.boot(*of.Node, command) }
	default:
		c.launch = func(command *exec.Cmd) error { return s.launchOn(of.Node.Name, command) }
	}
	return c
}

// launch starts a child of the thread that lives as long as the supervisor.
func (s *Supervisor) launch(command *exec.Cmd) error {
	command.SysProcAttr = process.DiesWithParent()
	failure := make(chan error)
	s.calls <- func() { failure <- command.Start() }
	return <-failure
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
	for _, component := range s.config.Components() {
		if component.Node != nil {
			break
		}
		if err := s.startHealthy(ctx, component); err != nil {
			return err
		}
	}
	return s.startNodes(ctx)
}

func (s *Supervisor) startHealthy(ctx context.Context, of instance.Component) error {
	if err := s.startOne(ctx, of); err != nil {
		return err
	}
	return s.awaitHealthy(ctx, of)
}

func (s *Supervisor) startOne(ctx context.Context, of instance.Component) error {
	err := s.prepare(ctx, of)
	if err == nil {
		err = s.components[of.Name].start()
	}
	if err == nil {
		err = s.record()
	}
	if err != nil {
		return fmt.Errorf("cannot start %s: %w", of.Name, err)
	}
	return nil
}

// endAll ends the components. Only etcd holds data; the others have nothing to
// finish that a crash would not also cut short. With the first process of a node
// the kernel ends all others there.
func (s *Supervisor) endAll() {
	s.mutex.Lock()
	s.ending = true
	s.mutex.Unlock()
	components := s.config.Components()
	slices.Reverse(components)
	for _, component := range components {
		if component.Kind == instance.Machine || component.Node == nil && component.Kind != instance.Etcd {
			s.components[component.Name].end(syscall.SIGKILL, time.Second)
		}
	}
	s.components[instance.Etcd].end(syscall.SIGTERM, 5*time.Second)
}

func (s *Supervisor) record() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
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
			if err := node.CleanUp(s.config); err != nil {
				return err
			}
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

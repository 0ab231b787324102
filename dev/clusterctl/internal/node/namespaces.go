//go:build linux && (amd64 || arm64)

package node

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"

	"portclaim.io/dev/clusterctl/internal/process"
)

// thread is a thread of this process that lives in the namespaces of a node, so
// that the processes which it starts do too. The first of them ends with it, and
// the others with that one.
type thread struct {
	calls chan func()
	quit  chan struct{} // closed by end
	once  sync.Once
}

var errEnded = errors.New("the node has ended")

// newThread makes the namespaces. The first process that is started there is the
// first of its process namespace; when that one ends, all others are killed and
// no more can be started.
func newThread(mounts map[string]string, keep []string) (*thread, error) {
	t := &thread{calls: make(chan func()), quit: make(chan struct{})}
	ready := make(chan error)
	go func() {
		// Never unlocked: the thread can't go back, and ends with this function.
		runtime.LockOSThread()
		err := unshare()
		if err == nil {
			err = mountOwn(mounts, keep)
		}
		ready <- err
		if err != nil {
			return
		}
		for {
			select {
			case call := <-t.calls:
				call()
			case <-t.quit:
				return
			}
		}
	}()
	return t, <-ready
}

// startFirst starts the first process there.
func (t *thread) startFirst(command *exec.Cmd) error {
	command.SysProcAttr = process.DiesWithParent()
	return t.do(command.Start)
}

// start starts another process there. It sees the node's files: what it is to
// write must have been opened before. From within, the first process is the
// parent of nothing that is started here, so that a process can't find out whether
// its parent lives, and DiesWithParent would kill it at once.
func (t *thread) start(command *exec.Cmd) error {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return t.do(command.Start)
}

// do runs a function there. /proc has the processes of the node only.
func (t *thread) do(work func() error) error {
	failure := make(chan error, 1)
	select {
	case t.calls <- func() { failure <- work() }:
		return <-failure
	case <-t.quit:
		return errEnded
	}
}

func (t *thread) end() { t.once.Do(func() { close(t.quit) }) }

func unshare() error {
	const all = syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC
	if err := syscall.Unshare(all); err != nil {
		return fmt.Errorf("cannot make namespaces: %w", err)
	}
	return nil
}

// hidden are the directories of this machine that a node has an own version of:
// its programs write there, and find what others left.
var hidden = []string{"/run", "/var/lib"}

// mountOwn gives this thread mounts of its own. Directories to keep that lie in
// a hidden one are put back.
func mountOwn(mounts map[string]string, keep []string) error {
	// Nothing goes back to this machine; what it unmounts goes here too.
	if err := mount("", "/", "", syscall.MS_REC|syscall.MS_SLAVE, ""); err != nil {
		return err
	}
	sources := map[string]string{}
	for _, dir := range keep {
		resolved, err := filepath.EvalSymlinks(dir)
		if err != nil {
			return err
		}
		if isHidden(resolved) {
			sources[resolved] = resolved
		}
	}
	maps.Copy(sources, mounts)
	held, err := open(sources)
	defer func() {
		for _, file := range held {
			file.Close()
		}
	}()
	if err != nil {
		return err
	}
	for _, dir := range hidden {
		if err := mount("tmpfs", dir, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "mode=755"); err != nil {
			return err
		}
	}
	for _, target := range slices.Sorted(maps.Keys(held)) {
		if err := os.MkdirAll(target, 0o755); err != nil {
			return err
		}
		source := fmt.Sprintf("/proc/%d/task/%d/fd/%d", os.Getpid(), syscall.Gettid(), held[target].Fd())
		if err := mount(source, target, "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
			return err
		}
	}
	// As systemd does for the whole machine: volumes can ask for it.
	return mount("", "/", "", syscall.MS_REC|syscall.MS_SHARED, "")
}

func isHidden(dir string) bool {
	return slices.ContainsFunc(hidden, func(above string) bool { return strings.HasPrefix(dir+"/", above+"/") })
}

// open holds directories by their targets, for when their paths are hidden.
func open(sources map[string]string) (map[string]*os.File, error) {
	held := map[string]*os.File{}
	for target, source := range sources {
		file, err := os.Open(source)
		if err != nil {
			return held, err
		}
		held[target] = file
	}
	return held, nil
}

func mount(source, target, kind string, flags uintptr, data string) error {
	if err := syscall.Mount(source, target, kind, flags, data); err != nil {
		return fmt.Errorf("cannot mount %s: %w", target, err)
	}
	return nil
}

//go:build linux && (amd64 || arm64)

package node

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"

	"portclaim.io/dev/clusterctl/internal/cgroup"
)

// readyFile is the number of the file that the first process of a node closes
// when the node's namespaces are as they should be.
const readyFile = 3

// Init is the first process of a node. It completes what a process has to be in
// the namespaces for, signals that it is done, and then waits for the end of
// processes that lost their parent.
func Init(hostname, nodeCgroup string) error {
	// The cgroup namespace is that of a thread at first.
	runtime.LockOSThread()
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	// The end of a node is to be killed.
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	if err := prepare(hostname, nodeCgroup); err != nil {
		return err
	}
	if err := tellReady(); err != nil {
		return err
	}
	for range children {
		reap()
	}
	return nil
}

func prepare(hostname, nodeCgroup string) error {
	if err := cgroup.Enter(nodeCgroup); err != nil {
		return err
	}
	const flags = syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC
	if err := mount("proc", "/proc", "proc", flags, ""); err != nil {
		return err
	}
	if err := shieldKernel(); err != nil {
		return err
	}
	if err := syscall.Sethostname([]byte(hostname)); err != nil {
		return fmt.Errorf("cannot set the name of the node: %w", err)
	}
	return nil
}

// tunables are the settings of the whole kernel that a kubelet makes, with the
// values that it wants (pkg/util/sysctl of Kubernetes). They are not a node's to
// make here.
var tunables = map[string]string{
	"vm/overcommit_memory":      "1",
	"vm/panic_on_oom":           "0",
	"kernel/panic":              "10",
	"kernel/panic_on_oops":      "1",
	"kernel/keys/root_maxkeys":  "1000000",
	"kernel/keys/root_maxbytes": "25000000",
}

// shieldKernel lays a file over each of those settings. The kubelet reads what
// it wants to read, and the kernel stays as it is.
func shieldKernel() error {
	const shields = "/run/sysctl"
	for name, value := range tunables {
		setting, shield := filepath.Join("/proc/sys", name), filepath.Join(shields, name)
		if _, err := os.Stat(setting); errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(shield), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(shield, []byte(value+"\n"), 0o644); err != nil {
			return err
		}
		if err := mount(shield, setting, "", syscall.MS_BIND, ""); err != nil {
			return err
		}
	}
	return nil
}

func tellReady() error {
	file := os.NewFile(readyFile, "ready")
	if _, err := file.WriteString("ready"); err != nil {
		return err
	}
	return file.Close()
}

func reap() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if pid <= 0 || err != nil {
			return
		}
	}
}

// Exec becomes a program, in the cgroups of the node in whose other namespaces
// this process was started.
func Exec(program string, arguments []string) error {
	runtime.LockOSThread()
	if err := cgroup.Follow(); err != nil {
		return err
	}
	err := syscall.Exec(program, append([]string{filepath.Base(program)}, arguments...), os.Environ())
	return fmt.Errorf("cannot run %s: %w", program, err)
}

//go:build linux && (amd64 || arm64)

package node

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"portclaim.io/dev/clusterctl/internal/cgroup"
)

// trial makes in a node's network namespace what a node needs there. A link to
// a namespace that has ended takes nothing with it on this machine.
const trial = `set -e
ip link add trial-bridge type bridge
ip link add trial-0 type veth peer name trial-1
iptables -w -t nat -N TRIAL
iptables -w -t nat -A TRIAL -p tcp -m comment --comment trial -m statistic --mode random --probability 0.5 -j DNAT --to-destination 192.0.2.1:1
`

// Check tries what nodes need, and reports what is missing here. The
// programs of packages are tried only if they are there. A file system for
// containers is tried in the given directory.
func Check(dir string, packages bool) error {
	if os.Geteuid() != 0 {
		return errors.New("namespaces and mounts need root")
	}
	cgroupName := fmt.Sprintf("portclaim-trial-%d", os.Getpid())
	if err := errors.Join(cgroup.Create(cgroupName), cgroup.Remove(cgroupName)); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(dir, ".trial-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	thread, err := newThread(nil, []string{scratch})
	if err != nil {
		return err
	}
	defer thread.end()
	if err := thread.do(func() error { return tryOverlay(scratch) }); err != nil {
		return err
	}
	if !packages {
		return nil
	}
	return tryNetwork(thread)
}

func tryOverlay(dir string) error {
	var options []string
	for _, name := range []string{"lowerdir", "upperdir", "workdir", "merged"} {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			return err
		}
		options = append(options, name+"="+path)
	}
	merged := filepath.Join(dir, "merged")
	if err := mount("overlay", merged, "overlay", 0, strings.Join(options[:3], ",")); err != nil {
		return fmt.Errorf("%w: containers need overlayfs, which must work in the directory of clusters", err)
	}
	return syscall.Unmount(merged, 0)
}

func tryNetwork(thread *thread) error {
	command := exec.Command("/bin/sh", "-c", trial)
	command.Env = append(os.Environ(), "PATH="+systemPath)
	var output strings.Builder
	command.Stdout, command.Stderr = &output, &output
	err := thread.start(command)
	if err == nil {
		err = command.Wait()
	}
	if err != nil {
		return fmt.Errorf("the kernel lacks something for the network of pods: %w: %s", err, strings.TrimSpace(output.String()))
	}
	return nil
}

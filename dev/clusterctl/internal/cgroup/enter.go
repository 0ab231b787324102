//go:build linux && (amd64 || arm64)

package cgroup

import (
	"fmt"
	"os"
	"syscall"
)

// namespace of the first process of a node, as all processes there see it.
const namespace = "/proc/1/ns/cgroup"

// Enter makes the node's cgroup the root of all cgroups that this process and
// its mount namespace see. It is for the first process of a node, in mounts that
// are the node's own.
func Enter(node string) error {
	hierarchies, err := Hierarchies()
	if err != nil {
		return err
	}
	for _, hierarchy := range hierarchies {
		if err := join(hierarchy.path(node)); err != nil {
			return err
		}
	}
	if err := syscall.Unshare(syscall.CLONE_NEWCGROUP); err != nil {
		return fmt.Errorf("cannot make a cgroup namespace: %w", err)
	}
	for _, hierarchy := range hierarchies {
		if err := hierarchy.mount(); err != nil {
			return err
		}
	}
	return nil
}

// mount puts the hierarchy as the node sees it in the place of the whole of it.
func (h Hierarchy) mount() error {
	kind := "cgroup"
	if h.Unified {
		kind = "cgroup2"
	}
	// A file system can't be mounted over itself.
	if err := syscall.Unmount(h.Mount, syscall.MNT_DETACH); err != nil {
		return fmt.Errorf("cannot unmount %s: %w", h.Mount, err)
	}
	const flags = syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC
	if err := syscall.Mount(kind, h.Mount, kind, flags, h.Options); err != nil {
		return fmt.Errorf("cannot mount %s again: %w", h.Mount, err)
	}
	if !h.Unified {
		return nil
	}
	// First out of the root, then can it have controllers for those below.
	dir := h.path(system)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	if err := join(dir); err != nil {
		return err
	}
	return delegate(h.Mount)
}

// Follow moves this process into the cgroups of the node whose mounts it sees,
// and lets it see them as the node's first process does.
func Follow() error {
	hierarchies, err := Hierarchies()
	if err != nil {
		return err
	}
	for _, hierarchy := range hierarchies {
		dir := hierarchy.Mount
		if hierarchy.Unified {
			dir = hierarchy.path(system)
		}
		if err := join(dir); err != nil {
			return err
		}
	}
	file, err := os.Open(namespace)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, _, failure := syscall.RawSyscall(sysSetns, file.Fd(), syscall.CLONE_NEWCGROUP, 0); failure != 0 {
		return fmt.Errorf("cannot enter the cgroup namespace of the node: %w", failure)
	}
	return nil
}

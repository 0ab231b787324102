// Package cgroup gives each node a tree of cgroups of its own, in version 1 of
// cgroups as in version 2: the node sees its root as the root of all.
package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// system is the cgroup of a node's own processes in version 2, where a cgroup
// that has others below it can't have processes too.
const system = "system"

// Hierarchy is a mounted tree of cgroups: that of version 2, or one of those of
// version 1.
type Hierarchy struct {
	Mount   string
	Unified bool   // version 2
	Options string // version 1: what distinguishes it from the others, for mount(2)
}

// Hierarchies lists those that are mounted, by their mount points.
func Hierarchies() ([]Hierarchy, error) {
	content, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	return parse(string(content)), nil
}

// parse reads proc_pid_mountinfo(5). A hierarchy that is mounted twice counts once.
func parse(mountinfo string) []Hierarchy {
	found := map[string]Hierarchy{}
	for line := range strings.Lines(mountinfo) {
		before, after, _ := strings.Cut(line, " - ")
		mount, kind := strings.Fields(before), strings.Fields(after)
		if len(mount) < 5 || len(kind) < 3 || !strings.HasPrefix(mount[4], "/sys/fs/cgroup") {
			continue
		}
		hierarchy := Hierarchy{Mount: mount[4]}
		switch kind[0] {
		case "cgroup2":
			hierarchy.Unified = true
		case "cgroup":
			hierarchy.Options = options(kind[2])
		default:
			continue
		}
		found[hierarchy.Mount] = hierarchy
	}
	var all []Hierarchy
	for _, hierarchy := range found {
		all = append(all, hierarchy)
	}
	slices.SortFunc(all, func(a, b Hierarchy) int { return strings.Compare(a.Mount, b.Mount) })
	return all
}

// options are the controllers of a hierarchy, or the name of one without.
func options(super string) string {
	var words []string
	for word := range strings.SplitSeq(super, ",") {
		switch {
		case word == "rw" || word == "ro" || word == "xattr" || strings.HasPrefix(word, "release_agent="):
		case strings.HasPrefix(word, "name="):
			words = append(words, "none", word)
		default:
			words = append(words, word)
		}
	}
	return strings.Join(words, ",")
}

// path of a cgroup in a hierarchy.
func (h Hierarchy) path(elements ...string) string {
	return filepath.Join(append([]string{h.Mount}, elements...)...)
}

// Create makes a node's cgroup in every hierarchy.
func Create(node string) error {
	hierarchies, err := Hierarchies()
	if err != nil {
		return err
	}
	if len(hierarchies) == 0 {
		return errors.New("no cgroups are mounted below /sys/fs/cgroup")
	}
	for _, hierarchy := range hierarchies {
		if err := hierarchy.create(node); err != nil {
			return fmt.Errorf("cannot make the cgroup %s: %w", hierarchy.path(node), err)
		}
	}
	return nil
}

func (h Hierarchy) create(node string) error {
	at := h.Mount
	for element := range strings.SplitSeq(node, "/") {
		below := filepath.Join(at, element)
		if h.Unified {
			if err := delegate(at); err != nil {
				return err
			}
		}
		if err := os.Mkdir(below, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		// A new cpuset is empty, and no process could join it.
		for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
			if !h.Unified {
				if err := inherit(at, below, file); err != nil {
					return err
				}
			}
		}
		at = below
	}
	return nil
}

// delegate lets the cgroups below one use all controllers that it has.
func delegate(dir string) error {
	content, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for controller := range strings.FieldsSeq(string(content)) {
		// Some can't be: cpu, for one, while processes with a real-time policy run.
		_ = os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+controller), 0)
	}
	return nil
}

func inherit(above, below, file string) error {
	content, err := os.ReadFile(filepath.Join(above, file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(below, file), content, 0)
}

// join moves this process into a cgroup.
func join(dir string) error {
	if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte("0"), 0); err != nil {
		return fmt.Errorf("cannot join the cgroup %s: %w", dir, err)
	}
	return nil
}

// Remove removes the cgroups of a cluster or of a node, which no process may be
// in any more.
func Remove(path string) error {
	hierarchies, err := Hierarchies()
	if err != nil {
		return err
	}
	var failures error
	for _, hierarchy := range hierarchies {
		failures = errors.Join(failures, removeTree(hierarchy.path(path)))
	}
	return failures
}

// removeTree removes a cgroup and all below it. One that its last process has
// just left can be busy for a moment.
func removeTree(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			if err := removeTree(filepath.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		err := syscall.Rmdir(dir)
		if err == nil || errors.Is(err, syscall.ENOENT) {
			return nil
		}
		if !errors.Is(err, syscall.EBUSY) || time.Now().After(deadline) {
			return fmt.Errorf("cannot remove the cgroup %s: %w", dir, err)
		}
	}
}

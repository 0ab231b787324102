package cgroup

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

const hybrid = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,release_agent=/lib/agent,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate
42 31 0:38 / /mnt/elsewhere rw,relatime - cgroup2 cgroup2 rw
50 23 8:1 / /data rw - ext4 /dev/sda1 rw
`

func TestEveryHierarchyIsFoundOnce(t *testing.T) {
	want := []Hierarchy{
		{Mount: "/sys/fs/cgroup/cpu,cpuacct", Options: "cpu,cpuacct"},
		{Mount: "/sys/fs/cgroup/systemd", Options: "none,name=systemd"},
		{Mount: "/sys/fs/cgroup/unified", Unified: true},
	}
	if got := parse(hybrid); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	unified := parse("30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
	if len(unified) != 1 || !unified[0].Unified || unified[0].Mount != "/sys/fs/cgroup" {
		t.Errorf("got %+v", unified)
	}
}

func TestANewCpusetHasWhatTheOneAboveHas(t *testing.T) {
	hierarchy := Hierarchy{Mount: t.TempDir()}
	if err := os.WriteFile(filepath.Join(hierarchy.Mount, "cpuset.cpus"), []byte("0-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	below := filepath.Join(hierarchy.Mount, "cluster", "node")
	// As the kernel does, for a directory here has no files by itself.
	if err := os.MkdirAll(below, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(below), "cpuset.cpus"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(below, "cpuset.cpus"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := hierarchy.create("cluster/node"); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(filepath.Join(below, "cpuset.cpus")); err != nil || string(content) != "0-1\n" {
		t.Errorf("%q: %v", content, err)
	}
}

func TestRemovingTakesAllThatLiesBelow(t *testing.T) {
	hierarchy := Hierarchy{Mount: t.TempDir()}
	if err := os.MkdirAll(hierarchy.path("cluster", "node", "pod"), 0o700); err != nil {
		t.Fatal(err)
	}
	for range 2 { // none is left the second time
		if err := removeTree(hierarchy.path("cluster")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(hierarchy.path("cluster")); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
}

package binaries

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
)

// Runtime are the programs of the container runtime.
var Runtime = []string{"containerd", "containerd-shim-runc-v2", "ctr"}

// ContainerRuntime returns the directory of containerd and what goes with it.
func (f Finder) ContainerRuntime() (string, error) {
	return f.tools(tool{
		name:     "containerd",
		sources:  f.Sources,
		module:   "github.com/containerd/containerd/v2",
		variable: "github.com/containerd/containerd/v2/version.Version",
		programs: Runtime,
		takes:    "less than a minute after the control plane",
		// Without snapshotters that need devices or file systems of their own.
		flags: []string{"-tags", "no_btrfs,no_devmapper,no_zfs"},
	})
}

// Helm returns the directory of the helm program.
func (f Finder) Helm() (string, error) {
	return f.tools(tool{
		name:     "helm",
		sources:  f.Sources,
		module:   "helm.sh/helm/v4",
		variable: "helm.sh/helm/v4/internal/version.version",
		programs: []string{"helm"},
		takes:    "less than a minute after the control plane",
	})
}

// The oldest promtool that the tests of the alerts were run with: Debian 12's.
const promtoolMajor, promtoolMinor = 2, 42

var promtoolVersion = regexp.MustCompile(`^promtool, version (\d+)\.(\d+)\.`)

// Promtool returns the directory of Prometheus' promtool, which checks alerts:
// of the one in PATH, as Debian's package prometheus has it, or else of one
// that is built. Its sources are a module of their own: it wants other versions
// than the control plane of what both are made of.
func (f Finder) Promtool() (string, error) {
	if dir, ok := f.installedPromtool(); ok {
		return dir, nil
	}
	return f.tools(tool{
		name:     "promtool",
		sources:  filepath.Join(f.Modules, "promtool"),
		module:   "github.com/prometheus/prometheus",
		variable: "github.com/prometheus/common/version.Version",
		programs: []string{"promtool"},
		takes:    "5 minutes of CPU time",
		// Without the clients of all clouds, in which it would look for targets.
		flags: []string{"-tags", "remove_all_sd"},
	})
}

func (f Finder) installedPromtool() (string, bool) {
	program, err := exec.LookPath("promtool")
	if err != nil {
		return "", false
	}
	out, err := exec.Command(program, "--version").CombinedOutput()
	found := promtoolVersion.FindSubmatch(out)
	if err != nil || found == nil {
		f.Report("%s does not say which version it is: not used", program)
		return "", false
	}
	major, _ := strconv.Atoi(string(found[1]))
	minor, _ := strconv.Atoi(string(found[2]))
	if major < promtoolMajor || major == promtoolMajor && minor < promtoolMinor {
		f.Report("%s is older than %d.%d: not used", program, promtoolMajor, promtoolMinor)
		return "", false
	}
	return filepath.Dir(program), true
}

// Pause returns the directory of the program that the pause image consists of.
func (f Finder) Pause() (string, error) {
	sources := filepath.Join(f.Modules, "clusterctl", "pause")
	hash, err := hashSources(sources)
	if err != nil {
		return "", err
	}
	p := product{
		dir:   filepath.Join(f.Cache, fmt.Sprintf("pause-%s-%s-%s", runtime.GOOS, runtime.GOARCH, hash)),
		label: "the pause program",
		takes: "a few seconds",
		names: []string{"pause"},
	}
	p.fill = func(dir string) error {
		return f.goCommand(sources, "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w",
			"-o", filepath.Join(dir, "pause"), ".")
	}
	return p.dir, f.make(p)
}

// EtcdTools returns the directory of etcdctl and etcdutl.
func (f Finder) EtcdTools() (string, error) {
	return f.tools(tool{
		name:     "etcdtools",
		sources:  filepath.Join(f.Modules, "etcdtools"),
		module:   "go.etcd.io/etcd/etcdutl/v3",
		packages: []string{"go.etcd.io/etcd/etcdctl/v3", "go.etcd.io/etcd/etcdutl/v3"},
		programs: []string{"etcdctl", "etcdutl"},
		takes:    "a minute",
	})
}

// tool is a module of somebody else's with programs in cmd, or in packages.
type tool struct {
	name     string
	sources  string // the module that requires it, and so says in which version
	module   string
	packages []string
	variable string // where the programs' version belongs; may be empty
	programs []string
	takes    string
	flags    []string
}

// tools builds programs of a module that a go.mod here names, in the version
// that it requires. With the control plane's go.mod, one list of versions for
// all of them lets them share what is compiled already.
func (f Finder) tools(t tool) (string, error) {
	version, err := required(t.sources, t.module)
	if err != nil {
		return "", err
	}
	link := "-s -w"
	if t.variable != "" {
		link += " -X " + t.variable + "=" + version
	}
	arguments := append([]string{"build", "-trimpath", "-buildvcs=false", "-ldflags", link}, t.flags...)
	hash, err := hashSources(t.sources, arguments...)
	if err != nil {
		return "", err
	}
	p := product{
		dir:   filepath.Join(f.Cache, strings.Join([]string{t.name, version, runtime.GOOS, runtime.GOARCH, hash}, "-")),
		label: t.name + " " + version,
		takes: t.takes,
		names: t.programs,
	}
	p.fill = func(dir string) error {
		// The output of several packages is a directory, which has to end with a slash.
		command := append(arguments, "-o", dir+string(filepath.Separator))
		if t.packages != nil {
			return f.goCommand(t.sources, append(command, t.packages...)...)
		}
		for _, program := range t.programs {
			command = append(command, t.module+"/cmd/"+program)
		}
		return f.goCommand(t.sources, command...)
	}
	return p.dir, f.make(p)
}

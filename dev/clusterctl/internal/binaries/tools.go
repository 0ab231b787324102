package binaries

import (
	"fmt"
	"path/filepath"
	"runtime"
)

// Runtime are the programs of the container runtime.
var Runtime = []string{"containerd", "containerd-shim-runc-v2", "ctr"}

// ContainerRuntime returns the directory of containerd and what goes with it.
func (f Finder) ContainerRuntime() (string, error) {
	const module = "github.com/containerd/containerd/v2"
	return f.tools("containerd", module, module+"/version.Version", Runtime, "about 3 minutes after the kubelet",
		// Snapshotters that need devices or file systems of their own.
		"-tags", "no_btrfs,no_devmapper,no_zfs")
}

// Helm returns the directory of the helm program.
func (f Finder) Helm() (string, error) {
	const module = "helm.sh/helm/v4"
	return f.tools("helm", module, module+"/internal/version.version", []string{"helm"}, "about 2 minutes")
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

// tools builds the tools that the go.mod of a module in dev names. The version
// is that of the module they come from; it is written into a variable, for the
// programs to tell it.
func (f Finder) tools(name, module, variable string, names []string, takes string, flags ...string) (string, error) {
	sources := filepath.Join(f.Modules, name)
	version, err := required(sources, module)
	if err != nil {
		return "", err
	}
	arguments := append([]string{"build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -X " + variable + "=" + version}, flags...)
	hash, err := hashSources(sources, arguments...)
	if err != nil {
		return "", err
	}
	p := product{
		dir:   filepath.Join(f.Cache, fmt.Sprintf("%s-%s-%s-%s-%s", name, version, runtime.GOOS, runtime.GOARCH, hash)),
		label: name + " " + version,
		takes: takes,
		names: names,
	}
	p.fill = func(dir string) error {
		return f.goCommand(sources, append(arguments, "-o", dir+string(filepath.Separator), "tool")...)
	}
	return p.dir, f.make(p)
}

package binaries

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// NodeComponents are the programs of Kubernetes that real nodes need besides.
var NodeComponents = []string{"kube-scheduler", "kubelet", "kube-proxy"}

// recipe is the go command line that builds programs of Kubernetes, without
// output and package.
func recipe(version string) []string {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	minor := ""
	if len(parts) == 3 {
		minor = parts[1]
	}
	const (
		component = "k8s.io/component-base/version."
		client    = "k8s.io/client-go/pkg/version."
	)
	flags := []string{
		"-s", "-w",
		"-X", component + "gitVersion=" + version,
		"-X", component + "gitMajor=1",
		"-X", component + "gitMinor=" + minor,
		// Kubernetes's own word for sources without a git history.
		"-X", component + "gitTreeState=archive",
		"-X", component + "gitCommit=unknown",
		// What clients name in their User-Agent, and so what the audit log shows.
		"-X", client + "gitVersion=" + version,
		"-X", client + "gitCommit=unknown",
	}
	return []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", strings.Join(flags, " ")}
}

// built returns the directory of the control plane built from the sources.
func (f Finder) built(version string) (string, error) {
	return f.kubernetes(version, product{
		label: "Kubernetes " + version,
		takes: "about 5 minutes",
		other: ", or let KUBEBUILDER_ASSETS name a directory that holds " + strings.Join(Components, ", "),
		names: Components,
	}, "controlplane", ".")
}

// ForNodes returns the directory of the programs of Kubernetes that real nodes
// need besides the control plane, in the same version.
func (f Finder) ForNodes(version string) (string, error) {
	return f.kubernetes(version, product{
		label: "kubelet, kube-proxy and kube-scheduler " + version,
		takes: "less than a minute after the control plane",
		names: NodeComponents,
	}, "node", "./node")
}

// kubernetes completes a product: one program that all of its names are links to.
func (f Finder) kubernetes(version string, p product, program, source string) (string, error) {
	hash, err := hashSources(f.Sources, recipe("VERSION")...)
	if err != nil {
		return "", fmt.Errorf("cannot read the sources of the control plane: %w", err)
	}
	name := fmt.Sprintf("%s-%s-%s-%s", version, runtime.GOOS, runtime.GOARCH, hash)
	if source != "." {
		name += "-" + program
	}
	p.dir = filepath.Join(f.Cache, name)
	p.fill = func(dir string) error {
		sources, cleanUp, err := f.sourcesFor(version)
		if err != nil {
			return err
		}
		defer cleanUp()
		arguments := append(recipe(version), "-o", filepath.Join(dir, program), source)
		if err := f.goCommand(sources, arguments...); err != nil {
			return err
		}
		for _, component := range p.names {
			if err := os.Symlink(program, filepath.Join(dir, component)); err != nil {
				return err
			}
		}
		return nil
	}
	return p.dir, f.make(p)
}

// Package binaries finds the programs of the control plane: those the caller
// brings, those built before, or else it builds them.
package binaries

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// Components are the programs a cluster consists of, with kubectl for its user.
var Components = []string{"etcd", "kube-apiserver", "kube-controller-manager", "kubectl"}

// Finder knows where to look and how to report.
type Finder struct {
	Sources string // the Go module of the control plane, which also names the versions of the tools, dev/controlplane
	Modules string // the directory of the Go modules, dev
	Cache   string // where built binaries are kept
	Assets  string // a directory of ready-made binaries, searched first; may be empty
	Report  func(format string, args ...any)
}

// Set is a directory that holds every component in one version of Kubernetes.
type Set struct {
	Dir     string
	Version string
}

// Find returns the binaries of the wanted version, or of the default version if
// none is named, and builds those it does not find.
func (f Finder) Find(version string) (Set, error) {
	assets := f.Assets
	if assets != "" {
		if _, err := os.Stat(assets); err != nil {
			return Set{}, fmt.Errorf("KUBEBUILDER_ASSETS names a directory that cannot be read: %w", err)
		}
		assetsVersion, err := versionOf(filepath.Join(assets, "kube-apiserver"))
		switch {
		case err != nil:
			return Set{}, err
		case assetsVersion == "":
			// No API server there: it says nothing about the version.
		case version == "":
			version = assetsVersion
		case version != assetsVersion:
			f.Report("KUBEBUILDER_ASSETS holds %s: not used, as %s is asked for", assetsVersion, version)
			assets = ""
		}
	}
	if version == "" {
		pinned, err := PinnedVersion(f.Sources)
		if err != nil {
			return Set{}, err
		}
		version = pinned
	}
	if err := checkVersion(version); err != nil {
		return Set{}, err
	}
	if assets == "" {
		dir, err := f.built(version)
		return Set{dir, version}, err
	}
	if len(missing(assets, Components)) == 0 {
		return Set{assets, version}, nil
	}
	dir, err := f.combined(assets, version)
	return Set{dir, version}, err
}

// combined makes a directory of links to what the assets hold, and to built
// binaries for the rest: kubebuilder's assets lack kube-controller-manager.
func (f Finder) combined(assets, version string) (string, error) {
	built, err := f.built(version)
	if err != nil {
		return "", err
	}
	assets, err = filepath.Abs(assets)
	if err != nil {
		return "", err
	}
	key := sha256.Sum256([]byte(assets + "\n" + built + "\n" + strings.Join(missing(assets, Components), " ")))
	dir := filepath.Join(f.Cache, fmt.Sprintf("%s-assets-%s", version, hex.EncodeToString(key[:6])))
	if len(missing(dir, Components)) == 0 {
		return dir, nil
	}
	return dir, fillDirectory(dir, Components, func(dir string) error {
		for _, component := range Components {
			source := filepath.Join(assets, component)
			if !executable(source) {
				source = filepath.Join(built, component)
			}
			if err := os.Symlink(source, filepath.Join(dir, component)); err != nil {
				return err
			}
		}
		return nil
	})
}

func missing(dir string, names []string) []string {
	var absent []string
	for _, name := range names {
		if !executable(filepath.Join(dir, name)) {
			absent = append(absent, name)
		}
	}
	return absent
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

var versionPattern = regexp.MustCompile(`^v1\.(\d+)\.\d+$`)

func checkVersion(version string) error {
	if !versionPattern.MatchString(version) {
		return fmt.Errorf("%q is not a version of Kubernetes: write it like v1.36.3", version)
	}
	return nil
}

// versionOf asks a component for its version; none where it does not exist.
func versionOf(program string) (string, error) {
	if !executable(program) {
		return "", nil
	}
	out, err := exec.Command(program, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("%s --version: %w", program, err)
	}
	version := strings.TrimPrefix(strings.TrimSpace(string(out)), "Kubernetes ")
	if err := checkVersion(version); err != nil {
		return "", fmt.Errorf("%s: %w", program, err)
	}
	return version, nil
}

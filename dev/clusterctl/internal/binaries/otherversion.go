package binaries

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// sourcesFor returns a module that builds the given version: the sources as
// they are for the version they pin, else a copy whose go.mod names the other
// version. Only the pinned version has its checksums in the repository; those
// of others come from the checksum database.
func (f Finder) sourcesFor(version string) (dir string, cleanUp func(), err error) {
	pinned, err := PinnedVersion(f.Sources)
	if err != nil {
		return "", nil, err
	}
	if version == pinned {
		return f.Sources, func() {}, nil
	}
	dir, err = os.MkdirTemp("", "portclaim-controlplane-")
	if err != nil {
		return "", nil, err
	}
	cleanUp = func() { os.RemoveAll(dir) }
	if err := f.writeModule(dir, version); err != nil {
		cleanUp()
		return "", nil, fmt.Errorf("cannot prepare the build of Kubernetes %s: %w", version, err)
	}
	return dir, cleanUp, nil
}

func (f Finder) writeModule(dir, version string) error {
	files, err := sourceFiles(f.Sources)
	if err != nil {
		return err
	}
	for _, name := range files {
		if !strings.HasSuffix(name, ".go") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(f.Sources, name))
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	original, err := downloadGoMod(version)
	if err != nil {
		return err
	}
	module, err := moduleFor(original, version)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), module, 0o644); err != nil {
		return err
	}
	return f.goCommand(dir, "mod", "tidy")
}

// downloadGoMod fetches the go.mod of k8s.io/kubernetes itself.
func downloadGoMod(version string) ([]byte, error) {
	command := exec.Command("go", "mod", "download", "-json", "k8s.io/kubernetes@"+version)
	command.Dir = os.TempDir()
	command.Env = append(os.Environ(), "GOWORK=off")
	out, err := command.Output()
	var result struct{ GoMod, Error string }
	if decodeErr := json.Unmarshal(out, &result); decodeErr != nil {
		return nil, fmt.Errorf("go mod download: %w: %v", decodeErr, err)
	}
	if result.Error != "" {
		return nil, fmt.Errorf("go mod download: %s", result.Error)
	}
	return os.ReadFile(result.GoMod)
}

var (
	goDirective = regexp.MustCompile(`(?m)^go \S+$`)
	staging     = regexp.MustCompile(`(?m)^\s*(?:replace\s+)?(k8s\.io/\S+)\s+=>\s+\./staging/`)
)

// moduleFor derives a go.mod from that of Kubernetes, whose staging modules are
// released under a number of their own: v1.36.3 goes with v0.36.3.
func moduleFor(kubernetes []byte, version string) ([]byte, error) {
	language := goDirective.Find(kubernetes)
	modules := staging.FindAllSubmatch(kubernetes, -1)
	if language == nil || len(modules) == 0 {
		return nil, fmt.Errorf("the go.mod of Kubernetes %s has no go line or no staging modules", version)
	}
	released := "v0." + strings.TrimPrefix(version, "v1.")
	var out bytes.Buffer
	fmt.Fprintf(&out, "module portclaim.io/dev/controlplane\n\n%s\n\nrequire k8s.io/kubernetes %s\n\nreplace (\n",
		language, version)
	for _, module := range modules {
		fmt.Fprintf(&out, "\t%s => %s %s\n", module[1], module[1], released)
	}
	out.WriteString(")\n")
	return out.Bytes(), nil
}

package binaries

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// hashSources names a state of the sources, so that a change of them is built
// anew and another working copy with the same sources shares the result.
func hashSources(dir string) (string, error) {
	files, err := sourceFiles(dir)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	fmt.Fprintf(hash, "%q\n", recipe("VERSION"))
	for _, name := range files {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(hash, "%s %d\n%s\n", name, len(content), content)
	}
	return hex.EncodeToString(hash.Sum(nil)[:6]), nil
}

func sourceFiles(dir string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	names := []string{"go.mod", "go.sum"}
	for _, path := range paths {
		names = append(names, filepath.Base(path))
	}
	slices.Sort(names)
	return names, nil
}

var pinned = regexp.MustCompile(`(?m)^\s*(?:require\s+)?k8s\.io/kubernetes\s+(v\S+)`)

// PinnedVersion is the version of Kubernetes that the sources name.
func PinnedVersion(sources string) (string, error) {
	content, err := os.ReadFile(filepath.Join(sources, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("cannot read the default version of Kubernetes: %w", err)
	}
	match := pinned.FindSubmatch(content)
	if match == nil {
		return "", fmt.Errorf("%s does not require k8s.io/kubernetes", filepath.Join(sources, "go.mod"))
	}
	return string(match[1]), nil
}

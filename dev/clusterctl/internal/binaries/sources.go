package binaries

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// hashSources names a state of the sources, so that a change of them, or of the
// words of the recipe, is built again and another working copy with the same
// sources shares the result.
func hashSources(dir string, recipe ...string) (string, error) {
	files, err := sourceFiles(dir)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	fmt.Fprintf(hash, "%q\n", recipe)
	for _, name := range files {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(hash, "%s %d\n%s\n", name, len(content), content)
	}
	return hex.EncodeToString(hash.Sum(nil)[:6]), nil
}

// sourceFiles lists what a module is built of, relative to its directory.
func sourceFiles(dir string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name := entry.Name()
		source := strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
		if source || name == "go.mod" || name == "go.sum" {
			relative, err := filepath.Rel(dir, path)
			if err != nil {
				return err
			}
			names = append(names, relative)
		}
		return nil
	})
	slices.Sort(names)
	return names, err
}

// PinnedVersion is the version of Kubernetes that the sources name.
func PinnedVersion(sources string) (string, error) { return required(sources, "k8s.io/kubernetes") }

// required is the version of a module that another one requires.
func required(sources, module string) (string, error) {
	content, err := os.ReadFile(filepath.Join(sources, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("cannot read the default version of %s: %w", module, err)
	}
	line := regexp.MustCompile(`(?m)^\s*(?:require\s+)?` + regexp.QuoteMeta(module) + `\s+(v\S+)`)
	match := line.FindSubmatch(content)
	if match == nil {
		return "", fmt.Errorf("%s does not require %s", filepath.Join(sources, "go.mod"), module)
	}
	return string(match[1]), nil
}

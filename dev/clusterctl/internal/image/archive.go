// Package image writes images of one layer in the format of "docker save",
// which containerd imports. What is written depends on its input only.
package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Image is a root file system and what to run in it.
type Image struct {
	Names      []string // references with a tag
	Files      []File
	Entrypoint []string
	Cmd        []string
}

// File is a regular file, a symbolic link or a directory of an image. Directories
// above it need not be listed.
type File struct {
	Path    string // without a leading slash
	Content []byte
	Link    string // the target of a symbolic link
	Mode    int64  // of a directory, where it ends with a slash
}

// Write writes the archive of an image.
func (i Image) Write(to string) error {
	layer, err := i.layer()
	if err != nil {
		return err
	}
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH,
		"os":           "linux",
		"config": map[string]any{
			"Entrypoint": i.Entrypoint,
			"Cmd":        i.Cmd,
			"Env":        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + digest(layer)}},
	})
	if err != nil {
		return err
	}
	configName := digest(config) + ".json"
	manifest, err := json.Marshal([]map[string]any{
		{"Config": configName, "RepoTags": i.Names, "Layers": []string{"layer.tar"}},
	})
	if err != nil {
		return err
	}
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	for _, file := range []File{
		{Path: "layer.tar", Content: layer, Mode: 0o644},
		{Path: configName, Content: config, Mode: 0o644},
		{Path: "manifest.json", Content: manifest, Mode: 0o644},
	} {
		if err := file.write(archive); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.WriteFile(to, out.Bytes(), 0o600)
}

func (i Image) layer() ([]byte, error) {
	var out bytes.Buffer
	layer := tar.NewWriter(&out)
	files := slices.Clone(i.Files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	made := map[string]bool{}
	for _, file := range files {
		for _, dir := range above(file.Path) {
			if !made[dir] {
				made[dir] = true
				if err := (File{Path: dir, Mode: 0o755}).write(layer); err != nil {
					return nil, err
				}
			}
		}
		if made[file.Path] {
			continue
		}
		made[file.Path] = true
		if err := file.write(layer); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), layer.Close()
}

// above lists the directories that a path lies in, the uppermost first.
func above(file string) []string {
	var dirs []string
	for dir := path.Dir(strings.TrimSuffix(file, "/")); dir != "."; dir = path.Dir(dir) {
		dirs = append(dirs, dir+"/")
	}
	slices.Reverse(dirs)
	return dirs
}

func (f File) write(to *tar.Writer) error {
	header := &tar.Header{Name: f.Path, Mode: f.Mode, Size: int64(len(f.Content)), Typeflag: tar.TypeReg, Format: tar.FormatPAX}
	switch {
	case f.Link != "":
		header.Typeflag, header.Linkname, header.Mode = tar.TypeSymlink, f.Link, 0o777
	case strings.HasSuffix(f.Path, "/"):
		header.Typeflag = tar.TypeDir
	}
	if err := to.WriteHeader(header); err != nil {
		return err
	}
	_, err := io.Copy(to, bytes.NewReader(f.Content))
	return err
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

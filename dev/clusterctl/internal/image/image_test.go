package image

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func entries(t *testing.T, content []byte) (names []string, contents map[string][]byte) {
	t.Helper()
	contents = map[string][]byte{}
	for archive := tar.NewReader(bytes.NewReader(content)); ; {
		header, err := archive.Next()
		if err == io.EOF {
			return names, contents
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, header.Name)
		if contents[header.Name], err = io.ReadAll(archive); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnArchiveNamesItsLayerByWhatIsInIt(t *testing.T) {
	own := Image{
		Names: []string{"portclaim.local/test:1", "docker.io/library/test:2"},
		Files: []File{
			{Path: "usr/bin/link", Link: "/bin/program"},
			{Path: "bin/program", Content: []byte("text"), Mode: 0o755},
			{Path: "tmp/", Mode: 0o1777},
		},
	}
	var written [2][]byte
	for n := range written {
		path := filepath.Join(t.TempDir(), "images", "test.tar")
		if err := own.Write(path); err != nil {
			t.Fatal(err)
		}
		var err error
		if written[n], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(written[0], written[1]) {
		t.Error("the same image is written in two ways")
	}
	_, files := entries(t, written[0])
	var manifest []struct {
		Config           string
		RepoTags, Layers []string
	}
	if err := json.Unmarshal(files["manifest.json"], &manifest); err != nil || len(manifest) != 1 ||
		!slices.Equal(manifest[0].RepoTags, own.Names) {
		t.Fatalf("%+v: %v", manifest, err)
	}
	layer := files[manifest[0].Layers[0]]
	if !strings.Contains(string(files[manifest[0].Config]), `"diff_ids":["sha256:`+digest(layer)+`"]`) {
		t.Errorf("the layer is not %s: %s", digest(layer), files[manifest[0].Config])
	}
	names, _ := entries(t, layer)
	if want := []string{"bin/", "bin/program", "tmp/", "usr/", "usr/bin/", "usr/bin/link"}; !slices.Equal(names, want) {
		t.Errorf("got %q", names)
	}
}

func TestBusyboxHasALinkForEachCommand(t *testing.T) {
	program := filepath.Join(t.TempDir(), "busybox")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nprintf 'bin/busybox\\nbin/sh\\nusr/sbin/httpd\\n'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	busybox, err := Busybox(program, "test:1")
	if err != nil {
		t.Fatal(err)
	}
	links := map[string]string{}
	for _, file := range busybox.Files {
		if file.Link != "" {
			links[file.Path] = file.Link
		}
	}
	if len(links) != 2 || links["bin/sh"] != "/bin/busybox" || links["usr/sbin/httpd"] != "/bin/busybox" {
		t.Errorf("%v", links)
	}
}

func TestReferencesAreCompletedAsKubernetesDoes(t *testing.T) {
	for reference, want := range map[string]string{
		"busybox":                   "docker.io/library/busybox:latest",
		"busybox:1.37":              "docker.io/library/busybox:1.37",
		"someone/app:2":             "docker.io/someone/app:2",
		"portclaim.local/busybox:1": "portclaim.local/busybox:1",
		"localhost/app":             "localhost/app:latest",
		"registry:5000/app":         "registry:5000/app:latest",
		"app@sha256:00":             "docker.io/library/app@sha256:00",
		"ghcr.io/a/b:1@sha256:00":   "ghcr.io/a/b:1@sha256:00",
	} {
		if got := Normalize(reference); got != want {
			t.Errorf("%s: got %s, want %s", reference, got, want)
		}
	}
}

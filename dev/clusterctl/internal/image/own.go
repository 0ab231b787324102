package image

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Pause is an image of a program that does nothing.
func Pause(program string, names ...string) (Image, error) {
	content, err := os.ReadFile(program)
	if err != nil {
		return Image{}, err
	}
	return Image{
		Names:      names,
		Files:      []File{{Path: "pause", Content: content, Mode: 0o755}},
		Entrypoint: []string{"/pause"},
	}, nil
}

// Busybox is an image of a statically linked busybox, with a link for each of
// its commands.
func Busybox(program string, names ...string) (Image, error) {
	content, err := os.ReadFile(program)
	if err != nil {
		return Image{}, err
	}
	list, err := exec.Command(program, "--list-full").Output()
	if err != nil {
		return Image{}, fmt.Errorf("%s --list-full: %w", program, err)
	}
	const itself = "bin/busybox"
	files := []File{
		{Path: itself, Content: content, Mode: 0o755},
		{Path: "etc/passwd", Content: []byte("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"), Mode: 0o644},
		{Path: "etc/group", Content: []byte("root:x:0:\nnogroup:x:65534:\n"), Mode: 0o644},
		{Path: "root/", Mode: 0o700},
		{Path: "tmp/", Mode: 0o1777},
	}
	for command := range strings.FieldsSeq(string(list)) {
		if command != itself {
			files = append(files, File{Path: filepath.Clean(command), Link: "/" + itself})
		}
	}
	return Image{Names: names, Files: files, Cmd: []string{"sh"}}, nil
}

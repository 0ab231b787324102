package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"portclaim.io/dev/clusterctl/internal/image"
	"portclaim.io/dev/clusterctl/internal/instance"
)

const loadTimeout = 5 * time.Minute

func load(arguments []string) error {
	o := newOptions("load [--name NAME] [--as IMAGE] TAR...",
		"Loads images from archives (OCI, or as \"docker save\" writes them) into every real node.\n"+
			"Pods use them with imagePullPolicy Never or IfNotPresent.").withName()
	as := o.String("as", "", "also give the image of the one archive the name `IMAGE`")
	archives, err := o.parse(arguments)
	if err != nil {
		return err
	}
	if len(archives) == 0 || *as != "" && len(archives) > 1 {
		return errors.New("name the archives to load, exactly one with --as")
	}
	of, config, err := running(o)
	if err != nil {
		return err
	}
	if len(config.Nodes) == 0 {
		return fmt.Errorf("cluster %q has no real nodes, and nothing else runs images: start one with \"dev/cluster up --nodes 2\"", of.Name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), loadTimeout)
	defer cancel()
	for _, archive := range archives {
		path, err := filepath.Abs(archive)
		if err != nil {
			return err
		}
		var options []string
		if *as != "" {
			options = append(options, "--index-name", image.Normalize(*as))
		}
		if err := importImage(ctx, of, config, path, options...); err != nil {
			return err
		}
	}
	return nil
}

// ownImages are those that every node has from its start. Busybox also goes by
// the name that the examples use, so that they run as they are.
func (o upOptions) loadImages(ctx context.Context, config instance.Config) error {
	if len(config.Nodes) == 0 {
		return nil
	}
	pause, err := image.Pause(filepath.Join(config.Programs.Pause, "pause"), instance.PauseImage)
	if err != nil {
		return err
	}
	busybox, err := image.Busybox(filepath.Join(cacheDir(), "busybox-static", "bin", "busybox"),
		append([]string{instance.BusyboxImage}, exampleImages...)...)
	if err != nil {
		return err
	}
	for name, own := range map[string]image.Image{"pause.tar": pause, "busybox.tar": busybox} {
		path := filepath.Join(o.instance.Dir(), "images", name)
		if err := own.Write(path); err != nil {
			return err
		}
		if err := importImage(ctx, o.instance, config, path); err != nil {
			return err
		}
	}
	return nil
}

// exampleImages are the images that the examples run, all of them busybox.
var exampleImages = []string{image.Normalize("busybox:1.37")}

// importImage imports an archive on all nodes at once.
func importImage(ctx context.Context, of instance.Instance, config instance.Config, archive string, options ...string) error {
	var group sync.WaitGroup
	failures := make([]error, len(config.Nodes))
	for n, node := range config.Nodes {
		group.Go(func() {
			// Through the working directory, as the full path can be too long to be named.
			arguments := []string{"--address", filepath.Join("/proc/self/cwd", instance.RuntimeSocket(node)),
				"--namespace", "k8s.io", "images", "import", "--local"}
			command := exec.CommandContext(ctx, filepath.Join(config.Programs.Runtime, "ctr"),
				append(append(arguments, options...), archive)...)
			command.Dir = of.Dir()
			if output, err := command.CombinedOutput(); err != nil {
				failures[n] = fmt.Errorf("cannot load %s on %s: %w: %s", archive, node.Name, err, strings.TrimSpace(string(output)))
			}
		})
	}
	group.Wait()
	return errors.Join(failures...)
}

// One program holding every component of the development control plane.
//
// The components share most of their code, so one binary costs a fraction of
// the build time and disk space of separate ones. It acts as the component
// whose name it was started under (through a symbolic link), or whose name is
// its first argument.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// components maps the name a component is started under to its entry point.
// Each file of this package adds its own component in an init function.
var components = map[string]func(){}

func main() {
	if run, ok := components[filepath.Base(os.Args[0])]; ok {
		run()
		return
	}
	if len(os.Args) > 1 {
		if run, ok := components[os.Args[1]]; ok {
			os.Args = os.Args[1:]
			run()
			return
		}
	}
	fmt.Fprintf(os.Stderr, "usage: %s COMPONENT [ARGUMENT...]\ncomponents: %s\n",
		filepath.Base(os.Args[0]), strings.Join(names(), ", "))
	os.Exit(2)
}

func names() []string {
	var all []string
	for name := range components {
		all = append(all, name)
	}
	sort.Strings(all)
	return all
}

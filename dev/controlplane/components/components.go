// Package components makes one program of many.
//
// The components of Kubernetes share most of their code, so one binary costs a
// fraction of the build time and disk space of separate ones. It acts as the
// component whose name it was started under (through a symbolic link), or whose
// name is its first argument.
package components

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"k8s.io/component-base/cli"
)

// all maps the name a component is started under to its entry point.
var all = map[string]func(){}

// Add is called by each file of a program, in an init function, for the
// components it brings.
func Add(name string, run func()) { all[name] = run }

// AddCommand adds a component that is a command. It defers the construction of
// the component's flags until that component is the one to run: building all of
// them costs start-up time.
func AddCommand(name string, build func() *cobra.Command) {
	Add(name, func() { os.Exit(cli.Run(build())) })
}

// Run acts as the component that is asked for.
func Run() {
	if run, ok := all[filepath.Base(os.Args[0])]; ok {
		run()
		return
	}
	if len(os.Args) > 1 {
		if run, ok := all[os.Args[1]]; ok {
			os.Args = os.Args[1:]
			run()
			return
		}
	}
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	fmt.Fprintf(os.Stderr, "usage: %s COMPONENT [ARGUMENT...]\ncomponents: %s\n",
		filepath.Base(os.Args[0]), strings.Join(names, ", "))
	os.Exit(2)
}

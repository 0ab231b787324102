package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"portclaim.io/dev/clusterctl/internal/node"
)

// cannotRun says why this machine can't run real nodes. Tests are to be skipped
// with that reason, so it has an exit code of its own.
type cannotRun struct{ reason error }

const cannotRunCode = 3

func (c *cannotRun) Error() string {
	return "this machine can't run real nodes: " + c.reason.Error()
}

func canRunNodes(arguments []string) error {
	o := newOptions("can-run-nodes", "Checks whether this machine can run real nodes (\"up --nodes\"), and prints why not.\n"+
		"The exit code is 0 if it can, and 3 if it can't. Nothing is built or installed.")
	if err := o.parseNone(arguments); err != nil {
		return err
	}
	missing, err := missingPackages()
	if err != nil {
		return err
	}
	if err := checkMachine(o.root, len(missing) == 0); err != nil {
		fmt.Println(err)
		os.Exit(cannotRunCode)
	}
	if len(missing) > 0 {
		fmt.Printf("This machine can run real nodes; \"up --nodes\" will install %s.\n", strings.Join(missing, ", "))
		return nil
	}
	fmt.Println("This machine can run real nodes.")
	return nil
}

// checkMachine tries what nodes are made of.
func checkMachine(root string, complete bool) error {
	if !complete {
		if _, err := exec.LookPath("apt-get"); err != nil {
			return &cannotRun{errors.New("packages are missing, and there is no apt-get to install them")}
		}
	}
	if err := node.Check(root, complete); err != nil {
		return &cannotRun{err}
	}
	return nil
}

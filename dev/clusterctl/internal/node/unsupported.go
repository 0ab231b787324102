//go:build !linux || !(amd64 || arm64)

// Package node runs the processes of real nodes, on Linux.
package node

import (
	"errors"
	"os/exec"

	"portclaim.io/dev/clusterctl/internal/instance"
)

var errUnsupported = errors.New("they need Linux on amd64 or arm64")

// Machine is a node that runs.
type Machine struct{}

// Check reports that nodes can't run here.
func Check(string, bool) error { return errUnsupported }

// Boot fails.
func Boot(instance.Instance, instance.Config, instance.Node, *exec.Cmd) (*Machine, error) {
	return nil, errUnsupported
}

// Start fails.
func (*Machine) Start(*exec.Cmd) error { return errUnsupported }

// End does nothing.
func (*Machine) End() {}

// Init fails.
func Init(string, string) error { return errUnsupported }

// Exec fails.
func Exec(string, []string) error { return errUnsupported }

// CleanUp does nothing.
func CleanUp(instance.Config) error { return nil }

// Package e2e tests dev/cluster with real clusters:
//
//	go test -tags e2e ./e2e
//
// It is no part of a plain "go test": it needs the binaries of the control
// plane, which are built first where they are missing.
package e2e

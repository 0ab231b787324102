package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

func promtool(arguments []string) error {
	o := newOptions("promtool -- ARGUMENT...",
		"Runs Prometheus' promtool, which checks and tests rules. It needs no cluster. If PATH has none, the first run builds it.")
	words, err := o.parse(arguments)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return errors.New("the arguments for promtool are missing, for example \"dev/cluster promtool -- check rules FILE\"")
	}
	find, err := finder()
	if err != nil {
		return err
	}
	dir, err := find.Promtool()
	if err != nil {
		return err
	}
	program := filepath.Join(dir, "promtool")
	// In place of this process: its exit status and its signals are promtool's.
	err = syscall.Exec(program, append([]string{"promtool"}, words...), os.Environ())
	return fmt.Errorf("cannot run %s: %w", program, err)
}

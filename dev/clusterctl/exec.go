package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"portclaim.io/dev/clusterctl/internal/supervisor"
)

func execOnNode(arguments []string) error {
	o := newOptions("exec [--name NAME] NODE -- COMMAND [ARGUMENT...]",
		"Runs a command on a real node, in its namespaces, as someone logged in there as root\n"+
			"would: \"dev/cluster exec node-1 -- sysctl -w net.ipv4.ip_local_port_range='15000 60999'\".").withName()
	words, err := o.parse(arguments)
	if err != nil {
		return err
	}
	if len(words) < 2 {
		return errors.New("name a node, and after a double dash the command to run there")
	}
	of, config, err := running(o)
	if err != nil {
		return err
	}
	component, err := config.Component(words[0])
	if err != nil {
		return err
	}
	if component.Node == nil || component.Name != component.Node.Name {
		return fmt.Errorf("%s is no real node", words[0])
	}
	record, err := supervisor.ReadRecord(of)
	if err != nil {
		return err
	}
	first := record.Components[component.Name]
	if !first.Alive() {
		return fmt.Errorf("%s does not run: start it with \"dev/cluster restart %s\"", component.Name, component.Name)
	}
	// Of util-linux, which Debian and its like always have.
	program, err := exec.LookPath("nsenter")
	if err != nil {
		return err
	}
	command := append([]string{"nsenter", "--target", strconv.Itoa(first.PID),
		"--mount", "--net", "--pid", "--uts", "--ipc", "--"}, words[1:]...)
	// In place of this process: its exit status and its signals are the command's.
	err = syscall.Exec(program, command, os.Environ())
	return fmt.Errorf("cannot run %s: %w", program, err)
}

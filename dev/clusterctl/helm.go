package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"portclaim.io/dev/clusterctl/internal/instance"
	"portclaim.io/dev/clusterctl/internal/supervisor"
)

func helm(arguments []string) error {
	o := newOptions("helm [--name NAME] -- ARGUMENT...",
		"Runs helm as the administrator of a cluster. If it does not run, commands that\n"+
			"need no cluster still work, such as lint and template. The first run builds helm.").withName()
	words, err := o.parse(arguments)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return errors.New("the arguments for helm are missing, for example \"dev/cluster helm -- list\"")
	}
	of, err := o.instance()
	if err != nil {
		return err
	}
	find, err := finder()
	if err != nil {
		return err
	}
	dir, err := find.Helm()
	if err != nil {
		return err
	}
	program := filepath.Join(dir, "helm")
	environment := append(without(os.Environ(), "KUBECONFIG", "KUBECACHEDIR"), helmEnvironment(of)...)
	// In place of this process: its exit status and its signals are helm's.
	err = syscall.Exec(program, append([]string{"helm"}, words...), environment)
	return fmt.Errorf("cannot run %s: %w", program, err)
}

// helmEnvironment names the cluster, or none: never one of the user's.
func helmEnvironment(of instance.Instance) []string {
	record, err := supervisor.ReadRecord(of)
	if err != nil || !record.Supervisor.Alive() {
		return []string{"KUBECONFIG=" + os.DevNull}
	}
	return []string{"KUBECONFIG=" + of.Kubeconfig(), "KUBECACHEDIR=" + of.KubectlCache()}
}

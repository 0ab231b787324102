package main

import (
	_ "k8s.io/client-go/plugin/pkg/client/auth" // exec and OIDC credentials in a kubeconfig

	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"

	"portclaim.io/dev/controlplane/components"
)

func init() {
	components.Add("kubectl", func() {
		command := cmd.NewDefaultKubectlCommand()
		if err := cli.RunNoErrOutput(command); err != nil {
			// Pretty-prints the error and exits with a fitting code.
			util.CheckErr(err)
		}
	})
}

package main

import (
	"os"

	"github.com/spf13/cobra"
	_ "k8s.io/component-base/logs/json/register"          // --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // client metrics on /metrics
	_ "k8s.io/component-base/metrics/prometheus/version"  // kubernetes_build_info on /metrics

	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func init() {
	components["kube-apiserver"] = command(apiserver.NewAPIServerCommand)
	components["kube-controller-manager"] = command(controllermanager.NewControllerManagerCommand)
}

// command defers the construction of a component's flags until that component
// is the one to run: building all of them costs start-up time.
func command(build func() *cobra.Command) func() {
	return func() { os.Exit(cli.Run(build())) }
}

// One program holding what real nodes need beside the control plane. It is a
// program of its own so that a cluster without nodes need not wait for its
// build.
package main

import (
	"context"

	"github.com/spf13/cobra"
	_ "k8s.io/component-base/logs/json/register"          // --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // client metrics on /metrics
	_ "k8s.io/component-base/metrics/prometheus/version"  // kubernetes_build_info on /metrics

	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"

	"portclaim.io/dev/controlplane/components"
)

func main() {
	components.AddCommand("kube-scheduler", func() *cobra.Command { return scheduler.NewSchedulerCommand() })
	components.AddCommand("kubelet", func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) })
	components.AddCommand("kube-proxy", proxy.NewProxyCommand)
	components.Run()
}

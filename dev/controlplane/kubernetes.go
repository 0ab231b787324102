package main

import (
	_ "k8s.io/component-base/logs/json/register"          // --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // client metrics on /metrics
	_ "k8s.io/component-base/metrics/prometheus/version"  // kubernetes_build_info on /metrics

	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"

	"portclaim.io/dev/controlplane/components"
)

func init() {
	components.AddCommand("kube-apiserver", apiserver.NewAPIServerCommand)
	components.AddCommand("kube-controller-manager", controllermanager.NewControllerManagerCommand)
}

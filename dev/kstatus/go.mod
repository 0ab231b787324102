module portclaim.io/dev/kstatus

go 1.26.0

require (
	github.com/fluxcd/cli-utils v1.2.1
	k8s.io/apimachinery v0.36.0
	sigs.k8s.io/yaml v1.6.0
)

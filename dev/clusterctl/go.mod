module portclaim.io/dev/clusterctl

go 1.26.0

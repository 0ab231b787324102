// Below clusterctl's path, so that its internal packages can be imported.
module portclaim.io/dev/clusterctl/chaosrun

go 1.26.0

require portclaim.io/dev/clusterctl v0.0.0

replace portclaim.io/dev/clusterctl => ../clusterctl

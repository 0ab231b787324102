module portclaim.io/dev/loadgen

go 1.26.0

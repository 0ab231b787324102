package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"

	"portclaim.io/dev/controlplane/components"
)

func init() {
	components.Add("etcd", func() { etcdmain.Main(os.Args) })
}

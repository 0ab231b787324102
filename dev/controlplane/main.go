// One program holding every component of the development control plane.
package main

import "portclaim.io/dev/controlplane/components"

func main() { components.Run() }

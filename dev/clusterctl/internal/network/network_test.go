package network

import (
	"encoding/binary"
	"fmt"
	"net"
	"testing"

	"portclaim.io/dev/clusterctl/internal/instance"
)

func TestRoutesAreReadFromTheTableOfTheKernel(t *testing.T) {
	if _, ok := parseRoute("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"); ok {
		t.Error("the heading was read as a route")
	}
	if _, ok := parseRoute("eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0"); ok {
		t.Error("the default route was taken for addresses in use")
	}
	written := func(address ...byte) string { return fmt.Sprintf("%08X", binary.NativeEndian.Uint32(address)) }
	line := "eth0\t" + written(10, 168, 0, 0) + "\t00000000\t0001\t0\t0\t0\t" + written(255, 255, 0, 0) + "\t0\t0\t0"
	if route, ok := parseRoute(line); !ok || route.String() != "10.168.0.0/16" {
		t.Errorf("%s was read as %v", line, route)
	}
}

func TestAddressesInUseAreNotChosen(t *testing.T) {
	var taken []*net.IPNet
	for second := firstSecond; second <= lastSecond; second++ {
		if second == 200 {
			continue
		}
		// Smaller and larger than the network, and an address of this machine's.
		mask := [3]int{24, 15, 32}[second%3]
		if mask == 15 && second == 201 {
			mask = 16
		}
		taken = append(taken, &net.IPNet{IP: net.IPv4(10, byte(second), 7, 0).To4(), Mask: net.CIDRMask(mask, 32)})
	}
	network, err := choose(taken)
	if err != nil || network.Second != 200 || len(network.ID) != 8 {
		t.Errorf("%+v: %v", network, err)
	}
	taken = append(taken, &net.IPNet{IP: net.IPv4(10, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)})
	if _, err := choose(taken); err != ErrNone {
		t.Errorf("got %v", err)
	}
}

func TestNothingOfANetworkThatWasNeverMadeIsRemoved(t *testing.T) {
	if err := Remove(instance.Network{}, []instance.Node{{Name: "node-1", Number: 1}}); err != nil {
		t.Error(err)
	}
}

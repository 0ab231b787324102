package network

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"strings"
)

// routeTable lists the IPv4 routes, each address as a number in the byte order
// of this machine (proc_net_route(5)).
const routeTable = "/proc/net/route"

// addresses are those that this machine has, or has a route to that is not the
// default one.
func addresses() ([]*net.IPNet, error) {
	own, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var all []*net.IPNet
	for _, address := range own {
		if address, ok := address.(*net.IPNet); ok && address.IP.To4() != nil {
			all = append(all, address)
		}
	}
	file, err := os.Open(routeTable)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if route, ok := parseRoute(lines.Text()); ok {
			all = append(all, route)
		}
	}
	return all, lines.Err()
}

// parseRoute reads a line of the route table; the heading and the default route
// are none.
func parseRoute(line string) (*net.IPNet, bool) {
	fields := strings.Fields(line)
	if len(fields) < 8 {
		return nil, false
	}
	destination, destinationErr := parseAddress(fields[1])
	mask, maskErr := parseAddress(fields[7])
	if destinationErr != nil || maskErr != nil || destination.IsUnspecified() {
		return nil, false
	}
	return &net.IPNet{IP: destination, Mask: net.IPMask(mask)}, true
}

func parseAddress(text string) (net.IP, error) {
	content, err := hex.DecodeString(text)
	if err != nil || len(content) != net.IPv4len {
		return nil, fmt.Errorf("%q is no address", text)
	}
	address := make(net.IP, net.IPv4len)
	binary.NativeEndian.PutUint32(address, binary.BigEndian.Uint32(content))
	return address, nil
}

package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// What a node's proc file system has of its network, as files that change from
// one second to the next as they do on a node that works: connections come and
// go, and so do sockets that listen on a lent port. What listens on the other
// ports stays.
const (
	connectionsKept  = 120
	connectionsShort = 240
	// Less than the shortest time between two scans of an agent.
	connectionsChange = time.Second
	openedPort        = 21080
	socketHeading     = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
)

// The kernel's numbers of TCP's states; a UDP socket that is connected to
// nobody has that of CLOSE.
const (
	established = 0x01
	timeWait    = 0x06
	unconnected = 0x07
	closeWait   = 0x08
	listens     = 0x0A
)

var (
	listenedTCP = []uint16{22, 111, 179, 9100, 9353, 10248, 10249, 10250, 10256, 10371}
	listenedUDP = []uint16{68, 111, 323, 8472}
	anywhere    = netip.MustParseAddr("0.0.0.0")
)

// NetFiles keeps the files of some folders changing.
type NetFiles struct {
	folders []string

	mutex sync.Mutex
	round int
	// The first so many have one more listener.
	opened int
}

// newNetFiles makes the folders and writes their files once.
func newNetFiles(folders []string) (*NetFiles, error) {
	n := &NetFiles{folders: folders}
	for _, folder := range folders {
		for _, under := range []string{"net", "sys/net/ipv4"} {
			if err := os.MkdirAll(filepath.Join(folder, under), 0o755); err != nil {
				return nil, err
			}
		}
		for name, text := range map[string]string{
			"ip_local_port_range":        "32768\t60999\n",
			"ip_local_reserved_ports":    "\n",
			"ip_unprivileged_port_start": "1024\n",
		} {
			if err := os.WriteFile(filepath.Join(folder, "sys/net/ipv4", name), []byte(text), 0o644); err != nil {
				return nil, err
			}
		}
	}
	return n, n.change()
}

// Run changes the files until the context ends.
func (n *NetFiles) Run(ctx context.Context) error {
	for pause(ctx, connectionsChange) == nil {
		if err := n.change(); err != nil {
			return err
		}
	}
	return nil
}

// Open has one more port listened on in the first count folders from now on.
func (n *NetFiles) Open(count int) error {
	n.mutex.Lock()
	n.opened = count
	n.mutex.Unlock()
	return n.change()
}

func (n *NetFiles) change() error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.round++
	for i, folder := range n.folders {
		if err := replaceFile(filepath.Join(folder, "net/tcp"), tcpTable(i, n.round, i < n.opened)); err != nil {
			return err
		}
		if err := replaceFile(filepath.Join(folder, "net/udp"), udpTable(i, n.round)); err != nil {
			return err
		}
	}
	return nil
}

// replaceFile never shows half of a file, as the kernel does not.
func replaceFile(path, text string) error {
	if err := os.WriteFile(path+".new", []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func tcpTable(node, round int, opened bool) string {
	var table strings.Builder
	table.WriteString(socketHeading)
	row := func(state int, local netip.AddrPort, remote netip.AddrPort) { socketRow(&table, state, local, remote) }
	self := netip.AddrFrom4([4]byte{10, 1, byte(node >> 8), byte(node)})
	nobody := netip.AddrPortFrom(anywhere, 0)
	for _, port := range listenedTCP {
		row(listens, netip.AddrPortFrom(anywhere, port), nobody)
	}
	if opened {
		row(listens, netip.AddrPortFrom(anywhere, openedPort), nobody)
	}
	row(listens, netip.AddrPortFrom(self, lentPort(node+31*round)), nobody)
	for i := range connectionsKept {
		state := established
		if i%20 == 0 {
			state = closeWait
		}
		row(state, netip.AddrPortFrom(self, lentPort(7*i)), server(i%12))
	}
	// Their number changes too.
	for i := range connectionsShort - 40*(round%3) {
		row(timeWait, netip.AddrPortFrom(self, lentPort(10_000+node+97*round+11*i)), server(i%30))
	}
	return table.String()
}

func udpTable(node, round int) string {
	var table strings.Builder
	table.WriteString(socketHeading)
	nobody := netip.AddrPortFrom(anywhere, 0)
	for _, port := range listenedUDP {
		socketRow(&table, unconnected, netip.AddrPortFrom(anywhere, port), nobody)
	}
	// Somebody who waits for the answer to a query.
	for i := range round % 4 {
		socketRow(&table, unconnected, netip.AddrPortFrom(anywhere, lentPort(node+53*round+i)), nobody)
	}
	return table.String()
}

// lentPort is a port of the ephemeral range.
func lentPort(i int) uint16 { return uint16(32768 + i%28232) }

func server(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 2, 0, byte(1 + i)}), uint16(5000+i))
}

// socketRow writes what the kernel's Documentation/networking/proc_net_tcp.rst
// describes. It prints an address as a word of the machine's memory.
func socketRow(to *strings.Builder, state int, local, remote netip.AddrPort) {
	word := func(address netip.Addr) uint32 {
		bytes := address.As4()
		return binary.NativeEndian.Uint32(bytes[:])
	}
	uid, inode := 1000, 4711
	if state == timeWait {
		uid, inode = 0, 0
	}
	fmt.Fprintf(to, "   0: %08X:%04X %08X:%04X %02X 00000000:00000000 00:00000000 00000000 %5d        0 %d 1 00000000d2d1c9a3 20 4 30 10 -1\n",
		word(local.Addr()), local.Port(), word(remote.Addr()), remote.Port(), state, uid, inode)
}

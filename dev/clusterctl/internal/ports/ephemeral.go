package ports

import (
	"os"
	"strconv"
	"strings"
)

// ephemeralRange is the range the kernel takes source ports from.
func ephemeralRange() (low, high int) {
	content, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		// The range of IANA, which systems without that file use.
		return 49152, 65535
	}
	return parseRange(string(content))
}

func parseRange(content string) (low, high int) {
	fields := strings.Fields(content)
	if len(fields) != 2 {
		return 32768, 60999
	}
	low, lowErr := strconv.Atoi(fields[0])
	high, highErr := strconv.Atoi(fields[1])
	if lowErr != nil || highErr != nil {
		return 32768, 60999
	}
	return low, high
}

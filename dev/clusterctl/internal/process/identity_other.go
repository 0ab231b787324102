//go:build !linux

package process

import (
	"os/exec"
	"strconv"
	"strings"
)

func startTime(pid int) (string, error) {
	out, err := exec.Command("ps", "-o", "state=,lstart=", "-p", strconv.Itoa(pid)).Output()
	state, started, found := strings.Cut(strings.TrimSpace(string(out)), " ")
	if err != nil || !found || strings.HasPrefix(state, "Z") {
		return "", ErrGone
	}
	return strings.TrimSpace(started), nil
}

// Memory is the resident memory of a process in bytes, 0 where unknown.
func (i Identity) Memory() int64 {
	out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(i.PID)).Output()
	if err != nil {
		return 0
	}
	kilobytes, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		return 0
	}
	return kilobytes * 1024
}

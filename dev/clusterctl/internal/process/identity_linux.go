package process

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// bootID distinguishes boots: start times count from the boot, so a
// record from before a restart of the machine could match by chance.
var bootID = sync.OnceValue(func() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "unknown-boot"
	}
	return strings.TrimSpace(string(id))
})

func startTime(pid int) (string, error) {
	fields, err := stat(pid)
	if err != nil {
		return "", err
	}
	if fields[0] == "Z" || fields[0] == "X" {
		return "", ErrGone
	}
	return bootID() + "/" + fields[19], nil
}

// stat returns the fields of /proc/PID/stat that follow the program's name,
// which may itself hold spaces and parentheses.
func stat(pid int) ([]string, error) {
	content, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return nil, ErrGone
	}
	if err != nil {
		return nil, err
	}
	_, rest, found := cutLast(string(content), ")")
	fields := strings.Fields(rest)
	if !found || len(fields) < 22 {
		return nil, fmt.Errorf("unexpected content of /proc/%d/stat", pid)
	}
	return fields, nil
}

func cutLast(s, separator string) (before, after string, found bool) {
	at := strings.LastIndex(s, separator)
	if at < 0 {
		return s, "", false
	}
	return s[:at], s[at+len(separator):], true
}

// Memory is the resident memory of a process in bytes, 0 where unknown.
func (i Identity) Memory() int64 {
	fields, err := stat(i.PID)
	if err != nil {
		return 0
	}
	pages, err := strconv.ParseInt(fields[21], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

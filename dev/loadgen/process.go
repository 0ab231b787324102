package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// The kernel reports CPU times in this unit, USER_HZ, on every architecture (time(7)).
const tickMillis = 10

// cpuMillis is the CPU time that a process has used, in milliseconds.
func cpuMillis(pid int) (float64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return parseStat(stat)
}

// parseStat reads utime and stime, which are fields 14 and 15. The second field
// is the program's name in parentheses and may have spaces.
func parseStat(stat []byte) (float64, error) {
	end := bytes.LastIndexByte(stat, ')')
	fields := bytes.Fields(stat[end+1:])
	if end < 0 || len(fields) < 13 {
		return 0, errors.New("not the form of /proc/PID/stat")
	}
	user, err1 := strconv.ParseFloat(string(fields[11]), 64)
	system, err2 := strconv.ParseFloat(string(fields[12]), 64)
	return (user + system) * tickMillis, errors.Join(err1, err2)
}

// machineMillis is the CPU time that all processes together have used.
func machineMillis() (float64, error) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(stat), "\n")
	var busy float64
	for n, field := range strings.Fields(line)[1:] {
		value, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return 0, err
		}
		// user nice system idle iowait irq softirq steal, then guest time, which is in user already.
		if n < 8 && n != 3 && n != 4 {
			busy += value
		}
	}
	return busy * tickMillis, nil
}

// statusMiB is a size from /proc/PID/status, in MiB.
func statusMiB(pid int, field string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, field+":"); found {
			kib, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("process %d has no %s", pid, field)
}

// load is the load average of the last minute.
func load() float64 {
	content, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(content), " ")
	value, _ := strconv.ParseFloat(first, 64)
	return value
}

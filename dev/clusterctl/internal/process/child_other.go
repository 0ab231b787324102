//go:build !linux

package process

import "syscall"

// DiesWithParent only separates the child from the terminal here: other kernels
// have no parent-death signal, so a killed supervisor leaves its children to
// the next "down".
func DiesWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

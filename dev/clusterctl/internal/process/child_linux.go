package process

import "syscall"

// DiesWithParent makes the kernel kill a child when the thread that started it
// ends. The starting goroutine must therefore stay locked to its thread.
func DiesWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

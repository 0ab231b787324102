package cgroup

import "syscall"

const sysSetns = syscall.SYS_SETNS

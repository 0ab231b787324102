package cgroup

// sysSetns is the number of setns(2), which the list of the standard library is
// too old for.
const sysSetns = 308

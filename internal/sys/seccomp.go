package sys

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Filter is an allow-list of system calls. What is not on it fails with
// EPERM; a call in another architecture's numbering ends the process.
type Filter []Allow

// An Allow permits one system call, when all its conditions hold.
type Allow struct {
	Call int
	When []Condition
}

// A Condition compares the lower 32 bits of an argument: arg & Mask == Value.
type Condition struct {
	Arg         int
	Mask, Value uint32
}

// Offsets in struct seccomp_data, and instructions of classic BPF
// (Documentation/userspace-api/seccomp_filter.rst, linux/filter.h).
const (
	offCall = 0
	offArch = 4
	offArgs = 16 // the lower half of each argument comes first: we are little-endian

	load    = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	and     = unix.BPF_ALU | unix.BPF_AND | unix.BPF_K
	ifEqual = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	ifAbove = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	ret     = unix.BPF_RET | unix.BPF_K

	x32 = 0x40000000 // first call number of the x32 ABI
)

var arch = map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}

func statement(code uint16, k uint32) unix.SockFilter { return unix.SockFilter{Code: code, K: k} }

func jump(code uint16, k uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: code, K: k, Jt: yes, Jf: no}
}

// program assembles the filter.
func (f Filter) program(arch uint32) []unix.SockFilter {
	refuse := statement(ret, unix.SECCOMP_RET_ERRNO|uint32(unix.EPERM))
	p := []unix.SockFilter{
		statement(load, offArch),
		jump(ifEqual, arch, 1, 0),
		statement(ret, unix.SECCOMP_RET_KILL_PROCESS),
		statement(load, offCall),
		jump(ifAbove, x32, 0, 1),
		statement(ret, unix.SECCOMP_RET_KILL_PROCESS),
	}
	for _, a := range f {
		// A call that is on the list more than once is permitted by any of its
		// entries, so a condition that fails goes on with the next entry.
		body := []unix.SockFilter{}
		for _, c := range a.When {
			body = append(body, statement(load, offArgs+8*uint32(c.Arg)), statement(and, c.Mask), jump(ifEqual, c.Value, 1, 0),
				unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JA})
		}
		body = append(body, statement(ret, unix.SECCOMP_RET_ALLOW))
		for i := range body {
			if body[i].Code == unix.BPF_JMP|unix.BPF_JA {
				body[i].K = uint32(len(body) - i - 1)
			}
		}
		// Conditions leave an argument in the accumulator.
		if len(a.When) > 0 {
			body = append(body, statement(load, offCall))
		}
		p = append(p, jump(ifEqual, uint32(a.Call), 0, uint8(len(body))))
		p = append(p, body...)
	}
	// Libraries of C go back to clone where there is no clone3, whose flags a
	// filter cannot see.
	p = append(p, jump(ifEqual, unix.SYS_CLONE3, 0, 1), statement(ret, unix.SECCOMP_RET_ERRNO|uint32(unix.ENOSYS)))
	return append(p, refuse)
}

// load puts the filter on every thread of the process.
func (f Filter) load() error {
	number, ok := arch[runtime.GOARCH]
	if !ok {
		return missing(WallSeccomp, fmt.Errorf("no filter for %s", runtime.GOARCH))
	}
	p := f.program(number)
	program := unix.SockFprog{Len: uint16(len(p)), Filter: &p[0]}
	_, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&program)))
	if e == unix.ENOSYS || e == unix.EINVAL {
		return missing(WallSeccomp, e)
	}
	if e != 0 {
		return fmt.Errorf("%s: %w", WallSeccomp, e)
	}
	return nil
}

// Compute is the filter of a Go program that has all it needs open: memory
// that is never executable, threads but no processes, what it can read and
// write, and descriptors that it is sent.
func Compute() Filter {
	noExec := []Condition{{Arg: 2, Mask: unix.PROT_EXEC}}
	thread := uint32(unix.CLONE_VM | unix.CLONE_THREAD)
	f := Filter{
		{Call: unix.SYS_MMAP, When: noExec},
		{Call: unix.SYS_MPROTECT, When: noExec},
		{Call: unix.SYS_CLONE, When: []Condition{{Arg: 0, Mask: thread, Value: thread}}},
		// Go stops its own threads with a signal; nobody else's.
		{Call: unix.SYS_TGKILL, When: []Condition{{Arg: 0, Mask: 1<<32 - 1, Value: uint32(unix.Getpid())}}},
	}
	// The runtime names its memory, where the kernel lets it.
	f = append(f, Allow{Call: unix.SYS_PRCTL, When: []Condition{{Arg: 0, Mask: 1<<32 - 1, Value: unix.PR_SET_VMA}}})
	for _, command := range []uint32{unix.F_GETFL, unix.F_SETFL, unix.F_GETFD, unix.F_SETFD} {
		f = append(f, Allow{Call: unix.SYS_FCNTL, When: []Condition{{Arg: 1, Mask: 1<<32 - 1, Value: command}}})
	}
	for _, call := range []int{
		unix.SYS_FUTEX, unix.SYS_READ, unix.SYS_WRITE, unix.SYS_EPOLL_PWAIT, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_GETTIME,
		unix.SYS_WRITEV, unix.SYS_PREAD64, unix.SYS_RECVMSG, unix.SYS_CLOSE, unix.SYS_MUNMAP, unix.SYS_MADVISE,
		unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_CREATE1, unix.SYS_EVENTFD2, unix.SYS_GETRANDOM, unix.SYS_GETPID, unix.SYS_GETTID,
		unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK,
		unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_RESTART_SYSCALL,
		unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ, unix.SYS_EXIT, unix.SYS_EXIT_GROUP,
	} {
		f = append(f, Allow{Call: call})
	}
	return f
}

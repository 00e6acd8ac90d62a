package sys

import (
	"encoding/binary"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Filter is an allow-list of system calls. What is not on it fails with
// EPERM; a call in another architecture's numbering ends the process.
type Filter []Allow

// An Allow permits one system call, when all conditions of When hold and none
// of Unless.
type Allow struct {
	Call   int
	When   []Condition
	Unless []Condition
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

// Answers to calls, for [Filter.program].
const (
	answerAllow   = unix.SECCOMP_RET_ALLOW
	answerRefuse  = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	answerMissing = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	answerNotify  = unix.SECCOMP_RET_USER_NOTIF
)

// A reach is the system calls from a number on, up to the next reach.
type reach struct {
	from uint32
	code []unix.SockFilter // that answers them
}

// program assembles the filter: a search by halves over reaches of numbers.
// What is not on the list gets the answer refuse.
func (f Filter) program(arch, refuse uint32) []unix.SockFilter {
	var reaches []reach
	refused := []unix.SockFilter{statement(ret, refuse)}
	add := func(from uint32, code []unix.SockFilter) {
		if n := len(reaches); n == 0 || !slices.Equal(reaches[n-1].code, code) {
			reaches = append(reaches, reach{from, code})
		}
	}
	entries := map[uint32][]Allow{
		// Libraries of C go back to clone where there is no clone3, whose flags a
		// filter cannot see.
		unix.SYS_CLONE3: nil,
	}
	for _, a := range f {
		entries[uint32(a.Call)] = append(entries[uint32(a.Call)], a)
	}
	next := uint32(0)
	for _, call := range slices.Sorted(maps.Keys(entries)) {
		if call > next {
			add(next, refused)
		}
		next = call + 1
		if call == unix.SYS_CLONE3 {
			add(call, []unix.SockFilter{statement(ret, answerMissing)})
			continue
		}
		add(call, conditions(entries[call], refuse))
	}
	add(next, refused)
	p := []unix.SockFilter{
		statement(load, offArch),
		jump(ifEqual, arch, 1, 0),
		statement(ret, unix.SECCOMP_RET_KILL_PROCESS),
		statement(load, offCall),
		jump(ifAbove, x32, 0, 1),
		statement(ret, unix.SECCOMP_RET_KILL_PROCESS),
	}
	return append(p, search(reaches)...)
}

// search assembles the choice among reaches by the number in the accumulator.
func search(reaches []reach) []unix.SockFilter {
	if len(reaches) == 1 {
		return reaches[0].code
	}
	half := len(reaches) / 2
	low, high := search(reaches[:half]), search(reaches[half:])
	var p []unix.SockFilter
	if len(low) < 256 {
		p = append(p, jump(ifAbove, reaches[half].from, uint8(len(low)), 0))
	} else {
		p = append(p, jump(ifAbove, reaches[half].from, 0, 1), statement(unix.BPF_JMP|unix.BPF_JA, uint32(len(low))))
	}
	return append(append(p, low...), high...)
}

// conditions assembles the answer to a call. When it is on the list more than
// once, any of its entries permits it: a condition that fails goes on with the
// next entry.
func conditions(entries []Allow, refuse uint32) []unix.SockFilter {
	var p []unix.SockFilter
	for _, a := range entries {
		if len(a.When)+len(a.Unless) == 0 {
			return []unix.SockFilter{statement(ret, answerAllow)}
		}
		size := 1
		for _, c := range slices.Concat(a.When, a.Unless) {
			size += len(c.program())
		}
		var body []unix.SockFilter
		for i, c := range slices.Concat(a.When, a.Unless) {
			body = append(body, c.program()...)
			compare, out := &body[len(body)-1], uint8(size-len(body))
			if i < len(a.When) {
				compare.Jf = out
			} else {
				compare.Jt = out
			}
		}
		body = append(body, statement(ret, answerAllow))
		p = append(p, body...)
	}
	return append(p, statement(ret, refuse))
}

// program compares the argument; the caller says where its last instruction
// jumps to.
func (c Condition) program() []unix.SockFilter {
	p := []unix.SockFilter{statement(load, offArgs+8*uint32(c.Arg)), statement(and, c.Mask), jump(ifEqual, c.Value, 0, 0)}
	if c.Mask == 1<<32-1 {
		p = slices.Delete(p, 1, 2)
	}
	return p
}

// An Assembled filter is one that is ready for plans, which share it.
type Assembled struct{ refuse, notify []byte }

// Assemble makes the filter ready for [Plan.Seccomp] and [Plan.SeccompListener].
func (f Filter) Assemble() (Assembled, error) {
	number, err := archNumber()
	if err != nil {
		return Assembled{}, err
	}
	return Assembled{wire(f.program(number, answerRefuse)), wire(f.program(number, answerNotify))}, nil
}

// wire returns a program as the kernel reads it.
func wire(p []unix.SockFilter) (b []byte) {
	for _, in := range p {
		b = binary.LittleEndian.AppendUint16(b, in.Code)
		b = append(b, in.Jt, in.Jf)
		b = binary.LittleEndian.AppendUint32(b, in.K)
	}
	return b
}

func archNumber() (uint32, error) {
	number, ok := arch[runtime.GOARCH]
	if !ok {
		return 0, missing(WallSeccomp, fmt.Errorf("no filter for %s", runtime.GOARCH))
	}
	return number, nil
}

// load puts the filter on every thread of the process.
func (f Filter) load() error {
	number, err := archNumber()
	if err != nil {
		return err
	}
	p := f.program(number, answerRefuse)
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

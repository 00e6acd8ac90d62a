package sys

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// interpret runs a filter as the kernel would: classic BPF, of which filters
// use seven instructions.
func interpret(p []unix.SockFilter, arch, call uint32, args [6]uint64) (uint32, error) {
	word := func(at uint32) uint32 {
		switch {
		case at == offCall:
			return call
		case at == offArch:
			return arch
		case at >= offArgs && at < offArgs+48 && at%4 == 0:
			a := args[(at-offArgs)/8]
			return uint32(a >> (8 * (at % 8)))
		}
		panic(fmt.Sprintf("a load from %d", at))
	}
	var acc uint32
	for pc := 0; pc < len(p); pc++ {
		in := p[pc]
		yes := false
		switch in.Code {
		case load:
			acc = word(in.K)
			continue
		case and:
			acc &= in.K
			continue
		case unix.BPF_JMP | unix.BPF_JA:
			pc += int(in.K)
			continue
		case ret:
			return in.K, nil
		case ifEqual:
			yes = acc == in.K
		case ifAbove:
			yes = acc >= in.K
		default:
			return 0, fmt.Errorf("instruction %#x", in.Code)
		}
		if yes {
			pc += int(in.Jt)
		} else {
			pc += int(in.Jf)
		}
	}
	return 0, fmt.Errorf("it runs over its end")
}

func TestComputeFilter(t *testing.T) {
	const (
		allow   = uint32(unix.SECCOMP_RET_ALLOW)
		refuse  = uint32(unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM))
		missing = uint32(unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS))
		kill    = uint32(unix.SECCOMP_RET_KILL_PROCESS)
		native  = uint32(unix.AUDIT_ARCH_X86_64)
	)
	p := Compute().program(native, answerRefuse)
	if len(p) > 4096 {
		t.Errorf("the filter has %d instructions; the kernel takes 4096", len(p))
	}
	pid := uint64(os.Getpid())
	thread := uint64(unix.CLONE_VM | unix.CLONE_THREAD)
	for _, c := range []struct {
		name string
		arch uint32
		call int
		args [6]uint64
		want uint32
	}{
		{"read", native, unix.SYS_READ, [6]uint64{}, allow},
		{"write", native, unix.SYS_WRITE, [6]uint64{1, 2, 3, 4, 5, 6}, allow},
		{"exit", native, unix.SYS_EXIT_GROUP, [6]uint64{}, allow},
		{"open", native, unix.SYS_OPENAT, [6]uint64{}, refuse},
		{"execve", native, unix.SYS_EXECVE, [6]uint64{}, refuse},
		{"socket", native, unix.SYS_SOCKET, [6]uint64{}, refuse},
		{"sendmsg", native, unix.SYS_SENDMSG, [6]uint64{}, refuse},
		{"recvmsg", native, unix.SYS_RECVMSG, [6]uint64{}, allow},
		{"clone3", native, unix.SYS_CLONE3, [6]uint64{}, missing},
		{"unknown", native, 5000, [6]uint64{}, refuse},
		{"clone of a thread", native, unix.SYS_CLONE, [6]uint64{thread | unix.CLONE_FS}, allow},
		{"clone of a process", native, unix.SYS_CLONE, [6]uint64{uint64(unix.SIGCHLD)}, refuse},
		{"clone of half a thread", native, unix.SYS_CLONE, [6]uint64{unix.CLONE_VM}, refuse},
		{"mmap", native, unix.SYS_MMAP, [6]uint64{0, 1, unix.PROT_READ | unix.PROT_WRITE}, allow},
		{"mmap to run", native, unix.SYS_MMAP, [6]uint64{0, 1, unix.PROT_EXEC}, refuse},
		{"mmap to run, hidden", native, unix.SYS_MMAP, [6]uint64{0, 1, 1<<40 | unix.PROT_READ | unix.PROT_EXEC}, refuse},
		{"mprotect", native, unix.SYS_MPROTECT, [6]uint64{0, 1, unix.PROT_NONE}, allow},
		{"mprotect to run", native, unix.SYS_MPROTECT, [6]uint64{0, 1, unix.PROT_READ | unix.PROT_EXEC}, refuse},
		{"tgkill of our own", native, unix.SYS_TGKILL, [6]uint64{pid, 7, 23}, allow},
		{"tgkill of another", native, unix.SYS_TGKILL, [6]uint64{pid + 1, 7, 23}, refuse},
		{"tgkill of all", native, unix.SYS_TGKILL, [6]uint64{1<<64 - 1, 7, 23}, refuse},
		{"kill", native, unix.SYS_KILL, [6]uint64{pid, 9}, refuse},
		{"fcntl of flags", native, unix.SYS_FCNTL, [6]uint64{0, unix.F_SETFL}, allow},
		{"fcntl that duplicates", native, unix.SYS_FCNTL, [6]uint64{0, unix.F_DUPFD_CLOEXEC}, refuse},
		{"fcntl of an owner", native, unix.SYS_FCNTL, [6]uint64{0, unix.F_SETOWN}, refuse},
		{"prctl of names", native, unix.SYS_PRCTL, [6]uint64{unix.PR_SET_VMA}, allow},
		{"prctl of dumps", native, unix.SYS_PRCTL, [6]uint64{unix.PR_SET_DUMPABLE, 1}, refuse},
		{"a 32-bit call", unix.AUDIT_ARCH_I386, 1, [6]uint64{}, kill},
		{"a foreign call", unix.AUDIT_ARCH_AARCH64, unix.SYS_READ, [6]uint64{}, kill},
		{"an x32 call", native, x32 | unix.SYS_READ, [6]uint64{}, kill},
		{"a negative call", native, -1, [6]uint64{}, kill},
	} {
		got, err := interpret(p, c.arch, uint32(c.call), c.args)
		if err != nil || got != c.want {
			t.Errorf("%s = %#x, %v; want %#x", c.name, got, err, c.want)
		}
	}
	// No call at all is answered with anything but these, or runs over the end.
	allowed := map[int]bool{}
	for _, a := range Compute() {
		allowed[a.Call] = true
	}
	for call := range 1000 {
		got, err := interpret(p, native, uint32(call), [6]uint64{})
		if err != nil || !allowed[call] && got != refuse && got != missing {
			t.Errorf("call %d = %#x, %v; it is not on the list", call, got, err)
		}
	}
}

func TestFilterTakesAnyEntryOfACall(t *testing.T) {
	f := Filter{
		{Call: 7, When: []Condition{{Arg: 0, Mask: 0xff, Value: 1}, {Arg: 5, Mask: 1, Value: 1}}},
		{Call: 7, When: []Condition{{Arg: 0, Mask: 0xff, Value: 2}}},
		{Call: 8},
		{Call: 10, When: []Condition{{Arg: 0, Mask: 1<<32 - 1}}, Unless: []Condition{{Arg: 1, Mask: 1<<32 - 1, Value: 6}, {Arg: 1, Mask: 1<<32 - 1, Value: 7}}},
	}
	p := f.program(1, answerRefuse)
	for _, c := range []struct {
		call uint32
		args [6]uint64
		ok   bool
	}{
		{7, [6]uint64{1, 0, 0, 0, 0, 1}, true},
		{7, [6]uint64{1, 0, 0, 0, 0, 2}, false},
		{7, [6]uint64{2}, true},
		{7, [6]uint64{0x102}, true},
		{7, [6]uint64{3, 0, 0, 0, 0, 1}, false},
		{8, [6]uint64{}, true},
		{10, [6]uint64{0, 5}, true},
		{10, [6]uint64{0, 6}, false},
		{10, [6]uint64{0, 1<<32 | 7}, false},
		{10, [6]uint64{1, 5}, false},
		{9, [6]uint64{}, false},
	} {
		got, err := interpret(p, 1, c.call, c.args)
		if err != nil || (got == unix.SECCOMP_RET_ALLOW) != c.ok {
			t.Errorf("call %d%v = %#x, %v; want allowed %v", c.call, c.args, got, err, c.ok)
		}
	}
	if got, err := interpret(Filter(nil).program(1, answerRefuse), 1, 0, [6]uint64{}); err != nil || got == unix.SECCOMP_RET_ALLOW {
		t.Errorf("the zero Filter = %#x, %v; want nothing allowed", got, err)
	}
}

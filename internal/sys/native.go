package sys

import (
	_ "embed"
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The system calls of each architecture, and which of them ordinary programs
// may make; each file says how it is read.
var (
	//go:embed calls_amd64.txt
	callsAMD64 string
	//go:embed calls_arm64.txt
	callsARM64 string
)

// A systemCall is a line of such a file.
type systemCall struct {
	verdict string // "+", "?" or "-"
	number  int
	name    string
}

func systemCalls(arch string) ([]systemCall, error) {
	text, ok := map[string]string{"amd64": callsAMD64, "arm64": callsARM64}[arch]
	if !ok {
		return nil, missing(WallSeccomp, fmt.Errorf("no list of system calls for %s", arch))
	}
	var all []systemCall
	for line := range strings.Lines(text) {
		part := strings.Fields(line)
		if len(part) == 0 || part[0] == "#" {
			continue
		}
		if len(part) != 3 {
			return nil, fmt.Errorf("list of system calls: %q", line)
		}
		number, err := strconv.Atoi(part[1])
		if err != nil {
			return nil, fmt.Errorf("list of system calls: %w", err)
		}
		all = append(all, systemCall{part[0], number, part[2]})
	}
	return all, nil
}

// Native is the filter for ordinary programs in a container: interpreters,
// compilers, shells and what they start. They keep what such programs need and
// lose what reaches for the walls, for other processes, for the host, and for
// parts of the kernel that they have no use for.
func Native() (Filter, error) { return native(runtime.GOARCH) }

func native(arch string) (Filter, error) {
	calls, err := systemCalls(arch)
	if err != nil {
		return nil, err
	}
	some := nativeConditions()
	var f Filter
	for _, c := range calls {
		switch c.verdict {
		case "+":
			f = append(f, Allow{Call: c.number})
		case "?":
			entries := some[c.name]
			if len(entries) == 0 {
				return nil, fmt.Errorf("list of system calls: no conditions for %s", c.name)
			}
			for _, a := range entries {
				a.Call = c.number
				f = append(f, a)
			}
		}
	}
	return f, nil
}

// is compares all bits that a condition sees.
func is(arg int, value uint32) Condition { return Condition{Arg: arg, Mask: 1<<32 - 1, Value: value} }

// nativeConditions says when calls that are marked "?" may be made.
func nativeConditions() map[string][]Allow {
	const (
		namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC |
			unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET
		socketType = 0xf
	)
	m := map[string][]Allow{
		"clone": {{When: []Condition{{Arg: 0, Mask: namespaces}}}},
		// Typing for a terminal's owner, the console's menu, and line disciplines,
		// which are drivers of modems and the like.
		"ioctl": {{Unless: []Condition{is(1, unix.TIOCSTI), is(1, unix.TIOCLINUX), is(1, unix.TIOCSETD)}}},
		// Filters, see seccomp in the list, and who shares a core with whom.
		"prctl":      {{Unless: []Condition{is(0, unix.PR_SET_SECCOMP), is(0, unix.PR_SCHED_CORE)}}},
		"prlimit64":  {{When: []Condition{is(0, 0)}}},
		"socketpair": {{When: []Condition{is(0, unix.AF_UNIX)}}},
	}
	// Linux, with an old version's number or a 32-bit machine's name, and what asks
	// for none of them: nothing that weakens address space randomisation.
	for _, persona := range []uint32{0, 0x8, 0x20000, 0x20008, 1<<32 - 1} {
		m["personality"] = append(m["personality"], Allow{When: []Condition{is(0, persona)}})
	}
	// Other families and protocols load modules that nobody looks at.
	for _, kind := range []uint32{unix.SOCK_STREAM, unix.SOCK_DGRAM, unix.SOCK_SEQPACKET} {
		m["socket"] = append(m["socket"], Allow{When: []Condition{is(0, unix.AF_UNIX), {Arg: 1, Mask: socketType, Value: kind}}})
	}
	for _, family := range []uint32{unix.AF_INET, unix.AF_INET6} {
		for _, pair := range [][2]uint32{
			{unix.SOCK_STREAM, 0}, {unix.SOCK_STREAM, unix.IPPROTO_TCP}, {unix.SOCK_DGRAM, 0}, {unix.SOCK_DGRAM, unix.IPPROTO_UDP},
		} {
			m["socket"] = append(m["socket"], Allow{When: []Condition{is(0, family), {Arg: 1, Mask: socketType, Value: pair[0]}, is(2, pair[1])}})
		}
	}
	return m
}

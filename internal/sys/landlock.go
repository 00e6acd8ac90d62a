package sys

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// LandlockABI returns the version of Landlock that the kernel has
// (Documentation/userspace-api/landlock.rst).
func LandlockABI() (int, error) {
	abi, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if e != 0 {
		return 0, missing(WallLandlock, e)
	}
	return int(abi), nil
}

// landlockKnows returns what a version of Landlock can forbid, as the words of
// struct landlock_ruleset_attr - files, network, scope -, and how many of them
// it knows.
func landlockKnows(abi int) (attr [3]uint64, known int) {
	attr[0], known = 1<<13-1, 1 // all files of version 1
	if abi >= 2 {
		attr[0] |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if abi >= 3 {
		attr[0] |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if abi >= 4 {
		attr[1], known = unix.LANDLOCK_ACCESS_NET_BIND_TCP|unix.LANDLOCK_ACCESS_NET_CONNECT_TCP, 2
	}
	if abi >= 5 {
		attr[0] |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if abi >= 6 {
		attr[2], known = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET|unix.LANDLOCK_SCOPE_SIGNAL, 3
	}
	return attr, known
}

// A Reach is what Landlock leaves to a process and those it starts, beside
// reading and executing every file that it sees. The zero Reach is the least.
type Reach struct {
	Folders []string // beneath which it may do everything but make devices
	Devices []string // files that it may write to, too
	TCP     bool     // it may connect and listen
}

// What rules of a [Plan] permit, where the kernel knows it.
const (
	landlockRead   = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	landlockDevice = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE |
		unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	landlockMakeDevice = unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK
)

// Landlock restricts the process, and what it starts, to a reach, as far as
// version abi of Landlock can. Signals and abstract sockets reach only those
// that are restricted by this same step, or by a later one of theirs. It must
// come after [Plan.NoNewPrivileges].
func (p *Plan) Landlock(abi int, r Reach) {
	attr, known := landlockKnows(abi)
	if r.TCP {
		attr[1] = 0
	}
	var b []byte
	for _, word := range attr[:known] {
		b = binary.LittleEndian.AppendUint64(b, word)
	}
	p.Call("make Landlock rules", unix.SYS_LANDLOCK_CREATE_RULESET, p.Bytes(b), Number(len(b)), Number(0))
	rules := p.Result()
	p.landlockRule(rules, "/", landlockRead&attr[0])
	for _, folder := range r.Folders {
		p.landlockRule(rules, folder, attr[0]&^landlockMakeDevice)
	}
	for _, device := range r.Devices {
		p.landlockRule(rules, device, landlockDevice&attr[0])
	}
	p.Call("restrict by Landlock rules", unix.SYS_LANDLOCK_RESTRICT_SELF, rules, Number(0))
	p.Close(rules)
}

func (p *Plan) landlockRule(rules Value, path string, access uint64) {
	f := p.Open(path, unix.O_PATH, 0)
	p.Dup3(f, knownFD)
	p.Close(f)
	rule := binary.LittleEndian.AppendUint64(nil, access) // struct landlock_path_beneath_attr
	rule = binary.LittleEndian.AppendUint32(rule, knownFD)
	p.Call("make a Landlock rule for "+path, unix.SYS_LANDLOCK_ADD_RULE,
		rules, Number(unix.LANDLOCK_RULE_PATH_BENEATH), p.Bytes(rule), Number(0))
	p.Close(Number(knownFD))
}

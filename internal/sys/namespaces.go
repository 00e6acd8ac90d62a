package sys

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// nobody is the user that processes of root become: 65534 on every Linux.
const nobody = 65534

// Isolated returns how to start a process in namespaces of its own: users,
// mounts, processes, network, IPC, host name, cgroups. It sees itself as root
// with one user; to the host it is nobody when we are root, and else our user.
func Isolated() *syscall.SysProcAttr {
	uid, gid := os.Geteuid(), os.Getegid()
	attr := &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET |
			unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP,
		Pdeathsig: unix.SIGKILL,
		Setsid:    true,
	}
	if uid == 0 {
		uid, gid = nobody, nobody
		attr.Credential = &syscall.Credential{NoSetGroups: false}
		attr.GidMappingsEnableSetgroups = true
	}
	attr.UidMappings = []syscall.SysProcIDMap{{HostID: uid, Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{HostID: gid, Size: 1}}
	return attr
}

// Plain returns how to start a process without namespaces. To the host it is
// the same user as an isolated one.
func Plain() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL, Setsid: true}
	if os.Geteuid() == 0 {
		attr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	return attr
}

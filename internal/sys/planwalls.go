package sys

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Unshare adds unshare(2) of namespaces.
func (p *Plan) Unshare(flags int) { p.Call("make namespaces", unix.SYS_UNSHARE, Number(flags)) }

// Sethostname adds sethostname(2).
func (p *Plan) Sethostname(name string) {
	p.Call("set the host name", unix.SYS_SETHOSTNAME, p.Text(name), Number(len(name)))
}

// Setsid adds setsid(2): the process leads a session of its own.
func (p *Plan) Setsid() { p.Call("begin a session", unix.SYS_SETSID) }

// Prctl adds prctl(2).
func (p *Plan) Prctl(name string, option int, args ...Value) {
	all := append([]Value{Number(option)}, args...)
	for len(all) < 5 {
		all = append(all, Number(0))
	}
	p.Call(name, unix.SYS_PRCTL, all...)
}

// NoNewPrivileges says that no program started from here on gains rights.
func (p *Plan) NoNewPrivileges() {
	p.Prctl("forbid new privileges", unix.PR_SET_NO_NEW_PRIVS, Number(1))
}

// Setrlimit adds setrlimit(2) of both limits of a resource, for good.
func (p *Plan) Setrlimit(resource int, limit uint64) {
	both := binary.LittleEndian.AppendUint64(nil, limit)
	both = binary.LittleEndian.AppendUint64(both, limit)
	p.Call(fmt.Sprintf("set resource limit %d", resource), unix.SYS_PRLIMIT64,
		Number(0), Number(resource), p.Bytes(both), Number(0))
}

// JoinSessionKeyring gives the process a keyring of its own, so that it does
// not possess that of whoever started it. A kernel without keys needs none.
func (p *Plan) JoinSessionKeyring() {
	p.Call("make a keyring", unix.SYS_KEYCTL, Number(unix.KEYCTL_JOIN_SESSION_KEYRING), Number(0))
	p.MayFail(unix.ENOSYS)
}

// DropCapabilities takes all capabilities, for good: none is left to have, to
// hand on, or to gain.
func (p *Plan) DropCapabilities() {
	for capability := range 64 {
		p.Prctl("drop a capability", unix.PR_CAPBSET_DROP, Number(capability))
		p.MayFail(unix.EINVAL) // which this kernel does not know
	}
	p.Prctl("drop ambient capabilities", unix.PR_CAP_AMBIENT, Number(unix.PR_CAP_AMBIENT_CLEAR_ALL))
	header := binary.LittleEndian.AppendUint32(nil, unix.LINUX_CAPABILITY_VERSION_3)
	header = binary.LittleEndian.AppendUint32(header, 0) // this thread
	p.Call("drop capabilities", unix.SYS_CAPSET, p.Bytes(header), p.Bytes(make([]byte, 24)))
}

// Execve adds execve(2). What comes after it is never run.
func (p *Plan) Execve(path string, args, env []string) {
	p.Call("start "+path, unix.SYS_EXECVE, p.Text(path), p.texts(args), p.texts(env))
}

// Seccomp puts a filter on the process and what it becomes: what it does not
// permit fails with EPERM. It must come after [Plan.NoNewPrivileges].
func (p *Plan) Seccomp(f Assembled) { p.filter(f.refuse, 0) }

func (p *Plan) filter(program []byte, flags int) {
	if len(program) == 0 {
		p.fail(errors.New("a filter that was not assembled"))
	}
	p.Call("filter system calls", unix.SYS_SECCOMP, Number(unix.SECCOMP_SET_MODE_FILTER), Number(flags),
		p.words(Number(len(program)/unix.SizeofSockFilter), p.Bytes(program)))
}

// SeccompListener is [Plan.Seccomp] with a host that listens: what f does not
// permit waits for the answer of a [Listener], which the host makes with
// [ReceiveListener] from the other end of socket, and fails with ENOSYS when
// there is none any more. f must permit dup3, sendmsg and close.
func (p *Plan) SeccompListener(f Assembled, socket Value) {
	p.filter(f.notify, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER)
	listener := p.Result()
	p.Dup3(listener, knownFD)
	p.Close(listener)
	rights := binary.LittleEndian.AppendUint64(nil, unix.SizeofCmsghdr+4) // struct cmsghdr
	rights = binary.LittleEndian.AppendUint32(rights, unix.SOL_SOCKET)
	rights = binary.LittleEndian.AppendUint32(rights, unix.SCM_RIGHTS)
	rights = binary.LittleEndian.AppendUint64(rights, knownFD)
	message := p.words(Number(0), Number(0), // struct msghdr
		p.words(p.Bytes([]byte{0}), Number(1)), Number(1), p.Bytes(rights), Number(len(rights)), Number(0))
	p.Call("send the listener", unix.SYS_SENDMSG, socket, message, Number(unix.MSG_NOSIGNAL))
	p.Close(Number(knownFD))
}

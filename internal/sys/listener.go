package sys

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Listener refuses, for the host, what the filter of a container does not
// permit, and says what that was. See [Plan.SeccompListener].
type Listener struct {
	f      *os.File
	names  map[int32]string
	closed atomic.Bool
}

// A Refusal is a system call that was refused.
type Refusal struct {
	Call string    // its name, or "call 1234"
	PID  int       // who made it, as the host has it
	Args [6]uint64 // what it was called with: guest numbers, which may mean anything
}

// A flood of refusals costs the host time, so from this many on each answer
// comes late, and who asks waits.
const (
	floodFrom  = 256
	floodDelay = time.Millisecond
)

// ReceiveListener returns the listener that a plan sent over a socket. It must
// be served, or who makes a call that is refused waits for ever.
func ReceiveListener(socket *os.File) (*Listener, error) {
	calls, err := systemCalls(runtime.GOARCH)
	if err != nil {
		return nil, err
	}
	names := map[int32]string{}
	for _, c := range calls {
		names[int32(c.number)] = c.name
	}
	received, err := ReceiveFile(socket)
	if err != nil {
		return nil, err
	}
	// Spares a switch to another processor for each answer, from Linux 6.6 on.
	_ = unix.IoctlSetInt(int(received.Fd()), unix.SECCOMP_IOCTL_NOTIF_SET_FLAGS, unix.SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP)
	f, err := pollable(received)
	if err != nil {
		return nil, err
	}
	return &Listener{f: f, names: names}, nil
}

// Serve answers every call with EPERM and reports it, one at a time, until no
// process is left that is filtered, or Close. report may be slow: who asks
// waits for it.
func (l *Listener) Serve(report func(Refusal)) error {
	for n := 1; ; n++ {
		call, ok, err := l.next()
		if err != nil || !ok {
			return err
		}
		name := l.names[call.Number]
		if name == "" {
			name = fmt.Sprintf("call %d", call.Number)
		}
		report(Refusal{name, int(call.PID), call.Args})
		if n > floodFrom {
			time.Sleep(floodDelay)
		}
		if err := l.refuse(call.ID); err != nil {
			return err
		}
	}
}

// Close ends Serve. Calls that the filter does not permit fail with ENOSYS from
// then on.
func (l *Listener) Close() error {
	l.closed.Store(true)
	return l.f.Close()
}

// A notification is a call that waits: struct seccomp_notif.
type notification struct {
	ID      uint64
	PID     uint32
	Flags   uint32
	Number  int32
	Arch    uint32
	Pointer uint64
	Args    [6]uint64
}

// next waits for a call; without one, nobody is left who could make any.
func (l *Listener) next() (call notification, ok bool, err error) {
	conn, err := l.f.SyscallConn()
	if err != nil {
		return call, false, err
	}
	var fault error
	err = conn.Read(func(fd uintptr) bool {
		for {
			ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
			if _, err := unix.Poll(ready, 0); err == unix.EINTR {
				continue
			} else if err != nil {
				fault = err
				return true
			}
			if ready[0].Revents&unix.POLLIN == 0 {
				return ready[0].Revents != 0
			}
			call = notification{} // the kernel wants zeros
			_, _, e := unix.Syscall(unix.SYS_IOCTL, fd, unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(&call)))
			switch e {
			case 0:
				ok = true
				return true
			case unix.EINTR, unix.ENOENT: // who made it was killed meanwhile
				continue
			}
			fault = e
			return true
		}
	})
	if l.closed.Load() {
		return call, false, nil
	}
	if err := errors.Join(err, fault); err != nil {
		return call, false, fmt.Errorf("wait for a system call: %w", err)
	}
	return call, ok, nil
}

// refuse answers a call.
func (l *Listener) refuse(id uint64) error {
	conn, err := l.f.SyscallConn()
	if err != nil {
		return err
	}
	answer := struct { // struct seccomp_notif_resp
		id    uint64
		value int64
		error int32
		flags uint32
	}{id: id, error: -int32(unix.EPERM)}
	var e unix.Errno
	err = conn.Control(func(fd uintptr) {
		_, _, e = unix.Syscall(unix.SYS_IOCTL, fd, unix.SECCOMP_IOCTL_NOTIF_SEND, uintptr(unsafe.Pointer(&answer)))
	})
	switch {
	case l.closed.Load() || e == unix.ENOENT: // nobody waits any more
		return nil
	case err == nil && e != 0:
		err = e
	}
	return err
}

package sys

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Child is a process that [Init.Spawn] started. Nothing of it needs to be
// freed. It is safe for concurrent use.
type Child struct {
	PID int // as the host has it; 0 when it ended before that was known

	handle *os.File      // a pidfd, open until done
	done   chan struct{} // closed when it has ended; then status and err stand
	status syscall.WaitStatus
	err    error
}

// Wait returns how the child ended. When the container ended under it, the
// error is [ErrContainerEnded]; when ctx ends first, that of ctx, and the child
// goes on.
func (c *Child) Wait(ctx context.Context) (syscall.WaitStatus, error) {
	select {
	case <-c.done:
		return c.status, c.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Ending returns a descriptor that can be read, as [Poll] has it, once the child
// has ended. The caller closes it. Of a child that is known to have ended the
// error is [os.ErrProcessDone].
func (c *Child) Ending() (int, error) {
	conn, err := c.handle.SyscallConn()
	if err != nil {
		return -1, os.ErrProcessDone
	}
	copied := -1
	var fault error
	if err := conn.Control(func(fd uintptr) { copied, fault = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) }); err != nil {
		return -1, os.ErrProcessDone // it is closed then
	}
	return copied, os.NewSyscallError("fcntl", fault)
}

// Signal sends the child a signal, and only to it: a process that has its
// number later is another. Once it has ended the error is
// [os.ErrProcessDone].
func (c *Child) Signal(s syscall.Signal) error { return signal(c.handle, s, 0) }

// SignalGroup is [Child.Signal] to a child that leads a process group, and to
// all in the group, as a terminal does it for ^C. Before Linux 6.9 the group is
// named by its number, which is the child's as long as the child has not ended.
func (c *Child) SignalGroup(s syscall.Signal) error {
	const group = 1 << 2 // PIDFD_SIGNAL_PROCESS_GROUP
	err := signal(c.handle, s, group)
	if !errors.Is(err, unix.EINVAL) {
		return err
	}
	if err := signal(c.handle, 0, 0); err != nil || c.PID <= 1 {
		return cmp.Or(err, os.ErrProcessDone)
	}
	return unix.Kill(-c.PID, s)
}

// signal sends a signal to the process of a pidfd.
func signal(handle *os.File, s syscall.Signal, flags int) error {
	conn, err := handle.SyscallConn()
	if err != nil {
		return os.ErrProcessDone
	}
	var sent error
	if err := conn.Control(func(fd uintptr) { sent = unix.PidfdSendSignal(int(fd), s, nil, flags) }); err != nil {
		return os.ErrProcessDone // it is closed then
	}
	switch sent {
	case nil:
		return nil
	case unix.ESRCH:
		return os.ErrProcessDone
	}
	return fmt.Errorf("signal a process: %w", sent)
}

func (c *Child) end(status syscall.WaitStatus, err error) {
	c.status, c.err = status, err
	c.handle.Close()
	close(c.done)
}

// outerPID returns the number, in our namespace, of the process that a pidfd
// is of, or 0 when it has ended.
func outerPID(pidfd *os.File) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", pidfd.Fd()))
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(text) {
		if number, ok := bytes.CutPrefix(line, []byte("Pid:")); ok {
			pid, _ := strconv.Atoi(string(bytes.TrimSpace(number)))
			return max(pid, 0)
		}
	}
	return 0
}

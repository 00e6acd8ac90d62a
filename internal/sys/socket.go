package sys

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// SocketPair returns two ends of a local stream, which Go's poller serves. The
// caller closes both.
func SocketPair() (a, b *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make a pair of sockets: %w", err)
	}
	return os.NewFile(uintptr(fds[0]), "socket"), os.NewFile(uintptr(fds[1]), "socket"), nil
}

// SendFile sends an open file over a socket. The caller still closes its own.
func SendFile(socket, f *os.File) error {
	to, err := socket.SyscallConn()
	if err != nil {
		return err
	}
	what, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = what.Control(func(fd uintptr) {
		rights := unix.UnixRights(int(fd))
		err := to.Write(func(s uintptr) bool {
			sent = unix.Sendmsg(int(s), []byte{0}, rights, nil, unix.MSG_NOSIGNAL)
			return sent != unix.EAGAIN
		})
		sent = errors.Join(sent, err)
	})
	if err := errors.Join(err, sent); err != nil {
		return fmt.Errorf("send a descriptor: %w", err)
	}
	return nil
}

// ReceiveFile returns the next file that was sent, or io.EOF when nobody can
// send any more. The caller closes it.
func ReceiveFile(socket *os.File) (*os.File, error) {
	from, err := socket.SyscallConn()
	if err != nil {
		return nil, err
	}
	var n, oobn int
	var got error
	data, oob := make([]byte, 1), make([]byte, unix.CmsgSpace(4))
	err = from.Read(func(s uintptr) bool {
		n, oobn, _, _, got = unix.Recvmsg(int(s), data, oob, unix.MSG_CMSG_CLOEXEC)
		return got != unix.EAGAIN
	})
	if err := errors.Join(err, got); err != nil {
		return nil, fmt.Errorf("receive a descriptor: %w", err)
	}
	if n == 0 {
		return nil, io.EOF
	}
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil || len(messages) != 1 {
		return nil, fmt.Errorf("receive a descriptor: %d came (%v)", len(messages), err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		for _, fd := range fds {
			unix.Close(fd)
		}
		return nil, fmt.Errorf("receive a descriptor: %d came (%v)", len(fds), err)
	}
	return os.NewFile(uintptr(fds[0]), "socket"), nil
}

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
	if err := sendPacket(socket, []*os.File{f}, []byte{0}); err != nil {
		return fmt.Errorf("send a descriptor: %w", err)
	}
	return nil
}

// ReceiveFile returns the next file that was sent, or io.EOF when nobody can
// send any more. The caller closes it.
func ReceiveFile(socket *os.File) (*os.File, error) {
	f, _, err := receivePacket(socket, make([]byte, 1))
	switch {
	case err == io.EOF:
		return nil, err
	case err == nil && f == nil:
		err = errors.New("none came")
	}
	if err != nil {
		return nil, fmt.Errorf("receive a descriptor: %w", err)
	}
	return f, nil
}

// sendPacket sends one packet, of parts, with files.
func sendPacket(socket *os.File, files []*os.File, parts ...[]byte) error {
	to, err := socket.SyscallConn()
	if err != nil {
		return err
	}
	return withDescriptors(files, nil, func(fds []int) error {
		var rights []byte
		if len(fds) > 0 {
			rights = unix.UnixRights(fds...)
		}
		var sent error
		err := to.Write(func(s uintptr) bool {
			_, sent = unix.SendmsgBuffers(int(s), parts, rights, nil, unix.MSG_NOSIGNAL)
			return sent != unix.EAGAIN
		})
		return errors.Join(err, sent)
	})
}

// withDescriptors calls do with the descriptors of files, which nobody closes
// meanwhile.
func withDescriptors(files []*os.File, fds []int, do func([]int) error) error {
	if len(files) == 0 {
		return do(fds)
	}
	c, err := files[0].SyscallConn()
	if err != nil {
		return err
	}
	var done error
	err = c.Control(func(fd uintptr) { done = withDescriptors(files[1:], append(fds, int(fd)), do) })
	return errors.Join(err, done)
}

// receivePacket receives one packet into b and returns its length, and the
// file that came with it or nil. When nobody can send any more the error is
// io.EOF. A packet that is longer, or brings more than one file, is an error.
func receivePacket(socket *os.File, b []byte) (f *os.File, n int, err error) {
	from, err := socket.SyscallConn()
	if err != nil {
		return nil, 0, err
	}
	var oobn, flags int
	var got error
	oob := make([]byte, unix.CmsgSpace(4))
	err = from.Read(func(s uintptr) bool {
		n, oobn, flags, _, got = unix.Recvmsg(int(s), b, oob, unix.MSG_CMSG_CLOEXEC)
		return got != unix.EAGAIN
	})
	if err := errors.Join(err, got); err != nil {
		return nil, 0, err
	}
	files, err := receivedFiles(oob[:oobn])
	switch {
	case err == nil && flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0:
		err = errors.New("it was cut short")
	case err == nil && n == 0:
		err = io.EOF
	case err == nil && len(files) > 1:
		err = fmt.Errorf("%d files came", len(files))
	}
	if err != nil || len(files) == 0 {
		for _, f := range files {
			f.Close()
		}
		return nil, n, err
	}
	return files[0], n, nil
}

func receivedFiles(oob []byte) (files []*os.File, err error) {
	messages, err := unix.ParseSocketControlMessage(oob)
	for i := range messages {
		fds, _ := unix.ParseUnixRights(&messages[i])
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "received"))
		}
	}
	return files, err
}

// pollable takes over a file that was received and returns it as one for which
// Go's poller waits, and not a thread.
func pollable(f *os.File) (*os.File, error) {
	defer f.Close()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("keep a descriptor: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("keep a descriptor: %w", err)
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

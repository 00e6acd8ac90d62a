package sys

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// A Polled is a descriptor that [Poll] waits for.
type Polled struct {
	FD    int  // none when negative
	Write bool // to write, and not to read
	Ready bool // it can, or has ended
}

// Poll waits until at least one of the descriptors is ready, and marks those
// that are. It waits at most d, and for ever when d is negative.
func Poll(d time.Duration, list []Polled) error {
	fds := make([]unix.PollFd, len(list))
	for i, p := range list {
		fds[i] = unix.PollFd{Fd: int32(p.FD), Events: unix.POLLIN}
		if p.Write {
			fds[i].Events = unix.POLLOUT
		}
	}
	for end := time.Now().Add(d); ; {
		wait := -1
		if d >= 0 {
			// Rounded up: to wake before the time is to wake for nothing.
			wait = int(max(0, time.Until(end)+time.Millisecond-1) / time.Millisecond)
		}
		switch _, err := unix.Poll(fds, wait); err {
		case nil:
			for i := range list {
				list[i].Ready = fds[i].Revents != 0
			}
			return nil
		case unix.EINTR:
		default:
			return os.NewSyscallError("poll", err)
		}
	}
}

package sys

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// lockPause is how long LockFile waits between two tries. The kernel can wait
// for a lock, but not for a context beside it.
const lockPause = 5 * time.Millisecond

// LockFile waits until this process alone holds the file of that name, which
// it makes when there is none, or until ctx ends. The lock ends with unlock, or
// with the process.
func LockFile(ctx context.Context, name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if err != unix.EINTR && err != unix.EWOULDBLOCK {
			break
		}
		select {
		case <-time.After(lockPause):
			continue
		case <-ctx.Done():
			err = ctx.Err()
		}
		break
	}
	f.Close()
	return nil, fmt.Errorf("lock %s: %w", name, err)
}

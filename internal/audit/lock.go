package audit

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// Locks of an open file description. They belong to one open of the directory,
// not to the process, so that two Logs in one process exclude each other too.
const (
	ofdGetlk = 36 // F_OFD_GETLK
	ofdSetlk = 37 // F_OFD_SETLK
)

// flock waits for the directory's lock, or gives it up. A process that dies
// gives it up.
func flock(dir *os.File, how int) error {
	return os.NewSyscallError("flock", retry(func() error { return syscall.Flock(int(dir.Fd()), how) }))
}

// retry calls f until it was not interrupted by a signal.
func retry(f func() error) error {
	for {
		if err := f(); err != syscall.EINTR {
			return err
		}
	}
}

// newWriter takes a name of its own and locks the byte that it numbers until
// dir is closed.
func newWriter(dir *os.File) (string, error) {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	n := int64(binary.BigEndian.Uint64(b[:]) >> 2)
	lk := syscall.Flock_t{Type: syscall.F_RDLCK, Start: n, Len: 1}
	if err := syscall.FcntlFlock(dir.Fd(), ofdSetlk, &lk); err != nil {
		return "", os.NewSyscallError("lock", err)
	}
	return fmt.Sprintf("%016x", n), nil
}

// alive reports whether another writer still holds its byte. A writer that
// cannot be asked about counts as alive.
func alive(dir *os.File, writer string) bool {
	n, err := strconv.ParseInt(writer, 16, 64)
	if err != nil {
		return false
	}
	lk := syscall.Flock_t{Type: syscall.F_WRLCK, Start: n, Len: 1}
	err = syscall.FcntlFlock(dir.Fd(), ofdGetlk, &lk)
	return err != nil || lk.Type != syscall.F_UNLCK
}

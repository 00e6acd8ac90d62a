package wasi

import (
	"errors"
	"fmt"
	"io"

	"github.com/caisson-dev/caisson/internal/memfs"
)

// An Errno is what a WASI function returns. Zero is success.
type Errno uint16

// The errnos that this package returns.
const (
	OK           Errno = 0
	EAGAIN       Errno = 6
	EBADF        Errno = 8
	EFAULT       Errno = 21
	EINTR        Errno = 27
	EINVAL       Errno = 28
	EIO          Errno = 29
	EMFILE       Errno = 33
	ENAMETOOLONG Errno = 37
	ENOSYS       Errno = 52
	ENOTDIR      Errno = 54
	ENOTSOCK     Errno = 57
	ENOTSUP      Errno = 58
	EPERM        Errno = 63
	EPIPE        Errno = 64
	ESPIPE       Errno = 70
	ENOTCAPABLE  Errno = 76
)

// String returns the number, as "errno 8".
func (e Errno) String() string { return fmt.Sprintf("errno %d", uint16(e)) }

// fileErrno turns an error of package memfs into what the guest sees. The end
// of a file is no error here.
func fileErrno(err error) Errno {
	if err == nil || err == io.EOF {
		return OK
	}
	if e, ok := errors.AsType[memfs.Errno](err); ok {
		return Errno(e)
	}
	return EIO
}

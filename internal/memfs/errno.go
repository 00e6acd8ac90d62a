package memfs

import (
	"fmt"
	"io/fs"
)

// An Errno is a POSIX error under its WASI preview 1 number, so that it can be
// handed to a guest as it is.
type Errno uint16

// The errors of this package.
const (
	EBADF        Errno = 8  // closed, or not open for that
	EBUSY        Errno = 10 // the root
	EDQUOT       Errno = 19 // inode quota
	EEXIST       Errno = 20
	EFBIG        Errno = 22 // larger than MaxFile, or than the caller takes
	EILSEQ       Errno = 25 // a name that is not UTF-8
	EINVAL       Errno = 28
	EISDIR       Errno = 31
	ENAMETOOLONG Errno = 37 // name, path or depth
	ENOENT       Errno = 44
	ENOSPC       Errno = 51 // byte quota
	ENOTDIR      Errno = 54
	ENOTEMPTY    Errno = 55
	EROFS        Errno = 69 // a read-only node, or one that the host laid out
	EXDEV        Errno = 75 // a directory of another file system
)

var errnoText = map[Errno]string{
	EBADF:        "bad file descriptor",
	EBUSY:        "resource busy",
	EDQUOT:       "inode quota exceeded",
	EEXIST:       "file exists",
	EFBIG:        "file too large",
	EILSEQ:       "illegal byte sequence",
	EINVAL:       "invalid argument",
	EISDIR:       "is a directory",
	ENAMETOOLONG: "name too long",
	ENOENT:       "no such file or directory",
	ENOSPC:       "byte quota exceeded",
	ENOTDIR:      "not a directory",
	ENOTEMPTY:    "directory not empty",
	EROFS:        "read-only file system",
	EXDEV:        "another file system",
}

// Error returns the error in words.
func (e Errno) Error() string {
	if s, ok := errnoText[e]; ok {
		return s
	}
	return fmt.Sprintf("errno %d", uint16(e))
}

// Is matches e with the general errors of package io/fs.
func (e Errno) Is(target error) bool {
	switch target {
	case fs.ErrNotExist:
		return e == ENOENT
	case fs.ErrExist:
		return e == EEXIST || e == ENOTEMPTY
	case fs.ErrPermission:
		return e == EROFS
	case fs.ErrInvalid:
		return e == EINVAL
	case fs.ErrClosed:
		return e == EBADF
	}
	return false
}

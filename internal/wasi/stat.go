package wasi

import (
	"math"

	"github.com/caisson-dev/caisson/internal/memfs"
)

// Devices, so that a descriptor and a file never seem the same.
const (
	devFiles   = 1
	devStreams = 2
)

// A filestat is what the guest learns about a descriptor or a path.
type filestat struct {
	dev, ino     uint64
	typ          byte
	nlink, size  uint64
	atime, mtime uint64
}

func fileType(dir bool, dev memfs.Device) byte {
	switch {
	case dir:
		return typeDirectory
	case dev != memfs.NoDevice:
		return typeCharacter
	}
	return typeRegular
}

func nodeStat(s memfs.Stat) filestat {
	return filestat{
		dev: devFiles, ino: s.Ino, typ: fileType(s.Dir, s.Device), nlink: uint64(s.Nlink), size: uint64(s.Size),
		atime: uint64(max(0, s.Atime)), mtime: uint64(max(0, s.Mtime)),
	}
}

// stat describes f, which is open at fd.
func (f *file) stat(fd uint64) (filestat, Errno) {
	if f.kind != kindFile {
		return filestat{dev: devStreams, ino: fd, typ: typeStream, nlink: 1}, OK
	}
	s, err := f.f.Stat()
	return nodeStat(s), fileErrno(err)
}

// putStat stores s where argument i points.
func (c call) putStat(i int, s filestat) Errno {
	b, ok := c.bytes(c.u32(i), 64)
	if !ok {
		return EFAULT
	}
	clear(b)
	le.PutUint64(b, s.dev)
	le.PutUint64(b[8:], s.ino)
	b[16] = s.typ
	le.PutUint64(b[24:], s.nlink)
	le.PutUint64(b[32:], s.size)
	le.PutUint64(b[40:], s.atime)
	le.PutUint64(b[48:], s.mtime)
	le.PutUint64(b[56:], s.mtime)
	return OK
}

func fdFilestatGet(c call) Errno {
	f := c.p.live(c.u32(0))
	if f == nil {
		return EBADF
	}
	s, e := f.stat(uint64(c.u32(0)))
	if e != OK {
		return e
	}
	return c.putStat(1, s)
}

func fdFilestatSetSize(c call) Errno {
	f, e := c.regular(rightWrite)
	if e != OK {
		return e
	}
	size := c.u64(1)
	if size > math.MaxInt64 {
		return EINVAL
	}
	return fileErrno(f.f.Truncate(int64(size)))
}

func fdAllocate(c call) Errno {
	f, e := c.regular(rightWrite)
	if e != OK {
		return e
	}
	off, n := c.u64(1), c.u64(2)
	if n == 0 || off > math.MaxInt64 || n > math.MaxInt64-off {
		return EINVAL
	}
	return fileErrno(f.f.Allocate(int64(off + n)))
}

// regular returns descriptor argument 0 when it leads into the file system
// and has the rights.
func (c call) regular(rights uint64) (*file, Errno) {
	f := c.p.live(c.u32(0))
	switch {
	case f == nil:
		return nil, EBADF
	case f.kind != kindFile:
		return nil, EINVAL
	case f.base&rights != rights:
		return nil, EBADF
	}
	return f, OK
}

// fdAdvise takes any advice that exists and follows none.
func fdAdvise(c call) Errno {
	f := c.p.live(c.u32(0))
	switch {
	case f == nil:
		return EBADF
	case f.kind != kindFile:
		return ESPIPE
	case c.u32(3) > 5:
		return EINVAL
	}
	return OK
}

// fdSync has nothing to do: what is written is there.
func fdSync(c call) Errno {
	_, e := c.regular(0)
	return e
}

func fdFilestatSetTimes(c call) Errno {
	f, e := c.regular(0)
	if e != OK {
		return e
	}
	atime, mtime, e := c.times(1)
	if e != OK {
		return e
	}
	return fileErrno(f.f.SetTimes(atime, mtime))
}

// times reads arguments i to i+2: access time, modification time, and flags
// that say which to set and which to set to now.
func (c call) times(i int) (atime, mtime *int64, e Errno) {
	flags := c.u32(i + 2)
	if flags > 15 || flags&3 == 3 || flags>>2 == 3 {
		return nil, nil, EINVAL
	}
	now := c.p.realtime().UnixNano()
	pick := func(v uint64, flags uint32) *int64 {
		if flags&2 != 0 {
			return &now
		}
		if flags&1 == 0 {
			return nil
		}
		if v > math.MaxInt64 {
			e = EINVAL
		}
		t := int64(v)
		return &t
	}
	atime = pick(c.u64(i), flags)
	mtime = pick(c.u64(i+1), flags>>2)
	return atime, mtime, e
}

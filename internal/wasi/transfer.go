package wasi

import (
	"errors"
	"io"
	"math"

	"github.com/caisson-dev/caisson/internal/memfs"
)

// noOffset marks a transfer at the descriptor's own offset.
const noOffset = -1

func fdRead(c call) Errno  { return c.transfer(false, noOffset, 3) }
func fdWrite(c call) Errno { return c.transfer(true, noOffset, 3) }

func fdPread(c call) Errno  { return c.transferAt(false) }
func fdPwrite(c call) Errno { return c.transferAt(true) }

func (c call) transferAt(write bool) Errno {
	off := c.u64(3)
	if off > math.MaxInt64-MaxTransfer {
		return EINVAL
	}
	return c.transfer(write, int64(off), 4)
}

// transfer moves bytes between descriptor argument 0 and the vector at
// argument 1 of argument 2 buffers, and stores how many where argument res
// points. A fault after the first byte only makes it shorter.
func (c call) transfer(write bool, off int64, res int) Errno {
	f := c.p.live(c.u32(0))
	if f == nil || !f.may(write) {
		return EBADF
	}
	if off != noOffset && f.kind != kindFile {
		return ESPIPE
	}
	ptr, count := c.u32(1), c.u32(2)
	if count > MaxVectors {
		return EINVAL
	}
	result, ok := c.bytes(c.u32(res), 4)
	if !ok {
		return EFAULT
	}
	total, e := 0, OK
	for i := range count {
		b, ok := c.vector(ptr, i)
		if !ok {
			e = EFAULT
			break
		}
		b = b[:min(len(b), MaxTransfer-total)]
		if len(b) == 0 {
			continue
		}
		var n int
		n, e = c.move(f, write, b, off)
		total += n
		if off != noOffset {
			off += int64(n)
		}
		// A stream has said all it has now: asking again could block.
		if e != OK || n < len(b) || !write && f.kind == kindStdio {
			break
		}
	}
	if total == 0 && e != OK {
		return e
	}
	le.PutUint32(result, uint32(total))
	return OK
}

func (f *file) may(write bool) bool {
	if write {
		return f.base&rightWrite != 0
	}
	return f.base&rightRead != 0
}

// move moves the bytes of one buffer, which is not empty.
func (c call) move(f *file, write bool, b []byte, off int64) (n int, e Errno) {
	var err error
	switch {
	case f.kind == kindStdio && write:
		return c.p.output(f.std, b)
	case f.kind == kindStdio:
		return c.input(f.std, b)
	case f.kind == kindPipe && write:
		return f.pipe.write(b)
	case f.kind == kindPipe:
		return f.pipe.read(b)
	case f.dev != memfs.NoDevice:
		return c.device(f.dev, write, b)
	case write && off == noOffset:
		n, err = f.f.Write(b)
	case write:
		n, err = f.f.WriteAt(b, off)
	case off == noOffset:
		n, err = f.f.Read(b)
	default:
		n, err = f.f.ReadAt(b, off)
	}
	return n, fileErrno(err)
}

// device reads or writes one that is no stream. It is the same everywhere in
// it, so that no offset counts.
func (c call) device(d memfs.Device, write bool, b []byte) (int, Errno) {
	switch {
	case write:
		return len(b), OK
	case d == memfs.DevZero:
		clear(b)
		return len(b), OK
	case d == memfs.DevRandom:
		return c.draw(b)
	}
	return 0, OK
}

func (p *Process) output(std int, b []byte) (int, Errno) {
	out := p.stdio.Out
	if std == 2 {
		out = p.stdio.Err
	}
	if out == nil {
		return len(b), OK
	}
	if p.broken[std] == nil {
		p.broken[std] = out(b)
	}
	switch err := p.broken[std]; {
	case err == nil:
		return len(b), OK
	case errors.Is(err, io.ErrClosedPipe):
		return 0, EPIPE
	default:
		return 0, EIO
	}
}

func (c call) input(std int, b []byte) (int, Errno) {
	if std != 0 {
		return 0, EBADF
	}
	if c.p.stdio.In == nil {
		return 0, OK
	}
	n, err := c.p.stdio.In.Read(c.ctx, b)
	switch {
	case n < 0 || n > len(b):
		return 0, EIO
	case n > 0 || err == nil || errors.Is(err, io.EOF):
		return n, OK
	case c.ctx.Err() != nil:
		return 0, EINTR
	default:
		return 0, EIO
	}
}

// fdReaddir fills the buffer to its end when there is more than fits: that is
// how the guest knows.
func fdReaddir(c call) Errno {
	f := c.p.live(c.u32(0))
	if f == nil {
		return EBADF
	}
	if f.kind != kindFile {
		return ENOTDIR
	}
	buf, ok := c.bytes(c.u32(1), c.u32(2))
	if !ok {
		return EFAULT
	}
	used := 0
	err := f.f.ReadDir(c.u64(3), func(e memfs.Entry) bool {
		var head [24]byte
		le.PutUint64(head[:], e.Next)
		le.PutUint64(head[8:], e.Ino)
		le.PutUint32(head[16:], uint32(len(e.Name)))
		head[20] = fileType(e.Dir, e.Device)
		used += copy(buf[used:], head[:])
		used += copy(buf[used:], e.Name)
		return used < len(buf)
	})
	if err != nil {
		return fileErrno(err)
	}
	return c.put32(4, uint32(used))
}

func fdSeek(c call) Errno {
	whence := c.u32(2)
	if whence > io.SeekEnd {
		return EINVAL
	}
	return c.seek(int64(c.u64(1)), int(whence), 3)
}

func fdTell(c call) Errno { return c.seek(0, io.SeekCurrent, 1) }

func (c call) seek(off int64, whence, res int) Errno {
	f := c.p.live(c.u32(0))
	if f == nil {
		return EBADF
	}
	if f.kind != kindFile {
		return ESPIPE
	}
	b, ok := c.bytes(c.u32(res), 8)
	if !ok {
		return EFAULT
	}
	to, err := f.f.Seek(off, whence)
	if err != nil {
		return fileErrno(err)
	}
	le.PutUint64(b, uint64(to))
	return OK
}

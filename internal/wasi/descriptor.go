package wasi

import (
	"github.com/caisson-dev/caisson/internal/memfs"
)

const (
	maxPath        = memfs.MaxPath
	maxDescriptors = 1 << 16 // whatever the host allows
)

// A kind is what a descriptor leads to. The numbers are part of the state
// format.
type kind byte

const (
	kindStdio kind = 1 + iota
	kindFile       // or directory
	kindPipe       // one end
	kindDead       // lost in a restore: everything but closing is EBADF
)

// A file is one open descriptor.
type file struct {
	kind  kind
	std   int          // which of the three, of kindStdio
	f     *memfs.File  // of kindFile
	dev   memfs.Device // of kindFile: what it is instead of a file with bytes
	pipe  *pipeBuffer  // of kindPipe
	in    bool         // of kindPipe: the end to write into
	flags uint16       // fdflags

	base, inherit uint64 // rights
}

// File types.
const (
	typeCharacter = 2
	typeDirectory = 3
	typeRegular   = 4
	typeStream    = 6 // a stream socket: WASI has no name for a pipe
)

// Descriptor flags.
const (
	flagAppend   = 1 << 0
	flagNonblock = 1 << 2
	knownFlags   = 1<<5 - 1 // with dsync, rsync and sync, which say nothing here
)

// Rights, by the bits of the witx. Only those to read and to write decide
// anything: all else a descriptor can do to a file system that is the guest's
// own anyway. The others are kept because libraries look at them.
const (
	rightDatasync = 1 << iota
	rightRead
	rightSeek
	rightSetFlags
	rightSync
	rightTell
	rightWrite
	rightAdvise
	rightAllocate
	rightCreateDirectory
	rightCreateFile
	rightLinkSource
	rightLinkTarget
	rightOpen
	rightReaddir
	rightReadlink
	rightRenameSource
	rightRenameTarget
	rightPathFilestatGet
	rightPathSetSize
	rightPathSetTimes
	rightFilestatGet
	rightSetSize
	rightSetTimes
	rightSymlink
	rightRemoveDirectory
	rightUnlinkFile
	rightPoll

	allRights = 1<<30 - 1

	fileRights = rightDatasync | rightRead | rightSeek | rightSetFlags | rightSync | rightTell |
		rightWrite | rightAdvise | rightAllocate | rightFilestatGet | rightSetSize | rightSetTimes | rightPoll

	dirRights = rightSetFlags | rightSync | rightDatasync | rightAdvise | rightCreateDirectory |
		rightCreateFile | rightLinkSource | rightLinkTarget | rightOpen | rightReaddir |
		rightReadlink | rightRenameSource | rightRenameTarget | rightPathFilestatGet |
		rightPathSetSize | rightPathSetTimes | rightFilestatGet | rightSetTimes | rightSymlink |
		rightRemoveDirectory | rightUnlinkFile | rightPoll

	streamRights = rightSetFlags | rightFilestatGet | rightPoll
)

func stdioRights(fd int) uint64 {
	if fd == 0 {
		return streamRights | rightRead
	}
	return streamRights | rightWrite
}

// file returns what is open at fd, or nil.
func (p *Process) file(fd uint32) *file {
	if uint64(fd) >= uint64(len(p.files)) {
		return nil
	}
	return p.files[fd]
}

// put opens f at fd, which must be free and below the limit.
func (p *Process) put(fd int, f *file) {
	for len(p.files) <= fd {
		p.files = append(p.files, nil)
	}
	p.files[fd] = f
	p.open++
}

// free says whether n more descriptors may be opened.
func (p *Process) free(n int) bool { return p.open+n <= p.maxFiles }

// add opens f at the lowest free number. The caller has asked free.
func (p *Process) add(f *file) uint32 {
	fd := 0
	for fd < len(p.files) && p.files[fd] != nil {
		fd++
	}
	p.put(fd, f)
	return uint32(fd)
}

// drop closes what is open at fd, if anything.
func (p *Process) drop(fd int) {
	f := p.files[fd]
	if f == nil {
		return
	}
	p.files[fd] = nil
	p.open--
	switch f.kind {
	case kindFile:
		f.f.Close() // fails only when closed already
	case kindPipe:
		f.pipe.close(f.in)
	}
}

// reopen opens the file at path as f says, or makes f dead.
func (f *file) reopen(fsys *memfs.FS, path string, off int64) {
	h, err := fsys.Open(nil, path, openFlag(f.base, f.flags))
	if err == nil {
		if _, err = h.Seek(off, 0); err == nil && f.lead(h) == OK {
			return
		}
		h.Close()
	}
	*f = file{kind: kindDead}
}

// streams are the devices that stand for a standard descriptor.
var streams = map[memfs.Device]int{memfs.DevStdin: 0, memfs.DevStdout: 1, memfs.DevStderr: 2}

// lead makes f lead to what h is open at, with no more rights than that can
// have. h is then f's, unless it fails.
func (f *file) lead(h *memfs.File) Errno {
	s, err := h.Stat()
	if err != nil {
		return fileErrno(err)
	}
	if std, ok := streams[s.Device]; ok {
		h.Close()
		*f = file{kind: kindStdio, std: std, flags: f.flags, base: f.base & stdioRights(std)}
		return OK
	}
	f.f, f.dev = h, s.Device
	if s.Dir {
		f.base &= dirRights
	} else {
		f.base &= fileRights
		f.inherit = 0
	}
	return OK
}

// openFlag is how to open a file for what rights and flags permit.
func openFlag(base uint64, flags uint16) memfs.Flag {
	var flag memfs.Flag
	if base&rightRead != 0 {
		flag |= memfs.Read
	}
	if base&rightWrite != 0 {
		flag |= memfs.Write
	}
	if flags&flagAppend != 0 {
		flag |= memfs.Append
	}
	return flag
}

func fdClose(c call) Errno {
	fd := c.u32(0)
	switch {
	case c.p.file(fd) == nil:
		return EBADF
	case fd == rootFD:
		// Code that closes everything above stderr means files it inherited.
		// Without the root the rest of a session could open nothing.
		return ENOTSUP
	}
	c.p.drop(int(fd))
	return OK
}

func fdRenumber(c call) Errno {
	from, to := c.u32(0), c.u32(1)
	f := c.p.file(from)
	switch {
	case f == nil || int64(to) >= int64(c.p.maxFiles):
		return EBADF
	case from == rootFD || to == rootFD:
		return ENOTSUP
	case from == to:
		return OK
	}
	if int(to) < len(c.p.files) {
		c.p.drop(int(to))
	}
	c.p.files[from] = nil
	c.p.open--
	c.p.put(int(to), f)
	return OK
}

func fdPrestatGet(c call) Errno {
	if c.u32(0) != rootFD {
		return EBADF
	}
	b, ok := c.bytes(c.u32(1), 8)
	if !ok {
		return EFAULT
	}
	clear(b) // kind 0: a directory
	le.PutUint32(b[4:], 1)
	return OK
}

func fdPrestatDirName(c call) Errno {
	b, ok := c.bytes(c.u32(1), c.u32(2))
	switch {
	case c.u32(0) != rootFD:
		return EBADF
	case !ok:
		return EFAULT
	case len(b) == 0:
		return ENAMETOOLONG
	}
	b[0] = '/'
	return OK
}

func fdFdstatGet(c call) Errno {
	f := c.p.live(c.u32(0))
	if f == nil {
		return EBADF
	}
	b, ok := c.bytes(c.u32(1), 24)
	if !ok {
		return EFAULT
	}
	s, e := f.stat(uint64(c.u32(0)))
	if e != OK {
		return e
	}
	clear(b)
	b[0] = s.typ
	le.PutUint16(b[2:], f.flags)
	le.PutUint64(b[8:], f.base)
	le.PutUint64(b[16:], f.inherit)
	return OK
}

// live returns what is open at fd and not dead, or nil.
func (p *Process) live(fd uint32) *file {
	if f := p.file(fd); f != nil && f.kind != kindDead {
		return f
	}
	return nil
}

func fdFdstatSetFlags(c call) Errno {
	f := c.p.live(c.u32(0))
	if f == nil {
		return EBADF
	}
	flags := c.u32(1)
	if flags&^knownFlags != 0 {
		return EINVAL
	}
	if f.kind == kindFile {
		if e := fileErrno(f.f.SetAppend(flags&flagAppend != 0)); e != OK {
			return e
		}
	}
	f.flags = uint16(flags)
	return OK
}

// fdFdstatSetRights takes rights away; it gives none.
func fdFdstatSetRights(c call) Errno {
	f := c.p.live(c.u32(0))
	if f == nil {
		return EBADF
	}
	base, inherit := c.u64(1), c.u64(2)
	if base&^f.base != 0 || inherit&^f.inherit != 0 {
		return ENOTCAPABLE
	}
	f.base, f.inherit = base, inherit
	return OK
}

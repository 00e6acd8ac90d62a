package wasi

import "github.com/caisson-dev/caisson/internal/memfs"

// at returns the directory that descriptor argument i stands for.
func (c call) at(i int) (*file, Errno) {
	f := c.p.live(c.u32(i))
	if f == nil {
		return nil, EBADF
	}
	if f.kind != kindFile {
		return nil, ENOTDIR
	}
	return f, OK
}

// place returns the directory at argument i and the path at the two after it.
func (c call) place(i int) (*memfs.File, string, Errno) { return c.placeOf(i, i+1) }

// placeOf returns the directory at argument dir and the path at arguments i
// and i+1.
func (c call) placeOf(dir, i int) (*memfs.File, string, Errno) {
	f, e := c.at(dir)
	if e != OK {
		return nil, "", e
	}
	path, e := c.path(i)
	return f.f, path, e
}

// Flags of path_open.
const (
	openCreate    = 1 << 0
	openDirectory = 1 << 1
	openExclusive = 1 << 2
	openTruncate  = 1 << 3
	knownOpen     = 1<<4 - 1
)

func pathOpen(c call) Errno {
	dir, e := c.at(0)
	if e != OK {
		return e
	}
	path, e := c.path(2)
	if e != OK {
		return e
	}
	oflags, flags := c.u32(4), c.u32(7)
	if oflags&^knownOpen != 0 || flags&^knownFlags != 0 {
		return EINVAL
	}
	result, ok := c.bytes(c.u32(8), 4)
	if !ok {
		return EFAULT
	}
	// Before anything is created or truncated.
	if !c.p.free(1) {
		return EMFILE
	}
	f := &file{kind: kindFile, flags: uint16(flags), base: c.u64(5) & dir.inherit, inherit: c.u64(6) & dir.inherit}
	if oflags&openDirectory != 0 {
		f.base &= dirRights
	}
	h, err := c.p.fs.Open(dir.f, path, openFlag(f.base, f.flags)|createFlag(oflags))
	if err != nil {
		return fileErrno(err)
	}
	if e := f.lead(h); e != OK {
		h.Close()
		return e
	}
	le.PutUint32(result, c.p.add(f))
	return OK
}

func createFlag(oflags uint32) memfs.Flag {
	var flag memfs.Flag
	if oflags&openCreate != 0 {
		flag |= memfs.Create
	}
	if oflags&openDirectory != 0 {
		flag |= memfs.Directory
	}
	if oflags&openExclusive != 0 {
		flag |= memfs.Exclusive
	}
	if oflags&openTruncate != 0 {
		flag |= memfs.Truncate
	}
	return flag
}

func pathCreateDirectory(c call) Errno {
	at, path, e := c.place(0)
	if e != OK {
		return e
	}
	return fileErrno(c.p.fs.Mkdir(at, path))
}

func pathRemoveDirectory(c call) Errno {
	at, path, e := c.place(0)
	if e != OK {
		return e
	}
	return fileErrno(c.p.fs.RemoveDir(at, path))
}

func pathUnlinkFile(c call) Errno {
	at, path, e := c.place(0)
	if e != OK {
		return e
	}
	return fileErrno(c.p.fs.RemoveFile(at, path))
}

func pathRename(c call) Errno {
	oldAt, oldPath, e := c.place(0)
	if e != OK {
		return e
	}
	newAt, newPath, e := c.place(3)
	if e != OK {
		return e
	}
	return fileErrno(c.p.fs.Rename(oldAt, oldPath, newAt, newPath))
}

// pathFilestatGet does not look at the look-up flags: there are no links to
// follow.
func pathFilestatGet(c call) Errno {
	at, path, e := c.placeOf(0, 2)
	if e != OK {
		return e
	}
	s, err := c.p.fs.Stat(at, path)
	if err != nil {
		return fileErrno(err)
	}
	return c.putStat(4, nodeStat(s))
}

func pathFilestatSetTimes(c call) Errno {
	at, path, e := c.placeOf(0, 2)
	if e != OK {
		return e
	}
	atime, mtime, e := c.times(4)
	if e != OK {
		return e
	}
	return fileErrno(c.p.fs.SetTimes(at, path, atime, mtime))
}

// pathReadlink never finds a link.
func pathReadlink(c call) Errno {
	at, path, e := c.place(0)
	if e != OK {
		return e
	}
	if _, err := c.p.fs.Stat(at, path); err != nil {
		return fileErrno(err)
	}
	return EINVAL
}

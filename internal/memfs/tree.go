package memfs

import "io/fs"

// A Flag says how to open a file.
type Flag uint

const (
	Read      Flag = 1 << iota
	Write          // refused for directories
	Append         // each Write goes to the end
	Create         // a regular file, when there is none
	Exclusive      // with Create: fail when there is one
	Truncate       // to nothing
	Directory      // fail unless it is a directory
)

// In the calls below, a path is relative to the open directory at, or to the
// root when at is nil. A path that begins with a slash is always relative to
// the root.

// Open opens a file or directory. The caller closes it.
func (f *FS) Open(at *File, path string, flag Flag) (*File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	q, err := f.placeLocked(at, path)
	if err != nil {
		return nil, err
	}
	switch n := q.n; {
	case n == nil && flag&Create == 0:
		return nil, ENOENT
	case n == nil && q.dir:
		return nil, EISDIR
	case n == nil && flag&Directory != 0:
		return nil, EINVAL
	case n == nil:
		if q.n, err = f.createLocked(q.parent, q.name, false, 0o644); err != nil {
			return nil, err
		}
	case flag&Create != 0 && flag&Exclusive != 0:
		return nil, EEXIST
	case n.dir != nil && flag&(Write|Truncate|Create) != 0:
		return nil, EISDIR
	case n.dir == nil && flag&Directory != 0:
		return nil, ENOTDIR
	case n.dev != NoDevice: // nothing to truncate, and to write to it changes nothing
	case n.ro && flag&(Write|Truncate) != 0:
		return nil, EROFS
	case flag&Truncate != 0:
		if err := f.resizeLocked(n, 0); err != nil {
			return nil, err
		}
	}
	q.n.open++
	return &File{fs: f, n: q.n, flag: flag & (Read | Write | Append)}, nil
}

// createLocked puts a new node under a free name. f.mu is held.
func (f *FS) createLocked(parent *node, name string, isDir bool, mode fs.FileMode) (*node, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	switch {
	case parent.gone:
		return nil, ENOENT
	case parent.ro:
		return nil, EROFS
	case parent.depth() >= MaxDepth:
		return nil, ENAMETOOLONG
	case f.used.Inodes >= f.limits.Inodes:
		return nil, f.refuseLocked(QuotaInodes)
	}
	n := f.newNode(isDir, mode)
	parent.add(name, n)
	parent.mtime = n.mtime
	f.used.Inodes++
	return n, nil
}

// Mkdir makes one directory.
func (f *FS) Mkdir(at *File, path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	q, err := f.placeLocked(at, path)
	if err == nil && q.n != nil {
		err = EEXIST
	}
	if err == nil {
		_, err = f.createLocked(q.parent, q.name, true, 0o755)
	}
	return err
}

// RemoveFile unlinks a regular file. It can be read and written, and counts,
// until its last handle is closed.
func (f *FS) RemoveFile(at *File, path string) error {
	return f.remove(at, path, false)
}

// RemoveDir removes an empty directory.
func (f *FS) RemoveDir(at *File, path string) error {
	return f.remove(at, path, true)
}

func (f *FS) remove(at *File, path string, isDir bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	q, err := f.placeLocked(at, path)
	switch {
	case err != nil:
		return err
	case q.dots && isDir:
		return EINVAL
	case q.n == nil:
		return ENOENT
	case isDir && q.n.dir == nil:
		return ENOTDIR
	case !isDir && q.n.dir != nil:
		return EISDIR
	case q.name == "":
		return EBUSY
	case q.n.fixed || q.parent.ro:
		return EROFS
	case isDir && len(q.n.dir.byName) > 0:
		return ENOTEMPTY
	}
	f.unlinkLocked(q.n)
	return nil
}

// unlinkLocked takes an empty directory or a file out of the tree. f.mu is held.
func (f *FS) unlinkLocked(n *node) {
	n.parent.mtime = f.now().UnixNano()
	n.parent.remove(n)
	n.gone = true
	f.releaseLocked(n)
}

// releaseLocked gives back what a node counts once nothing can reach it.
// f.mu is held.
func (f *FS) releaseLocked(n *node) {
	if !n.gone || n.open > 0 {
		return
	}
	f.used.Inodes--
	f.used.Bytes -= n.data.size
	n.data = content{}
}

// Rename moves a file or directory as POSIX says: it replaces a file by a file
// and an empty directory by a directory, and does nothing when both paths are
// the same node.
func (f *FS) Rename(oldAt *File, oldPath string, newAt *File, newPath string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	src, err := f.placeLocked(oldAt, oldPath)
	if err != nil {
		return err
	}
	if src.n == nil {
		return ENOENT
	}
	dst, err := f.placeLocked(newAt, newPath)
	if err != nil {
		return err
	}
	if err := checkRename(src, dst); err != nil {
		return err
	}
	if src.n == dst.n {
		return nil
	}
	if dst.n != nil {
		f.unlinkLocked(dst.n)
	}
	t := f.now().UnixNano()
	src.parent.mtime, dst.parent.mtime = t, t
	src.parent.remove(src.n)
	dst.parent.add(dst.name, src.n)
	return nil
}

// checkRename says whether the node at src can go to dst.
func checkRename(src, dst place) error {
	isDir := src.n.dir != nil
	switch {
	case src.dots || dst.dots:
		return EINVAL
	case src.name == "" || dst.name == "":
		return EBUSY
	case dst.parent.gone:
		return ENOENT
	case src.n.fixed || src.parent.ro || dst.parent.ro:
		return EROFS
	case !isDir && dst.dir && dst.n == nil:
		return ENOTDIR
	}
	for p := dst.parent; p != nil; p = p.parent {
		if p == src.n {
			return EINVAL
		}
	}
	if n := dst.n; n != nil && n != src.n {
		switch {
		case n.fixed:
			return EROFS
		case isDir && n.dir == nil:
			return ENOTDIR
		case !isDir && n.dir != nil:
			return EISDIR
		case isDir && len(n.dir.byName) > 0:
			return ENOTEMPTY
		}
	}
	if err := checkName(dst.name); err != nil {
		return err
	}
	// Only a move further down can make the tree too deep, and only then is it
	// worth looking how deep the moved part is.
	if d := dst.parent.depth(); d > src.parent.depth() && d+1+src.n.height() > MaxDepth {
		return ENAMETOOLONG
	}
	return nil
}

// Stat describes the node at a path.
func (f *FS) Stat(at *File, path string) (Stat, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.findLocked(at, path)
	if err != nil {
		return Stat{}, err
	}
	return n.stat(), nil
}

// SetTimes sets the times of the node at a path, in Unix nanoseconds. A nil
// one stays.
func (f *FS) SetTimes(at *File, path string, atime, mtime *int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.findLocked(at, path)
	if err != nil {
		return err
	}
	return n.setTimes(atime, mtime)
}

func (n *node) setTimes(atime, mtime *int64) error {
	if n.ro {
		return EROFS
	}
	if atime != nil {
		n.atime = *atime
	}
	if mtime != nil {
		n.mtime = *mtime
	}
	return nil
}

// resizeLocked sets a file's size, within the quota. f.mu is held.
func (f *FS) resizeLocked(n *node, size int64) error {
	if size > MaxFile {
		return EFBIG
	}
	grow := size - n.data.size
	if grow > f.roomLocked() {
		return f.refuseLocked(QuotaBytes)
	}
	f.used.Bytes += grow
	n.data.truncate(size, f.own)
	n.mtime = f.now().UnixNano()
	return nil
}

package memfs

import (
	"errors"
	"io/fs"
	"strings"
)

// The calls in this file are the host's. Paths start at the root. All but the
// four that lay out keep to the quota and to what is read-only, as the guest
// does.

// AddReadOnly puts a file at path whose bytes are data, which must never
// change. Directories that are missing are made read-only, too; those that are
// there can no longer be removed or renamed. Nothing of it counts against the
// limits.
func (f *FS) AddReadOnly(path string, data []byte) error {
	return f.addFixed(path, 0o444, func(n *node) { n.data = share(data) })
}

// AddDevice puts a device at path, where it stays; its directory is made as
// that of [FS.AddReadOnly] is. It is the only way in which one comes to be, and
// no image has any.
func (f *FS) AddDevice(path string, d Device) error {
	return f.addFixed(path, 0o666, func(n *node) { n.dev = d })
}

func (f *FS) addFixed(path string, mode fs.FileMode, fill func(*node)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir, name := splitLast(path)
	parent, err := f.layLocked(dir, true)
	if err != nil {
		return err
	}
	if err := checkName(name); err != nil {
		return err
	}
	if parent.dir.byName[name] != nil {
		return EEXIST
	}
	n := f.newNode(false, mode)
	fill(n)
	n.ro, n.fixed = true, true
	parent.add(name, n)
	return nil
}

// AddDir makes a directory that the guest can write in but neither remove nor
// rename. Directories above it that are missing are made read-only. None of it
// counts against the limits.
func (f *FS) AddDir(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir, name := splitLast(path)
	parent, err := f.layLocked(dir, true)
	if err == nil {
		_, err = f.layOneLocked(parent, name, false)
	}
	return err
}

// Seal makes a directory read-only, as AddDir does with what is above: its
// entries stay as they are, but what is in directories below can change.
func (f *FS) Seal(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.findLocked(nil, path)
	if err != nil {
		return err
	}
	if n.dir == nil {
		return ENOTDIR
	}
	for p := n; p != nil; p = p.parent {
		f.fixLocked(p)
	}
	n.ro = true
	return nil
}

// splitLast cuts a path before its last name.
func splitLast(path string) (dir, name string) {
	path = strings.Trim(path, "/")
	i := strings.LastIndexByte(path, '/')
	return path[:i+1], path[i+1:]
}

// layLocked walks a path, makes what is missing and fixes all of it.
// f.mu is held.
func (f *FS) layLocked(path string, ro bool) (*node, error) {
	n := f.root
	for name := range strings.SplitSeq(path, "/") {
		if name == "" {
			continue
		}
		var err error
		if n, err = f.layOneLocked(n, name, ro); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (f *FS) layOneLocked(parent *node, name string, ro bool) (*node, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	if n := parent.dir.byName[name]; n != nil {
		if n.dir == nil {
			return nil, ENOTDIR
		}
		f.fixLocked(n)
		return n, nil
	}
	if parent.depth() >= MaxDepth-1 {
		return nil, ENAMETOOLONG
	}
	n := f.newNode(true, 0o755)
	n.ro, n.fixed = ro, true
	parent.add(name, n)
	return n, nil
}

// fixLocked makes a node stay, and uncounts it. f.mu is held.
func (f *FS) fixLocked(n *node) {
	if !n.fixed {
		n.fixed = true
		f.used.Inodes--
	}
}

// ReadFile returns the content of a regular file of at most limit bytes; a
// larger one is EFBIG. What a hole costs nothing to make costs its full size
// to read: that is why the limit is not optional.
func (f *FS) ReadFile(path string, limit int64) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.findLocked(nil, path)
	switch {
	case err != nil:
		return nil, err
	case n.dir != nil:
		return nil, EISDIR
	case n.dev != NoDevice:
		return nil, EINVAL
	case n.data.size > limit:
		return nil, EFBIG
	}
	b := make([]byte, n.data.size)
	n.data.readAt(b, 0)
	return b, nil
}

// WriteFile makes a file of a copy of data, or replaces the content of one.
// It changes nothing when it fails.
func (f *FS) WriteFile(path string, data []byte, mode fs.FileMode) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	q, err := f.placeLocked(nil, path)
	size := int64(len(data))
	switch {
	case err != nil:
		return err
	case q.n == nil && q.dir || q.n != nil && q.n.dir != nil:
		return EISDIR
	case q.n != nil && q.n.ro:
		return EROFS
	case size > MaxFile:
		return EFBIG
	case q.n == nil && size > f.roomLocked() || q.n != nil && size-q.n.data.size > f.roomLocked():
		return f.refuseLocked(QuotaBytes)
	}
	if q.n == nil {
		if q.n, err = f.createLocked(q.parent, q.name, false, mode); err != nil {
			return err
		}
	}
	q.n.mode = mode & fs.ModePerm
	if err := f.resizeLocked(q.n, 0); err != nil {
		return err
	}
	_, err = f.writeLocked(q.n, data, 0)
	return err
}

// MkdirAll makes a directory and what is missing above it.
func (f *FS) MkdirAll(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var room [MaxDepth]string
	r, err := parse(path, room[:])
	if err != nil {
		return err
	}
	n := f.root
	for _, name := range r.names {
		c, err := step(n, name)
		if errors.Is(err, ENOENT) {
			c, err = f.createLocked(n, name, true, 0o755)
		}
		if err != nil {
			return err
		}
		n = c
	}
	if n.dir == nil {
		return ENOTDIR
	}
	return nil
}

// A named is a node and its name.
type named struct {
	name string
	Stat
}

// list returns the entries of a directory by name.
func (f *FS) list(path string) ([]named, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.findLocked(nil, path)
	if err != nil {
		return nil, err
	}
	if n.dir == nil {
		return nil, ENOTDIR
	}
	nodes := n.dir.sorted()
	l := make([]named, len(nodes))
	for i, c := range nodes {
		l[i] = named{c.name, c.stat()}
	}
	return l, nil
}

// Walk calls fn for what is at path and below, each directory before what is
// in it, by name. The file system is not locked meanwhile: fn may use it, and
// what goes away is skipped. When fn returns fs.SkipDir for a directory, what
// is in it is skipped; any other error ends the walk and is returned.
func (f *FS) Walk(path string, fn func(path string, s Stat) error) error {
	s, err := f.Stat(nil, path)
	if err != nil {
		return err
	}
	return f.walk("/"+strings.Trim(path, "/"), s, fn)
}

func (f *FS) walk(path string, s Stat, fn func(string, Stat) error) error {
	err := fn(path, s)
	if err == fs.SkipDir && s.Dir {
		return nil
	}
	if err != nil || !s.Dir {
		return err
	}
	l, err := f.list(path)
	if errors.Is(err, ENOENT) || errors.Is(err, ENOTDIR) {
		return nil // gone, or a file now
	}
	if err != nil {
		return err
	}
	for _, e := range l {
		if err := f.walk(strings.TrimSuffix(path, "/")+"/"+e.name, e.Stat, fn); err != nil {
			return err
		}
	}
	return nil
}

package memfs

import "io"

// A File is an open file or directory. It is safe for concurrent use; its
// offset is shared by all who use it. Every call on a closed File is EBADF.
type File struct {
	fs   *FS
	n    *node // nil when closed
	flag Flag
	off  int64
}

// use locks the file system and returns the node when it is open for want.
// The caller unlocks in any case.
func (h *File) use(want Flag) (*node, error) {
	h.fs.mu.Lock()
	if h.n == nil || h.flag&want != want {
		return nil, EBADF
	}
	return h.n, nil
}

// content is use for what only regular files have.
func (h *File) content(want Flag) (*node, error) {
	n, err := h.use(want)
	switch {
	case err != nil:
		return nil, err
	case n.dir != nil:
		return nil, EISDIR
	case n.dev != NoDevice:
		return nil, EINVAL
	}
	return n, nil
}

// Close closes the file. What was unlinked and has no other handle is freed.
func (h *File) Close() error {
	n, err := h.use(0)
	defer h.fs.mu.Unlock()
	if err != nil {
		return err
	}
	h.n = nil
	n.open--
	h.fs.releaseLocked(n)
	return nil
}

// Read reads at the offset and moves it. At the end it returns io.EOF.
func (h *File) Read(p []byte) (int, error) {
	n, err := h.content(Read)
	defer h.fs.mu.Unlock()
	if err != nil {
		return 0, err
	}
	k := n.data.readAt(p, h.off)
	h.off += int64(k)
	if k == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return k, nil
}

// ReadAt reads at off. It returns io.EOF when it comes to the end.
func (h *File) ReadAt(p []byte, off int64) (int, error) {
	n, err := h.content(Read)
	defer h.fs.mu.Unlock()
	if err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, EINVAL
	}
	k := n.data.readAt(p, off)
	if k < len(p) {
		return k, io.EOF
	}
	return k, nil
}

// Write writes at the offset, or at the end with Append, and moves the offset.
// When the quota cuts it short, what fits is written and the error is ENOSPC.
func (h *File) Write(p []byte) (int, error) {
	n, err := h.content(Write)
	defer h.fs.mu.Unlock()
	if err != nil {
		return 0, err
	}
	off := h.off
	if h.flag&Append != 0 {
		off = n.data.size
	}
	k, err := h.fs.writeLocked(n, p, off)
	h.off = off + int64(k)
	return k, err
}

// WriteAt writes at off, whatever Append says. It is cut short like Write.
func (h *File) WriteAt(p []byte, off int64) (int, error) {
	n, err := h.content(Write)
	defer h.fs.mu.Unlock()
	if err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, EINVAL
	}
	return h.fs.writeLocked(n, p, off)
}

// writeLocked writes as much as the quota has room for. f.mu is held.
func (f *FS) writeLocked(n *node, p []byte, off int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if off >= MaxFile {
		return 0, EFBIG
	}
	var short error
	if most := MaxFile - off; int64(len(p)) > most {
		p, short = p[:most], EFBIG
	}
	if most := n.data.size + f.roomLocked() - off; int64(len(p)) > most {
		p, short = p[:max(0, most)], f.refuseLocked(QuotaBytes)
	}
	if len(p) == 0 {
		return 0, short
	}
	f.used.Bytes += max(0, off+int64(len(p))-n.data.size)
	n.data.writeAt(p, off, f.own)
	n.mtime = f.now().UnixNano()
	return len(p), short
}

// Seek moves the offset; it may go past the end, not before the start. For a
// directory only the start can be sought; a device is always at its start.
func (h *File) Seek(off int64, whence int) (int64, error) {
	n, err := h.use(0)
	defer h.fs.mu.Unlock()
	if err != nil {
		return 0, err
	}
	base := int64(0)
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		base = h.off
	case io.SeekEnd:
		base = n.data.size
	default:
		return 0, EINVAL
	}
	if n.dev != NoDevice {
		return 0, nil
	}
	to := base + off
	if to < 0 || off > 0 && to < base || n.dir != nil && to != 0 {
		return 0, EINVAL
	}
	h.off = to
	return to, nil
}

// Truncate sets the size. A larger one is a hole, which counts.
func (h *File) Truncate(size int64) error {
	n, err := h.content(Write)
	defer h.fs.mu.Unlock()
	if err != nil {
		return err
	}
	if size < 0 {
		return EINVAL
	}
	return h.fs.resizeLocked(n, size)
}

// Allocate makes the file at least size bytes long.
func (h *File) Allocate(size int64) error {
	n, err := h.content(Write)
	defer h.fs.mu.Unlock()
	if err != nil || size <= n.data.size {
		return err
	}
	return h.fs.resizeLocked(n, size)
}

// Stat describes the open node.
func (h *File) Stat() (Stat, error) {
	n, err := h.use(0)
	defer h.fs.mu.Unlock()
	if err != nil {
		return Stat{}, err
	}
	return n.stat(), nil
}

// SetTimes sets the times in Unix nanoseconds. A nil one stays.
func (h *File) SetTimes(atime, mtime *int64) error {
	n, err := h.use(0)
	defer h.fs.mu.Unlock()
	if err != nil {
		return err
	}
	return n.setTimes(atime, mtime)
}

// SetAppend says whether each Write goes to the end.
func (h *File) SetAppend(on bool) error {
	_, err := h.use(0)
	defer h.fs.mu.Unlock()
	if err != nil {
		return err
	}
	h.flag &^= Append
	if on {
		h.flag |= Append
	}
	return nil
}

// Path returns where the file is now, or false when it is unlinked or closed.
func (h *File) Path() (string, bool) {
	n, err := h.use(0)
	defer h.fs.mu.Unlock()
	if err != nil {
		return "", false
	}
	return n.path()
}

// Offset returns the offset.
func (h *File) Offset() int64 {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	return h.off
}

// ReadDir calls yield for the entries from cookie on, "." and ".." first,
// until yield returns false. Cookie 0 is the start; others come from
// [Entry.Next] and stay true while entries come and go. yield must not call
// into the file system: it is locked.
func (h *File) ReadDir(cookie uint64, yield func(Entry) bool) error {
	n, err := h.use(0)
	defer h.fs.mu.Unlock()
	if err != nil {
		return err
	}
	if n.dir == nil {
		return ENOTDIR
	}
	if cookie == 0 && !yield(Entry{Name: ".", Ino: n.ino, Dir: true, Next: 1}) {
		return nil
	}
	if cookie <= 1 {
		up := n
		if n.parent != nil {
			up = n.parent
		}
		if !yield(Entry{Name: "..", Ino: up.ino, Dir: true, Next: firstSeq}) {
			return nil
		}
	}
	for _, s := range n.dir.from(cookie) {
		if s.n != nil && !yield(Entry{s.n.name, s.n.ino, s.n.dir != nil, s.n.dev, s.seq + 1}) {
			return nil
		}
	}
	return nil
}

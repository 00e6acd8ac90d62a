package memfs

// Clone returns a copy that starts with the same tree and limits. The two
// share the bytes of files until one of them writes, chunk by chunk. Open
// handles stay with f, and with them the files that are unlinked.
func (f *FS) Clone() *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	// From here on the chunks are of neither, so that both copy before they
	// write.
	f.own = new(epoch)
	g := &FS{now: f.now, limits: f.limits, inos: f.inos, own: new(epoch)}
	g.root = g.copyNode(f.root)
	return g
}

func (f *FS) copyNode(n *node) *node {
	c := &node{
		ino: n.ino, dev: n.dev, mode: n.mode, atime: n.atime, mtime: n.mtime, ro: n.ro, fixed: n.fixed,
		data: content{chunks: append([]chunk(nil), n.data.chunks...), size: n.data.size},
	}
	if !n.fixed {
		f.used.Inodes++
		f.used.Bytes += n.data.size
	}
	if n.dir == nil {
		return c
	}
	c.dir = &dir{next: firstSeq}
	for _, s := range n.dir.order {
		if s.n != nil {
			// With its number, so that a cookie means the same in both.
			c.dir.next = s.seq
			c.add(s.n.name, f.copyNode(s.n))
		}
	}
	c.dir.next = n.dir.next
	return c
}

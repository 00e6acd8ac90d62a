package memfs

import (
	"cmp"
	"io/fs"
	"slices"
	"sort"
	"strings"
)

// A node is a directory, a regular file or a device. It has one name at most: there are
// no links. The mutex of its FS guards it.
type node struct {
	ino    uint64
	parent *node  // nil for the root and for what is unlinked
	name   string // in parent
	seq    uint64 // place in parent
	dir    *dir   // nil for all but a directory
	dev    Device // NoDevice for all but a device
	data   content

	mode         fs.FileMode
	atime, mtime int64
	open         int  // handles
	ro           bool // nothing in it can change
	fixed        bool // laid out by the host: not counted, not removed, not renamed
	gone         bool // unlinked
}

// A dir holds the entries of a directory. Each entry has a number that only
// grows, so that a cookie stays true while entries come and go.
type dir struct {
	byName map[string]*node
	order  []slot // ascending by seq; removed entries have a nil node
	next   uint64
	dead   int // removed entries in order
	dirs   int // entries that are directories
}

type slot struct {
	seq uint64
	n   *node
}

// Cookies 0 and 1 stand for "." and "..".
const firstSeq = 2

// newNode returns a node that is in no directory and counts nowhere.
func (f *FS) newNode(isDir bool, mode fs.FileMode) *node {
	f.inos++
	t := f.now().UnixNano()
	n := &node{ino: f.inos, mode: mode & fs.ModePerm, atime: t, mtime: t}
	if isDir {
		n.dir = &dir{next: firstSeq}
	}
	return n
}

func (n *node) stat() Stat {
	s := Stat{
		Ino: n.ino, Dir: n.dir != nil, Device: n.dev, Size: n.data.size, Mode: n.mode,
		Atime: n.atime, Mtime: n.mtime, Nlink: 1,
	}
	if n.gone {
		s.Nlink = 0
	}
	return s
}

// depth counts the levels above n.
func (n *node) depth() int {
	d := 0
	for p := n.parent; p != nil; p = p.parent {
		d++
	}
	return d
}

// height counts the levels of directories and files below n.
func (n *node) height() int {
	if n.dir == nil || len(n.dir.byName) == 0 {
		return 0
	}
	if n.dir.dirs == 0 {
		return 1
	}
	h := 0
	for _, c := range n.dir.byName {
		h = max(h, c.height())
	}
	return h + 1
}

// path returns where n is, from the root; false when it is nowhere.
func (n *node) path() (string, bool) {
	if n.gone {
		return "", false
	}
	var names []string
	for ; n.parent != nil; n = n.parent {
		names = append(names, n.name)
	}
	slices.Reverse(names)
	return "/" + strings.Join(names, "/"), true
}

// add puts c under name, which must be free.
func (n *node) add(name string, c *node) {
	d := n.dir
	if d.byName == nil {
		d.byName = make(map[string]*node)
	}
	// The name may be part of a long path: do not keep that alive.
	c.name = strings.Clone(name)
	c.parent, c.seq = n, d.next
	d.byName[c.name] = c
	d.order = append(d.order, slot{c.seq, c})
	d.next++
	if c.dir != nil {
		d.dirs++
	}
}

// remove takes c out of its directory.
func (n *node) remove(c *node) {
	d := n.dir
	delete(d.byName, c.name)
	if i, ok := slices.BinarySearchFunc(d.order, c.seq, func(s slot, seq uint64) int {
		return cmp.Compare(s.seq, seq)
	}); ok {
		d.order[i].n = nil
		d.dead++
	}
	if c.dir != nil {
		d.dirs--
	}
	c.parent = nil
	// Maps and slices never shrink by themselves: a guest that fills and
	// empties one directory after another would keep the room of all of them.
	if d.dead > 16 && d.dead > len(d.byName) {
		d.compact()
	}
}

func (d *dir) compact() {
	order := make([]slot, 0, len(d.byName))
	byName := make(map[string]*node, len(d.byName))
	for _, s := range d.order {
		if s.n != nil {
			order = append(order, s)
			byName[s.n.name] = s.n
		}
	}
	d.order, d.byName, d.dead = order, byName, 0
}

// from returns the entries at and after a cookie; some may be removed ones.
func (d *dir) from(cookie uint64) []slot {
	i := sort.Search(len(d.order), func(i int) bool { return d.order[i].seq >= cookie })
	return d.order[i:]
}

// sorted returns the entries by name.
func (d *dir) sorted() []*node {
	l := make([]*node, 0, len(d.byName))
	for _, s := range d.order {
		if s.n != nil {
			l = append(l, s.n)
		}
	}
	slices.SortFunc(l, func(a, b *node) int { return strings.Compare(a.name, b.name) })
	return l
}

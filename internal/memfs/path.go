package memfs

import (
	"strings"
	"unicode/utf8"
)

// A route is a path taken apart, with "." and ".." already worked in.
type route struct {
	names []string
	up    int  // levels above the start, before names
	abs   bool // starts at the root
	dir   bool // must end at a directory: it had a slash or a dot at its end
	dots  bool // ended in "." or ".."
}

// parse takes p apart into room that the caller gives, so that a look-up does
// not allocate.
func parse(p string, room []string) (route, error) {
	if len(p) > MaxPath {
		return route{}, ENAMETOOLONG
	}
	if p == "" {
		return route{}, ENOENT
	}
	if strings.IndexByte(p, 0) >= 0 {
		return route{}, EINVAL
	}
	if !utf8.ValidString(p) {
		return route{}, EILSEQ
	}
	r := route{names: room[:0], abs: p[0] == '/'}
	for rest, more := p, true; more; {
		var name string
		name, rest, more = strings.Cut(rest, "/")
		r.dots = name == "." || name == ".." || name == "" && r.dots
		r.dir = name == "" || r.dots
		switch {
		case name == "" || name == ".":
		case name == ".." && len(r.names) > 0:
			r.names = r.names[:len(r.names)-1]
		case name == "..":
			r.up++
		case len(name) > MaxName || len(r.names) == MaxDepth:
			return route{}, ENAMETOOLONG
		default:
			r.names = append(r.names, name)
		}
	}
	return r, nil
}

// checkName says whether one name can stand in a directory.
func checkName(name string) error {
	switch {
	case len(name) > MaxName:
		return ENAMETOOLONG
	case name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00"):
		return EINVAL
	case !utf8.ValidString(name):
		return EILSEQ
	}
	return nil
}

// startLocked returns the node where a route begins. f.mu is held.
func (f *FS) startLocked(at *File, r *route) (*node, error) {
	n := f.root
	if at != nil && !r.abs {
		if at.fs != f {
			return nil, EXDEV
		}
		if at.n == nil {
			return nil, EBADF
		}
		n = at.n
	}
	if n.dir == nil {
		return nil, ENOTDIR
	}
	for range r.up {
		if n.gone {
			return nil, ENOENT
		}
		if n.parent == nil {
			break // the root is its own parent
		}
		n = n.parent
	}
	return n, nil
}

func step(n *node, name string) (*node, error) {
	if n.dir == nil {
		return nil, ENOTDIR
	}
	c := n.dir.byName[name]
	if c == nil {
		return nil, ENOENT
	}
	return c, nil
}

// findLocked returns the node at a path. f.mu is held.
func (f *FS) findLocked(at *File, p string) (*node, error) {
	var room [MaxDepth]string
	r, err := parse(p, room[:])
	if err != nil {
		return nil, err
	}
	n, err := f.startLocked(at, &r)
	if err != nil {
		return nil, err
	}
	for _, name := range r.names {
		if n, err = step(n, name); err != nil {
			return nil, err
		}
	}
	if r.dir && n.dir == nil {
		return nil, ENOTDIR
	}
	return n, nil
}

// A place is where a name stands or could stand.
type place struct {
	parent *node
	name   string // empty when the path is its own start: the root, or at
	n      *node  // nil when the name is free
	dir    bool   // the path says it is a directory
	dots   bool   // the path ended in "." or ".."
}

// placeLocked finds the place of the last name of a path, whose parent must
// exist. f.mu is held.
func (f *FS) placeLocked(at *File, p string) (place, error) {
	var room [MaxDepth]string
	r, err := parse(p, room[:])
	if err != nil {
		return place{}, err
	}
	n, err := f.startLocked(at, &r)
	if err != nil {
		return place{}, err
	}
	if len(r.names) == 0 {
		return place{parent: n.parent, n: n, dir: true, dots: r.dots}, nil
	}
	last := len(r.names) - 1
	for _, name := range r.names[:last] {
		if n, err = step(n, name); err != nil {
			return place{}, err
		}
	}
	if n.dir == nil {
		return place{}, ENOTDIR
	}
	q := place{parent: n, name: r.names[last], n: n.dir.byName[r.names[last]], dir: r.dir, dots: r.dots}
	if q.n != nil && q.n.dir == nil && q.dir {
		return place{}, ENOTDIR
	}
	return q, nil
}

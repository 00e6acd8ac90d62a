package memfs

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

func still() time.Time { return time.Unix(1, 0) }

func FuzzDecode(f *testing.F) {
	limits := Limits{Bytes: 1 << 20, Inodes: 100}
	layout := func() *FS {
		s := New(limits, still)
		if err := errors.Join(s.AddReadOnly("/lib/z", []byte("z")), s.AddDir("/w")); err != nil {
			f.Fatal(err)
		}
		return s
	}
	s := layout()
	if err := errors.Join(
		s.MkdirAll("/w/a/b"),
		s.WriteFile("/w/f", []byte("some bytes"), 0o644),
		s.WriteFile("/w/a/g", make([]byte, 70_000), 0o600),
	); err != nil {
		f.Fatal(err)
	}
	img, err := s.AppendBinary(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(img)
	f.Add([]byte(magic + "\x00\x00\x00"))
	// A file of 1 TiB, and one in the library.
	f.Add([]byte(magic + "\x00\x00\x01\x01x\x00\x00\x00\x80\x80\x80\x80\x80\x20\x00\x00"))
	f.Add([]byte(magic + "\x00\x00\x02\x03lib\x00\x00\x00\x01\x01x\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := layout()
		if s.Decode(bytes.NewReader(b)) != nil {
			return
		}
		check(t, s)
		if z, err := s.ReadFile("/lib/z", 10); string(z) != "z" || err != nil {
			t.Fatalf("read-only file = %q, %v", z, err)
		}
		img, err := s.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		again := layout()
		if err := again.Decode(bytes.NewReader(img)); err != nil {
			t.Fatalf("decode of our own image: %v", err)
		}
		if img2, _ := again.AppendBinary(nil); !bytes.Equal(img, img2) {
			t.Fatal("an image changed in a round trip")
		}
	})
}

// check compares what is counted with what is there, and holds the laws of
// the tree.
func check(t *testing.T, f *FS) {
	t.Helper()
	var got Usage
	var walk func(n *node, depth int)
	walk = func(n *node, depth int) {
		if depth > MaxDepth || n.depth() != depth {
			t.Fatalf("a node at depth %d says %d", depth, n.depth())
		}
		if !n.fixed {
			got.Inodes++
			got.Bytes += n.data.size
		}
		room := 0
		for _, k := range n.data.chunks {
			room += cap(k.b)
		}
		if !n.ro && int64(room) > 2*n.data.size+256 {
			t.Fatalf("%d bytes kept for a file of %d", room, n.data.size)
		}
		if n.dir == nil {
			return
		}
		if len(n.dir.order) > 2*len(n.dir.byName)+32 {
			t.Fatalf("%d places kept for %d entries", len(n.dir.order), len(n.dir.byName))
		}
		dirs := 0
		for name, c := range n.dir.byName {
			if c.name != name || c.parent != n || c.gone || checkName(name) != nil {
				t.Fatalf("entry %q is %q", name, c.name)
			}
			if c.dir != nil {
				dirs++
			}
			walk(c, depth+1)
		}
		if dirs != n.dir.dirs {
			t.Fatalf("%d directories, counted %d", dirs, n.dir.dirs)
		}
	}
	walk(f.root, 0)
	if got != f.used {
		t.Fatalf("counted %+v, there is %+v", f.used, got)
	}
	if f.used.Bytes > f.limits.Bytes || f.used.Inodes > f.limits.Inodes {
		t.Fatalf("%+v is over %+v", f.used, f.limits)
	}
}

// FuzzTree runs a program of calls on a few names and holds the laws of the
// tree after each.
func FuzzTree(f *testing.F) {
	f.Add([]byte("\x00\x00\x01\x01\x02\x02\x03\x10\x04\x21\x05\x30\x06\x01\x07\x00"))
	f.Add([]byte("\x01\x01\x01\x15\x05\x51\x05\x12\x06\x21\x00\x05\x02\x55\x07\x05"))
	names := []string{"/a", "/b", "/a/c", "/b/d", "/a/c/e", "/a/c/../f", "b/../..", "/ro/x"}
	f.Fuzz(func(t *testing.T, prog []byte) {
		s := New(Limits{Bytes: 200_000, Inodes: 12}, still)
		if err := s.AddReadOnly("/ro/x", []byte("x")); err != nil {
			t.Fatal(err)
		}
		for ; len(prog) >= 2; prog = prog[2:] {
			p, q := names[prog[1]%8], names[prog[1]/8%8]
			switch prog[0] % 8 {
			case 0:
				s.WriteFile(p, make([]byte, int(prog[1])<<9), 0o600)
			case 1:
				s.Mkdir(nil, p)
			case 2:
				if h, err := s.Open(nil, p, Read|Write|Create); err == nil {
					h.WriteAt([]byte("data"), int64(prog[1])<<10)
					h.Truncate(int64(prog[1]) << 8)
					h.Close()
				}
			case 3:
				s.RemoveFile(nil, p)
			case 4:
				s.RemoveDir(nil, p)
			case 5:
				s.Rename(nil, p, nil, q)
			case 6:
				s.RemoveAll(p)
			case 7:
				s = s.Clone()
			}
			check(t, s)
		}
	})
}

// FuzzContent compares a file, and a clone of it, with plain slices.
func FuzzContent(f *testing.F) {
	f.Add([]byte("\x00\xff\x10\x01\x80\x00\x02\x00\x00\x00\x40\x44\x01\x7f\x01\x00\xf0\xff"))
	f.Fuzz(func(t *testing.T, prog []byte) {
		const most = 300_000
		s := New(Limits{Bytes: most, Inodes: 9}, still)
		model := map[*FS][]byte{s: nil}
		for i := byte(1); len(prog) >= 3; prog, i = prog[3:], i+1 {
			at := (int(prog[1])<<8 | int(prog[2])) * 5 % most
			h, err := s.Open(nil, "/f", Read|Write|Create)
			if err != nil {
				t.Fatal(err)
			}
			m := model[s]
			switch prog[0] % 4 {
			case 0, 1:
				p := bytes.Repeat([]byte{i}, min(most-at, int(prog[0])*int(prog[0])*2))
				n, err := h.WriteAt(p, int64(at))
				if n != len(p) || err != nil {
					t.Fatalf("WriteAt(%d, %d) = %d, %v", len(p), at, n, err)
				}
				if end := at + len(p); len(p) > 0 && end > len(m) {
					m = append(m, make([]byte, end-len(m))...)
				}
				copy(m[min(at, len(m)):], p)
			case 2:
				if err := h.Truncate(int64(at)); err != nil {
					t.Fatal(err)
				}
				m = append(m[:min(at, len(m))], make([]byte, max(0, at-len(m)))...)
			case 3:
				if len(model) < 4 {
					c := s.Clone()
					model[c] = bytes.Clone(m)
					model[s] = m
					s, m = c, model[c]
				}
			}
			model[s] = m
			h.Close()
		}
		for s, m := range model {
			if b, err := s.ReadFile("/f", most); err == nil && !bytes.Equal(b, m) {
				t.Fatalf("content of %d bytes differs from the model's %d", len(b), len(m))
			}
			check(t, s)
		}
	})
}

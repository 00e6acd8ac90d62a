package wasi_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/caisson-dev/caisson/internal/memfs"
	"github.com/caisson-dev/caisson/internal/wasi"
)

func TestAStateComesBack(t *testing.T) {
	mono := time.Duration(0)
	clock := func() time.Duration { return mono }
	g := newGuest(t, wasi.Config{Monotonic: clock})
	kept := g.open("kept", create, rightsAll, 1)
	g.mustWrite(kept, "123456")
	g.do("fd_seek", kept, 2, 0, resAt)
	lost := g.open("lost", create, rightsAll, 0)
	p, n := g.path(pathAt, "lost")
	g.do("path_unlink_file", 3, p, n)
	r, w := g.pipe()
	p, n = g.path(pathAt, "d")
	g.do("path_create_directory", 3, p, n)
	dir := g.open("d", dirOnly, rightsAll, 0)
	g.do("fd_renumber", 1, 12)
	mono = time.Minute + time.Second
	state := g.p.AppendState([]byte("x"))[1:]

	var out bytes.Buffer
	h := newGuest(t, wasi.Config{FS: g.fs.Clone(), Stdio: wasi.Stdio{Out: func(p []byte) error {
		out.Write(p)
		return nil
	}}, Monotonic: func() time.Duration { return time.Hour }})
	if err := h.p.RestoreState(state); err != nil {
		t.Fatal(err)
	}
	h.mustRead(kept, 2, "34")
	h.mustWrite(kept, "78") // still appends
	if b, _ := h.fs.ReadFile("/kept", 100); string(b) != "12345678" {
		t.Errorf("content = %q", b)
	}
	h.mustWrite(12, "renumbered")
	if out.String() != "renumbered" {
		t.Errorf("stdout = %q", out.String())
	}
	h.want(wasi.EBADF, "fd_filestat_get", 1, bufAt)
	p, n = h.path(pathAt, "in")
	h.do("path_create_directory", dir, p, n)
	for _, fd := range []uint64{lost, r, w} {
		h.want(wasi.EBADF, "fd_filestat_get", fd, bufAt)
		h.want(wasi.EBADF, "fd_fdstat_get", fd, bufAt)
		if _, e := h.read(fd, 1); e != wasi.EBADF {
			t.Errorf("read of lost descriptor %d = %v", fd, e)
		}
	}
	if fd := h.open("new", create, rightsAll, 0); fd == lost || fd == r || fd == w {
		t.Errorf("lost descriptor %d was given to another file", fd)
	}
	h.do("fd_close", lost)
	h.do("clock_time_get", 1, 0, resAt)
	if now := time.Duration(le.Uint64(h.mem[resAt:])); now != time.Minute+time.Second {
		t.Errorf("monotonic clock = %v, want 1m1s", now)
	}
	h.p.SetStdio(wasi.Stdio{})
	h.do("fd_filestat_get", 1, bufAt)
}

func TestABadStateChangesNothing(t *testing.T) {
	g := newGuest(t, wasi.Config{})
	fd := g.open("f", create, rightsAll, 0)
	g.mustWrite(fd, "abc")
	state := g.p.AppendState(nil)
	for i := range state {
		if err := g.p.RestoreState(state[:i]); !errors.Is(err, wasi.ErrState) {
			t.Fatalf("RestoreState of %d bytes = %v", i, err)
		}
	}
	if err := g.p.RestoreState(append(bytes.Clone(state), 0)); !errors.Is(err, wasi.ErrState) {
		t.Errorf("RestoreState with a tail = %v", err)
	}
	small, err := wasi.New(wasi.Config{FS: g.fs})
	if err != nil {
		t.Fatal(err)
	}
	if err := small.RestoreState(state); !errors.Is(err, wasi.ErrState) {
		t.Errorf("RestoreState over the limit of descriptors = %v", err)
	}
	g.mustWrite(fd, "d")
	if b, _ := g.fs.ReadFile("/f", 10); string(b) != "abcd" {
		t.Errorf("content = %q", b)
	}
	if err := g.fs.RemoveFile(nil, "/f"); err != nil {
		t.Fatal(err)
	}
	if err := g.p.RestoreState(state); err != nil {
		t.Fatal(err)
	}
	g.want(wasi.EBADF, "fd_sync", fd)
	if u := g.fs.Usage(); u != (memfs.Usage{}) {
		t.Errorf("Usage() = %+v: a handle was left open", u)
	}
}

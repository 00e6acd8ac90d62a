package wasi_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/caisson-dev/caisson/internal/memfs"
	"github.com/caisson-dev/caisson/internal/wasi"
)

// withDevices returns files with devices, under the names that they have.
func withDevices(t *testing.T) *memfs.FS {
	t.Helper()
	f := memfs.New(memfs.Limits{Bytes: 1 << 10, Inodes: 10}, nil)
	for name, d := range map[string]memfs.Device{
		"null": memfs.DevNull, "zero": memfs.DevZero, "random": memfs.DevRandom,
		"stdin": memfs.DevStdin, "stdout": memfs.DevStdout, "stderr": memfs.DevStderr,
	} {
		if err := f.AddDevice("/dev/"+name, d); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// sevens is randomness that a test knows.
type sevens struct{}

func (sevens) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte{7}, len(p))), nil }

// words is a stdin that says the same each time.
type words string

func (w words) Read(_ context.Context, p []byte) (int, error) { return copy(p, w), nil }

func TestDevicesReadAsTheyAre(t *testing.T) {
	g := newGuest(t, wasi.Config{FS: withDevices(t), Random: sevens{}})
	for name, want := range map[string]string{"null": "", "zero": "\x00\x00\x00", "random": "\x07\x07\x07"} {
		fd := g.open("dev/"+name, create|truncate, rightsAll, 0)
		copy(g.mem[bufAt:], "xxx")
		g.mustRead(fd, 3, want)
		g.mustWrite(fd, strings.Repeat("much", 1000)) // more than the quota
		g.mustRead(fd, 3, want)
		v, k := g.vector(3)
		g.do("fd_pread", fd, v, k, 1<<40, resAt)
		if n := le.Uint32(g.mem[resAt:]); int(n) != len(want) {
			t.Errorf("fd_pread of %s gives %d bytes, want %d", name, n, len(want))
		}
		g.do("fd_seek", fd, 7, 0, resAt)
		if at := le.Uint64(g.mem[resAt:]); at != 0 {
			t.Errorf("fd_seek of %s = %d, want its start", name, at)
		}
		g.want(errno(memfs.EINVAL), "fd_filestat_set_size", fd, 10)
		g.do("fd_fdstat_get", fd, bufAt)
		// What cannot be sought a guest takes for a terminal.
		if typ, rights := g.mem[bufAt], le.Uint64(g.mem[bufAt+8:]); typ != 2 || rights&(1<<2|1<<5) != 1<<2|1<<5 {
			t.Errorf("%s is of type %d with rights %#x, want a character device that can be sought", name, typ, rights)
		}
		g.do("fd_close", fd)
		p, n := g.path(pathAt, "dev/"+name)
		g.do("path_filestat_get", 3, 1, p, n, bufAt)
		if typ, size := g.mem[bufAt+16], le.Uint64(g.mem[bufAt+32:]); typ != 2 || size != 0 {
			t.Errorf("%s has type %d and size %d, want 2, 0", name, typ, size)
		}
		g.want(errno(memfs.EROFS), "path_unlink_file", 3, p, n)
	}
	if u := g.fs.Usage(); u != (memfs.Usage{}) {
		t.Errorf("Usage = %+v: a device counts", u)
	}
	fd := g.open("dev/null", 0, rightsRead, 0)
	if _, e := g.write(fd, "x"); e != wasi.EBADF {
		t.Errorf("write without the right = %v", e)
	}
	dir := g.open("dev", dirOnly, rightsAll, 0)
	g.do("fd_readdir", dir, bufAt, 1000, 2, resAt)
	if typ := g.mem[bufAt+20]; typ != 2 {
		t.Errorf("fd_readdir says type %d, want 2", typ)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	fd = g.open("dev/random", 0, rightsRead, 0)
	v, k := g.vector(3)
	if e := g.tryCtx(ended, "fd_read", fd, v, k, resAt); e != wasi.EINTR {
		t.Errorf("fd_read of randomness when it is over = %v, want EINTR", e)
	}
}

func TestStreamsOpenByName(t *testing.T) {
	var out, errs bytes.Buffer
	g := newGuest(t, wasi.Config{FS: withDevices(t), Stdio: wasi.Stdio{
		In:  words("said"),
		Out: func(p []byte) error { out.Write(p); return nil },
		Err: func(p []byte) error { errs.Write(p); return nil },
	}})
	in := g.open("dev/stdin", 0, rightsAll, 0)
	g.mustRead(in, 9, "said")
	if _, e := g.write(in, "x"); e != wasi.EBADF {
		t.Errorf("write to stdin = %v, want EBADF", e)
	}
	fd := g.open("dev/stdout", create|truncate, rightsWrite, 0)
	g.mustWrite(fd, "out")
	g.do("fd_close", fd)
	fd = g.open("dev/stderr", create, rightsAll, 1)
	g.mustWrite(fd, "err")
	if _, e := g.read(fd, 1); e != wasi.EBADF {
		t.Errorf("read of stderr = %v, want EBADF", e)
	}
	g.mustWrite(1, "!") // open as ever
	if out.String() != "out!" || errs.String() != "err" {
		t.Errorf("stdout %q, stderr %q", out.String(), errs.String())
	}
}

func TestDevicesComeBackWithAState(t *testing.T) {
	files := withDevices(t)
	g := newGuest(t, wasi.Config{FS: files})
	zero := g.open("dev/zero", 0, rightsAll, 0)
	random := g.open("dev/random", 0, rightsRead, 0)
	stdout := g.open("dev/stdout", 0, rightsWrite, 0)
	g.mustRead(zero, 2, "\x00\x00")

	var out bytes.Buffer
	h := newGuest(t, wasi.Config{FS: files.Clone(), Random: sevens{}, Stdio: wasi.Stdio{Out: func(p []byte) error {
		out.Write(p)
		return nil
	}}})
	if err := h.p.RestoreState(g.p.AppendState(nil)); err != nil {
		t.Fatal(err)
	}
	copy(h.mem[bufAt:], "xx")
	h.mustRead(zero, 2, "\x00\x00")
	h.mustRead(random, 2, "\x07\x07")
	h.mustWrite(stdout, "out")
	if _, e := h.write(random, "x"); e != wasi.EBADF || out.String() != "out" {
		t.Errorf("write without the right = %v; stdout %q", e, out.String())
	}
}

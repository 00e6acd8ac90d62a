package wasi_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/caisson-dev/caisson/internal/memfs"
	"github.com/caisson-dev/caisson/internal/wasi"
)

var le = binary.LittleEndian

// A guest calls functions as a module would: over a memory.
type guest struct {
	t    *testing.T
	p    *wasi.Process
	fs   *memfs.FS
	mem  []byte
	defs map[string]wasi.Def
}

// What a test keeps where in the guest's memory.
const (
	resAt  = 16   // results
	iovAt  = 64   // vectors
	pathAt = 1024 // a path
	nameAt = 2048 // another
	bufAt  = 4096 // data
)

func newGuest(t *testing.T, c wasi.Config) *guest {
	t.Helper()
	if c.FS == nil {
		c.FS = memfs.New(memfs.Limits{Bytes: 1 << 20, Inodes: 100}, nil)
	}
	if c.MaxFiles == 0 {
		c.MaxFiles = 16
	}
	p, err := wasi.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return &guest{t, p, c.FS, make([]byte, 128<<10), allDefs()}
}

func allDefs() map[string]wasi.Def {
	m := map[string]wasi.Def{}
	for _, d := range append(wasi.Funcs(), wasi.PipeDef()) {
		m[d.Name] = d
	}
	return m
}

func (g *guest) try(name string, args ...uint64) wasi.Errno {
	g.t.Helper()
	return g.tryCtx(g.t.Context(), name, args...)
}

func (g *guest) tryCtx(ctx context.Context, name string, args ...uint64) wasi.Errno {
	g.t.Helper()
	d, ok := g.defs[name]
	if !ok || len(args) != len(d.Params) {
		g.t.Fatalf("%s with %d arguments is not a function", name, len(args))
	}
	e, err := d.Call(ctx, g.p, g.mem, args)
	if err != nil {
		g.t.Fatalf("%s: %v", name, err)
	}
	return e
}

func (g *guest) do(name string, args ...uint64) {
	g.t.Helper()
	g.want(wasi.OK, name, args...)
}

func (g *guest) want(want wasi.Errno, name string, args ...uint64) {
	g.t.Helper()
	if e := g.try(name, args...); e != want {
		g.t.Errorf("%s%v = %v, want %v", name, args, e, want)
	}
}

func (g *guest) path(at int, s string) (uint64, uint64) {
	copy(g.mem[at:], s)
	return uint64(at), uint64(len(s))
}

const (
	rightsRead  = 1 << 1
	rightsWrite = 1 << 6
	rightsAll   = 1<<30 - 1

	create   = 1
	dirOnly  = 2
	excl     = 4
	truncate = 8
)

func (g *guest) open(path string, oflags, rights, fdflags uint64) uint64 {
	g.t.Helper()
	p, n := g.path(pathAt, path)
	g.do("path_open", 3, 0, p, n, oflags, rights, rightsAll, fdflags, resAt)
	return uint64(le.Uint32(g.mem[resAt:]))
}

// vector puts one buffer of n bytes at bufAt into the vector at iovAt.
func (g *guest) vector(n int) (uint64, uint64) {
	le.PutUint32(g.mem[iovAt:], bufAt)
	le.PutUint32(g.mem[iovAt+4:], uint32(n))
	return iovAt, 1
}

func (g *guest) write(fd uint64, s string) (int, wasi.Errno) {
	g.t.Helper()
	copy(g.mem[bufAt:], s)
	v, k := g.vector(len(s))
	e := g.try("fd_write", fd, v, k, resAt)
	if e != wasi.OK {
		return 0, e
	}
	return int(le.Uint32(g.mem[resAt:])), e
}

func (g *guest) read(fd uint64, n int) (string, wasi.Errno) {
	g.t.Helper()
	v, k := g.vector(n)
	e := g.try("fd_read", fd, v, k, resAt)
	if e != wasi.OK {
		return "", e
	}
	return string(g.mem[bufAt:][:le.Uint32(g.mem[resAt:])]), e
}

func (g *guest) mustRead(fd uint64, n int, want string) {
	g.t.Helper()
	if s, e := g.read(fd, n); s != want || e != wasi.OK {
		g.t.Errorf("read of %d = %q, %v, want %q", fd, s, e, want)
	}
}

func (g *guest) mustWrite(fd uint64, s string) {
	g.t.Helper()
	if n, e := g.write(fd, s); n != len(s) || e != wasi.OK {
		g.t.Errorf("write of %q to %d = %d, %v", s, fd, n, e)
	}
}

func (g *guest) pipe() (r, w uint64) {
	g.t.Helper()
	g.do("pipe", resAt)
	return uint64(le.Uint32(g.mem[resAt:])), uint64(le.Uint32(g.mem[resAt+4:]))
}

// input gives its strings one a read, then what err says.
type input struct {
	parts []string
	err   error
}

func (in *input) Read(_ context.Context, p []byte) (int, error) {
	if len(in.parts) == 0 {
		return 0, in.err
	}
	n := copy(p, in.parts[0])
	in.parts[0] = in.parts[0][n:]
	if in.parts[0] == "" {
		in.parts = in.parts[1:]
	}
	return n, nil
}

func TestAll46FunctionsAreThere(t *testing.T) {
	if n := len(wasi.Funcs()); n != 46 {
		t.Errorf("%d functions, want 46", n)
	}
	if n := len(allDefs()); n != 47 {
		t.Errorf("%d names, want 47", n)
	}
	for _, d := range wasi.Funcs() {
		if (len(d.Results) == 0) != (d.Name == "proc_exit") {
			t.Errorf("%s has %d results", d.Name, len(d.Results))
		}
	}
}

func TestNewRefusesNoFileSystem(t *testing.T) {
	if _, err := wasi.New(wasi.Config{}); err == nil {
		t.Error("New made a process without files")
	}
}

func TestExitEndsTheGuest(t *testing.T) {
	g := newGuest(t, wasi.Config{})
	_, err := g.defs["proc_exit"].Call(t.Context(), g.p, g.mem, []uint64{42})
	if exit, ok := errors.AsType[wasi.Exit](err); !ok || exit.Code != 42 {
		t.Errorf("proc_exit = %v, want exit 42", err)
	}
	g.do("sched_yield") // the process itself still answers
}

func TestThereAreNoArgumentsAndNoEnvironment(t *testing.T) {
	g := newGuest(t, wasi.Config{})
	for _, name := range []string{"args", "environ"} {
		le.PutUint64(g.mem, ^uint64(0))
		g.do(name+"_sizes_get", 0, 4)
		if n, b := le.Uint32(g.mem), le.Uint32(g.mem[4:]); n != 0 || b != 0 {
			t.Errorf("%s_sizes_get = %d, %d, want none", name, n, b)
		}
		g.do(name+"_get", 0, bufAt)
		g.want(wasi.EFAULT, name+"_sizes_get", 0, uint64(len(g.mem)-3))
	}
}

func TestStandardStreams(t *testing.T) {
	var out, errs []byte
	g := newGuest(t, wasi.Config{Stdio: wasi.Stdio{
		In:  &input{parts: []string{"hello", "more"}, err: io.EOF},
		Out: func(p []byte) error { out = append(out, p...); return nil },
		Err: func(p []byte) error { errs = append(errs, p...); return nil },
	}})
	g.mustWrite(1, "to out")
	g.mustWrite(2, "to err")
	if string(out) != "to out" || string(errs) != "to err" {
		t.Errorf("out = %q, err = %q", out, errs)
	}
	// A vector of two: the second buffer must not wait for more input.
	le.PutUint32(g.mem[iovAt:], bufAt)
	le.PutUint32(g.mem[iovAt+4:], 5)
	le.PutUint32(g.mem[iovAt+8:], bufAt+5)
	le.PutUint32(g.mem[iovAt+12:], 100)
	g.do("fd_read", 0, iovAt, 2, resAt)
	if n := le.Uint32(g.mem[resAt:]); n != 5 {
		t.Errorf("read %d bytes, want 5", n)
	}
	g.mustRead(0, 100, "more")
	g.mustRead(0, 100, "")
	if _, e := g.read(1, 1); e != wasi.EBADF {
		t.Errorf("read of stdout = %v", e)
	}
	if _, e := g.write(0, "x"); e != wasi.EBADF {
		t.Errorf("write to stdin = %v", e)
	}
	g.want(wasi.ESPIPE, "fd_seek", 1, 0, 0, resAt)
	g.want(wasi.ESPIPE, "fd_pread", 0, iovAt, 0, 0, resAt)
	g.want(wasi.ENOTDIR, "fd_readdir", 0, bufAt, 100, 0, resAt)
	g.do("fd_filestat_get", 1, bufAt)
}

func TestAFailedStreamStaysFailed(t *testing.T) {
	full := errors.New("full")
	calls := 0
	g := newGuest(t, wasi.Config{Stdio: wasi.Stdio{
		In:  &input{err: io.ErrUnexpectedEOF},
		Out: func([]byte) error { calls++; return full },
		Err: func([]byte) error { return io.ErrClosedPipe },
	}})
	for range 2 {
		if _, e := g.write(1, "x"); e != wasi.EIO {
			t.Errorf("write = %v, want EIO", e)
		}
	}
	if calls != 1 {
		t.Errorf("%d calls, want 1", calls)
	}
	if _, e := g.write(2, "x"); e != wasi.EPIPE {
		t.Errorf("write to a closed stream = %v, want EPIPE", e)
	}
	if _, e := g.read(0, 1); e != wasi.EIO {
		t.Errorf("failed read = %v, want EIO", e)
	}
	g.do("fd_close", 1)
	g.p.SetStdio(wasi.Stdio{})
	g.mustWrite(1, "discarded") // what it failed with is forgotten
	g.mustRead(0, 1, "")
}

func TestStdinEndsWithItsContext(t *testing.T) {
	g := newGuest(t, wasi.Config{Stdio: wasi.Stdio{In: waiter{}}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v, k := g.vector(10)
	if e := g.tryCtx(ctx, "fd_read", 0, v, k, resAt); e != wasi.EINTR {
		t.Errorf("fd_read = %v, want EINTR", e)
	}
}

type waiter struct{}

func (waiter) Read(ctx context.Context, _ []byte) (int, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

func TestClocks(t *testing.T) {
	mono := time.Duration(5000)
	g := newGuest(t, wasi.Config{
		Realtime:  func() time.Time { return time.Unix(7, 1234) },
		Monotonic: func() time.Duration { return mono },
	})
	mono += time.Hour
	for id, want := range []uint64{7_000_001_000, uint64(time.Hour)} {
		g.do("clock_time_get", uint64(id), 1, resAt)
		if got := le.Uint64(g.mem[resAt:]); got != want {
			t.Errorf("clock %d = %d, want %d", id, got, want)
		}
		g.do("clock_res_get", uint64(id), resAt)
		if got := le.Uint64(g.mem[resAt:]); got != 1000 {
			t.Errorf("resolution of clock %d = %d", id, got)
		}
	}
	mono += time.Second
	g.do("clock_time_get", 1, 1, resAt)
	if got := le.Uint64(g.mem[resAt:]); got != uint64(time.Hour+time.Second) {
		t.Errorf("monotonic clock = %d", got)
	}
	g.want(wasi.EINVAL, "clock_time_get", 2, 1, resAt)
	g.want(wasi.EINVAL, "clock_time_get", 1<<32-1, 1, resAt)
	c := newGuest(t, wasi.Config{CPU: func() time.Duration { return 3 * time.Microsecond }})
	c.do("clock_time_get", 3, 1, resAt)
	if got := le.Uint64(c.mem[resAt:]); got != 3000 {
		t.Errorf("CPU clock = %d", got)
	}
}

func TestRandomFillsTheWholeBuffer(t *testing.T) {
	g := newGuest(t, wasi.Config{})
	g.do("random_get", 0, uint64(len(g.mem)))
	zeros := 0
	for _, b := range g.mem[len(g.mem)-1000:] {
		if b == 0 {
			zeros++
		}
	}
	if zeros > 100 {
		t.Errorf("%d of the last 1000 bytes are zero", zeros)
	}
	g.want(wasi.EFAULT, "random_get", 1, uint64(len(g.mem)))
	broken := newGuest(t, wasi.Config{Random: &io.LimitedReader{}})
	broken.want(wasi.EIO, "random_get", 0, 8)
}

func TestHotCallsDoNotAllocate(t *testing.T) {
	n := 0
	g := newGuest(t, wasi.Config{
		Stdio:     wasi.Stdio{Out: func(p []byte) error { n += len(p); return nil }},
		Monotonic: func() time.Duration { return 0 },
	})
	v, k := g.vector(100)
	fd := g.open("f", create, rightsAll, 0)
	fd2 := g.open("f", 0, rightsAll, 0)
	for name, args := range map[string][]uint64{
		"fd_write":       {1, v, k, resAt},
		"fd_read":        {fd, v, k, resAt},
		"fd_seek":        {fd2, 0, 0, resAt},
		"clock_time_get": {1, 0, resAt},
		"random_get":     {bufAt, 16},
	} {
		d, ctx := g.defs[name], t.Context()
		if a := testing.AllocsPerRun(100, func() { d.Call(ctx, g.p, g.mem, args) }); a != 0 {
			t.Errorf("%s allocates %v times", name, a)
		}
	}
	if n == 0 {
		t.Error("fd_write wrote nothing")
	}
}

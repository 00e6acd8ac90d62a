package wasi_test

import (
	"bytes"
	"context"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/caisson-dev/caisson/internal/memfs"
	"github.com/caisson-dev/caisson/internal/wasi"
)

// FuzzCalls runs a program of calls of every function with the program's own
// bytes as memory and arguments. Nothing may panic, escape the limits or
// allocate beyond them.
func FuzzCalls(f *testing.F) {
	f.Add([]byte("\x10\x00\x00\x00\x00\x00\x00\x00\x01\x03"), []byte("a/b"))
	f.Add(bytes.Repeat([]byte("\x1f\x03\x00\x20\x03\x01\x40\x40\x00\x10\x26\x04\x10\x01\x08"), 4), []byte("x\x00\x00\x00\x08\x00\x00\x00file/../.."))
	f.Add(bytes.Repeat([]byte("\x2e\x08\x1a\x04\x10\x01\x08\x15\x05\x10\x01\x08\x16\x04"), 4), bytes.Repeat([]byte{16, 0, 0, 0}, 64))
	defs := append(wasi.Funcs(), wasi.PipeDef())
	limits := memfs.Limits{Bytes: 100_000, Inodes: 20}
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // nothing may wait
	f.Fuzz(func(t *testing.T, prog, data []byte) {
		fsys := memfs.New(limits, time.Now)
		if err := fsys.AddReadOnly("/lib/z", []byte("library")); err != nil {
			t.Fatal(err)
		}
		p, err := wasi.New(wasi.Config{FS: fsys, MaxFiles: 12})
		if err != nil {
			t.Fatal(err)
		}
		mem := make([]byte, 4096)
		guard := []byte("GUARD")
		mem = append(mem, guard...)[:4096]
		copy(mem, data)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		calls := 0
		for ; len(prog) > 0 && calls < 200; calls++ {
			d := defs[int(prog[0])%len(defs)]
			prog = prog[1:]
			args := make([]uint64, len(d.Params))
			for i, typ := range d.Params {
				if len(prog) == 0 {
					break
				}
				args[i] = argument(prog[0], typ)
				prog = prog[1:]
			}
			d.Call(ctx, p, mem, args)
			if n := p.OpenFiles(); n > 12 {
				t.Fatalf("%d descriptors after %s", n, d.Name)
			}
			if u := fsys.Usage(); u.Bytes > limits.Bytes || u.Inodes > limits.Inodes {
				t.Fatalf("%+v after %s", u, d.Name)
			}
		}
		runtime.ReadMemStats(&after)
		if got, most := after.TotalAlloc-before.TotalAlloc, uint64(1<<20+calls*300_000); got > most {
			t.Fatalf("%d calls allocated %d bytes", calls, got)
		}
		if !bytes.Equal(mem[:4096+len(guard)][4096:], guard) {
			t.Fatal("a call wrote past the memory")
		}
		if b, err := fsys.ReadFile("/lib/z", 100); string(b) != "library" || err != nil {
			t.Fatalf("read-only file = %q, %v", b, err)
		}
		state := p.AppendState(nil)
		if err := p.RestoreState(state); err != nil {
			t.Fatalf("restore of our own state: %v", err)
		}
		p.Close()
		if err := empty(fsys); err != nil {
			t.Fatal(err)
		}
		if u := fsys.Usage(); u != (memfs.Usage{}) {
			t.Fatalf("%+v is left after everything was closed and removed", u)
		}
	})
}

// empty removes all that the guest made.
func empty(fsys *memfs.FS) error {
	var made []string
	err := fsys.Walk("/", func(path string, s memfs.Stat) error {
		made = append(made, path)
		return nil
	})
	for _, path := range slices.Backward(made) {
		if fsys.RemoveFile(nil, path) != nil {
			fsys.RemoveDir(nil, path) // fails for what the host laid out
		}
	}
	return err
}

// argument spreads a byte over what a guest could pass: small numbers, sane
// pointers, and the ends of every range.
func argument(b, typ byte) uint64 {
	switch {
	case b < 0xc0:
		if b < 0x40 {
			return uint64(b)
		}
		return uint64(b-0x40) * 32
	case b < 0xe0:
		return 4096 - uint64(b&0x1f)
	case typ == wasi.I32:
		return uint64(b)<<32 | (1<<32 - 1 - uint64(b&0x1f)*8)
	case b < 0xf0:
		return 1<<63 - 1 - uint64(b&0xf)
	}
	return ^uint64(0) >> (b & 0xf)
}

func FuzzRestoreState(f *testing.F) {
	open := func() *wasi.Process {
		fsys := memfs.New(memfs.Limits{Bytes: 1000, Inodes: 10}, nil)
		if err := fsys.WriteFile("/f", []byte("content"), 0o600); err != nil {
			f.Fatal(err)
		}
		p, err := wasi.New(wasi.Config{FS: fsys, MaxFiles: 20, Monotonic: func() time.Duration { return 0 }})
		if err != nil {
			f.Fatal(err)
		}
		return p
	}
	f.Add(open().AppendState(nil))
	f.Add([]byte("\x01\x00\x05\x02\x01\x42\x00\x03\x02/f\x07\x04\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p := open()
		if p.RestoreState(b) != nil {
			if p.OpenFiles() != 4 {
				t.Fatal("a refused state changed the descriptors")
			}
			return
		}
		if n := p.OpenFiles(); n > 20 {
			t.Fatalf("%d descriptors", n)
		}
		state := p.AppendState(nil)
		if err := p.RestoreState(state); err != nil {
			t.Fatalf("restore of our own state: %v", err)
		}
		if again := p.AppendState(nil); !bytes.Equal(state, again) {
			t.Fatalf("a state changed in a round trip:\n%x\n%x", state, again)
		}
	})
}

package wasm_test

import (
	"bytes"
	"testing"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
)

// used returns a Python session that has variables, and its state.
func used(b *testing.B) (backend.Backend, backend.Snapshotter, []byte) {
	b.Helper()
	on := pythonBackend(b)
	p := openPython(b, on, pythonSpec())
	if s := p.cell("x = 1"); s.ExitCode != 0 {
		b.Fatalf("a cell wrote %q", s.both)
	}
	s, _ := backend.As[backend.Snapshotter](p.Instance)
	var state bytes.Buffer
	if err := s.Snapshot(b.Context(), &state); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(state.Len()))
	return on, s, state.Bytes()
}

func BenchmarkSnapshot(b *testing.B) {
	_, s, _ := used(b)
	var state bytes.Buffer
	for b.Loop() {
		state.Reset()
		if err := s.Snapshot(b.Context(), &state); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRestore(b *testing.B) {
	on, _, state := used(b)
	for b.Loop() {
		in, err := on.(backend.Restorer).Restore(b.Context(), pythonSpec(), bytes.NewReader(state))
		if err != nil {
			b.Fatal(err)
		}
		if err := in.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFork(b *testing.B) {
	_, s, _ := used(b)
	for b.Loop() {
		in, err := s.Fork(b.Context(), pythonSpec())
		if err != nil {
			b.Fatal(err)
		}
		if err := in.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCell is one small cell in a live sandbox, seen from outside its
// worker.
func BenchmarkCell(b *testing.B) {
	be := open(b)
	for _, l := range languages(b) {
		b.Run(l.Runtime, func(b *testing.B) {
			in, err := be.Create(b.Context(), spec("bench", l))
			if err != nil {
				b.Fatal(err)
			}
			defer in.Close()
			for b.Loop() {
				out, err := in.Exec(b.Context(), backend.Cmd{Code: l.Set, Show: true})
				if err != nil || out.Status != caisson.Exited {
					b.Fatalf("Exec = %v, %v", out, err)
				}
			}
		})
	}
}

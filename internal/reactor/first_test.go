package reactor

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/guest"
)

// What a small program and a small cell are in each language.
var tiny = map[string]struct{ program, cell string }{
	"python":     {"print(1)", "x = 1"},
	"javascript": {"console.log(1)", "x = 1"},
	"shell":      {"echo 1", "x=1"},
}

// bundled loads one of the guests that the program carries.
func bundled(b *testing.B, name string) *Program {
	b.Helper()
	all, err := guest.Bundles()
	if err != nil {
		b.Skip(err)
	}
	bundle, dir := all[name], b.TempDir()
	if err := bundle.Unpack(dir); err != nil {
		b.Fatal(err)
	}
	read := func(file string) []byte {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			b.Fatal(err)
		}
		return data
	}
	f := Frozen{
		Module: read(guest.ModuleFile), Stub: read(guest.StubFile),
		Mutable: bundle.Mutable, Values: bundle.Values, Interrupt: bundle.Flags,
	}
	f.Image = read(guest.ImageFile)
	compiled(b, dir, f)
	s := source(b, f, dir)
	s.Name, s.Reserve, s.Lib = name, 256<<20, nil
	for i, path := range bundle.Lib {
		s.Lib = append(s.Lib, LibFile{Path: path, Data: read(guest.LibFile(i))})
	}
	p, err := Load(b.Context(), s)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { p.Close(b.Context()) })
	return p
}

func opened(b *testing.B, in *Instance) *Instance {
	b.Helper()
	if err := in.Open(Limits{Memory: 256 << 20, Disk: 1 << 20, Inodes: 100, OpenFiles: 10}); err != nil {
		b.Fatal(err)
	}
	return in
}

// ask runs one request that must end well.
func ask(b *testing.B, in *Instance, r guest.Request) {
	b.Helper()
	request, err := r.Encode()
	if err != nil {
		b.Fatal(err)
	}
	out, err := in.Exec(b.Context(), Call{Request: request, Wall: time.Minute, CPU: time.Minute, Grace: time.Second})
	if err != nil || out.Status != caisson.Exited || out.ExitCode != 0 {
		b.Fatalf("%q: %+v, %v", r.Code, out, err)
	}
}

// BenchmarkFirst runs the first program of a copy: of a new one, which faults
// in each page that it writes, and of one that was made new again.
func BenchmarkFirst(b *testing.B) {
	for name, code := range tiny {
		p := bundled(b, name)
		request := guest.Request{Code: code.program, Fresh: true, Script: true}
		b.Run(name+"/new", func(b *testing.B) {
			var written int
			for b.Loop() {
				b.StopTimer()
				in, err := p.New(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				opened(b, in)
				b.StartTimer()
				ask(b, in, request)
				b.StopTimer()
				pages, err := in.memory.written(p.pagemap)
				if err != nil {
					b.Fatal(err)
				}
				written = len(pages)
				in.Close()
				b.StartTimer()
			}
			b.ReportMetric(float64(written), "pages")
		})
		b.Run(name+"/reset", func(b *testing.B) {
			in, err := p.New(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			defer in.Close()
			var reset time.Duration
			for b.Loop() {
				b.StopTimer()
				opened(b, in)
				b.StartTimer()
				ask(b, in, request)
				b.StopTimer()
				begin := time.Now()
				if !in.Fresh() || in.Reset() != nil {
					b.Fatal("a small program leaves a copy that cannot be made new again")
				}
				reset += time.Since(begin)
				b.StartTimer()
			}
			b.ReportMetric(float64(reset.Nanoseconds())/float64(b.N), "reset-ns/op")
		})
	}
}

// BenchmarkCell runs a statement in a live session, which shows its value where
// it has one.
func BenchmarkCell(b *testing.B) {
	for name, code := range tiny {
		p := bundled(b, name)
		b.Run(name, func(b *testing.B) {
			in, err := p.New(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			defer in.Close()
			opened(b, in)
			ask(b, in, guest.Request{Code: code.cell, Show: true, Fresh: true})
			for b.Loop() {
				ask(b, in, guest.Request{Code: code.cell, Show: true})
			}
		})
	}
}

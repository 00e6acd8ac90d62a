package wasm_test

import (
	"bytes"
	"context"
	"fmt"
	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/wasm"
	"os"
	"slices"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == wasm.Stage {
		if err := wasm.Work(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

type first struct {
	t0 time.Time
	at time.Duration
	b  bytes.Buffer
}

func (f *first) Write(p []byte) (int, error) {
	if f.at == 0 {
		f.at = time.Since(f.t0)
	}
	f.b.Write(p)
	return len(p), nil
}
func TestX(t *testing.T) {
	ctx := t.Context()
	b, err := wasm.New(wasm.Config{Cache: "/tmp/w/cache", Say: func(f string, a ...any) { fmt.Printf(f+"\n", a...) }, Ready: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	t0 := time.Now()
	c, err := b.Probe(ctx)
	fmt.Println(c, err, time.Since(t0))
	if err != nil {
		t.Fatal(err)
	}
	spec := caisson.Spec{Tenant: "local", Runtime: "python", Posture: caisson.Posture{Isolation: caisson.IsolationMediated, Limits: caisson.Limits{Wall: 5 * time.Second, CPU: 5 * time.Second, Memory: 256 << 20, Disk: 64 << 20, Inodes: 4096, OpenFiles: 128, Output: 8 << 20, Processes: 1}}}
	for k := 0; k < 3; k++ {
		var d, cr []time.Duration
		for i := 0; i < 300; i++ {
			t0 := time.Now()
			in, err := b.Create(ctx, spec)
			if err != nil {
				t.Fatal(err)
			}
			cr = append(cr, time.Since(t0))
			f := &first{t0: t0}
			o, err := in.Exec(ctx, backend.Cmd{Code: "print(1)", Streams: caisson.Streams{Stdout: f, Stderr: f}})
			if err != nil || o.Status != caisson.Exited || f.b.String() != "1\n" {
				t.Fatal(o, err, f.b.String())
			}
			d = append(d, f.at)
			in.Close()
		}
		slices.Sort(d)
		slices.Sort(cr)
		fmt.Println("create", cr[150], "fresh p50", d[150], "p99", d[297], "min", d[0])
	}
	in, err := b.Create(ctx, spec)
	if err != nil {
		t.Fatal(err)
	}
	var d []time.Duration
	for i := 0; i < 500; i++ {
		t0 := time.Now()
		o, err := in.Exec(ctx, backend.Cmd{Code: "x=1"})
		if err != nil || o.ExitCode != 0 {
			t.Fatal(o, err)
		}
		d = append(d, time.Since(t0))
	}
	slices.Sort(d)
	fmt.Println("cell", d[250], d[495])
	d = nil
	for i := 0; i < 200; i++ {
		t0 := time.Now()
		f, err := in.(backend.Snapshotter).Fork(ctx, spec)
		if err != nil {
			t.Fatal(err)
		}
		d = append(d, time.Since(t0))
		o, err := f.Exec(ctx, backend.Cmd{Code: "assert x==1"})
		if err != nil || o.ExitCode != 0 {
			t.Fatal(o, err)
		}
		f.Close()
	}
	slices.Sort(d)
	fmt.Println("fork", d[100], d[198])
	var buf bytes.Buffer
	t0 = time.Now()
	if err := in.(backend.Snapshotter).Snapshot(ctx, &buf); err != nil {
		t.Fatal(err)
	}
	fmt.Println("save", time.Since(t0), buf.Len())
	t0 = time.Now()
	r, err := b.Restore(ctx, spec, &buf)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("restore", time.Since(t0))
	o, err := r.Exec(ctx, backend.Cmd{Code: "assert x==1"})
	fmt.Println(o, err)
}

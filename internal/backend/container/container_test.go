package container_test

import (
	"testing"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/backendtest"
	"github.com/caisson-dev/caisson/internal/backend/container"
)

// open returns a backend that the end of the test closes.
func open(t testing.TB) *container.Backend {
	t.Helper()
	b, err := container.New(container.Config{State: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	if _, err := b.Probe(t.Context()); err != nil {
		backendtest.Require(t, "container", err)
	}
	return b
}

// languages are what the suite runs, with what native interpreters take.
func languages(t testing.TB, b *container.Backend) (list []backendtest.Language) {
	t.Helper()
	can, err := b.Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []backendtest.Language{backendtest.Python(), backendtest.JavaScript(), backendtest.Shell()} {
		for _, name := range can.Runtimes {
			if name == l.Runtime {
				// A shell's output is not its own to put in order.
				l.Memory, l.Processes, l.Unordered = 192<<20, 32, l.Runtime == "shell"
				list = append(list, l)
			}
		}
	}
	return list
}

func TestContainerKeepsTheContract(t *testing.T) {
	b := open(t)
	backendtest.Run(t, func(*testing.T) backend.Backend { return b }, backendtest.Options{Languages: languages(t, b)})
}

// spec is a sandbox of a runtime for ordinary programs.
func spec(l backendtest.Language) caisson.Spec {
	return caisson.Spec{Tenant: "test", Runtime: l.Runtime, Posture: caisson.Posture{
		Isolation: caisson.IsolationShared,
		Limits: caisson.Limits{Wall: 1 << 35, CPU: 1 << 35, Memory: l.Memory, Disk: 16 << 20,
			Inodes: 1000, OpenFiles: 64, Output: 1 << 20, Processes: l.Processes},
	}}
}

// BenchmarkContainer is a fresh sandbox to its first output, and a cell of one
// that lives.
func BenchmarkContainer(b *testing.B) {
	be := open(b)
	for _, l := range languages(b, be) {
		b.Run(l.Runtime+"/fresh", func(b *testing.B) {
			for b.Loop() {
				in, err := be.Create(b.Context(), spec(l))
				if err != nil {
					b.Fatal(err)
				}
				exec(b, in, l.Print)
				b.StopTimer()
				in.Close()
				b.StartTimer()
			}
		})
		b.Run(l.Runtime+"/cell", func(b *testing.B) {
			in, err := be.Create(b.Context(), spec(l))
			if err != nil {
				b.Fatal(err)
			}
			defer in.Close()
			for b.Loop() {
				exec(b, in, l.Set)
			}
		})
	}
}

func exec(b *testing.B, in backend.Instance, code string) {
	b.Helper()
	out, err := in.Exec(b.Context(), backend.Cmd{Code: code})
	if err != nil || out.Status != caisson.Exited || out.ExitCode != 0 {
		b.Fatalf("Exec = %+v, %v", out, err)
	}
}

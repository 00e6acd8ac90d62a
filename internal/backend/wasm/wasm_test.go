package wasm_test

import (
	"sync"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/backendtest"
	"github.com/caisson-dev/caisson/internal/backend/wasm"
	"github.com/caisson-dev/caisson/internal/guest"
)

// languages returns those whose runtimes this build carries.
func languages(t testing.TB) (list []backendtest.Language) {
	t.Helper()
	all, err := guest.Bundles()
	backendtest.Require(t, "wasm", err)
	for _, l := range []backendtest.Language{backendtest.Python(), backendtest.JavaScript(), backendtest.Shell()} {
		if _, ok := all[l.Runtime]; ok {
			list = append(list, l)
		}
	}
	return list
}

// open returns a backend that the end of the test closes.
func open(t testing.TB, change ...func(*wasm.Config)) *wasm.Backend {
	t.Helper()
	_, err := guest.Bundles()
	backendtest.Require(t, "wasm", err)
	c := wasm.Config{Cache: backendtest.CacheDir(t), Say: t.Logf}
	for _, f := range change {
		f(&c)
	}
	b, err := wasm.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return b
}

func TestWasmKeepsTheContract(t *testing.T) {
	backendtest.Run(t, func(t *testing.T) backend.Backend { return open(t) }, backendtest.Options{
		Languages:  languages(t),
		MostMemory: 3 << 30,
	})
}

// spec is a sandbox of a runtime for small programs.
func spec(tenant caisson.TenantID, l backendtest.Language) caisson.Spec {
	return caisson.Spec{Tenant: tenant, Runtime: l.Runtime, Posture: caisson.Posture{
		Isolation: caisson.IsolationMediated,
		Limits: caisson.Limits{Wall: 1 << 35, CPU: 1 << 35, Memory: l.Memory, Disk: 1 << 20,
			Inodes: 100, OpenFiles: 32, Output: 1 << 20, Processes: 1},
	}}
}

func TestSandboxesFindAWorkerWhileIdleOnesStop(t *testing.T) {
	l := smallest(t)
	b := open(t, func(c *wasm.Config) { c.Idle = time.Nanosecond })
	in := create(t, b, spec("one", l))
	pid := wasm.PID(in)
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	dies(t, pid)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 5 {
				in, err := b.Create(t.Context(), spec("one", l))
				if err != nil {
					t.Errorf("Create: %v", err)
					return
				}
				o, err := in.Exec(t.Context(), backend.Cmd{Code: l.Print})
				if err != nil || o.Status != caisson.Exited {
					t.Errorf("Exec = %q, %q, %v", o.Status, o.Reason, err)
				}
				in.Close()
			}
		})
	}
	all.Wait()
	// A fork keeps the worker of a parent that is gone.
	in = create(t, b, spec("one", l))
	fork, err := in.(backend.Snapshotter).Fork(t.Context(), spec("one", l))
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	if o, err := fork.Exec(t.Context(), backend.Cmd{Code: l.Print}); err != nil || o.Status != caisson.Exited {
		t.Errorf("Exec of a fork = %q, %q, %v", o.Status, o.Reason, err)
	}
	if err := fork.Close(); err != nil {
		t.Error(err)
	}
}

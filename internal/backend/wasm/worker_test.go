package wasm_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/backendtest"
	"github.com/caisson-dev/caisson/internal/backend/wasm"
	"github.com/caisson-dev/caisson/internal/guest"
	"github.com/caisson-dev/caisson/internal/sys"
)

// create makes a sandbox that the end of the test closes.
func create(t testing.TB, b *wasm.Backend, s caisson.Spec) backend.Instance {
	t.Helper()
	in, err := b.Create(t.Context(), s)
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	t.Cleanup(func() { in.Close() })
	return in
}

func TestWorkerThatDiesLosesItsSandboxesAndNothingElse(t *testing.T) {
	l := languages(t)[0]
	b := open(t)
	one, two := create(t, b, spec("one", l)), create(t, b, spec("two", l))
	idle := create(t, b, spec("one", l))
	lost := make(chan caisson.Outcome)
	started := make(chan struct{})
	go func() {
		var once sync.Once
		o, err := one.Exec(t.Context(), backend.Cmd{Code: l.Print + "\n" + l.Spin, Streams: caisson.Streams{Stdout: writer(func() { once.Do(func() { close(started) }) })}})
		if err != nil {
			t.Errorf("Exec: %v, want an outcome", err)
		}
		lost <- o
	}()
	<-started
	if err := syscall.Kill(wasm.PID(one), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if o := <-lost; o.Status != caisson.Lost || !strings.Contains(o.Reason, "worker ended") {
		t.Errorf("Exec under a worker that died = %q, %q; want lost, and why", o.Status, o.Reason)
	}
	if o, err := idle.Exec(t.Context(), backend.Cmd{Code: l.Print}); !errors.Is(err, backend.ErrEnded) && o.Status != caisson.Lost {
		t.Errorf("Exec of its neighbour = %q, %v; want lost or ErrEnded", o.Status, err)
	}
	if o, err := two.Exec(t.Context(), backend.Cmd{Code: l.Print}); err != nil || o.Status != caisson.Exited {
		t.Errorf("Exec for another tenant = %q, %v; want exited", o.Status, err)
	}
	again := create(t, b, spec("one", l))
	if o, err := again.Exec(t.Context(), backend.Cmd{Code: l.Print}); err != nil || o.Status != caisson.Exited {
		t.Errorf("Exec in a new worker = %q, %v; want exited", o.Status, err)
	}
}

// writer calls itself at each write.
type writer func()

func (w writer) Write(p []byte) (int, error) {
	w()
	return len(p), nil
}

func TestTenantsNeverShareAWorker(t *testing.T) {
	b := open(t)
	owner := map[int]string{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, l := range languages(t) {
		for i := range 12 {
			all.Go(func() {
				tenant := fmt.Sprint("tenant", i%3)
				in, err := b.Create(t.Context(), spec(caisson.TenantID(tenant), l))
				if err != nil {
					t.Error(err)
					return
				}
				defer in.Close()
				mu.Lock()
				defer mu.Unlock()
				who := tenant + "/" + l.Runtime
				if had := owner[wasm.PID(in)]; had != "" && had != who {
					t.Errorf("one worker for %s and %s", had, who)
				}
				owner[wasm.PID(in)] = who
			})
		}
	}
	all.Wait()
	if want := 3 * len(languages(t)); len(owner) != want {
		t.Errorf("%d workers, want %d: one for each tenant and runtime", len(owner), want)
	}
}

func TestWorkerFreesWhatItsSandboxesHad(t *testing.T) {
	l := languages(t)[0]
	b := open(t)
	keep := create(t, b, spec("one", l))
	pid := wasm.PID(keep)
	before := virtual(t, pid)
	for range 40 {
		in := create(t, b, spec("one", l))
		if o, err := in.Exec(t.Context(), backend.Cmd{Code: l.Set}); err != nil || o.ExitCode != 0 {
			t.Fatal(o, err)
		}
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
	}
	// Each sandbox takes 2 GiB of address space: some are ready, or still ending.
	deadline := time.Now().Add(5 * time.Second)
	for virtual(t, pid) > before+8<<30 {
		if time.Now().After(deadline) {
			t.Fatalf("40 sandboxes took the worker from %d to %d MiB of address space", before>>20, virtual(t, pid)>>20)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// virtual returns the address space of a process in bytes.
func virtual(t *testing.T, pid int) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		t.Fatal(err)
	}
	var pages int64
	fmt.Sscan(string(text), &pages)
	return pages * int64(os.Getpagesize())
}

func TestWallsStandAroundWorkers(t *testing.T) {
	l := languages(t)[0]
	b := open(t)
	in := create(t, b, spec("one", l))
	layers, missing, err := b.Walls(t.Context(), spec("one", l))
	if err != nil || layers[0] != wasm.Name {
		t.Fatalf("Walls = %v, %v, %v", layers, missing, err)
	}
	for _, wall := range []string{sys.WallNamespaces, sys.WallSeccomp, sys.WallLandlock, sys.WallCgroup} {
		t.Run(wall, func(t *testing.T) {
			if !strings.Contains(strings.Join(layers, " "), wall) {
				backendtest.Require(t, "jail", fmt.Errorf("this host cannot build it: %v", missing))
			}
			s := spec("one", l)
			s.Posture.Require = []string{wall}
			create(t, b, s)
			status := readStatus(t, wasm.PID(in))
			switch wall {
			case sys.WallSeccomp:
				if status["Seccomp"] != "2" || status["NoNewPrivs"] != "1" {
					t.Errorf("Seccomp %s, NoNewPrivs %s", status["Seccomp"], status["NoNewPrivs"])
				}
			case sys.WallNamespaces:
				for _, ns := range []string{"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"} {
					ours, err1 := os.Readlink("/proc/self/ns/" + ns)
					theirs, err2 := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", wasm.PID(in), ns))
					if ours == theirs || err1 != nil || err2 != nil && !errors.Is(err2, os.ErrPermission) {
						t.Errorf("namespace %s is ours (%v, %v)", ns, err1, err2)
					}
				}
				if root, err := os.ReadDir(fmt.Sprintf("/proc/%d/root", wasm.PID(in))); err == nil && len(root) > 0 {
					t.Errorf("its root holds %v", root)
				}
			case sys.WallCgroup:
				text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", wasm.PID(in)))
				if err != nil || !strings.Contains(string(text), "caisson-") {
					t.Errorf("its control groups are %q, %v", text, err)
				}
			}
			if status["CapEff"] != "0000000000000000" || status["CapPrm"] != "0000000000000000" {
				if !strings.Contains(fmt.Sprint(missing), "capabilities") {
					t.Errorf("capabilities %s, %s", status["CapEff"], status["CapPrm"])
				}
			}
			if os.Geteuid() == 0 && strings.Contains(strings.Join(layers, " "), sys.WallNamespaces) && !strings.HasPrefix(status["Uid"], "65534") {
				t.Errorf("to the host it is user %s, want nobody", status["Uid"])
			}
		})
	}
}

func TestWallThatIsMissingIsNamedAndMayBeRequired(t *testing.T) {
	l := languages(t)[0]
	b := open(t, func(c *wasm.Config) { *c = wasm.WithoutNamespaces(*c) })
	layers, missing, err := b.Walls(t.Context(), spec("one", l))
	if err != nil || strings.Contains(fmt.Sprint(layers), sys.WallNamespaces) || !strings.Contains(fmt.Sprint(missing), sys.WallNamespaces) {
		t.Fatalf("Walls = %v, %v, %v; want namespaces missing", layers, missing, err)
	}
	runs(t, b, l)
	s := spec("one", l)
	s.Posture.Require = []string{sys.WallNamespaces}
	in, err := b.Create(t.Context(), s)
	if err == nil {
		in.Close()
		t.Fatal("Create without a wall that is required worked")
	}
	if caisson.CodeOf(err) != caisson.Unsupported || !strings.Contains(err.Error(), sys.WallNamespaces) {
		t.Errorf("Create: %v, want unsupported, and which wall", err)
	}
	fork, err := create(t, b, spec("one", l)).(backend.Snapshotter).Fork(t.Context(), s)
	if err == nil {
		fork.Close()
	}
	if caisson.CodeOf(err) != caisson.Unsupported {
		t.Errorf("Fork: %v, want unsupported", err)
	}
}

func readStatus(t *testing.T, pid int) map[string]string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	for line := range strings.Lines(string(text)) {
		k, v, _ := strings.Cut(line, ":")
		m[k] = strings.TrimSpace(v)
	}
	return m
}

func TestWorkerHoldsNothingOfOurs(t *testing.T) {
	t.Setenv("CAISSON_TEST_SECRET", "hunter2")
	l := languages(t)[0]
	in := create(t, open(t), spec("one", l))
	pid := wasm.PID(in)
	if env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid)); err == nil && strings.Contains(string(env), "hunter2") {
		t.Errorf("its environment is %q", env)
	}
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil || len(fds) == 0 {
		t.Skip("its descriptors cannot be seen")
	}
	cache := backendtest.CacheDir(t)
	for _, fd := range fds {
		if info, err := os.Stat(fd); err == nil && info.IsDir() {
			t.Errorf("descriptor %s is a folder, from which a path leads up", filepath.Base(fd))
		}
		to, err := os.Readlink(fd)
		if err != nil {
			t.Skip("its descriptors cannot be read: ", err)
		}
		switch {
		case strings.HasPrefix(to, "socket:"), strings.HasPrefix(to, "pipe:"), strings.HasPrefix(to, "anon_inode:"), to == "/dev/null":
		case strings.HasPrefix(to, cache), strings.HasSuffix(to, "/pagemap"):
		case strings.Contains(to, "/cpu.cfs_"), strings.HasSuffix(to, "/cpu.max"): // Go's scheduler reads its own quota
		default:
			t.Errorf("descriptor %s is %s", filepath.Base(fd), to)
		}
	}
}

func TestNoRuntimesIsSaidPlainly(t *testing.T) {
	if _, err := guest.Bundles(); err == nil {
		t.Skip("this build has runtimes")
	}
	b, err := wasm.New(wasm.Config{Cache: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Probe(t.Context()); !errors.Is(err, backend.ErrUnsupported) || !strings.Contains(err.Error(), "make build") {
		t.Errorf("Probe = %v, want ErrUnsupported and what to do", err)
	}
}

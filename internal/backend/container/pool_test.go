package container

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/backendtest"
)

// opened returns a backend that the end of the test closes, with which nothing
// may be left.
func opened(t testing.TB, c Config) *Backend {
	t.Helper()
	check := backendtest.Residue(t)
	c.State = t.TempDir()
	b, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		check()
	})
	if _, err := b.Probe(t.Context()); err != nil {
		backendtest.Require(t, "container", err)
	}
	return b
}

// wanted is a sandbox of a runtime and a tenant for ordinary programs.
func wanted(tenant caisson.TenantID, runtime string) caisson.Spec {
	return caisson.Spec{Tenant: tenant, Runtime: runtime, Posture: caisson.Posture{
		Isolation: caisson.IsolationShared,
		Limits: caisson.Limits{Wall: time.Minute, CPU: time.Minute, Memory: 512 << 20, Disk: 16 << 20,
			Inodes: 1000, OpenFiles: 64, Output: 1 << 20, Processes: 16},
	}}
}

// created returns a sandbox that the end of the test closes.
func created(t testing.TB, b *Backend, s caisson.Spec) *instance {
	t.Helper()
	in, err := b.Create(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return in.(*instance)
}

// said runs code that must end well and returns what it writes.
func said(t testing.TB, in backend.Instance, code string) string {
	t.Helper()
	var out, fault strings.Builder
	cmd := backend.Cmd{Code: code}
	cmd.Stdout, cmd.Stderr = &out, &fault
	o, err := in.Exec(t.Context(), cmd)
	if err != nil || o.Status != caisson.Exited || o.ExitCode != 0 {
		t.Fatalf("%.60q: Exec = %+v, %v: %s", code, o, err, fault.String())
	}
	return strings.TrimSpace(out.String())
}

// settled waits until the pool makes nothing any more, and returns what it has.
func settled(b *Backend) (all []*instance) {
	for {
		b.pool.mu.Lock()
		making := b.pool.making
		for _, s := range b.pool.shelves {
			all = append(all, s.ready...)
		}
		b.pool.mu.Unlock()
		if !making {
			return all
		}
		all = nil
		time.Sleep(time.Millisecond)
	}
}

func TestReadySandboxesKeepTheContract(t *testing.T) {
	b := opened(t, Config{Ready: 1, Idle: 200 * time.Millisecond})
	var list []backendtest.Language
	for _, l := range []backendtest.Language{backendtest.Python(), backendtest.Shell()} {
		if p, err := b.ready(); err == nil && p.host.commands[l.Runtime].args != nil {
			l.Memory, l.Processes, l.Unordered = 192<<20, 32, true
			list = append(list, l)
		}
	}
	backendtest.Run(t, func(*testing.T) backend.Backend { return b }, backendtest.Options{Languages: list})
}

func TestReadySandboxesAreHandedOutOnce(t *testing.T) {
	b := opened(t, Config{Ready: 2})
	one := created(t, b, wanted("a", "shell"))
	said(t, one, "x=1; echo > mine")
	for range 4 {
		kept := settled(b)
		if len(kept) != 2 || slices.Contains(kept, one) {
			t.Fatalf("%d are ready, not 2", len(kept))
		}
		in := created(t, b, wanted("a", "shell"))
		if !slices.Contains(kept, in) {
			t.Error("what was ready is not handed out")
		}
		if got := said(t, in, "echo $x $(ls) $(cat /proc/self/cgroup | head -1)"); strings.Contains(got, "mine") || strings.HasPrefix(got, "1") {
			t.Errorf("a fresh sandbox has %q", got)
		}
		if slices.Contains(settled(b), in) {
			t.Error("one that was handed out is still ready")
		}
	}
}

func TestReadySandboxesFitWhoGetsThem(t *testing.T) {
	b := opened(t, Config{Ready: 1})
	first := wanted("a", "shell")
	created(t, b, first)
	kept := settled(b)
	for what, change := range map[string]func(*caisson.Spec){
		"another tenant":       func(s *caisson.Spec) { s.Tenant = "b" },
		"another memory limit": func(s *caisson.Spec) { s.Posture.Limits.Memory /= 2 },
		"another disk limit":   func(s *caisson.Spec) { s.Posture.Limits.Disk /= 2 },
		"fewer files":          func(s *caisson.Spec) { s.Posture.Limits.Inodes /= 2 },
		"fewer processes":      func(s *caisson.Spec) { s.Posture.Limits.Processes /= 2 },
		"fewer descriptors":    func(s *caisson.Spec) { s.Posture.Limits.OpenFiles /= 2 },
	} {
		s := first
		change(&s)
		if slices.Contains(kept, created(t, b, s)) {
			t.Errorf("%s got what was made for somebody else", what)
		}
	}
	s := first
	s.Posture.Limits.Wall, s.Posture.Limits.CPU, s.Posture.Limits.Output = time.Second, time.Second, 4
	in := created(t, b, s)
	if !slices.Contains(kept, in) {
		t.Error("limits of executions alone need no other sandbox")
	}
	o, err := in.Exec(t.Context(), backend.Cmd{Code: "echo longer than that"})
	if err != nil || o.Status != caisson.OutputLimit {
		t.Errorf("its own output limit is not kept: %+v, %v", o, err)
	}
	s.Posture.Require = []string{"moat"}
	if _, err := b.Create(t.Context(), s); err == nil {
		t.Error("a wall that is missing was not missed")
	}
}

func TestReadySandboxesAreFew(t *testing.T) {
	b := opened(t, Config{Ready: 2, MaxReady: 3})
	for _, tenant := range []caisson.TenantID{"a", "b", "c", "d", "e"} {
		created(t, b, wanted(tenant, "shell"))
		if kept := settled(b); len(kept) > 3 {
			t.Errorf("%d are ready, with 3 at most", len(kept))
		}
	}
	kept := settled(b)
	if in := created(t, b, wanted("e", "shell")); !slices.Contains(kept, in) {
		t.Error("who asked last has none ready")
	}
	b.pool.mu.Lock()
	defer b.pool.mu.Unlock()
	if len(b.pool.shelves) > 3 {
		t.Errorf("%d kinds are kept", len(b.pool.shelves))
	}
}

func TestReadySandboxesThatDiedAreNotHandedOut(t *testing.T) {
	b := opened(t, Config{Ready: 1})
	created(t, b, wanted("a", "shell"))
	for _, in := range settled(b) {
		in.init.Kill()
		in.agent.Load().Wait(t.Context())
	}
	said(t, created(t, b, wanted("a", "shell")), "echo")
}

func TestIdleSandboxesAreClosed(t *testing.T) {
	b := opened(t, Config{Ready: 1, Idle: time.Nanosecond})
	created(t, b, wanted("a", "shell"))
	for len(settled(b)) > 0 {
		time.Sleep(time.Millisecond)
	}
}

func TestThePoolMakesNothingOnceClosed(t *testing.T) {
	b := opened(t, Config{Ready: 3})
	created(t, b, wanted("a", "shell"))
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if got := settled(b); len(got) > 0 {
		t.Errorf("%d are ready", len(got))
	}
	if _, err := b.Create(context.Background(), wanted("a", "shell")); err == nil {
		t.Error("a closed backend creates")
	}
}

func TestWhatCannotBeMadeIsNotTriedForEver(t *testing.T) {
	tries := 0
	p := newPool(2, 4, time.Minute, func(context.Context, kind) (*instance, error) {
		tries++
		return nil, errors.New("no")
	})
	for range 3 {
		if p.take(kind{tenant: "a"}) != nil {
			t.Error("there is one")
		}
		p.work.Wait()
	}
	if err := p.close(); err != nil || tries != 3 {
		t.Errorf("tried %d times: %v", tries, err)
	}
}

// Package backendtest checks what every backend must keep: the contract of
// package backend, in each language that a backend runs. A backend calls [Run]
// in a test of a few lines, and nothing of the suite is left out for it but
// what its [backend.Capabilities] say it does not have.
package backendtest

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
)

// Options say how to check a backend.
type Options struct {
	// Languages are those that it must run. The suite runs in each of them.
	Languages []Language

	// MostMemory is a memory limit that it must refuse, in bytes; not checked
	// when zero.
	MostMemory int64
}

// Run checks the backend that open returns, which is called once. Whatever it
// needs to be closed is the caller's to close, after the test.
func Run(t *testing.T, open func(*testing.T) backend.Backend, o Options) {
	b := open(t)
	can, err := b.Probe(t.Context())
	if err != nil {
		t.Fatalf("Probe: %v", err)
	}
	for _, l := range o.Languages {
		t.Run(l.Runtime, func(t *testing.T) {
			k := kit{T: t, b: b, l: l, can: can, most: o.MostMemory}
			k.warm()
			for _, c := range checks() {
				t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
					k := k
					k.T = t
					before := look()
					// Runs after the clean-up of all that the check made.
					t.Cleanup(func() { before.same(t) })
					c.check(k)
				})
			}
		})
	}
}

// A check is one promise.
type check struct {
	name  string
	check func(kit)
}

func checks() []check {
	var all []check
	for _, part := range [][]check{promises(), runs(), limits(), ends(), files(), states(), many()} {
		all = append(all, part...)
	}
	return all
}

// A kit is what a check works with.
type kit struct {
	*testing.T
	b    backend.Backend
	l    Language
	can  backend.Capabilities
	most int64
}

// tenant is whose the sandboxes of the suite are; other is somebody else.
const (
	tenant caisson.TenantID = "backendtest"
	other  caisson.TenantID = "backendtest-other"
)

// warm makes a sandbox of every kind that the suite uses. What a backend keeps
// ready for its kind is there from then on, and is not what a check leaves.
func (k kit) warm() {
	for _, runtime := range k.can.Runtimes {
		for _, whose := range []caisson.TenantID{tenant, other} {
			s := k.spec()
			s.Tenant, s.Runtime = whose, runtime
			in, err := k.b.Create(k.Context(), s)
			if err != nil {
				k.Fatalf("Create: %v", err)
			}
			k.close(in)
		}
	}
}

// spec is a sandbox with room for every small program.
func (k kit) spec(change ...func(*caisson.Limits)) caisson.Spec {
	s := caisson.Spec{Tenant: tenant, Runtime: k.l.Runtime, Posture: caisson.Posture{
		Isolation: k.can.Isolation,
		Limits: caisson.Limits{
			Wall: time.Minute, CPU: time.Minute, Memory: k.l.Memory, Disk: 4 << 20,
			Inodes: 200, OpenFiles: 32, Output: 1 << 20, Processes: max(1, k.l.Processes),
		},
	}}
	for _, f := range change {
		f(&s.Posture.Limits)
	}
	return s
}

// create makes a sandbox that the end of the test closes.
func (k kit) create(change ...func(*caisson.Limits)) backend.Instance {
	k.Helper()
	in, err := k.b.Create(k.Context(), k.spec(change...))
	if err != nil {
		k.Fatalf("Create: %v", err)
	}
	return k.keep(in)
}

// keep closes a sandbox at the end of the test.
func (k kit) keep(in backend.Instance) backend.Instance {
	k.Cleanup(func() { k.close(in) })
	return in
}

func (k kit) close(in backend.Instance) {
	if err := in.Close(); err != nil {
		k.Errorf("Close: %v", err)
	}
}

// needs skips a check that the language has no words for.
func (k kit) needs(code ...string) {
	k.Helper()
	for _, c := range code {
		if c == "" {
			k.Skipf("%s cannot say this", k.l.Runtime)
		}
	}
}

// Ran is what a run gave.
type ran struct {
	caisson.Outcome
	out, err string
	results  []caisson.Result
	failure  error
}

// exec runs code to its end.
func (k kit) exec(in backend.Instance, cmd backend.Cmd) ran {
	k.Helper()
	var r ran
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	cmd.Results = func(x caisson.Result) { r.results = append(r.results, x) }
	r.Outcome, r.failure = in.Exec(k.Context(), cmd)
	r.out, r.err = out.String(), err.String()
	return r
}

// do runs code that must end well, and returns what it wrote to stdout.
func (k kit) do(in backend.Instance, code string) string {
	k.Helper()
	r := k.exec(in, backend.Cmd{Code: code})
	if r.failure != nil || r.Status != caisson.Exited || r.ExitCode != 0 {
		k.Fatalf("Exec(%q) = %v, exit %d, %q, error %v; want exit 0\n%s", short(code), r.Status, r.ExitCode, r.Reason, r.failure, r.err)
	}
	return r.out
}

// status runs code that must end with a status.
func (k kit) status(in backend.Instance, cmd backend.Cmd, want caisson.Status) ran {
	k.Helper()
	r := k.exec(in, cmd)
	if r.failure != nil || r.Status != want {
		k.Fatalf("Exec(%q) = %q, exit %d, %q, error %v; want %q\n%s", short(cmd.Code), r.Status, r.ExitCode, r.Reason, r.failure, want, r.err)
	}
	if want != caisson.Exited && r.Reason == "" {
		k.Errorf("Exec(%q) = %q without a reason", short(cmd.Code), r.Status)
	}
	return r
}

// fails runs code that must fail by itself.
func (k kit) fails(in backend.Instance, code string) ran {
	k.Helper()
	r := k.status(in, backend.Cmd{Code: code}, caisson.Exited)
	if r.ExitCode == 0 {
		k.Errorf("Exec(%q) = exit 0, want another", short(code))
	}
	return r
}

// usable checks that a sandbox runs code, or says that it has ended.
func (k kit) usable(in backend.Instance) {
	k.Helper()
	r := k.exec(in, backend.Cmd{Code: k.l.Print})
	if errors.Is(r.failure, backend.ErrEnded) {
		if r.Status != "" {
			k.Errorf("Exec = status %q with ErrEnded, want none", r.Status)
		}
		return
	}
	if r.failure != nil || r.out != "hello\n" {
		k.Errorf("Exec of a sandbox that goes on = %q, %q, %v; want it to print, or ErrEnded", r.out, r.Status, r.failure)
	}
}

func short(s string) string {
	if len(s) > 60 {
		return s[:60] + "..."
	}
	return s
}

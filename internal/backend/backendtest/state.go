package backendtest

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
)

// states are what Snapshotters and Restorers keep.
func states() []check {
	return []check{
		{"restores what was saved", restores},
		{"forks into two that part", forks},
		{"draws other random numbers in what it restores", restoresOthers},
		{"takes no state of somebody else", takesNoOthers},
		{"takes no damaged state", takesNoDamage},
		{"reports a writer or reader that fails", reportsBadStreams},
	}
}

// saved returns a sandbox with x and f set, and its state.
func (k kit) saved() (backend.Instance, backend.Snapshotter, []byte) {
	k.Helper()
	if !k.can.Snapshot {
		k.Skip("it saves no state")
	}
	in := k.create()
	k.do(in, k.l.Set)
	k.do(in, k.l.Write)
	s, ok := backend.As[backend.Snapshotter](in)
	if !ok {
		k.Fatal("it is no Snapshotter")
	}
	var state bytes.Buffer
	if err := s.Snapshot(k.Context(), &state); err != nil {
		k.Fatalf("Snapshot: %v", err)
	}
	return in, s, state.Bytes()
}

// hasBoth checks that a sandbox has x and f.
func (k kit) hasBoth(in backend.Instance) {
	k.Helper()
	if got := k.do(in, k.l.Get); got != "42\n" {
		k.Errorf("variable = %q, want 42", got)
	}
	if got := k.do(in, k.l.Read); got != "content" {
		k.Errorf("file = %q, want content", got)
	}
}

// restore starts a copy of a state.
func (k kit) restore(state []byte) backend.Instance {
	k.Helper()
	in, err := k.b.(backend.Restorer).Restore(k.Context(), k.spec(), bytes.NewReader(state))
	if err != nil {
		k.Fatalf("Restore: %v", err)
	}
	return k.keep(in)
}

func restores(k kit) {
	in, _, state := k.saved()
	k.hasBoth(in) // it goes on as if nothing had been
	k.close(in)
	copied := k.restore(state)
	k.hasBoth(copied)
	resumed, err := k.b.(backend.Restorer).Resume(k.Context(), k.spec(), bytes.NewReader(state))
	if err != nil {
		k.Fatalf("Resume: %v", err)
	}
	k.hasBoth(k.keep(resumed))
	// A copy can be saved again.
	s, _ := backend.As[backend.Snapshotter](copied)
	var again bytes.Buffer
	if err := s.Snapshot(k.Context(), &again); err != nil {
		k.Fatalf("Snapshot of a copy: %v", err)
	}
	k.hasBoth(k.restore(again.Bytes()))
}

func forks(k kit) {
	in, s, _ := k.saved()
	var copies []backend.Instance
	for range 3 {
		c, err := s.Fork(k.Context(), k.spec())
		if err != nil {
			k.Fatalf("Fork: %v", err)
		}
		copies = append(copies, k.keep(c))
	}
	f, _ := backend.As[backend.Filer](copies[0])
	if err := f.WriteFile(k.Context(), "f", []byte("changed")); err != nil {
		k.Fatal(err)
	}
	k.hasBoth(in)
	k.hasBoth(copies[1])
	if got := k.do(copies[0], k.l.Read); got != "changed" {
		k.Errorf("the copy reads %q, want changed", got)
	}
	k.close(in)
	k.hasBoth(copies[1])
	copies[1].Kill()
	k.hasBoth(copies[2])
	// Not across tenants.
	foreign := k.spec()
	foreign.Tenant = other
	two, _ := backend.As[backend.Snapshotter](copies[2])
	if c, err := two.Fork(k.Context(), foreign); err == nil {
		k.keep(c)
		k.Error("Fork for another tenant worked")
	} else if !isError(err) {
		k.Errorf("Fork for another tenant: %v, want a caisson.Error", err)
	}
}

func restoresOthers(k kit) {
	k.needs(k.l.Random)
	in, s, _ := k.saved()
	k.do(in, k.l.Random) // whatever seeds itself has done so by now
	var state bytes.Buffer
	if err := s.Snapshot(k.Context(), &state); err != nil {
		k.Fatal(err)
	}
	seen := map[string]bool{}
	add := func(in backend.Instance) {
		n := k.do(in, k.l.Random)
		if n == "" || seen[n] {
			k.Errorf("random number %q came twice, or never", n)
		}
		seen[n] = true
	}
	for range 10 {
		c, err := s.Fork(k.Context(), k.spec())
		if err != nil {
			k.Fatal(err)
		}
		add(k.keep(c))
		add(k.restore(state.Bytes()))
	}
	add(in)
}

// wrong checks that a state is refused with an error that its owner can act on.
func (k kit) wrong(spec caisson.Spec, state []byte, what string) {
	k.Helper()
	in, err := k.b.(backend.Restorer).Restore(k.Context(), spec, bytes.NewReader(state))
	if err == nil {
		k.close(in)
		k.Errorf("Restore of %s worked", what)
		return
	}
	if _, ok := errors.AsType[*caisson.Error](err); !ok {
		k.Errorf("Restore of %s: %v, want a caisson.Error", what, err)
	}
}

func takesNoOthers(k kit) {
	_, _, state := k.saved()
	foreign := k.spec()
	foreign.Tenant = other
	k.wrong(foreign, state, "another tenant's state")
	for _, name := range k.can.Runtimes {
		if name != k.l.Runtime {
			foreign := k.spec()
			foreign.Runtime = name
			k.wrong(foreign, state, "another runtime's state")
		}
	}
	k.wrong(k.spec(), nil, "nothing")
	k.wrong(k.spec(), bytes.Repeat([]byte("no state at all "), 10_000), "something else")
	k.wrong(k.spec(), make([]byte, 1<<20), "zeros")
	small := k.spec(func(l *caisson.Limits) { l.Disk = 1 })
	k.wrong(small, state, "a state above the disk limit")
}

func takesNoDamage(k kit) {
	_, _, state := k.saved()
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	random := rand.New(rand.NewPCG(1, uint64(len(state))))
	for i := range rounds {
		at := i * 3 // the head, bit by bit
		if i >= 30 || at >= len(state) {
			at = random.IntN(len(state))
		}
		bad := bytes.Clone(state)
		bad[at] ^= 1 << random.IntN(8)
		k.wrong(k.spec(), bad, "a state with a flipped bit")
		k.wrong(k.spec(), state[:random.IntN(len(state))], "a state that was cut")
	}
	k.wrong(k.spec(), state[:len(state)-1], "a state that lacks a byte")
	k.wrong(k.spec(), append(bytes.Clone(state), 0), "a state with a byte too many")
	k.hasBoth(k.restore(state))
}

// failing is a reader that breaks off.
type failing struct{ r io.Reader }

func (f failing) Read(p []byte) (int, error) {
	if n, err := f.r.Read(p); err == nil {
		return n, nil
	}
	return 0, errors.New("the disk is gone")
}

func reportsBadStreams(k kit) {
	_, s, state := k.saved()
	if err := s.Snapshot(k.Context(), broken{}); err == nil {
		k.Error("Snapshot into a writer that fails worked")
	}
	in, err := k.b.(backend.Restorer).Restore(k.Context(), k.spec(), failing{bytes.NewReader(state[:len(state)/2])})
	if err == nil {
		k.close(in)
		k.Error("Restore from a reader that fails worked")
	}
}

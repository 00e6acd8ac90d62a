package engine_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/fake"
	"github.com/caisson-dev/caisson/internal/engine"
	"github.com/caisson-dev/caisson/internal/event/mem"
)

func (r *rig) wanted(id caisson.SessionID) engine.SessionRequest {
	return engine.SessionRequest{ID: id, Tenant: "t", Runtime: fake.Runtime, Want: posture()}
}

// session opens one that the end of the test closes.
func (r *rig) session(id caisson.SessionID) *engine.Session {
	r.Helper()
	s, err := r.OpenSession(r.Context(), r.wanted(id))
	return r.keep(s, err)
}

func (r *rig) keep(s *engine.Session, err error) *engine.Session {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() {
		if err := s.Close(); err != nil {
			r.Errorf("Close: %v", err)
		}
	})
	return s
}

// cell runs code in a session and returns its stdout.
func (r *rig) cell(s *engine.Session, code string) string {
	r.Helper()
	var out bytes.Buffer
	x, err := s.Execute(r.Context(), request(code), caisson.Streams{Stdout: &out})
	if err != nil || x.Outcome.Status != caisson.Exited || x.Outcome.ExitCode != 0 {
		r.Fatalf("Execute(%q) = %+v, %v", code, x.Outcome, err)
	}
	return out.String()
}

func TestSessionKeepsItsState(t *testing.T) {
	r := newRig(t)
	s := r.session("s")
	r.cell(s, "set x 1")
	if got := r.cell(s, "get x"); got != "1\n" {
		t.Errorf("x = %q", got)
	}
	r.recorded(placed, requested, decided, placed, ended, requested, decided, placed, ended)
	for _, e := range r.events.Events() {
		if e.Session != "s" || e.Tenant != "t" {
			t.Errorf("event %s is about session %q of %q", e.Data.Kind(), e.Session, e.Tenant)
		}
	}
	if r.b.Open() != 1 {
		t.Errorf("%d sandboxes, want 1", r.b.Open())
	}
	// Whose it is and what it runs are the session's, whatever a request says.
	req := request("get x")
	req.Tenant, req.Runtime = "somebody-else", "klingon"
	if x, err := s.Execute(t.Context(), req, caisson.Streams{}); err != nil || x.Outcome.ExitCode != 0 {
		t.Errorf("Execute = %+v, %v", x.Outcome, err)
	}
	if last := r.events.Events(); last[len(last)-1].Tenant != "t" {
		t.Errorf("tenant on record = %q, want the session's", last[len(last)-1].Tenant)
	}
	if files := s.Files(); files == nil {
		t.Error("Files = nil, want the fake's")
	}
	if p := s.Posture(); p.Isolation != caisson.IsolationMediated {
		t.Errorf("Posture = %+v", p)
	}
}

func TestSessionDecidesEachExecution(t *testing.T) {
	r := newRig(t)
	s := r.session("s")
	r.verdict = caisson.Verdict{}
	x, err := s.Execute(t.Context(), request("print hi"), caisson.Streams{})
	if err != nil || x.Outcome.Status != "" {
		t.Errorf("Execute = %+v, %v; want a denial", x.Outcome, err)
	}
	r.nothingRan()
	r.recorded(placed, requested, decided, ended)
	if _, err := r.OpenSession(t.Context(), r.wanted("no")); caisson.CodeOf(err) != caisson.Forbidden {
		t.Errorf("OpenSession that policy denies: %v, want forbidden", err)
	}
}

func TestSessionIsNeverWeakerThanPolicyAsks(t *testing.T) {
	r := newRig(t)
	s := r.session("s")
	r.verdict.Posture.Isolation = caisson.IsolationVirtual
	if _, err := s.Execute(t.Context(), request("print hi"), caisson.Streams{}); caisson.CodeOf(err) != caisson.Conflict {
		t.Errorf("Execute above the session's isolation: %v, want conflict", err)
	}
	r.verdict.Posture = posture()
	r.verdict.Posture.Require = []string{"seccomp"}
	if _, err := s.Execute(t.Context(), request("print hi"), caisson.Streams{}); caisson.CodeOf(err) != caisson.Conflict {
		t.Errorf("Execute with a wall that the session lacks: %v, want conflict", err)
	}
	r.verdict.Posture = posture()
	r.verdict.Posture.Limits.Output = 1
	x, err := s.Execute(t.Context(), request("print hi"), caisson.Streams{})
	if err != nil || x.Outcome.Status != caisson.OutputLimit {
		t.Errorf("Execute under a lower limit = %+v, %v; want output_limit", x.Outcome, err)
	}
	if n := len(r.b.Ran()); n != 1 {
		t.Errorf("%d pieces of code ran, want 1", n)
	}
}

func TestSessionFailsClosed(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		name  string
		spoil func(*rig)
		want  error
	}{
		{"record placed", func(r *rig) { r.events.FailRecord(placed) }, mem.ErrFull},
		{"sync placed", func(r *rig) { r.events.FailSync(placed) }, mem.ErrFull},
		{"create", func(r *rig) { r.b.Fail(fake.Create, broken) }, broken},
		{"place", func(r *rig) { r.place = broken }, broken},
	} {
		r := newRig(t)
		c.spoil(r)
		if s, err := r.OpenSession(t.Context(), r.wanted("s")); !errors.Is(err, c.want) || s != nil {
			t.Errorf("%s: OpenSession = %v, %v; want %v", c.name, s, err, c.want)
		}
	}
	for _, kind := range []string{requested, decided} {
		for _, fail := range []func(*mem.Recorder, string){(*mem.Recorder).FailRecord, (*mem.Recorder).FailSync} {
			r := newRig(t)
			s := r.session("s")
			fail(r.events, kind)
			if _, err := s.Execute(t.Context(), request("print hi"), caisson.Streams{}); !errors.Is(err, mem.ErrFull) {
				t.Errorf("%s: Execute: %v, want %v", kind, err, mem.ErrFull)
			}
			r.nothingRan()
		}
	}
}

func TestSessionRestsAndComesBack(t *testing.T) {
	r := newRig(t)
	s := r.session("s")
	r.cell(s, "set x 1\nwrite f text")
	var state bytes.Buffer
	if err := s.Save(t.Context(), &state); err != nil {
		t.Fatal(err)
	}
	copied, err := r.RestoreSession(t.Context(), r.wanted("copy"), bytes.NewReader(state.Bytes()))
	r.keep(copied, err)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	resumed, err := r.ResumeSession(t.Context(), r.wanted("s"), bytes.NewReader(state.Bytes()))
	r.keep(resumed, err)
	for _, s := range []*engine.Session{copied, resumed} {
		if got := r.cell(s, "get x\nread f"); got != "1\ntext" {
			t.Errorf("state = %q", got)
		}
	}
	if _, err := s.Execute(t.Context(), request("get x"), caisson.Streams{}); !errors.Is(err, backend.ErrEnded) {
		t.Errorf("Execute after Close: %v, want ErrEnded", err)
	}
	if err := s.Save(t.Context(), &state); !errors.Is(err, backend.ErrEnded) {
		t.Errorf("Save after Close: %v, want ErrEnded", err)
	}
	if _, err := s.Fork(t.Context(), "f"); !errors.Is(err, backend.ErrEnded) {
		t.Errorf("Fork after Close: %v, want ErrEnded", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
	if s, err := r.RestoreSession(t.Context(), r.wanted("bad"), bytes.NewReader(state.Bytes()[1:])); caisson.CodeOf(err) != caisson.Invalid || s != nil {
		t.Errorf("RestoreSession of damage = %v, %v; want invalid", s, err)
	}
	foreign := r.wanted("mine")
	foreign.Tenant = "somebody-else"
	if s, err := r.RestoreSession(t.Context(), foreign, bytes.NewReader(state.Bytes())); err == nil {
		r.keep(s, nil)
		t.Error("RestoreSession of another tenant's state worked")
	}
}

func TestSessionForks(t *testing.T) {
	r := newRig(t)
	s := r.session("s")
	r.cell(s, "set x 1")
	f, err := s.Fork(t.Context(), "f")
	r.keep(f, err)
	r.cell(f, "set x 2")
	if got := r.cell(s, "get x") + r.cell(f, "get x"); got != "1\n2\n" {
		t.Errorf("x = %q, want 1 and 2", got)
	}
	i := slices.Index(r.events.Kinds(), caisson.Forked{}.Kind())
	if i < 0 {
		t.Fatalf("events = %v, want a fork", r.events.Kinds())
	}
	if e := r.events.Events()[i]; e.Session != "f" || e.Data.(caisson.Forked).From != "s" || e.Sandbox == "" {
		t.Errorf("forked = %+v", e)
	}
	open := r.b.Open()
	r.b.Fail(fake.Fork, errors.New("broken"))
	if _, err := s.Fork(t.Context(), "g"); err == nil || r.b.Open() != open {
		t.Errorf("Fork that fails: %v, %d sandboxes more", err, r.b.Open()-open)
	}
	r.b.Fail(fake.Fork, nil)
	r.events.FailSync(caisson.Forked{}.Kind())
	if _, err := s.Fork(t.Context(), "g"); !errors.Is(err, mem.ErrFull) || r.b.Open() != open {
		t.Errorf("Fork that cannot be recorded: %v, %d sandboxes more", err, r.b.Open()-open)
	}
}

func TestNoteIsDurable(t *testing.T) {
	r := newRig(t)
	if err := r.Note(t.Context(), "t", "s", caisson.Saved{Bytes: 3}); err != nil {
		t.Fatal(err)
	}
	if e := r.events.Synced(); len(e) != 1 || e[0].Session != "s" || e[0].Tenant != "t" {
		t.Errorf("durable = %+v, want the note", e)
	}
	r.events.FailSync(caisson.Deleted{}.Kind())
	if err := r.Note(t.Context(), "t", "s", caisson.Deleted{}); !errors.Is(err, mem.ErrFull) {
		t.Errorf("Note: %v, want %v", err, mem.ErrFull)
	}
}

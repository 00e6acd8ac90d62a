package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/fake"
	"github.com/caisson-dev/caisson/internal/engine"
	"github.com/caisson-dev/caisson/internal/event/mem"
)

// A rig is the real engine over a fake backend and a record in memory.
type rig struct {
	*testing.T
	*engine.Engine
	b       *fake.Backend
	events  *mem.Recorder
	verdict caisson.Verdict
	assess  func() (caisson.Assessment, error)
	place   error
	failed  atomic.Bool // what Decide was told last
}

func (r *rig) Assess(context.Context, string, string) (caisson.Assessment, error) { return r.assess() }

func posture() caisson.Posture {
	return caisson.Posture{Isolation: caisson.IsolationMediated, Limits: caisson.Limits{
		Wall: time.Minute, CPU: time.Minute, Memory: 1 << 20, Disk: 1 << 20, Inodes: 10, OpenFiles: 10, Output: 1 << 20, Processes: 1,
	}}
}

func newRig(t *testing.T) *rig {
	var n atomic.Int64
	r := &rig{T: t, b: &fake.Backend{}, events: &mem.Recorder{}, verdict: caisson.Verdict{Action: caisson.Allow, Posture: posture()}}
	r.assess = func() (caisson.Assessment, error) {
		return caisson.Assessment{Needs: []caisson.Need{caisson.NeedThreads}}, nil
	}
	r.Engine = &engine.Engine{
		Log: slog.New(slog.DiscardHandler), Risk: r, Record: r.events,
		Decide: func(_ caisson.Request, _ caisson.Assessment, failed bool) caisson.Verdict {
			r.failed.Store(failed)
			return r.verdict
		},
		Place: func(context.Context, string, caisson.Spec, []caisson.Need) (caisson.Placement, backend.Backend, error) {
			return caisson.Placement{Backend: fake.Name, Holds: caisson.IsolationMediated, Layers: []string{fake.Name}}, r.b, r.place
		},
		NewID: func() string { return fmt.Sprintf("id%d", n.Add(1)) },
		Now:   time.Now,
	}
	t.Cleanup(func() {
		if r.b.Open() != 0 || len(r.Running()) != 0 {
			t.Errorf("%d sandboxes left open, %v running", r.b.Open(), r.Running())
		}
	})
	return r
}

func request(code string) caisson.Request {
	return caisson.Request{Tenant: "t", Runtime: fake.Runtime, Code: code, Want: posture()}
}

// kinds are what an execution leaves on record.
const (
	requested = "execution.requested"
	decided   = "execution.decided"
	placed    = "execution.placed"
	ended     = "execution.ended"
	responded = "sandbox.responded"
)

// recorded checks the event list.
func (r *rig) recorded(want ...string) {
	r.Helper()
	if got := r.events.Kinds(); !slices.Equal(got, want) {
		r.Errorf("events = %v, want %v", got, want)
	}
}

// last returns the last event, which must be an end.
func (r *rig) last() caisson.Ended {
	r.Helper()
	events := r.events.Events()
	if len(events) == 0 {
		r.Fatal("nothing is on record")
	}
	e, ok := events[len(events)-1].Data.(caisson.Ended)
	if !ok {
		r.Fatalf("the last event is %s, want an end", events[len(events)-1].Data.Kind())
	}
	return e
}

// nothingRan checks that no code ran.
func (r *rig) nothingRan() {
	r.Helper()
	if ran := r.b.Ran(); len(ran) != 0 {
		r.Errorf("code ran: %q", ran)
	}
}

func TestExecuteAllowed(t *testing.T) {
	r := newRig(t)
	var out bytes.Buffer
	req := request("print hi\nwrite made text\nwrite changed after!\nexit 3")
	req.Files = []caisson.File{{Name: "given", Data: []byte("given")}, {Name: "changed", Data: []byte("before")}}
	var files []string
	x, err := r.Execute(t.Context(), req, caisson.Streams{Stdout: &out, Files: func(f caisson.File) error {
		files = append(files, f.Name+"="+string(f.Data))
		return nil
	}})
	if err != nil || x.Outcome.Status != caisson.Exited || x.Outcome.ExitCode != 3 || out.String() != "hi\n" {
		t.Fatalf("Execute = %+v, %v, stdout %q", x.Outcome, err, out.String())
	}
	if !slices.Equal(files, []string{"changed=after!", "made=text"}) {
		t.Errorf("files = %q, want what the code made or changed", files)
	}
	r.recorded(requested, decided, placed, ended)
	events := r.events.Events()
	first := events[0].Data.(caisson.Requested)
	if first.Bytes != len(req.Code) || first.Runtime != fake.Runtime || len(first.SHA256) != 64 || strings.Contains(fmt.Sprint(events), "print hi") {
		t.Errorf("requested = %+v: want a digest, and not the code", first)
	}
	for i, e := range events {
		if e.Tenant != "t" || e.Execution != x.ID || e.Time.IsZero() || (i >= 2) != (e.Sandbox == x.Sandbox) {
			t.Errorf("event %d is about %+v, want execution %s", i, e, x.ID)
		}
	}
	if e := r.last(); e.Status != caisson.Exited || e.ExitCode != 3 || e.Code != "" || e.Usage.Output != 3 {
		t.Errorf("ended = %+v", e)
	}
	if x.Backend != fake.Name || x.Sandbox == "" {
		t.Errorf("placement = %+v", x)
	}
}

func TestExecuteTightens(t *testing.T) {
	r := newRig(t)
	r.verdict.Posture.Limits.Output = 2
	var out bytes.Buffer
	x, err := r.Execute(t.Context(), request("print hello"), caisson.Streams{Stdout: &out})
	if err != nil || x.Outcome.Status != caisson.OutputLimit || out.String() != "he" {
		t.Errorf("Execute = %+v, %v, stdout %q; want the policy's limit", x.Outcome, err, out.String())
	}
	// A request cannot widen what policy gives.
	r.verdict.Posture = caisson.Posture{}
	if x, err := r.Execute(t.Context(), request("print hello"), caisson.Streams{}); err == nil || x.Outcome.Status != "" {
		t.Errorf("Execute under the zero posture = %+v, %v; want an error", x.Outcome, err)
	}
	if n := len(r.b.Ran()); n != 1 {
		t.Errorf("%d pieces of code ran, want 1", n)
	}
}

func TestExecuteDenied(t *testing.T) {
	for _, a := range []caisson.Action{caisson.Deny, caisson.Review, 99, -1} {
		r := newRig(t)
		r.verdict = caisson.Verdict{Action: a, Posture: posture(), Findings: []caisson.Finding{{Rule: "x"}}}
		x, err := r.Execute(t.Context(), request("print hi"), caisson.Streams{})
		if err != nil || x.Outcome.Status != "" || x.Verdict.Action != a || x.Sandbox != "" {
			t.Errorf("action %v: Execute = %+v, %v; want a verdict and no outcome", a, x, err)
		}
		r.recorded(requested, decided, ended)
		if e := r.last(); e.Status != "" || e.Code != "" {
			t.Errorf("action %v: ended = %+v, want no status and no code", a, e)
		}
		r.nothingRan()
	}
}

// TestExecuteFailsClosed makes each step fail in turn.
func TestExecuteFailsClosed(t *testing.T) {
	broken := errors.New("broken")
	full := []string{requested, decided, placed, ended}
	for _, c := range []struct {
		name   string
		spoil  func(*rig)
		events []string
		err    error // nil: none
		ran    bool
	}{
		{"record requested", func(r *rig) { r.events.FailRecord(requested) }, nil, mem.ErrFull, false},
		{"record decided", func(r *rig) { r.events.FailRecord(decided) }, full[:1], mem.ErrFull, false},
		{"record placed", func(r *rig) { r.events.FailRecord(placed) }, full[:2], mem.ErrFull, false},
		{"record ended", func(r *rig) { r.events.FailRecord(ended) }, full[:3], mem.ErrFull, true},
		{"sync requested", func(r *rig) { r.events.FailSync(requested) }, full[:3], mem.ErrFull, false},
		{"sync placed", func(r *rig) { r.events.FailSync(placed) }, full[:3], mem.ErrFull, false},
		{"assess", func(r *rig) { r.assess = func() (caisson.Assessment, error) { return caisson.Assessment{}, broken } }, full, nil, true},
		{"place", func(r *rig) { r.place = broken }, []string{requested, decided, ended}, broken, false},
		{"create", func(r *rig) { r.b.Fail(fake.Create, broken) }, full, broken, false},
		{"create and sync", func(r *rig) { r.b.Fail(fake.Create, broken); r.events.FailSync(placed) }, full[:3], broken, false},
		{"put", func(r *rig) { r.b.Fail(fake.Put, broken) }, full, broken, false},
		{"exec", func(r *rig) { r.b.Fail(fake.Exec, broken) }, full, broken, false},
		{"lose", func(r *rig) { r.b.Fail(fake.Lose, broken) }, full, broken, true},
		{"look", func(r *rig) { r.b.Fail(fake.List, broken) }, full, broken, false},
		{"get", func(r *rig) { r.b.Fail(fake.Get, broken) }, full, broken, true},
		{"close", func(r *rig) { r.b.Fail(fake.Close, broken) }, full, broken, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			c.spoil(r)
			req := request("write made text")
			req.Files = []caisson.File{{Name: "given"}}
			x, err := r.Execute(t.Context(), req, caisson.Streams{Files: func(caisson.File) error { return nil }})
			if !errors.Is(err, c.err) {
				t.Errorf("Execute: %v, want %v", err, c.err)
			}
			if x == nil || x.ID == "" {
				t.Errorf("Execute = %+v, want the execution, as far as it came", x)
			}
			r.recorded(c.events...)
			if ran := len(r.b.Ran()) > 0; ran != c.ran {
				t.Errorf("code ran: %v, want %v", ran, c.ran)
			}
			if !c.ran && x.Outcome.Status != "" {
				t.Errorf("status %q of code that never ran", x.Outcome.Status)
			}
			if slices.Contains(c.events, ended) && c.err != nil {
				if e := r.last(); e.Code != caisson.Internal {
					t.Errorf("ended = %+v, want code internal", e)
				}
			}
		})
	}
	t.Run("a caller's own file fails", func(t *testing.T) {
		r := newRig(t)
		_, err := r.Execute(t.Context(), request("write made text"), caisson.Streams{Files: func(caisson.File) error { return broken }})
		if !errors.Is(err, broken) {
			t.Errorf("Execute: %v, want %v", err, broken)
		}
		r.recorded(full...)
	})
}

func TestDecideIsToldOfCodeNobodyCouldLookAt(t *testing.T) {
	r := newRig(t)
	r.assess = func() (caisson.Assessment, error) { return caisson.Assessment{}, errors.New("too deep") }
	if _, err := r.Execute(t.Context(), request("pass"), caisson.Streams{}); err != nil || !r.failed.Load() {
		t.Errorf("Execute: %v, Decide was told %v; want true", err, r.failed.Load())
	}
}

func TestDeniedWhenItCannotBeMadeDurableIsAnError(t *testing.T) {
	r := newRig(t)
	r.verdict = caisson.Verdict{}
	r.events.FailSync(decided)
	if _, err := r.Execute(t.Context(), request("pass"), caisson.Streams{}); !errors.Is(err, mem.ErrFull) {
		t.Errorf("Execute: %v, want %v", err, mem.ErrFull)
	}
	r.nothingRan()
}

func TestCancelledCallerStillLeavesAnEnd(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	x, err := r.Execute(ctx, request("print go\nsleep 1h"), caisson.Streams{Stdout: writer(func() { cancel() })})
	if err != nil || x.Outcome.Status != caisson.Killed {
		t.Errorf("Execute of a caller that is gone = %+v, %v; want killed", x.Outcome, err)
	}
	r.recorded(requested, decided, placed, ended)
	if e := r.last(); e.Status != caisson.Killed {
		t.Errorf("ended = %+v, want killed", e)
	}
}

// writer calls itself at each write.
type writer func()

func (w writer) Write(p []byte) (int, error) {
	w()
	return len(p), nil
}

func TestRespondReachesWhatRuns(t *testing.T) {
	for _, c := range []struct {
		response caisson.Response
		code     string
		status   caisson.Status
	}{
		{caisson.Kill, "sleep 1h", caisson.Killed},
		{caisson.Kill, "stubborn", caisson.Killed},
		{caisson.Interrupt, "sleep 1h", caisson.Exited},
		{caisson.Observe, "exit 1", caisson.Exited},
	} {
		r := newRig(t)
		var once sync.Once
		x, err := r.Execute(t.Context(), request("print go\n"+c.code), caisson.Streams{Stdout: writer(func() {
			once.Do(func() {
				running := r.Running()
				if len(running) != 1 {
					t.Fatalf("running = %v, want one", running)
				}
				if err := r.Respond(t.Context(), running[0], c.response, "a test"); err != nil {
					t.Errorf("Respond: %v", err)
				}
			})
		})})
		if err != nil || x.Outcome.Status != c.status || x.Outcome.Status == caisson.Exited && x.Outcome.ExitCode != 1 {
			t.Errorf("%v: Execute = %+v, %v; want %v", c.response, x.Outcome, err, c.status)
		}
		r.recorded(requested, decided, placed, responded, ended)
		e := r.events.Events()[3]
		if got := e.Data.(caisson.Responded); got.Response != c.response || got.By != "a test" || e.Sandbox != x.Sandbox || e.Execution != x.ID {
			t.Errorf("responded = %+v in %+v", got, e)
		}
		if err := r.Respond(t.Context(), x.Sandbox, c.response, "late"); caisson.CodeOf(err) != caisson.NotFound {
			t.Errorf("Respond to a sandbox that is gone: %v, want not_found", err)
		}
	}
}

// What is asked for is done even when it cannot be recorded.
func TestRespondKillsBeforeItRecords(t *testing.T) {
	r := newRig(t)
	r.events.FailRecord(responded)
	var once sync.Once
	x, err := r.Execute(t.Context(), request("print go\nsleep 1h"), caisson.Streams{Stdout: writer(func() {
		once.Do(func() {
			if err := r.Respond(t.Context(), r.Running()[0], caisson.Kill, "a test"); !errors.Is(err, mem.ErrFull) {
				t.Errorf("Respond: %v, want %v", err, mem.ErrFull)
			}
		})
	})})
	if x.Outcome.Status != caisson.Killed || !errors.Is(err, mem.ErrFull) {
		t.Errorf("Execute = %+v, %v; want killed, and that its end is not on record", x.Outcome, err)
	}
}

func TestExecuteMany(t *testing.T) {
	r := newRig(t)
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			var out bytes.Buffer
			x, err := r.Execute(t.Context(), request("set x 1\nget x"), caisson.Streams{Stdout: &out})
			if err != nil || out.String() != "1\n" {
				t.Errorf("Execute = %+v, %v, %q", x.Outcome, err, out.String())
			}
			r.Running()
		})
	}
	all.Wait()
	count := map[caisson.ExecutionID]int{}
	for _, e := range r.events.Events() {
		count[e.Execution]++
	}
	for id, n := range count {
		if n != 4 {
			t.Errorf("execution %s has %d events, want 4", id, n)
		}
	}
	if len(count) != 32 {
		t.Errorf("%d executions are on record, want 32", len(count))
	}
}

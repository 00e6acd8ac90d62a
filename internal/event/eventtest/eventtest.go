// Package eventtest checks what every [event.Recorder] must keep. Each
// implementation runs it.
package eventtest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/event"
)

// Opened is a new, empty Recorder under test.
type Opened struct {
	event.Recorder
	Read func() []caisson.Event // what is durable, in order
}

// Run checks the Recorders that open makes.
func Run(t *testing.T, open func(*testing.T) Opened) {
	for name, f := range map[string]func(*testing.T, Opened){
		"keeps every kind as it came":            keepsEveryKind,
		"keeps order":                            keepsOrder,
		"keeps hostile text":                     keepsHostileText,
		"takes all of a Record or none":          takesAllOrNone,
		"syncs nothing":                          syncsNothing,
		"outlives a caller that does not wait":   outlivesCaller,
		"keeps batches whole, of many at a time": keepsBatches,
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) { f(t, open(t)) })
	}
}

// Refuses checks a Recorder that has failed: nothing may be taken as recorded
// from then on.
func Refuses(t *testing.T, r event.Recorder) {
	t.Helper()
	if err := r.Record(t.Context(), one("late", 0)); err == nil {
		t.Error("Record after a failure = nil, want an error")
	}
	if err := r.Sync(t.Context()); err == nil {
		t.Error("Sync after a failure = nil, want an error")
	}
}

// Events returns one event of every kind, with every field set.
func Events() []caisson.Event {
	limits := caisson.Limits{
		Wall: time.Second, CPU: time.Second, Memory: 1 << 20, Disk: 1 << 20,
		Inodes: 10, OpenFiles: 5, Output: 1 << 10, Processes: 1,
	}
	verdict := caisson.Verdict{
		Action:   caisson.Allow,
		Posture:  caisson.Posture{Isolation: caisson.IsolationMediated, Limits: limits, Egress: []string{"example.org"}},
		Findings: []caisson.Finding{{Rule: "python.eval", Severity: 20, Line: 3, Message: "evaluates text", Technique: "T1059.006"}},
		Needs:    []caisson.Need{caisson.NeedNetwork},
		Policy:   "sha256:00",
	}
	placement := caisson.Placement{Backend: "wasm", Layers: []string{"wasm", "seccomp"}, Reason: "cheapest", Missing: []string{"cgroup"}}
	usage := caisson.Usage{Wall: time.Second, CPU: time.Millisecond, PeakMemory: 1 << 20, Output: 12, Disk: 7}
	var events []caisson.Event
	for i, d := range []caisson.EventData{
		caisson.Requested{Runtime: "python", SHA256: strings.Repeat("ab", 32), Bytes: 9},
		caisson.Decided{Verdict: verdict},
		caisson.Decided{},
		caisson.Placed{Placement: placement},
		caisson.Responded{Response: caisson.Interrupt, By: "monitor"},
		caisson.Ended{Status: caisson.TimedOut, ExitCode: 3, Reason: "wall", Code: caisson.Internal, Usage: usage},
		caisson.Saved{SHA256: strings.Repeat("cd", 32), Bytes: 1 << 40},
		caisson.Forked{From: "s0"},
		caisson.Deleted{},
	} {
		events = append(events, caisson.Event{
			Time:   time.Date(2026, 1, 2, 3, 4, 5, 123456789+i, time.UTC),
			Tenant: caisson.TenantLocal, Session: "s1", Sandbox: "b1", Execution: "x1", Data: d,
		})
	}
	return events
}

func keepsEveryKind(t *testing.T, r Opened) {
	want := Events()
	must(t, r.Record(t.Context(), want...))
	must(t, r.Sync(t.Context()))
	equal(t, r.Read(), want)
}

func keepsOrder(t *testing.T, r Opened) {
	var want []caisson.Event
	for i := range 50 {
		e := one("x", i)
		want = append(want, e)
		must(t, r.Record(t.Context(), e))
		if i%7 == 0 {
			must(t, r.Sync(t.Context()))
		}
	}
	must(t, r.Sync(t.Context()))
	equal(t, r.Read(), want)
}

func keepsHostileText(t *testing.T, r Opened) {
	e := one("x", 0)
	e.Data = caisson.Ended{Reason: "a\nb\x00\x1b[31m\u009b\u202e\u2028<&>\"\\\U0001f600é"}
	must(t, r.Record(t.Context(), e))
	must(t, r.Sync(t.Context()))
	equal(t, r.Read(), []caisson.Event{e})
}

func takesAllOrNone(t *testing.T, r Opened) {
	bad := caisson.Event{Execution: "x"}
	if err := r.Record(t.Context(), one("x", 0), bad, one("x", 1)); err == nil {
		t.Error("Record of an event without data = nil, want an error")
	}
	must(t, r.Record(t.Context(), one("x", 2)))
	must(t, r.Sync(t.Context()))
	equal(t, r.Read(), []caisson.Event{one("x", 2)})
}

func syncsNothing(t *testing.T, r Opened) {
	must(t, r.Sync(t.Context()))
	must(t, r.Record(t.Context()))
	must(t, r.Sync(t.Context()))
	equal(t, r.Read(), nil)
}

func outlivesCaller(t *testing.T, r Opened) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	// Either answer is right, as long as it is no other error.
	var want []caisson.Event
	if err := r.Record(gone, one("x", 0)); err == nil {
		want = append(want, one("x", 0))
	} else if !errors.Is(err, context.Canceled) {
		t.Errorf("Record = %v, want nil or %v", err, context.Canceled)
	}
	if err := r.Sync(gone); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("Sync = %v, want nil or %v", err, context.Canceled)
	}
	must(t, r.Record(t.Context(), one("x", 1)))
	must(t, r.Sync(t.Context()))
	equal(t, r.Read(), append(want, one("x", 1)))
}

func keepsBatches(t *testing.T, r Opened) {
	const writers, batches, size = 8, 20, 3
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for b := range batches {
				var events []caisson.Event
				for i := range size {
					events = append(events, one(fmt.Sprint("w", w), b*size+i))
				}
				if err := errors.Join(r.Record(t.Context(), events...), r.Sync(t.Context())); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got := r.Read()
	if len(got) != writers*batches*size {
		t.Fatalf("%d events are recorded, want %d", len(got), writers*batches*size)
	}
	next := map[caisson.ExecutionID]int{}
	for i, e := range got {
		n := e.Data.(caisson.Requested).Bytes
		if n != next[e.Execution] {
			t.Fatalf("event %d of %s follows %d", n, e.Execution, next[e.Execution]-1)
		}
		next[e.Execution]++
		if i%size > 0 && e.Execution != got[i-1].Execution {
			t.Fatalf("a batch of %s has an event of %s in it", got[i-1].Execution, e.Execution)
		}
	}
}

// one returns an event that is known by n.
func one(x string, n int) caisson.Event {
	return caisson.Event{
		Time:   time.Date(2026, 1, 2, 3, 4, 5, n, time.UTC),
		Tenant: caisson.TenantLocal, Execution: caisson.ExecutionID(x),
		Data: caisson.Requested{Runtime: "python", Bytes: n},
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal(t *testing.T, got, want []caisson.Event) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d events are durable, want %d", len(got), len(want))
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("event %d = %+v, want %+v", i, got[i], want[i])
		}
	}
}

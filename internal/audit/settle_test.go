package audit_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/audit"
)

func TestSettleEndsWhatADeadWriterLeft(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "record")
	dead, living := open(t, dir), open(t, dir)
	allow := caisson.Decided{Verdict: caisson.Verdict{Action: caisson.Allow}}
	steps := []struct {
		execution caisson.ExecutionID
		session   caisson.SessionID
		data      []caisson.EventData
		end       bool
		status    caisson.Status
	}{
		{"a", "", []caisson.EventData{caisson.Requested{}}, true, ""},
		{"b", "", []caisson.EventData{caisson.Requested{}, allow}, true, ""},
		{"c", "", []caisson.EventData{caisson.Requested{}, allow, caisson.Placed{}}, true, caisson.Lost},
		{"d", "", []caisson.EventData{caisson.Requested{}, allow, caisson.Placed{}, caisson.Ended{}}, false, ""},
		{"e", "s", []caisson.EventData{caisson.Requested{}, allow}, true, caisson.Lost},
		{"f", "s", []caisson.EventData{caisson.Requested{}, caisson.Decided{}}, true, ""},
		{"", "s", []caisson.EventData{caisson.Saved{}}, false, ""},
	}
	for _, s := range steps {
		for _, d := range s.data {
			must(t, dead.Record(t.Context(), caisson.Event{Tenant: "t", Session: s.session, Sandbox: "b", Execution: s.execution, Data: d}))
		}
	}
	must(t, living.Record(t.Context(), request(1)))
	must(t, errors.Join(dead.Sync(t.Context()), living.Sync(t.Context())))

	if got := settle(t, living); len(got) != 0 {
		t.Fatalf("Settle while the writers live = %v, want none", got)
	}
	must(t, dead.Abandon())
	got := settle(t, living)
	i := 0
	for _, s := range steps {
		if !s.end {
			continue
		}
		if i == len(got) {
			t.Fatalf("Settle = %v, want an end of %s", got, s.execution)
		}
		e := got[i]
		end := e.Data.(caisson.Ended)
		if e.Execution != s.execution || e.Tenant != "t" || e.Session != s.session || e.Sandbox != "b" ||
			end.Status != s.status || end.Code != caisson.Unavailable || end.Reason == "" {
			t.Errorf("end %d = %+v, want one of %s with status %q", i, e, s.execution, s.status)
		}
		i++
	}
	if len(got) != i {
		t.Errorf("Settle = %d ends, want %d", len(got), i)
	}
	if again := settle(t, open(t, dir)); len(again) != 0 {
		t.Errorf("Settle again = %v, want none", again)
	}
	whole(t, dir)
}

func TestSettleAtOnceEndsEachExecutionOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "record")
	const n = 40
	for i := range n {
		l := open(t, dir)
		l.SetMaxSegment(4000)
		must(t, l.Record(t.Context(), request(i)))
		must(t, l.Sync(t.Context()))
		must(t, l.Abandon())
	}
	var wg sync.WaitGroup
	for range 6 {
		l := open(t, dir)
		wg.Go(func() {
			if _, err := l.Settle(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	ends := map[caisson.ExecutionID]int{}
	for _, e := range read(t, dir, audit.Filter{Tenant: audit.AnyTenant}) {
		if _, ok := e.Data.(caisson.Ended); ok {
			ends[e.Execution]++
		}
	}
	for x, k := range ends {
		if k != 1 {
			t.Errorf("execution %s has %d ends", x, k)
		}
	}
	if len(ends) != n {
		t.Errorf("%d executions ended, want %d", len(ends), n)
	}
}

func TestSettleRemembersHowFarItRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "record")
	l := open(t, dir)
	for i := range 400 {
		must(t, l.Record(t.Context(), request(i)))
	}
	must(t, l.Sync(t.Context()))
	if got := settle(t, l); len(got) != 0 {
		t.Fatalf("Settle of its own executions = %d ends, want none", len(got))
	}
	memory := filepath.Join(dir, "open.json")
	good := contents(t, memory)
	must(t, l.Abandon())
	for _, b := range [][]byte{
		good, nil, []byte("junk"), []byte(`{"segment":1,"offset":7,"executions":{}}`),
		[]byte(`{"segment":9,"offset":7,"executions":{}}`), []byte(`{"segment":1,"offset":1152921504606846976,"executions":{}}`),
	} {
		copied := filepath.Join(t.TempDir(), "record")
		must(t, os.CopyFS(copied, os.DirFS(dir)))
		chmod(t, copied, 0o700)
		must(t, os.WriteFile(filepath.Join(copied, "open.json"), b, 0o600))
		if got := len(settle(t, open(t, copied))); got != 400 {
			t.Errorf("Settle with memory %.60q = %d ends, want 400", b, got)
		}
	}
	// It is used: what it does not name is not looked for.
	must(t, os.WriteFile(memory, []byte(`{"segment":1,"offset":`+strconv.Itoa(len(contents(t, filepath.Join(dir, "00000001.jsonl"))))+`,"executions":{}}`), 0o600))
	if got := len(settle(t, open(t, dir))); got != 0 {
		t.Errorf("Settle of a remembered record = %d ends, want none", got)
	}
}

func settle(t *testing.T, l *audit.Log) []caisson.Event {
	t.Helper()
	ends, err := l.Settle(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return ends
}

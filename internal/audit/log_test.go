package audit_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/audit"
	"github.com/caisson-dev/caisson/internal/event/eventtest"
)

func TestLogIsARecorder(t *testing.T) {
	eventtest.Run(t, func(t *testing.T) eventtest.Opened {
		dir := filepath.Join(t.TempDir(), "record")
		return eventtest.Opened{Recorder: open(t, dir), Read: func() []caisson.Event {
			whole(t, dir)
			return read(t, dir, audit.Filter{Tenant: audit.AnyTenant})
		}}
	})
}

func TestOpenGoesOnWhereTheRecordEnds(t *testing.T) {
	dir := t.TempDir()
	chmod(t, dir, 0o700)
	for i := range 3 {
		l := open(t, dir)
		write(t, l, i)
		must(t, l.Close())
	}
	if got := whole(t, dir); got.Lines != 4 || got.Segments != 1 {
		t.Errorf("%d lines in %d segments, want 4 in 1", got.Lines, got.Segments)
	}
}

func TestLogsTakeTurns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "record")
	a, b := open(t, dir), open(t, dir)
	a.SetMaxSegment(1000)
	for i := range 30 {
		write(t, []*audit.Log{a, b}[i%2], i)
	}
	got := whole(t, dir)
	if got.Segments < 3 {
		t.Errorf("%d segments, want a new one at each 1000 bytes", got.Segments)
	}
	for i, e := range read(t, dir, audit.Filter{Tenant: audit.AnyTenant}) {
		if n := e.Data.(caisson.Requested).Bytes; n != i {
			t.Fatalf("event %d is number %d", i, n)
		}
	}
}

func TestOpenRefusesAFolderThatOthersCanChange(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "record")
	must(t, os.Mkdir(dir, 0o700))
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(dir, link))
	refused(t, link, "symbolic link")

	chmod(t, dir, 0o750)
	refused(t, dir, "chmod 0700")
	chmod(t, dir, 0o700)

	must(t, os.Mkdir(filepath.Join(dir, "00000001.jsonl"), 0o700))
	refused(t, dir, "")
	must(t, os.Remove(filepath.Join(dir, "00000001.jsonl")))

	// A segment that leads out of the record is not followed.
	must(t, os.Symlink(filepath.Join(t.TempDir(), "x"), filepath.Join(dir, "00000001.jsonl")))
	refused(t, dir, "")

	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	refused(t, file, "")
}

func TestOpenRefusesAnotherUsersFolder(t *testing.T) {
	if os.Geteuid() != 0 {
		// A user cannot give a folder away, but / is always root's.
		refused(t, "/", "belongs to user 0")
		return
	}
	dir := filepath.Join(t.TempDir(), "record")
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.Chown(dir, 4711, 4711))
	refused(t, dir, "belongs to user 4711")
}

func TestOpenRefusesADamagedEnd(t *testing.T) {
	dir, file := small(t)
	b := contents(t, file)
	b[len(b)-200] ^= 1
	must(t, os.WriteFile(file, b, 0o600))
	refused(t, dir, "the last line was changed")
}

func TestLogRefusesWhenItsSegmentIsCutOrRemoved(t *testing.T) {
	for name, harm := range map[string]func(string) error{
		"cut":     func(f string) error { return os.Truncate(f, 10) },
		"removed": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "record")
			l := open(t, dir)
			write(t, l, 0)
			must(t, harm(filepath.Join(dir, "00000001.jsonl")))
			must(t, l.Record(t.Context(), request(1)))
			if err := l.Sync(t.Context()); err == nil {
				t.Error("Sync = nil, want an error")
			}
			eventtest.Refuses(t, l)
		})
	}
}

func TestCloseSyncsAndEnds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "record")
	l := open(t, dir)
	must(t, l.Record(t.Context(), request(0)))
	must(t, l.Close())
	must(t, l.Close())
	eventtest.Refuses(t, l)
	if got := whole(t, dir).Lines; got != 2 {
		t.Errorf("%d lines, want 2", got)
	}
}

func TestRecordRefusesWhatIsTooLong(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "record")
	l := open(t, dir)
	long := caisson.Event{Data: caisson.Ended{Reason: strings.Repeat("\U0001f600", 100_000)}}
	if err := l.Record(t.Context(), request(0), long); err == nil {
		t.Error("Record = nil, want an error")
	}
	// As long as may be: nothing that was written is too long to be read.
	sort.Search(1<<10, func(n int) bool {
		e := caisson.Event{Data: caisson.Ended{Reason: strings.Repeat("a", 1<<20-n)}}
		return l.Record(t.Context(), e) == nil
	})
	write(t, l, 1)
	must(t, l.Close())
	write(t, open(t, dir), 2)
	whole(t, dir)
}

func TestLinesAreASCII(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "record")
	l := open(t, dir)
	must(t, l.Record(t.Context(), caisson.Event{Data: caisson.Ended{Reason: "\u009b31m\u202e\x7fé\U0001f600\xff"}}))
	must(t, l.Sync(t.Context()))
	for _, c := range contents(t, filepath.Join(dir, "00000001.jsonl")) {
		if c != '\n' && (c < 0x20 || c >= 0x7f) {
			t.Fatalf("byte %#x is on record", c)
		}
	}
}

func TestManyCallersShareAFlush(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "record")
	logs := []*audit.Log{open(t, dir), open(t, dir)}
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := range 25 {
				l := logs[g%2]
				if err := errors.Join(l.Record(t.Context(), request(i)), l.Sync(t.Context())); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for range 10 {
			whole(t, dir)
		}
	})
	wg.Wait()
	if got := whole(t, dir).Lines; got != 1+16*25 {
		t.Errorf("%d lines, want %d", got, 1+16*25)
	}
}

func TestReadFilters(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "record")
	l := open(t, dir)
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for i := range 8 {
		e := request(i)
		e.Time = at.Add(time.Duration(i) * time.Hour)
		e.Tenant = []caisson.TenantID{"a", "b"}[i%2]
		e.Session = []caisson.SessionID{"", "s"}[i/4]
		e.Execution = caisson.ExecutionID(fmt.Sprint("x", i))
		must(t, l.Record(t.Context(), e))
	}
	must(t, l.Sync(t.Context()))
	for _, c := range []struct {
		name   string
		filter audit.Filter
		want   []int
	}{
		{"zero", audit.Filter{}, nil},
		{"any", audit.Filter{Tenant: audit.AnyTenant}, []int{0, 1, 2, 3, 4, 5, 6, 7}},
		{"tenant", audit.Filter{Tenant: "a"}, []int{0, 2, 4, 6}},
		{"session", audit.Filter{Tenant: "b", Session: "s"}, []int{5, 7}},
		{"execution", audit.Filter{Tenant: "b", Execution: "x3"}, []int{3}},
		{"another's execution", audit.Filter{Tenant: "a", Execution: "x3"}, nil},
		{"since", audit.Filter{Tenant: "a", Since: at.Add(4 * time.Hour)}, []int{4, 6}},
	} {
		var got []int
		for _, e := range read(t, dir, c.filter) {
			got = append(got, e.Data.(caisson.Requested).Bytes)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: Read = %v, want %v", c.name, got, c.want)
		}
	}
}

func TestReadGoesOnAfterADamagedLine(t *testing.T) {
	dir, file := small(t)
	lines := strings.SplitAfter(string(contents(t, file)), "\n")
	lines[2] = strings.Replace(lines[2], "python", "pythoN", 1)
	must(t, os.WriteFile(file, []byte(strings.Join(lines, "")), 0o600))
	good, bad := 0, 0
	for _, err := range audit.Read(t.Context(), dir, audit.Filter{Tenant: audit.AnyTenant}) {
		if err != nil {
			bad++
		} else {
			good++
		}
	}
	if bad != 1 || good != len(lines)-3 {
		t.Errorf("%d events and %d faults, want %d and 1", good, bad, len(lines)-3)
	}
	for range audit.Read(t.Context(), dir, audit.Filter{Tenant: audit.AnyTenant}) {
		break
	}
}

func TestReadFailsWithoutARecord(t *testing.T) {
	for _, err := range audit.Read(t.Context(), filepath.Join(t.TempDir(), "none"), audit.Filter{}) {
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Read = %v, want %v", err, os.ErrNotExist)
		}
		return
	}
	t.Error("Read of no record yields nothing, want an error")
}

// open opens the record in dir until the test ends.
func open(t testing.TB, dir string) *audit.Log {
	t.Helper()
	l, err := audit.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // the test looks at what is on record
	return l
}

func refused(t *testing.T, dir, why string) {
	t.Helper()
	l, err := audit.Open(dir)
	if err == nil {
		must(t, l.Close())
		t.Errorf("Open(%s) = nil, want an error", dir)
	} else if !strings.Contains(err.Error(), why) {
		t.Errorf("Open(%s) = %v, want %q in it", dir, err, why)
	}
}

// request returns an event that is known by n.
func request(n int) caisson.Event {
	return caisson.Event{
		Time: time.Date(2026, 1, 2, 3, 4, 5, n, time.UTC), Tenant: caisson.TenantLocal,
		Execution: caisson.ExecutionID(fmt.Sprint("x", n)),
		Data:      caisson.Requested{Runtime: "python", SHA256: strings.Repeat("ab", 32), Bytes: n},
	}
}

func write(t testing.TB, l *audit.Log, n int) {
	t.Helper()
	must(t, l.Record(t.Context(), request(n)))
	must(t, l.Sync(t.Context()))
}

// small makes a record of a few lines in one segment.
func small(t *testing.T) (dir, file string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "record")
	l := open(t, dir)
	for i := range 4 {
		write(t, l, i)
	}
	must(t, l.Close())
	return dir, filepath.Join(dir, "00000001.jsonl")
}

func verify(t testing.TB, dir, kept string) audit.Report {
	t.Helper()
	r, err := audit.Verify(context.WithoutCancel(t.Context()), dir, kept)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func whole(t testing.TB, dir string) audit.Report {
	t.Helper()
	r := verify(t, dir, "")
	for _, f := range r.Faults {
		t.Errorf("fault: %s", f)
	}
	return r
}

func read(t testing.TB, dir string, f audit.Filter) []caisson.Event {
	t.Helper()
	var events []caisson.Event
	for e, err := range audit.Read(t.Context(), dir, f) {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e.Event)
	}
	return events
}

func contents(t testing.TB, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func chmod(t *testing.T, name string, mode os.FileMode) {
	t.Helper()
	must(t, os.Chmod(name, mode))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

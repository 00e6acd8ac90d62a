package audit_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/audit"
	"github.com/caisson-dev/caisson/internal/event/eventtest"
)

// writerEnv names the record of a test binary that is to be a writer.
const writerEnv = "CAISSON_AUDIT_TEST_WRITER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerEnv); dir != "" {
		fmt.Println("writer:", writeOn(dir))
		return
	}
	os.Exit(m.Run())
}

// writeOn records until it is killed or cannot, and says what is synced.
func writeOn(dir string) error {
	l, err := audit.Open(dir)
	if err != nil {
		return err
	}
	l.SetMaxSegment(20_000)
	ctx := context.Background()
	var wg sync.WaitGroup
	errs := make(chan error, 2)
	for range 2 {
		wg.Go(func() {
			for {
				n := rand.IntN(1 << 40)
				e := request(n)
				// Some lines are longer than a page, so that a kill can meet a
				// write half way.
				more := caisson.Event{Data: caisson.Ended{Reason: strings.Repeat("r", rand.IntN(9000))}}
				if err := errors.Join(l.Record(ctx, e, more), l.Sync(ctx)); err != nil {
					errs <- err
					return
				}
				fmt.Println(n)
			}
		})
	}
	wg.Wait()
	return <-errs
}

// startWriter starts a writer and counts what it says is synced into synced.
// The returned function waits for its end and returns its last words.
func startWriter(t *testing.T, cmd *exec.Cmd, dir string, synced map[int]bool, mu *sync.Mutex) (wait func() string) {
	t.Helper()
	cmd.Env = append(os.Environ(), writerEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	last := ""
	done := make(chan struct{})
	go func() {
		defer close(done)
		r := bufio.NewReader(out)
		for {
			s, err := r.ReadString('\n')
			if err != nil { // what has no newline was not said to its end
				return
			}
			if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil {
				mu.Lock()
				synced[n] = true
				mu.Unlock()
			} else {
				last = s
			}
		}
	}()
	return func() string {
		<-done
		_ = cmd.Wait() // it was killed
		return last
	}
}

func TestNoSyncedEventIsLostByAKill(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "record")
	synced := map[int]bool{}
	var mu sync.Mutex
	other := exec.Command(os.Args[0])
	waitOther := startWriter(t, other, dir, synced, &mu)
	for range 50 {
		cmd := exec.Command(os.Args[0])
		wait := startWriter(t, cmd, dir, synced, &mu)
		<-time.After(time.Duration(rand.IntN(25_000)) * time.Microsecond)
		must(t, cmd.Process.Kill())
		if last := wait(); last != "" {
			t.Fatalf("a writer stopped by itself: %s", last)
		}
	}
	must(t, other.Process.Kill())
	if last := waitOther(); last != "" {
		t.Fatalf("a writer stopped by itself: %s", last)
	}

	r := whole(t, dir)
	t.Logf("%d lines in %d segments, %d torn, %d events confirmed", r.Lines, r.Segments, len(r.Torn), len(synced))
	if len(synced) == 0 {
		t.Fatal("no writer has synced anything")
	}
	for _, e := range read(t, dir, audit.Filter{Tenant: caisson.TenantLocal}) {
		delete(synced, e.Data.(caisson.Requested).Bytes)
	}
	for n := range synced {
		t.Errorf("event %d was synced and is not on record", n)
	}
	write(t, open(t, dir), 0)
	whole(t, dir)
}

// A file size limit stops a write half way, as a full disk does, at any byte.
func TestLogRefusesWhenTheDiskIsFull(t *testing.T) {
	const inside = "CAISSON_AUDIT_TEST_LIMIT"
	if os.Getenv(inside) == "" {
		// The limit is the process's: the go command's own files must not meet it.
		cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.count=1")
		cmd.Env = append(os.Environ(), inside+"=1")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	dir := filepath.Join(t.TempDir(), "record")
	left := open(t, dir)
	write(t, left, 0)
	must(t, left.Abandon())
	size := len(contents(t, filepath.Join(dir, "00000001.jsonl")))
	for more := range 40 {
		l := open(t, dir)
		must(t, l.Record(t.Context(), request(1), request(2)))
		limit(t, size+more*20, func() {
			if err := l.Sync(t.Context()); !errors.Is(err, syscall.EFBIG) {
				t.Fatalf("Sync = %v, want %v", err, syscall.EFBIG)
			}
		})
		// There is room again, but what this log was told is not on record.
		eventtest.Refuses(t, l)
		must(t, errorsBut(l.Close(), syscall.EFBIG))
		whole(t, dir)

		next := open(t, dir)
		write(t, next, 3)
		must(t, next.Close())
		r := whole(t, dir)
		size = len(contents(t, filepath.Join(dir, fmt.Sprintf("%08d.jsonl", r.Segments))))
	}
	// A disk that stays full does not make a file at each try.
	before := verify(t, dir, "").Segments
	for range 5 {
		l := open(t, dir)
		must(t, l.Record(t.Context(), request(4)))
		limit(t, 100, func() {
			if err := l.Sync(t.Context()); err == nil {
				t.Error("Sync = nil, want an error")
			}
		})
	}
	if after := whole(t, dir).Segments; after > before+1 {
		t.Errorf("%d segments became %d", before, after)
	}

	l := open(t, dir)
	limit(t, 100, func() {
		if _, err := l.Settle(t.Context()); err == nil {
			t.Error("Settle = nil, want an error")
		}
	})
	eventtest.Refuses(t, l)
	if got := settle(t, open(t, dir)); len(got) == 0 {
		t.Error("Settle with room again = none, want the ends of what was left")
	}
	whole(t, dir)
}

// limit calls f while no file may be longer than n bytes.
func limit(t *testing.T, n int, f func()) {
	t.Helper()
	var was syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was))
	now := was
	now.Cur = uint64(n)
	must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &now))
	defer func() { must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was)) }()
	f()
}

func errorsBut(err, target error) error {
	if errors.Is(err, target) {
		return nil
	}
	return err
}

// The same on a real file system without room, where the host lets a user
// mount one. The test above covers what it cannot.
func TestLogRefusesOnAFullFileSystem(t *testing.T) {
	mounts, err := exec.LookPath("unshare")
	if err != nil {
		t.Skip("no unshare")
	}
	dir := t.TempDir()
	script := `mount -t tmpfs -o size=128k,mode=700 none "$1" && echo ready && "$0" && "$0" && cat "$1"/*.jsonl >"$1.out"; ls "$1" | wc -l`
	cmd := exec.Command(mounts, "-Urm", "sh", "-c", script, os.Args[0], dir)
	cmd.Env = append(os.Environ(), writerEnv+"="+dir)
	out, err := cmd.Output()
	text := string(out)
	if !strings.Contains(text, "ready") {
		t.Skipf("no mount for users here: %v %s", err, text)
	}
	if got := strings.Count(text, "writer: write record "); got != 2 || !strings.Contains(text, syscall.ENOSPC.Error()) {
		t.Errorf("writers on a full disk say %q", lastOf(text, 400))
	}
	copied := filepath.Join(t.TempDir(), "record")
	must(t, os.Mkdir(copied, 0o700))
	segment := 0
	var file *os.File
	for line := range strings.Lines(string(contents(t, dir+".out"))) {
		if strings.Contains(line, `"kind":"segment.started"`) {
			segment++
			if file, err = os.Create(filepath.Join(copied, fmt.Sprintf("%08d.jsonl", segment))); err != nil {
				t.Fatal(err)
			}
			defer file.Close()
		}
		_, err := io.WriteString(file, line)
		must(t, err)
	}
	whole(t, copied)
}

func lastOf(s string, n int) string { return s[max(0, len(s)-n):] }

package session_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/session"
)

// TestMain also plays a process that saves for ever and is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SESSION_TEST_SAVE"); dir != "" {
		if err := saveForEver(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func open(t *testing.T, dir string) *session.Store {
	t.Helper()
	s, err := session.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func hold(t *testing.T, s *session.Store, name caisson.SessionID) *session.Held {
	t.Helper()
	h, err := s.Hold(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func release(t *testing.T, h *session.Held) {
	t.Helper()
	if err := h.Release(); err != nil {
		t.Fatal(err)
	}
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func stateOf(t *testing.T, h *session.Held) string {
	t.Helper()
	f, err := h.State()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSavedSessionIsThereForTheNext(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sessions")
	h := hold(t, open(t, dir), "a")
	if h.Found() {
		t.Error("a session that nobody made is found")
	}
	if _, err := h.State(); caisson.CodeOf(err) != caisson.NotFound {
		t.Errorf("State of no session = %v, want not_found", err)
	}
	for i, state := range []string{"one", "two"} {
		saved, err := h.Save(caisson.Session{Runtime: "python", Cells: i + 1}, false, text(state))
		if err != nil || saved.Bytes != 3 || len(saved.SHA256) != 64 {
			t.Fatalf("Save = %+v, %v", saved, err)
		}
	}
	release(t, h)

	s := open(t, dir)
	all, err := s.List()
	if err != nil || len(all) != 1 || all[0].ID != "a" || all[0].Cells != 2 || all[0].Bytes != 3 {
		t.Errorf("List = %+v, %v, want a with 2 cells and 3 bytes", all, err)
	}
	h = hold(t, s, "a")
	defer release(t, h)
	if got := stateOf(t, h); got != "two" || !h.Found() {
		t.Errorf("state = %q, found %v, want two", got, h.Found())
	}
	if files := filesIn(t, filepath.Join(dir, "a")); len(files) != 2 {
		t.Errorf("files = %v, want meta.json and one state", files)
	}
}

func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestFailedSaveKeepsWhatWasThere(t *testing.T) {
	h := hold(t, open(t, t.TempDir()+"/s"), "a")
	defer release(t, h)
	if _, err := h.Save(caisson.Session{Cells: 1}, false, text("good")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	_, err := h.Save(caisson.Session{Cells: 2}, false, func(w io.Writer) error {
		_, _ = io.WriteString(w, "half") // the test's own writer cannot fail before it is flushed
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("Save = %v, want broken", err)
	}
	if got := stateOf(t, h); got != "good" || h.Meta().Cells != 1 {
		t.Errorf("state = %q with %d cells, want good with 1", got, h.Meta().Cells)
	}
}

func TestStateGoesOnOnlyOnce(t *testing.T) {
	s := open(t, t.TempDir()+"/s")
	take := func(want bool) {
		t.Helper()
		h := hold(t, s, "a")
		defer release(t, h)
		f, again, err := h.Take()
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		if again != want {
			t.Errorf("Take says again = %v, want %v", again, want)
		}
	}
	save := func(unused bool) {
		t.Helper()
		h := hold(t, s, "a")
		defer release(t, h)
		if _, err := h.Save(caisson.Session{}, unused, text("x")); err != nil {
			t.Fatal(err)
		}
	}
	save(false)
	take(false)
	take(true)
	take(true)
	save(false)
	take(false)
	save(true) // nothing ran in it: its randomness is that of what it was made from
	take(true)

	save(false)
	h := hold(t, s, "a")
	defer release(t, h)
	f, _, err := h.Take()
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := h.GiveBack(); err != nil {
		t.Fatal(err)
	}
	f, again, err := h.Take()
	if err != nil || again {
		t.Errorf("Take after GiveBack = again %v, %v, want false", again, err)
	}
	f.Close()
}

func TestSessionInUseIsAConflict(t *testing.T) {
	s := open(t, t.TempDir()+"/s")
	h := hold(t, s, "a")
	if _, err := s.Hold(t.Context(), "a"); caisson.CodeOf(err) != caisson.Conflict {
		t.Errorf("Hold of a held session = %v, want a conflict", err)
	}
	release(t, h)
	release(t, hold(t, s, "a"))
}

func TestDeletedSessionIsGone(t *testing.T) {
	dir := t.TempDir() + "/s"
	s := open(t, dir)
	h := hold(t, s, "a")
	if err := h.Delete(); caisson.CodeOf(err) != caisson.NotFound {
		t.Errorf("Delete of no session = %v, want not_found", err)
	}
	if _, err := h.Save(caisson.Session{}, false, text("x")); err != nil {
		t.Fatal(err)
	}
	if err := h.Delete(); err != nil {
		t.Fatal(err)
	}
	// Its name is free at once.
	other := hold(t, s, "a")
	if other.Found() {
		t.Error("a deleted session is found")
	}
	release(t, h)
	release(t, other)
	if files := filesIn(t, dir); len(files) != 0 {
		t.Errorf("files = %v, want none", files)
	}
	// What a process left that was killed while it deleted goes with a sweep.
	if err := os.Mkdir(filepath.Join(dir, ".gone-x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep(); err != nil {
		t.Fatal(err)
	}
	if files := filesIn(t, dir); len(files) != 0 {
		t.Errorf("files after Sweep = %v, want none", files)
	}
}

func TestNamesThatLeadElsewhereAreRefused(t *testing.T) {
	s := open(t, t.TempDir()+"/s")
	for _, name := range []caisson.SessionID{"", ".", "..", "../a", "a/b", "A", ".gone-x", "-a", "a b", "ä", caisson.SessionID(strings.Repeat("a", 65))} {
		if _, err := s.Hold(t.Context(), name); caisson.CodeOf(err) != caisson.Invalid {
			t.Errorf("Hold(%q) = %v, want invalid", name, err)
		}
	}
}

func TestFoldersOfOthersAreRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Open(dir); err == nil || !strings.Contains(err.Error(), "chmod 0700") {
		t.Errorf("Open of a folder that others can read = %v, want what to do", err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Open(link); err == nil {
		t.Error("Open of a link succeeds")
	}
}

func TestDamagedDescriptionIsNoSession(t *testing.T) {
	dir := t.TempDir() + "/s"
	s := open(t, dir)
	h := hold(t, s, "a")
	if _, err := h.Save(caisson.Session{}, false, text("x")); err != nil {
		t.Fatal(err)
	}
	release(t, h)
	for _, meta := range []string{"", "{", `{"id":"b"}`, strings.Repeat(" ", 2<<20)} {
		if err := os.WriteFile(filepath.Join(dir, "a", "meta.json"), []byte(meta), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Hold(t.Context(), "a"); caisson.CodeOf(err) != caisson.Conflict {
			t.Errorf("Hold with %.20q = %v, want a conflict", meta, err)
		}
		if all, err := s.List(); err == nil || len(all) != 0 {
			t.Errorf("List with %.20q = %v, %v, want an error and none", meta, all, err)
		}
	}
}

func TestFileKeepsASession(t *testing.T) {
	meta := caisson.Session{ID: "a", Runtime: "python", Cells: 3}
	var file bytes.Buffer
	if err := session.WriteFile(&file, meta, strings.NewReader("state\nbytes")); err != nil {
		t.Fatal(err)
	}
	got, state, err := session.ReadFile(bytes.NewReader(file.Bytes()))
	if err != nil || got.ID != "a" || got.Cells != 3 {
		t.Fatalf("ReadFile = %+v, %v", got, err)
	}
	b, err := io.ReadAll(state)
	if err != nil || string(b) != "state\nbytes" {
		t.Errorf("state = %q, %v", b, err)
	}
	for i := range bytes.Index(file.Bytes(), []byte("state\n")) {
		damaged := bytes.Clone(file.Bytes())
		damaged[i] ^= 1
		if _, _, err := session.ReadFile(bytes.NewReader(damaged)); caisson.CodeOf(err) != caisson.Invalid {
			t.Errorf("ReadFile with byte %d changed = %v, want invalid", i, err)
		}
	}
	long := "caisson-session 1 " + strings.Repeat("a", 1<<20)
	if _, _, err := session.ReadFile(strings.NewReader(long)); caisson.CodeOf(err) != caisson.Invalid {
		t.Errorf("ReadFile of an endless line = %v, want invalid", err)
	}
}

func FuzzReadFile(f *testing.F) {
	var file bytes.Buffer
	if err := session.WriteFile(&file, caisson.Session{ID: "a"}, strings.NewReader("state")); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte("caisson-session 1 \n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, state, err := session.ReadFile(bytes.NewReader(b))
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, state); err != nil {
			t.Errorf("state: %v", err)
		}
	})
}

// saveForEver saves states that are whole when they begin and end alike.
func saveForEver(dir string) error {
	s, err := session.Open(dir)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		h, err := s.Hold(context.Background(), "a")
		if err != nil {
			return err
		}
		if _, err := h.Save(caisson.Session{Cells: i}, false, text(wholeState(i))); err != nil {
			return err
		}
		if err := h.Release(); err != nil {
			return err
		}
		fmt.Println(i)
	}
}

func wholeState(i int) string {
	return fmt.Sprintf("%d %s %d", i, strings.Repeat("x", 200<<10), i)
}

func TestKilledSaveLeavesAWholeState(t *testing.T) {
	dir := t.TempDir() + "/s"
	for round := range 8 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "SESSION_TEST_SAVE="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Killed at another point each time.
		lines := bufio.NewScanner(out)
		for range round + 1 {
			lines.Scan()
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		h := hold(t, open(t, dir), "a")
		if got := stateOf(t, h); got != wholeState(h.Meta().Cells) {
			t.Errorf("round %d: a state of %d bytes that is not whole", round, len(got))
		}
		release(t, h)
	}
}

func TestManyHoldersTakeTurns(t *testing.T) {
	s := open(t, t.TempDir()+"/s")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 5 {
				h, err := s.Hold(t.Context(), "a")
				for caisson.CodeOf(err) == caisson.Conflict { // on a machine that is busy
					h, err = s.Hold(t.Context(), "a")
				}
				if err != nil {
					t.Error(err)
					return
				}
				meta := h.Meta()
				meta.Cells++
				if _, err := h.Save(meta, false, text("x")); err != nil {
					t.Error(err)
				}
				if err := h.Release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	h := hold(t, s, "a")
	defer release(t, h)
	if got := h.Meta().Cells; got != 20 {
		t.Errorf("cells = %d, want 20", got)
	}
}

func TestSaveThatCannotSweepCounts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sessions")
	h := hold(t, open(t, dir), "a")
	defer release(t, h)
	// What os.Remove does not remove.
	if err := os.MkdirAll(filepath.Join(dir, "a", "state-old", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Save(caisson.Session{Runtime: "python"}, false, text("one")); err != nil {
		t.Errorf("Save = %v, though the new state counts", err)
	}
	if got := stateOf(t, h); got != "one" {
		t.Errorf("state = %q, want one", got)
	}
}

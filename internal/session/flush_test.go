package session_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/session"
)

// A disk knows what a power cut would leave: of each folder the names that were
// in it when it was flushed last, and the files that were flushed.
type disk struct {
	t       *testing.T
	folders map[string][]string
	files   []string
	before  func(name string) // called for each file before it is flushed
	broken  error
}

func watched(t *testing.T, s *session.Store) *disk {
	d := &disk{t: t, folders: map[string][]string{}, before: func(string) {}}
	session.Sync(s, d.sync)
	return d
}

func (d *disk) sync(f *os.File) error {
	d.t.Helper()
	info, err := f.Stat()
	if err != nil {
		d.t.Fatal(err)
	}
	if d.broken != nil {
		return d.broken
	}
	if info.IsDir() {
		d.folders[f.Name()] = filesIn(d.t, f.Name())
		return nil
	}
	d.before(filepath.Base(f.Name()))
	d.files = append(d.files, strings.TrimPrefix(filepath.Base(f.Name()), "new-"))
	return nil
}

// keeps says whether a power cut leaves a whole file whose name begins so.
func (d *disk) keeps(dir, prefix string) bool {
	return slices.ContainsFunc(d.folders[dir], func(name string) bool {
		return strings.HasPrefix(name, prefix) && slices.Contains(d.files, name)
	})
}

func TestAPowerCutLetsNoStateGoOnTwice(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sessions")
	s := open(t, dir)
	h := hold(t, s, "a")
	if _, err := h.Save(caisson.Session{}, false, text("one")); err != nil {
		t.Fatal(err)
	}
	d := watched(t, s)
	state, again, err := h.Take()
	if err != nil || again {
		t.Fatalf("Take = again %v, %v", again, err)
	}
	state.Close()
	if !d.keeps(filepath.Join(dir, "a"), "taken-") {
		t.Errorf("the mark is not on stable storage: files %v, folders %v", d.files, d.folders)
	}

	if err := h.GiveBack(); err != nil {
		t.Fatal(err)
	}
	d.broken = errors.New("broken disk")
	if _, _, err := h.Take(); !errors.Is(err, d.broken) {
		t.Errorf("Take on a disk that keeps nothing = %v", err)
	}
	d.broken = nil
	state, again, err = h.Take()
	if err != nil || !again {
		t.Fatalf("Take after one that failed = again %v, %v; want it to be copied", again, err)
	}
	state.Close()
	release(t, h)
}

func TestAPowerCutLeavesAWholeSession(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sessions")
	s := open(t, dir)
	h := hold(t, s, "a")
	d := watched(t, s)
	home := filepath.Join(dir, "a")
	named := 0
	d.before = func(name string) {
		if name != "new-meta.json" {
			return
		}
		named++
		if !d.keeps(home, "state-") || !d.keeps(home, "taken-") {
			t.Errorf("what meta.json names is not on stable storage before it: %v", d.folders[home])
		}
	}
	for _, state := range []string{"one", "two"} {
		d.files, d.folders[home] = nil, nil
		if _, err := h.Save(caisson.Session{}, true, text(state)); err != nil {
			t.Fatal(err)
		}
		if !d.keeps(home, "meta.json") || !slices.Contains(d.folders[dir], "a") {
			t.Errorf("what was saved is not on stable storage: %v", d.folders)
		}
	}
	if named != 2 {
		t.Errorf("meta.json was flushed %d times, want 2", named)
	}
	if err := h.Delete(); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(d.folders[dir], "a") {
		t.Errorf("a power cut brings back what was deleted: %v", d.folders[dir])
	}
	release(t, h)
}

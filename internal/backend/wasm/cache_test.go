package wasm_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/backendtest"
	"github.com/caisson-dev/caisson/internal/backend/wasm"
	"github.com/caisson-dev/caisson/internal/guest"
	"github.com/caisson-dev/caisson/internal/sys"
)

// copied returns a cache of our own with one runtime in it, which costs less
// than to make it.
func copied(t *testing.T, l backendtest.Language) (cache, dir string) {
	t.Helper()
	if err := open(t).Warm(t.Context(), spec("one", l)); err != nil {
		t.Fatal(err)
	}
	bundles, err := guest.Bundles()
	if err != nil {
		t.Fatal(err)
	}
	name := wasm.Folder(bundles[l.Runtime])
	cache = filepath.Join(t.TempDir(), "cache")
	dir = filepath.Join(cache, name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(backendtest.CacheDir(t), name))); err != nil {
		t.Fatal(err)
	}
	// What was copied is as what was made.
	err = filepath.WalkDir(cache, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil, d.Type()&fs.ModeSymlink != 0:
			return err
		case !d.IsDir():
			return os.Chmod(name, 0o644)
		}
		return os.Chmod(name, 0o755)
	})
	if err != nil {
		t.Fatal(err)
	}
	return cache, dir
}

// says collects what a backend tells.
type says struct {
	mu   sync.Mutex
	said []string
}

func (s *says) say(format string, _ ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, format)
}

func (s *says) rebuilt() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(strings.Join(s.said, "\n"), "preparing")
}

// in returns a backend over a cache.
func in(t *testing.T, cache string) (*wasm.Backend, *says) {
	s := &says{}
	return open(t, func(c *wasm.Config) { c.Cache, c.Say = cache, s.say }), s
}

// smallest is the language whose runtime is made in the least time.
func smallest(t *testing.T) backendtest.Language {
	all := languages(t)
	for _, l := range all {
		if l.Runtime == "javascript" {
			return l
		}
	}
	return all[0]
}

func runs(t *testing.T, b *wasm.Backend, l backendtest.Language) {
	t.Helper()
	o, err := create(t, b, spec("one", l)).Exec(t.Context(), backend.Cmd{Code: l.Print})
	if err != nil || o.Status != caisson.Exited || o.ExitCode != 0 {
		t.Errorf("Exec = %+v, %v", o, err)
	}
}

func TestCacheThatOthersCanWriteIsRefused(t *testing.T) {
	l := smallest(t)
	for name, spoil := range map[string]func(cache, dir string) error{
		"a folder that all can write": func(cache, dir string) error { return os.Chmod(dir, 0o777) },
		"a cache that all can write":  func(cache, dir string) error { return os.Chmod(cache, 0o777) },
		"a cache of a group":          func(cache, dir string) error { return os.Chmod(cache, 0o775) },
		"a folder of another user":    func(cache, dir string) error { return os.Chown(dir, 12345, 12345) },
		"a cache of another user":     func(cache, dir string) error { return os.Chown(cache, 12345, 12345) },
		"a link to a folder": func(cache, dir string) error {
			return errors.Join(os.Rename(dir, dir+"-elsewhere"), os.Symlink(dir+"-elsewhere", dir))
		},
		"a link to a cache": func(cache, dir string) error {
			return errors.Join(os.Rename(cache, cache+"-elsewhere"), os.Symlink(cache+"-elsewhere", cache))
		},
		"a folder above that all can write":      func(cache, _ string) error { return os.Chmod(filepath.Dir(cache), 0o777) },
		"a folder above of a group":              func(cache, _ string) error { return os.Chmod(filepath.Dir(cache), 0o775) },
		"a folder above of another user":         func(cache, _ string) error { return os.Chown(filepath.Dir(cache), 12345, 12345) },
		"a folder further up that all can write": func(cache, _ string) error { return os.Chmod(filepath.Dir(filepath.Dir(cache)), 0o777) },
		"a folder above the end of a link": func(cache, _ string) error {
			if err := os.Rename(filepath.Dir(cache), filepath.Dir(cache)+"-elsewhere"); err != nil {
				return err
			}
			return errors.Join(os.Symlink(filepath.Dir(cache)+"-elsewhere", filepath.Dir(cache)), os.Chmod(filepath.Dir(cache), 0o777))
		},
		"a file": func(cache, dir string) error {
			return errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o644))
		},
	} {
		t.Run(name, func(t *testing.T) {
			cache, dir := copied(t, l)
			if err := spoil(cache, dir); errors.Is(err, syscall.EPERM) {
				t.Skip("only root can: ", err)
			} else if err != nil {
				t.Fatal(err)
			}
			b, said := in(t, cache)
			sandbox, err := b.Create(t.Context(), spec("one", l))
			if err == nil {
				sandbox.Close()
				t.Fatal("Create worked")
			}
			if !strings.Contains(err.Error(), filepath.Base(cache)) {
				t.Errorf("Create: %v, want the name of what is wrong", err)
			}
			if said.rebuilt() {
				t.Error("it was made anew over what somebody put there")
			}
		})
	}
}

func TestCacheBelowAFolderThatAllShareIsUsed(t *testing.T) {
	l := smallest(t)
	cache, _ := copied(t, l)
	if err := os.Chmod(filepath.Dir(cache), 0o777|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Dir(cache), link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{cache, filepath.Join(link, filepath.Base(cache))} {
		b, said := in(t, name)
		if runs(t, b, l); said.rebuilt() {
			t.Errorf("what is in %s was made anew", name)
		}
	}
}

func TestWhoWaitsForTheCacheCanGiveUp(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "cache")
	if err := os.Mkdir(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	unlock, err := sys.LockFile(t.Context(), filepath.Join(cache, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	b, said := in(t, cache)
	for what, wait := range map[string]func(context.Context) error{
		"Warm":  func(ctx context.Context) error { return b.Warm(ctx, spec("one", smallest(t))) },
		"Sweep": func(ctx context.Context) error { return wasm.Sweep(ctx, cache) },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if err := wait(ctx); !errors.Is(err, context.DeadlineExceeded) || said.rebuilt() {
			t.Errorf("%s while somebody else holds the cache: %v", what, err)
		}
		cancel()
	}
}

func TestCodeThatIsDamagedIsMadeAnew(t *testing.T) {
	l := smallest(t)
	for name, spoil := range map[string]func(machine, link string) error{
		"cut":     func(machine, _ string) error { return os.Truncate(machine, 1000) },
		"emptied": func(machine, _ string) error { return os.Truncate(machine, 0) },
		"changed": func(machine, _ string) error {
			b, err := os.ReadFile(machine)
			if err != nil {
				return err
			}
			b[len(b)/2] ^= 0xff
			return os.WriteFile(machine, b, 0o644)
		},
		// As when the folder was brought from another machine, or made by
		// another version of the compiler: it is not found under its name.
		"of another machine": func(_, link string) error { return os.Rename(link, link+"0") },
		"of another version": func(_, link string) error {
			return os.Rename(filepath.Dir(link), filepath.Dir(link)+"-old")
		},
	} {
		t.Run(name, func(t *testing.T) {
			if (testing.Short() || l.Runtime == "python") && name != "of another version" {
				t.Skip("to make this runtime takes seconds")
			}
			cache, dir := copied(t, l)
			links, err := filepath.Glob(filepath.Join(dir, "code", "*", "*"))
			if err != nil || len(links) != 1 {
				t.Fatal(links, err)
			}
			if err := spoil(filepath.Join(dir, "code", "machine"), links[0]); err != nil {
				t.Fatal(err)
			}
			b, said := in(t, cache)
			runs(t, b, l)
			if !said.rebuilt() {
				t.Error("it was not made anew")
			}
		})
	}
}

func TestSweepRemovesWhatWasLeftHalfMade(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "cache")
	if err := wasm.Sweep(t.Context(), cache); err != nil {
		t.Errorf("Sweep of no cache: %v", err)
	}
	for _, dir := range []string{"part-1/code", "part-2", "python-0-amd64-2"} {
		if err := os.MkdirAll(filepath.Join(cache, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := wasm.Sweep(t.Context(), cache); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(cache, "p*"))
	if err != nil || len(left) != 1 || filepath.Base(left[0]) != "python-0-amd64-2" {
		t.Errorf("Sweep left %v, %v; want what is whole", left, err)
	}
}

func TestSweepRemovesVersionsThatNobodyUses(t *testing.T) {
	l := smallest(t)
	cache, ours := copied(t, l)
	b, _ := in(t, cache)
	runs(t, b, l)
	version := func(runtime string, n int) string {
		return filepath.Join(cache, fmt.Sprintf("%s-%016x-amd64-9", runtime, n))
	}
	unused := func(dir string, days int) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(dir, "code"), 0o755); err != nil {
			t.Fatal(err)
		}
		at := time.Now().AddDate(0, 0, -days)
		if err := os.Chtimes(dir, at, at); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 5 {
		unused(version(l.Runtime, i), 29+i)
		unused(version("other", i), 100+i)
	}
	unused(filepath.Join(cache, "something else"), 1000)
	unused(ours, 1000)
	left := func() (names []string) {
		t.Helper()
		if err := wasm.Sweep(t.Context(), cache); err != nil {
			t.Fatal(err)
		}
		for _, dir := range []string{ours, version(l.Runtime, 0), version(l.Runtime, 1), version(l.Runtime, 2), version(l.Runtime, 3), version(l.Runtime, 4),
			version("other", 0), version("other", 1), version("other", 2), filepath.Join(cache, "something else")} {
			if _, err := os.Lstat(dir); err == nil {
				names = append(names, filepath.Base(dir))
			}
		}
		return names
	}
	want := []string{filepath.Base(ours), filepath.Base(version(l.Runtime, 0)), filepath.Base(version(l.Runtime, 1)),
		filepath.Base(version("other", 0)), filepath.Base(version("other", 1)), "something else"}
	if got := left(); !slices.Equal(got, want) {
		t.Errorf("while a worker runs, there is\n%v, want\n%v", got, want)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if got := left(); !slices.Equal(got, want[1:]) {
		t.Errorf("after that, there is\n%v, want\n%v", got, want[1:])
	}
	c, said := in(t, cache)
	if runs(t, c, l); !said.rebuilt() {
		t.Error("what was removed was not made anew")
	}
	unused(ours, 1000)
	again, _ := in(t, cache)
	runs(t, again, l)
	if info, err := os.Lstat(ours); err != nil || time.Since(info.ModTime()) > time.Hour {
		t.Errorf("nothing says that it was used just now: %v", err)
	}
}

func TestOneMakesWhatManyWant(t *testing.T) {
	l := smallest(t)
	if l.Runtime == "python" {
		t.Skip("no small runtime in this build")
	}
	cache := filepath.Join(t.TempDir(), "cache")
	var all sync.WaitGroup
	made := make(chan bool, 4)
	for range 4 {
		b, said := in(t, cache)
		all.Go(func() {
			if err := b.Warm(t.Context(), spec("one", l)); err != nil {
				t.Errorf("Warm: %v", err)
			}
			if said.rebuilt() {
				made <- true
			}
		})
	}
	all.Wait()
	if n := len(made); n != 1 {
		t.Errorf("%d made the runtime, want 1", n)
	}
}

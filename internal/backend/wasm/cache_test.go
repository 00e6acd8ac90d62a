package wasm_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/backendtest"
	"github.com/caisson-dev/caisson/internal/backend/wasm"
	"github.com/caisson-dev/caisson/internal/guest"
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
		if err != nil || !d.IsDir() {
			return errors.Join(err, os.Chmod(name, 0o644))
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

func TestCodeThatIsDamagedIsMadeAnew(t *testing.T) {
	l := smallest(t)
	for name, spoil := range map[string]func(code string) error{
		"cut":     func(code string) error { return os.Truncate(code, 1000) },
		"emptied": func(code string) error { return os.Truncate(code, 0) },
		"changed": func(code string) error {
			b, err := os.ReadFile(code)
			if err != nil {
				return err
			}
			b[len(b)/2] ^= 0xff
			return os.WriteFile(code, b, 0o644)
		},
		// As when the folder was brought from another machine, or made by
		// another version of the compiler: it is not found under its name.
		"of another machine": func(code string) error { return os.Rename(code, code+"0") },
		"of another version": func(code string) error {
			return os.Rename(filepath.Dir(code), filepath.Dir(code)+"-old")
		},
	} {
		t.Run(name, func(t *testing.T) {
			if (testing.Short() || l.Runtime == "python") && name != "of another version" {
				t.Skip("to make this runtime takes seconds")
			}
			cache, dir := copied(t, l)
			files, err := filepath.Glob(filepath.Join(dir, "code", "*", "*"))
			if err != nil || len(files) != 1 {
				t.Fatal(files, err)
			}
			if err := spoil(files[0]); err != nil {
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
	if err := wasm.Sweep(cache); err != nil {
		t.Errorf("Sweep of no cache: %v", err)
	}
	for _, dir := range []string{"part-1/code", "part-2", "python-0-amd64-2"} {
		if err := os.MkdirAll(filepath.Join(cache, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := wasm.Sweep(cache); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(cache, "p*"))
	if err != nil || len(left) != 1 || filepath.Base(left[0]) != "python-0-amd64-2" {
		t.Errorf("Sweep left %v, %v; want what is whole", left, err)
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

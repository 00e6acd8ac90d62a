package wasm

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/caisson-dev/caisson/internal/guest"
	"github.com/caisson-dev/caisson/internal/reactor"
	"github.com/caisson-dev/caisson/internal/sys"
)

// A cache is the folder of unpacked and compiled guests. What is in it is run
// as it is, so it must be ours alone to write.
type cache struct {
	dir string
	say func(format string, args ...any) // tells a person what takes long

	mu    sync.Mutex
	using map[string]*os.File // folders that we run from: locked, so that nobody removes them
}

const lockName = "lock"

func newCache(dir string, say func(format string, args ...any)) *cache {
	return &cache{dir: dir, say: say, using: map[string]*os.File{}}
}

// build is part of the names in the cache: another layout, or another version
// of the compiler, needs another name.
var build = "4-" + compilerVersion()

// compilerVersion returns the version of wazero, as wazero finds it: its
// compiled code is good for that alone.
func compilerVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == "github.com/tetratelabs/wazero" {
				return d.Version
			}
		}
	}
	return "dev"
}

// home makes the cache when it is missing and returns its path without links,
// once nobody else can change what is there or put another in its place.
func (c *cache) home() (string, error) {
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return "", fmt.Errorf("make the cache: %w", err)
	}
	dir, err := filepath.Abs(c.dir)
	if err != nil {
		return "", fmt.Errorf("find the cache: %w", err)
	}
	above, err := filepath.EvalSymlinks(filepath.Dir(dir))
	if err != nil {
		return "", fmt.Errorf("find the cache: %w", err)
	}
	dir = filepath.Join(above, filepath.Base(dir))
	if err := checkOwned(dir); err != nil {
		return "", err
	}
	return dir, checkAbove(dir)
}

// checkAbove refuses a folder when somebody but us and root could move it away:
// whoever can write to a folder above it. In one with the sticky bit, as /tmp,
// each can move only what is theirs.
func checkAbove(dir string) error {
	for above := dir; above != "/"; {
		above = filepath.Dir(above)
		info, err := os.Lstat(above)
		if err != nil {
			return err
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		switch {
		case !ok || st.Uid != 0 && int(st.Uid) != os.Geteuid():
			return fmt.Errorf("%s is below %s, which belongs to another user: compiled code is kept in it and must be ours alone; name another cache folder", dir, above)
		case info.Mode().Perm()&0o022 != 0 && info.Mode()&fs.ModeSticky == 0:
			return fmt.Errorf("%s is below %s, which others can write to (mode %04o): compiled code is kept in it and must be ours alone; run chmod go-w on that, or name another cache folder", dir, above, info.Mode().Perm())
		}
	}
	return nil
}

// checkOwned refuses a folder that others could have written to.
func checkOwned(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder: compiled code is kept in it and must be ours alone; remove it or name another cache folder", dir)
	case !ok || int(st.Uid) != os.Geteuid():
		return fmt.Errorf("%s belongs to another user: compiled code is kept in it and must be ours alone; name another cache folder", dir)
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("%s can be written by others (mode %04o): compiled code is kept in it; run chmod go-w on it", dir, info.Mode().Perm())
	}
	return nil
}

// codeFolder is where in the folder of a guest its code is.
const codeFolder = "code"

// folder names what is kept of a guest.
func folder(b guest.Bundle) string {
	return fmt.Sprintf("%s-%s-%s-%s", b.Name, b.SHA256[:16], runtime.GOARCH, build)
}

// prepare returns the folder of a guest, unpacked and compiled, which stays
// until release. The first time on a machine takes seconds.
func (c *cache) prepare(ctx context.Context, b guest.Bundle) (string, error) {
	home, err := c.home()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(home, folder(b))
	if err := c.use(dir); !errors.Is(err, fs.ErrNotExist) {
		return dir, err
	}
	unlock, err := sys.LockFile(ctx, filepath.Join(home, lockName))
	if err != nil {
		return "", err
	}
	defer unlock()
	if err := c.use(dir); !errors.Is(err, fs.ErrNotExist) {
		return dir, err // somebody else was first
	}
	if err := c.make(ctx, b, dir); err != nil {
		return "", err
	}
	return dir, c.use(dir)
}

// use keeps others from removing the folder of a guest, until release. One that
// is about to be removed is not there.
func (c *cache) use(dir string) error {
	if err := checkOwned(dir); err != nil {
		return err
	}
	f, err := lockFolder(dir, syscall.LOCK_SH)
	if err != nil {
		return err
	}
	now := time.Now()
	_ = os.Chtimes(dir, now, now) // says when it was used last; what we cannot write to, nobody sweeps
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.using[dir]; old != nil {
		old.Close() // only a lock
	}
	c.using[dir] = f
	return nil
}

// lockFolder opens and locks a folder. One that somebody else's lock, or its
// removal, keeps from us is not there.
func lockFolder(dir string, how int) (*os.File, error) {
	f, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	if err == nil {
		var ours, named fs.FileInfo
		if ours, err = f.Stat(); err == nil {
			named, err = os.Lstat(dir)
		}
		if err == nil && os.SameFile(ours, named) {
			return f, nil
		}
	}
	if err == nil || errors.Is(err, syscall.EWOULDBLOCK) {
		err = fs.ErrNotExist
	}
	f.Close()
	return nil, fmt.Errorf("use %s: %w", dir, err)
}

// release lets others remove what was used.
func (c *cache) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for dir, f := range c.using {
		f.Close() // only a lock
		delete(c.using, dir)
	}
}

// make fills a folder beside dir and gives it its name when it is whole.
func (c *cache) make(ctx context.Context, b guest.Bundle, dir string) (err error) {
	c.say("preparing the %s runtime for this machine, once: this takes some seconds", b.Name)
	part, err := os.MkdirTemp(filepath.Dir(dir), "part-")
	if err != nil {
		return fmt.Errorf("prepare %s: %w", b.Name, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(part)) }()
	if err := b.Unpack(part); err != nil {
		return err
	}
	var f reactor.Frozen
	if f.Module, err = os.ReadFile(filepath.Join(part, guest.ModuleFile)); err != nil {
		return fmt.Errorf("prepare %s: %w", b.Name, err)
	}
	if f.Stub, err = os.ReadFile(filepath.Join(part, guest.StubFile)); err != nil {
		return fmt.Errorf("prepare %s: %w", b.Name, err)
	}
	if err := reactor.Compile(ctx, filepath.Join(part, codeFolder), fmt.Sprintf("/proc/self/fd/%d", fdDoors), f); err != nil {
		return fmt.Errorf("prepare %s: %w", b.Name, err)
	}
	if err := open(part); err != nil {
		return fmt.Errorf("prepare %s: %w", b.Name, err)
	}
	if err := os.Rename(part, dir); err != nil {
		return fmt.Errorf("prepare %s: %w", b.Name, err)
	}
	return nil
}

// open lets everybody read what is in a folder, and nobody write: a worker may
// be another user than we are, and nothing here is secret.
func open(dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil, d.Type()&fs.ModeSymlink != 0: // what a link leads to is not ours
			return err
		case d.IsDir():
			return os.Chmod(name, 0o755)
		}
		info, err := d.Info()
		if err != nil || info.Mode().Perm() == 0o444 {
			return err // to set it again would be a change of the file
		}
		return os.Chmod(name, 0o444)
	})
}

// drop removes a guest that does not fit this machine, so that it is made anew.
// Whoever has its files open keeps them.
func (c *cache) drop(ctx context.Context, dir string) error {
	unlock, err := sys.LockFile(ctx, filepath.Join(filepath.Dir(dir), lockName))
	if err != nil {
		return err
	}
	defer unlock()
	return remove(dir)
}

// remove takes a folder out of the cache at once, then apart. The lock is held.
func remove(dir string) error {
	away, err := os.MkdirTemp(filepath.Dir(dir), "part-")
	if err != nil {
		return err
	}
	if err := os.Rename(dir, filepath.Join(away, "old")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.RemoveAll(away)
}

// parts opens the files that a worker needs, in the order of its descriptors.
func parts(dir string, b guest.Bundle) (files []*os.File, err error) {
	names := []string{guest.StubFile, codeFolder, guest.ImageFile}
	for i := range b.Lib {
		names = append(names, guest.LibFile(i))
	}
	for _, name := range names {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDONLY|syscall.O_NOFOLLOW, 0)
		if err != nil {
			closeAll(files)
			return nil, fmt.Errorf("open the %s runtime: %w", b.Name, err)
		}
		files = append(files, f)
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close() // only read
	}
}

// What sweep leaves of earlier versions.
const (
	keepFor = 30 * 24 * time.Hour // since they were last used
	keep    = 2                   // of each runtime, the latest, however long ago
)

// version is the name of the folder of a guest, and its runtime in it.
var version = regexp.MustCompile(`^([a-z]+)-[0-9a-f]{16}-`)

// sweep removes what was left half made, and earlier versions that nobody uses.
func (c *cache) sweep(ctx context.Context) error {
	if _, err := os.Lstat(c.dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	home, err := c.home()
	if err != nil {
		return err
	}
	// Whoever makes something holds it.
	unlock, err := sys.LockFile(ctx, filepath.Join(home, lockName))
	if err != nil {
		return err
	}
	defer unlock()
	left, err := filepath.Glob(filepath.Join(home, "part-*"))
	for _, name := range left {
		err = errors.Join(err, os.RemoveAll(name))
	}
	return errors.Join(err, sweepVersions(home))
}

// sweepVersions removes earlier versions. The lock is held.
func sweepVersions(home string) error {
	entries, err := os.ReadDir(home)
	if err != nil {
		return err
	}
	var all []fs.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.IsDir() && version.MatchString(e.Name()) {
			all = append(all, info)
		}
	}
	slices.SortFunc(all, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	seen := map[string]int{}
	var faults []error
	for _, info := range all {
		runtime := version.FindStringSubmatch(info.Name())[1]
		if seen[runtime]++; seen[runtime] <= keep || time.Since(info.ModTime()) < keepFor {
			continue
		}
		dir := filepath.Join(home, info.Name())
		f, err := lockFolder(dir, syscall.LOCK_EX)
		if errors.Is(err, fs.ErrNotExist) {
			continue // in use
		}
		if err == nil {
			err = remove(dir)
			f.Close()
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

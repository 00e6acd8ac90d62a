package wasm

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/caisson-dev/caisson/internal/guest"
	"github.com/caisson-dev/caisson/internal/reactor"
	"github.com/caisson-dev/caisson/internal/sys"
)

// A cache is the folder of unpacked and compiled guests. What is in it is run
// as it is, so it must be ours alone to write.
type cache struct {
	dir string
	say func(format string, args ...any) // tells a person what takes long
}

// build is part of the names in the cache: another layout, or another version
// of the compiler, needs another name.
var build = "3-" + compilerVersion()

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

// folder names what is kept of a guest.
func folder(b guest.Bundle) string {
	return fmt.Sprintf("%s-%s-%s-%s", b.Name, b.SHA256[:16], runtime.GOARCH, build)
}

// prepare returns the folder of a guest, unpacked and compiled. The first time
// on a machine takes seconds.
func (c cache) prepare(ctx context.Context, b guest.Bundle) (string, error) {
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return "", fmt.Errorf("make the cache: %w", err)
	}
	if err := checkOwned(c.dir); err != nil {
		return "", err
	}
	dir := filepath.Join(c.dir, folder(b))
	switch err := checkOwned(dir); {
	case err == nil:
		return dir, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	unlock, err := sys.LockFile(filepath.Join(c.dir, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if err := checkOwned(dir); err == nil {
		return dir, nil // somebody else was first
	}
	return dir, c.make(ctx, b, dir)
}

// make fills a folder beside dir and gives it its name when it is whole.
func (c cache) make(ctx context.Context, b guest.Bundle, dir string) (err error) {
	c.say("preparing the %s runtime for this machine, once: this takes some seconds", b.Name)
	part, err := os.MkdirTemp(c.dir, "part-")
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
	if err := reactor.Compile(ctx, part, f); err != nil {
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
		case err != nil:
			return err
		case d.IsDir():
			return os.Chmod(name, 0o755)
		}
		return os.Chmod(name, 0o444)
	})
}

// drop removes a guest that does not fit this machine, so that it is made anew.
// Whoever has its files open keeps them.
func (c cache) drop(dir string) error {
	unlock, err := sys.LockFile(filepath.Join(c.dir, "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	away, err := os.MkdirTemp(c.dir, "part-")
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
	names := []string{guest.StubFile, "code", guest.ImageFile}
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

// sweepParts removes what was left half made: whoever makes something holds
// the lock.
func sweepParts(dir string) error {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	unlock, err := sys.LockFile(filepath.Join(dir, "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	left, err := filepath.Glob(filepath.Join(dir, "part-*"))
	for _, name := range left {
		err = errors.Join(err, os.RemoveAll(name))
	}
	return err
}

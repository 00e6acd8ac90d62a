package main

import (
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/caisson-dev/caisson"
)

// An intake collects the files of the host that go into a sandbox. It stops
// where they would not fit, before it reads them.
type intake struct {
	limits caisson.Limits
	say    func(format string, args ...any)
	bytes  int64
	files  []caisson.File
	names  map[string]bool
}

// take brings in what one --file names: a file or a folder, under its own name
// or the one after the last colon.
func (t *intake) take(arg string) error {
	from, name := splitName(arg)
	info, err := os.Stat(from)
	if err != nil {
		return caisson.Errorf(caisson.NotFound, "--file: %w", err)
	}
	if name == "" {
		abs, err := filepath.Abs(from)
		if err != nil {
			return err
		}
		name = filepath.Base(abs)
	}
	if !fs.ValidPath(name) || name == "." {
		return caisson.Errorf(caisson.Invalid, "--file: %q is no name for a file in the sandbox: use a relative path without \"..\"", name)
	}
	if info.IsDir() {
		return t.folder(from, name)
	}
	if !info.Mode().IsRegular() {
		return caisson.Errorf(caisson.Invalid, "--file: %s is no regular file", from)
	}
	f, err := os.Open(from) // may be a link: the person named it
	if err != nil {
		return caisson.Errorf(caisson.Invalid, "--file: %w", err)
	}
	defer f.Close()
	return t.read(f, name)
}

// splitName splits "in:name" where no file of the whole name is there.
func splitName(arg string) (from, name string) {
	if _, err := os.Lstat(arg); err == nil {
		return arg, ""
	}
	if i := strings.LastIndexByte(arg, ':'); i > 0 {
		return arg[:i], arg[i+1:]
	}
	return arg, ""
}

// folder brings in the regular files below a folder. Links in it are left out:
// they could lead anywhere.
func (t *intake) folder(dir, name string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return caisson.Errorf(caisson.Invalid, "--file: %w", err)
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return caisson.Errorf(caisson.Invalid, "--file: %w", err)
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			t.say("%s is left out: it is a link or no regular file", filepath.Join(dir, p))
			return nil
		}
		f, err := root.Open(p)
		if err != nil {
			return caisson.Errorf(caisson.Invalid, "--file: %w", err)
		}
		defer f.Close()
		return t.read(f, path.Join(name, p))
	})
}

// read takes one file, unless it would not fit.
func (t *intake) read(f *os.File, name string) error {
	info, err := f.Stat()
	if err != nil {
		return caisson.Errorf(caisson.Invalid, "--file: %w", err)
	}
	room := t.limits.Disk - t.bytes
	switch {
	case !info.Mode().IsRegular():
		return caisson.Errorf(caisson.Invalid, "--file: %s is no regular file", f.Name())
	case info.Size() > room:
		return t.full()
	case len(t.files)+1 > t.limits.Inodes:
		return caisson.Errorf(caisson.Invalid, "--file: more than the %d files that the sandbox may have", t.limits.Inodes)
	}
	data, err := io.ReadAll(io.LimitReader(f, room+1))
	if err != nil {
		return caisson.Errorf(caisson.Invalid, "--file: %w", err)
	}
	if int64(len(data)) > room {
		return t.full()
	}
	return t.add(caisson.File{Name: name, Data: data})
}

func (t *intake) full() error {
	return caisson.Errorf(caisson.Invalid, "--file: the files are more than the %s that the sandbox's disk holds: raise --disk, if the policy lets you", showBytes(t.limits.Disk))
}

// add takes one file whose content is at hand.
func (t *intake) add(f caisson.File) error {
	if t.names[f.Name] {
		return caisson.Errorf(caisson.Invalid, "--file: two files have the name %q in the sandbox: give one another name, as FILE:NAME", f.Name)
	}
	if t.names == nil {
		t.names = map[string]bool{}
	}
	t.names[f.Name] = true
	t.files, t.bytes = append(t.files, f), t.bytes+int64(len(f.Data))
	return nil
}

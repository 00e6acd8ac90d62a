package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"github.com/caisson-dev/caisson"
)

// An outlet writes what code made beneath one folder of the host, and nowhere
// else: names come from the guest, and links in the folder are not followed
// out of it.
type outlet struct {
	dir  string
	root *os.Root
}

// openOutlet makes the folder when it is missing and finds out whether it can
// be written, before any code runs.
func openOutlet(dir string) (*outlet, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, caisson.Errorf(caisson.Invalid, "--out: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, caisson.Errorf(caisson.Invalid, "--out: %w", err)
	}
	o := &outlet{dir: dir, root: root}
	part := partName(".")
	f, err := root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = errors.Join(f.Close(), root.Remove(part))
	}
	if err != nil {
		return nil, errors.Join(caisson.Errorf(caisson.Invalid, "--out: %s cannot be written to, so nothing was run: %w", dir, err), root.Close())
	}
	return o, nil
}

// partName is the name under which a file is written before it has its own.
func partName(folder string) string { return path.Join(folder, ".caisson-"+rand.Text()) }

// write writes one file, in place of one that is there, all of it or nothing.
func (o *outlet) write(f caisson.File) (err error) {
	if !fs.ValidPath(f.Name) || f.Name == "." {
		return fmt.Errorf("%q is no name for a file in %s", f.Name, o.dir)
	}
	folder := path.Dir(f.Name)
	if folder != "." {
		if err := o.root.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("write to %s: %w", o.dir, err)
		}
	}
	part := partName(folder)
	out, err := o.root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("write to %s: %w", o.dir, err)
	}
	_, err = out.Write(f.Data)
	err = errors.Join(err, out.Close())
	if err == nil {
		err = o.root.Rename(part, f.Name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %q to %s: %w", f.Name, o.dir, err), o.root.Remove(part))
	}
	return nil
}

func (o *outlet) close() error { return o.root.Close() }

// Package image gives the file systems that runtimes start from: which
// directories of this host a sandbox sees, read-only, and under which names.
//
// A [Tree] is a list of top-level entries and nothing else, because everything
// above them is made by whoever builds the sandbox: an image cannot bring its
// own /proc, /dev or work folder, neither as a directory nor as a link.
package image

import (
	"fmt"
	"path"
	"strings"
)

// A Tree is the read-only part of a file system.
type Tree struct {
	Digest  string // of what is in it, as far as this host can tell; in hex
	Entries []Entry
}

// An Entry is one name in the root directory.
type Entry struct {
	Name   string // without a slash
	Source string // directory of the host that is seen there; empty for a link
	Link   string // where a link points: into the tree; empty for a directory
}

// reserved names belong to the sandbox.
var reserved = map[string]bool{
	"dev": true, "proc": true, "sys": true, "run": true, "tmp": true, "home": true, "workspace": true, ".": true, "..": true, "": true,
}

// Reserved says that a name in the root directory is not an image's to give.
func Reserved(name string) bool { return reserved[name] || strings.ContainsAny(name, "/\x00") }

// Check returns what is wrong with a tree: a sandbox is built from none that
// has a fault.
func (t Tree) Check() error {
	seen := map[string]bool{}
	for _, e := range t.Entries {
		switch {
		case Reserved(e.Name):
			return fmt.Errorf("an image cannot have a /%s of its own", e.Name)
		case seen[e.Name]:
			return fmt.Errorf("the image has two entries named %q", e.Name)
		case (e.Source == "") == (e.Link == ""):
			return fmt.Errorf("the entry %q of the image is neither a directory nor a link", e.Name)
		case e.Link != "" && (path.IsAbs(e.Link) || !strings.HasPrefix(path.Clean("/root/"+e.Link), "/root/")):
			return fmt.Errorf("the link %q of the image leads out of it", e.Name)
		}
		seen[e.Name] = true
	}
	return nil
}

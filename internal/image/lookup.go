package image

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// programFolders are where an image's programs are, in the order in which they
// are looked for, and those of agent.Environment's PATH.
var programFolders = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/go/bin"}

// Program finds a program by its name, and returns where it is in the image.
func (t Tree) Program(name string) (string, bool) {
	for _, folder := range programFolders {
		at := path.Join(folder, name)
		info, ok := t.stat(at)
		if ok && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
			return at, true
		}
	}
	return "", false
}

// maxLinks is how many symbolic links are followed for one name, as the kernel
// has it.
const maxLinks = 40

// stat looks at a file of the image as a process in it would: links lead to
// where they lead in there, and never to the host.
func (t Tree) stat(name string) (fs.FileInfo, bool) {
	left := strings.Split(strings.TrimPrefix(path.Clean("/"+name), "/"), "/")
	var at []string // below the image's root, without links
	for links := 0; len(left) > 0; {
		word := left[0]
		left = left[1:]
		switch word {
		case "", ".":
			continue
		case "..":
			at = at[:max(0, len(at)-1)]
			continue
		}
		info, to, ok := t.lstat(append(at, word))
		switch {
		case !ok:
			return nil, false
		case to == "":
			at = append(at, word)
			if len(left) == 0 {
				return info, true
			}
			continue
		}
		if links++; links > maxLinks {
			return nil, false
		}
		if path.IsAbs(to) {
			at = nil
		}
		left = append(strings.Split(to, "/"), left...)
	}
	return nil, false
}

// lstat looks at a name whose way to it has no links. It returns where a link
// leads.
func (t Tree) lstat(words []string) (info fs.FileInfo, to string, ok bool) {
	for _, e := range t.Entries {
		if e.Name != words[0] {
			continue
		}
		if e.Link != "" {
			return nil, e.Link, true
		}
		name := filepath.Join(append([]string{e.Source}, words[1:]...)...)
		info, err := os.Lstat(name)
		if err != nil {
			return nil, "", false
		}
		if len(words) > 1 && info.Mode()&fs.ModeSymlink != 0 {
			to, err = os.Readlink(name)
			return nil, to, err == nil
		}
		return info, "", true
	}
	return nil, "", false
}

package tools

import (
	"io/fs"
	"os"
	"strings"
	"sync"
)

// WASI knows no permissions, and who may do what is settled outside. Scripts
// still expect chmod +x to be remembered, so modes are kept here, by path,
// where they differ from what a new file has.
var modes = struct {
	sync.Mutex
	of map[string]fs.FileMode
}{of: map[string]fs.FileMode{}}

// A fileInfo is one with a mode of ours.
type fileInfo struct {
	fs.FileInfo
	perm fs.FileMode
}

func (f fileInfo) Mode() fs.FileMode { return f.FileInfo.Mode()&^fs.ModePerm | f.perm }

func withMode(path string, fi fs.FileInfo) fs.FileInfo {
	modes.Lock()
	defer modes.Unlock()
	perm, ok := modes.of[clean(path)]
	switch {
	case ok:
	case fi.IsDir():
		perm = 0o755
	default:
		perm = 0o644
	}
	return fileInfo{fi, perm}
}

func chmod(path string, perm fs.FileMode) error {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	modes.Lock()
	defer modes.Unlock()
	modes.of[clean(path)] = perm.Perm()
	return nil
}

// rename moves a file or folder, and its modes with it.
func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	from, to = clean(from), clean(to)
	modes.Lock()
	defer modes.Unlock()
	delete(modes.of, to)
	moved := map[string]fs.FileMode{}
	for p, m := range modes.of {
		if p == from || strings.HasPrefix(p, from+"/") {
			moved[to+p[len(from):]] = m
			delete(modes.of, p)
		}
	}
	for p, m := range moved {
		modes.of[p] = m
	}
	return nil
}

// forget drops the modes of what was removed.
func forget(path string) {
	modes.Lock()
	defer modes.Unlock()
	delete(modes.of, clean(path))
}

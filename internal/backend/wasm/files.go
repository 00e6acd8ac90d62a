package wasm

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/memfs"
)

func (s *sandbox) put(name string, content []byte) error {
	files := s.in.Files()
	err := files.MkdirAll(path.Dir(name))
	if err == nil {
		err = files.WriteFile(name, content, 0o644)
	}
	if err != nil {
		return fileError(name, err)
	}
	return s.done(struct{}{})
}

// maxListed bounds what list returns: no quota allows more.
const maxListed = 1 << 20

func (s *sandbox) list(folder string) ([]backend.FileInfo, error) {
	list := []backend.FileInfo{}
	err := s.in.Files().Walk(folder, func(name string, st memfs.Stat) error {
		if !st.Dir && len(list) < maxListed {
			rel := strings.TrimPrefix(strings.TrimPrefix(name, strings.TrimSuffix(folder, "/")), "/")
			list = append(list, backend.FileInfo{Name: rel, Size: st.Size, Modified: st.Mtime})
		}
		return nil
	})
	return list, err
}

// fileError says what a file operation failed of, for the caller.
func fileError(name string, err error) error {
	code := caisson.Invalid
	switch {
	case errors.Is(err, fs.ErrNotExist):
		code = caisson.NotFound
	case errors.Is(err, memfs.ENOSPC), errors.Is(err, memfs.EDQUOT):
		return caisson.Errorf(caisson.Exhausted, "%q does not fit into the sandbox (%v): raise its disk limit", name, err)
	}
	return caisson.Errorf(code, "%q in the sandbox: %w", name, err)
}

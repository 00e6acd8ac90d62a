package wasm

import (
	"encoding/json"
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

// list returns the files below a folder, as JSON. Names that do not fit into
// one answer are refused: whoever reads it would take us for hostile.
func (s *sandbox) list(folder string) (json.RawMessage, error) {
	list := []byte{'['}
	err := s.in.Files().Walk(folder, func(name string, st memfs.Stat) error {
		if st.Dir {
			return nil
		}
		rel := strings.TrimPrefix(strings.TrimPrefix(name, strings.TrimSuffix(folder, "/")), "/")
		info, err := json.Marshal(backend.FileInfo{Name: rel, Size: st.Size, Modified: st.Mtime})
		if err != nil {
			return err
		}
		if len(list)+len(info)+2 > maxAnswer {
			return errNames
		}
		if len(list) > 1 {
			list = append(list, ',')
		}
		list = append(list, info...)
		return nil
	})
	return append(list, ']'), err
}

// errNames is the error of a folder with longer names than one answer holds.
var errNames = errors.New("the names of the files are too long to be listed")

// fileError says what a file operation failed of, for the caller.
func fileError(name string, err error) error {
	code := caisson.Invalid
	switch {
	case errors.Is(err, fs.ErrNotExist):
		code = caisson.NotFound
	case errors.Is(err, errNames):
		code = caisson.Exhausted
	case errors.Is(err, memfs.ENOSPC), errors.Is(err, memfs.EDQUOT):
		return caisson.Errorf(caisson.Exhausted, "%q does not fit into the sandbox (%v): raise its disk limit", name, err)
	}
	return caisson.Errorf(code, "%q in the sandbox: %w", name, err)
}

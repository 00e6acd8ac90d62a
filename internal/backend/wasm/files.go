package wasm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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

// list returns the files below a folder, as JSON. What does not fit into one
// answer is refused: whoever reads it would take us for hostile.
func (s *sandbox) list(folder string) (json.RawMessage, error) {
	list, n := []byte{'['}, 0
	err := s.in.Files().Walk(folder, func(name string, st memfs.Stat) error {
		if st.Dir || st.Device != memfs.NoDevice {
			return nil
		}
		if n++; n > backend.MaxFiles {
			return errFiles
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

// The errors of a folder with more in it than one answer holds.
var (
	errFiles = fmt.Errorf("there are more than %d files, and so many are listed at most", backend.MaxFiles)
	errNames = errors.New("the names of the files are too long to be listed")
)

// A listing is what a worker says that a folder holds.
type listing []backend.FileInfo

// UnmarshalJSON reads an array, which is hostile: each name takes many times
// its bytes, so that they are counted while they are read.
func (l *listing) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return errors.New("it is no list")
	}
	for d.More() {
		var info backend.FileInfo
		if err := d.Decode(&info); err != nil {
			return err
		}
		if len(*l) == backend.MaxFiles {
			return errFiles
		}
		*l = append(*l, info)
	}
	return nil
}

// fileError says what a file operation failed of, for the caller.
func fileError(name string, err error) error {
	code := caisson.Invalid
	switch {
	case errors.Is(err, fs.ErrNotExist):
		code = caisson.NotFound
	case errors.Is(err, errFiles), errors.Is(err, errNames):
		code = caisson.Exhausted
	case errors.Is(err, memfs.ENOSPC), errors.Is(err, memfs.EDQUOT):
		return caisson.Errorf(caisson.Exhausted, "%q does not fit into the sandbox (%v): raise its disk limit", name, err)
	}
	return caisson.Errorf(code, "%q in the sandbox: %w", name, err)
}

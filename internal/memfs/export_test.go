package memfs

import (
	"bytes"
	"errors"
)

// AppendBinary appends the image that WriteTo writes to b.
func (f *FS) AppendBinary(b []byte) ([]byte, error) {
	w := bytes.NewBuffer(b)
	if _, err := f.WriteTo(w); err != nil {
		return nil, err
	}
	return w.Bytes(), nil
}

// RemoveAll removes what is at path and below, but for what the host laid out.
// A path that is not there is no error.
func (f *FS) RemoveAll(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.findLocked(nil, path)
	if errors.Is(err, ENOENT) {
		return nil
	}
	if err == nil {
		f.removeAllLocked(n)
	}
	return err
}

func (f *FS) removeAllLocked(n *node) {
	if n.dir != nil {
		for _, c := range n.dir.sorted() {
			f.removeAllLocked(c)
		}
		if len(n.dir.byName) > 0 {
			return
		}
	}
	if !n.fixed && !n.parent.ro {
		f.unlinkLocked(n)
	}
}

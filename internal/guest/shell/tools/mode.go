package tools

import (
	"io/fs"
	"os"
	"time"
)

// Stat returns what is at a path, with the mode that chmod gave it. The null
// device is always there.
func Stat(path string) (fs.FileInfo, error) { return stat(path) }

func stat(path string) (fs.FileInfo, error) {
	if path == os.DevNull {
		return nullDevice{}, nil
	}
	if path == "" {
		return nil, &fs.PathError{Op: "stat", Err: fs.ErrNotExist}
	}
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return withMode(path, fi), nil
}

// A nullDevice is what stat says of /dev/null.
type nullDevice struct{}

func (nullDevice) Name() string       { return "null" }
func (nullDevice) Size() int64        { return 0 }
func (nullDevice) Mode() fs.FileMode  { return fs.ModeDevice | fs.ModeCharDevice | 0o666 }
func (nullDevice) ModTime() time.Time { return time.Unix(0, 0) }
func (nullDevice) IsDir() bool        { return false }
func (nullDevice) Sys() any           { return nil }

package tools

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Stat returns what is at a path, with the mode that chmod gave it.
func Stat(path string) (fs.FileInfo, error) { return stat(path) }

func stat(path string) (fs.FileInfo, error) {
	if Device(path) != nil {
		return device{path}, nil
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

// A device is what stat says of a device file.
type device struct{ path string }

func (d device) Name() string     { return filepath.Base(d.path) }
func (device) Size() int64        { return 0 }
func (device) Mode() fs.FileMode  { return fs.ModeDevice | fs.ModeCharDevice | 0o666 }
func (device) ModTime() time.Time { return time.Unix(0, 0) }
func (device) IsDir() bool        { return false }
func (device) Sys() any           { return nil }

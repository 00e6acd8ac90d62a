//go:build !wasip1

package tools

import (
	"io/fs"
	"os"
)

func withMode(path string, fi fs.FileInfo) fs.FileInfo { return fi }

func chmod(path string, perm fs.FileMode) error { return os.Chmod(path, perm) }

func rename(from, to string) error { return os.Rename(from, to) }

func forget(path string) {}

package image

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Lay writes files, by slash-separated names, to a folder below dir that is
// named for them and their content, and returns where it is. What is there
// already, from the same files, is used. Everybody can read them.
func Lay(dir, name string, files map[string][]byte) (path string, err error) {
	path, _, err = lay(dir, name, func(c *copying) error {
		for _, file := range slices.Sorted(maps.Keys(files)) {
			if err := c.file(file, bytes.NewReader(files[file])); err != nil {
				return err
			}
		}
		return nil
	})
	return path, err
}

// lay makes a folder that is named for its content. A process that is killed
// in between leaves no folder of that name.
func lay(dir, name string, fill func(*copying) error) (path, digest string, err error) {
	fresh, err := os.MkdirTemp(dir, "."+name+"-")
	if err != nil {
		return "", "", fmt.Errorf("make %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(fresh)) }()
	c := copying{to: fresh, left: maxSettings}
	if err := fill(&c); err != nil {
		return "", "", fmt.Errorf("make %s: %w", name, err)
	}
	digest = c.digest()
	path = filepath.Join(dir, name+"-"+digest[:16])
	if err := os.Chmod(fresh, 0o755); err != nil {
		return "", "", fmt.Errorf("make %s: %w", name, err)
	}
	if err := os.Rename(fresh, path); err != nil {
		// What has this name was made from the same content.
		if _, there := os.Stat(path); there != nil {
			return "", "", fmt.Errorf("make %s: %w", name, err)
		}
	}
	return path, digest, nil
}

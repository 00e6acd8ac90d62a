package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pelletier/go-toml/v2"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/image"
)

// A config is caisson.toml, with what is not set filled in. No file is needed.
type config struct {
	Cache struct {
		Folder string `toml:"folder"` // unpacked and compiled runtimes
	} `toml:"cache"`
	State struct {
		Folder string `toml:"folder"` // the record, and sessions at rest
	} `toml:"state"`
	Images struct {
		Folder string `toml:"folder"` // "images" below the state's when empty
		Disk   string `toml:"disk"`   // bytes of all images, such as "20GiB", which is the default
	} `toml:"images"`
	Policy struct {
		File string `toml:"file"` // the program's own policy when empty
	} `toml:"policy"`

	file string // where it was read; empty when there was none
}

func (c config) audit() string    { return filepath.Join(c.State.Folder, "audit") }
func (c config) sessions() string { return filepath.Join(c.State.Folder, "sessions") }

// openImages opens the store of images.
func (c config) openImages() (*image.Store, error) {
	folder := c.Images.Folder
	if folder == "" {
		folder = filepath.Join(c.State.Folder, "images")
	}
	disk := size(20 << 30)
	if c.Images.Disk != "" {
		if err := disk.Set(c.Images.Disk); err != nil {
			return nil, caisson.Errorf(caisson.Invalid, "%s: images.disk: %w", c.file, err)
		}
	}
	return image.OpenStore(folder, int64(disk))
}

// loadConfig reads the named file, which must then exist, or the one in the
// user's configuration folder, which need not.
func loadConfig(named string) (config, error) {
	c := config{file: named}
	if named == "" {
		if dir, err := os.UserConfigDir(); err == nil {
			c.file = filepath.Join(dir, "caisson", "caisson.toml")
		}
	}
	text, err := os.ReadFile(c.file)
	switch {
	case err == nil:
		if err := c.parse(text); err != nil {
			return c, err
		}
	case named == "" && (errors.Is(err, fs.ErrNotExist) || c.file == ""):
		c.file = ""
	default:
		return c, caisson.Errorf(caisson.Invalid, "read the configuration: %w", err)
	}
	return c, c.fill()
}

func (c *config) parse(text []byte) error {
	d := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if err := d.Decode(c); err != nil {
		if unknown, ok := errors.AsType[*toml.StrictMissingError](err); ok {
			return caisson.Errorf(caisson.Invalid, "%s: these keys are not known:\n%s", c.file, unknown.String())
		}
		return caisson.Errorf(caisson.Invalid, "%s: %w", c.file, err)
	}
	for _, path := range []*string{&c.Cache.Folder, &c.State.Folder, &c.Images.Folder, &c.Policy.File} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(filepath.Dir(c.file), *path)
		}
	}
	return nil
}

// fill names the folders that the file does not.
func (c *config) fill() error {
	if c.Cache.Folder == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return caisson.Errorf(caisson.Invalid, "no cache folder is known: set HOME or XDG_CACHE_HOME, or name one in caisson.toml (%w)", err)
		}
		c.Cache.Folder = filepath.Join(dir, "caisson")
	}
	if c.State.Folder == "" {
		dir := os.Getenv("XDG_STATE_HOME")
		if !filepath.IsAbs(dir) {
			home, err := os.UserHomeDir()
			if err != nil {
				return caisson.Errorf(caisson.Invalid, "no state folder is known: set HOME or XDG_STATE_HOME, or name one in caisson.toml (%w)", err)
			}
			dir = filepath.Join(home, ".local", "state")
		}
		c.State.Folder = filepath.Join(dir, "caisson")
	}
	return nil
}

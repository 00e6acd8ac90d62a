package image

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// HostName is the name of the image that is a view of the host.
const HostName = "host"

// programs are the host's directories that hold programs and libraries: of
// hosts where they are links into /usr, those links.
var programs = []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr"}

// settings are what programs look for in /etc, as far as it is the same for
// everybody: no names of people, machines or networks, and no secrets.
var settings = []string{
	"alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "ssl/certs", "ssl/openssl.cnf", "ca-certificates",
	"fonts", "localtime", "timezone", "mime.types", "magic", "terminfo", "matplotlibrc", "python3", "perl", "java-*",
	"R", "php", "gemrc", "nanorc", "inputrc", "protocols", "services", "debian_version", "os-release",
}

// fixed are files of /etc that every sandbox has alike.
var fixed = map[string]string{
	"passwd":        "root:x:0:0:root:/nonexistent:/usr/sbin/nologin\nuser:x:1000:1000:user:/home/user:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
	"group":         "root:x:0:\nuser:x:1000:\nnogroup:x:65534:\n",
	"hosts":         "127.0.0.1 localhost caisson\n::1 localhost\n",
	"hostname":      "caisson\n",
	"nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nnetworks: files\nservices: files\nprotocols: files\n",
	"resolv.conf":   "",
}

// maxSettings bounds what is copied of a host's /etc, in bytes.
const maxSettings = 32 << 20

// Host returns the image that is a view of this host: its programs and
// libraries as they are, and an /etc of our own with what programs look for
// there. That /etc is made below dir, which is the caller's and outlives the
// tree; one that is there already, with the same content, is used.
func Host(dir string) (Tree, error) { return hostTree("/", dir) }

func hostTree(root, dir string) (Tree, error) {
	var t Tree
	for _, name := range programs {
		info, err := os.Lstat(filepath.Join(root, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return Tree{}, fmt.Errorf("look at the host: %w", err)
		case info.IsDir():
			t.Entries = append(t.Entries, Entry{Name: name, Source: filepath.Join(root, name)})
			continue
		}
		to, err := os.Readlink(filepath.Join(root, name))
		if err != nil {
			return Tree{}, fmt.Errorf("look at the host: %w", err)
		}
		t.Entries = append(t.Entries, Entry{Name: name, Link: strings.TrimPrefix(to, "/")})
	}
	etc, digest, err := hostSettings(filepath.Join(root, "etc"), dir)
	if err != nil {
		return Tree{}, err
	}
	t.Entries = append(t.Entries, Entry{Name: "etc", Source: etc})
	t.Digest = digest
	return t, t.Check()
}

// hostSettings makes the image's /etc and returns where it is.
func hostSettings(etc, dir string) (path, digest string, err error) {
	return lay(dir, "etc", func(c *copying) error {
		c.from = etc
		for _, name := range settings {
			found, err := filepath.Glob(filepath.Join(etc, name))
			if err != nil {
				return err
			}
			for _, path := range found {
				rel, err := filepath.Rel(etc, path)
				if err != nil {
					return err
				}
				if err := c.tree(rel); err != nil {
					return err
				}
			}
		}
		for name, text := range fixed {
			if err := c.file(name, strings.NewReader(text)); err != nil {
				return err
			}
		}
		return nil
	})
}

// A copying copies what everybody may read, and counts it.
type copying struct {
	from, to string
	left     int64 // bytes
	sums     []string
}

func (c *copying) tree(rel string) error {
	return filepath.WalkDir(filepath.Join(c.from, rel), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(c.from, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case info.IsDir():
			return os.MkdirAll(filepath.Join(c.to, rel), 0o755)
		case info.Mode()&fs.ModeSymlink != 0:
			return c.link(rel)
		case !info.Mode().IsRegular() || info.Mode().Perm()&0o004 == 0:
			return nil // nothing for everybody
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		return c.file(rel, f)
	})
}

func (c *copying) link(rel string) error {
	to, err := os.Readlink(filepath.Join(c.from, rel))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(filepath.Join(c.to, rel)), 0o755); err != nil {
		return err
	}
	c.sums = append(c.sums, "link "+rel+" "+to)
	return os.Symlink(to, filepath.Join(c.to, rel))
}

func (c *copying) file(rel string, from io.Reader) error {
	name := filepath.Join(c.to, rel)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(from, c.left+1))
	if c.left -= n; err == nil && c.left < 0 {
		err = fmt.Errorf("the settings in %s are more than %d MiB", c.from, maxSettings>>20)
	}
	c.sums = append(c.sums, "file "+rel+" "+hex.EncodeToString(sum.Sum(nil)))
	return errors.Join(err, f.Close())
}

func (c *copying) digest() string {
	slices.Sort(c.sums)
	sum := sha256.Sum256([]byte(strings.Join(c.sums, "\n")))
	return hex.EncodeToString(sum[:])
}

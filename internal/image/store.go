package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/caisson-dev/caisson"
)

// A Store keeps images, each as the folder of its files, by the digest of what
// is in there, and names for them. It is safe for concurrent use, by several
// processes as well.
//
//	names/NAME            what the image of a name is
//	roots/DIGEST          the files of an image
//	roots/.new-*          those of one that is being made
//
// Whoever uses a root, or makes one, holds a lock on its folder, which ends with
// the process.
type Store struct {
	dir  string
	most int64 // bytes of all images

	mu   sync.Mutex
	held []*os.File // locked roots
}

// An Image is what is known of an image.
type Image struct {
	Name    string         `json:"name"`
	Digest  string         `json:"digest"` // of its files, in hex
	Source  string         `json:"source"` // where it came from, for people
	Origin  string         `json:"origin"` // digest of what it was made from; empty when it has none
	Created time.Time      `json:"created"`
	Bytes   int64          `json:"bytes"`
	Entries int            `json:"entries"`
	Dropped map[string]int `json:"dropped,omitempty"` // what it lost on the way, by kind
}

// OpenStore returns the store in a folder, which is made when it is not there.
// All its images have at most so many bytes.
func OpenStore(dir string, most int64) (*Store, error) {
	for _, d := range []string{"names", "roots"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return nil, fmt.Errorf("open the image store: %w", err)
		}
	}
	return &Store{dir: dir, most: most}, nil
}

// Close gives back the images that are in use.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, f := range s.held {
		errs = append(errs, f.Close())
	}
	s.held = nil
	return errors.Join(errs...)
}

// CheckName refuses what cannot be the name of an image.
func CheckName(name string) error {
	strange := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
	}
	if name == "" || len(name) > 64 || strings.ContainsFunc(name, strange) || strings.ContainsAny(name[:1], "._-") || name == HostName {
		return caisson.Errorf(caisson.Invalid, "%q is no name for an image: use up to 64 of a-z, 0-9, dot, dash and underscore, and not %q", name, HostName)
	}
	return nil
}

// Get returns what is known of the image of a name.
func (s *Store) Get(name string) (Image, error) {
	if err := CheckName(name); err != nil {
		return Image{}, err
	}
	text, err := os.ReadFile(filepath.Join(s.dir, "names", name))
	if errors.Is(err, fs.ErrNotExist) {
		return Image{}, caisson.Errorf(caisson.NotFound, "there is no image %q: see \"caisson image list\"", name)
	}
	if err != nil {
		return Image{}, fmt.Errorf("read the image store: %w", err)
	}
	var i Image
	if err := json.Unmarshal(text, &i); err != nil {
		return Image{}, fmt.Errorf("read the image store: %s: %w", name, err)
	}
	if b, err := hex.DecodeString(i.Digest); err != nil || len(b) != sha256.Size {
		return Image{}, fmt.Errorf("read the image store: %s has the digest %q", name, i.Digest)
	}
	i.Name = name
	return i, nil
}

// List returns the images that have a name, by name.
func (s *Store) List() (list []Image, err error) {
	found, err := os.ReadDir(filepath.Join(s.dir, "names"))
	if err != nil {
		return nil, fmt.Errorf("read the image store: %w", err)
	}
	for _, d := range found {
		if CheckName(d.Name()) != nil {
			continue // one that is being written
		}
		i, err := s.Get(d.Name())
		if err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	return list, nil
}

// Remove takes a name away. Its files go with the next [Store.Collect].
func (s *Store) Remove(name string) error {
	if _, err := s.Get(name); err != nil {
		return err
	}
	return os.Remove(filepath.Join(s.dir, "names", name))
}

func (s *Store) root(digest string) string { return filepath.Join(s.dir, "roots", "sha256-"+digest) }

// Tree returns the image of a name as a sandbox sees it. It stays until the
// store is closed.
func (s *Store) Tree(name string) (Tree, error) {
	i, err := s.Get(name)
	if err != nil {
		return Tree{}, err
	}
	dir := s.root(i.Digest)
	held, ok, err := lock(dir, syscall.LOCK_SH)
	if err != nil || !ok {
		return Tree{}, fmt.Errorf("use the image %q: it is not there, or being removed (%w)", name, err)
	}
	s.mu.Lock()
	s.held = append(s.held, held)
	s.mu.Unlock()
	return treeOf(dir, i.Digest)
}

// treeOf reads the top of an image's files.
func treeOf(dir, digest string) (Tree, error) {
	top, err := os.ReadDir(dir)
	if err != nil {
		return Tree{}, fmt.Errorf("read the image: %w", err)
	}
	t := Tree{Digest: digest}
	for _, d := range top {
		e := Entry{Name: d.Name()}
		switch {
		case d.IsDir():
			e.Source = filepath.Join(dir, d.Name())
		case d.Type()&fs.ModeSymlink != 0:
			to, err := os.Readlink(filepath.Join(dir, d.Name()))
			if err != nil {
				return Tree{}, fmt.Errorf("read the image: %w", err)
			}
			e.Link = strings.TrimLeft(to, "/")
		}
		t.Entries = append(t.Entries, e)
	}
	return t, t.Check()
}

// lock locks a folder as long as the file is open. It reports whether it could,
// without waiting, and whether the folder is still there.
func lock(dir string, how int) (*os.File, bool, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, false, err
	}
	if err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); err != nil {
		f.Close()
		if err == syscall.EWOULDBLOCK {
			return nil, false, nil
		}
		return nil, false, os.NewSyscallError("flock", err)
	}
	now, err := os.Lstat(dir)
	was, werr := f.Stat()
	if err != nil || werr != nil || !os.SameFile(now, was) {
		f.Close()
		return nil, false, errors.Join(err, werr)
	}
	return f, true, nil
}

// Put makes an image of archives in the tar format, each over those before it,
// and gives it its name. The archives are hostile. What i says beside its name
// and where it came from is filled in. On an error nothing is left.
func (s *Store) Put(ctx context.Context, i Image, archives ...io.Reader) (_ Image, err error) {
	if err := CheckName(i.Name); err != nil {
		return i, err
	}
	if _, err := s.Collect(); err != nil { // or what nobody counts would fill the disk
		return i, err
	}
	used, err := s.used()
	if err != nil {
		return i, err
	}
	fresh, err := os.MkdirTemp(filepath.Join(s.dir, "roots"), ".new-")
	if err != nil {
		return i, fmt.Errorf("make an image: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(fresh)) }()
	held, ok, err := lock(fresh, syscall.LOCK_EX)
	if err != nil || !ok {
		return i, fmt.Errorf("make an image: its folder cannot be locked (%w)", err)
	}
	defer held.Close()
	root, err := os.OpenRoot(fresh)
	if err != nil {
		return i, fmt.Errorf("make an image: %w", err)
	}
	defer root.Close()
	u := newUnpacking(root, max(0, s.most-used))
	for _, a := range archives {
		if err := u.archive(ctx, a); err != nil {
			return i, err
		}
	}
	if err := u.settle(); err != nil {
		return i, err
	}
	i.Digest, i.Bytes, i.Entries, i.Created = u.digest(), u.bytes, len(u.sums), time.Now().UTC().Truncate(time.Second)
	i.Dropped = u.dropped
	if _, err := treeOf(fresh, i.Digest); err != nil {
		return i, refuse("%w", err)
	}
	if err := os.Chmod(fresh, 0o755); err != nil {
		return i, fmt.Errorf("make an image: %w", err)
	}
	if err := os.Rename(fresh, s.root(i.Digest)); err != nil {
		// What has this name was made from the same files, and must not go
		// before it is named.
		same, ok, there := lock(s.root(i.Digest), syscall.LOCK_SH)
		if !ok {
			return i, fmt.Errorf("make an image: %w", errors.Join(err, there))
		}
		defer same.Close()
	}
	return i, s.name(i)
}

// name writes what the image of a name is.
func (s *Store) name(i Image) error {
	text, err := json.MarshalIndent(i, "", "\t")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Join(s.dir, "names"), ".new-")
	if err != nil {
		return fmt.Errorf("name an image: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(s.dir, "names", i.Name))
	}
	if err != nil {
		os.Remove(f.Name()) // of no use, and no harm
		return fmt.Errorf("name an image: %w", err)
	}
	return nil
}

// used returns how many bytes the files of all images have, as their names say.
func (s *Store) used() (n int64, err error) {
	list, err := s.List()
	if err != nil {
		return 0, err
	}
	seen := map[string]bool{}
	for _, i := range list {
		if !seen[i.Digest] {
			n += i.Bytes
		}
		seen[i.Digest] = true
	}
	return n, nil
}

// Collect removes the files of images that have no name and are not in use, and
// what processes left that ended while they made one. It returns the digests.
func (s *Store) Collect() (gone []string, err error) {
	list, err := s.List()
	if err != nil {
		return nil, err
	}
	found, err := os.ReadDir(filepath.Join(s.dir, "roots"))
	if err != nil {
		return nil, fmt.Errorf("read the image store: %w", err)
	}
	for _, d := range found {
		digest := strings.TrimPrefix(d.Name(), "sha256-")
		if slices.ContainsFunc(list, func(i Image) bool { return i.Digest == digest }) {
			continue
		}
		dir := filepath.Join(s.dir, "roots", d.Name())
		held, ok, err := lock(dir, syscall.LOCK_EX)
		if err != nil || !ok {
			continue // in use, or gone
		}
		// Under another name first: nobody finds one that is half gone.
		hidden := filepath.Join(s.dir, "roots", ".old-"+d.Name())
		err = os.Rename(dir, hidden)
		if err == nil {
			err = os.RemoveAll(hidden)
		}
		held.Close()
		if err != nil {
			return gone, fmt.Errorf("remove an image: %w", err)
		}
		gone = append(gone, digest)
	}
	return gone, nil
}

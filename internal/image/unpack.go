package image

import (
	"archive/tar"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/caisson-dev/caisson"
)

// Bounds of one image.
const (
	MaxBytes   = 16 << 30 // of all files
	MaxEntries = 1 << 20  // files, folders and links, of all layers
	maxName    = 4096     // bytes
	maxDepth   = 128      // folders in folders
)

// Kinds of entries that an image loses: sandboxes do without them, and some
// have been ways to a host.
const (
	DroppedReserved = "entries of folders that belong to the sandbox"
	DroppedSpecial  = "devices, pipes and sockets"
	DroppedTop      = "files in the root directory"
	DroppedRights   = "setuid, setgid and sticky bits"
	DroppedXattrs   = "extended attributes"
	DroppedHanging  = "hard links that lead to no file"
)

// An unpacking writes the files of an archive below a root. The archive is
// hostile: each name is resolved beneath the root by the kernel, and nothing is
// followed that leads out.
type unpacking struct {
	root    *os.Root
	left    int64 // bytes
	entries int
	sums    map[string]string // of what is there, by name
	links   [][2]string       // hard links to make, name and target: what they lead to can come later
	dropped map[string]int
	bytes   int64
}

func newUnpacking(root *os.Root, most int64) *unpacking {
	return &unpacking{root: root, left: min(most, MaxBytes), sums: map[string]string{}, dropped: map[string]int{}}
}

// archive unpacks a tar archive.
func (u *unpacking) archive(ctx context.Context, r io.Reader) error {
	t := tar.NewReader(r)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return u.linkAll()
		case err != nil:
			return fmt.Errorf("read the image: %w", err)
		}
		if err := u.entry(h, t); err != nil {
			return err
		}
	}
}

// refuse is the error of an image that nobody means well with.
func refuse(format string, args ...any) error {
	return caisson.Errorf(caisson.Invalid, "the image is refused: "+format, args...)
}

// entryName returns a name of an archive, relative to the root; "." for the
// root itself.
func entryName(name string) (string, error) {
	clean := path.Clean("./" + name)
	switch {
	case len(name) > maxName, strings.Count(clean, "/") > maxDepth:
		return "", refuse("the name %.100q... is too long or too deep", name)
	case strings.ContainsRune(name, 0), slices.Contains(strings.Split(name, "/"), ".."):
		return "", refuse("the name %.100q leads out of it", name)
	}
	return strings.TrimPrefix(clean, "/"), nil
}

func (u *unpacking) entry(h *tar.Header, from io.Reader) error {
	if u.entries++; u.entries > MaxEntries {
		return refuse("it has more than %d entries", MaxEntries)
	}
	name, err := entryName(h.Name)
	if err != nil || name == "." {
		return err
	}
	top, _, below := strings.Cut(name, "/")
	mode := fs.FileMode(h.Mode) & 0o755
	switch {
	case Reserved(top):
		u.dropped[DroppedReserved]++
		return nil
	case h.Mode&0o7000 != 0:
		u.dropped[DroppedRights]++
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "SCHILY.xattr.") || strings.HasPrefix(key, "LIBARCHIVE.xattr.") {
			u.dropped[DroppedXattrs]++
		}
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return u.folder(name, mode|0o700)
	case tar.TypeSymlink:
		return u.symlink(name, h.Linkname)
	case tar.TypeLink:
		target, err := entryName(h.Linkname)
		if err != nil {
			return err
		}
		u.links = append(u.links, [2]string{name, target})
		return nil
	case tar.TypeReg, '\x00', tar.TypeGNUSparse:
		if !below {
			u.dropped[DroppedTop]++
			return nil
		}
		return u.file(name, mode|0o600, h.Size, from)
	}
	u.dropped[DroppedSpecial]++
	return nil
}

// clear makes way for an entry that replaces another. A folder gives way to
// nothing but a folder: what would follow of its content is anybody's guess.
func (u *unpacking) clear(name string) error {
	if err := u.above(name); err != nil {
		return err
	}
	info, err := u.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return unpackError(name, err)
	case info.IsDir():
		return refuse("%.100q is a folder and something else", name)
	}
	return unpackError(name, u.root.Remove(name))
}

// above makes the folders above a name.
func (u *unpacking) above(name string) error {
	folder := path.Dir(name)
	if folder == "." {
		return nil
	}
	return unpackError(name, u.root.MkdirAll(folder, 0o755))
}

// unpackError is an error of writing an entry: ours when the host cannot write,
// and else the image's, as of a link on the way that leads out.
func unpackError(name string, err error) error {
	if err == nil || caisson.CodeOf(err) != caisson.Internal {
		return err
	}
	for _, ours := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EIO, syscall.EROFS, syscall.EACCES, syscall.EPERM, syscall.EMFILE} {
		if errors.Is(err, ours) {
			return fmt.Errorf("unpack %.100q: %w", name, err)
		}
	}
	return refuse("%.100q cannot be made: %w", name, err)
}

func (u *unpacking) folder(name string, mode fs.FileMode) error {
	if err := u.above(name); err != nil {
		return err
	}
	info, err := u.root.Lstat(name)
	switch {
	case err == nil && info.Mode()&fs.ModeSymlink != 0:
		return nil // what comes below goes where the link leads, beneath the root
	case err == nil && !info.IsDir():
		return refuse("%.100q is a folder and something else", name)
	case err != nil:
		if err := u.root.Mkdir(name, mode); err != nil {
			return unpackError(name, err)
		}
	}
	u.sums[name] = fmt.Sprintf("folder %o", mode)
	return unpackError(name, u.root.Chmod(name, mode))
}

func (u *unpacking) symlink(name, to string) error {
	if to == "" || len(to) > maxName || strings.ContainsRune(to, 0) {
		return refuse("the link %.100q leads nowhere", name)
	}
	if err := u.clear(name); err != nil {
		return err
	}
	u.sums[name] = "link " + to
	return unpackError(name, u.root.Symlink(to, name))
}

func (u *unpacking) file(name string, mode fs.FileMode, size int64, from io.Reader) error {
	if size < 0 || size > u.left {
		return tooLarge()
	}
	if err := u.clear(name); err != nil {
		return err
	}
	f, err := u.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return unpackError(name, err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(from, u.left+1))
	u.left -= n
	u.bytes += n
	if err == nil && u.left < 0 {
		err = tooLarge()
	}
	// By its descriptor: what has the name later may be another.
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return unpackError(name, err)
	}
	u.sums[name] = fmt.Sprintf("file %o %s", mode, hex.EncodeToString(sum.Sum(nil)))
	return nil
}

func tooLarge() error {
	return caisson.Errorf(caisson.Exhausted, "the image has more bytes than the store has room for: see \"caisson image gc\", or raise images.disk in caisson.toml")
}

// linkAll makes the hard links. One leads to a file of the image, or is dropped.
func (u *unpacking) linkAll() error {
	// A link to a link has its turn when that is there.
	for again := true; again && len(u.links) > 0; {
		again = false
		var later [][2]string
		for _, l := range u.links {
			name, target := l[0], l[1]
			info, err := u.root.Lstat(target)
			if err != nil || !info.Mode().IsRegular() || name == target {
				later = append(later, l)
				continue
			}
			if err := u.clear(name); err != nil {
				return err
			}
			if err := u.root.Link(target, name); err != nil {
				return unpackError(name, err)
			}
			u.sums[name] = cmp.Or(u.sums[target], "link to "+target)
			again = true
		}
		u.links = later
	}
	if len(u.links) > 0 {
		u.dropped[DroppedHanging] += len(u.links)
	}
	u.links = nil
	return nil
}

// settle puts in place what every sandbox has alike, whatever the image says.
func (u *unpacking) settle() error {
	if err := u.folder("etc", 0o755); err != nil {
		return err
	}
	if info, err := u.root.Lstat("etc"); err != nil || !info.IsDir() {
		return refuse("its /etc is no folder")
	}
	for _, name := range slices.Sorted(maps.Keys(fixed)) {
		if err := u.file("etc/"+name, 0o644, int64(len(fixed[name])), strings.NewReader(fixed[name])); err != nil {
			return err
		}
	}
	return nil
}

// digest is that of all that is there.
func (u *unpacking) digest() string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(u.sums)) {
		fmt.Fprintf(sum, "%q %s\n", name, u.sums[name])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

package container

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/sys"
)

// files are the folders of a container that it can write, seen from the host.
// The code in it may change them at any moment, so each name is resolved
// beneath its folder by the kernel, and nothing is opened that could make us
// wait.
type files struct {
	folders map[string]*os.Root // by where they are in the container
	uid     int                 // the container's user and group, as the host has them
	gid     int
	limits  caisson.Limits
}

// openFiles opens the folders of a container, by its first process.
func openFiles(pid int, l caisson.Limits) (*files, error) {
	f := &files{folders: map[string]*os.Root{}, limits: l}
	for _, folder := range []string{workFolder, tmpFolder, homeFolder} {
		r, err := os.OpenRoot(fmt.Sprintf("/proc/%d/root%s", pid, folder))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open the container's files: %w", err), f.close())
		}
		f.folders[folder] = r
	}
	info, err := f.folders[workFolder].Stat(".")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the container's files: %w", err), f.close())
	}
	owner := info.Sys().(*syscall.Stat_t)
	f.uid, f.gid = int(owner.Uid), int(owner.Gid)
	return f, nil
}

func (f *files) close() error {
	if f == nil {
		return nil
	}
	var errs []error
	for _, r := range f.folders {
		errs = append(errs, r.Close())
	}
	return errors.Join(errs...)
}

// used returns the bytes on disk, and whether there is room for no more bytes
// or for no more files.
func (f *files) used() (bytes int64, full bool, err error) {
	dir, err := f.folders[workFolder].Open(".")
	if err != nil {
		return 0, false, err
	}
	defer dir.Close()
	total, free, inodes, err := sys.DiskSpace(dir)
	if err != nil {
		return 0, false, err
	}
	return total - free, free == 0 || inodes == 0 || f.limits.Disk == 0 || f.limits.Inodes == 0, nil
}

// as calls g as the container's user: what it cannot do with its files is not
// done for it, and what is made is its.
func (f *files) as(g func() error) error { return sys.AsFileUser(f.uid, f.gid, g) }

// find returns the folder that holds a name of the guest's, and the name in it.
func (f *files) find(name string) (*os.Root, string, error) {
	full := name
	if !strings.HasPrefix(name, "/") {
		full = workFolder + "/" + name
	}
	full = path.Clean(full)
	for folder, r := range f.folders {
		if full == folder {
			return r, ".", nil
		}
		if rest, ok := strings.CutPrefix(full, folder+"/"); ok {
			return r, rest, nil
		}
	}
	return nil, "", caisson.Errorf(caisson.Invalid, "%q is not in a folder that can be reached: use %s, %s or %s", short(name), workFolder, tmpFolder, homeFolder)
}

// write makes or replaces a file and the folders above it.
func (f *files) write(name string, data []byte) error {
	r, at, err := f.find(name)
	if err != nil {
		return err
	}
	if f.limits.Disk == 0 || f.limits.Inodes == 0 || int64(len(data)) > f.limits.Disk {
		return fileError(name, syscall.ENOSPC)
	}
	for i := range at {
		if at[i] == '/' {
			if err := mkdir(r, at[:i]); err != nil {
				return fileError(name, err)
			}
		}
	}
	// A link or a pipe in its place is the code's: it is replaced, not followed.
	if info, err := r.Lstat(at); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		if err := r.Remove(at); err != nil {
			return fileError(name, err)
		}
	}
	file, err := r.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return fileError(name, err)
	}
	if err = regular(file); err == nil {
		_, err = file.Write(data)
	}
	return fileError(name, errors.Join(err, file.Close()))
}

func mkdir(r *os.Root, at string) error {
	if err := r.Mkdir(at, 0o700); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// regular is the error of what is no regular file.
func regular(f *os.File) error {
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return syscall.EISDIR
	case !info.Mode().IsRegular():
		return errNoFile
	}
	return nil
}

var errNoFile = errors.New("it is no regular file")

// read returns a file of at most limit bytes.
func (f *files) read(name string, limit int64) ([]byte, error) {
	r, at, err := f.find(name)
	if err != nil {
		return nil, err
	}
	file, err := r.OpenFile(at, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fileError(name, err)
	}
	defer file.Close()
	if err := regular(file); err != nil {
		return nil, fileError(name, err)
	}
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	switch {
	case err != nil:
		return nil, fileError(name, err)
	case int64(len(data)) > limit:
		return nil, caisson.Errorf(caisson.Exhausted, "%q has more than %d bytes", short(name), limit)
	}
	return data, nil
}

// list returns the regular files below a folder, by name. What the code takes
// away meanwhile is not there; links are not followed.
func (f *files) list(ctx context.Context, name string) ([]backend.FileInfo, error) {
	r, at, err := f.find(name)
	if err != nil {
		return nil, err
	}
	if info, err := r.Lstat(at); err != nil || !info.IsDir() {
		return nil, fileError(name, cmp.Or(err, error(syscall.ENOTDIR)))
	}
	l := listing{name: name}
	if err := l.enter(ctx, r, at, "", 0); err != nil {
		return nil, err
	}
	slices.SortFunc(l.files, func(a, b backend.FileInfo) int { return cmp.Compare(a.Name, b.Name) })
	return l.files, nil
}

// A listing goes down from folder to folder, and holds each on its way: to
// come to one from the top every time would take the host minutes, in a tree
// that code makes in a second.
type listing struct {
	name  string // of the topmost folder
	seen  int
	files []backend.FileInfo
}

// maxDepth is how deep a listing goes.
const maxDepth = 128

// enter lists the folder at in dir; prefix stands before the names in it.
func (l *listing) enter(ctx context.Context, dir *os.Root, at, prefix string, depth int) error {
	if depth > maxDepth {
		return caisson.Errorf(caisson.Exhausted, "the folder %q has folders that are more than %d deep", short(l.name), maxDepth)
	}
	r, err := dir.OpenRoot(at)
	if err != nil {
		return nil
	}
	defer r.Close()
	folders, err := l.read(ctx, r, prefix)
	for _, name := range folders {
		if err == nil {
			err = l.enter(ctx, r, name, prefix+name+"/", depth+1)
		}
	}
	return err
}

// read lists the files in one folder and returns the folders.
func (l *listing) read(ctx context.Context, r *os.Root, prefix string) (folders []string, err error) {
	dir, err := r.Open(".")
	if err != nil {
		return nil, nil
	}
	defer dir.Close()
	entries, _ := dir.ReadDir(backend.MaxFiles + 1) // it is as long as what could be read
	for _, d := range entries {
		if l.seen++; l.seen > backend.MaxFiles {
			return nil, caisson.Errorf(caisson.Exhausted, "the folder %q has more than %d files", short(l.name), backend.MaxFiles)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if d.IsDir() {
			folders = append(folders, d.Name())
		} else if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			l.files = append(l.files, backend.FileInfo{Name: prefix + d.Name(), Size: info.Size(), Modified: info.ModTime().UnixNano()})
		}
	}
	return folders, nil
}

// fileError says what is wrong with a file. The name is the guest's.
func fileError(name string, err error) error {
	if err == nil {
		return nil
	}
	code, text := caisson.Invalid, "it cannot be used: its name or the way to it is not that of a file"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		code, text = caisson.NotFound, "there is no such file"
	case errors.Is(err, syscall.ENOTDIR):
		text = "there is a file on the way to it"
	case errors.Is(err, syscall.EISDIR):
		text = "it is a folder"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EDQUOT):
		code, text = caisson.Exhausted, "the sandbox's disk limit leaves no room for it"
	case errors.Is(err, syscall.ENAMETOOLONG):
		text = "its name is too long"
	case errors.Is(err, errNoFile):
		text = errNoFile.Error()
	}
	return caisson.Errorf(code, "the file %q: %s", short(name), text)
}

// short cuts a name of the guest's for messages.
func short(name string) string {
	const most = 100
	if len(name) > most {
		return name[:most] + "..."
	}
	return name
}

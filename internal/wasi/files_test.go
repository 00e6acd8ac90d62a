package wasi_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/caisson-dev/caisson/internal/memfs"
	"github.com/caisson-dev/caisson/internal/wasi"
)

func errno(e memfs.Errno) wasi.Errno { return wasi.Errno(e) }

func TestTheRootIsPreopened(t *testing.T) {
	g := newGuest(t, wasi.Config{})
	g.do("fd_prestat_get", 3, bufAt)
	if n := le.Uint32(g.mem[bufAt+4:]); n != 1 || g.mem[bufAt] != 0 {
		t.Errorf("fd_prestat_get = %d, %d", g.mem[bufAt], n)
	}
	g.do("fd_prestat_dir_name", 3, bufAt, 1)
	if g.mem[bufAt] != '/' {
		t.Errorf("name = %q", g.mem[bufAt])
	}
	g.want(wasi.EBADF, "fd_prestat_get", 4, bufAt)
	g.want(wasi.EBADF, "fd_prestat_get", 0, bufAt)
	g.want(wasi.ENAMETOOLONG, "fd_prestat_dir_name", 3, bufAt, 0)
	g.do("fd_fdstat_get", 3, bufAt)
	if g.mem[bufAt] != 3 {
		t.Errorf("type of root = %d, want 3", g.mem[bufAt])
	}
	g.want(wasi.ENOTSUP, "fd_close", 3)
	g.want(wasi.ENOTSUP, "fd_renumber", 1, 3)
	g.want(wasi.ENOTSUP, "fd_renumber", 3, 5)
}

func TestFilesReadBackWhatWasWritten(t *testing.T) {
	g := newGuest(t, wasi.Config{})
	fd := g.open("dir/../f", create|excl, rightsAll, 0)
	g.mustWrite(fd, "hello world")
	g.do("fd_seek", fd, ^uint64(4), 2, resAt) // 5 before the end
	g.mustRead(fd, 100, "world")
	g.mustRead(fd, 100, "")
	g.do("fd_tell", fd, resAt)
	if off := le.Uint64(g.mem[resAt:]); off != 11 {
		t.Errorf("fd_tell = %d, want 11", off)
	}
	v, k := g.vector(3)
	copy(g.mem[bufAt:], "HEL")
	g.do("fd_pwrite", fd, v, k, 0, resAt)
	v, k = g.vector(5)
	g.do("fd_pread", fd, v, k, 0, resAt)
	if s := string(g.mem[bufAt : bufAt+5]); s != "HELlo" {
		t.Errorf("fd_pread = %q", s)
	}
	g.want(wasi.EINVAL, "fd_pread", fd, v, k, 1<<63, resAt)
	g.want(wasi.EINVAL, "fd_seek", fd, 0, 3, resAt)
	g.do("fd_filestat_set_size", fd, 3)
	g.do("fd_allocate", fd, 5, 5)
	g.do("fd_filestat_get", fd, bufAt)
	if size := le.Uint64(g.mem[bufAt+32:]); size != 10 || g.mem[bufAt+16] != 4 {
		t.Errorf("size = %d, type %d, want 10, 4", size, g.mem[bufAt+16])
	}
	g.want(errno(memfs.EFBIG), "fd_filestat_set_size", fd, 1<<40)
	g.want(errno(memfs.ENOSPC), "fd_allocate", fd, 1<<30, 1)
	g.want(wasi.EINVAL, "fd_allocate", fd, 1<<63-1, 1<<63-1)
	g.want(wasi.EINVAL, "fd_filestat_set_size", fd, 1<<63)
	g.do("fd_sync", fd)
	g.do("fd_datasync", fd)
	g.do("fd_advise", fd, 0, 0, 5)
	g.want(wasi.EINVAL, "fd_advise", fd, 0, 0, 6)
	g.do("fd_close", fd)
	g.want(wasi.EBADF, "fd_close", fd)
	g.want(wasi.EBADF, "fd_sync", fd)
}

func TestVectorsMoveInOrderAndStopAtAFault(t *testing.T) {
	g := newGuest(t, wasi.Config{})
	fd := g.open("f", create, rightsAll, 0)
	copy(g.mem[bufAt:], "onetwo")
	for i, v := range [][2]uint32{{bufAt, 3}, {1, 0}, {bufAt + 3, 3}, {uint32(len(g.mem)), 1}} {
		le.PutUint32(g.mem[iovAt+8*i:], v[0])
		le.PutUint32(g.mem[iovAt+8*i+4:], v[1])
	}
	g.do("fd_write", fd, iovAt, 4, resAt)
	if n := le.Uint32(g.mem[resAt:]); n != 6 {
		t.Errorf("wrote %d, want 6", n)
	}
	g.do("fd_seek", fd, 0, 0, resAt)
	g.mustRead(fd, 100, "onetwo")
	g.want(wasi.EFAULT, "fd_write", fd, iovAt+24, 1, resAt)
	g.want(wasi.EFAULT, "fd_write", fd, uint64(len(g.mem)-4), 1, resAt)
	g.want(wasi.EFAULT, "fd_write", fd, 1<<32-8, 1, resAt)
	g.want(wasi.EINVAL, "fd_write", fd, 0, wasi.MaxVectors+1, resAt)
	g.want(wasi.EFAULT, "fd_write", fd, iovAt, 1, uint64(len(g.mem)-3))
}

func TestTransfersAreCapped(t *testing.T) {
	total := 0
	g := newGuest(t, wasi.Config{Stdio: wasi.Stdio{Out: func(p []byte) error { total += len(p); return nil }}})
	// Many buffers over the same bytes ask for far more than there is memory.
	for i := range wasi.MaxVectors {
		le.PutUint32(g.mem[bufAt+8*i:], 0)
		le.PutUint32(g.mem[bufAt+8*i+4:], uint32(len(g.mem)))
	}
	g.do("fd_write", 1, bufAt, wasi.MaxVectors, resAt)
	if n := le.Uint32(g.mem[resAt:]); n != wasi.MaxTransfer || total != wasi.MaxTransfer {
		t.Errorf("wrote %d of which %d came out, want %d", n, total, wasi.MaxTransfer)
	}
}

func TestRightsAndFlagsHold(t *testing.T) {
	g := newGuest(t, wasi.Config{})
	w := g.open("f", create, rightsWrite, 1)
	g.mustWrite(w, "abc")
	g.do("fd_seek", w, 0, 0, resAt)
	g.mustWrite(w, "def") // appends
	if _, e := g.read(w, 1); e != wasi.EBADF {
		t.Errorf("read without the right = %v", e)
	}
	r := g.open("f", 0, rightsRead, 0)
	if _, e := g.write(r, "x"); e != wasi.EBADF {
		t.Errorf("write without the right = %v", e)
	}
	g.want(wasi.EBADF, "fd_filestat_set_size", r, 0)
	g.mustRead(r, 10, "abcdef")
	g.do("fd_fdstat_get", w, bufAt)
	if flags, rights := le.Uint16(g.mem[bufAt+2:]), le.Uint64(g.mem[bufAt+8:]); flags != 1 || rights != rightsWrite {
		t.Errorf("flags %d, rights %#x", flags, rights)
	}
	g.do("fd_fdstat_set_flags", w, 4)
	g.do("fd_seek", w, 0, 0, resAt)
	g.mustWrite(w, "ABC") // no longer appends
	g.want(wasi.EINVAL, "fd_fdstat_set_flags", w, 32)
	g.want(wasi.ENOTCAPABLE, "fd_fdstat_set_rights", r, rightsRead|rightsWrite, 0)
	g.do("fd_fdstat_set_rights", r, 0, 0)
	if _, e := g.read(r, 1); e != wasi.EBADF {
		t.Errorf("read after giving the right away = %v", e)
	}
	b, _ := g.fs.ReadFile("/f", 10)
	if string(b) != "ABCdef" {
		t.Errorf("content = %q", b)
	}
}

func TestDescriptorsRunOut(t *testing.T) {
	g := newGuest(t, wasi.Config{MaxFiles: 6})
	g.open("a", create, rightsAll, 0)
	g.want(wasi.EMFILE, "pipe", resAt)
	fd := g.open("b", create, rightsAll, 0)
	p, n := g.path(pathAt, "c")
	g.want(wasi.EMFILE, "path_open", 3, 0, p, n, create, rightsAll, rightsAll, 0, resAt)
	if _, err := g.fs.Stat(nil, "/c"); err == nil {
		t.Error("a file was made that could not be opened")
	}
	g.want(wasi.EBADF, "fd_renumber", fd, 6)
	g.want(wasi.EBADF, "fd_renumber", fd, 1<<32-1)
	g.do("fd_close", fd)
	if again := g.open("b", 0, rightsAll, 0); again != fd || g.p.OpenFiles() != 6 {
		t.Errorf("reopened as %d with %d open, want %d, 6", again, g.p.OpenFiles(), fd)
	}
	zero, err := wasi.New(wasi.Config{FS: memfs.New(memfs.Limits{Bytes: 1, Inodes: 1}, nil)})
	if err != nil {
		t.Fatal(err)
	}
	g.p = zero
	p, n = g.path(pathAt, "c")
	g.want(wasi.EMFILE, "path_open", 3, 0, p, n, create, rightsAll, rightsAll, 0, resAt)
}

func TestRenumberMovesADescriptor(t *testing.T) {
	g := newGuest(t, wasi.Config{})
	a := g.open("a", create, rightsAll, 0)
	g.do("fd_renumber", a, 1)
	g.mustWrite(1, "into the file")
	g.want(wasi.EBADF, "fd_sync", a)
	if b, _ := g.fs.ReadFile("/a", 100); string(b) != "into the file" {
		t.Errorf("content = %q", b)
	}
	g.do("fd_renumber", 1, 9)
	g.do("fd_renumber", 9, 9)
	g.want(wasi.EBADF, "fd_renumber", 8, 9)
	g.do("fd_close", 9)
	if n := g.p.OpenFiles(); n != 3 {
		t.Errorf("%d open, want 3", n)
	}
}

func TestDirectoriesListInPieces(t *testing.T) {
	g := newGuest(t, wasi.Config{})
	p, n := g.path(pathAt, "d")
	g.do("path_create_directory", 3, p, n)
	want := map[string]bool{".": true, "..": true}
	for i := range 20 {
		name := fmt.Sprintf("file%d", i)
		want[name] = true
		g.do("fd_close", g.open("d/"+name, create, rightsAll, 0))
	}
	fd := g.open("d", dirOnly, rightsAll, 0)
	const room = 100
	for cookie := uint64(0); ; {
		g.do("fd_readdir", fd, bufAt, room, cookie, resAt)
		used := int(le.Uint32(g.mem[resAt:]))
		b := g.mem[bufAt : bufAt+used]
		for len(b) >= 24 {
			size := int(le.Uint32(b[16:]))
			if len(b) < 24+size {
				break
			}
			name := string(b[24 : 24+size])
			if !want[name] {
				t.Fatalf("entry %q came twice or is not there", name)
			}
			delete(want, name)
			cookie = le.Uint64(b)
			b = b[24+size:]
		}
		if used < room {
			break
		}
	}
	if len(want) > 0 {
		t.Errorf("not listed: %v", want)
	}
	f := g.open("d/file1", 0, rightsAll, 0)
	g.want(wasi.ENOTDIR, "fd_readdir", f, bufAt, room, 0, resAt)
	g.want(wasi.EFAULT, "fd_readdir", fd, bufAt, 1<<31, 0, resAt)
}

func TestPathsDoWhatTheyShould(t *testing.T) {
	g := newGuest(t, wasi.Config{})
	path := func(s string) []uint64 { p, n := g.path(pathAt, s); return []uint64{3, p, n} }
	g.do("path_create_directory", path("d")...)
	g.want(errno(memfs.EEXIST), "path_create_directory", path("d")...)
	g.open("d/f", create, rightsAll, 0)
	g.want(errno(memfs.ENOTEMPTY), "path_remove_directory", path("d")...)
	g.want(errno(memfs.EISDIR), "path_unlink_file", path("d")...)
	g.want(errno(memfs.ENOENT), "path_unlink_file", path("none")...)
	p, n := g.path(pathAt, "d/f")
	q, m := g.path(nameAt, "g")
	g.do("path_rename", 3, p, n, 3, q, m)
	g.do("path_filestat_get", 3, 1, q, m, bufAt)
	g.do("path_filestat_set_times", 3, 1, q, m, 5000, 7000, 1|4)
	g.do("path_filestat_get", 3, 1, q, m, bufAt)
	if a, mt := le.Uint64(g.mem[bufAt+40:]), le.Uint64(g.mem[bufAt+48:]); a != 5000 || mt != 7000 {
		t.Errorf("times = %d, %d", a, mt)
	}
	g.want(wasi.EINVAL, "path_filestat_set_times", 3, 1, q, m, 0, 0, 3)
	g.want(wasi.EINVAL, "path_filestat_set_times", 3, 1, q, m, 1<<63, 0, 1)
	g.do("path_filestat_set_times", 3, 1, q, m, 0, 0, 2|8)
	g.do("path_filestat_get", 3, 1, q, m, bufAt)
	if mt := le.Uint64(g.mem[bufAt+48:]); time.Since(time.Unix(0, int64(mt))) > time.Hour {
		t.Errorf("time set to now is %d", mt)
	}
	fd := g.open("g", 0, rightsAll, 0)
	g.do("fd_filestat_set_times", fd, 1, 2, 5)
	g.want(wasi.EINVAL, "path_readlink", 3, q, m, bufAt, 100, resAt)
	p, n = g.path(pathAt, "d/f")
	g.want(errno(memfs.ENOENT), "path_readlink", 3, p, n, bufAt, 100, resAt)
	g.want(wasi.EPERM, "path_symlink", p, n, 3, q, m)
	g.want(wasi.EPERM, "path_link", 3, 0, p, n, 3, q, m)
	g.want(wasi.ENOTSOCK, "sock_accept", 3, 0, resAt)
	g.do("path_unlink_file", path("g")...)
	g.do("path_remove_directory", path("d")...)
	g.want(wasi.ENOTDIR, "path_unlink_file", append([]uint64{1}, path("x")[1:]...)...)
	g.want(wasi.EFAULT, "path_unlink_file", 3, uint64(len(g.mem)-1), 2)
	long := make([]byte, 1<<16)
	copy(g.mem[bufAt:], strings.Repeat("x", len(long)))
	g.want(wasi.ENAMETOOLONG, "path_unlink_file", 3, bufAt, uint64(len(long)))
}

func TestOpenFollowsItsFlags(t *testing.T) {
	g := newGuest(t, wasi.Config{})
	p, n := g.path(pathAt, "d")
	g.do("path_create_directory", 3, p, n)
	g.open("f", create, rightsAll, 0)
	open := func(want wasi.Errno, path string, oflags, rights, flags uint64) {
		t.Helper()
		p, n := g.path(pathAt, path)
		g.want(want, "path_open", 3, 0, p, n, oflags, rights, rightsAll, flags, resAt)
	}
	open(errno(memfs.EEXIST), "f", create|excl, rightsAll, 0)
	open(wasi.ENOTDIR, "f", dirOnly, rightsAll, 0)
	open(errno(memfs.EISDIR), "d", 0, rightsAll, 0)
	open(wasi.OK, "d", 0, rightsAll&^rightsWrite, 0)
	open(wasi.OK, "d", dirOnly, rightsAll, 0)
	open(errno(memfs.ENOENT), "none", 0, rightsAll, 0)
	open(wasi.EINVAL, "f", 16, rightsAll, 0)
	open(wasi.EINVAL, "f", 0, rightsAll, 32)
	// From an open directory, up and over.
	d := g.open("d", dirOnly, rightsAll, 0)
	p, n = g.path(pathAt, "../../f")
	g.do("path_open", d, 0, p, n, 0, rightsRead, 0, 0, resAt)
	// What the directory may not pass on, a file in it does not get.
	g.do("fd_fdstat_set_rights", d, 0, rightsRead)
	p, n = g.path(pathAt, "../f")
	g.do("path_open", d, 0, p, n, 0, rightsAll, rightsAll, 0, resAt)
	if _, e := g.write(uint64(le.Uint32(g.mem[resAt:])), "x"); e != wasi.EBADF {
		t.Errorf("write through a directory without the right = %v", e)
	}
}

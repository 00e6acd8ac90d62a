package memfs_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caisson-dev/caisson/internal/memfs"
)

var roomy = memfs.Limits{Bytes: 1 << 20, Inodes: 1000}

func clock() time.Time { return time.Unix(1000, 5) }

func newFS(t *testing.T, l memfs.Limits) *memfs.FS {
	t.Helper()
	return memfs.New(l, clock)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, what string, err error, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s = %v, want %v", what, err, want)
	}
}

func open(t *testing.T, f *memfs.FS, path string, flag memfs.Flag) *memfs.File {
	t.Helper()
	h, err := f.Open(nil, path, flag)
	if err != nil {
		t.Fatalf("Open(%q): %v", path, err)
	}
	return h
}

const rw = memfs.Read | memfs.Write

func TestZeroLimitsPermitNothing(t *testing.T) {
	f := newFS(t, memfs.Limits{})
	_, err := f.Open(nil, "/x", rw|memfs.Create)
	wantErr(t, "create", err, memfs.EDQUOT)
	wantErr(t, "mkdir", f.Mkdir(nil, "/d"), memfs.EDQUOT)
	if got := f.QuotaHit(); got != memfs.QuotaInodes {
		t.Errorf("QuotaHit() = %v, want inodes", got)
	}
	f.SetLimits(memfs.Limits{Inodes: 1})
	f.ClearQuotaHit()
	h := open(t, f, "/x", rw|memfs.Create)
	if n, err := h.Write([]byte("a")); n != 0 || !errors.Is(err, memfs.ENOSPC) {
		t.Errorf("Write = %d, %v, want 0, ENOSPC", n, err)
	}
	if got := f.QuotaHit(); got != memfs.QuotaBytes {
		t.Errorf("QuotaHit() = %v, want bytes", got)
	}
}

func TestQuotaCountsLogicalBytesAndCutsWrites(t *testing.T) {
	f := newFS(t, memfs.Limits{Bytes: 100, Inodes: 10})
	h := open(t, f, "/x", rw|memfs.Create)
	wantErr(t, "Truncate(1 TiB)", h.Truncate(1<<40), memfs.EFBIG)
	wantErr(t, "Truncate(1 GiB)", h.Truncate(1<<30), memfs.ENOSPC)
	wantErr(t, "Allocate(101)", h.Allocate(101), memfs.ENOSPC)
	n, err := h.WriteAt([]byte("abcdefghij"), 95)
	if n != 5 || !errors.Is(err, memfs.ENOSPC) {
		t.Errorf("WriteAt at 95 of 100 = %d, %v, want 5, ENOSPC", n, err)
	}
	if n, err := h.WriteAt([]byte("x"), 1<<50); n != 0 || !errors.Is(err, memfs.EFBIG) {
		t.Errorf("WriteAt far out = %d, %v, want 0, EFBIG", n, err)
	}
	if u := f.Usage(); u != (memfs.Usage{Bytes: 100, Inodes: 1}) {
		t.Errorf("Usage() = %+v, want 100 bytes, 1 inode", u)
	}
	must(t, h.Truncate(3))
	if n, err := h.WriteAt([]byte("xyz"), 0); n != 3 || err != nil {
		t.Errorf("overwrite = %d, %v", n, err)
	}
	if u := f.Usage(); u.Bytes != 3 {
		t.Errorf("Usage().Bytes = %d, want 3", u.Bytes)
	}
}

func TestUnlinkedFileLivesAndCountsUntilClosed(t *testing.T) {
	f := newFS(t, roomy)
	must(t, f.WriteFile("/x", []byte("hello"), 0o600))
	h := open(t, f, "/x", rw)
	must(t, f.RemoveFile(nil, "/x"))
	if _, err := f.Stat(nil, "/x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stat after unlink = %v, want not exist", err)
	}
	b, err := io.ReadAll(h)
	if string(b) != "hello" || err != nil {
		t.Errorf("read = %q, %v", b, err)
	}
	if s, _ := h.Stat(); s.Nlink != 0 {
		t.Errorf("Nlink = %d, want 0", s.Nlink)
	}
	if _, ok := h.Path(); ok {
		t.Error("an unlinked file has a path")
	}
	if u := f.Usage(); u != (memfs.Usage{Bytes: 5, Inodes: 1}) {
		t.Errorf("Usage() while open = %+v", u)
	}
	must(t, h.Close())
	if u := f.Usage(); u != (memfs.Usage{}) {
		t.Errorf("Usage() after close = %+v, want none", u)
	}
	_, err = h.Read(make([]byte, 1))
	wantErr(t, "Read after close", err, memfs.EBADF)
	wantErr(t, "second Close", h.Close(), memfs.EBADF)
}

func TestRemovedDirectoryTakesNothingNew(t *testing.T) {
	f := newFS(t, roomy)
	must(t, f.Mkdir(nil, "/d"))
	d := open(t, f, "/d", memfs.Read|memfs.Directory)
	must(t, f.RemoveDir(nil, "/d"))
	_, err := f.Open(d, "x", rw|memfs.Create)
	wantErr(t, "create in a removed directory", err, memfs.ENOENT)
	wantErr(t, "mkdir in a removed directory", f.Mkdir(d, "x"), memfs.ENOENT)
	must(t, f.WriteFile("/f", nil, 0o600))
	wantErr(t, "rename into a removed directory", f.Rename(nil, "/f", d, "f"), memfs.ENOENT)
	_, err = f.Stat(d, "..")
	wantErr(t, "parent of a removed directory", err, memfs.ENOENT)
	must(t, d.Close())
	if u := f.Usage(); u.Inodes != 1 {
		t.Errorf("inodes = %d, want 1", u.Inodes)
	}
}

func TestPathsNeverLeaveTheRoot(t *testing.T) {
	f := newFS(t, roomy)
	must(t, f.MkdirAll("/a/b"))
	must(t, f.WriteFile("/x", []byte("root"), 0o600))
	at := open(t, f, "/a/b", memfs.Read|memfs.Directory)
	for _, p := range []string{"/x", "x/../x", "../x", "/../../x", "a/../x", "./x", "//x", "no/../x"} {
		if _, err := f.Stat(nil, p); err != nil {
			t.Errorf("Stat(%q) = %v", p, err)
		}
	}
	for _, p := range []string{"../../x", "../../../../x", "/x", "c/../../../x"} {
		if _, err := f.Stat(at, p); err != nil {
			t.Errorf("Stat(/a/b, %q) = %v", p, err)
		}
	}
	_, err := f.Stat(at, "../x")
	wantErr(t, "Stat(/a/b, ../x)", err, memfs.ENOENT)
	other := newFS(t, roomy)
	_, err = other.Stat(at, "x")
	wantErr(t, "directory of another file system", err, memfs.EXDEV)
}

func TestBadNamesAreRefused(t *testing.T) {
	f := newFS(t, roomy)
	deep := strings.Repeat("d/", memfs.MaxDepth)
	for p, want := range map[string]error{
		"":                                  memfs.ENOENT,
		"a\x00b":                            memfs.EINVAL,
		"\xff":                              memfs.EILSEQ,
		strings.Repeat("n", 256):            memfs.ENAMETOOLONG,
		deep + "d":                          memfs.ENAMETOOLONG,
		strings.Repeat("./", memfs.MaxPath): memfs.ENAMETOOLONG,
		"new/":                              memfs.EISDIR,
		".":                                 memfs.EISDIR,
		"gone/new":                          memfs.ENOENT,
	} {
		_, err := f.Open(nil, p, rw|memfs.Create)
		wantErr(t, fmt.Sprintf("Open(%.20q)", p), err, want)
	}
	must(t, f.MkdirAll(deep))
	wantErr(t, "below the deepest", f.Mkdir(open(t, f, deep, memfs.Read), "x"), memfs.ENAMETOOLONG)
	must(t, f.Mkdir(nil, strings.Repeat("n", 255)))
}

func TestRenameFollowsPOSIX(t *testing.T) {
	type step struct {
		from, to string
		want     error
	}
	f := newFS(t, roomy)
	for _, d := range []string{"/d/e", "/empty", "/full/x", "/deep" + strings.Repeat("/d", memfs.MaxDepth-2)} {
		must(t, f.MkdirAll(d))
	}
	for _, n := range []string{"/f", "/g", "/d/h"} {
		must(t, f.WriteFile(n, []byte(n), 0o600))
	}
	for _, s := range []step{
		{"/none", "/x", memfs.ENOENT},
		{"/f", "/none/x", memfs.ENOENT},
		{"/f", "/g/x", memfs.ENOTDIR},
		{"/f", "/empty", memfs.EISDIR},
		{"/f", "/new/", memfs.ENOTDIR},
		{"/empty", "/f", memfs.ENOTDIR},
		{"/empty", "/full", memfs.ENOTEMPTY},
		{"/d", "/d/e/x", memfs.EINVAL},
		{"/d", "/d/x", memfs.EINVAL},
		{"/d/e", "/d", memfs.ENOTEMPTY},
		{"/", "/x", memfs.EBUSY},
		{"/d", "/", memfs.EBUSY},
		{"/d/.", "/x", memfs.EINVAL},
		{"/deep", "/d/e/deep", memfs.ENAMETOOLONG},
		{"/f", "/f", nil},
		{"/d", "/d", nil},
		{"/f", "/g", nil},
		{"/full", "/empty", nil},
		{"/d", "/empty/d", nil},
	} {
		if err := f.Rename(nil, s.from, nil, s.to); !errors.Is(err, s.want) {
			t.Errorf("Rename(%s, %s) = %v, want %v", s.from, s.to, err, s.want)
		}
	}
	if b, err := f.ReadFile("/g", 10); string(b) != "/f" || err != nil {
		t.Errorf("replaced file = %q, %v", b, err)
	}
	if _, err := f.Stat(nil, "/empty/d/h"); err != nil {
		t.Errorf("moved file: %v", err)
	}
	// /d/e /d /empty /empty/x /deep and the levels below it, /g /d/h
	if got, want := f.Usage().Inodes, 4+memfs.MaxDepth-1+2; got != want {
		t.Errorf("inodes = %d, want %d", got, want)
	}
}

func TestWhatTheHostLaysOutStays(t *testing.T) {
	f := newFS(t, memfs.Limits{Bytes: 10, Inodes: 3})
	lib := bytes.Repeat([]byte("z"), 200_000)
	must(t, f.AddReadOnly("/usr/lib/a.zip", lib))
	must(t, f.AddDir("/data"))
	must(t, f.Seal("/"))
	if u := f.Usage(); u != (memfs.Usage{}) {
		t.Errorf("Usage() = %+v, want none", u)
	}
	_, err := f.Open(nil, "/usr/lib/a.zip", rw)
	wantErr(t, "open to write", err, memfs.EROFS)
	_, err = f.Open(nil, "/usr/lib/a.zip", memfs.Read|memfs.Truncate)
	wantErr(t, "open to truncate", err, memfs.EROFS)
	h := open(t, f, "/usr/lib/a.zip", memfs.Read)
	wantErr(t, "truncate", h.Truncate(0), memfs.EBADF)
	wantErr(t, "times", h.SetTimes(new(int64), nil), memfs.EROFS)
	if b, err := io.ReadAll(h); !bytes.Equal(b, lib) || err != nil {
		t.Errorf("read %d bytes, %v", len(b), err)
	}
	wantErr(t, "create in root", f.WriteFile("/x", nil, 0), memfs.EROFS)
	wantErr(t, "create in library", f.Mkdir(nil, "/usr/lib/x"), memfs.EROFS)
	wantErr(t, "unlink", f.RemoveFile(nil, "/usr/lib/a.zip"), memfs.EROFS)
	wantErr(t, "rmdir", f.RemoveDir(nil, "/data"), memfs.EROFS)
	must(t, f.WriteFile("/data/x", nil, 0o600))
	must(t, f.Mkdir(nil, "/data/d"))
	wantErr(t, "rename away", f.Rename(nil, "/usr/lib/a.zip", nil, "/data/a"), memfs.EROFS)
	wantErr(t, "rename over", f.Rename(nil, "/data/x", nil, "/usr/lib/a.zip"), memfs.EROFS)
	wantErr(t, "rename directory over", f.Rename(nil, "/data/d", nil, "/data"), memfs.EROFS)
	wantErr(t, "rename out", f.Rename(nil, "/data", nil, "/usr/w"), memfs.EROFS)
	must(t, f.RemoveAll("/"))
	if u := f.Usage(); u.Inodes != 0 {
		t.Errorf("inodes after RemoveAll = %d", u.Inodes)
	}
	if _, err := f.Stat(nil, "/data"); err != nil {
		t.Errorf("RemoveAll took what the host laid out: %v", err)
	}
}

func TestCookiesStayTrueWhileEntriesComeAndGo(t *testing.T) {
	f := newFS(t, roomy)
	want := map[string]bool{}
	for i := range 200 {
		name := fmt.Sprintf("f%03d", i)
		must(t, f.WriteFile("/"+name, nil, 0o600))
		want[name] = true
	}
	d := open(t, f, "/", memfs.Read|memfs.Directory)
	cookie, dots := uint64(0), 0
	for {
		var got []memfs.Entry
		must(t, d.ReadDir(cookie, func(e memfs.Entry) bool {
			got = append(got, e)
			return len(got) < 7
		}))
		if len(got) == 0 {
			break
		}
		cookie = got[len(got)-1].Next
		for _, e := range got {
			if e.Name == "." || e.Name == ".." {
				dots++
				continue
			}
			if !want[e.Name] {
				t.Fatalf("entry %q came twice", e.Name)
			}
			delete(want, e.Name)
			must(t, f.RemoveFile(nil, "/"+e.Name))
		}
	}
	if len(want) > 0 || dots != 2 {
		t.Errorf("%d entries were skipped, %d dots", len(want), dots)
	}
}

func TestFilesOpenAsAsked(t *testing.T) {
	f := newFS(t, roomy)
	must(t, f.WriteFile("/f", []byte("old"), 0o600))
	must(t, f.Mkdir(nil, "/d"))
	for _, c := range []struct {
		path string
		flag memfs.Flag
		want error
	}{
		{"/f", rw | memfs.Create | memfs.Exclusive, memfs.EEXIST},
		{"/f", memfs.Read | memfs.Directory, memfs.ENOTDIR},
		{"/f/", memfs.Read, memfs.ENOTDIR},
		{"/f/x", memfs.Read, memfs.ENOTDIR},
		{"/d", rw, memfs.EISDIR},
		{"/d", memfs.Read, nil},
		{"/none", memfs.Read, memfs.ENOENT},
		{"/new", memfs.Read | memfs.Create | memfs.Directory, memfs.EINVAL},
	} {
		_, err := f.Open(nil, c.path, c.flag)
		wantErr(t, "Open "+c.path, err, c.want)
	}
	a := open(t, f, "/f", rw|memfs.Append)
	if _, err := a.Write([]byte("+new")); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, f, "/f", memfs.Read).Write([]byte("x")); !errors.Is(err, memfs.EBADF) {
		t.Errorf("write on a read handle = %v", err)
	}
	if _, err := open(t, f, "/d", memfs.Read).Read(make([]byte, 1)); !errors.Is(err, memfs.EISDIR) {
		t.Errorf("read of a directory = %v", err)
	}
	if b, _ := f.ReadFile("/f", 100); string(b) != "old+new" {
		t.Errorf("content = %q", b)
	}
	_, err := f.ReadFile("/f", 6)
	wantErr(t, "ReadFile over its limit", err, memfs.EFBIG)
	must(t, open(t, f, "/f", rw|memfs.Truncate).Close())
	if u := f.Usage(); u.Bytes != 0 {
		t.Errorf("bytes after truncate = %d", u.Bytes)
	}
}

func TestSeekKeepsToItsRange(t *testing.T) {
	f := newFS(t, roomy)
	must(t, f.WriteFile("/f", []byte("12345"), 0o600))
	h := open(t, f, "/f", memfs.Read)
	for _, c := range []struct {
		off    int64
		whence int
		want   int64
		bad    bool
	}{
		{3, io.SeekStart, 3, false}, {-1, io.SeekCurrent, 2, false}, {2, io.SeekEnd, 7, false},
		{-1, io.SeekStart, 0, true}, {-6, io.SeekEnd, 0, true}, {1<<63 - 1, io.SeekCurrent, 0, true}, {0, 3, 0, true},
	} {
		got, err := h.Seek(c.off, c.whence)
		if got != c.want || (err != nil) != c.bad {
			t.Errorf("Seek(%d, %d) = %d, %v, want %d", c.off, c.whence, got, err, c.want)
		}
	}
	if h.Offset() != 7 {
		t.Errorf("Offset() = %d, want 7", h.Offset())
	}
}

func TestTimesAreKept(t *testing.T) {
	f := newFS(t, roomy)
	must(t, f.WriteFile("/f", nil, 0o640))
	s, err := f.Stat(nil, "/f")
	must(t, err)
	if s.Mtime != clock().UnixNano() || s.Mode != 0o640 {
		t.Errorf("Stat = %+v", s)
	}
	a, m := int64(1), int64(2)
	must(t, f.SetTimes(nil, "/f", &a, &m))
	must(t, f.SetTimes(nil, "/f", nil, nil))
	if s, _ := f.Stat(nil, "/f"); s.Atime != 1 || s.Mtime != 2 {
		t.Errorf("times = %d, %d, want 1, 2", s.Atime, s.Mtime)
	}
}

func TestWalkIsInOrderAndLetsItsCallerIn(t *testing.T) {
	f := newFS(t, roomy)
	long := strings.Repeat("n", memfs.MaxName)
	deep := "/z" + strings.Repeat("/"+long, 20)
	must(t, f.MkdirAll(deep))
	for _, n := range []string{"/b", "/a/y", "/a/x"} {
		must(t, f.MkdirAll("/a"))
		must(t, f.WriteFile(n, []byte(n), 0o600))
	}
	var got []string
	must(t, f.Walk("/", func(p string, s memfs.Stat) error {
		got = append(got, p)
		if !s.Dir {
			if _, err := f.ReadFile(p, s.Size); err != nil {
				return err
			}
		}
		return nil
	}))
	if want := "/ /a /a/x /a/y /b /z"; strings.Join(got[:6], " ") != want {
		t.Errorf("Walk = %v, want %s", got[:6], want)
	}
	if got[len(got)-1] != deep {
		t.Error("Walk does not reach the deepest directory")
	}
	n := 0
	must(t, f.Walk("/", func(p string, s memfs.Stat) error {
		n++
		if p != "/" && s.Dir {
			return fs.SkipDir
		}
		return nil
	}))
	if n != 4 {
		t.Errorf("Walk with SkipDir saw %d nodes, want 4", n)
	}
}

func TestCloneSharesUntilWritten(t *testing.T) {
	f := newFS(t, memfs.Limits{Bytes: 1 << 20, Inodes: 10})
	big := bytes.Repeat([]byte("abcdefgh"), 20_000)
	must(t, f.WriteFile("/big", big, 0o600))
	must(t, f.AddReadOnly("/ro", []byte("fixed")))
	h := open(t, f, "/gone", rw|memfs.Create)
	must(t, f.RemoveFile(nil, "/gone"))
	g := f.Clone()
	if u := g.Usage(); u != (memfs.Usage{Bytes: int64(len(big)), Inodes: 1}) {
		t.Errorf("Usage() of clone = %+v", u)
	}
	fh, gh := open(t, f, "/big", rw), open(t, g, "/big", rw)
	if _, err := fh.WriteAt([]byte("FFF"), 70_000); err != nil {
		t.Fatal(err)
	}
	if _, err := gh.WriteAt([]byte("GGG"), 10); err != nil {
		t.Fatal(err)
	}
	must(t, gh.Truncate(70_001))
	a, _ := f.ReadFile("/big", 1<<20)
	b, _ := g.ReadFile("/big", 1<<20)
	wantA := bytes.Clone(big)
	copy(wantA[70_000:], "FFF")
	wantB := bytes.Clone(big[:70_001])
	copy(wantB[10:], "GGG")
	if !bytes.Equal(a, wantA) || !bytes.Equal(b, wantB) {
		t.Error("a write in one went to the other, or was lost")
	}
	if b, _ := g.ReadFile("/ro", 10); string(b) != "fixed" {
		t.Errorf("read-only file in clone = %q", b)
	}
	must(t, h.Close())
}

func TestImageRoundTrip(t *testing.T) {
	layout := func(l memfs.Limits) *memfs.FS {
		f := memfs.New(l, clock)
		must(t, f.AddReadOnly("/usr/lib/z", []byte("library")))
		must(t, f.AddDir("/home/user"))
		must(t, f.Seal("/"))
		return f
	}
	f := layout(roomy)
	must(t, f.MkdirAll("/home/user/a/b"))
	must(t, f.WriteFile("/home/user/a/f", bytes.Repeat([]byte("x"), 100_000), 0o640))
	h := open(t, f, "/home/user/sparse", rw|memfs.Create)
	must(t, h.Truncate(500_000))
	if _, err := h.WriteAt([]byte("end"), 400_000); err != nil {
		t.Fatal(err)
	}
	mtime := int64(77)
	must(t, f.SetTimes(nil, "/home/user/a", nil, &mtime))
	img, err := f.AppendBinary(nil)
	must(t, err)
	if bytes.Contains(img, []byte("library")) || len(img) > 110_000 {
		t.Errorf("image of %d bytes carries holes or what is read-only", len(img))
	}
	g := layout(roomy)
	must(t, g.Decode(bytes.NewReader(img)))
	again, err := g.AppendBinary(nil)
	must(t, err)
	if !bytes.Equal(img, again) {
		t.Error("the image of a decoded image differs")
	}
	if g.Usage() != f.Usage() {
		t.Errorf("Usage() = %+v, want %+v", g.Usage(), f.Usage())
	}
	b, err := g.ReadFile("/home/user/sparse", 1<<20)
	if len(b) != 500_000 || string(b[400_000:400_003]) != "end" || err != nil {
		t.Errorf("sparse file = %d bytes, %v", len(b), err)
	}
	if s, _ := g.Stat(nil, "/home/user/a"); s.Mtime != 77 {
		t.Errorf("mtime = %d, want 77", s.Mtime)
	}
	err = layout(memfs.Limits{Bytes: 1000, Inodes: 100}).Decode(bytes.NewReader(img))
	wantErr(t, "Decode over the byte quota", err, memfs.ENOSPC)
	err = layout(memfs.Limits{Bytes: 1 << 20, Inodes: 2}).Decode(bytes.NewReader(img))
	wantErr(t, "Decode over the inode quota", err, memfs.EDQUOT)
	for i := range len(img) {
		if i > 200 && i < len(img)-200 {
			continue
		}
		if err := layout(roomy).Decode(bytes.NewReader(img[:i])); !errors.Is(err, memfs.ErrCorrupt) {
			t.Fatalf("Decode of the first %d bytes = %v, want corrupt", i, err)
		}
	}
	err = layout(roomy).Decode(bytes.NewReader(append(img, 0)))
	wantErr(t, "Decode with a tail", err, memfs.ErrCorrupt)
}

func TestUseFromManyGoroutines(t *testing.T) {
	f := newFS(t, memfs.Limits{Bytes: 1 << 20, Inodes: 100})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			name := fmt.Sprintf("/f%d", i%4)
			for range 50 {
				h, err := f.Open(nil, name, rw|memfs.Create)
				if err != nil {
					continue
				}
				h.Write([]byte("data"))
				h.Read(make([]byte, 10))
				f.Clone().Usage()
				f.Walk("/", func(string, memfs.Stat) error { return nil })
				f.AppendBinary(nil)
				f.RemoveFile(nil, name)
				h.Close()
			}
		})
	}
	wg.Wait()
	must(t, f.RemoveAll("/"))
	if u := f.Usage(); u != (memfs.Usage{}) {
		t.Errorf("Usage() at the end = %+v, want none", u)
	}
}

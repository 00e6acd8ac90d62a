package sys

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

func pair(t *testing.T) (a, b *os.File) {
	t.Helper()
	a, b, err := SocketPair()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

func TestFilesTravelOverSockets(t *testing.T) {
	a, b := pair(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range 3 {
		if err := SendFile(a, w); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	for range 3 {
		f, err := ReceiveFile(b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte("x")); err != nil {
			t.Error(err)
		}
		f.Close()
	}
	a.Close()
	if _, err := ReceiveFile(b); err != io.EOF {
		t.Errorf("ReceiveFile from nobody: %v, want EOF", err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != "xxx" {
		t.Errorf("what they wrote = %q, %v", got, err)
	}
	if err := SendFile(a, r); err == nil {
		t.Error("SendFile on a socket that is closed worked")
	}
}

func TestReceiveFileTakesOneFileAndNothingElse(t *testing.T) {
	count := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	null, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	fd := int(null.Fd())
	for name, rights := range map[string][]byte{
		"no file": nil, "two files": unix.UnixRights(fd, fd), "three files": unix.UnixRights(fd, fd, fd),
		"credentials": unix.UnixCredentials(&unix.Ucred{Pid: int32(os.Getpid()), Uid: uint32(os.Getuid()), Gid: uint32(os.Getgid())}),
	} {
		a, b := pair(t)
		before := count()
		c, err := a.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		c.Control(func(s uintptr) { err = unix.Sendmsg(int(s), []byte("x"), rights, nil, 0) })
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if f, err := ReceiveFile(b); err == nil {
			f.Close()
			t.Errorf("ReceiveFile of %s worked", name)
		}
		if n := count(); n > before {
			t.Errorf("%s: %d descriptors were left", name, n-before)
		}
	}
}

func TestPagemapTellsWhatWasWritten(t *testing.T) {
	const pages = 600 // more than one read of the page map
	image := bytes.Repeat([]byte("image..."), 100*PageSize/8)
	name := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(name, image, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	space, err := Reserve(pages * PageSize)
	if err != nil {
		t.Fatal(err)
	}
	defer Unmap(space)
	if err := MapCopy(space, f, len(image)); err != nil {
		t.Fatal(err)
	}
	p, err := OpenPagemap()
	if err != nil {
		require(t, err)
	}
	defer p.Close()
	written := func() []uint32 {
		list, err := p.Written(nil, space)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if !bytes.Equal(space[:len(image)], image) || space[len(image)] != 0 {
		t.Error("it does not read as the image, and zero after")
	}
	if list := written(); slices.ContainsFunc(list, func(n uint32) bool { return n < 100 }) {
		t.Errorf("written before anything was: %v", list)
	}
	want := []uint32{0, 1, 50, 99, 100, 511, 512, 599}
	for _, n := range want {
		space[n*PageSize+7] = 1
	}
	list := written()
	for _, n := range want {
		if !slices.Contains(list, n) {
			t.Errorf("page %d is not among the written %v", n, list)
		}
	}
	if !slices.IsSorted(list) {
		t.Errorf("written = %v, want it sorted", list)
	}
	if err := Discard(space); err != nil {
		t.Fatal(err)
	}
	if list := written(); len(list) != 0 {
		t.Errorf("written after all was dropped: %v", list)
	}
	if !bytes.Equal(space[:len(image)], image) || space[599*PageSize+7] != 0 {
		t.Error("what was dropped does not read as the image, and zero after")
	}
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, image) {
		t.Error("the image itself was written")
	}
	if err := MapCopy(space, f, len(space)+1); err == nil {
		t.Error("MapCopy of more than is reserved worked")
	}
}

func TestMapCodeHoldsTheFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "code")
	want := bytes.Repeat([]byte("\xcc\x90"), PageSize)
	if err := os.WriteFile(name, want, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	mapped, at, err := MapCode(f, len(want))
	if err != nil || at == 0 || !bytes.Equal(mapped, want) {
		t.Errorf("MapCode: %d bytes at %#x, %v", len(mapped), at, err)
	}
	copied, err := copyCode(f, len(want))
	if err != nil || !bytes.Equal(copied, want) {
		t.Errorf("copyCode: %d bytes, %v", len(copied), err)
	}
	if err := errors.Join(Unmap(mapped), Unmap(copied)); err != nil {
		t.Error(err)
	}
	if _, err := copyCode(f, len(want)+1); !errors.Is(err, io.EOF) {
		t.Errorf("copyCode of more than there is: %v, want EOF", err)
	}
}

func TestMapReadOfNothing(t *testing.T) {
	b, err := MapRead(nil, 0)
	if b != nil || err != nil {
		t.Errorf("MapRead of nothing = %v, %v", b, err)
	}
	if err := errors.Join(Discard(nil), Unmap(nil)); err != nil {
		t.Errorf("Discard and Unmap of nothing: %v", err)
	}
}

func TestLockFileIsForOne(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	var inside atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				unlock, err := LockFile(t.Context(), name)
				if err != nil {
					t.Error(err)
					return
				}
				if inside.Add(1) != 1 {
					t.Error("two hold it")
				}
				inside.Add(-1)
				unlock()
			}
		})
	}
	all.Wait()
	if err := os.Symlink(name, name+"2"); err != nil {
		t.Fatal(err)
	}
	if _, err := LockFile(t.Context(), name+"2"); err == nil {
		t.Error("LockFile followed a link")
	}
}

package memfs_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/caisson-dev/caisson/internal/memfs"
)

// withDevices is a file system with a device in a folder that nobody can write.
func withDevices(t *testing.T) *memfs.FS {
	t.Helper()
	f := newFS(t, roomy)
	must(t, f.AddDir("/w"))
	must(t, f.AddDevice("/dev/null", memfs.DevNull))
	return f
}

func TestDevicesAreTheHostsAlone(t *testing.T) {
	f := withDevices(t)
	must(t, f.WriteFile("/w/f", []byte("x"), 0o644))
	_, err := f.Open(nil, "/dev/new", rw|memfs.Create)
	wantErr(t, "create beside it", err, memfs.EROFS)
	_, err = f.Open(nil, "/dev/null", rw|memfs.Create|memfs.Exclusive)
	wantErr(t, "create it anew", err, memfs.EEXIST)
	_, err = f.Open(nil, "/dev/null", memfs.Read|memfs.Directory)
	wantErr(t, "open as a folder", err, memfs.ENOTDIR)
	_, err = f.Open(nil, "/dev/null/x", memfs.Read)
	wantErr(t, "open below it", err, memfs.ENOTDIR)
	wantErr(t, "mkdir", f.Mkdir(nil, "/dev/d"), memfs.EROFS)
	wantErr(t, "unlink", f.RemoveFile(nil, "/dev/null"), memfs.EROFS)
	wantErr(t, "move away", f.Rename(nil, "/dev/null", nil, "/w/null"), memfs.EROFS)
	wantErr(t, "move over it", f.Rename(nil, "/w/f", nil, "/dev/null"), memfs.EROFS)
	wantErr(t, "move its folder", f.Rename(nil, "/dev", nil, "/w/dev"), memfs.EROFS)
	wantErr(t, "set times", f.SetTimes(nil, "/dev/null", new(int64), nil), memfs.EROFS)
	wantErr(t, "replace from the host", f.WriteFile("/dev/null", nil, 0o644), memfs.EROFS)
	_, err = f.ReadFile("/dev/null", 10)
	wantErr(t, "read from the host", err, memfs.EINVAL)
	must(t, f.RemoveAll("/dev"))
	wantErr(t, "a second one", f.AddDevice("/dev/null", memfs.DevZero), memfs.EEXIST)
	if s, err := f.Stat(nil, "/dev/null"); err != nil || s.Device != memfs.DevNull || s.Dir || s.Nlink != 1 {
		t.Errorf("Stat = %+v, %v; want the device", s, err)
	}
	if u := f.Usage(); u != (memfs.Usage{Bytes: 1, Inodes: 1}) {
		t.Errorf("Usage = %+v, want that of the file alone", u)
	}
}

func TestADeviceHasNoBytes(t *testing.T) {
	f := withDevices(t)
	h := open(t, f, "/dev/null", rw|memfs.Create|memfs.Truncate)
	for what, err := range map[string]error{
		"Truncate": h.Truncate(1),
		"Allocate": h.Allocate(1),
		"Write":    second(h.Write([]byte("x"))),
		"WriteAt":  second(h.WriteAt([]byte("x"), 9)),
		"Read":     second(h.Read(make([]byte, 1))),
	} {
		wantErr(t, what, err, memfs.EINVAL)
	}
	if at, err := h.Seek(100, 0); at != 0 || err != nil {
		t.Errorf("Seek = %d, %v; want its start", at, err)
	}
	if s, err := h.Stat(); s.Size != 0 || err != nil {
		t.Errorf("Stat = %+v, %v", s, err)
	}
	if p, ok := h.Path(); p != "/dev/null" || !ok {
		t.Errorf("Path = %q, %v", p, ok)
	}
}

func second(_ int, err error) error { return err }

func TestDevicesAreInClonesAndInNoImage(t *testing.T) {
	f := withDevices(t)
	if s, err := f.Clone().Stat(nil, "/dev/null"); err != nil || s.Device != memfs.DevNull {
		t.Errorf("Stat in a clone = %+v, %v", s, err)
	}
	var kinds []memfs.Device
	must(t, open(t, f, "/dev", memfs.Read).ReadDir(0, func(e memfs.Entry) bool {
		kinds = append(kinds, e.Device)
		return true
	}))
	if len(kinds) != 3 || kinds[0] != memfs.NoDevice || kinds[2] != memfs.DevNull {
		t.Errorf("ReadDir says %v", kinds)
	}
	var image bytes.Buffer
	if _, err := f.WriteTo(&image); err != nil || bytes.Contains(image.Bytes(), []byte("null")) {
		t.Errorf("image %q, %v; want no device in it", image.Bytes(), err)
	}
	// An image with a file of that name, where there is a device.
	g := newFS(t, roomy)
	must(t, g.AddDir("/dev"))
	must(t, g.WriteFile("/dev/null", []byte("content"), 0o644))
	image.Reset()
	if _, err := g.WriteTo(&image); err != nil {
		t.Fatal(err)
	}
	if err := withDevices(t).Decode(&image); !errors.Is(err, memfs.EEXIST) {
		t.Errorf("Decode of a file over a device = %v, want EEXIST", err)
	}
}

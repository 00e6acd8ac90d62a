package image

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caisson-dev/caisson"
)

// archive makes a tar archive. Of a header without a size, text is the content.
func archive(t *testing.T, entries ...tar.Header) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range entries {
		text := ""
		if h.Typeflag == tar.TypeReg {
			text = h.Uname // any text will do
			h.Uname, h.Size = "", int64(len(text))
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, text)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func file(name, text string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Uname: text}
}
func link(name, to string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: to}
}
func hard(name, to string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeLink, Linkname: to}
}
func folder(name string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: 0o755}
}

func store(t *testing.T, most int64) *Store {
	t.Helper()
	s, err := OpenStore(t.TempDir(), most)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func put(t *testing.T, s *Store, name string, entries ...tar.Header) (Image, error) {
	t.Helper()
	return s.Put(t.Context(), Image{Name: name, Source: "test"}, archive(t, entries...))
}

func TestHostileImagesAreRefused(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	for name, entries := range map[string][]tar.Header{
		"a slip":                    {file("usr/../../x", "x")},
		"a slip at its beginning":   {file("../x", "x")},
		"a slip of a hard link":     {hard("usr/x", "../../etc/shadow")},
		"a link that leads out":     {folder("usr"), link("usr/out", filepath.Dir(outside)), file("usr/out/outside", "x")},
		"a link that climbs":        {folder("usr"), link("usr/out", "../../../../../../.."+filepath.Dir(outside)), file("usr/out/outside", "x")},
		"a folder that is a file":   {file("usr/x/y", "x"), file("usr/x", "x")},
		"a file that is a folder":   {file("usr/x", "x"), folder("usr/x")},
		"an /etc that leads away":   {folder("usr"), link("etc", "usr")},
		"an /etc of the host":       {link("etc", filepath.Dir(outside))},
		"a root link that climbs":   {link("bin", "../usr/bin")},
		"a link to nowhere":         {link("usr/x", strings.Repeat("x/", 3000))},
		"folders without an end":    {folder(strings.Repeat("x/", 200))},
		"a file below a link's end": {folder("usr"), link("usr/loop", "loop"), file("usr/loop/x", "x")},
	} {
		s := store(t, 1<<20)
		if _, err := put(t, s, "it", entries...); caisson.CodeOf(err) != caisson.Invalid {
			t.Errorf("Put of %s: %v, want a refusal", name, err)
		}
		if left, _ := filepath.Glob(filepath.Join(s.dir, "roots", "*")); len(left) > 0 {
			t.Errorf("Put of %s left %v", name, left)
		}
		if left, _ := filepath.Glob(filepath.Join(s.dir, "roots", ".*")); len(left) > 0 {
			t.Errorf("Put of %s left %v", name, left)
		}
	}
	if _, err := os.Lstat(outside); err == nil {
		t.Error("a file was written outside")
	}
}

func TestWhatSandboxesDoNotNeedIsDropped(t *testing.T) {
	s := store(t, 1<<20)
	i, err := put(t, s, "it",
		folder("./"), link("dev", "/etc"), link("proc", "usr"), file("proc/self/x", "x"), file("/workspace/x", "x"), file("run/x", "x"), file(".env", "x"),
		tar.Header{Name: "usr/null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3, Mode: 0o666},
		tar.Header{Name: "usr/disk", Typeflag: tar.TypeBlock, Devmajor: 8, Mode: 0o666}, tar.Header{Name: "usr/pipe", Typeflag: tar.TypeFifo},
		tar.Header{Name: "usr/bin/su", Typeflag: tar.TypeReg, Mode: 0o6755, Uname: "su", Uid: 4242},
		tar.Header{Name: "usr/bin/ping", Typeflag: tar.TypeReg, Mode: 0o777, Uname: "ping", PAXRecords: map[string]string{"SCHILY.xattr.security.capability": "x"}},
		hard("usr/bin/passwd", "usr/bin/su"), hard("usr/nothing", "usr/missing"), hard("usr/shadow", "/etc/shadow"),
		file("etc/passwd", "root::0:0::/:/bin/sh\n"), link("etc/hosts", "/etc/shadow"), link("bin", "/usr/bin"), link("usr/abs", "/usr/bin/su"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{DroppedReserved: 5, DroppedTop: 1, DroppedSpecial: 3, DroppedRights: 1, DroppedXattrs: 1, DroppedHanging: 2}
	for kind, n := range want {
		if i.Dropped[kind] != n {
			t.Errorf("dropped %d %s, want %d", i.Dropped[kind], kind, n)
		}
	}
	tree, err := s.Tree("it")
	if err != nil || len(tree.Entries) != 3 {
		t.Fatalf("Tree = %+v, %v; want bin, etc and usr", tree, err)
	}
	root := s.root(i.Digest)
	for name, mode := range map[string]os.FileMode{"usr/bin/su": 0o755, "usr/bin/ping": 0o755, "usr/bin/passwd": 0o755} {
		if info, err := os.Lstat(filepath.Join(root, name)); err != nil || info.Mode() != mode {
			t.Errorf("%s is %v, %v; want %v", name, info, err, mode)
		}
	}
	for name, text := range fixed {
		if got, err := os.ReadFile(filepath.Join(root, "etc", name)); err != nil || string(got) != text {
			t.Errorf("etc/%s = %q, %v; want %q", name, got, err, text)
		}
	}
	for name, want := range map[string]bool{"su": true, "passwd": true, "null": false} {
		if at, ok := tree.Program(name); ok != want {
			t.Errorf("Program(%q) = %q, %v; want %v", name, at, ok, want)
		}
	}
	if _, ok := tree.stat("/usr/abs"); !ok {
		t.Error("an absolute link of the image does not lead into it")
	}
}

func TestStoreKeepsToItsDisk(t *testing.T) {
	s := store(t, 8<<10)
	big := strings.Repeat("x", 5<<10)
	if _, err := put(t, s, "one", file("usr/x", big)); err != nil {
		t.Fatal(err)
	}
	if _, err := put(t, s, "two", file("usr/y", big)); caisson.CodeOf(err) != caisson.Exhausted {
		t.Errorf("Put beyond the disk = %v, want exhausted", err)
	}
	if err := s.Remove("one"); err != nil {
		t.Fatal(err)
	}
	if _, err := put(t, s, "two", file("usr/y", big)); err != nil {
		t.Errorf("Put after the other was removed: %v", err)
	}
}

func TestCollectTakesWhatNobodyHas(t *testing.T) {
	s := store(t, 1<<20)
	used, err := put(t, s, "it", file("usr/x", "old"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Tree("it"); err != nil {
		t.Fatal(err)
	}
	fresh, err := put(t, s, "it", file("usr/x", "new"))
	if err != nil || fresh.Digest == used.Digest {
		t.Fatalf("Put of other files = %s, %v", fresh.Digest, err)
	}
	if err := os.MkdirAll(filepath.Join(s.dir, "roots", ".new-killed", "usr"), 0o755); err != nil {
		t.Fatal(err)
	}
	if gone, err := s.Collect(); err != nil || len(gone) != 1 {
		t.Errorf("Collect beside a user = %v, %v; want what a killed process left", gone, err)
	}
	if _, err := os.Stat(filepath.Join(s.root(used.Digest), "usr/x")); err != nil {
		t.Errorf("an image that is in use went: %v", err)
	}
	s.Close()
	if gone, err := s.Collect(); err != nil || len(gone) != 1 || gone[0] != used.Digest {
		t.Errorf("Collect = %v, %v; want %s", gone, err, used.Digest)
	}
	if list, err := s.List(); err != nil || len(list) != 1 || list[0].Digest != fresh.Digest {
		t.Errorf("List = %v, %v", list, err)
	}
	same, err := put(t, s, "other", file("usr/x", "new"))
	if err != nil || same.Digest != fresh.Digest {
		t.Errorf("Put of the same files = %s, %v; want %s", same.Digest, err, fresh.Digest)
	}
}

func TestNamesOfImages(t *testing.T) {
	for name, ok := range map[string]bool{"a": true, "python-3.12": true, "host": false, "": false, "../x": false, "A": false, "a/b": false, ".new": false} {
		if err := CheckName(name); (err == nil) != ok {
			t.Errorf("CheckName(%q) = %v", name, err)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte("usr"))
	f.Fuzz(func(t *testing.T, b []byte) {
		parent := t.TempDir()
		dir := filepath.Join(parent, "root")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		_ = newUnpacking(root, 1<<20).archive(t.Context(), bytes.NewReader(b))
		if list, err := os.ReadDir(parent); err != nil || len(list) != 1 {
			t.Errorf("it wrote outside: %v, %v", list, err)
		}
	})
}

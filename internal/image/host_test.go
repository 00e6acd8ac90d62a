package image

import (
	"os"
	"path/filepath"
	"testing"
)

// host makes a root directory that looks like a host's.
func host(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, d := range []string{"usr/bin", "etc/ssl/certs", "lib64", "home/me"} {
		if err := os.MkdirAll(filepath.Join(root, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, mode := range map[string]os.FileMode{"etc/ssl/certs/ca.pem": 0o644, "etc/shadow": 0o640, "etc/passwd": 0o644, "etc/services": 0o600, "etc/magic": 0o644} {
		if err := os.WriteFile(filepath.Join(root, name), []byte("the host's "+name), mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"bin": "usr/bin", "etc/localtime": "/usr/share/zoneinfo/UTC"} {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestHostShowsProgramsAndNothingPrivate(t *testing.T) {
	root, dir := host(t), t.TempDir()
	tree, err := hostTree(root, dir)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]Entry{}
	for _, e := range tree.Entries {
		by[e.Name] = e
	}
	if by["bin"].Link != "usr/bin" || by["usr"].Source != filepath.Join(root, "usr") || by["lib64"].Source == "" || len(by) != 4 {
		t.Errorf("entries = %v, want bin as a link, lib64, usr and etc", tree.Entries)
	}
	etc := by["etc"].Source
	for name, want := range map[string]string{"ssl/certs/ca.pem": "the host's etc/ssl/certs/ca.pem", "passwd": fixed["passwd"], "magic": "the host's etc/magic"} {
		if b, err := os.ReadFile(filepath.Join(etc, name)); err != nil || string(b) != want {
			t.Errorf("%s = %q, %v; want %q", name, b, err, want)
		}
	}
	for _, name := range []string{"shadow", "services"} {
		if _, err := os.Stat(filepath.Join(etc, name)); err == nil {
			t.Errorf("%s, which is not for everybody, is in the image", name)
		}
	}
	if to, err := os.Readlink(filepath.Join(etc, "localtime")); err != nil || to != "/usr/share/zoneinfo/UTC" {
		t.Errorf("localtime = %q, %v", to, err)
	}
	again, err := hostTree(root, dir)
	if err != nil || again.Digest != tree.Digest {
		t.Errorf("made again: %v, digest %s; want %s", err, again.Digest, tree.Digest)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".etc-*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := os.WriteFile(filepath.Join(root, "etc/magic"), []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	if other, err := hostTree(root, dir); err != nil || other.Digest == tree.Digest {
		t.Errorf("of a host that has changed: %v, and the same digest", err)
	}
}

func TestCheckRefusesWhatIsTheSandboxes(t *testing.T) {
	for _, e := range []Entry{
		{Name: "proc", Source: "/x"}, {Name: "dev", Link: "usr"}, {Name: "workspace", Source: "/x"}, {Name: "a/b", Source: "/x"}, {Name: "..", Source: "/x"},
		{Name: ""}, {Name: "a"}, {Name: "a", Source: "/x", Link: "usr"}, {Name: "a", Link: "/etc"}, {Name: "a", Link: "../etc"}, {Name: "a", Link: "usr/../../x"},
	} {
		if err := (Tree{Entries: []Entry{e}}).Check(); err == nil {
			t.Errorf("Check(%+v) = nil, want an error", e)
		}
	}
	if err := (Tree{Entries: []Entry{{Name: "a", Source: "/x"}, {Name: "a", Source: "/y"}}}).Check(); err == nil {
		t.Error("Check of two entries of one name = nil, want an error")
	}
	if err := (Tree{Entries: []Entry{{Name: "usr", Source: "/usr"}, {Name: "bin", Link: "usr/bin"}}}).Check(); err != nil {
		t.Errorf("Check of a usual tree: %v", err)
	}
}

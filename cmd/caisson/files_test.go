package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/caisson-dev/caisson"
)

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestOutletStaysInItsFolder(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	write(t, filepath.Join(outside, "secret"), "kept")
	for link, to := range map[string]string{"out": outside, "file": filepath.Join(outside, "secret"), "up": ".."} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	o, err := openOutlet(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer o.close()
	for _, name := range []string{"", ".", "..", "../x", "/etc/x", "a/../../x", "a//b", "a/./b", "out/x", "up/x", "out/../x"} {
		if err := o.write(caisson.File{Name: name, Data: []byte("x")}); err == nil {
			t.Errorf("a file named %q was written", name)
		}
	}
	// A link in the way is replaced, and what it led to stays.
	if err := o.write(caisson.File{Name: "file", Data: []byte("new")}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, filepath.Join(outside, "secret")); got != "kept" {
		t.Errorf("the file outside holds %q", got)
	}
	if got := read(t, filepath.Join(dir, "file")); got != "new" {
		t.Errorf("file = %q, want new", got)
	}
	if left, _ := filepath.Glob(filepath.Join(outside, "*")); len(left) != 1 {
		t.Errorf("outside are %v, want the secret only", left)
	}
}

func TestOutletReplacesFilesWhole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "anew")
	o, err := openOutlet(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer o.close()
	for _, text := range []string{"one", "two"} {
		if err := o.write(caisson.File{Name: "a/b/c", Data: []byte(text)}); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, filepath.Join(dir, "a/b/c")); got != "two" {
		t.Errorf("file = %q, want two", got)
	}
	if err := o.write(caisson.File{Name: "a/b", Data: nil}); err == nil {
		t.Error("a folder was replaced by a file")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "a", ".*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func intakeOf(limits caisson.Limits, args ...string) (names, said []string, err error) {
	t := intake{limits: limits, say: func(format string, args ...any) { said = append(said, format) }}
	for _, arg := range args {
		if err := t.take(arg); err != nil {
			return nil, said, err
		}
	}
	for _, f := range t.files {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return names, said, nil
}

func TestIntakeBringsInFilesAndFolders(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "in", "a.txt"), "a")
	write(t, filepath.Join(dir, "in", "b", "c.txt"), "c")
	write(t, filepath.Join(dir, "with:colon"), "x")
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "in", "link")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	roomy := caisson.Limits{Disk: 1 << 20, Inodes: 10}
	names, said, err := intakeOf(roomy, "in", "in/a.txt", "in/a.txt:deep/er.txt", "with:colon", "in/b:"+"renamed")
	want := []string{"a.txt", "deep/er.txt", "in/a.txt", "in/b/c.txt", "renamed/c.txt", "with:colon"}
	if err != nil || !slices.Equal(names, want) {
		t.Errorf("files = %q, %v, want %q", names, err, want)
	}
	if len(said) != 1 {
		t.Errorf("said %q, want one thing, on the link", said)
	}
	for _, c := range []struct {
		limits caisson.Limits
		args   []string
		want   string
	}{
		{roomy, []string{"nosuch"}, "no such file"},
		{roomy, []string{"in/a.txt", "in/a.txt"}, "two files"},
		{roomy, []string{"in/a.txt:/abs"}, "no name"},
		{roomy, []string{"in/a.txt:../up"}, "no name"},
		{roomy, []string{"/dev/null:x"}, "no regular file"},
		{caisson.Limits{Disk: 1, Inodes: 10}, []string{"in"}, "more than the 1 bytes"},
		{caisson.Limits{Disk: 1 << 20, Inodes: 1}, []string{"in"}, "more than the 1 files"},
		{caisson.Limits{}, []string{"in/a.txt"}, "more than the 0 bytes"},
	} {
		if _, _, err := intakeOf(c.limits, c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q = %v, want %q", c.args, err, c.want)
		}
	}
}

func TestConfigIsFoundAndFilled(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "conf"))
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("XDG_STATE_HOME", "relative/is/ignored")
	c, err := loadConfig("")
	if err != nil || c.Cache.Folder != filepath.Join(dir, ".cache/caisson") || c.State.Folder != filepath.Join(dir, ".local/state/caisson") {
		t.Errorf("config without a file = %+v, %v", c, err)
	}
	write(t, filepath.Join(dir, "conf/caisson/caisson.toml"), "[cache]\nfolder = \"/c\"\n[policy]\nfile = \"p.toml\"\n")
	c, err = loadConfig("")
	if err != nil || c.Cache.Folder != "/c" || c.Policy.File != filepath.Join(dir, "conf/caisson/p.toml") {
		t.Errorf("config = %+v, %v", c, err)
	}
	named := filepath.Join(dir, "other.toml")
	for text, want := range map[string]string{"[cache]\nfolders = 1\n": "folders", "x": "other.toml", "[cache]\nfolder = 1": "other.toml"} {
		write(t, named, text)
		if _, err := loadConfig(named); caisson.CodeOf(err) != caisson.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("config %q = %v, want what is wrong (%s)", text, err, want)
		}
	}
	if _, err := loadConfig(filepath.Join(dir, "nosuch.toml")); caisson.CodeOf(err) != caisson.Invalid {
		t.Errorf("config that is named and missing = %v, want invalid", err)
	}
}

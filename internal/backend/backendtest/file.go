package backendtest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
)

// files are what a Filer keeps.
func files() []check {
	return []check{
		{"brings files in and out", bringsFiles},
		{"takes hostile names for the guest's own", takesHostileNames},
		{"keeps its quota when files are brought in", keepsQuota},
		{"bounds what it reads", boundsReads},
	}
}

// filer returns a sandbox with its files.
func (k kit) filer() (backend.Instance, backend.Filer) {
	k.Helper()
	in := k.create()
	f, ok := backend.As[backend.Filer](in)
	if !ok {
		k.Skip("it has no files")
	}
	return in, f
}

func bringsFiles(k kit) {
	in, f := k.filer()
	ctx := k.Context()
	if err := f.WriteFile(ctx, "f", []byte("brought")); err != nil {
		k.Fatalf("WriteFile: %v", err)
	}
	if got := k.do(in, k.l.Read); got != "brought" {
		k.Errorf("the code reads %q", got)
	}
	k.do(in, k.l.Write)
	for _, name := range []string{"f", "/workspace/f", "./f", "/workspace/../workspace/f"} {
		if b, err := f.ReadFile(ctx, name, 100); err != nil || string(b) != "content" {
			k.Errorf("ReadFile(%q) = %q, %v; want content", name, b, err)
		}
	}
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	if err := f.WriteFile(ctx, "/workspace/deep/er/big", big); err != nil {
		k.Fatalf("WriteFile of 1 MiB: %v", err)
	}
	if b, err := f.ReadFile(ctx, "deep/er/big", 1<<20); err != nil || !bytes.Equal(b, big) {
		k.Errorf("ReadFile of 1 MiB = %d bytes, %v", len(b), err)
	}
	if err := f.WriteFile(ctx, "empty", nil); err != nil {
		k.Errorf("WriteFile of nothing: %v", err)
	}
	list, err := f.List(ctx, "/workspace")
	if err != nil {
		k.Fatalf("List: %v", err)
	}
	var got []string
	for _, info := range list {
		got = append(got, fmt.Sprint(info.Name, "=", info.Size))
		if info.Modified <= 0 {
			k.Errorf("List says that %q was modified at %d", info.Name, info.Modified)
		}
	}
	if want := []string{"deep/er/big=1048576", "empty=0", "f=7"}; !slices.Equal(got, want) {
		k.Errorf("List = %v, want %v", got, want)
	}
	if err := f.WriteFile(ctx, "f", []byte("CONTENT")); err != nil {
		k.Fatal(err)
	}
	if again, err := f.List(ctx, "/workspace"); err != nil || len(again) != 3 || again[2] == list[2] || again[1] != list[1] {
		k.Errorf("List after a change of f alone = %v, %v; before, %v", again, err, list)
	}
	if list, err := f.List(ctx, "deep"); err != nil || len(list) != 1 || list[0].Name != "er/big" {
		k.Errorf("List(deep) = %v, %v", list, err)
	}
	for _, missing := range []string{"none", "none/none", "f/f"} {
		_, err := f.ReadFile(ctx, missing, 10)
		if !isError(err) {
			k.Errorf("ReadFile(%q): %v, want a caisson.Error", missing, err)
		}
	}
	if _, err := f.List(ctx, "none"); caisson.CodeOf(err) != caisson.NotFound {
		k.Errorf("List of no folder: %v, want not_found", err)
	}
	if _, err := f.ReadFile(ctx, "deep", 10); !isError(err) {
		k.Errorf("ReadFile of a folder: %v, want a caisson.Error", err)
	}
}

func takesHostileNames(k kit) {
	in, f := k.filer()
	ctx := k.Context()
	for _, name := range []string{
		"", ".", "..", "/", "../../../../etc/passwd", "/etc/passwd", "/proc/self/environ", "/workspace/../../etc/shadow",
		"a\x00b", "\x00", strings.Repeat("n", 300), strings.Repeat("d/", 500) + "f", strings.Repeat("../", 5000) + "f",
		"\xff\xfe", "a//b", "a/", "/dev/null", "/proc/self/fd/3", "CON", "a\nb", "-rf", strings.Repeat("x", 1<<20),
	} {
		// Whatever it answers, it is about the guest's files: what could be
		// written reads back, and nothing of the host's is ever seen.
		werr := f.WriteFile(ctx, name, []byte("mine"))
		b, rerr := f.ReadFile(ctx, name, 1<<20)
		switch {
		case werr == nil && (rerr != nil || string(b) != "mine"):
			k.Errorf("%q was written, and reads as %q, %v", short(name), short(string(b)), rerr)
		case werr != nil && !isError(werr):
			k.Errorf("WriteFile(%q): %v, want a caisson.Error", short(name), werr)
		case rerr != nil && !isError(rerr):
			k.Errorf("ReadFile(%q): %v, want a caisson.Error", short(name), rerr)
		case strings.Contains(string(b), "root:"):
			k.Errorf("ReadFile(%q) is a file of the host", short(name))
		}
		if _, err := f.List(ctx, name); err != nil && !isError(err) {
			k.Errorf("List(%q): %v, want a caisson.Error", short(name), err)
		}
	}
	k.usable(in)
}

func keepsQuota(k kit) {
	in, f := k.filer()
	ctx := k.Context()
	l := k.spec().Posture.Limits
	if err := f.WriteFile(ctx, "big", make([]byte, l.Disk+1)); caisson.CodeOf(err) != caisson.Exhausted {
		k.Errorf("WriteFile above the disk limit: %v, want exhausted", err)
	}
	var err error
	for i := 0; err == nil && i <= l.Inodes; i++ {
		err = f.WriteFile(ctx, fmt.Sprintf("n%d", i), nil)
	}
	if caisson.CodeOf(err) != caisson.Exhausted {
		k.Errorf("WriteFile above the limit of inodes: %v, want exhausted", err)
	}
	k.usable(in)
}

func boundsReads(k kit) {
	in, f := k.filer()
	k.do(in, k.l.Write)
	if b, err := f.ReadFile(k.Context(), "f", 6); err == nil {
		k.Errorf("ReadFile of 7 bytes with a limit of 6 = %q", b)
	}
	if b, err := f.ReadFile(k.Context(), "f", 7); err != nil || len(b) != 7 {
		k.Errorf("ReadFile of 7 bytes with a limit of 7 = %q, %v", b, err)
	}
	k.usable(in)
}

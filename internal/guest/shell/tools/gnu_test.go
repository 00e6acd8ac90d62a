package tools_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/caisson-dev/caisson/internal/guest/shell/tools"
	"mvdan.cc/sh/v3/shell"
)

// files is what is in the folder where each case of testdata/gnu.txt begins.
var files = map[string]string{
	"f": "one\ntwo\nthree\nfour\n", "g": "one\n2\nthree\nfive\nsix\n", "t": "b 2\na 10\nc 1\na 2\n", "n": "3\n10\n2\n10\n-1\n",
	"m": "Mar\nJan\nfeb\n", "u": "aa1\naa2\nab\nab\nb\n", "c.csv": "id,name,qty,x\n1,pen,5,a\n2,ink,12,b\n", "tabs": "a\tb\n\tc\n",
	"spaces": "a       b  \n        c\n", "blank": "a\n\nb\n\n", "paths": "/a/b\nc/d\n", "script": "s/one/uno/\n/two/d\n", "bad64": "aGVs!bG8=\n",
	"d/a.txt": "one in a\n", "d/b.log": "log one\n", "d/sub/c.txt": "", "e/a.txt": "other\n",
}

// A world is the shell of a test: it runs tools and nothing else.
type world struct{ environ []string }

func (w world) Environ() []string { return w.environ }

func (w world) Which(name string) string {
	if _, ok := tools.Lookup(name); ok {
		return "/usr/bin/" + name
	}
	return ""
}

func (w world) Run(ctx context.Context, r tools.Run) int {
	t, ok := tools.Lookup(r.Args[0])
	if !ok {
		return 127
	}
	if r.Environ != nil {
		w.environ = r.Environ
	}
	return t.Run(ctx, &tools.Call{Name: r.Args[0], Args: r.Args[1:], Dir: r.Dir, In: r.In, Out: r.Out, Err: r.Err, Shell: w})
}

func newWorld() world {
	return world{[]string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC", "HOME=/"}}
}

func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// The file holds what GNU's tools did: "$" the command, ">" a line of output,
// "~" one without an end, "!" a line of messages, "=" the status. "?"
// stands for messages in other words than ours. Folders are read by name here.
func TestToolsDoWhatGNUToolsDo(t *testing.T) {
	b, err := os.ReadFile("testdata/gnu.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases := strings.Split("\n"+strings.TrimSuffix(string(b), "\n"), "\n$ ")[1:]
	if len(cases) < 200 {
		t.Fatalf("%d cases, want 200 or more", len(cases))
	}
	for _, text := range cases {
		command, rest, _ := strings.Cut(text, "\n")
		t.Run(command, func(t *testing.T) {
			args, err := shell.Fields(command, func(string) string { return "" })
			if err != nil {
				t.Fatal(err)
			}
			want := parseCase(rest)
			var out, messages bytes.Buffer
			status := newWorld().Run(t.Context(), tools.Run{Args: args, Dir: folder(t), Out: &out, Err: &messages})
			if out.String() != want.out || status != want.status || !want.otherWords && messages.String() != want.messages {
				t.Errorf("output %q\n  want %q\n  messages %q\n      want %q\n  status %d, want %d", out.String(), want.out, messages.String(), want.messages, status, want.status)
			}
			if want.otherWords && messages.Len() == 0 {
				t.Error("no message, want one")
			}
		})
	}
}

type expectation struct {
	out, messages string
	otherWords    bool
	status        int
}

func parseCase(text string) (e expectation) {
	for l := range strings.SplitSeq(text, "\n") {
		if len(l) < 2 {
			continue
		}
		switch rest := l[2:]; l[0] {
		case '>':
			e.out += rest + "\n"
		case '~':
			e.out += rest
		case '!':
			e.messages += rest + "\n"
		case '?':
			e.otherWords = true
		case '=':
			e.status, _ = strconv.Atoi(rest)
		}
	}
	return e
}

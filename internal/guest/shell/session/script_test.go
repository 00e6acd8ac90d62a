package session_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caisson-dev/caisson/internal/guest/shell/session"
)

// The scripts of testdata, and beside each what bash 5.2 with GNU's tools
// wrote to its standard output, then how it ended.
func TestScriptsDoWhatBashDoes(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.sh")
	if err != nil || len(scripts) < 100 {
		t.Fatalf("%d scripts, %v, want 100 or more", len(scripts), err)
	}
	for _, path := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".sh"), func(t *testing.T) {
			code := read(t, path)
			want := read(t, strings.TrimSuffix(path, ".sh")+".out")
			got, messages := run(t, t.TempDir(), code)
			if got != want {
				t.Errorf("output:\n%s\nwant:\n%s\nmessages:\n%s", got, want, messages)
			}
		})
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var environ = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "HOME=/", "TZ=UTC"}

// run runs code in a session of its own.
func run(t *testing.T, dir, code string) (output, messages string) {
	t.Helper()
	s, err := session.New(dir, environ, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	status, err := s.Run(t.Context(), session.Execution{Code: code, Out: &out, Err: &errs})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%sexit %d\n", out.String(), status), errs.String()
}

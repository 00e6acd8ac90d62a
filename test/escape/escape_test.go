// Package escape runs attacks on every backend that is here: one a script,
// with the end that it must come to. A script is a txtar archive. Its files
// are the attack in each language that can say it, named by runtime; the lines
// before them say what is expected:
//
//	# text                a comment
//	status S              how it ends; "exited" when not said
//	stdout T              all of stdout, on one line; a trailing newline is cut
//	limit NAME VALUE      another limit: wall, cpu (a duration), memory, disk,
//	                      output (bytes), inodes, files
//	skip BACKEND REASON   not on this backend, and why
//
// After each attack the backend must still run other code.
package escape

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/backendtest"
	"github.com/caisson-dev/caisson/internal/backend/wasm"
	"github.com/caisson-dev/caisson/internal/guest"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == wasm.Stage {
		if err := wasm.Work(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// backends opens all that there are.
func backends() map[string]func(t *testing.T) backend.Backend {
	return map[string]func(t *testing.T) backend.Backend{
		wasm.Name: func(t *testing.T) backend.Backend {
			_, err := guest.Bundles()
			backendtest.Require(t, "wasm", err)
			b, err := wasm.New(wasm.Config{Cache: backendtest.CacheDir(t), Say: t.Logf})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { b.Close() })
			return b
		},
	}
}

// A script is one attack.
type script struct {
	name   string
	status caisson.Status
	stdout *string
	limits caisson.Limits
	skip   map[string]string
	code   map[string]string // by runtime
}

func read(t *testing.T, name string) script {
	t.Helper()
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	s := script{
		name: strings.TrimSuffix(filepath.Base(name), ".txtar"), status: caisson.Exited, skip: map[string]string{}, code: map[string]string{},
		limits: caisson.Limits{Wall: 30 * time.Second, CPU: 30 * time.Second, Memory: 128 << 20, Disk: 4 << 20,
			Inodes: 100, OpenFiles: 64, Output: 1 << 20, Processes: 1},
	}
	for _, f := range a.Files {
		s.code[f.Name] = string(f.Data)
	}
	for line := range strings.Lines(string(a.Comment)) {
		if err := s.line(strings.TrimSpace(line)); err != nil {
			t.Fatalf("%s: %q: %v", name, line, err)
		}
	}
	return s
}

func (s *script) line(line string) (err error) {
	word, rest, _ := strings.Cut(line, " ")
	first, second, _ := strings.Cut(rest, " ")
	switch word {
	case "", "#":
		return nil
	case "status":
		s.status = caisson.Status(rest)
		return nil
	case "stdout":
		s.stdout = &rest
		return nil
	case "skip":
		s.skip[first] = second
		return nil
	case "limit":
		return s.limit(first, second)
	}
	return errors.New("no such line")
}

func (s *script) limit(name, value string) (err error) {
	var n int64
	switch name {
	case "wall":
		s.limits.Wall, err = time.ParseDuration(value)
		return err
	case "cpu":
		s.limits.CPU, err = time.ParseDuration(value)
		return err
	}
	if n, err = strconv.ParseInt(value, 0, 64); err != nil {
		return err
	}
	switch name {
	case "memory":
		s.limits.Memory = n
	case "disk":
		s.limits.Disk = n
	case "output":
		s.limits.Output = n
	case "inodes":
		s.limits.Inodes = int(n)
	case "files":
		s.limits.OpenFiles = int(n)
	default:
		return errors.New("no such limit")
	}
	return nil
}

func TestEscape(t *testing.T) {
	names, err := filepath.Glob("*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	// What the host has and a sandbox must not see.
	t.Setenv("CAISSON_TEST_SECRET", "hunter2")
	for backendName, open := range backends() {
		t.Run(backendName, func(t *testing.T) {
			b := open(t)
			can, err := b.Probe(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				s := read(t, name)
				for _, runtime := range can.Runtimes {
					code, ok := s.code[runtime]
					if !ok {
						continue
					}
					t.Run(s.name+"/"+runtime, func(t *testing.T) {
						if why, ok := s.skip[backendName]; ok {
							t.Skip(why)
						}
						s.run(t, b, can, runtime, code)
					})
				}
			}
		})
	}
}

// run makes one attack, beside a sandbox that must not notice.
func (s script) run(t *testing.T, b backend.Backend, can backend.Capabilities, runtime, code string) {
	spec := caisson.Spec{Tenant: "escape", Runtime: runtime, Posture: caisson.Posture{Isolation: can.Isolation, Limits: s.limits}}
	neighbour := create(t, b, spec)
	in := create(t, b, spec)
	var out, errs bytes.Buffer
	host, _ := os.Hostname()
	o, err := in.Exec(t.Context(), backend.Cmd{Code: code, Args: []string{host}, Streams: caisson.Streams{Stdout: &out, Stderr: &errs}})
	got := strings.TrimSuffix(out.String(), "\n")
	if err != nil || o.Status != s.status {
		t.Errorf("status %q, %q, %v; want %q\n%s%s", o.Status, o.Reason, err, s.status, short(got), short(errs.String()))
	}
	if s.stdout != nil && got != *s.stdout {
		t.Errorf("stdout %q, want %q\n%s", short(got), *s.stdout, short(errs.String()))
	}
	for _, secret := range []string{"hunter2", "root:x:"} {
		if strings.Contains(out.String()+errs.String(), secret) {
			t.Errorf("it says %q, which is the host's", secret)
		}
	}
	if o.Usage.PeakMemory > s.limits.Memory || o.Usage.Disk > s.limits.Disk || o.Usage.Output > s.limits.Output {
		t.Errorf("usage %+v is above its limits", o.Usage)
	}
	hello := map[string]string{"python": "print('hello')", "javascript": "console.log('hello')", "shell": "echo hello"}[runtime]
	for who, in := range map[string]backend.Instance{"its neighbour": neighbour, "the next sandbox": create(t, b, spec)} {
		out.Reset()
		if o, err := in.Exec(t.Context(), backend.Cmd{Code: hello, Streams: caisson.Streams{Stdout: &out}}); err != nil || out.String() != "hello\n" {
			t.Errorf("afterwards %s gives %q, %q, %v", who, out.String(), o.Status, err)
		}
	}
}

func create(t *testing.T, b backend.Backend, s caisson.Spec) backend.Instance {
	t.Helper()
	in, err := b.Create(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return in
}

func short(s string) string {
	if len(s) > 2000 {
		return s[:1000] + "\n...\n" + s[len(s)-1000:]
	}
	return s
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/caisson-dev/caisson/internal/backend/backendtest"
	"github.com/caisson-dev/caisson/internal/backend/container"
)

func TestMain(m *testing.M) {
	// Workers are this test binary again.
	if name, ok := stageOf(os.Args); ok {
		os.Exit(runStage(name))
	}
	testscript.Main(m, map[string]func(){"caisson": main})
}

// TestScripts runs the command line as a person does. In scripts
// "exits N caisson ..." checks an exit code and "json PATH VALUE" looks into
// what the last command printed.
func TestScripts(t *testing.T) {
	cache := backendtest.CacheDir(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(s *testscript.Env) error {
			s.Setenv("HOME", s.WorkDir)
			s.Setenv("XDG_CONFIG_HOME", filepath.Join(s.WorkDir, "config"))
			s.Setenv("XDG_STATE_HOME", filepath.Join(s.WorkDir, "state"))
			s.Setenv("NO_COLOR", "1")
			return writeConfig(filepath.Join(s.WorkDir, "config"), fmt.Sprintf("[cache]\nfolder = %q\n", cache))
		},
		Condition: condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scriptExits,
			"json":  scriptJSON,
		},
	})
}

func writeConfig(dir, text string) error {
	dir = filepath.Join(dir, "caisson")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "caisson.toml"), []byte(text), 0o600)
}

// condition answers [runtime:NAME], whether this program carries it, and
// [backend:container], whether this host can make containers. Where
// CAISSON_REQUIRE has "wasm" or "container" it must, and a script that lacks it
// fails.
func condition(cond string) (bool, error) {
	if name, ok := strings.CutPrefix(cond, "runtime:"); ok {
		return hasRuntime(name), nil
	}
	if cond == "backend:container" {
		return hasContainers(), nil
	}
	return false, fmt.Errorf("condition %q is not known", cond)
}

// hasContainers is asked once: it makes one.
var hasContainers = sync.OnceValue(func() bool {
	if slices.Contains(strings.Split(os.Getenv("CAISSON_REQUIRE"), ","), "container") {
		return true
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return false
	}
	defer os.RemoveAll(dir)
	b, err := container.New(container.Config{State: dir})
	if err != nil {
		return false
	}
	defer b.Close()
	_, err = b.Probe(context.Background())
	return err == nil
})

func hasRuntime(name string) bool {
	if slices.Contains(strings.Split(os.Getenv("CAISSON_REQUIRE"), ","), "wasm") {
		return true
	}
	all, err := runtimes()
	if err != nil {
		return false
	}
	for _, b := range all {
		if b.Name == name {
			return true
		}
	}
	return false
}

func needRuntime(t *testing.T, name string) {
	t.Helper()
	if !hasRuntime(name) {
		t.Skipf("this program was built without the %s runtime", name)
	}
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || neg {
		ts.Fatalf("usage: exits code program [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d\nstdout: %s\nstderr: %s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// scriptJSON looks into JSON on stdout: json a.0.b value, or a.len 3. A value "*" is any
// that is neither null nor empty.
func scriptJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: json path value")
	}
	var v any
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &v); err != nil {
		ts.Fatalf("stdout is no JSON: %v\n%s", err, ts.ReadFile("stdout"))
	}
	for step := range strings.SplitSeq(args[0], ".") {
		switch in := v.(type) {
		case map[string]any:
			var ok bool
			if v, ok = in[step]; !ok {
				ts.Fatalf("%s: there is no %q", args[0], step)
			}
		case []any:
			i, err := strconv.Atoi(step)
			if step == "len" {
				v = float64(len(in))
			} else if err != nil || i >= len(in) {
				ts.Fatalf("%s: there is no element %s of %d", args[0], step, len(in))
			} else {
				v = in[i]
			}
		default:
			ts.Fatalf("%s: nothing is below %v", args[0], v)
		}
	}
	got, ok := v.(string)
	if !ok {
		b, err := json.Marshal(v)
		ts.Check(err)
		got = string(b)
	}
	want := strings.ReplaceAll(args[1], `\n`, "\n")
	match := got == want || want == "*" && got != "" && got != "null"
	if match == neg {
		ts.Fatalf("%s = %s, want %s (not: %v)", args[0], got, want, neg)
	}
}

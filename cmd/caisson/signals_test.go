package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/caisson-dev/caisson/internal/backend/backendtest"
)

// A process is this program, running.
type process struct {
	*exec.Cmd
	t      *testing.T
	pipe   io.Closer
	out    *bufio.Reader
	stderr bytes.Buffer
}

// home makes folders for a process to live in.
func home(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "config")
	if err := writeConfig(config, fmt.Sprintf("[cache]\nfolder = %q\n", backendtest.CacheDir(t))); err != nil {
		t.Fatal(err)
	}
	return append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+config, "XDG_STATE_HOME="+filepath.Join(dir, "state"))
}

func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(exe, args...), t: t}
	p.Args[0] = "caisson" // see TestMain
	p.Env, p.Stderr = env, &p.stderr
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.pipe, p.out = out, bufio.NewReader(out)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Process.Kill() // it should have ended
		_ = p.Wait()
	})
	return p
}

// line waits for a line of output.
func (p *process) line(want string) {
	p.t.Helper()
	got, err := p.out.ReadString('\n')
	if err != nil || strings.TrimSpace(got) != want {
		_ = p.Process.Kill()
		p.t.Fatalf("a line of output = %q, %v, want %q; stderr: %s", got, err, want, p.stderr.String())
	}
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// exits waits for the end.
func (p *process) exits(want int) string {
	p.t.Helper()
	out, err := io.ReadAll(p.out)
	if err != nil {
		p.t.Fatal(err)
	}
	_ = p.Wait() // an exit code other than 0 is an error too
	if got := p.ProcessState.ExitCode(); got != want {
		p.t.Fatalf("exit code %d (%v), want %d; stdout: %s; stderr: %s", got, p.ProcessState, want, out, p.stderr.String())
	}
	return string(out)
}

const ready = "print('ready', flush=True)\n"

func TestInterruptEndsCodeSoftly(t *testing.T) {
	needRuntime(t, "python")
	p := start(t, home(t), "run", "-c", "try:\n  "+ready+"  while True: pass\nexcept KeyboardInterrupt: print('soft')")
	p.line("ready")
	p.signal(syscall.SIGINT)
	if out := p.exits(0); out != "soft\n" {
		t.Errorf("output after ^C = %q, want soft", out)
	}
}

func TestSecondInterruptKills(t *testing.T) {
	needRuntime(t, "python")
	p := start(t, home(t), "run", "-c", ready+`
while True:
  try:
    while True: pass
  except KeyboardInterrupt: print('no', flush=True)`)
	p.line("ready")
	p.signal(syscall.SIGINT)
	p.line("no")
	p.signal(syscall.SIGINT)
	p.exits(137)
	if got := p.stderr.String(); !strings.Contains(got, "caisson: killed: by ^C") {
		t.Errorf("stderr = %q, want that it was killed by ^C", got)
	}
}

func TestTermKillsAndRecords(t *testing.T) {
	needRuntime(t, "python")
	env := home(t)
	p := start(t, env, "run", "-c", ready+"import time\ntime.sleep(60)")
	p.line("ready")
	p.signal(syscall.SIGTERM)
	p.exits(137)
	if got := p.stderr.String(); !strings.Contains(got, "caisson: killed: by SIGTERM") {
		t.Errorf("stderr = %q, want that it was killed by SIGTERM", got)
	}
	if got := recordOf(t, env); !strings.Contains(got, "sandbox.responded") || !strings.Contains(got, `"status":"killed"`) {
		t.Errorf("the record has no kill: %s", got)
	}
}

func recordOf(t *testing.T, env []string) string {
	t.Helper()
	dir := strings.TrimPrefix(env[len(env)-1], "XDG_STATE_HOME=")
	text, err := os.ReadFile(filepath.Join(dir, "caisson", "audit", "00000001.jsonl"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

func TestNobodyReadsEndsQuietly(t *testing.T) {
	needRuntime(t, "python")
	env := home(t)
	p := start(t, env, "run", "-c", "while True: print('y')")
	p.line("y")
	if err := p.pipe.Close(); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait() // its exit code is looked at
	if got := p.ProcessState.ExitCode(); got != 141 || p.stderr.Len() > 0 {
		t.Errorf("exit code %d and stderr %q, want 141 and nothing", got, p.stderr.String())
	}
	if got := recordOf(t, env); !strings.Contains(got, `"status":"killed"`) {
		t.Errorf("the record has no end: %s", got)
	}
}

func TestKilledProcessLeavesTheSessionUsable(t *testing.T) {
	needRuntime(t, "python")
	env := home(t)
	start(t, env, "run", "--session", "s", "--lang", "python", "-c", "import random; x = 1; random.seed(7)").exits(0)
	p := start(t, env, "session", "exec", "s", "-c", "print(random.random()); x = 2; print('ready', flush=True)\nwhile True: pass")
	first, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	p.line("ready")
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.exits(-1)
	p = start(t, env, "session", "exec", "s", "-c", "print(x)\nprint(random.random())")
	p.line("1")
	// The state went on once already: doing so again must not draw the same.
	second, err := p.out.ReadString('\n')
	if err != nil || second == first {
		t.Errorf("random number after the kill = %q, %v, want another than %q", second, err, first)
	}
	p.exits(0)
	// The execution that was cut off has an end on record.
	if got := recordOf(t, env); !strings.Contains(got, `"status":"lost"`) {
		t.Errorf("nothing is lost on the record: %s", got)
	}
}

package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caisson-dev/caisson"
)

// TestDebianImage makes a small image of Debian packages and runs a program of
// it. It takes a minute, and a mirror.
func TestDebianImage(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a minute")
	}
	if _, err := exec.LookPath("mmdebstrap"); err != nil {
		t.Skip("mmdebstrap is not installed")
	}
	home := t.TempDir()
	config := filepath.Join(home, "caisson")
	if err := writeConfig(home, "[state]\nfolder = \"state\"\n[cache]\nfolder = \"cache\"\n"); err != nil {
		t.Fatal(err)
	}
	call := func(args ...string) (code int, stdout, stderr string) {
		var o, e bytes.Buffer
		_, signals := watch(t.Context())
		code = run(t.Context(), append([]string{"--config", filepath.Join(config, "caisson.toml")}, args...), env{in: strings.NewReader("4\n"), out: &o, err: &e, signals: signals})
		return code, o.String(), e.String()
	}
	code, _, stderr := call("image", "build", "debian", "--packages", "lua5.4")
	if code == exits[caisson.Unavailable] {
		t.Skipf("mmdebstrap does not work here: %s", stderr)
	}
	if code != 0 {
		t.Fatalf("image build = %d: %s", code, stderr)
	}
	code, stdout, stderr := call("run", "--image", "debian", "--lang", "lua", "-c", `print(io.read("n") * 2)`)
	if code != 0 || stdout != "8\n" {
		t.Errorf("run = %d, %q, %s", code, stdout, stderr)
	}
}

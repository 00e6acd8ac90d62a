package wasm_test

import (
	"bytes"
	"testing"

	"github.com/caisson-dev/caisson/internal/backend"
)

func TestPythonHasDevices(t *testing.T) {
	b := pythonBackend(t)
	p := openPython(t, b, pythonSpec())
	p.prints(`
import contextlib, os, stat
with open(os.devnull, "w") as f, contextlib.redirect_stdout(f):
    print("hidden")
with open("/dev/stdout", "w") as f: f.write("shown\n")
print(sorted(os.listdir("/dev")))
print(all(stat.S_ISCHR(os.stat("/dev/" + n).st_mode) and e.is_file() is False for n in os.listdir("/dev") for e in os.scandir("/dev")))
n = open(os.devnull, "r+b"); z = open("/dev/zero", "rb"); r = open("/dev/urandom", "rb", 0)
print(n.read(), n.write(b"x" * 50_000_000), z.read(3), len(set(r.read(64))) > 8, n.isatty())
`, "shown\n['null', 'random', 'stderr', 'stdin', 'stdout', 'urandom', 'zero']\nTrue\nb'' 50000000 b'\\x00\\x00\\x00' True False\n")
	for _, wrong := range []string{"open('/dev/new', 'w')", "os.remove('/dev/null')", "os.rename('/dev/null', '/tmp/null')", "os.symlink('/dev/null', '/tmp/l')", "os.truncate('/dev/null', 9)"} {
		p.prints("try: "+wrong+"\nexcept OSError as e: print('no')", "no\n")
	}
	const use = "print(n.read(), z.read(1), r.read(16).hex())\nimport sys; sys.stdout.flush(); n.write(b'x'); n.flush()"
	var state bytes.Buffer
	if err := p.Instance.(backend.Snapshotter).Snapshot(t.Context(), &state); err != nil {
		t.Fatal(err)
	}
	fork, err := p.Instance.(backend.Snapshotter).Fork(t.Context(), pythonSpec())
	if err != nil {
		t.Fatal(err)
	}
	copied, err := b.(backend.Restorer).Restore(t.Context(), pythonSpec(), &state)
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[string]bool{}
	for _, q := range []python{p, closing(t, fork), closing(t, copied)} {
		s := q.cell(use)
		if s.ExitCode != 0 || !bytes.HasPrefix([]byte(s.out), []byte(`b'' b'\x00' `)) {
			t.Errorf("its devices give %q, %q", s.out, s.err)
		}
		drawn[s.out] = true
	}
	if len(drawn) != 3 {
		t.Errorf("copies share what they draw: %v", drawn)
	}
}

func TestJavaScriptHasDevices(t *testing.T) {
	openJavaScript(t, javascriptBackend(t), javascriptSpec()).prints(`
const fs = require("fs");
fs.writeFileSync("/dev/null", "hidden");
console.log(fs.readFileSync("/dev/null").length, fs.statSync("/dev/null").isFile(), fs.existsSync("/dev/urandom"));
const fd = fs.openSync("/dev/urandom", "r"); const b = Buffer.alloc(64); fs.readSync(fd, b); fs.closeSync(fd);
console.log(new Set(b).size > 8);
`, "0 false true\ntrue\n")
}

// The shell knows these names by itself. What is endless is not laid out for
// it, so that what walks the tree comes to an end.
func TestShellHasDevices(t *testing.T) {
	s := openShell(t, shellBackend(t), shellSpec())
	s.wants("ls /dev | tr '\\n' ' '; ls nofile 2>/dev/null; echo hidden >/dev/null; cat /dev/null | wc -c; head -c 3 /dev/zero | wc -c", "null 0\n3\n", 0)
	s.wants("[ -d /dev ] && [ -c /dev/null ] && [ ! -f /dev/zero ] && echo there; find /dev -type f; find / -name null; grep -rl hidden / | wc -l; rm -f /dev/null 2>/dev/null; echo $?; echo x | tee /dev/stderr 2>/dev/null", "there\n/dev/null\n0\n1\nx\n", 0)
}

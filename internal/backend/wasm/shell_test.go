package wasm_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/backendtest"
	"github.com/caisson-dev/caisson/internal/guest"
)

// shellScripts holds ordinary scripts and what bash 5.2 with GNU's tools says:
// NAME.sh and NAME.out, which ends with a line that has the exit status.
const shellScripts = "../../guest/shell/session/testdata"

// A shell is a sandbox of the shell runtime.
type shell struct{ python }

// wants runs a cell that must write just this and end with a status of its own.
func (s shell) wants(code, out string, status int) {
	s.t.Helper()
	if r := s.cell(code); r.Status != caisson.Exited || r.ExitCode != status || r.out != out {
		s.t.Errorf("%s\nended %s %d (%s) and wrote\n%s\nnot %d and\n%s\nmessages: %s", code, r.Status, r.ExitCode, r.Reason, r.out, status, out, r.err)
	}
}

func shellSpec() caisson.Spec {
	s := spec("shell", backendtest.Shell())
	s.Posture.Limits.Disk = 16 << 20
	s.Posture.Limits.Inodes = 500
	return s
}

// shellBackend returns a backend, or skips when this build has no shell.
func shellBackend(t testing.TB) backend.Backend {
	t.Helper()
	all, err := guest.Bundles()
	if _, ok := all["shell"]; !ok && err == nil {
		err = guest.ErrNoBundle
	}
	backendtest.Require(t, "wasm", err)
	return open(t)
}

func openShell(t testing.TB, b backend.Backend, s caisson.Spec) shell {
	t.Helper()
	return shell{openPython(t, b, s)}
}

func TestShellScriptsSayWhatTheySayInBash(t *testing.T) {
	b := shellBackend(t)
	scripts, err := filepath.Glob(filepath.Join(shellScripts, "*.sh"))
	if err != nil || len(scripts) < 100 {
		t.Fatalf("%d scripts, where 100 were to be (%v)", len(scripts), err)
	}
	for _, file := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".sh"), func(t *testing.T) {
			code, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(strings.TrimSuffix(file, ".sh") + ".out")
			if err != nil {
				t.Fatal(err)
			}
			s := openShell(t, b, shellSpec()).exec(backend.Cmd{Code: string(code), Script: true})
			got := fmt.Sprintf("%sexit %d\n", s.out, s.ExitCode)
			if s.Status != caisson.Exited || got != string(want) {
				t.Errorf("ended %s (%s) and wrote\n%s\nand to standard error\n%s\nwhere bash writes\n%s", s.Status, s.Reason, firstDifference(got, string(want)), s.err, want)
			}
		})
	}
}

func TestShellStateLivesOnOverCells(t *testing.T) {
	s := openShell(t, shellBackend(t), shellSpec())
	s.wants("x=1; export E=exported; f() { local y=$1; echo \"$y $x\"; }; a=(p 'q r'); declare -A m=([k]=v); mkdir -p d/e; cd d", "", 0)
	s.wants(`f two; echo "${a[1]} ${m[k]} $E"; pwd; ls`, "two 1\nq r v exported\n/workspace/d\ne\n", 0)
	s.wants("echo content >file; set -u; alias hi='echo hello'; shopt -s expand_aliases nullglob", "", 0)
	s.wants("cd ..; cat d/file; hi; echo none*; (echo $unset) 2>/dev/null || echo unbound", "content\nhello\n\nunbound\n", 0)
	s.wants("set +u; unset x; unset -f f; echo \"[$x]\"; f", "[]\n", 127)
	s.wants("trap 'echo bye' EXIT; exit 3", "bye\n", 3)
	s.wants("echo alive; exec >/dev/null; echo hidden", "alive\n", 0)
	s.wants("echo seen", "seen\n", 0)
	if got, err := s.Instance.(backend.Filer).ReadFile(t.Context(), "d/file", 100); err != nil || string(got) != "content\n" {
		t.Errorf("the file that the shell wrote is %q, %v", got, err)
	}
	if err := s.Instance.(backend.Filer).WriteFile(t.Context(), "in.txt", []byte("from outside\n")); err != nil {
		t.Fatal(err)
	}
	s.wants("cat in.txt", "from outside\n", 0)
}

func TestShellPipesCarryMuch(t *testing.T) {
	s := openShell(t, shellBackend(t), shellSpec())
	big := strings.Repeat("0123456789abcde\n", 4<<20/16)
	if err := s.Instance.(backend.Filer).WriteFile(t.Context(), "big", []byte(big)); err != nil {
		t.Fatal(err)
	}
	s.wants("cat big | tr a-z A-Z | tee copy | wc -c; tail -1 copy", "4194304\n0123456789ABCDE\n", 0)
	s.wants("head -c 3000000 /dev/zero | cat | tr '\\0' x | cat | wc -c", "3000000\n", 0)
	s.wants("x=$(cat big); echo ${#x}", "4194303\n", 0)
	s.wants("yes | head -3; yes | head -100000 | wc -l; cat /dev/zero | head -c 5 | xxd -p", "y\ny\ny\n100000\n0000000000\n", 0)
	s.wants("seq 200000 | while read -r n; do echo $n; if ((n == 3)); then break; fi; done", "1\n2\n3\n", 0)
	s.wants("cat < <(cat big) | sort -u | wc -l; rm big copy", "1\n", 0)
}

func TestShellReadsItsInput(t *testing.T) {
	s := openShell(t, shellBackend(t), shellSpec())
	for _, c := range []struct{ code, in, want string }{
		{`read -r a; read -r b; echo "$b $a"`, "one\ntwo\nthree\n", "two one\n"},
		{"cat", "rest", "rest"}, // and not what the execution before left
		{"read x || echo nothing", "", "nothing\n"},
		{"wc -c; cat", strings.Repeat("x", 300_000), "300000\n"},
		{"while IFS=, read -r n v; do echo $v=$n; done | sort", "1,b\n2,a\n", "a=2\nb=1\n"},
		{"bash -s one", "echo script $1 \\\nends", "script one ends\n"},
		{"head -c 2 | xxd -p", "\xff\x00z", "ff00\n"},
		{"sort | uniq -c | awk '{ print $2 $1 }'; exec <&-", "b\na\nb\n", "a1\nb2\n"},
	} {
		if r := s.exec(backend.Cmd{Code: c.code, Streams: caisson.Streams{Stdin: strings.NewReader(c.in)}}); r.both != c.want {
			t.Errorf("%q wrote %q, not %q", c.code, r.both, c.want)
		}
	}
}

func TestShellArgumentsAndStatus(t *testing.T) {
	s := openShell(t, shellBackend(t), shellSpec())
	r := s.exec(backend.Cmd{Script: true, Name: "run.sh", Args: []string{"-x", "two words"}, Code: `echo "$0 $# $1 $2"; echo bad >&2; exit 300`})
	if r.out != "run.sh 2 -x two words\n" || r.err != "bad\n" || r.ExitCode != 44 {
		t.Errorf("ended %d and wrote %q, %q", r.ExitCode, r.out, r.err)
	}
	// In this order: what one sets the next ones find.
	for _, c := range []struct {
		code string
		want int
	}{
		{"true", 0},
		{"false", 1},
		{"exit", 0},
		{"exit 7", 7},
		{"(exit 9)", 9},
		{"false | true", 0},
		{"set -o pipefail; false | true", 1},
		{"set +o pipefail", 0},
		{"return 4 2>/dev/null; true", 0},
		{"ls nofile 2>/dev/null", 2},
		{"grep -q a <<<b", 1},
		{"/nofile 2>/dev/null", 127},
		{"/workspace 2>/dev/null", 126},
		{"bash -c 'exit 5'", 5},
		{"timeout 0.01 sleep 60", 124},
		{"exit -1", 255},
		{"bash -ec 'false; exit 8'", 1},
		{"kill -TERM $$; true", 0},
	} {
		if r := s.cell(c.code); r.Status != caisson.Exited || r.ExitCode != c.want {
			t.Errorf("%q ended %s %d, not %d: %s", c.code, r.Status, r.ExitCode, c.want, r.err)
		}
	}
}

func TestShellSyntaxErrorsAreData(t *testing.T) {
	s := openShell(t, shellBackend(t), shellSpec())
	for code, line := range map[string]string{"echo before\nif true; then": ":2:", "echo 'open": ":1:", "\n\nfor x in; do ) done": ":3:"} {
		r := s.cell(code)
		if r.Status != caisson.Exited || r.ExitCode != 2 || r.out != "" || r.Exception == nil || r.Exception.Name != "SyntaxError" ||
			!strings.Contains(r.Exception.Message, line) || !strings.Contains(r.err, r.Exception.Message) {
			t.Errorf("%q ended %s %d with %v: %q %q", code, r.Status, r.ExitCode, r.Exception, r.out, r.err)
		}
	}
	s.wants("eval 'if' 2>/dev/null || echo no; echo alive", "no\nalive\n", 0)
}

func TestShellNamesWhatItHasNot(t *testing.T) {
	s := openShell(t, shellBackend(t), shellSpec())
	for code, want := range map[string]string{
		"nosuch":            "bash: nosuch: command not found\n",
		"python3 -c 1":      "caisson run --lang python",
		"curl http://a/":    "no network",
		"apt install x":     "container backend",
		"nohup nosuch":      "nosuch",
		"xargs -n1 ssh<<<h": "no network",
	} {
		if r := s.cell(code); r.ExitCode != 127 || !strings.Contains(r.err, want) {
			t.Errorf("%q ended %s %d: %q lacks %q", code, r.Status, r.ExitCode, r.err, want)
		}
	}
	s.wants("if curl -s http://a/ 2>/dev/null; then echo yes; else echo no $?; fi; cat </dev/tcp/a/80 2>/dev/null || echo none", "no 127\nnone\n", 0)
}

func TestShellSurvivesInterrupts(t *testing.T) {
	s := openShell(t, shellBackend(t), shellSpec())
	s.wants("kept=1", "", 0)
	for _, code := range []string{
		"while :; do :; done", "sleep 100", "while ((1)); do ((i++)); done", "read x", "cat", "yes >/dev/null", "sleep 100 | cat",
		"sleep 100 & wait", "bash -c 'while :; do :; done'", "trap '' INT; while :; do :; done", "seq 1 1000000000 | wc -l",
		"jq -n '[limit(1e9; repeat(1))] | length'", "f() { f; }; f",
		"x=$(while :; do :; done)", "cat <(while :; do :; done)", "sed ':a;ba' <<<x",
	} {
		select {
		case <-s.seen:
		default:
		}
		over := make(chan struct{})
		go func() {
			select {
			case <-s.seen: // the code is about to wait
				s.Instance.(backend.Interrupter).Interrupt()
			case <-over:
			}
		}()
		r := s.exec(backend.Cmd{Code: "echo go\n" + code, Streams: caisson.Streams{Stdin: never{t.Context().Done()}}})
		close(over)
		if r.Status != caisson.Exited || r.ExitCode != 130 {
			t.Errorf("%q ended %s %d (%s): %.500s", code, r.Status, r.ExitCode, r.Reason, r.both)
		}
	}
	s.wants("echo $kept", "1\n", 0)
}

func TestShellEndsAtItsWall(t *testing.T) {
	brief := shellSpec()
	brief.Posture.Limits.Wall = 300 * time.Millisecond
	b := shellBackend(t)
	for _, code := range []string{"awk 'BEGIN { while (1) i++ }'", "while :; do :; done", "trap '' TERM INT; sleep 100", "sleep 100 & wait", "(while :; do :; done)& yes >/dev/null"} {
		if r := openShell(t, b, brief).cell(code); r.Status != caisson.TimedOut {
			t.Errorf("%q ended %s %d (%s): %.300s", code, r.Status, r.ExitCode, r.Reason, r.both)
		}
	}
	openShell(t, b, shellSpec()).wants("echo alive", "alive\n", 0)
}

// shellRandomness prints what must differ in every copy, an item a line.
const shellRandomness = `echo $RANDOM-$RANDOM-$RANDOM-$RANDOM-$RANDOM
mktemp; mktemp -d; uuidgen; cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen; seq 100 | shuf | tr '\n' .; echo
head -c 16 /dev/urandom | xxd -p; seq 1000000000000 1000000000100 | sort -R | tr '\n' .; echo; awk 'BEGIN { srand(); print rand() }' >/dev/null; echo $SRANDOM.$SRANDOM.$SRANDOM.$SRANDOM`

func TestShellCopiesShareNoRandomness(t *testing.T) {
	b := shellBackend(t)
	seen := map[string]bool{}
	check := func(in backend.Instance, who string) {
		t.Helper()
		s := python{in, t, nil}.cell(shellRandomness)
		lines := strings.Fields(s.out)
		if len(lines) != 9 {
			t.Fatalf("%s: %d lines %s", who, len(lines), s.both)
		}
		for i, line := range lines {
			if key := fmt.Sprint(i, " ", line); seen[key] {
				t.Fatalf("%s drew %s again", who, line)
			} else {
				seen[key] = true
			}
		}
	}
	for range 100 {
		in, err := b.Create(t.Context(), shellSpec())
		if err != nil {
			t.Fatal(err)
		}
		check(in, "a fresh copy")
		in.Close()
	}
	parent := openShell(t, b, shellSpec())
	check(parent.Instance, "a parent")
	var saved bytes.Buffer
	if err := parent.Instance.(backend.Snapshotter).Snapshot(t.Context(), &saved); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		fork, err := parent.Instance.(backend.Snapshotter).Fork(t.Context(), shellSpec())
		if err != nil {
			t.Fatal(err)
		}
		check(closing(t, fork), "a fork")
		again, err := b.(backend.Restorer).Restore(t.Context(), shellSpec(), bytes.NewReader(saved.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		check(closing(t, again), "a restored copy")
	}
	check(parent.Instance, "a parent that was forked")
}

func TestShellEndsAtItsDisk(t *testing.T) {
	small := shellSpec()
	small.Posture.Limits.Disk = 1 << 20
	b := shellBackend(t)
	for _, code := range []string{
		"yes > f", "cat /dev/zero > f", "x=$(printf %01000d 0); for ((;;)); do echo $x || exit; done >> f",
		"yes | head -c 3000000 | tee f >/dev/null", "head -c 900000 /dev/zero > f && cp f g", "seq 200000 | sort -r > f",
	} {
		s := openShell(t, b, small)
		r := s.cell(code)
		if r.Status != caisson.DiskLimit && (r.Status != caisson.Exited || r.ExitCode == 0 || !strings.Contains(r.err, "space")) {
			t.Errorf("%q ended %s %d (%s): %.300s", code, r.Status, r.ExitCode, r.Reason, r.both)
		}
		s.wants("rm f; echo alive >f; cat f", "alive\n", 0)
	}
}

func TestShellEndsAtItsMemory(t *testing.T) {
	small := shellSpec()
	small.Posture.Limits.Memory = 64 << 20
	b := shellBackend(t)
	for _, code := range []string{
		"x=x; while :; do x=$x$x; done", "cat /dev/zero | sort", "awk 'BEGIN { s = \"x\"; while (1) s = s s }'",
		"awk 'BEGIN { s = sprintf(\"%100000d\", 1); while (1) a[i++] = s i }'", "x=$(head -c 1000000 /dev/zero | tr '\\0' x); while :; do a+=(\"$x$i\"); ((i++)); done", "jq -n '\"x\" * 100000000 | length'",
		"head -c 100000000 /dev/zero | sed s/a/b/", "x=$(yes)",
	} {
		r := openShell(t, b, small).cell(code)
		if r.Status != caisson.OutOfMemory {
			t.Errorf("%q ended %s %d (%s): %.300s", code, r.Status, r.ExitCode, r.Reason, r.both)
		}
		openShell(t, b, small).wants("echo next", "next\n", 0)
	}
}

func TestShellOutputKeepsItsOrder(t *testing.T) {
	s := openShell(t, shellBackend(t), shellSpec())
	r := s.cell("for i in {1..2000}; do echo o $i; ((i % 100)) || echo e $i >&2; done; cat nofile; echo end")
	var want strings.Builder
	for i := 1; i <= 2000; i++ {
		fmt.Fprintln(&want, "o", i)
		if i%100 == 0 {
			fmt.Fprintln(&want, "e", i)
		}
	}
	io.WriteString(&want, "cat: nofile: No such file or directory\nend\n")
	if r.both != want.String() {
		t.Errorf("the streams came in another order: %s", firstDifference(r.both, want.String()))
	}
	if r := s.cell("printf '\\xff\\xc3\\xa9\\0'; head -c 300000 /dev/zero | tr '\\0' x; echo end"); len(r.out) != 300_008 || !strings.HasPrefix(r.out, "\xffé\x00x") {
		t.Errorf("bytes came as %d that begin %.9q", len(r.out), r.out)
	}
}

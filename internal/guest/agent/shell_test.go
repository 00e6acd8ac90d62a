package agent_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/caisson-dev/caisson/internal/backend/backendtest"
	"github.com/caisson-dev/caisson/internal/guest"
)

func startShell(t testing.TB) *host {
	t.Helper()
	return start(t, "shell", interpreter(t, "bash"))
}

func TestShellSpeaksAsOnEveryBackend(t *testing.T) { speaks(t, backendtest.Shell(), startShell) }

// wants runs a cell that must write just this and end with a status.
func (h *host) wants(code, out string, status int) {
	h.Helper()
	if x := h.cell(code); x.code != status || x.out != out {
		h.Errorf("%s\nended %d and wrote\n%s\nnot %d and\n%s\nmessages: %s", code, x.code, x.out, status, out, x.err)
	}
}

func TestShellStateLivesOnOverCells(t *testing.T) {
	h := startShell(t)
	h.wants("x=1; export E=exported; f() { local y=$1; echo \"$y $x\"; }; a=(p 'q r'); declare -A m=([k]=$'v\nw'); declare -i n=3; mkdir -p d/e; cd d; umask 077; shopt -s nullglob; set -o pipefail", "", 0)
	const all = `f two; echo "${a[1]} ${m[k]} $E $(printenv E)"; n+=1; echo $n; pwd; ls; echo none*; umask; [[ -o pipefail ]] && echo pipefail; echo $$`
	want := fmt.Sprintf("two 1\nq r v\nw exported exported\n%%d\n%s/d\ne\n\n0077\npipefail\n%d\n", h.dir, h.process.Process.Pid)
	h.wants(all, fmt.Sprintf(want, 4), 0)
	// Each of these ends a shell.
	for i, end := range []struct {
		code   string
		status int
	}{
		{"exit 7", 7}, {"set -e; false; echo not here", 1}, {"set +e; set -u; echo $unset", 127}, {"set +u; : ${unset:?gone}", 127},
		{"f2() { while :; do exit 9; done; }; f2", 9}, {"break 99", 0}, {"kill -INT $$", 130},
	} {
		x := h.cell(end.code)
		if x.code != end.status && !(end.status == 127 && x.code == 1) {
			t.Errorf("%q ended %d, not %d: %s", end.code, x.code, end.status, x.err)
		}
		h.wants("set +eu\n"+all, fmt.Sprintf(want, 5+i), 0)
	}
	h.wants("alias hi='echo hello'; shopt -s expand_aliases; exit 4", "", 4)
	h.wants("hi", "hello\n", 0)
	h.wants("unset x; unset -f f; echo \"[$x]\"; f", "[]\n", 127)
	h.wants("trap 'echo bye' EXIT; exit 3", "bye\n", 3)
	h.wants("echo alive", "alive\n", 0)
	h.wants("trap 'echo bye $?' EXIT; (exit 5)", "bye 5\n", 5)
	h.wants("exec >/dev/null; echo hidden", "", 0)
	h.wants("echo seen; exec >/dev/null 2>&1; exit 2", "seen\n", 2)
	h.wants("echo seen; exec 5>file; echo five >&5", "seen\n", 0)
	h.wants("echo six >&5; exec 5>&-; cat file; trap 'echo usr1' USR1; exit", "five\nsix\n", 0)
	h.wants("kill -USR1 $$; trap", "usr1\ntrap -- 'echo usr1' SIGUSR1\n", 0)
	h.wants("IFS=,; set -f; PATH=; LC_ALL=C; read() { echo; }; printf() { echo; }", "", 0)
	h.wants("unset -f read printf; PATH=/usr/bin:/bin; unset IFS; set +f; echo *", "e file\n", 0)
	h.wants("set -x; exit 6", "", 6)
	if x := h.cell("echo traced"); x.out != "traced\n" || x.err != "++ echo traced\n" {
		t.Errorf("set -x shows %q, %q", x.out, x.err)
	}
}

func TestShellArgumentsAndStatus(t *testing.T) {
	h := startShell(t)
	x := h.exec(guest.Request{Script: true, Name: "run.sh", Args: []string{"-x", "two words"}, Code: `echo "$0 $# $1 $2"; echo bad >&2; exit 300`}, nil)
	if x.out != "run.sh 2 -x two words\n" || x.err != "bad\n" || x.code != 44 {
		t.Errorf("ended %d and wrote %q, %q", x.code, x.out, x.err)
	}
	for _, c := range []struct {
		code string
		want int
	}{
		{"true", 0}, {"false", 1}, {"exit", 0}, {"(exit 9)", 9}, {"false | true", 0}, {"return 4 2>/dev/null; true", 0},
		{"/nofile 2>/dev/null", 127}, {"bash -c 'exit 5'", 5}, {"exit -1", 255}, {"if", 2}, {"x=$(exit 3)", 3},
	} {
		if x := h.cell(c.code); x.code != c.want {
			t.Errorf("%q ended %d, not %d: %s", c.code, x.code, c.want, x.err)
		}
	}
	contains(t, "an error", h.cell("echo 1\necho 2\nnosuch x").err, "bash: line 3: nosuch: command not found\n")
	contains(t, "an error", h.exec(guest.Request{Code: "\n\nnosuch", Name: "run.sh"}, nil).err, "run.sh: line 3: nosuch")
	contains(t, "a syntax error", h.cell("echo 1\n\nfor x in; do ) done").err, "line 3: syntax error near unexpected token `)'")
	h.wants(`echo "a\b\\c" 'é "q"' $'\t|' "<&>"`, "a\\b\\c é \"q\" \t| <&>\n", 0)
	h.wants("cat <<'EOF'\n\\n \\u00e9 %s \\\\\nEOF", "\\n \\u00e9 %s \\\\\n", 0)
}

func TestShellReadsItsInput(t *testing.T) {
	h := startShell(t)
	for _, c := range []struct{ code, in, want string }{
		{`read -r a; read -r b; echo "$b $a"`, "one\ntwo\nthree\n", "two one\n"},
		{"cat", "rest", "rest"},
		{"wc -c; cat", strings.Repeat("x", 300_000), "300000\n"},
		{"sort | uniq -c | awk '{ print $2 $1 }'; exec <&-", "b\na\nb\n", "a1\nb2\n"},
		{"read x || echo nothing; exit", "", "nothing\n"},
	} {
		if x := h.exec(guest.Request{Code: c.code}, strings.NewReader(c.in)); x.out != c.want {
			t.Errorf("%q wrote %q, not %q: %s", c.code, x.out, c.want, x.err)
		}
	}
	h.wants("cat", "", 0)
}

func TestShellSurvivesInterrupts(t *testing.T) {
	h := startShell(t)
	h.wants("kept=1", "", 0)
	for _, code := range []string{
		"while ((1)); do ((i++)); done", "read x", "cat", "yes >/dev/null", "sleep 100 | cat", "sleep 100 & wait",
		"bash -c 'while :; do :; done'", "x=$(while :; do :; done)", "set -e; sleep 100", "trap 'echo own' INT; trap - INT; sleep 100; echo not here",
	} {
		x := h.interrupted(guest.Request{Code: "echo go\n" + code})
		if x.code != 130 || x.out != "go\n" {
			t.Errorf("%q ended %d: %s%s", code, x.code, x.out, x.err)
		}
		h.wants("set +e; echo $kept", "1\n", 0)
	}
	for range 50 {
		h.interrupt()
		h.wants("echo $kept", "1\n", 0)
	}
}

func TestShellOutputIsWhole(t *testing.T) {
	h := startShell(t)
	quiet(t, h, "head -c 30000000 /dev/zero | tr '\\0' x; echo end", 30_000_004)
	quiet(t, h, "for ((i = 0; i < 20000; i++)); do echo line; done; echo end", 100_004)
	h.wants("printf '\\xff\\xc3\\xa9\\0'", "\xff\xc3\xa9\x00", 0)
	h.wants("x=$(head -c 3000000 /dev/zero | tr '\\0' x); exit 1", "", 1)
	h.wants("echo ${#x}", "3000000\n", 0)
	h.cell("f() { f; }; f")
	h.wants("echo alive", "alive\n", 0)
	code := ": '" + strings.Repeat("x \\\" \\\\ \n", 40_000) + "'; echo end"
	h.wants(code, "end\n", 0)
}

func TestShellForgedFramesAreNotBelieved(t *testing.T) {
	h := startShell(t)
	x := h.cell("ls -l /proc/self/fd | grep -c socket:")
	if x.out != "0\n" {
		t.Errorf("a program that code started has sockets: %q %s", x.out, x.err)
	}
	deaf(t, h, func(fd int, frame string) string {
		return fmt.Sprintf("printf '%s' 2>/dev/null >&%d; true", strings.NewReplacer("\x00", "\\0", "\xff", "\\xff", "\x01", "\\1", "\x04", "\\4").Replace(frame), fd)
	})
}

func BenchmarkShellCell(b *testing.B) { benchmark(b, startShell(b), "x=1") }
func BenchmarkShellExit(b *testing.B) { benchmark(b, startShell(b), "exit 1") }

package session_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caisson-dev/caisson/internal/guest/shell/session"
)

// A shell is a session with what it wrote.
type shell struct {
	t *testing.T
	*session.Session
	out, err bytes.Buffer
}

func open(t *testing.T, interrupted func() bool) *shell {
	t.Helper()
	// A session counts goroutines, and those of the test before may still end.
	for n := -1; n != runtime.NumGoroutine(); {
		n = runtime.NumGoroutine()
		time.Sleep(5 * time.Millisecond)
	}
	s, err := session.New(t.TempDir(), environ, interrupted)
	if err != nil {
		t.Fatal(err)
	}
	return &shell{t: t, Session: s}
}

func (s *shell) run(e session.Execution) (status int, err error) {
	s.out.Reset()
	s.err.Reset()
	e.Out, e.Err = &s.out, &s.err
	return s.Run(s.t.Context(), e)
}

func (s *shell) want(code, output string, status int) {
	s.t.Helper()
	got, err := s.run(session.Execution{Code: code})
	if err != nil || got != status || s.out.String() != output {
		s.t.Errorf("%s\n= %q, %d, %v, want %q, %d; messages: %s", code, s.out.String(), got, err, output, status, s.err.String())
	}
}

func TestStateLivesFromOneExecutionToTheNext(t *testing.T) {
	s := open(t, nil)
	s.want("x=1; export E=exported; f() { echo f$x; }; mkdir d; cd d; shopt -s nullglob; a=(p q)", "", 0)
	s.want(`f; echo ${PWD##*/} *; echo ${a[1]}; bash -c 'echo $E'`, "f1\nd\nq\nexported\n", 0)
	s.want("exit 7; echo never", "", 7)
	s.want("echo $x $?", "1 0\n", 0)
	s.want("exec >/dev/null; echo hidden", "", 0)
	s.want("echo seen", "seen\n", 0)
	s.want("alias hi='echo hello'; shopt -s expand_aliases", "", 0)
	s.want("hi", "hello\n", 0)
}

func TestArgumentsAndNameBelongToOneExecution(t *testing.T) {
	s := open(t, nil)
	if _, err := s.run(session.Execution{Code: `echo "$0 $# $2"`, Name: "my.sh", Args: []string{"-x", "b c"}}); err != nil {
		t.Fatal(err)
	}
	if got, want := s.out.String(), "my.sh 2 b c\n"; got != want {
		t.Errorf("output %q, want %q", got, want)
	}
	s.want("echo $0 $#", "bash 0\n", 0)
}

func TestExitTrapRunsOnceAndOnlyInItsExecution(t *testing.T) {
	s := open(t, nil)
	s.want("trap 'echo bye' EXIT; trap 'echo no' INT TERM; echo hi", "hi\nbye\n", 0)
	s.want("echo again", "again\n", 0)
	for _, trap := range []string{"builtin trap", "command trap", "command -p trap", "$(echo trap)", `t() { trap "$@"; }; t`} {
		s.want(trap+" 'echo bye' EXIT", "bye\n", 0)
		s.want("echo again", "again\n", 0)
	}
}

func TestSyntaxErrorRunsNothing(t *testing.T) {
	s := open(t, nil)
	status, err := s.run(session.Execution{Code: "echo before; if then"})
	var bad *session.SyntaxError
	if !errors.As(err, &bad) || status != 2 || s.out.Len() > 0 || !strings.Contains(s.err.String(), bad.Message) {
		t.Errorf("status %d, error %v, output %q, messages %q, want 2, a SyntaxError and no output", status, err, s.out.String(), s.err.String())
	}
	_, err = s.run(session.Execution{Code: "echo $((a[1]++ + 2))"})
	if !errors.As(err, &bad) || !strings.Contains(bad.Message, "line 1") {
		t.Errorf("an assignment that the interpreter cannot do: error %v, want a SyntaxError with its line", err)
	}
}

func TestStdinIsReadByCommandsAndRead(t *testing.T) {
	s := open(t, nil)
	path := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(path, []byte("one\ntwo\nthree\nfour\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := s.run(session.Execution{Code: "read a; head -1; read b; echo $a-$b; cat", In: f}); err != nil {
		t.Fatal(err)
	}
	if got, want := s.out.String(), "two\none-three\nfour\n"; got != want {
		t.Errorf("output %q, want %q", got, want)
	}
	s.want("cat; read x || echo nothing", "nothing\n", 0)
}

func TestInterruptEndsWhateverRuns(t *testing.T) {
	for _, code := range []string{
		"while :; do :; done", "while ((1)); do ((i++)); done", "sleep 1000", "yes >/dev/null", "sleep 1000 | cat", "sleep 1000 & wait",
		"bash -c 'while true; do true; done'", "find / -exec sleep 10 \\;", "seq 1 1000000000 | wc -l", "until false; do echo x; done | cat >/dev/null",
		"timeout 1000 sleep 1000", "jq -n '[limit(1e9; repeat(1))] | length'",
	} {
		t.Run(code, func(t *testing.T) {
			var asked atomic.Int32
			s := open(t, func() bool { return asked.Add(1) > 20 })
			if status, err := s.run(session.Execution{Code: code}); status != 130 || err != nil {
				t.Errorf("status %d, %v, want 130", status, err)
			}
			asked.Store(-1 << 30)
			s.want("echo alive", "alive\n", 0)
		})
	}
}

func TestNothingIsLeftRunning(t *testing.T) {
	for _, code := range []string{
		"yes | head -1", "cat /dev/zero | head -c 1", "head -c 1 < /dev/urandom >/dev/null", "cat <<<x | true", "(sleep 0.01; echo a) & echo b",
		"sleep 1000 & echo started", "while true; do echo y; done | head -1", "timeout 0.01 sleep 1000", "grep -q x < <(echo x)",
	} {
		s := open(t, nil)
		before := runtime.NumGoroutine()
		if _, err := s.run(session.Execution{Code: code}); err != nil {
			t.Fatal(err)
		}
		if n := runtime.NumGoroutine(); n > before {
			t.Errorf("%s: %d goroutines, %d before", code, n, before)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "caisson-substitute-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestBackgroundJobThatGoesOnIsEndedAndSaidSo(t *testing.T) {
	s := open(t, nil)
	s.want("(sleep 1000; echo never) & echo now", "now\n", 0)
	if !strings.Contains(s.err.String(), "background jobs ended") {
		t.Errorf("messages %q do not say that jobs were ended", s.err.String())
	}
}

// The interpreter hides its functions from handlers; see hasFunction.
func TestFunctionsGoBeforeBuiltinsOfOurs(t *testing.T) {
	s := open(t, nil)
	s.want(`echo() { printf 'mine %s\n' "$1"; }; echo x; (echo sub); unset -f echo; echo y`, "mine x\nmine sub\ny\n", 0)
	s.want(`(read() { echo fake; }; read x); echo z | { read v; echo $v; }`, "fake\nz\n", 0)
	s.want(`grep() { echo shadow; }; grep a; command -v grep; type -t grep; unset -f grep; type -t grep`, "shadow\ngrep\nfunction\nfile\n", 0)
}

func TestCommandsAreKnownByName(t *testing.T) {
	s := open(t, nil)
	s.want("command -v sed ls cd nosuch; which awk; type -t [ jq if; type sort; /usr/bin/env true && /bin/echo ok", "/usr/bin/sed\n/usr/bin/ls\ncd\n/usr/bin/awk\nbuiltin\nfile\nkeyword\nsort is /usr/bin/sort\nok\n", 0)
	s.want("command -v nosuch", "", 1)
	s.want("[ -x /usr/bin/grep ] && [[ -e /bin/sh ]] && echo there", "there\n", 0)
}

func TestUnknownCommandsSayWhatToDo(t *testing.T) {
	for _, c := range []struct{ code, message string }{
		{"nosuch", "bash: nosuch: command not found\n"},
		{"python3 -c 1", "caisson run --lang python"},
		{"pip install x", "caisson run --lang python"},
		{"node -e 1", "caisson run --lang javascript"},
		{"curl http://x", "no network"},
		{"git status", "container backend"},
		{"gcc a.c", "container backend"},
		{"apt-get install x", "container backend"},
	} {
		s := open(t, nil)
		status, err := s.run(session.Execution{Code: c.code})
		if status != 127 || err != nil || !strings.Contains(s.err.String(), c.message) || !strings.Contains(s.err.String(), "command not found") {
			t.Errorf("%s: status %d, %v, messages %q, want 127 and %q", c.code, status, err, s.err.String(), c.message)
		}
	}
}

func TestScriptsRunAsTheirFirstLineSays(t *testing.T) {
	s := open(t, nil)
	s.want(`printf '#!/usr/bin/awk -f\n{ print "awk " $1 }\n' >a; printf 'echo plain $1\n' >b; printf '#!/usr/bin/env python3\n' >c; printf '#!/opt/x\n' >d; chmod +x a b c d
echo in | ./a; ./b arg; ./c; echo $?; ./d; echo $?; mkdir e; ./e; echo $?; PATH=$PWD:$PATH; b found; chmod -x b; ./b; echo $?`,
		"awk in\nplain arg\n127\n127\n126\nplain found\n126\n", 0)
}

func TestReadKnowsItsOptions(t *testing.T) {
	s := open(t, nil)
	s.want(`printf 'abcdef' | { read -N 3 x; read -n 2 y; read z; echo $x $y $z; }`, "abc de f\n", 0)
	s.want(`printf 'a\\\nb c\n' | { read x y; echo "$x|$y"; }; printf 'a:b::c\n' | { IFS=: read -a p; echo "${#p[@]} ${p[3]}"; }`, "ab|c\n4 c\n", 0)
	s.want(`read -t 0.01 x < <(echo quick); echo $x; read -q 2>/dev/null; echo $?; read 1a 2>/dev/null <<<x; echo $?`, "quick\n2\n1\n", 0)
	s.want(`sleep 0.2 | { read -t 0.01 x; echo $?; } `, "142\n", 0)
	s.want(`read x <<<"it's \"q\" \$v"; echo "$x"`, "it's \"q\" $v\n", 0)
}

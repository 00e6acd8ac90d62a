package wasm_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/backendtest"
	"github.com/caisson-dev/caisson/internal/guest"
)

// pythonPrograms holds ordinary programs and what CPython 3.13 on Linux writes
// for them: NAME.py and NAME.out, NAME.in for standard input and NAME.files for
// what lies in the work folder.
const pythonPrograms = "../../guest/python/testdata"

// pythonArgs and pythonExits are what those programs get and end with that get
// any and do not end with 0.
var (
	pythonArgs  = map[string][]string{"arguments": {"one", "two words", "-x"}}
	pythonExits = map[string]int{"exits": 3}
)

// pythonDiffers lists what differs by nature: in the output of a program, what
// Linux writes and what the sandbox writes instead. docs/python.md has the same
// list in words.
var pythonDiffers = map[string][][2]string{
	// Standard output is line-buffered, as on a terminal.
	"ios": {{"no newlinebytes\n\n", "no newline\nbytes\n"}},
	// Error numbers are those of WASI. Their names are the same.
	"files": {{"[Errno 17]", "[Errno 20]"}},
	"paths": {
		{"NotADirectoryError 20", "NotADirectoryError 54"}, {"FileExistsError 17", "FileExistsError 20"},
		{"FileNotFoundError 2", "FileNotFoundError 44"}, {"OSError 39", "OSError 55"}, {"IsADirectoryError 21", "IsADirectoryError 31"},
	},
	// Strings are hashed another way.
	"locales": {{"siphash13", "fnv"}},
	// Its mathematical library is another one, and rounds this better.
	"numerics": {{"3.0000000000000004", "3.0"}},
}

// A said is what one execution said.
type said struct {
	caisson.Outcome
	out, err, both string
	results        []caisson.Result
}

// a mix keeps the order of two streams.
type mix struct {
	mu   *sync.Mutex
	own  bytes.Buffer
	both *bytes.Buffer
	seen chan<- struct{} // told of each write; nil when nobody waits
}

func (m *mix) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.both.Write(p)
	if m.seen != nil {
		select {
		case m.seen <- struct{}{}:
		default:
		}
	}
	return m.own.Write(p)
}

// A python is a sandbox of the Python runtime.
type python struct {
	backend.Instance
	t    testing.TB
	seen chan struct{}
}

func (p python) exec(c backend.Cmd) (s said) {
	p.t.Helper()
	var mu sync.Mutex
	var both bytes.Buffer
	out, err := &mix{mu: &mu, both: &both, seen: p.seen}, &mix{mu: &mu, both: &both}
	c.Stdout, c.Stderr = out, err
	c.Results = func(r caisson.Result) { s.results = append(s.results, r) }
	var failed error
	s.Outcome, failed = p.Exec(p.t.Context(), c)
	if failed != nil {
		p.t.Fatalf("Exec %.60q: %v", c.Code, failed)
	}
	s.out, s.err, s.both = out.own.String(), err.own.String(), both.String()
	return s
}

// cell runs code as a notebook does.
func (p python) cell(code string) said {
	p.t.Helper()
	return p.exec(backend.Cmd{Code: code, Show: true})
}

// prints runs a cell that must end well and write just this.
func (p python) prints(code, want string) {
	p.t.Helper()
	if s := p.cell(code); s.Status != caisson.Exited || s.ExitCode != 0 || s.both != want {
		p.t.Errorf("%s\nended %s %d and wrote\n%s\nnot\n%s", code, s.Status, s.ExitCode, s.both, want)
	}
}

func pythonSpec() caisson.Spec {
	s := spec("python", backendtest.Python())
	s.Posture.Limits.Memory = 192 << 20
	s.Posture.Limits.Disk = 16 << 20
	s.Posture.Limits.Inodes = 500
	return s
}

// pythonBackend returns a backend, or skips when this build has no Python.
func pythonBackend(t testing.TB) backend.Backend {
	t.Helper()
	all, err := guest.Bundles()
	if _, ok := all["python"]; !ok && err == nil {
		err = guest.ErrNoBundle
	}
	backendtest.Require(t, "wasm", err)
	return open(t)
}

func openPython(t testing.TB, b backend.Backend, s caisson.Spec) python {
	t.Helper()
	in, err := b.Create(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return closing(t, in)
}

func closing(t testing.TB, in backend.Instance) python {
	t.Cleanup(func() { in.Close() })
	return python{in, t, make(chan struct{}, 1)}
}

// put writes a folder of the host into the work folder.
func (p python) put(folder string) {
	p.t.Helper()
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(folder, name)
		if err != nil {
			return err
		}
		return p.Instance.(backend.Filer).WriteFile(p.t.Context(), filepath.ToSlash(inside), data)
	})
	if err != nil && !os.IsNotExist(err) {
		p.t.Fatal(err)
	}
}

func TestPythonProgramsSayWhatTheySayOnLinux(t *testing.T) {
	b := pythonBackend(t)
	programs, err := filepath.Glob(filepath.Join(pythonPrograms, "*.py"))
	if err != nil || len(programs) < 100 {
		t.Fatalf("%d programs, where 100 were to be (%v)", len(programs), err)
	}
	for _, file := range programs {
		stem := strings.TrimSuffix(file, ".py")
		name := filepath.Base(stem)
		t.Run(name, func(t *testing.T) {
			code, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(stem + ".out")
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range pythonDiffers[name] {
				if !bytes.Contains(want, []byte(d[0])) {
					t.Fatalf("a difference is listed that is none: %q", d[0])
				}
				want = bytes.ReplaceAll(want, []byte(d[0]), []byte(d[1]))
			}
			c := backend.Cmd{Code: string(code), Name: "main.py", Args: pythonArgs[name], Script: true}
			if in, err := os.ReadFile(stem + ".in"); err == nil {
				c.Stdin = bytes.NewReader(in)
			}
			p := openPython(t, b, pythonSpec())
			p.put(stem + ".files")
			s := p.exec(c)
			if s.Status != caisson.Exited || s.ExitCode != pythonExits[name] {
				t.Errorf("ended %s %d %s", s.Status, s.ExitCode, s.Reason)
			}
			if s.out != string(want) || s.err != "" {
				t.Errorf("wrote\n%s\nand to standard error\n%s\nwhere Linux writes\n%s", firstDifference(s.out, string(want)), s.err, want)
			}
		})
	}
	for name := range maps.Keys(pythonDiffers) {
		if _, err := os.Stat(filepath.Join(pythonPrograms, name+".py")); err != nil {
			t.Errorf("differences are listed of a program that is not there: %v", err)
		}
	}
}

// firstDifference returns the lines of got from the first that is not want's.
func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return fmt.Sprintf("(line %d) %s", i+1, strings.Join(a[i:], "\n"))
		}
	}
	return "(too little) " + got
}

func TestPythonCellsShowTheirLastValue(t *testing.T) {
	p := openPython(t, pythonBackend(t), pythonSpec())
	const bundle = "class B:\n    def _repr_html_(self): return '<b>é</b>'\n    def _repr_markdown_(self): return '*m*'\n" +
		"    def _repr_svg_(self): return '<svg/>'\n    def _repr_png_(self): return b'\\x89PNG'\n" +
		"    def _repr_json_(self): return {'a': [1]}\n    def __repr__(self): return 'B()'\n"
	for _, c := range []struct {
		code string
		want []map[string]string
	}{
		{"6 * 7", []map[string]string{{"text/plain": "42"}}},
		{"x = 5", nil},
		{"x;", []map[string]string{{"text/plain": "5"}}},
		{"None", nil},
		{"print('p')", nil},
		{"for i in range(3): i", nil},
		{"# only a comment", nil},
		{"", nil},
		{"'text'", []map[string]string{{"text/plain": "'text'"}}},
		{"_ + '!'", []map[string]string{{"text/plain": "'text!'"}}},
		{"{'a': [1, None]}", []map[string]string{{"text/plain": "{'a': [1, None]}", "application/json": `{"a": [1, null]}`}}},
		{"import asyncio\nawait asyncio.sleep(0, 'awaited')", []map[string]string{{"text/plain": "'awaited'"}}},
		{"from __future__ import annotations\ndef f(a: unknown): pass\nf.__annotations__", []map[string]string{
			{"text/plain": "{'a': 'unknown'}", "application/json": `{"a": "unknown"}`}}},
		{"display(1, 'two')\n3", []map[string]string{{"text/plain": "1"}, {"text/plain": "'two'"}, {"text/plain": "3"}}},
		{bundle + "B()", []map[string]string{{"text/plain": "B()", "text/html": "<b>é</b>", "text/markdown": "*m*",
			"image/svg+xml": "<svg/>", "image/png": "\x89PNG", "application/json": `{"a": [1]}`}}},
		{"display({'text/html': '<i>', 'text/plain': 'i'}, raw=True)", []map[string]string{{"text/plain": "i", "text/html": "<i>"}}},
		{"class Bad:\n    def __repr__(self): return 'still'\n    def _repr_html_(self): 1 / 0\nBad()", []map[string]string{{"text/plain": "still"}}},
	} {
		s := p.cell(c.code)
		if s.Status != caisson.Exited || s.ExitCode != 0 || len(s.results) != len(c.want) {
			t.Errorf("%q: %s %d with %d results, not %d: %s", c.code, s.Status, s.ExitCode, len(s.results), len(c.want), s.err)
			continue
		}
		for i, r := range s.results {
			got := map[string]string{}
			for media, data := range r.Data {
				got[media] = string(data)
			}
			if !maps.Equal(got, c.want[i]) {
				t.Errorf("%q shows %q, not %q", c.code, got, c.want[i])
			}
		}
	}
	// Without Show nothing is shown, and no trace of how it is done is left.
	if s := p.exec(backend.Cmd{Code: "1 + 1"}); len(s.results) != 0 {
		t.Errorf("a value was shown unasked: %q", s.results)
	}
	p.prints("print([n for n in globals() if not n.isidentifier()])", "[]\n")
}

func TestPythonExceptionsAreData(t *testing.T) {
	p := openPython(t, pythonBackend(t), pythonSpec())
	for _, c := range []struct {
		code, name, message string
		lines               []string // that the traceback has, in this order
	}{
		{"a = 1\ndef f():\n    return a / 0\nf()", "ZeroDivisionError", "division by zero",
			[]string{`  File "<cell 1>", line 4, in <module>`, "    f()", `  File "<cell 1>", line 3, in f`, "    return a / 0", "           ~~^~~", "ZeroDivisionError: division by zero"}},
		{"f()", "ZeroDivisionError", "division by zero", []string{`  File "<cell 2>", line 1, in <module>`, `  File "<cell 1>", line 3, in f`, "    return a / 0"}},
		{"x = (1 +\n\ny = 2", "SyntaxError", "'(' was never closed (<cell 3>, line 1)", []string{`  File "<cell 3>", line 1`, "    x = (1 +", "        ^", "SyntaxError: '(' was never closed"}},
		{"if True:\nprint(1)", "IndentationError", "expected an indented block after 'if' statement on line 1 (<cell 4>, line 2)", []string{"    print(1)", "    ^^^^^"}},
		{"try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('outer') from e", "ValueError", "outer",
			[]string{"KeyError: 'k'", "The above exception was the direct cause of the following exception:", "ValueError: outer"}},
		{"import numpy", "ModuleNotFoundError", "No module named 'numpy'. numpy is not in the wasm runtime: it has the standard library, and modules in /workspace. It needs a runtime with a Linux kernel (container backend).", nil},
		{"import subprocess\nsubprocess.run(['ls'])", "OSError", "", []string{"OSError: [Errno 52] subprocess is not in the wasm runtime: a WebAssembly sandbox is one process and cannot start others. It needs a runtime with a Linux kernel (container backend)."}},
		{"import socket\nsocket.create_connection(('example.com', 80))", "gaierror", "", []string{"socket.gaierror: [Errno 52] socket.create_connection is not in the wasm runtime: WebAssembly has no sockets. It needs a runtime with a Linux kernel (container backend)."}},
		{"import os\nos.fork()", "AttributeError", "module 'os' has no attribute 'fork'. os.fork is not in the wasm runtime: a WebAssembly sandbox is one process", nil},
		{"lenght = len\nlenghts", "NameError", "name 'lenghts' is not defined", []string{"NameError: name 'lenghts' is not defined. Did you mean: 'lenght'?"}},
		{"raise ExceptionGroup('g', [ValueError(1), TypeError(2)])", "ExceptionGroup", "g (2 sub-exceptions)", []string{"  | ExceptionGroup: g (2 sub-exceptions)", "    | TypeError: 2"}},
		{"class E(Exception):\n    def __str__(self): raise RuntimeError\nraise E", "E", "<str() of the exception failed>", nil},
		{"x = 1\x00", "SyntaxError", "source code string cannot contain null bytes", nil},
		{"def r(): r()\nr()", "RecursionError", "maximum recursion depth exceeded", nil},
		{"eval('(' * 1000 + ')' * 1000)", "MemoryError", "Parser stack overflowed - Python source too complex to parse", nil},
		{"x = []\nfor _ in range(100_000): x = [x]\nrepr(x)", "RecursionError", "", nil},
		{"import json\njson.loads('[' * 100_000)", "RecursionError", "", nil},
	} {
		s := p.cell(c.code)
		if s.Status != caisson.Exited || s.ExitCode != 1 || s.Exception == nil {
			t.Errorf("%q ended %s %d, with the exception %v: %s", c.code, s.Status, s.ExitCode, s.Exception, s.both)
			continue
		}
		if s.Exception.Name != c.name || !strings.HasPrefix(s.Exception.Message, c.message) {
			t.Errorf("%q raised %s %q, not %s %q", c.code, s.Exception.Name, s.Exception.Message, c.name, c.message)
		}
		rest := s.Exception.Traceback
		for _, want := range c.lines {
			i := slices.Index(rest, want)
			if i < 0 {
				t.Errorf("%q: the traceback lacks %q here:\n%s", c.code, want, strings.Join(s.Exception.Traceback, "\n"))
				break
			}
			rest = rest[i+1:]
		}
		if got := strings.Join(s.Exception.Traceback, "\n"); len(s.err) < 8<<10 && strings.TrimRight(s.err, "\n") != got {
			t.Errorf("%q: standard error has\n%s\nwhere the data has\n%s", c.code, s.err, got)
		}
		if strings.Contains(s.err, "_kernel") {
			t.Errorf("%q shows our own frames:\n%s", c.code, s.err)
		}
	}
	p.prints("print('alive', a)", "alive 1\n")
}

func TestPythonScriptsKnowTheirFile(t *testing.T) {
	p := openPython(t, pythonBackend(t), pythonSpec())
	s := p.exec(backend.Cmd{Script: true, Name: "/workspace/app/run.py", Args: []string{"-v"},
		Code: "import sys, atexit\natexit.register(print, 'bye')\nprint(__file__, __name__, sys.argv, sys.path[0])\ndef f():\n    raise OSError('x')\nf()\n"})
	if want := "/workspace/app/run.py __main__ ['/workspace/app/run.py', '-v'] /workspace/app\nbye\n"; s.out != want || s.ExitCode != 1 {
		t.Errorf("ended %d and wrote %q, not %q", s.ExitCode, s.out, want)
	}
	for _, want := range []string{`File "/workspace/app/run.py", line 6, in <module>`, "    raise OSError('x')\n"} {
		if !strings.Contains(s.err, want) {
			t.Errorf("the traceback lacks %q:\n%s", want, s.err)
		}
	}
}

func TestPythonExitCodes(t *testing.T) {
	p := openPython(t, pythonBackend(t), pythonSpec())
	for code, want := range map[string]int{
		"import sys; sys.exit()": 0, "import sys; sys.exit(0)": 0, "exit(7)": 7, "raise SystemExit(300)": 44, "quit(-1)": 255,
		"import sys; sys.exit('message')": 1, "raise SystemExit(None)": 0, "1 / 0": 1,
	} {
		if s := p.cell(code); s.Status != caisson.Exited || s.ExitCode != want {
			t.Errorf("%q ended %s %d, not %d", code, s.Status, s.ExitCode, want)
		}
	}
	if s := p.cell("raise SystemExit('message')"); s.err != "message\n" || s.Exception != nil {
		t.Errorf("the message of SystemExit came as %q", s.err)
	}
}

func TestPythonStateLivesOnOverCells(t *testing.T) {
	p := openPython(t, pythonBackend(t), pythonSpec())
	p.prints("import math as m\nclass K:\n    n = 0\n    def up(self): self.n += 1; return self\nk = K()\ng = (i for i in range(9))\nnext(g)\nprint(__name__)", "__main__\n")
	p.prints("k.up().up(); print(k.n, next(g), m.floor(2.5))", "2 1 2\n")
	p.prints("with open('mod.py', 'w') as f: print('v = 1', file=f)\nimport mod; print(mod.v)", "1\n")
	p.prints("import sys\nold = sys.stdout\nsys.stdout = None\nsys.stderr.close()", "")
	p.prints("print('back', file=sys.stderr); print(old is sys.stdout)", "back\nTrue\n")
	p.prints("import logging; logging.warning('w')\nimport warnings; warnings.warn('odd')", "WARNING:root:w\n<cell 6>:2: UserWarning: odd\n  import warnings; warnings.warn('odd')\n")
	p.prints("import threading\nthreading.Thread(target=lambda: print('ran at the end')).start()\nprint('first')", "first\nran at the end\n")
	p.prints("import asyncio\nasync def n(): return await asyncio.gather(*(asyncio.to_thread(pow, 2, i) for i in range(4)))\nprint(await n())", "[1, 2, 4, 8]\n")
	p.prints("import pickle; print(pickle.loads(pickle.dumps(k)).n, type(k).__module__)", "2 __main__\n")
	p.prints("import inspect; print(inspect.getsource(K.up).strip())", "def up(self): self.n += 1; return self\n")
}

func TestPythonOutputKeepsItsOrder(t *testing.T) {
	p := openPython(t, pythonBackend(t), pythonSpec())
	s := p.cell("import sys\nfor i in range(2000):\n    print('o', i)\n    if i % 100 == 0: print('e', i, file=sys.stderr)")
	var want strings.Builder
	for i := range 2000 {
		fmt.Fprintln(&want, "o", i)
		if i%100 == 0 {
			fmt.Fprintln(&want, "e", i)
		}
	}
	if s.both != want.String() {
		t.Errorf("the streams came in another order: %s", firstDifference(s.both, want.String()))
	}
	p.prints(`print(b'caf\xe9 \xff'.decode('utf-8', 'surrogateescape'))`, "caf\xe9 \xff\n")
	p.prints(`import sys; sys.stdout.buffer.write(bytes(range(250, 256))); sys.stdout.write('é'); None`, "\xfa\xfb\xfc\xfd\xfe\xffé")
	p.prints(`print(b'\xff'.decode('utf-8', 'surrogateescape'), file=__import__('sys').stderr)`, "\\udcff\n")
	if s := p.cell("print('x' * 300_000)\nprint('end')"); len(s.out) != 300_005 || !strings.HasSuffix(s.out, "x\nend\n") {
		t.Errorf("300 kB came as %d bytes that end in %q", len(s.out), s.out[max(0, len(s.out)-9):])
	}
}

func TestPythonReadsItsInput(t *testing.T) {
	p := openPython(t, pythonBackend(t), pythonSpec())
	for _, c := range []struct{ code, in, want string }{
		{"print(input('? ') + input())", "a\nb\nc\n", "? ab\n"},
		{"import sys; print(sys.stdin.read())", "rest", "rest\n"}, // and not what the cell before left
		{"import sys; sys.stdin.close()", "", ""},
		{"print(sum(int(line) for line in sys.stdin))", "1\n2\n3", "6\n"},
		{"print(sys.stdin.buffer.read(2), sys.stdin.buffer.readline())", "\xff\x00é\n", `b'\xff\x00' b'\xc3\xa9\n'` + "\n"},
		{"try: input()\nexcept EOFError: print('end')", "", "end\n"},
	} {
		if s := p.exec(backend.Cmd{Code: c.code, Streams: caisson.Streams{Stdin: strings.NewReader(c.in)}}); s.both != c.want {
			t.Errorf("%q wrote %q, not %q", c.code, s.both, c.want)
		}
	}
}

// never is an input that gives nothing until its test is over.
type never struct{ done <-chan struct{} }

func (n never) Read([]byte) (int, error) { <-n.done; return 0, io.EOF }

func TestPythonSurvivesInterrupts(t *testing.T) {
	p := openPython(t, pythonBackend(t), pythonSpec())
	p.prints("kept = 1", "")
	for _, code := range []string{
		"while True: pass",
		"import time; time.sleep(60)",
		"input()",
		"import asyncio; await asyncio.sleep(60)",
		"import re; re.match(r'(a+)+$', 'a' * 60 + 'b')",
		"import threading; threading.Event().wait(60)",
		"import queue; queue.Queue().get(timeout=60)",
		"x = 10 ** 10 ** 8",
		"try:\n    while True: pass\nfinally:\n    print('finally')",
	} {
		select {
		case <-p.seen:
		default:
		}
		over := make(chan struct{})
		go func() {
			select {
			case <-p.seen: // the code is about to wait
				p.Instance.(backend.Interrupter).Interrupt()
			case <-over:
			}
		}()
		s := p.exec(backend.Cmd{Code: "print('go')\n" + code, Streams: caisson.Streams{Stdin: never{t.Context().Done()}}})
		close(over)
		if s.Status != caisson.Exited || s.ExitCode != 130 || s.Exception == nil || s.Exception.Name != "KeyboardInterrupt" {
			t.Errorf("%q ended %s %d: %s", code, s.Status, s.ExitCode, s.both)
		}
	}
	p.prints("print(kept)", "1\n")
	if s := p.cell("try:\n    import time; print('go'); time.sleep(0)\nexcept KeyboardInterrupt: print('late')"); s.out != "go\n" {
		t.Errorf("an interrupt reached the next cell: %q", s.out)
	}
}

func TestPythonSurvivesWantOfMemory(t *testing.T) {
	small := pythonSpec()
	small.Posture.Limits.Memory = 64 << 20
	p := openPython(t, pythonBackend(t), small)
	p.prints("kept = 1", "")
	for _, code := range []string{
		"bytearray(1 << 27)",
		"a = []\nwhile True: a.append(bytearray(1 << 16))",
		"s = 'x'\nwhile True: s += s",
		"d = {}\nfor i in range(10**9): d[i] = str(i)",
		"a = [0] * (1 << 28)",
		"a = []\nwhile True: a.append(object())",
	} {
		s := p.cell("a = s = d = None\n" + code)
		if s.Status != caisson.OutOfMemory || s.Exception == nil || s.Exception.Name != "MemoryError" {
			t.Errorf("%q ended %s %d with %v: %.300s", code, s.Status, s.ExitCode, s.Exception, s.err)
		}
	}
	p.prints("a = s = d = None\nprint(kept, len(bytes(1 << 20)))", "1 1048576\n")
	p.prints("try: bytearray(1 << 30)\nexcept MemoryError: print('caught')", "caught\n")
}

// pythonRandomness prints what must differ in every copy, an item a line.
const pythonRandomness = "import os, random, uuid, secrets, tempfile\n" +
	"r = [os.urandom(16).hex(), random.random(), random.getrandbits(64), random.Random().getrandbits(64), uuid.uuid4(), uuid.uuid1(),\n" +
	"     secrets.token_hex(16), tempfile.mktemp(), random.gauss(0, 1), next(tempfile._get_candidate_names())]\n" +
	"import sqlite3; r.append(sqlite3.connect(':memory:').execute('select random()').fetchone()[0])\n" +
	"for x in r: print(x)"

func TestPythonCopiesShareNoRandomness(t *testing.T) {
	b := pythonBackend(t)
	seen := map[string]bool{}
	check := func(in backend.Instance, who string) {
		t.Helper()
		s := python{in, t, nil}.cell(pythonRandomness)
		lines := strings.Fields(s.out)
		if len(lines) != 11 {
			t.Fatalf("%s: %s", who, s.both)
		}
		for i, line := range lines {
			if key := fmt.Sprint(i, " ", line); seen[key] {
				t.Fatalf("%s drew %s again", who, line)
			} else {
				seen[key] = true
			}
		}
	}
	for range 1000 {
		in, err := b.Create(t.Context(), pythonSpec())
		if err != nil {
			t.Fatal(err)
		}
		check(in, "a fresh copy")
		in.Close()
	}
	parent := openPython(t, b, pythonSpec())
	check(parent, "a parent")
	var saved bytes.Buffer
	if err := parent.Instance.(backend.Snapshotter).Snapshot(t.Context(), &saved); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		fork, err := parent.Instance.(backend.Snapshotter).Fork(t.Context(), pythonSpec())
		if err != nil {
			t.Fatal(err)
		}
		check(closing(t, fork), "a fork")
		again, err := b.(backend.Restorer).Restore(t.Context(), pythonSpec(), bytes.NewReader(saved.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		check(closing(t, again), "a restored copy")
	}
	check(parent, "a parent that was forked")
}

func TestPythonGoesOnDrawingWhenItIsResumed(t *testing.T) {
	b := pythonBackend(t)
	p := openPython(t, b, pythonSpec())
	p.prints("import random\nrandom.seed(5)\nrandom.random()", "")
	var saved bytes.Buffer
	if err := p.Instance.(backend.Snapshotter).Snapshot(t.Context(), &saved); err != nil {
		t.Fatal(err)
	}
	want := p.cell("print(random.random())").out
	resumed, err := b.(backend.Restorer).Resume(t.Context(), pythonSpec(), &saved)
	if err != nil {
		t.Fatal(err)
	}
	closing(t, resumed).prints("print(random.random())", want)
}

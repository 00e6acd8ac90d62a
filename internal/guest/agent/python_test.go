package agent_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/caisson-dev/caisson/internal/backend/backendtest"
	"github.com/caisson-dev/caisson/internal/guest"
)

// pythons returns the interpreters that are here, each once.
var pythons = sync.OnceValue(func() (all []string) {
	seen := map[string]bool{}
	for _, name := range []string{"python3", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"} {
		const ask = "import sys; print(sys.executable, sys.version) if sys.version_info >= (3, 9) else 0"
		out, err := exec.Command(name, "-c", ask).Output()
		file, version, ok := strings.Cut(strings.TrimSpace(string(out)), " ")
		if err == nil && ok && !seen[version] {
			seen[version] = true
			all = append(all, file)
		}
	}
	return all
})

// requirePython returns those interpreters; without any the test is skipped.
func requirePython(t testing.TB) []string {
	t.Helper()
	if len(pythons()) == 0 {
		backendtest.Require(t, "container", fmt.Errorf("there is no python3 here"))
	}
	return pythons()
}

func startPython(t testing.TB) *host {
	t.Helper()
	return start(t, "python", requirePython(t)[0])
}

func TestPythonSpeaksAsOnEveryBackend(t *testing.T) {
	for _, file := range requirePython(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			speaks(t, backendtest.Python(), func(t testing.TB) *host { return start(t, "python", file) })
		})
	}
}

func TestPythonCellsShowTheirLastValue(t *testing.T) {
	h := startPython(t)
	const bundle = "class B:\n    def _repr_html_(self): return '<b>é</b>'\n    def _repr_png_(self): return b'\\x89PNG'\n" +
		"    def _repr_json_(self): return {'a': [1]}\n    def __repr__(self): return 'B()'\n"
	for _, c := range []struct {
		code string
		want []map[string]string
	}{
		{"x = 5", nil},
		{"x;", []map[string]string{{"text/plain": "5"}}},
		{"_ + 1", []map[string]string{{"text/plain": "6"}}},
		{"None", nil},
		{"", nil},
		{"{'a': [1, None]}", []map[string]string{{"text/plain": "{'a': [1, None]}", "application/json": `{"a": [1, null]}`}}},
		{"import asyncio\nawait asyncio.sleep(0, 'awaited')", []map[string]string{{"text/plain": "'awaited'"}}},
		{"display(1, 'two')\n3", []map[string]string{{"text/plain": "1"}, {"text/plain": "'two'"}, {"text/plain": "3"}}},
		{bundle + "B()", []map[string]string{{"text/plain": "B()", "text/html": "<b>é</b>", "image/png": "\x89PNG", "application/json": `{"a": [1]}`}}},
		{"class M:\n    def _repr_mimebundle_(self, **k): return {'text/x': 'y', 'text/plain': 'z'}\nM()", []map[string]string{{"text/plain": "z", "text/x": "y"}}},
	} {
		h.cell(c.code).shows(t, c.code, c.want)
	}
	h.prints("print([n for n in globals() if not n.isidentifier()])", "[]\n")
	if x := h.cell("display({'text/plain': 'x' * (17 << 20)}, raw=True)"); x.code != 1 || x.exception == nil || x.exception.Name != "OSError" {
		t.Errorf("a result that is too large ended %d, %v", x.code, x.exception)
	}
	if x := h.cell("display({'text/plain': 'x' * (15 << 20)}, raw=True)"); len(x.results) != 1 || len(x.results[0].Data["text/plain"]) != 15<<20 {
		t.Errorf("a large result came as %d, %d", x.code, len(x.results))
	}
}

func TestPythonExceptionsAreData(t *testing.T) {
	for _, file := range requirePython(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			h := start(t, "python", file)
			for _, c := range []struct {
				code, name, message string
				lines               []string
			}{
				{"a = 1\ndef f():\n    return a / 0\nf()", "ZeroDivisionError", "division by zero",
					[]string{`  File "<cell 1>", line 4, in <module>`, "    f()", `  File "<cell 1>", line 3, in f`, "    return a / 0", "ZeroDivisionError: division by zero"}},
				{"f()", "ZeroDivisionError", "division by zero", []string{`  File "<cell 2>", line 1, in <module>`, `  File "<cell 1>", line 3, in f`}},
				{"if True:\nprint(1)", "IndentationError", "expected an indented block", []string{`  File "<cell 3>", line 2`, "    print(1)"}},
				{"try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('outer') from e", "ValueError", "outer",
					[]string{"KeyError: 'k'", "The above exception was the direct cause of the following exception:", "ValueError: outer"}},
				{"class E(Exception):\n    def __str__(self): raise RuntimeError\nraise E", "E", "<str() of the exception failed>", nil},
				{"x = 1\x00", "SyntaxError", "source code string cannot contain null bytes", nil},
				{"def r(): r()\nr()", "RecursionError", "maximum recursion depth exceeded", nil},
				{"import json\njson.loads('[' * 100_000)", "RecursionError", "", nil},
				{"import no_such_module", "ModuleNotFoundError", "No module named 'no_such_module'", nil},
				{"raise ValueError(b'\\xff\\xe9'.decode('utf-8', 'surrogateescape'))", "ValueError", "", []string{`raise ValueError(`}},
				{"import asyncio\nasync def g(): raise KeyError(1)\nawait g()", "KeyError", "1", []string{"await g()", "KeyError: 1"}},
			} {
				x := h.cell(c.code)
				if strings.Contains(c.code, "surrogateescape") {
					x.err = strings.Join(x.exception.Traceback, "\n") // each writes it as it can
				}
				x.raised(t, c.code, c.name, c.message, c.lines...)
			}
			h.prints("print('alive', a)", "alive 1\n")
		})
	}
}

func TestPythonScriptsKnowTheirFile(t *testing.T) {
	h := startPython(t)
	x := h.exec(guest.Request{Script: true, Name: "/workspace/app/run.py", Args: []string{"-v"},
		Code: "import sys, atexit\natexit.register(print, 'bye')\nprint(__file__, __name__, sys.argv, sys.path[0])\ndef f():\n    raise OSError('x')\nf()\n"}, nil)
	if want := "/workspace/app/run.py __main__ ['/workspace/app/run.py', '-v'] /workspace/app\nbye\n"; x.out != want || x.code != 1 {
		t.Errorf("ended %d and wrote %q, not %q", x.code, x.out, want)
	}
	contains(t, "the traceback", x.err, `File "/workspace/app/run.py", line 6, in <module>`, "    raise OSError('x')\n")
	x = h.exec(guest.Request{Script: true, Name: "pool.py", Code: "from concurrent.futures import ThreadPoolExecutor\nimport time\n" +
		"ThreadPoolExecutor().submit(lambda: (time.sleep(0.05), print('worked')))\nprint('first')"}, nil)
	if x.out != "first\nworked\n" {
		t.Errorf("a script did not wait for its pool: %q %s", x.out, x.err)
	}
	h.prints("from concurrent.futures import ThreadPoolExecutor as P\nwith P() as p: print(sum(p.map(int, '123')))", "6\n")
}

func TestPythonExitCodes(t *testing.T) {
	h := startPython(t)
	for code, want := range map[string]int{
		"import sys; sys.exit()": 0, "exit(7)": 7, "raise SystemExit(300)": 44, "quit(-1)": 255, "import sys; sys.exit('message')": 1, "1 / 0": 1,
	} {
		if x := h.cell(code); x.code != want {
			t.Errorf("%q ended %d, not %d", code, x.code, want)
		}
	}
	if x := h.cell("raise SystemExit('message')"); x.err != "message\n" || x.exception != nil {
		t.Errorf("the message of SystemExit came as %q", x.err)
	}
}

func TestPythonStateLivesOnOverCells(t *testing.T) {
	h := startPython(t)
	h.prints("class K:\n    n = 0\n    def up(self): self.n += 1; return self\nk = K()\nprint(__name__)", "__main__\n")
	h.prints("k.up().up(); print(k.n)", "2\n")
	h.prints("with open('mod.py', 'w') as f: print('v = 1', file=f)\nimport mod; print(mod.v)", "1\n")
	h.prints("import os\nprint(sorted(os.listdir()))", "['mod.py']\n") // and no __pycache__
	h.prints("import sys\nold = sys.stdout\nsys.stdout = None\nsys.stderr.close()", "")
	h.prints("print(old is sys.stdout)", "True\n")
	h.prints("import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.05), print('ran at the end'))).start()\nprint('first')", "first\nran at the end\n")
	h.prints("import pickle; print(pickle.loads(pickle.dumps(k)).n, type(k).__module__)", "2 __main__\n")
	h.prints("import inspect; print(inspect.getsource(K.up).strip())", "def up(self): self.n += 1; return self\n")
	h.prints("import sys; print([p for p in sys.path if 'caisson' in p], sys.path[0] == '')", "[] True\n")
}

func TestPythonHasProcesses(t *testing.T) {
	h := startPython(t)
	h.prints("import subprocess\nprint(subprocess.run(['echo', 'hi'], capture_output=True, text=True).stdout)", "hi\n\n")
	h.prints("import os\n_ = os.system('echo from system')", "from system\n")
	h.prints("import multiprocessing\ndef square(x): return x * x\nwith multiprocessing.get_context('fork').Pool(2) as p: print(p.map(square, range(4)))", "[0, 1, 4, 9]\n")
	// A child that the code forked runs the code to its end and no further, and
	// what it shows is not heard.
	x := h.cell("import os\npid = os.fork()\nif pid == 0:\n    display('child')\n    print('child')\nelse:\n    print('parent', os.WEXITSTATUS(os.waitpid(pid, 0)[1]))")
	if x.out != "child\nparent 0\n" || len(x.results) != 0 || x.code != 0 {
		t.Errorf("a fork wrote %q, %d results: %s", x.out, len(x.results), x.err)
	}
	x = h.cell("pid = os.fork()\nif pid == 0: raise SystemExit(5)\nprint('parent', os.WEXITSTATUS(os.waitpid(pid, 0)[1]))")
	if x.out != "parent 5\n" || x.code != 0 {
		t.Errorf("a fork wrote %q, ended %d: %s", x.out, x.code, x.err)
	}
	x = h.cell("pid = os.fork()\nif pid == 0: 1 / 0\nprint('parent', os.WEXITSTATUS(os.waitpid(pid, 0)[1]))")
	if x.out != "parent 1\n" || x.exception != nil || !strings.Contains(x.err, "ZeroDivisionError") {
		t.Errorf("a fork that failed wrote %q, %v: %s", x.out, x.exception, x.err)
	}
	h.prints("print(1)", "1\n")
	// No program that the code starts has the socket.
	h.prints("print('socket' in subprocess.run(['ls', '-l', '/proc/self/fd'], capture_output=True, text=True, close_fds=False).stdout)", "False\n")
}

func TestPythonReadsItsInput(t *testing.T) {
	h := startPython(t)
	for _, c := range []struct{ code, in, want string }{
		{"print(input('? ') + input())", "a\nb\nc\n", "? ab\n"},
		{"import sys; print(sys.stdin.read())", "rest", "rest\n"}, // and not what the cell before left
		{"import sys; sys.stdin.close()", "", ""},
		{"print(sum(int(line) for line in sys.stdin))", "1\n2\n3", "6\n"},
		{"try: input()\nexcept EOFError: print('end')", "", "end\n"},
		{"import subprocess\n_ = subprocess.run(['cat'])", "to a child", "to a child"},
	} {
		if x := h.exec(guest.Request{Code: c.code}, strings.NewReader(c.in)); x.out != c.want {
			t.Errorf("%q wrote %q, not %q: %s", c.code, x.out, c.want, x.err)
		}
	}
	h.prints("try: input()\nexcept EOFError: print('end')", "end\n")
}

func TestPythonSurvivesInterrupts(t *testing.T) {
	h := startPython(t)
	h.prints("kept = 1", "")
	for _, code := range []string{
		"input()",
		"import asyncio; await asyncio.sleep(60)",
		"import re; re.match(r'(a+)+$', 'a' * 60 + 'b')",
		"import threading; threading.Event().wait(60)",
		"import queue; queue.Queue().get(timeout=60)",
		"import subprocess; subprocess.run(['sleep', '60'])",
		"import os; os.system('sleep 60')\nwhile True: pass",
		"!sleep 60",
		"try:\n    while True: pass\nfinally:\n    print('finally')",
		"import threading, time\nt = threading.Thread(target=time.sleep, args=(2,)); t.start()",
		"while True: display('x' * 100_000)",
	} {
		if strings.Contains(code, "os.system") {
			continue // the system's own system() ignores it, and the loop after it would need a second one
		}
		x := h.interrupted(guest.Request{Code: "print('go')\n" + code})
		if x.code != 130 || x.exception == nil || x.exception.Name != "KeyboardInterrupt" {
			t.Errorf("%q ended %d: %s%s", code, x.code, x.out, x.err)
		}
	}
	h.prints("print(kept)", "1\n")
	for range 50 {
		h.interrupt()
		h.prints("print(kept)", "1\n")
	}
}

func TestPythonOutputIsWhole(t *testing.T) {
	h := startPython(t)
	quiet(t, h, "print('x' * 30_000_000)\nprint('end')", 30_000_005)
	quiet(t, h, "for i in range(100_000): print('line')\nprint('end')", 500_004)
	h.prints(`import sys; sys.stdout.buffer.write(bytes(range(250, 256))); sys.stdout.write('é'); None`, "\xfa\xfb\xfc\xfd\xfe\xffé")
	h.prints(`print(b'caf\xe9 \xff'.decode('utf-8', 'surrogateescape'))`, "caf\xe9 \xff\n")
}

func TestPythonForgedFramesAreNotBelieved(t *testing.T) {
	deaf(t, startPython(t), func(fd int, frame string) string {
		return fmt.Sprintf("import os\ntry: os.write(%d, bytes(%s))\nexcept OSError: pass", fd, strings.ReplaceAll(fmt.Sprint([]byte(frame)), " ", ", "))
	})
}

func TestPythonMagics(t *testing.T) {
	h := startPython(t)
	h.prints("name = 'x y'\n!echo hi '{name}' $name {6 * 7} '$$HOME'", "hi x y x y 42 $HOME\n")
	h.prints("out = !printf 'a\\nb\\n'\nprint(out)\nif True:\n    !exit 3\nprint(_exit_code)", "['a', 'b']\n3\n")
	h.prints("!echo one \\\n  two", "one two\n")
	h.prints("%%bash\nx=1\necho $x", "1\n")
	h.prints("x = (5\n% 3)\nprint(x)", "2\n")
	h.prints("%env GREETING=hello\nimport os\nprint(os.environ['GREETING'])\n!echo $GREETING", "hello\nhello\n")
	h.prints("old = %pwd\n%cd /\n%cd {old}", "/\n"+h.dir+"\n")
	h.prints("%%writefile f.txt\ncontent", "")
	h.prints("print(open('f.txt').read())", "content\n")
	contains(t, "%timeit", h.cell("%timeit sum(range(10))").out, "per loop")
	x := h.cell("%%time\n6 * 7")
	contains(t, "%%time", x.out, "wall time")
	x.results[0].Data["text/html"] = nil
	delete(x.results[0].Data, "text/html")
	x.shows(t, "%%time", []map[string]string{{"text/plain": "42"}})
	x = h.cell("def f(): pass\n\n%nope 1")
	x.raised(t, "%nope", "UsageError", "%nope is not here. There are %cd", "line 3, in <module>", "    %nope 1")
	h.cell("x = 1\n%%bash\necho").raised(t, "%% in the midst", "UsageError", "")
	h.cell("%%bash\nexit 2").raised(t, "%%bash", "UsageError", "the script ended with 2")
	h.cell("x = = 1\n!ls").raised(t, "=", "SyntaxError", "invalid syntax", "line 1", "x = = 1")
	h.exec(guest.Request{Code: "!ls", Script: true, Name: "x.py"}, nil).raised(t, "!ls", "SyntaxError", "invalid syntax", "!ls")
}

func TestPythonShowsFigures(t *testing.T) {
	h := startPython(t)
	if x := h.cell("import matplotlib"); x.code != 0 {
		t.Skip("matplotlib is not installed for this Python")
	}
	count := func(code string, want int, media string) {
		t.Helper()
		x := h.cell(code)
		if x.code != 0 || len(x.results) != want {
			t.Errorf("%q ended %d with %d results, not %d: %s", code, x.code, len(x.results), want, x.err)
		}
		for _, r := range x.results {
			if len(r.Data[media]) == 0 {
				t.Errorf("%q shows no %s", code, media)
			}
		}
	}
	count("import matplotlib.pyplot as plt\nplt.plot([1, 2]); None", 1, "image/png")
	count("plt.plot([1, 2]); plt.show(); plt.plot([2, 1]); plt.show(); None", 2, "image/png")
	count("plt.figure(); None", 0, "")
	count("import matplotlib; matplotlib.use('Agg'); plt.plot([1]); None", 1, "image/png")
	count("plt.rcParams['savefig.format'] = 'svg'; plt.plot([1]); None", 1, "image/svg+xml")
	count("from matplotlib.figure import Figure\nf = Figure(); f.subplots().plot([1]); f", 1, "image/png")
	if x := h.cell("import pandas as pd\npd.DataFrame({'a': [1]})"); x.code == 0 {
		contains(t, "a table", string(x.results[0].Data["text/html"]), "<table")
	}
}

func BenchmarkPythonCell(b *testing.B)  { benchmark(b, startPython(b), "x = 1") }
func BenchmarkPythonValue(b *testing.B) { benchmark(b, startPython(b), "6 * 7") }

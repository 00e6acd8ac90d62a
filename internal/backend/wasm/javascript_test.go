package wasm_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/backendtest"
	"github.com/caisson-dev/caisson/internal/guest"
)

// javascriptPrograms holds ordinary programs and what Node 20 on Linux writes
// for them: NAME.js or NAME.mjs and NAME.out; lib and node_modules are what
// they import.
const javascriptPrograms = "../../guest/javascript/testdata"

func javascriptSpec() caisson.Spec {
	s := spec("javascript", backendtest.JavaScript())
	s.Posture.Limits.Memory = 128 << 20
	s.Posture.Limits.Disk = 16 << 20
	s.Posture.Limits.Inodes = 500
	return s
}

// javascriptBackend returns a backend, or skips when this build has no
// JavaScript.
func javascriptBackend(t testing.TB) backend.Backend {
	t.Helper()
	all, err := guest.Bundles()
	if _, ok := all["javascript"]; !ok && err == nil {
		err = guest.ErrNoBundle
	}
	backendtest.Require(t, "wasm", err)
	return open(t)
}

// openJavaScript returns a sandbox of the JavaScript runtime. What a test does
// with it is the same as with Python's.
func openJavaScript(t testing.TB, b backend.Backend, s caisson.Spec) python {
	t.Helper()
	return openPython(t, b, s)
}

func TestJavaScriptProgramsSayWhatTheySayInNode(t *testing.T) {
	b := javascriptBackend(t)
	programs, err := filepath.Glob(filepath.Join(javascriptPrograms, "*.*js"))
	if err != nil || len(programs) < 100 {
		t.Fatalf("%d programs, where 100 were to be (%v)", len(programs), err)
	}
	for _, file := range programs {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			code, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(strings.TrimSuffix(file, filepath.Ext(file)) + ".out")
			if err != nil {
				t.Fatal(err)
			}
			p := openJavaScript(t, b, javascriptSpec())
			p.putUnder("lib", filepath.Join(javascriptPrograms, "lib"))
			p.putUnder("node_modules", filepath.Join(javascriptPrograms, "node_modules"))
			s := p.exec(backend.Cmd{Code: string(code), Name: name, Script: true})
			if s.Status != caisson.Exited || s.ExitCode != 0 {
				t.Errorf("ended %s %d %s: %s", s.Status, s.ExitCode, s.Reason, s.err)
			}
			if s.out != string(want) {
				t.Errorf("wrote\n%s\nwhere Node writes\n%s", firstDifference(s.out, string(want)), want)
			}
		})
	}
}

// putUnder writes a folder of the host to a folder of the work folder.
func (p python) putUnder(inside, folder string) {
	p.t.Helper()
	root := os.DirFS(folder)
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		return p.Instance.(backend.Filer).WriteFile(p.t.Context(), path.Join(inside, name), data)
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

func TestJavaScriptCellsShowTheirLastValue(t *testing.T) {
	p := openJavaScript(t, javascriptBackend(t), javascriptSpec())
	for _, c := range []struct {
		code string
		want []map[string]string
	}{
		{"6 * 7", []map[string]string{{"text/plain": "42"}}},
		{"_ + 1", []map[string]string{{"text/plain": "43"}}},
		{"let x = 5", nil},
		{"undefined", nil},
		{"console.log('p')", nil},
		{"// only a comment", nil},
		{"", nil},
		{"'text'", []map[string]string{{"text/plain": "'text'"}}},
		{"({ a: [1, null] })", []map[string]string{{"text/plain": "{ a: [ 1, null ] }", "application/json": `{"a":[1,null]}`}}},
		{"await new Promise((done) => setTimeout(done, 1, 'awaited'))", []map[string]string{{"text/plain": "'awaited'"}}},
		{"new Map([['k', 1]])", []map[string]string{{"text/plain": "Map(1) { 'k' => 1 }"}}},
		{"display(1, 'two'); 3", []map[string]string{{"text/plain": "1"}, {"text/plain": "'two'"}, {"text/plain": "3"}}},
		{"display.html('<b>é</b>')", []map[string]string{{"text/plain": "<b>é</b>", "text/html": "<b>é</b>"}}},
		{"({ toHTML() { return '<i>1</i>'; } })", []map[string]string{{"text/plain": "{ toHTML: [Function: toHTML] }", "text/html": "<i>1</i>"}}},
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
	if s := p.exec(backend.Cmd{Code: "1 + 1"}); len(s.results) != 0 {
		t.Errorf("a value was shown unasked: %q", s.results)
	}
}

func TestJavaScriptStateLivesOnOverCells(t *testing.T) {
	p := openJavaScript(t, javascriptBackend(t), javascriptSpec())
	p.prints("const one = 1; let two = 2; var three = 3; function f() { return one + two + three; } class K { #n = 0; up() { return ++this.#n; } }\nconst k = new K(); const g = (function* () { yield* [7, 8]; })(); g.next(); 0", "")
	p.prints("console.log(f(), k.up(), k.up(), g.next().value)", "6 1 2 8\n")
	// A cell that is run again declares its names again.
	p.prints("const one = 10; let two = 20; class K {}; function f() { return one * two; }", "")
	p.prints("console.log(f(), one + two, typeof K, k.up())", "200 30 function 3\n")
	p.prints("two++; three = 'three'; console.log(two, three)", "21 three\n")
	p.prints("const got = await Promise.all([1, new Promise((done) => setTimeout(done, 1, 2))]); for await (const x of got) console.log(x)", "1\n2\n")
	p.prints("console.log(got)", "[ 1, 2 ]\n")
	p.prints("import { writeFileSync } from 'node:fs'; import path from 'path'; writeFileSync('mod.mjs', 'export const v = 1;'); console.log(path.basename('/a/b'))", "b\n")
	p.prints("import { v } from './mod.mjs'; console.log(v, require('fs').readFileSync('/workspace/mod.mjs', 'utf8'))", "1 export const v = 1;\n")
	p.prints("setTimeout(() => console.log('timer'), 1); Promise.resolve().then(() => console.log('micro')); console.log('first')", "first\nmicro\ntimer\n")
	p.prints("throw_ = () => { throw new Error('x'); }; try { throw_(); } catch ({ message }) { console.log(message); }", "x\n")
}

func TestJavaScriptExceptionsAreData(t *testing.T) {
	p := openJavaScript(t, javascriptBackend(t), javascriptSpec())
	for _, c := range []struct {
		code, name, message string
		traceback           string // some lines of it
	}{
		{"let a = 1;\nfunction f() {\n  return a.b.c;\n}\nf();", "TypeError", "", "<cell 1>:3:"},
		{"\nf();", "TypeError", "", "<cell 2>:2:"},
		{"let y = (1 +\n\nlet z", "SyntaxError", "", "<cell 3>:3"},
		{"class Mine extends Error {}\nthrow new Mine('own words')", "Mine", "own words", "<cell 4>:2"},
		{"await Promise.reject(new RangeError('late'))", "RangeError", "late", "<cell 5>:1"},
		{"setTimeout(() => {\n  throw new Error('in a timer');\n}, 1); 0", "Error", "in a timer", "<cell 6>:2"},
		{"Promise.reject(new Error('nobody caught')); 0", "Error", "nobody caught", "<cell 7>:1"},
		{"throw { code: 7 }", "Uncaught", "{ code: 7 }", "Uncaught { code: 7 }"},
		{"throw new Error('outer', { cause: new TypeError('inner') })", "Error", "outer", "[cause]: TypeError: inner"},
		{"(function r() { r(); })()", "RangeError", "Maximum call stack size exceeded", ""},
		{"nope", "ReferenceError", "nope is not defined", "<cell 11>:1"},
	} {
		s := p.cell(c.code)
		if s.Status != caisson.Exited || s.ExitCode != 1 || s.Exception == nil {
			t.Errorf("%q ended %s %d, with the exception %v: %s", c.code, s.Status, s.ExitCode, s.Exception, s.both)
			continue
		}
		got := strings.Join(s.Exception.Traceback, "\n")
		if s.Exception.Name != c.name || !strings.HasPrefix(s.Exception.Message, c.message) || !strings.Contains(got, c.traceback) {
			t.Errorf("%q threw %s %q\n%s\nnot %s %q with %q", c.code, s.Exception.Name, s.Exception.Message, got, c.name, c.message, c.traceback)
		}
		if len(s.err) < 8<<10 && strings.TrimRight(s.err, "\n") != got {
			t.Errorf("%q: standard error has\n%s\nwhere the data has\n%s", c.code, s.err, got)
		}
		if strings.Contains(s.err, "kernel") {
			t.Errorf("%q shows our own frames:\n%s", c.code, s.err)
		}
	}
	p.prints("console.log('alive', a)", "alive 1\n")
}

func TestJavaScriptScriptsKnowTheirFile(t *testing.T) {
	p := openJavaScript(t, javascriptBackend(t), javascriptSpec())
	s := p.exec(backend.Cmd{Script: true, Name: "run.js", Args: []string{"-v", "two words"},
		Code: "process.on('exit', (code) => console.log('bye', code));\nconsole.log(__filename, process.argv.slice(1), require.main === module);\nfunction f() {\n  throw new Error('x');\n}\nf();\n"})
	if want := "/workspace/run.js [ '/workspace/run.js', '-v', 'two words' ] true\nbye 1\n"; s.out != want || s.ExitCode != 1 {
		t.Errorf("ended %d and wrote %q, not %q", s.ExitCode, s.out, want)
	}
	for _, want := range []string{"run.js:4", "  throw new Error('x');\n", "at f (run.js:4:"} {
		if !strings.Contains(s.err, want) {
			t.Errorf("the report lacks %q:\n%s", want, s.err)
		}
	}
}

func TestJavaScriptExitCodes(t *testing.T) {
	p := openJavaScript(t, javascriptBackend(t), javascriptSpec())
	for code, want := range map[string]int{
		"process.exit()": 0, "process.exit(7)": 7, "process.exit(300)": 44, "process.exitCode = 5": 5, "throw 1": 1,
		"try { process.exit(3); } finally { console.log('not shown'); }": 3, "setTimeout(() => process.exit(4), 1); setInterval(() => {}, 1); 0": 4,
		"await new Promise(() => {})": 13,
	} {
		for _, script := range []bool{false, true} {
			s := p.exec(backend.Cmd{Code: code, Script: script})
			if s.Status != caisson.Exited || s.ExitCode != want || s.out != "" {
				t.Errorf("%q (script: %t) ended %s %d, not %d: %s", code, script, s.Status, s.ExitCode, want, s.both)
			}
		}
	}
}

func TestJavaScriptReadsItsInput(t *testing.T) {
	p := openJavaScript(t, javascriptBackend(t), javascriptSpec())
	for _, c := range []struct{ code, in, want string }{
		{"console.log(require('fs').readFileSync(0, 'utf8').split('\\n').map(Number))", "1\n2\n3", "[ 1, 2, 3 ]\n"},
		{"let all = ''; for await (const part of process.stdin) all += part; console.log(JSON.stringify(all))", "é\nx", "\"é\\nx\"\n"},
		{"const rl = require('readline').createInterface({ input: process.stdin }); for await (const line of rl) console.log('>', line)", "a\nb\n", "> a\n> b\n"},
		{"const ask = require('readline').createInterface({ input: process.stdin, output: process.stdout }); ask.question('Name? ', (n) => { console.log('Hi ' + n); ask.close(); }); 0", "Ada\n", "Name? Hi Ada\n"},
		{"process.stdin.on('data', (d) => console.log(d.toString())).on('end', () => console.log('end')); 0", "", "end\n"},
	} {
		if s := p.exec(backend.Cmd{Code: c.code, Streams: caisson.Streams{Stdin: strings.NewReader(c.in)}}); s.both != c.want {
			t.Errorf("%q wrote %q, not %q", c.code, s.both, c.want)
		}
	}
}

func TestJavaScriptSurvivesInterrupts(t *testing.T) {
	p := openJavaScript(t, javascriptBackend(t), javascriptSpec())
	p.prints("let kept = 1", "")
	for _, code := range []string{
		"for (;;);",
		"await new Promise((done) => setTimeout(done, 60_000))",
		"setInterval(() => {}, 60_000); 0",
		"(function next() { Promise.resolve().then(next); })(); 0",
		"/(a+)+$/.test('a'.repeat(60) + 'b')",
		"try { for (;;); } catch { console.log('caught'); } finally { for (;;); }",
		"require('fs').readFileSync(0)",
		"for await (const part of process.stdin);",
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
		s := p.exec(backend.Cmd{Code: "console.log('go');\n" + code, Streams: caisson.Streams{Stdin: never{t.Context().Done()}}})
		close(over)
		if s.Status != caisson.Exited || s.ExitCode != 130 || s.Exception == nil || s.Exception.Name != "InterruptedError" || s.out != "go\n" {
			t.Errorf("%q ended %s %d: %s", code, s.Status, s.ExitCode, s.both)
		}
	}
	p.prints("console.log(kept)", "1\n")
	p.prints("setTimeout(() => console.log('timer'), 1); 0", "timer\n")
}

func TestJavaScriptSurvivesWantOfMemory(t *testing.T) {
	b := javascriptBackend(t)
	small := javascriptSpec()
	small.Posture.Limits.Memory = 64 << 20
	for _, code := range []string{
		"new ArrayBuffer(1 << 27)",
		"a = []; for (;;) a.push(new Uint8Array(1 << 16))",
		"a = []; for (;;) a.push({ x: a.length })",
		"a = new Map(); for (let i = 0; ; i++) a.set(i, String(i))",
	} {
		p := openJavaScript(t, b, small)
		p.prints("let kept = 1, a", "")
		s := p.cell(code)
		if s.Status != caisson.OutOfMemory || s.Exception == nil {
			t.Errorf("%q ended %s %d with %v: %.300s", code, s.Status, s.ExitCode, s.Exception, s.err)
		}
		p.prints("a = null; console.log(kept, new Uint8Array(1 << 20).length)", "1 1048576\n")
		p.prints("try { new ArrayBuffer(1 << 27); } catch { console.log('caught'); }", "caught\n")
	}
}

// javascriptRandomness prints what must differ in every copy, an item a line.
const javascriptRandomness = "var c = require('crypto'); for (var x of [Math.random(), Math.random(), crypto.randomUUID(), c.randomUUID(), c.randomBytes(16).toString('hex'),\n" +
	"crypto.getRandomValues(new Uint32Array(4)).join('-'), require('fs').mkdtempSync('/tmp/r-')]) console.log(x)"

func TestJavaScriptCopiesShareNoRandomness(t *testing.T) {
	b := javascriptBackend(t)
	seen := map[string]bool{}
	check := func(in backend.Instance, who string) {
		t.Helper()
		s := python{in, t, nil}.cell(javascriptRandomness)
		lines := strings.Fields(s.out)
		if len(lines) != 7 {
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
	for range 200 {
		in, err := b.Create(t.Context(), javascriptSpec())
		if err != nil {
			t.Fatal(err)
		}
		check(in, "a fresh copy")
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
	}
	parent := openJavaScript(t, b, javascriptSpec())
	check(parent, "a parent")
	var saved bytes.Buffer
	if err := parent.Instance.(backend.Snapshotter).Snapshot(t.Context(), &saved); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		fork, err := parent.Instance.(backend.Snapshotter).Fork(t.Context(), javascriptSpec())
		if err != nil {
			t.Fatal(err)
		}
		check(closing(t, fork), "a fork")
		again, err := b.(backend.Restorer).Restore(t.Context(), javascriptSpec(), bytes.NewReader(saved.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		check(closing(t, again), "a restored copy")
	}
	check(parent, "a parent that was forked")
}

func TestJavaScriptSaysWhatItDoesNotHave(t *testing.T) {
	p := openJavaScript(t, javascriptBackend(t), javascriptSpec())
	const kernel = " It needs a runtime with a Linux kernel (container backend)."
	for code, want := range map[string]string{
		"require('child_process')":         "child_process is not in the wasm runtime: a WebAssembly sandbox is one process and cannot start others." + kernel,
		"import http from 'node:http'":     "http is not in the wasm runtime: WebAssembly has no sockets." + kernel,
		"await import('net')":              "net is not in the wasm runtime: WebAssembly has no sockets." + kernel,
		"await fetch('https://a.example')": "fetch is not in the wasm runtime: WebAssembly has no sockets." + kernel,
		"require('worker_threads')":        "worker_threads is not in the wasm runtime: a WebAssembly sandbox has one thread." + kernel,
		"require('lodash')":                "Cannot find module 'lodash'. lodash is not in the wasm runtime: it has modules of Node's own, and modules in /workspace." + kernel,
	} {
		if s := p.cell(code); s.ExitCode != 1 || s.Exception == nil || s.Exception.Message != want {
			t.Errorf("%q ended %d and says %+v, not %q", code, s.ExitCode, s.Exception, want)
		}
	}
}

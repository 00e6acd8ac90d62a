package backendtest

// A Language says in a runtime's own words what the suite wants done. What it
// leaves empty the runtime cannot do, and is not checked.
type Language struct {
	Runtime   string
	Memory    int64 // bytes that are enough for everything but Hog
	Processes int   // that its interpreter needs; 1 when zero
	Unordered bool  // what it writes to stdout and what to stderr may get out of step with each other

	Print     string // writes "hello\n"
	Streams   string // writes "a\n" to stdout, "b\n" to stderr, "c\n" to stdout
	Exit3     string // ends with exit code 3
	Fail      string // fails with the exception named Exception and the message "boom"
	Exception string
	Set       string // makes the variable x 42
	Get       string // writes "42\n" when x is 42, and fails when there is no x
	Value     string // ends with an expression whose value shows as "42"
	Show      string // shows a result with "application/json" {"a": 1}
	BadShow   string // hands over results that are none, and ends well
	Args      string // writes each argument on a line
	Line      string // reads a line of stdin and writes it between "<" and ">"; "<>" at its end
	Ignore    string // reads nothing of stdin and ends

	Spin     string // runs for ever
	Sleep    string // sleeps for an hour
	Stubborn string // runs for ever, whatever interrupts it

	Flood        string // writes to stdout for ever
	FloodErr     string // to stderr
	FloodResults string // shows results for ever
	Hog          string // takes memory until there is none, and fails by it
	FillDisk     string // writes to a file until it fails, and fails by it
	FillInodes   string // makes files until it fails, and fails by it
	FillOpen     string // opens files until it fails, and fails by it

	Write  string // writes "content" to the file "f" in the work folder
	Read   string // writes the content of that file to stdout, and fails when there is none
	Random string // writes a random number of at least 64 bits, another each time
}

// Python is the Python of every backend.
func Python() Language {
	return Language{
		Runtime: "python", Memory: 128 << 20,
		Print:     "print('hello')",
		Streams:   "import sys\nprint('a'); print('b', file=sys.stderr); print('c')",
		Exit3:     "raise SystemExit(3)",
		Fail:      "raise ValueError('boom')",
		Exception: "ValueError",
		Set:       "x = 42",
		Get:       "print(x)",
		Value:     "6 * 7",
		Show:      "display({'application/json': {'a': 1}}, raw=True)",
		BadShow: "import _caisson\nfor b in (b'', b'{', b'{}', b'[]', b'{\"data\":{}}', b'{\"data\":{\"text/plain\":1}}', b'{\"data\":{\"\\\\u0000/x\":\"\"}}', b'\\xff' * 999, b'[' * 100000):\n" +
			"    try: _caisson.call('result', b)\n    except OSError: pass",
		Args:   "import sys\nfor a in sys.argv[1:]: print(a)",
		Line:   "import sys\nprint('<' + sys.stdin.readline().rstrip('\\n') + '>')",
		Ignore: "pass",

		Spin:     "while True: pass",
		Sleep:    "import time\ntime.sleep(3600)",
		Stubborn: "while True:\n    try:\n        while True: pass\n    except BaseException: pass",

		Flood:        "while True: print('x' * 1000)",
		FloodErr:     "import sys\nwhile True: print('x' * 1000, file=sys.stderr)",
		FloodResults: "while True: display('x' * 1000)",
		Hog:          "a = []\nwhile True: a.append(bytearray(1 << 20))",
		FillDisk:     "f = open('big', 'wb')\nwhile True: f.write(bytes(1 << 16)); f.flush()",
		FillInodes:   "i = 0\nwhile True:\n    open(f'n{i}', 'w').close(); i += 1",
		FillOpen:     "open('n', 'w').close()\na = []\nwhile True: a.append(open('n'))",

		Write:  "with open('f', 'w') as f: f.write('content')",
		Read:   "print(open('f').read(), end='')",
		Random: "import random\nprint(random.getrandbits(64))",
	}
}

// JavaScript is the JavaScript of every backend.
func JavaScript() Language {
	return Language{
		Runtime: "javascript", Memory: 128 << 20,
		Print:     "console.log('hello')",
		Streams:   "console.log('a'); console.error('b'); console.log('c')",
		Exit3:     "process.exit(3)",
		Fail:      "throw new RangeError('boom')",
		Exception: "RangeError",
		Set:       "var x = 42",
		Get:       "console.log(x)",
		Value:     "6 * 7",
		Show:      "display.raw({'application/json': {a: 1}})",
		Args:      "for (const a of process.argv.slice(1)) console.log(a)",
		Line:      "const line = require('fs').readFileSync(0, 'utf8').split('\\n')[0]; console.log('<' + line + '>')",
		Ignore:    ";",

		Spin:     "for (;;) {}",
		Sleep:    "await new Promise(r => setTimeout(r, 3600e3))",
		Stubborn: "for (;;) { try { for (;;) {} } catch {} }",

		Flood:      "for (;;) console.log('x'.repeat(1000))",
		FloodErr:   "for (;;) console.error('x'.repeat(1000))",
		Hog:        "const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1))",
		FillDisk:   "{ const fs = require('fs'); const f = fs.openSync('big', 'w'); for (;;) fs.writeSync(f, Buffer.alloc(1 << 16)); }",
		FillInodes: "{ const fs = require('fs'); for (let i = 0; ; i++) fs.writeFileSync('n' + i, ''); }",
		FillOpen:   "{ const fs = require('fs'); fs.writeFileSync('n', ''); for (;;) fs.openSync('n', 'r'); }",

		Write:  "require('fs').writeFileSync('f', 'content')",
		Read:   "process.stdout.write(require('fs').readFileSync('f', 'utf8'))",
		Random: "console.log(Math.random())",
	}
}

// Shell is the shell of every backend.
func Shell() Language {
	return Language{
		Runtime: "shell", Memory: 128 << 20,
		Print:   "echo hello",
		Streams: "echo a; echo b >&2; echo c",
		Exit3:   "exit 3",
		Set:     "x=42",
		Get:     "test -n \"$x\" && echo $x",
		Args:    "for a in \"$@\"; do echo \"$a\"; done",
		Line:    "read -r l; echo \"<$l>\"",
		Ignore:  "true",

		Spin:     "while true; do :; done",
		Sleep:    "sleep 3600",
		Stubborn: "trap '' INT; while true; do :; done",

		Flood:      "while true; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done",
		FloodErr:   "while true; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx >&2; done",
		FillDisk:   "set -e; while true; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx >> big; cat big big > big2; cat big2 > big; done",
		FillInodes: "set -e; i=0; while true; do : > n$i; i=$((i+1)); done",

		Write: "printf content > f",
		Read:  "cat f",
	}
}

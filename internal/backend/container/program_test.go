package container_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/container"
	"github.com/caisson-dev/caisson/internal/image"
)

// doubles are programs that print the double of each line that they read, and
// then their argument.
var doubles = map[string]string{
	"ruby": "STDIN.each_line { |l| puts l.to_i * 2 }\nputs ARGV[0]\n",
	"php":  "<?php while (($l = fgets(STDIN)) !== false) echo intval($l) * 2, \"\\n\"; echo $argv[1], \"\\n\";\n",
	"perl": "print $_ * 2, \"\\n\" while <STDIN>; print \"$ARGV[0]\\n\";\n",
	"lua":  "for l in io.lines() do print(math.tointeger(tonumber(l) * 2)) end print(arg[1])\n",
	"r":    "f <- file('stdin'); writeLines(as.character(as.integer(readLines(f)) * 2)); writeLines(commandArgs(TRUE)[1])\n",
	"go": "package main\nimport (\"bufio\"; \"fmt\"; \"os\"; \"strconv\")\n" +
		"func main() { s := bufio.NewScanner(os.Stdin); for s.Scan() { n, _ := strconv.Atoi(s.Text()); fmt.Println(n * 2) }; fmt.Println(os.Args[1]) }\n",
	"c":   "#include <stdio.h>\nint main(int c, char **v) { int n; while (scanf(\"%d\", &n) == 1) printf(\"%d\\n\", n * 2); puts(v[1]); }\n",
	"cpp": "#include <iostream>\nint main(int, char **v) { int n; while (std::cin >> n) std::cout << n * 2 << '\\n'; std::cout << v[1] << '\\n'; }\n",
	"rust": "use std::io::*;\nfn main() { for l in stdin().lines() { println!(\"{}\", l.unwrap().parse::<i32>().unwrap() * 2); } " +
		"println!(\"{}\", std::env::args().nth(1).unwrap()); }\n",
	"java": "import java.util.Scanner;\npublic class Doubles { public static void main(String[] a) { Scanner s = new Scanner(System.in); " +
		"while (s.hasNextInt()) System.out.println(s.nextInt() * 2); System.out.println(a[0]); } }\n",
	"typescript": "const text: string = require('fs').readFileSync(0, 'utf8');\n" +
		"for (const l of text.trim().split('\\n')) console.log(Number(l) * 2);\nconsole.log(process.argv[2] as string);\n",
}

// roomy is a sandbox with room for the compilers of a language.
func roomy(l image.Language) caisson.Spec {
	return caisson.Spec{Tenant: "test", Runtime: l.Name, Posture: caisson.Posture{
		Isolation: caisson.IsolationShared,
		Limits: caisson.Limits{Wall: 2 * time.Minute, CPU: 2 * time.Minute, Memory: max(256<<20, l.Room.Limits().Memory),
			Disk: max(64<<20, l.Room.Limits().Disk), Inodes: 4096, OpenFiles: max(128, l.Room.OpenFiles), Output: 1 << 20, Processes: 128},
	}}
}

// run runs a program in a sandbox of its own.
func run(t *testing.T, b *container.Backend, s caisson.Spec, cmd backend.Cmd) (out caisson.Outcome, stdout, stderr string) {
	t.Helper()
	in, err := b.Create(t.Context(), s)
	if err != nil {
		t.Fatalf("Create(%s): %v", s.Runtime, err)
	}
	defer in.Close()
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	if out, err = in.Exec(t.Context(), cmd); err != nil {
		t.Fatalf("Exec(%s): %v", s.Runtime, err)
	}
	return out, o.String(), e.String()
}

func TestProgramsReadTheirInput(t *testing.T) {
	b := open(t)
	can, err := b.Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, l := range image.Languages() {
		t.Run(name, func(t *testing.T) {
			code, ok := doubles[name]
			if !ok {
				t.Fatal("no program tries this language")
			}
			if !slices.Contains(can.Runtimes, name) {
				t.Skip("it is not installed here")
			}
			if l.Room.Seconds > 0 && testing.Short() {
				t.Skip("its compiler takes half a minute")
			}
			file := "Doubles" + l.Extensions[0]
			out, stdout, stderr := run(t, b, roomy(l), backend.Cmd{Code: code, Name: file, Args: []string{"end"},
				Streams: caisson.Streams{Stdin: strings.NewReader("1\n20\n300\n")}})
			if out.Status != caisson.Exited || out.ExitCode != 0 || stdout != "2\n40\n600\nend\n" {
				t.Errorf("Exec = %+v, printed %q, %q", out, stdout, stderr)
			}
		})
	}
}

// c returns the language of most of these tests.
func c(t *testing.T, b *container.Backend) image.Language {
	t.Helper()
	if can, err := b.Probe(t.Context()); err != nil || !slices.Contains(can.Runtimes, "c") {
		t.Skipf("no C compiler is installed here (%v)", err)
	}
	return image.Languages()["c"]
}

func TestProgramsEndByTheirNames(t *testing.T) {
	b := open(t)
	spec := roomy(c(t, b))
	spec.Posture.Limits.Memory = 64 << 20
	spec.Posture.Limits.Wall, spec.Posture.Limits.CPU = 5*time.Second, 5*time.Second
	for _, test := range []struct {
		name, code string
		change     func(*caisson.Limits)
		want       caisson.Status
		exit       int
	}{
		{"its own code", "int main() { return 3; }", nil, caisson.Exited, 3},
		{"a signal", "int main() { __builtin_trap(); }", nil, caisson.Signaled, 0},
		{"time", "int main() { for (;;); }", func(l *caisson.Limits) { l.CPU = 2 * time.Second }, caisson.TimedOut, 0},
		{"memory", "#include <stdlib.h>\n#include <string.h>\nint main() { for (;;) memset(malloc(1 << 20), 1, 1 << 20); }", nil, caisson.OutOfMemory, 0},
		{"output", "#include <stdio.h>\nint main() { for (;;) puts(\"more\"); }", nil, caisson.OutputLimit, 0},
		{"disk", "#include <stdio.h>\nstatic char b[1 << 16];\nint main() { FILE *f = fopen(\"x\", \"w\"); while (fwrite(b, 1, sizeof b, f) == sizeof b); return 1; }", func(l *caisson.Limits) { l.Disk = 8 << 20 }, caisson.DiskLimit, 0},
		{"its first process", "#include <signal.h>\n#include <unistd.h>\nint main() { kill(1, 9); kill(-1, 9); return 0; }", nil, caisson.Exited, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := spec
			if test.change != nil {
				test.change(&s.Posture.Limits)
			}
			out, _, stderr := run(t, b, s, backend.Cmd{Code: test.code})
			if out.Status != test.want || out.ExitCode != test.exit {
				t.Errorf("Exec = %+v (it said %q), want %s with %d", out, stderr, test.want, test.exit)
			}
		})
	}
}

func TestCompilersAreHeardWhenTheyRefuse(t *testing.T) {
	b := open(t)
	spec := roomy(c(t, b))
	out, stdout, stderr := run(t, b, spec, backend.Cmd{Code: "int main() { return nothing; }"})
	if out.Status != caisson.Exited || out.ExitCode == 0 || stdout != "" || !strings.Contains(stderr, "nothing") {
		t.Errorf("of code that is wrong: %+v, %q, %q", out, stdout, stderr)
	}
	out, _, stderr = run(t, b, spec, backend.Cmd{Code: "#warning look\nint main() { return 0; }"})
	if out.Status != caisson.Exited || out.ExitCode != 0 || stderr != "" || out.Usage.Output != 0 {
		t.Errorf("of code with a warning: %+v, %q", out, stderr)
	}
	// A compiler is as much the code's as the program: the bomb is its own.
	spec.Posture.Limits.CPU, spec.Posture.Limits.Wall = time.Second, 3*time.Second
	out, _, _ = run(t, b, spec, backend.Cmd{Code: "#include \"/dev/zero\"\n"})
	if out.Status == caisson.Exited && out.ExitCode == 0 {
		t.Errorf("of an endless source: %+v", out)
	}
}

func TestProgramsOfOneSandboxShareItsFiles(t *testing.T) {
	b := open(t)
	in, err := b.Create(t.Context(), roomy(c(t, b)))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for i, code := range []string{
		"#include <stdio.h>\nint main() { fputs(\"kept\", fopen(\"x\", \"w\")); }",
		"#include <stdio.h>\nint main() { char b[9]; fgets(b, 9, fopen(\"x\", \"r\")); fputs(b, stdout); }",
	} {
		var o bytes.Buffer
		out, err := in.Exec(t.Context(), backend.Cmd{Code: code, Streams: caisson.Streams{Stdout: &o}})
		if err != nil || out.Status != caisson.Exited || i == 1 && o.String() != "kept" {
			t.Fatalf("Exec %d = %+v, %v, printed %q", i, out, err, &o)
		}
	}
	// Input that never comes holds up nobody, and a cancelled call ends.
	ctx, cancel := context.WithCancel(t.Context())
	waiting := readerFunc(func([]byte) (int, error) { cancel(); <-t.Context().Done(); return 0, t.Context().Err() })
	out, err := in.Exec(ctx, backend.Cmd{Code: "#include <stdio.h>\nint main() { getchar(); }", Streams: caisson.Streams{Stdin: waiting}})
	if err != nil || out.Status != caisson.Killed {
		t.Errorf("Exec that is cancelled = %+v, %v", out, err)
	}
	if _, err := in.Exec(t.Context(), backend.Cmd{Code: "int main() {}"}); err != backend.ErrEnded {
		t.Errorf("Exec after that = %v, want ErrEnded", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

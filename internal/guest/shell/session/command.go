package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/caisson-dev/caisson/internal/guest/shell/tools"
	"mvdan.cc/sh/v3/interp"
)

const (
	statusNotRunnable = 126
	statusNotFound    = 127
	statusPipe        = 128 + 13
)

// breath is how long a shell sleeps, every so many commands, for others to run.
const breath = 20 * time.Microsecond

var errIsDir = syscall.EISDIR

var shells = []string{"bash", "sh", "dash", "ash", "zsh", "ksh"}

// systemDirs are where commands seem to be. Nothing else is there.
var systemDirs = []string{"/usr/bin", "/bin", "/usr/sbin", "/sbin"}

// systemCommand returns the name of the command that a path stands for, "" when
// it is none.
func systemCommand(path string) string {
	dir, name := filepath.Split(filepath.Clean(path))
	if !slices.Contains(systemDirs, filepath.Clean(dir)) || !isCommand(name) {
		return ""
	}
	return name
}

func isCommand(name string) bool {
	_, ok := tools.Lookup(name)
	return ok || slices.Contains(shells, name)
}

// A commandInfo is what stat says of a command.
type commandInfo struct{ name string }

func (c commandInfo) Name() string     { return c.name }
func (commandInfo) Size() int64        { return 0 }
func (commandInfo) Mode() fs.FileMode  { return 0o755 }
func (commandInfo) ModTime() time.Time { return time.Unix(0, 0) }
func (commandInfo) IsDir() bool        { return false }
func (commandInfo) Sys() any           { return nil }

// exec runs what is neither a function nor one of the interpreter's own.
func (s *Session) exec(ctx context.Context, args []string) error {
	if s.commands.Add(1)%yieldEvery == 0 {
		// The other ends of pipes get their turn: nothing preempts a loop, and the
		// scheduler looks at descriptors only when nobody can run.
		time.Sleep(breath)
	}
	hc := interp.HandlerCtx(ctx)
	if name, ok := strings.CutPrefix(args[0], ownPrefix); ok {
		return s.builtin(ctx, hc, name, args[1:])
	}
	p := process{dir: hc.Dir, vars: hc.Env, in: hc.Stdin, out: hc.Stdout, err: hc.Stderr}
	return exit(s.command(ctx, p, args))
}

func exit(status int) error {
	if status == 0 {
		return nil
	}
	return interp.ExitStatus(status)
}

// command runs a tool, a shell or a script.
func (s *Session) command(ctx context.Context, p process, args []string) int {
	if ctx.Err() != nil {
		return statusInterrupted
	}
	name := args[0]
	if strings.Contains(name, "/") {
		path := name
		if !filepath.IsAbs(path) {
			path = p.dir + "/" + path
		}
		if name = systemCommand(path); name == "" {
			fi, err := tools.Stat(path)
			return s.file(ctx, p, path, fi, err, args)
		}
	}
	if t, ok := tools.Lookup(name); ok {
		c := &tools.Call{Name: name, Args: args[1:], Dir: p.dir, In: p.in, Out: p.out, Err: p.err, Shell: inside{s, p}}
		return t.Run(ctx, c)
	}
	if slices.Contains(shells, name) {
		return s.subshell(ctx, p, name, args[1:])
	}
	if path := searchPath(p, name); path != "" {
		fi, err := tools.Stat(path)
		return s.file(ctx, p, path, fi, err, args)
	}
	if interp.IsBuiltin(name) { // for xargs and the like: a shell that runs just that
		return s.script(ctx, p, `"$@"`, "bash", args)
	}
	if why := absent(name); why != "" {
		fmt.Fprintf(p.err, "bash: %s: command not found: %s\n", name, why)
	} else {
		fmt.Fprintf(p.err, "bash: %s: command not found\n", name)
	}
	return statusNotFound
}

// searchPath looks for a script in PATH.
func searchPath(p process, name string) string {
	for _, kv := range p.environment() {
		path, ok := strings.CutPrefix(kv, "PATH=")
		if !ok {
			continue
		}
		for _, dir := range filepath.SplitList(path) {
			if !filepath.IsAbs(dir) {
				dir = filepath.Join(p.dir, dir)
			}
			if slices.Contains(systemDirs, filepath.Clean(dir)) {
				continue
			}
			if fi, err := tools.Stat(dir + "/" + name); err == nil && !fi.IsDir() && fi.Mode()&0o111 != 0 {
				return dir + "/" + name
			}
		}
	}
	return ""
}

// file runs a file as a command, which must be a script.
func (s *Session) file(ctx context.Context, p process, path string, fi fs.FileInfo, err error, args []string) int {
	fail := func(status int, why string) int {
		fmt.Fprintf(p.err, "bash: %s: %s\n", args[0], why)
		return status
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fail(statusNotFound, "No such file or directory")
	case err != nil:
		return fail(statusNotRunnable, err.Error())
	case fi.IsDir():
		return fail(statusNotRunnable, "Is a directory")
	case fi.Mode()&0o111 == 0:
		return fail(statusNotRunnable, "Permission denied")
	}
	code, err := os.ReadFile(path)
	if err != nil {
		return fail(statusNotRunnable, err.Error())
	}
	first, _, _ := bytes.Cut(code, []byte("\n"))
	if bytes.IndexByte(first, 0) >= 0 {
		return fail(statusNotRunnable, "cannot execute binary file: only scripts of the shell and of its tools run here")
	}
	line, ok := strings.CutPrefix(string(first), "#!")
	words := strings.Fields(line)
	if !ok || len(words) == 0 {
		return s.script(ctx, p, string(code), args[0], args[1:])
	}
	if filepath.Base(words[0]) == "env" {
		words = words[1:]
		if len(words) > 0 && words[0] == "-S" {
			words = words[1:]
		}
	}
	if len(words) == 0 {
		return fail(statusNotRunnable, "bad interpreter")
	}
	interpreter := filepath.Base(words[0])
	if slices.Contains(shells, interpreter) {
		return s.subshell(ctx, p, args[0], slices.Concat(words[1:], []string{path}, args[1:]))
	}
	if _, ok := tools.Lookup(interpreter); !ok && absent(interpreter) == "" {
		return fail(statusNotFound, interpreter+": bad interpreter: No such file or directory")
	}
	return s.command(ctx, p, slices.Concat([]string{interpreter}, words[1:], []string{path}, args[1:]))
}

// subshell is the command bash, or sh: it runs a script, -c or standard input.
func (s *Session) subshell(ctx context.Context, p process, name string, args []string) int {
	var options []string
	code, command, stdin := "", false, false
	for len(args) > 0 && len(args[0]) > 1 && (args[0][0] == '-' || args[0][0] == '+') {
		a := args[0]
		args = args[1:]
		if a == "--" {
			break
		}
		if a == "--version" {
			io.WriteString(p.out, "GNU bash, version 5.2 as far as the caisson shell goes\n")
			return 0
		}
		if strings.HasPrefix(a, "--") { // --norc, --posix and so on mean nothing here
			if a == "--rcfile" && len(args) > 0 {
				args = args[1:]
			}
			continue
		}
		for _, f := range a[1:] {
			switch f {
			case 'c':
				command = true
			case 's':
				stdin = true
			case 'i', 'l', 'r', 'p', 'h', 'B', 'm':
			case 'o', 'O':
				if len(args) == 0 {
					fmt.Fprintf(p.err, "%s: -%c: option requires an argument\n", name, f)
					return 2
				}
				if f == 'o' {
					options = append(options, a[:1]+"o", args[0])
				}
				args = args[1:]
			default:
				options = append(options, a[:1]+string(f))
			}
		}
	}
	script := name
	switch {
	case command:
		if len(args) == 0 {
			fmt.Fprintf(p.err, "%s: -c: option requires an argument\n", name)
			return 2
		}
		if code, args = args[0], args[1:]; len(args) > 0 {
			script, args = args[0], args[1:]
		}
	case len(args) > 0 && !stdin:
		script, args = args[0], args[1:]
		path := script
		if !filepath.IsAbs(path) {
			path = p.dir + "/" + path
		}
		b, err := os.ReadFile(path)
		if err != nil {
			fmt.Fprintf(p.err, "%s: %s: %s\n", name, script, fileReason(err))
			return statusNotFound
		}
		code = string(b)
	case p.in != nil:
		b, err := io.ReadAll(p.in)
		if err != nil {
			fmt.Fprintf(p.err, "%s: %v\n", name, err)
			return 1
		}
		code = string(b)
	}
	return s.script(ctx, p, code, script, args, options...)
}

func fileReason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "No such file or directory"
	case errors.Is(err, syscall.EISDIR):
		return "Is a directory"
	}
	return err.Error()
}

// script runs code in a shell of its own.
func (s *Session) script(ctx context.Context, p process, code, name string, args []string, options ...string) int {
	file, err := s.parse(code, name)
	if err != nil {
		fmt.Fprintln(p.err, err)
		return statusBadSyntax
	}
	r, err := s.shell(p)
	if err == nil {
		err = interp.Params(slices.Concat(options, []string{"--"}, args)...)(r)
	}
	if err != nil {
		fmt.Fprintf(p.err, "%s: %v\n", name, err)
		return statusBadSyntax
	}
	return statusOf(r.Run(ctx, file), p.err)
}

// An inside is the shell that a tool sees.
type inside struct {
	s *Session
	p process
}

func (i inside) Environ() []string { return i.p.environment() }

func (i inside) Run(ctx context.Context, r tools.Run) int {
	p := process{dir: r.Dir, environ: r.Environ, in: r.In, out: r.Out, err: r.Err}
	if p.environ == nil {
		p.vars, p.environ = i.p.vars, i.p.environ
	}
	return i.s.command(ctx, p, r.Args)
}

func (i inside) Which(name string) string { return which(i.p, name) }

func which(p process, name string) string {
	if strings.Contains(name, "/") {
		path := name
		if !filepath.IsAbs(path) {
			path = p.dir + "/" + path
		}
		if fi, err := tools.Stat(path); systemCommand(path) != "" || err == nil && !fi.IsDir() && fi.Mode()&0o111 != 0 {
			return name
		}
		return ""
	}
	if path := searchPath(p, name); path != "" {
		return path
	}
	if isCommand(name) {
		return "/usr/bin/" + name
	}
	return ""
}

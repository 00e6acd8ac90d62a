package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/caisson-dev/caisson/internal/guest/shell/tools"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// ownPrefix marks a builtin of ours on its way through the interpreter, which
// has one of the same name or refuses the name. Nobody would type it.
const ownPrefix = "caisson.builtin."

// ownBuiltins are the shell builtins that are done here.
var ownBuiltins = []string{
	"echo", "printf", "read", "trap", "type", "command", "eval", "source", ".", "kill", "umask", "ulimit", "jobs", "hash", "disown", "fg", "bg",
	"enable", "caller", "compgen", "complete", "compopt", "history", "fc", "logout", "suspend", "newgrp", "bind", "times",
}

// call sees every simple command before it runs.
func (s *Session) call(ctx context.Context, args []string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if args[0] == "" {
		return []string{ownPrefix + "empty"}, nil
	}
	if args[0] == "trap" || (args[0] == "command" || args[0] == "builtin") && slices.Contains(args, "trap") {
		s.trapped.Store(true)
	}
	if !slices.Contains(ownBuiltins, args[0]) || hasFunction(interp.HandlerCtx(ctx), args[0]) {
		return args, nil
	}
	switch args[0] {
	case "command":
		if len(args) < 2 || !slices.Contains([]string{"-v", "-V", "-p", "--"}, args[1]) {
			return args, nil
		}
		if args[1] == "-p" || args[1] == "--" {
			return append([]string{"command"}, args[2:]...), nil
		}
	case "eval", "source", ".":
		// Others go as they are, which is faster.
		if args[0] == "eval" && !strings.ContainsAny(strings.Join(args, " "), `([\`) {
			return args, nil
		}
	case "times":
		return args, nil
	}
	return append([]string{ownPrefix + args[0]}, args[1:]...), nil
}

// hasFunction reports whether a function of that name is known where a handler
// was called. The interpreter keeps its functions from handlers, so this looks
// where it has them; a test says when that place moves.
func hasFunction(hc interp.HandlerContext, name string) bool {
	funcs := reflect.ValueOf(hc).FieldByName("runner").Elem().FieldByName("Funcs")
	return funcs.MapIndex(reflect.ValueOf(name)).IsValid()
}

// builtin runs one of ours.
func (s *Session) builtin(ctx context.Context, hc interp.HandlerContext, name string, args []string) error {
	p := process{dir: hc.Dir, vars: hc.Env, in: hc.Stdin, out: hc.Stdout, err: hc.Stderr}
	fail := func(status int, format string, a ...any) error {
		fmt.Fprintf(hc.Stderr, "bash: "+format+"\n", a...)
		return interp.ExitStatus(uint8(status))
	}
	switch name {
	case "empty":
		return fail(statusNotFound, ": command not found")
	case "echo", "printf":
		return s.write(ctx, hc, p, name, args)
	case "read":
		return read(ctx, hc, args)
	case "trap":
		return trap(ctx, hc, args)
	case "type":
		return typeOf(ctx, hc, p, args)
	case "command":
		return commandPath(ctx, hc, p, args)
	case "eval":
		return s.evalRewritten(ctx, hc, strings.Join(args, " "))
	case "source", ".":
		return s.source(ctx, hc, args)
	case "substitute":
		path, err := s.substitutes.create()
		if err != nil {
			return fail(1, "cannot make a file for a process substitution: %v", err)
		}
		io.WriteString(hc.Stdout, path)
		return nil
	case "count":
		v := hc.Env.Get(args[0])
		fmt.Fprintln(hc.Stdout, len(v.Map)+len(v.List))
		return nil
	case "refuse":
		return fail(1, ">(command) is not available here: write to a file, or use a pipe")
	case "kill":
		return kill(hc, args)
	case "umask":
		if len(args) == 0 {
			io.WriteString(hc.Stdout, "0022\n")
		}
		return nil
	case "ulimit":
		if len(args) < 2 {
			io.WriteString(hc.Stdout, "unlimited\n")
		}
		return nil
	case "jobs", "hash", "disown", "enable", "complete", "compopt", "bind", "history":
		return nil // there is nothing to list, and nothing to change
	}
	return fail(1, "%s: not available here: the shell of a sandbox is not interactive", name)
}

// write is echo and printf. When nobody reads what they write, the shell that
// runs them ends, as it would by SIGPIPE.
func (s *Session) write(ctx context.Context, hc interp.HandlerContext, p process, name string, args []string) error {
	variable := ""
	if name == "printf" && len(args) > 1 && args[0] == "-v" {
		variable, args = args[1], args[2:]
	}
	var text strings.Builder
	if variable != "" {
		p.out = &text
	}
	t, _ := tools.Lookup(name)
	status := t.Run(ctx, &tools.Call{Name: name, Args: args, Dir: p.dir, Out: p.out, Err: p.err, Shell: inside{s, p}})
	if variable != "" {
		return errors.Join(assign(ctx, hc, variable, text.String()), exit(status))
	}
	if status == statusPipe {
		return hc.Builtin(ctx, []string{"exit", strconv.Itoa(statusPipe)})
	}
	return exit(status)
}

// assign sets a variable of the shell that called.
func assign(ctx context.Context, hc interp.HandlerContext, name, value string) error {
	q, err := quoted(value)
	if err != nil {
		fmt.Fprintf(hc.Stderr, "bash: %s: %v\n", name, err)
		return interp.ExitStatus(1)
	}
	return hc.Builtin(ctx, []string{"eval", name + "=" + q})
}

// quoted quotes a value. A null byte cannot be part of one.
func quoted(s string) (string, error) {
	s = strings.ReplaceAll(s, "\x00", "")
	return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'", nil
}

// trap sets the traps that can happen, and accepts those on signals, of which
// a sandbox gets none.
func trap(ctx context.Context, hc interp.HandlerContext, args []string) error {
	if len(args) > 0 && args[0] == "-l" {
		io.WriteString(hc.Stdout, "")
		return nil
	}
	if len(args) > 0 && args[0] == "-p" {
		args = nil
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return hc.Builtin(ctx, []string{"trap"})
	}
	if len(args) == 1 {
		args = []string{"-", args[0]}
	}
	kept := []string{"trap", args[0]}
	for _, a := range args[1:] {
		switch name := strings.TrimPrefix(strings.ToUpper(a), "SIG"); {
		case name == "EXIT" || name == "0":
			kept = append(kept, "EXIT")
		case name == "ERR":
			kept = append(kept, "ERR")
		case slices.Contains(signals, name) || name == "DEBUG" || name == "RETURN":
		default:
			if n, err := strconv.Atoi(name); err != nil || n < 0 || n > 64 {
				fmt.Fprintf(hc.Stderr, "bash: trap: %s: invalid signal specification\n", a)
				return interp.ExitStatus(1)
			}
		}
	}
	if len(kept) == 2 {
		return nil
	}
	return hc.Builtin(ctx, kept)
}

var signals = strings.Fields("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS")

func kill(hc interp.HandlerContext, args []string) error {
	if len(args) > 0 && (args[0] == "-l" || args[0] == "-L") {
		io.WriteString(hc.Stdout, strings.Join(signals, " ")+"\n")
		return nil
	}
	fmt.Fprintln(hc.Stderr, "bash: kill: there are no processes to signal here; background jobs end with the execution, and timeout limits a command")
	return interp.ExitStatus(1)
}

// typeOf is type for commands; what the interpreter knows it says itself.
func typeOf(ctx context.Context, hc interp.HandlerContext, p process, args []string) error {
	mode := ""
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		if strings.ContainsAny(args[0], "tpP") {
			mode = args[0]
		}
		args = args[1:]
	}
	var status error
	for _, name := range args {
		path := which(p, name)
		own := interp.IsBuiltin(name) || hasFunction(hc, name) || isKeyword(name)
		switch {
		case own && mode == "" && isKeyword(name):
			fmt.Fprintf(hc.Stdout, "%s is a shell keyword\n", name)
		case own && mode == "-t" && isKeyword(name):
			fmt.Fprintln(hc.Stdout, "keyword")
		case own && mode == "-t" && !hasFunction(hc, name):
			fmt.Fprintln(hc.Stdout, "builtin")
		case own && mode != "-P":
			call := []string{"type"}
			if mode != "" {
				call = append(call, mode)
			}
			if err := hc.Builtin(ctx, append(call, name)); err != nil {
				status = err
			}
		case path == "":
			if mode == "" {
				fmt.Fprintf(hc.Stderr, "bash: type: %s: not found\n", name)
			}
			status = interp.ExitStatus(1)
		case mode == "-t":
			fmt.Fprintln(hc.Stdout, "file")
		case mode != "":
			fmt.Fprintln(hc.Stdout, path)
		default:
			fmt.Fprintf(hc.Stdout, "%s is %s\n", name, path)
		}
	}
	return status
}

func isKeyword(name string) bool {
	return slices.Contains(strings.Fields("if then elif else fi for while until do done case esac function select time in { } ! [[ ]] coproc"), name)
}

// commandPath is command -v and command -V.
func commandPath(ctx context.Context, hc interp.HandlerContext, p process, args []string) error {
	if args[0] == "-V" {
		return typeOf(ctx, hc, p, args[1:])
	}
	var status error = interp.ExitStatus(1)
	for _, name := range args[1:] {
		text := name
		if !interp.IsBuiltin(name) && !hasFunction(hc, name) && !isKeyword(name) {
			text = which(p, name)
		}
		if text != "" {
			fmt.Fprintln(hc.Stdout, text)
			status = nil
		}
	}
	return status
}

// evalRewritten evaluates code after what [rewrite] does to it.
func (s *Session) evalRewritten(ctx context.Context, hc interp.HandlerContext, code string) error {
	text, _, err := s.rewritten(code)
	if err != nil {
		fmt.Fprintf(hc.Stderr, "bash: eval: %v\n", err)
		return interp.ExitStatus(statusBadSyntax)
	}
	return hc.Builtin(ctx, []string{"eval", text})
}

// rewritten returns code with what [rewrite] does to it, if it does anything.
func (s *Session) rewritten(code string) (string, bool, error) {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(code), "")
	if err != nil {
		return code, false, nil // the interpreter says so in its own words
	}
	if changed, err := s.rewrite(file); !changed || err != nil {
		return code, false, err
	}
	var b strings.Builder
	if err := syntax.NewPrinter().Print(&b, file); err != nil {
		return code, false, err
	}
	return b.String(), true, nil
}

// source is "source" and ".".
func (s *Session) source(ctx context.Context, hc interp.HandlerContext, args []string) error {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(hc.Stderr, "bash: source: filename argument required")
		return interp.ExitStatus(2)
	}
	path := args[0]
	if !filepath.IsAbs(path) {
		path = hc.Dir + "/" + path
	}
	b, err := os.ReadFile(path)
	if err != nil {
		if !strings.Contains(args[0], "/") { // the interpreter looks in PATH, too
			return hc.Builtin(ctx, append([]string{"source"}, args...))
		}
		fmt.Fprintf(hc.Stderr, "bash: %s: %s\n", args[0], fileReason(err))
		return interp.ExitStatus(1)
	}
	text, changed, err := s.rewritten(string(b))
	if err == nil && changed {
		if path, err = s.substitutes.create(); err == nil {
			err = os.WriteFile(path, []byte(text), 0o600)
		}
	}
	if err != nil {
		fmt.Fprintf(hc.Stderr, "bash: %s: %v\n", args[0], err)
		return interp.ExitStatus(1)
	}
	return hc.Builtin(ctx, append([]string{"source", path}, args[1:]...))
}

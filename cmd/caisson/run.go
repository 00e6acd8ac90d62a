package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend/container"
	"github.com/caisson-dev/caisson/internal/backend/wasm"
)

// A call is one execution as the command line asks for it.
type call struct {
	wishes
	code    *string // of -c; nil when it was not given
	lang    string
	session string   // name; empty for a fresh sandbox
	files   []string // of --file
	out     string   // of --out; empty when files stay
	format  format

	image   string // of --image; the host's programs, or those of WebAssembly, when empty
	backend string // of --backend; the cheapest that fits when empty

	mustExist bool // the session must be there
}

func newRunCommand(e env, g *globals, args []string) *cobra.Command {
	c := &call{}
	cmd := &cobra.Command{
		Use:   "run [flags] FILE|-c CODE|- [args...]",
		Short: "Run code in a sandbox",
		Long: `Run code in a fresh sandbox, or with --session in one that stays.

The program's output goes to stdout and its errors to stderr; messages of ours
begin with "caisson:" and go to stderr. Flags stand before FILE: what follows
it is for the program. The language is that of --lang, of the file's name, of
its first line, or what the code looks like; code of -c that could be in several
is taken for Python.

The code sees its own file, and what --file brings in, in /workspace. With --out
the files that it made or changed there are written to a folder afterwards; of a
session, all that are there. The value of a trailing expression is shown with -o
json and in sessions.

With -o json the answer is one object, on every path: id, status, exitCode,
reason, stdout, stderr, results, exception, usage, verdict, posture, placement,
sandbox, session, files and error. Times in it are milliseconds. Its status is
exited, signaled, timed_out, out_of_memory, output_limit, disk_limit,
process_limit, killed, lost, denied or review, and empty when nothing ran.

^C interrupts the code softly, a second one kills it, a third one ends this
program.

` + exitHelp,
		Example: `caisson run analysis.py data.csv --verbose
caisson run --file data.csv --out results analysis.py
caisson run -c 'print(6 * 7)'
echo 'console.log(1 + 1)' | caisson run --lang javascript -
caisson run --session notes -c 'x = 1'`,
		RunE: func(cmd *cobra.Command, rest []string) error { return runCode(cmd.Context(), e, g, c, rest) },
	}
	c.flags(cmd.Flags())
	cmd.Flags().StringVar(&c.backend, "backend", "", "where to run it: wasm or container (default the cheapest that fits)")
	cmd.Flags().StringVar(&c.image, "image", "", "run with the programs of this image, in a container; see caisson image")
	cmd.Flags().StringVar(&c.session, "session", "", "run in the session of this name, and make it when it is not there")
	strict(cmd, e, args)
	return cmd
}

// flags adds the flags that "run" and "session exec" share.
func (c *call) flags(f *pflag.FlagSet) {
	f.VarP(optional{&c.code}, "code", "c", "the code itself")
	f.StringVar(&c.lang, "lang", "", "language: "+strings.Join(everything(), ", "))
	f.StringArrayVar(&c.files, "file", nil, "bring in a file or folder, as in[:name]; may be given several times")
	f.StringVar(&c.out, "out", "", "folder for the files that the code makes or changes")
	f.VarP(&c.format, "format", "o", "text or json")
	c.wishes.flags(f)
}

// strict makes a command that passes on exit codes keep to its own table for
// wrong flags too, and answer in the format that was asked for.
func strict(cmd *cobra.Command, e env, args []string) {
	cmd.Flags().SetInterspersed(false)
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		r := report{}
		return r.finish(e, formatOf(args), nil, caisson.Errorf(caisson.Invalid, "%w (see caisson %s --help)", err, cmd.Name()))
	})
}

// runCode runs what the command line asks for and tells what came of it.
func runCode(ctx context.Context, e env, g *globals, c *call, rest []string) error {
	r := report{Session: caisson.SessionID(c.session)}
	x, err := c.execute(ctx, e, g, rest, &r)
	if by := e.signals.killer(); by != "" && x != nil && x.Outcome.Status == caisson.Killed {
		x.Outcome.Reason = "by " + by
	}
	if stopped, ok := interruption(ctx); ok && (x == nil || x.Outcome.Status == "") {
		// Whatever step it ended, this is the reason.
		err = stopped
	}
	return r.finish(e, c.format, x, err)
}

// execute is the way from the command line to the engine. The Execution is nil
// when it was not asked for one.
func (c *call) execute(ctx context.Context, e env, g *globals, rest []string, r *report) (x *caisson.Execution, err error) {
	conf, err := loadConfig(g.config)
	if err != nil {
		return nil, err
	}
	src, err := readSource(e.in, c.code, rest)
	if err != nil {
		return nil, err
	}
	want, err := c.posture()
	if err != nil {
		return nil, err
	}
	if c.session != "" && c.backend != "" && c.backend != wasm.Name {
		return nil, caisson.Errorf(caisson.Unsupported, "a session rests on disk between calls, which only the backend %s can: leave --backend out", wasm.Name)
	}
	if c.session != "" && c.image != "" {
		return nil, caisson.Errorf(caisson.Unsupported, "a session rests on disk between calls, which containers cannot: leave --image out")
	}
	if c.session != "" {
		return c.inSession(ctx, e, conf, src, want, r)
	}
	lang, err := src.language(c.lang)
	if err != nil {
		return nil, err
	}
	warm := lang
	if c.backend == container.Name || c.image != "" || !slices.Contains(catalogue(), lang) {
		warm = "" // it runs elsewhere
	}
	p, err := open(ctx, e, opening{config: conf, policy: c.policy, runtime: warm})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	want = roomFor(want, p.policy.Fill(want), lang)
	if c.image != "" {
		lang += "@" + c.image
	}

	req := caisson.Request{
		Tenant: caisson.TenantLocal, Runtime: lang, Code: src.code, Name: src.name, Args: src.args,
		Show: c.format == formatJSON && src.inline, Script: !src.inline, Want: want, Backend: c.backend,
	}
	t, err := c.transfer(e, p, req, src, r)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	req.Files = t.in
	return p.engine.Execute(ctx, req, t.streams)
}

// A transfer is what goes in and out beside the code.
type transfer struct {
	in      []caisson.File
	out     *outlet // nil when files stay
	streams caisson.Streams
}

func (t *transfer) close() error {
	if t.out == nil {
		return nil
	}
	return t.out.close()
}

// transfer collects what goes in, and opens where things go out, before any
// code runs.
func (c *call) transfer(e env, p *parts, req caisson.Request, src source, r *report) (*transfer, error) {
	r.want = req.Want
	limits := req.Want.Limits
	if v := p.policy.Decide(req, caisson.Assessment{}, false); v.Action == caisson.Allow {
		limits = limits.Tighten(v.Posture.Limits)
	}
	in := intake{limits: limits, say: e.say}
	if src.name != "" {
		// Tracebacks and programs look for their own file.
		if err := in.add(caisson.File{Name: src.name, Data: []byte(src.code)}); err != nil {
			return nil, err
		}
	}
	for _, name := range c.files {
		if err := in.take(name); err != nil {
			return nil, err
		}
	}
	t := &transfer{in: in.files, streams: r.streams(e, c.format)}
	if !src.stdin {
		t.streams.Stdin = e.in
	}
	if c.out != "" {
		var err error
		if t.out, err = openOutlet(c.out); err != nil {
			return nil, err
		}
	}
	if t.out != nil || c.format == formatJSON {
		t.streams.Files = func(f caisson.File) error {
			r.Files = append(r.Files, fileWire{f.Name, len(f.Data)})
			if t.out == nil {
				return nil
			}
			return t.out.write(f)
		}
	}
	return t, nil
}

// A format is how a command answers.
type format string

const (
	formatText format = "text"
	formatJSON format = "json"
)

// Set implements [pflag.Value].
func (f *format) Set(text string) error {
	if !slices.Contains([]string{string(formatText), string(formatJSON)}, text) {
		return caisson.Errorf(caisson.Invalid, "%q is no format: use text or json", text)
	}
	*f = format(text)
	return nil
}

// Type implements [pflag.Value].
func (f *format) Type() string { return "format" }

// String implements [pflag.Value].
func (f *format) String() string { return string(*f) }

// formatOf finds the format in a command line that cannot be parsed.
func formatOf(args []string) format {
	for i, a := range args {
		switch {
		case a == "-ojson", a == "-o=json", a == "--format=json":
			return formatJSON
		case (a == "-o" || a == "--format") && i+1 < len(args) && args[i+1] == "json":
			return formatJSON
		}
	}
	return formatText
}

// An optional is the value of a flag that can be empty and still be given.
type optional struct{ to **string }

// Set implements [pflag.Value].
func (o optional) Set(text string) error {
	*o.to = &text
	return nil
}

// Type implements [pflag.Value].
func (o optional) Type() string { return "code" }

// String implements [pflag.Value].
func (o optional) String() string {
	if o.to == nil || *o.to == nil {
		return ""
	}
	return **o.to
}

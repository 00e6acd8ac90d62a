// Command caisson runs code written by language models in sandboxes.
//
// It is the one place where parts are constructed: wiring.go puts them
// together, backends.go lists where code can run, and each command has a file
// of its own that reads flags, calls the engine and shows what came of it.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/charmbracelet/fang"
	"github.com/spf13/cobra"

	"github.com/caisson-dev/caisson"
)

func main() {
	// Before anything else: a worker is this program again, and should start
	// as fast as it can.
	if name, ok := stageOf(os.Args); ok {
		os.Exit(runStage(name))
	}
	ctx, signals := watch(context.Background())
	code := run(ctx, os.Args[1:], env{in: os.Stdin, out: os.Stdout, err: os.Stderr, signals: signals})
	os.Exit(code)
}

// An env is what a command has of the process around it.
type env struct {
	in       io.Reader
	out, err io.Writer
	signals  *signals
}

// say tells the person at the terminal something of ours.
func (e env) say(format string, args ...any) {
	// Names and reasons may be a guest's: none of it may steer a terminal.
	text := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return '?'
		}
		return r
	}, fmt.Sprintf(format, args...))
	fmt.Fprintf(e.err, "caisson: %s\n", text)
}

// progress tells what takes long, where somebody waits and looks.
func (e env) progress(format string, args ...any) {
	if isTerminal(e.err) {
		e.say(format, args...)
	}
}

// run carries out one command line and returns the exit code.
func run(ctx context.Context, args []string, e env) int {
	root := newRoot(e, args)
	understood := false
	root.PersistentPreRun = func(*cobra.Command, []string) { understood = true }
	root.SetArgs(args)
	root.SetIn(e.in)
	root.SetOut(e.out)
	root.SetErr(e.err)
	err := fang.Execute(ctx, root, fang.WithoutVersion(), fang.WithoutManpage(), fang.WithErrorHandler(func(_ io.Writer, _ fang.Styles, err error) {
		if text := err.Error(); text != "" {
			e.say("%s", text)
		}
	}))
	if _, told := asQuiet(err); err != nil && !told && !understood {
		err = caisson.Errorf(caisson.Invalid, "%w", err)
		if formatOf(args) == formatJSON {
			_ = writeJSON(e.out, failed{wireError(err)}) // nobody is left to tell
		}
	}
	return exitCode(err)
}

// newRoot builds the command line.
func newRoot(e env, args []string) *cobra.Command {
	g := &globals{}
	root := &cobra.Command{
		Use:   "caisson",
		Short: "Run code written by language models in sandboxes",
		Long: `Run code written by language models in sandboxes: Python, JavaScript and
shell in WebAssembly, without root, Docker or KVM.

	caisson run -c 'print(1)'
	caisson run analysis.py data.csv

What is run, why it was allowed and how it ended is on a record that cannot be
changed unseen. "caisson doctor" says what this host can do.

Exit codes: 0 done, 1 our failure, 2 wrong request, 3 forbidden, 4 not found,
5 conflict, 6 exhausted, 7 unsupported, 8 unavailable. "run" and "session exec"
give the code's own exit code: see their help.`,
		Args: cobra.NoArgs,
		RunE: showHelp,
	}
	root.PersistentFlags().StringVar(&g.config, "config", "", "configuration file (default $XDG_CONFIG_HOME/caisson/caisson.toml)")
	root.AddCommand(
		newRunCommand(e, g, args),
		newSessionCommand(e, g, args),
		newImageCommand(e, g),
		newPolicyCommand(e, g),
		newAuditCommand(e, g),
		newDoctorCommand(e, g),
		newBenchCommand(e, g),
		newVersionCommand(e),
		newManCommand(e),
	)
	unwrap(root)
	return root
}

// unwrap makes one line of each paragraph of help, which is laid out anew for
// the screen and for man pages. Lines that are indented stay.
func unwrap(cmd *cobra.Command) {
	var b strings.Builder
	lines := strings.Split(cmd.Long, "\n")
	for i, line := range lines {
		b.WriteString(line)
		if i == len(lines)-1 {
			break
		}
		next := lines[i+1]
		if line == "" || next == "" || line[0] == '\t' || next[0] == '\t' {
			b.WriteByte('\n')
		} else {
			b.WriteByte(' ')
		}
	}
	cmd.Long = b.String()
	for _, c := range cmd.Commands() {
		unwrap(c)
	}
}

// showHelp is what a command does that only has others below it.
func showHelp(c *cobra.Command, _ []string) error { return c.Help() }

// globals are the flags of every command.
type globals struct {
	config string
}

// A quiet error has been told to the caller already: only its exit code is
// left.
type quiet struct {
	code int
	err  error // nil when how the code ended is all there is
}

func (q quiet) Error() string { return "" }

func (q quiet) Unwrap() error { return q.err }

// exits is the one table from error codes to exit codes.
var exits = map[caisson.Code]int{
	caisson.Invalid: 2, caisson.Forbidden: 3, caisson.NotFound: 4, caisson.Conflict: 5,
	caisson.Exhausted: 6, caisson.Unsupported: 7, caisson.Unavailable: 8,
}

func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if q, ok := asQuiet(err); ok {
		return q.code
	}
	if code, ok := exits[caisson.CodeOf(err)]; ok {
		return code
	}
	return 1
}

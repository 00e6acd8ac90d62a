package tools

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"unicode"
)

// A Shell is what a command may ask of the shell that it runs in.
type Shell interface {
	// Environ returns the exported variables, each as NAME=value.
	Environ() []string
	// Run runs a command: a tool, a script or a shell. It returns its status.
	Run(ctx context.Context, r Run) int
	// Which returns the path of a command, "" when there is none.
	Which(name string) string
}

// A Run says what command a tool starts.
type Run struct {
	Args     []string // the name first
	Dir      string
	Environ  []string  // instead of the shell's; the shell's when nil
	In       io.Reader // empty when nil
	Out, Err io.Writer
}

// A Call is one command as it runs.
type Call struct {
	Name     string   // what the command was called as
	Args     []string // without the name
	Dir      string   // absolute
	In       io.Reader
	Out, Err io.Writer
	Shell    Shell

	tool  Tool
	out   *bufio.Writer // Out, until the command ends or starts another
	given io.Reader     // In, as it was given
	in    *bufio.Reader // In; nil until it is wanted
}

// A Tool is one command.
type Tool struct {
	Usage string // its arguments, for --help
	Bad   int    // the status of wrong usage
	main  func(ctx context.Context, c *Call) int
}

// statusPipe is the status of a command that wrote to a pipe nobody reads.
const statusPipe = 128 + 13

// An abort ends a command from anywhere within it.
type abort struct{ status int }

// writers are the output buffers of commands that are over: a loop in a script
// runs very many short ones.
var writers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 32<<10) }}

// Run runs the command and returns its status. The command ends early when ctx
// is done, at its next read or write.
func (t Tool) Run(ctx context.Context, c *Call) (status int) {
	out := &output{ctx: ctx, w: c.Out}
	c.out = writers.Get().(*bufio.Writer)
	c.out.Reset(out)
	defer writers.Put(c.out)
	if c.In == nil {
		c.In = none{}
	}
	c.tool = t
	in := c.In
	c.given, c.In = in, &input{ctx, in}
	status = c.guard(func() int { return t.main(ctx, c) })
	c.giveBack(in)
	if out.err == nil {
		status = max(status, c.guard(func() int {
			c.out.Flush()
			return 0
		}))
	}
	if out.err != nil && ctx.Err() == nil {
		status = c.writeFailed(out.err, status)
	}
	return status
}

// guard runs a part of a command and returns its status, however it ends.
func (c *Call) guard(part func() int) (status int) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case abort:
			status = e.status
		default: // a fault of ours in one command must not take the shell with it
			fmt.Fprintf(c.Err, "%s: internal error: %v\n", c.Name, e)
			status = 2
		}
	}()
	return part()
}

// giveBack leaves a file that is standard input where the command stopped
// taking from it, as others may go on from there.
func (c *Call) giveBack(in io.Reader) {
	if s, ok := in.(io.Seeker); ok && c.in != nil && c.in.Buffered() > 0 {
		s.Seek(-int64(c.in.Buffered()), io.SeekCurrent) // a pipe refuses, and then there is nothing to do
	}
}

// writeFailed says, where it matters, that output was lost.
func (c *Call) writeFailed(err error, status int) int {
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, fs.ErrClosed) {
		return statusPipe
	}
	fmt.Fprintf(c.Err, "%s: write error: %s\n", c.Name, reason(err))
	return max(status, 1)
}

// An output ends the command when nobody takes what it writes.
type output struct {
	ctx context.Context
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	if o.ctx.Err() != nil {
		o.err = o.ctx.Err()
		panic(abort{130})
	}
	n, err := o.w.Write(p)
	if err != nil {
		o.err = err
		panic(abort{1})
	}
	return n, nil
}

// An input ends the command when its context is done.
type input struct {
	ctx context.Context
	r   io.Reader
}

func (i *input) Read(p []byte) (int, error) {
	if i.ctx.Err() != nil {
		panic(abort{130})
	}
	n, err := i.r.Read(p)
	if err != nil && err != io.EOF && i.ctx.Err() != nil { // the interrupt is why
		panic(abort{130})
	}
	return n, err
}

// A none is an empty input.
type none struct{}

func (none) Read([]byte) (int, error) { return 0, io.EOF }

// A Yielding context lets others run each time that it is asked. Nothing
// preempts a goroutine in WebAssembly: without it, no timer would fire while a
// loop computes.
type Yielding struct{ context.Context }

// Err lets others run, then returns the error of the context.
func (y Yielding) Err() error {
	runtime.Gosched()
	return y.Context.Err()
}

// Done lets others run, then returns the channel of the context.
func (y Yielding) Done() <-chan struct{} {
	runtime.Gosched()
	return y.Context.Done()
}

// check ends the command when its context is done. Loops that neither read nor
// write call it.
func check(ctx context.Context) {
	if ctx.Err() != nil {
		panic(abort{130})
	}
}

// stdin returns standard input, buffered.
func (c *Call) stdin() *bufio.Reader {
	if c.in == nil {
		c.in = bufio.NewReaderSize(c.In, 32<<10)
	}
	return c.in
}

func (c *Call) print(s string)                 { c.out.WriteString(s) }
func (c *Call) printf(format string, a ...any) { fmt.Fprintf(c.out, format, a...) }

// warn writes a message in the command's name.
func (c *Call) warn(format string, a ...any) {
	fmt.Fprintf(c.Err, "%s: %s\n", c.Name, fmt.Sprintf(format, a...))
}

// die writes a message and ends the command.
func (c *Call) die(status int, format string, a ...any) {
	c.warn(format, a...)
	panic(abort{status})
}

// usage writes a message with a hint and ends the command.
func (c *Call) usage(status int, format string, a ...any) {
	c.warn(format, a...)
	fmt.Fprintf(c.Err, "Try '%s --help' for more information.\n", c.Name)
	panic(abort{status})
}

// run starts another command and waits for it.
func (c *Call) run(ctx context.Context, args []string, in io.Reader) int {
	return c.start(ctx, Run{Args: args, In: in})
}

func (c *Call) start(ctx context.Context, r Run) int {
	c.out.Flush()
	r.Dir, r.Out, r.Err = cmpOr(r.Dir, c.Dir), c.Out, c.Err
	if r.In == c.In {
		r.In = c.given
	}
	return c.Shell.Run(ctx, r)
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// env returns a variable of the environment.
func (c *Call) env(name string) string {
	v := ""
	for _, kv := range c.Shell.Environ() {
		if k, val, _ := strings.Cut(kv, "="); k == name {
			v = val
		}
	}
	return v
}

// path returns the absolute path that a name stands for.
func (c *Call) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	if name == "" {
		return ""
	}
	return c.Dir + "/" + name
}

// open opens a file to read, "-" being standard input. The caller closes it.
func (c *Call) open(name string) (io.ReadCloser, error) {
	if name == "-" || name == "/dev/stdin" {
		return sharedStdin{c.stdin()}, nil
	}
	f, err := openFile(c.path(name))
	if err != nil {
		return nil, err
	}
	return f, nil
}

// A sharedStdin is standard input, which stays open and keeps what was read
// ahead.
type sharedStdin struct{ *bufio.Reader }

func (sharedStdin) Close() error { return nil }

// Device returns what a device file reads as, nil when the path is none of
// those that are there without being in the file system.
func Device(path string) io.Reader {
	switch path {
	case os.DevNull:
		return none{}
	case "/dev/zero":
		return zeros{}
	case "/dev/random", "/dev/urandom":
		return rand.Reader
	}
	return nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// openFile opens a file to read.
func openFile(path string) (io.ReadCloser, error) {
	if d := Device(path); d != nil {
		return io.NopCloser(d), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if fi, err := f.Stat(); err == nil && fi.IsDir() {
		f.Close()
		return nil, &fs.PathError{Op: "read", Path: path, Err: syscall.EISDIR}
	}
	return f, nil
}

// create opens a file to write.
func (c *Call) create(name string, flag int) (io.WriteCloser, error) {
	switch name {
	case os.DevNull, "/dev/zero":
		return discard{}, nil
	case "/dev/stdout":
		return keepOpen{c.out}, nil
	case "/dev/stderr":
		return keepOpen{c.Err}, nil
	}
	return os.OpenFile(c.path(name), os.O_WRONLY|os.O_CREATE|flag, 0o666)
}

type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }

// inputs calls f with each named file, or standard input when there is none,
// and returns 1 when one could not be read.
func (c *Call) inputs(names []string, f func(name string, r io.Reader)) (status int) {
	return c.inputsSaying("%s: %s", names, f)
}

// inputsSaying is inputs with another message for a file that cannot be opened.
func (c *Call) inputsSaying(format string, names []string, f func(name string, r io.Reader)) (status int) {
	if len(names) == 0 {
		names = []string{"-"}
	}
	for _, name := range names {
		r, err := c.open(name)
		if err != nil {
			c.warn(format, name, reason(err))
			status = 1
			continue
		}
		f(name, r)
		r.Close()
	}
	return status
}

// reason says why a call failed, in the words of strerror.
func reason(err error) string {
	var p *fs.PathError
	var l *os.LinkError
	var s *os.SyscallError
	switch {
	case errors.As(err, &p):
		err = p.Err
	case errors.As(err, &l):
		err = l.Err
	case errors.As(err, &s):
		err = s.Err
	}
	text := err.Error()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "No such file or directory"
	case errors.Is(err, syscall.ENOTEMPTY):
		return "Directory not empty"
	case errors.Is(err, fs.ErrExist):
		return "File exists"
	case errors.Is(err, fs.ErrPermission):
		return "Permission denied"
	case text == "":
		return "Unknown error"
	}
	r := []rune(text)
	r[0] = unicode.ToUpper(r[0])
	return string(r)
}

// Lookup returns the command of a name.
func Lookup(name string) (Tool, bool) {
	t, ok := table[name]
	return t, ok
}

// Names returns the names of all commands, sorted.
func Names() []string {
	names := make([]string, 0, len(table))
	for n := range table {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

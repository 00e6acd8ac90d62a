package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caisson-dev/caisson/internal/guest/shell/tools"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// A Session is one shell. It is for one goroutine at a time.
type Session struct {
	runner      *interp.Runner
	interrupted func() bool
	associative sync.Map      // the names that declare -A declared
	commands    atomic.Uint32 // run so far
	trapped     atomic.Bool   // this execution may have set a trap
	substitutes substitutes   // of this execution
}

// An Execution says what a session runs.
type Execution struct {
	Code     string
	Name     string   // of the script; "bash" when empty
	Args     []string // its positional parameters
	In       *os.File // empty when nil
	Out, Err io.Writer
}

// A SyntaxError is why code could not be run at all.
type SyntaxError struct{ Message string }

func (e *SyntaxError) Error() string { return e.Message }

const (
	statusInterrupted = 128 + 2
	statusBadSyntax   = 2

	pollInterrupt = 20 * time.Millisecond // how often a waiting shell looks
	grace         = time.Second           // what background jobs get at the end
	patience      = 2 * time.Second       // how long their end may take
)

// New returns a shell in a folder, with variables that it exports, each as
// NAME=value. The function interrupted, when not nil, is asked often whether
// the execution that runs is to end.
func New(dir string, environ []string, interrupted func() bool) (*Session, error) {
	s := &Session{interrupted: interrupted}
	if interrupted == nil {
		s.interrupted = func() bool { return false }
	}
	var err error
	s.runner, err = s.shell(process{dir: dir, environ: environ})
	return s, err
}

// Run runs code and returns its status, 130 when it was interrupted or ctx was
// done. A [SyntaxError] has been written to Err, too. Nothing of the execution
// is left when it returns.
func (s *Session) Run(ctx context.Context, e Execution) (int, error) {
	file, err := s.parse(e.Code, cmpOr(e.Name, "bash"))
	if err != nil {
		fmt.Fprintln(e.Err, err)
		return statusBadSyntax, &SyntaxError{err.Error()}
	}
	// Its $? is not that of the last one: what does nothing succeeds.
	file.Stmts = append([]*syntax.Stmt{{Cmd: &syntax.Block{}}}, file.Stmts...)
	out, errOut := e.Out, e.Err
	if err := interp.StdIO(nil, out, errOut)(s.runner); err != nil {
		return 1, err
	}
	if e.In != nil {
		// One that was interrupted while it read left a deadline behind.
		_ = e.In.SetReadDeadline(time.Time{}) // fails for a file of a kind that has none
		if err := interp.StdIO(e.In, out, errOut)(s.runner); err != nil {
			return 1, err
		}
	}
	if err := interp.Params(append([]string{"--"}, e.Args...)...)(s.runner); err != nil {
		return 1, err
	}
	before := runtime.NumGoroutine()
	w, stop := s.watch(ctx)
	status := statusOf(s.runner.Run(w, file), errOut)
	s.settle(w, stop, before, errOut)
	if s.trapped.Swap(false) {
		s.dropExitTrap()
	}
	s.substitutes.remove()
	if w.interrupted.Load() {
		status = statusInterrupted
	}
	return status, nil
}

// statusOf turns what a run returned into a status.
func statusOf(err error, w io.Writer) int {
	var status interp.ExitStatus
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return statusInterrupted
	case errors.As(err, &status):
		return int(status)
	}
	fmt.Fprintf(w, "bash: %v\n", err)
	return 1
}

// settle waits for background jobs, ends those that go on, and leaves no
// goroutine of the execution behind.
func (s *Session) settle(ctx *watched, stop func(), before int, w io.Writer) {
	left := func() bool { return runtime.NumGoroutine() > before }
	for end := time.Now().Add(grace); left() && ctx.Err() == nil && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if left() && ctx.Err() == nil {
		fmt.Fprintln(w, "bash: background jobs ended with the execution")
	}
	stop()
	for end := time.Now().Add(patience); left() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// dropExitTrap forgets the trap of the execution that is over.
func (s *Session) dropExitTrap() {
	file, err := s.parse("trap - EXIT", "bash")
	if err == nil {
		interp.StdIO(nil, nil, nil)(s.runner)
		s.runner.Run(context.Background(), file.Stmts[0])
	}
}

// A watched is a context that asks on its own whether to end, as nothing can
// cancel it from outside while the guest computes.
type watched struct {
	context.Context
	cancel      context.CancelFunc
	ask         func() bool
	interrupted atomic.Bool
	asked       atomic.Uint32
}

// yieldEvery is how often, of all times that it is asked, the context of an
// execution lets others run: see [tools.Yielding].
const yieldEvery = 32

// Err asks and returns the error of the context.
func (w *watched) Err() error {
	if w.asked.Add(1)%yieldEvery == 0 {
		runtime.Gosched()
	}
	if !w.interrupted.Load() && w.ask() {
		w.interrupted.Store(true)
		w.cancel()
	}
	return w.Context.Err()
}

// Done asks and returns the channel of the context.
func (w *watched) Done() <-chan struct{} {
	w.Err()
	return w.Context.Done()
}

// watch returns the context of an execution. Calling stop ends it, and with it
// the timer that asks while everything waits.
func (s *Session) watch(inside context.Context) (w *watched, stop func()) {
	ctx, cancel := context.WithCancel(inside)
	w = &watched{Context: ctx, cancel: cancel, ask: s.interrupted}
	var t *time.Timer
	t = time.AfterFunc(math.MaxInt64, func() {
		if w.Err() == nil {
			t.Reset(pollInterrupt)
		}
	})
	t.Reset(pollInterrupt) // now that t is there for it
	return w, func() {
		cancel()
		t.Stop()
	}
}

// A process is what a shell or command is started with.
type process struct {
	dir      string
	environ  []string       // each as NAME=value
	vars     expand.Environ // where environ is nil: the exported ones of these
	in       io.Reader      // nil is empty
	out, err io.Writer      // nil is nowhere
}

// environment returns the variables that a command sees.
func (p process) environment() []string {
	if p.environ == nil && p.vars != nil {
		return exported(p.vars)
	}
	return p.environ
}

// shell returns an interpreter for a process.
func (s *Session) shell(p process) (*interp.Runner, error) {
	var in io.Reader
	if f, ok := p.in.(*os.File); ok && f != nil {
		in = f
	} else if p.in != nil {
		in = p.in
	}
	return interp.New(
		interp.Env(newEnviron(p.environment())),
		interp.Dir(p.dir),
		interp.StdIO(in, p.out, p.err),
		interp.CallHandler(s.call),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return s.exec }),
		interp.OpenHandler(open),
		interp.StatHandler(stat),
		interp.AccessHandler(access),
	)
}

// parse reads code as bash.
func (s *Session) parse(code, name string) (*syntax.File, error) {
	code = strings.TrimPrefix(code, "\ufeff")
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(code), name)
	if err != nil {
		return nil, err
	}
	if _, err := s.rewrite(file); err != nil {
		return nil, err
	}
	return file, nil
}

// open opens files for redirections.
func open(ctx context.Context, path string, flag int, perm os.FileMode) (io.ReadWriteCloser, error) {
	hc := interp.HandlerCtx(ctx)
	if d := tools.Device(path); d != nil {
		if flag&(os.O_WRONLY|os.O_RDWR) != 0 {
			return nowhere{}, nil
		}
		return piped(d)
	}
	switch path {
	case "/dev/stdout":
		return stream{hc.Stdout}, nil
	case "/dev/stderr":
		return stream{hc.Stderr}, nil
	}
	if path == "" {
		return nil, &os.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	if !strings.HasPrefix(path, "/") {
		path = hc.Dir + "/" + path
	}
	if fi, err := os.Stat(path); err == nil && fi.IsDir() && flag&(os.O_WRONLY|os.O_RDWR) != 0 {
		return nil, &os.PathError{Op: "open", Path: path, Err: errIsDir}
	}
	return os.OpenFile(path, flag, 0o666)
}

// piped returns the end of a pipe that reads as r, as the interpreter wants
// files. Closing it ends the goroutine that fills it.
func piped(r io.Reader) (io.ReadWriteCloser, error) {
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	go func() {
		io.Copy(in, r) // until the end of r, or EPIPE
		in.Close()
	}()
	return out, nil
}

type nowhere struct{}

func (nowhere) Read([]byte) (int, error)    { return 0, io.EOF }
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) Close() error                { return nil }

type stream struct{ io.Writer }

func (stream) Read([]byte) (int, error) { return 0, io.EOF }
func (stream) Close() error             { return nil }

func stat(ctx context.Context, path string, follow bool) (fs.FileInfo, error) {
	fi, err := tools.Stat(path)
	if err != nil {
		if name := systemCommand(path); name != "" {
			return commandInfo{name}, nil
		}
	}
	return fi, err
}

// access says whether a file may be used so: what is there may be read and
// written, and run when chmod said so.
func access(ctx context.Context, path string, mode interp.AccessMode) error {
	fi, err := stat(ctx, path, true)
	if err == nil && mode&interp.AccessExec != 0 && fi.Mode()&0o111 == 0 {
		err = fs.ErrPermission
	}
	return err
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

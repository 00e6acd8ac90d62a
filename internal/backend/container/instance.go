package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/guest"
	"github.com/caisson-dev/caisson/internal/image"
	"github.com/caisson-dev/caisson/internal/sys"
)

// An instance is a container with an agent in it, or with a program at a time.
type instance struct {
	*box
	agent atomic.Pointer[sys.Child] // or the program that runs, of a language without one
	data  uint64                    // bytes of its own that the agent can have; no such limit when zero

	language *image.Language // without an agent; nil of one with
	insist   bool            // an interrupt may come too early to be seen

	// The host's ends of what leads to the agent; -1 once closed.
	control, out, err int

	// busy is held by whoever works with the agent.
	busy sync.Mutex

	killed atomic.Bool
	ended  atomic.Bool         // nothing can run in it any more
	fresh  bool                // the agent has run nothing yet
	run    atomic.Pointer[run] // what runs now; nil when nothing does
}

// startPatience is how long an agent may take to start.
const startPatience = 30 * time.Second

// startAgent puts an agent into a box, which is the instance's from then on.
func startAgent(ctx context.Context, x *box, c command) (_ *instance, err error) {
	i := &instance{box: x, control: -1, out: -1, err: -1, fresh: true}
	i.data = c.rlimits(x.limits)[syscall.RLIMIT_DATA]
	i.insist = c.insist
	defer func() {
		if err != nil {
			err = errors.Join(err, i.Close())
		}
	}()
	stop := context.AfterFunc(ctx, i.Kill)
	defer stop()

	theirs, err := i.connect()
	if err != nil {
		return nil, err
	}
	child, err := x.spawn(c, theirs...)
	closeAll(theirs) // or the end of the agent would not be the end of what it had
	if err != nil {
		return nil, err
	}
	i.agent.Store(child)
	return i, i.greet(ctx, c)
}

// connect makes what leads to the agent, and returns its ends: standard input,
// output and errors, and the socket for frames. The caller closes them.
func (i *instance) connect() (theirs []*os.File, err error) {
	defer func() {
		if err != nil {
			closeAll(theirs)
		}
	}()
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	theirs = append(theirs, null)
	outputs, err := i.outputs()
	theirs = append(theirs, outputs...)
	if err != nil {
		return theirs, err
	}
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return theirs, os.NewSyscallError("socketpair", err)
	}
	i.control = pair[0]
	theirs = append(theirs, os.NewFile(uintptr(pair[1]), "control"))
	return theirs, os.NewSyscallError("fcntl", syscall.SetNonblock(i.control, true))
}

// outputs makes the pipes for standard output and errors, and returns the ends
// that are not ours. The caller closes them, on an error as well.
func (i *instance) outputs() (theirs []*os.File, err error) {
	for _, end := range []*int{&i.out, &i.err} {
		var p [2]int
		if err := syscall.Pipe2(p[:], syscall.O_CLOEXEC); err != nil {
			return theirs, os.NewSyscallError("pipe2", err)
		}
		*end = p[0]
		theirs = append(theirs, os.NewFile(uintptr(p[1]), "output"))
		if err := syscall.SetNonblock(p[0], true); err != nil {
			return theirs, os.NewSyscallError("fcntl", err)
		}
	}
	return theirs, nil
}

// greet waits until the agent is ready.
func (i *instance) greet(ctx context.Context, c command) error {
	var said head
	r := &run{i: i, begin: time.Now(), limits: i.limits}
	r.cmd.Stdout, r.cmd.Stderr = &said, &said
	r.limits.Wall, r.limits.CPU, r.limits.Output = startPatience, startPatience, maxSaid
	r.start()
	defer r.close()
	kind, _, err := guest.ReadFrame(r)
	switch {
	case err == nil && kind == guest.FrameReady:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		err = fmt.Errorf("it sent a frame of kind %q first", rune(kind))
	}
	r.drain()
	return fmt.Errorf("start %s in a container: %w; it said %q", c.args[0], r.cause(err), said)
}

// maxSaid is how much of what an agent that does not start says is kept.
const maxSaid = 4 << 10

// A head keeps what is written to it; its writer keeps to a limit.
type head []byte

func (h *head) Write(p []byte) (int, error) {
	*h = append(*h, p...)
	return len(p), nil
}

// Exec runs one piece of code.
func (i *instance) Exec(ctx context.Context, cmd backend.Cmd) (caisson.Outcome, error) {
	i.busy.Lock()
	defer i.busy.Unlock()
	if i.ended.Load() {
		return caisson.Outcome{}, backend.ErrEnded
	}
	if ctx.Err() != nil {
		return caisson.Outcome{Status: caisson.Killed, Reason: "cancelled"}, nil
	}
	limits := i.limits
	if cmd.Limits != (caisson.Limits{}) {
		limits = limits.Tighten(cmd.Limits)
	}
	r := &run{i: i, cmd: cmd, limits: limits, begin: time.Now()}
	if err := r.meter(); err != nil {
		return caisson.Outcome{}, err
	}
	if i.language != nil {
		return i.runProgram(ctx, r)
	}
	request := guest.Request{Code: cmd.Code, Name: cmd.Name, Args: cmd.Args, Show: cmd.Show, Fresh: i.fresh, Script: cmd.Script}
	r.forget()
	if cmd.Stdin != nil {
		pump, err := i.openPump(cmd.Stdin)
		if err != nil {
			return caisson.Outcome{}, err
		}
		defer pump.close()
		request.Stdin = stdinFIFO
	}
	order, err := request.Encode()
	if err != nil {
		return caisson.Outcome{}, err
	}
	i.fresh = false
	defer r.watch(ctx)()
	return r.carryOut(order)
}

// alive says whether code could run in it.
func (i *instance) alive() bool { return !i.ended.Load() && i.agent.Load().Signal(0) == nil }

// Interrupt ends the running code softly.
func (i *instance) Interrupt() {
	if r := i.run.Load(); r != nil {
		i.interrupt(r)
	}
}

// interrupt signals what a run started. A shell that is about to start a program
// waits for its end before it looks at a signal that came before: it is
// signalled again.
func (i *instance) interrupt(r *run) {
	i.signal(syscall.SIGINT)
	if !i.insist {
		return
	}
	for n := range 5 {
		time.AfterFunc(time.Duration(n+1)*100*time.Millisecond, func() {
			if i.run.Load() == r {
				i.signal(syscall.SIGINT)
			}
		})
	}
}

// signal sends a signal to the agent or program and all that it started.
func (i *instance) signal(s syscall.Signal) {
	if c := i.agent.Load(); c != nil {
		_ = c.SignalGroup(s) // fails when it has ended
	}
}

// Kill ends all guest code at once.
func (i *instance) Kill() {
	i.killed.Store(true)
	i.ended.Store(true)
	if r := i.run.Load(); r != nil {
		r.stop(caisson.Killed, "killed")
	}
	i.kill()
}

// Close kills and frees everything.
func (i *instance) Close() error {
	i.Kill()
	i.busy.Lock()
	defer i.busy.Unlock()
	for _, fd := range []*int{&i.control, &i.out, &i.err} {
		if *fd >= 0 {
			syscall.Close(*fd) // nothing of ours was waiting to be written
			*fd = -1
		}
	}
	return i.close()
}

// WriteFile makes or replaces a file.
func (i *instance) WriteFile(_ context.Context, name string, data []byte) error {
	return i.withFiles(func() error { return i.files.write(name, data) })
}

// ReadFile returns a file.
func (i *instance) ReadFile(_ context.Context, name string, limit int64) (data []byte, err error) {
	err = i.withFiles(func() error { data, err = i.files.read(name, limit); return err })
	return data, err
}

// List returns the files below a folder.
func (i *instance) List(ctx context.Context, name string) (list []backend.FileInfo, err error) {
	err = i.withFiles(func() error { list, err = i.files.list(ctx, name); return err })
	return list, err
}

func (i *instance) withFiles(f func() error) error {
	i.busy.Lock()
	defer i.busy.Unlock()
	if i.killed.Load() {
		return backend.ErrEnded
	}
	return i.files.as(f)
}

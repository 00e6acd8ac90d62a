package sys

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrContainerEnded says that a container, or what was to launch one, had ended
// before what was asked of it was done.
var ErrContainerEnded = errors.New("the container has ended")

// An Init is the first process of a container, which [Launcher.Launch] began.
// It runs plans, itself or in children. When it ends, so does every process of
// the container. It ends by [Init.Kill] and [Init.Close], and when we end,
// however that is. It is safe for concurrent use.
type Init struct {
	*talk
	PID int // as the host has it

	handle *os.File // a pidfd, open until it is over

	mu       sync.Mutex
	children map[int]*Child // that run, by their number inside
}

// newInit takes over what a launch answered, and the talk.
func newInit(t *talk, a initAnswer) (*Init, error) {
	handle, err := pollable(a.handle)
	if err != nil {
		t.socket.Close() // which ends it
		return nil, err
	}
	in := &Init{talk: t, PID: a.pid, handle: handle, children: map[int]*Child{}}
	go func() {
		in.listen(in.note)
		in.Kill()     // if it has not ended but lost its mind
		_ = in.wait() // that it cannot be seen does not keep it alive
		in.handle.Close()
		in.socket.Close()
		in.mu.Lock()
		defer in.mu.Unlock()
		for _, c := range in.children {
			c.end(0, ErrContainerEnded)
		}
		clear(in.children)
		close(in.over)
	}()
	return in, nil
}

// note keeps count of children. A child is known before who asked for it can
// be told, so that its end, which may come next, finds it.
func (in *Init) note(a *initAnswer) {
	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case a.op == initSpawn && a.handle != nil:
		a.child = &Child{PID: outerPID(a.handle), handle: a.handle, done: make(chan struct{})}
		in.children[a.pid] = a.child
	case a.op == initEnded && in.children[a.pid] != nil:
		in.children[a.pid].end(syscall.WaitStatus(a.step), nil)
		delete(in.children, a.pid)
	}
}

// Run has the first process run a plan. The files are those that the plan asks
// for; they stay the caller's. The error of a plan that failed is that of
// [Plan.Failure]; steps before the failure were made.
func (in *Init) Run(p *Plan, files ...*os.File) error {
	_, err := in.do(initRun, p, files)
	return err
}

// Spawn starts a child that runs a plan, whose last step is [Plan.Execve], and
// returns once it has become that program. The files are as with [Init.Run].
// When the error is not nil there is no child. A container has at most 64
// children at a time: one more fails with EAGAIN.
func (in *Init) Spawn(p *Plan, files ...*os.File) (*Child, error) {
	a, err := in.do(initSpawn, p, files)
	return a.child, err
}

func (in *Init) do(op byte, p *Plan, files []*os.File) (initAnswer, error) {
	if len(files) != p.Files() {
		return initAnswer{}, fmt.Errorf("a plan for %d files got %d", p.Files(), len(files))
	}
	plan, err := p.Encode()
	if err != nil {
		return initAnswer{}, err
	}
	a, err := in.ask(op, 0, plan, files...)
	switch {
	case err != nil:
		return a, err
	case a.step == initNotBegun:
		return a, fmt.Errorf("begin a plan: %w", a.errno)
	case a.step != initDone:
		return a, p.Failure(a.step, a.errno)
	}
	return a, nil
}

// Kill ends every process of the container at once. It may be called at any
// time, more than once. Processes that a cgroup has frozen end when they thaw.
func (in *Init) Kill() {
	if signal(in.handle, syscall.SIGKILL, 0) != nil {
		in.socket.Close() // without its host it ends by itself
	}
}

// Alive says whether the first process still is. As long as it is, nobody else
// has its PID.
func (in *Init) Alive() bool {
	dead, err := in.dead()
	return !dead && err == nil
}

// Done is closed when no process of the container is left.
func (in *Init) Done() <-chan struct{} { return in.over }

// Close kills the container, waits until no process of it is left, and frees
// all that belongs to it.
func (in *Init) Close() {
	in.Kill()
	<-in.over
}

// wait waits until no process of the container is left: its first one ends
// last.
func (in *Init) wait() error {
	conn, err := in.handle.SyscallConn()
	if err != nil {
		return err
	}
	return conn.Read(func(fd uintptr) bool { dead, err := ended(fd); return dead || err != nil })
}

// dead says whether the first process has ended.
func (in *Init) dead() (dead bool, err error) {
	conn, err := in.handle.SyscallConn()
	if err != nil {
		return true, err
	}
	var fault error
	err = conn.Control(func(fd uintptr) { dead, fault = ended(fd) })
	return dead, errors.Join(err, fault)
}

// ended says whether the process of a pidfd has ended.
func ended(fd uintptr) (bool, error) {
	for {
		p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(p, 0); err != unix.EINTR {
			return p[0].Revents != 0, err
		}
	}
}

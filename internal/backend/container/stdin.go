package container

import (
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/caisson-dev/caisson/internal/backend"
)

// A pump brings an execution's standard input into its container, beside all
// else: whoever gives it may have nothing for as long as they like.
type pump struct {
	to     *os.File
	keep   int           // its reading end, so that it can be written before the agent opens it
	closed chan struct{} // nobody waits for the code any more
	once   sync.Once     // of finish
}

// openPump begins to pump what r has. The code sees its end when r ends.
func (i *instance) openPump(r io.Reader) (*pump, error) {
	path := fmt.Sprintf("/proc/%d/root%s", i.init.PID, stdinFIFO)
	// Without a reader it could not be opened to write; and what the last
	// execution left in it is to go.
	keep, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open the container's standard input: %w", err)
	}
	to, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		syscall.Close(keep)
		return nil, fmt.Errorf("open the container's standard input: %w", err)
	}
	if !i.init.Alive() { // or it could be the pipe of whoever has its number now
		to.Close()
		syscall.Close(keep)
		return nil, backend.ErrEnded
	}
	discard(keep)
	p := &pump{to: to, keep: keep, closed: make(chan struct{})}
	go func() {
		_, _ = io.Copy(to, r) // what fails ends the input, which is what there is to say
		p.await(i.agent.Load().PID)
		p.finish()
	}()
	return p, nil
}

// await waits until the agent has opened the pipe: before that it would wait
// for a writer for ever.
func (p *pump) await(agent int) {
	var pipe syscall.Stat_t
	if syscall.Fstat(p.keep, &pipe) != nil {
		return // it is closed
	}
	for wait := 100 * time.Microsecond; ; wait = min(2*wait, 20*time.Millisecond) {
		var its syscall.Stat_t
		if err := syscall.Stat(fmt.Sprintf("/proc/%d/fd/0", agent), &its); err != nil || its.Ino == pipe.Ino && its.Dev == pipe.Dev {
			return
		}
		select {
		case <-time.After(wait):
		case <-p.closed:
			return
		}
	}
}

// finish shows the code the end of its input. What was written stays in the
// pipe.
func (p *pump) finish() { p.once.Do(func() { p.to.Close() }) }

// close ends the input. A reader that blocks is left to itself: what it has
// later goes nowhere.
func (p *pump) close() {
	close(p.closed)
	_ = p.to.SetWriteDeadline(time.Unix(1, 0)) // fails when it is closed
	p.finish()
	syscall.Close(p.keep)
}

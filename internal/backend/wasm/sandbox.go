package wasm

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/guest"
	"github.com/caisson-dev/caisson/internal/reactor"
	"github.com/caisson-dev/caisson/internal/wasi"
)

// workFolder is where names begin that do not begin with a slash.
const workFolder = "/workspace/"

// grace is what an interrupted execution has left to end by itself.
const grace = time.Second

// A sandbox is one copy at work, in a worker. It serves one socket.
type sandbox struct {
	w      *worker
	conn   *os.File
	limits caisson.Limits
	fresh  bool // the next execution must draw anew what is random

	// mu guards the instance against all that is not the one at work with it.
	mu sync.Mutex
	in *reactor.Instance

	readers sync.WaitGroup // of orders; one reads at a time
	onLong  func()         // to be called when the running execution takes long
	input   *stdin
	output  int64 // bytes that the execution wrote so far
	results int   // how many it gave so far
}

// serve carries out the orders of one socket until it closes.
func (w *worker) serve(ctx context.Context, conn *os.File) {
	defer conn.Close()
	s := &sandbox{w: w, conn: conn, input: newStdin(conn)}
	r := bufio.NewReader(conn)
	id, err := s.open(ctx, r)
	if id != "" {
		defer w.leave(id)
	}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.in != nil {
			w.give(s.in)
			s.in = nil
			w.stock(ctx)
		}
	}()
	if err != nil {
		s.fail(err)
		return
	}
	if s.done(struct{}{}) != nil {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.obey(ctx, r)
	s.readers.Wait()
}

// open makes the sandbox that the first frame asks for.
func (s *sandbox) open(ctx context.Context, r io.Reader) (id string, err error) {
	k, payload, err := readFrame(r, maxOrder)
	if err != nil || k != orderOpen {
		return "", fmt.Errorf("frame %d where a sandbox was to be opened: %w", k, err)
	}
	var o opening
	if err := json.Unmarshal(payload, &o); err != nil {
		return "", err
	}
	s.limits, s.fresh = o.Limits, o.Fresh
	if s.in, err = s.w.take(ctx); err != nil {
		return "", err
	}
	l := reactor.Limits{Memory: o.Limits.Memory, Disk: o.Limits.Disk, Inodes: o.Limits.Inodes, OpenFiles: o.Limits.OpenFiles}
	switch {
	case o.From != "":
		err = s.fork(o.From, l)
	case o.Restore:
		err = s.restore(l, &stateOrders{r: r})
	default:
		err = s.in.Open(l)
	}
	if err != nil {
		s.in.Close()
		s.in = nil
		return "", err
	}
	return o.ID, s.w.enter(o.ID, s)
}

// A saved sandbox is one byte that says whether its first execution must draw
// anew what is random, and the state of its copy.
const (
	savedUsed  = 0
	savedFresh = 1
)

func (s *sandbox) save(w io.Writer) error {
	fresh := byte(savedUsed)
	if s.fresh {
		fresh = savedFresh
	}
	if _, err := w.Write([]byte{fresh}); err != nil {
		return err
	}
	return s.in.Save(w)
}

func (s *sandbox) restore(l reactor.Limits, r io.Reader) error {
	var fresh [1]byte
	if _, err := io.ReadFull(r, fresh[:]); err != nil {
		return fmt.Errorf("%w: it is empty", reactor.ErrState)
	}
	s.fresh = s.fresh || fresh[0] != savedUsed
	return s.in.Restore(l, r)
}

func (s *sandbox) fork(from string, l reactor.Limits) error {
	parent := s.w.find(from)
	if parent == nil {
		return backend.ErrEnded
	}
	// Who asks for a fork waits for all else that it asked of the parent, so
	// this waits for no more than the end of that.
	parent.mu.Lock()
	defer parent.mu.Unlock()
	if parent.in == nil {
		return backend.ErrEnded
	}
	return parent.in.Fork(s.in, l)
}

// obey reads orders and carries them out. While an execution takes long,
// another goroutine reads on, so that it can be ended: for a short one there is
// none, as to hand over costs more than the execution.
func (s *sandbox) obey(ctx context.Context, r io.Reader) {
	for {
		k, payload, err := readFrame(r, maxOrder)
		if err != nil {
			s.in.Stop(caisson.Killed, "closed")
			return
		}
		switch k {
		case orderInterrupt:
			s.in.Interrupt()
		case orderKill:
			s.in.Stop(caisson.Killed, "killed")
		case orderInput:
			s.input.put(payload)
		case orderExec:
			handedOver := false
			s.exec(ctx, payload, func() {
				handedOver = true
				s.readers.Go(func() { s.obey(ctx, r) })
			})
			if handedOver {
				return
			}
		default:
			if err := s.file(k, payload); err != nil {
				s.fail(err)
			}
		}
	}
}

// exec carries out an orderExec, when the one before is over. onLong is called
// when it takes long.
func (s *sandbox) exec(ctx context.Context, payload []byte, onLong func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.input.reset()
	var o order
	err := json.Unmarshal(payload, &o)
	if err != nil {
		s.fail(err)
		return
	}
	o.Request.Fresh = s.fresh
	request, err := o.Request.Encode()
	if err != nil {
		s.fail(err)
		return
	}
	s.onLong = sync.OnceFunc(onLong)
	call := reactor.Call{
		Request: request,
		Stdio:   wasi.Stdio{Out: s.writer(answerOut, o.Limits.Output), Err: s.writer(answerErr, o.Limits.Output)},
		Ask:     s.answers(o.Limits.Output),
		Wall:    o.Limits.Wall, CPU: o.Limits.CPU, Grace: grace,
		OnLong: s.onLong,
		// A reader that does not read must not keep a guest from ending.
		OnStop: func() { s.conn.SetWriteDeadline(time.Unix(1, 0)) },
	}
	if o.Stdin {
		call.Stdio.In = s.input
	}
	s.output, s.results = 0, 0
	out, err := s.in.Exec(ctx, call)
	s.fresh = false
	s.conn.SetWriteDeadline(time.Time{})
	if err != nil {
		s.fail(err)
		return
	}
	out.Usage.Output = s.output
	s.done(ended{Outcome: out, Broken: s.in.Broken()})
}

// tell writes a frame of the running execution. An execution whose reader is
// slow is one that takes long.
func (s *sandbox) tell(k kind, payload []byte) error {
	frame := appendFrame(nil, k, payload)
	raw, err := s.conn.SyscallConn()
	if err != nil {
		return err
	}
	var n int
	var fault error
	if err := raw.Write(func(fd uintptr) bool {
		n, fault = syscall.Write(int(fd), frame)
		return true // once, whether or not there was room
	}); err != nil {
		return err
	}
	if fault != nil && fault != syscall.EAGAIN && fault != syscall.EINTR {
		return fault
	}
	if frame = frame[max(0, n):]; len(frame) == 0 {
		return nil
	}
	s.onLong()
	_, err = s.conn.Write(frame)
	return err
}

// An ended is what an execution gave.
type ended struct {
	caisson.Outcome
	Broken bool `json:"broken"` // the sandbox can run nothing any more
}

// writer returns where a standard stream of an execution goes: into frames,
// up to the limit that all of its output shares.
func (s *sandbox) writer(k kind, limit int64) func(p []byte) error {
	return func(p []byte) error {
		for len(p) > 0 {
			n := min(len(p), chunk)
			fits := s.spend(n, limit)
			if err := s.tell(k, p[:fits]); err != nil {
				s.in.Stop(caisson.Killed, "nobody reads its output")
				return io.ErrClosedPipe
			}
			if fits < n {
				s.in.Stop(caisson.OutputLimit, "output limit")
				return io.ErrClosedPipe
			}
			p = p[n:]
		}
		return nil
	}
}

// spend takes n bytes of the output limit and returns how many were left.
func (s *sandbox) spend(n int, limit int64) int {
	fits := int(min(int64(n), limit-s.output))
	s.output += int64(fits)
	return fits
}

// answers returns what answers the guest's questions.
func (s *sandbox) answers(limit int64) func(op string, data []byte) ([]byte, uint16) {
	kinds := map[string]struct {
		kind kind
		most int
	}{
		"result": {answerResult, guest.MaxResult},
		"error":  {answerException, guest.MaxException},
	}
	return func(op string, data []byte) ([]byte, uint16) {
		k, ok := kinds[op]
		switch {
		case !ok:
			return nil, uint16(wasi.ENOSYS)
		case len(data) > k.most:
			return nil, errnoTooBig
		case k.kind == answerResult && s.results == maxResults:
			s.in.Stop(caisson.OutputLimit, fmt.Sprintf("limit of %d results", maxResults))
			return nil, uint16(wasi.EPIPE)
		case s.spend(len(data), limit) < len(data):
			s.in.Stop(caisson.OutputLimit, "output limit")
			return nil, uint16(wasi.EPIPE)
		}
		if k.kind == answerResult {
			s.results++
		}
		if err := s.tell(k.kind, data); err != nil {
			s.in.Stop(caisson.Killed, "nobody reads its output")
			return nil, uint16(wasi.EPIPE)
		}
		return nil, 0
	}
}

const errnoTooBig = 1 // E2BIG

// file carries out an order about files or state.
func (s *sandbox) file(k kind, payload []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch k {
	case orderPut:
		name, content, ok := cutName(payload)
		if !ok {
			return errFrame
		}
		return s.put(absolute(name), content)
	case orderGet:
		var f fetch
		if err := json.Unmarshal(payload, &f); err != nil {
			return err
		}
		b, err := s.in.Files().ReadFile(absolute(f.Name), f.Limit)
		if err != nil {
			return fileError(f.Name, err)
		}
		return s.data(func(w io.Writer) error {
			_, err := w.Write(b)
			return err
		})
	case orderList:
		list, err := s.list(absolute(string(payload)))
		if err != nil {
			return fileError(string(payload), err)
		}
		return s.done(list)
	case orderSave:
		return s.data(s.save)
	}
	return fmt.Errorf("%w: kind %d", errFrame, k)
}

// data answers with what write writes.
func (s *sandbox) data(write func(io.Writer) error) error {
	f := newFramer(s.conn, answerData)
	if err := write(f); err != nil {
		return err
	}
	if err := f.flush(); err != nil {
		return err
	}
	return s.done(struct{}{})
}

func (s *sandbox) done(v any) error { return writeJSON(s.conn, answerDone, v) }

func (s *sandbox) fail(err error) error {
	return writeJSON(s.conn, answerFailed, failure{Code: codeOf(err), Message: cut(err.Error())})
}

// codeOf returns the code with which an error travels.
func codeOf(err error) caisson.Code {
	if errors.Is(err, reactor.ErrBroken) || errors.Is(err, backend.ErrEnded) {
		return codeEnded
	}
	if errors.Is(err, reactor.ErrStale) {
		return codeStale
	}
	if errors.Is(err, reactor.ErrState) {
		return caisson.Invalid
	}
	return caisson.CodeOf(err)
}

// Codes that only travel between the two processes.
const (
	codeEnded caisson.Code = "ended"
	codeStale caisson.Code = "stale"
)

func absolute(name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return workFolder + name
}

// stateOrders reads a state out of frames, up to the empty one.
type stateOrders struct {
	r    io.Reader
	left int // of the frame that is being read
	over bool
}

func (o *stateOrders) Read(p []byte) (int, error) {
	for o.left == 0 {
		if o.over {
			return 0, io.EOF
		}
		k, n, err := readHead(o.r, maxOrder)
		if err != nil || k != orderState {
			return 0, io.ErrUnexpectedEOF
		}
		o.left, o.over = n, n == 0
	}
	n, err := o.r.Read(p[:min(len(p), o.left)])
	o.left -= n
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

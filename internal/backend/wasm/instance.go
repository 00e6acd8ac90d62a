package wasm

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/guest"
)

// patience is how much longer than its limits an execution may take before its
// worker is killed: the guest's grace, and time for a machine that is busy.
const patience = grace + 4*time.Second

// An instance is one sandbox, seen from outside. It implements the optional
// interfaces of package backend.
type instance struct {
	b    *Backend
	p    *process
	spec caisson.Spec
	id   string
	conn *os.File
	in   *bufio.Reader

	// busy is held by whoever waits for answers.
	busy sync.Mutex

	writing sync.Mutex // of frames
	killed  atomic.Bool
	ended   atomic.Bool // it is over, its files with it
	broken  atomic.Bool // nothing can run in it any more
	running atomic.Bool
}

// open makes a sandbox in the worker.
func (p *process) open(ctx context.Context, b *Backend, spec caisson.Spec, o opening, state io.Reader) (*instance, error) {
	conn, err := p.connect()
	if err != nil {
		return nil, fmt.Errorf("reach the worker: %w", p.lost(err))
	}
	i := &instance{b: b, p: p, spec: spec, id: newID(), conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}
	stop := context.AfterFunc(ctx, i.Kill)
	defer stop()
	o.ID, o.Limits = i.id, spec.Posture.Limits
	if err = i.sendJSON(orderOpen, o); err == nil && state != nil {
		err = i.sendState(state)
	}
	if err == nil {
		err = i.answer(nil)
	}
	if err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return i, nil
}

func (i *instance) send(k kind, payload ...[]byte) error {
	i.writing.Lock()
	defer i.writing.Unlock()
	return writeFrame(i.conn, k, payload...)
}

func (i *instance) sendJSON(k kind, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return i.send(k, b)
}

// answer reads the answer to an order that has only one. A nil v does not look
// at it.
func (i *instance) answer(v any) error {
	k, payload, err := readFrame(i.in, maxAnswer)
	switch {
	case err != nil:
		return i.p.lost(err)
	case k == answerFailed:
		return failed(payload)
	case k != answerDone:
		return i.distrust("it answered with a frame of kind %d", k)
	case v == nil:
		return nil
	}
	if err := json.Unmarshal(payload, v); err != nil {
		return i.distrust("its answer cannot be read")
	}
	return nil
}

// lost says why a worker is not there any more, when it is not.
func (p *process) lost(err error) error {
	select {
	case <-p.gone:
		return p.cause
	case <-time.After(50 * time.Millisecond): // its end is seen a moment after its socket's
	}
	return err
}

// distrust kills a worker that does not keep to the protocol.
func (i *instance) distrust(format string, args ...any) error {
	i.p.kill()
	return fmt.Errorf("the worker was killed: "+format, args...)
}

// Exec runs one piece of code.
func (i *instance) Exec(ctx context.Context, cmd backend.Cmd) (caisson.Outcome, error) {
	i.busy.Lock()
	defer i.busy.Unlock()
	if i.ended.Load() || i.broken.Load() {
		return caisson.Outcome{}, backend.ErrEnded
	}
	limits := i.spec.Posture.Limits
	if cmd.Limits != (caisson.Limits{}) {
		limits = limits.Tighten(cmd.Limits)
	}
	o := order{Limits: limits, Stdin: cmd.Stdin != nil, Request: guest.Request{
		Code: cmd.Code, Name: cmd.Name, Args: cmd.Args, Show: cmd.Show, Script: cmd.Script}}
	if err := ctx.Err(); err != nil {
		return caisson.Outcome{Status: caisson.Killed, Reason: "cancelled"}, nil
	}
	i.running.Store(true)
	defer i.running.Store(false)
	if err := i.sendJSON(orderExec, o); err != nil {
		return i.gone(err)
	}
	x := run{i: i, cmd: cmd, limit: limits.Output, begin: time.Now()}
	defer x.close()
	stop := context.AfterFunc(ctx, func() { x.end("cancelled") })
	defer stop()
	// What the worker does not end, we end, and the worker with it.
	last := time.AfterFunc(limits.Wall+patience, func() { x.overdue.Store(true); i.p.kill() })
	defer last.Stop()
	return x.wait()
}

// gone is the end of an execution whose worker is not there any more.
func (i *instance) gone(err error) (caisson.Outcome, error) {
	i.ended.Store(true)
	if i.killed.Load() {
		return caisson.Outcome{Status: caisson.Killed, Reason: "killed"}, nil
	}
	return caisson.Outcome{Status: caisson.Lost, Reason: i.p.lost(err).Error()}, nil
}

// A run is one Exec that waits for its worker.
type run struct {
	i         *instance
	cmd       backend.Cmd
	limit     int64
	output    int64
	begin     time.Time
	exception *caisson.Exception
	pump      *pump
	why       atomic.Pointer[string] // why we ended it
	overdue   atomic.Bool
}

// end kills the code.
func (x *run) end(why string) {
	x.why.CompareAndSwap(nil, &why)
	x.i.send(orderKill) // when it does not arrive, the worker is gone
}

// wait hands on what the worker says, until it says how the code ended.
func (x *run) wait() (caisson.Outcome, error) {
	for {
		k, payload, err := readFrame(x.i.in, maxAnswer)
		if err != nil {
			return x.lost(err)
		}
		switch k {
		case answerOut:
			x.write(x.cmd.Stdout, payload)
		case answerErr:
			x.write(x.cmd.Stderr, payload)
		case answerResult:
			x.spend(payload)
			// A result that cannot be read is the guest's own loss.
			if r, err := guest.DecodeResult(payload); err == nil && x.cmd.Results != nil {
				x.cmd.Results(r)
			}
		case answerException:
			x.spend(payload)
			if e, err := guest.DecodeException(payload); err == nil {
				x.exception = &e
			}
		case answerWant:
			x.want()
		case answerDone:
			return x.ended(payload)
		case answerFailed:
			err := failed(payload)
			x.i.broken.Store(errors.Is(err, backend.ErrEnded))
			return caisson.Outcome{}, err
		default:
			err := x.i.distrust("it sent a frame of kind %d", k)
			x.i.ended.Store(true)
			return caisson.Outcome{Status: caisson.Lost, Reason: err.Error()}, nil
		}
		if x.output > x.limit+maxAnswer {
			x.i.distrust("it sent more output than the limit allows")
		}
	}
}

func (x *run) spend(p []byte) { x.output += int64(len(p)) }

func (x *run) write(w io.Writer, p []byte) {
	x.spend(p)
	if w == nil || x.why.Load() != nil {
		return
	}
	if _, err := w.Write(p); err != nil {
		x.end("nobody reads its output: " + err.Error())
	}
}

// ended reads how the code ended, and believes no more of it than can be.
func (x *run) ended(payload []byte) (caisson.Outcome, error) {
	var e ended
	if err := json.Unmarshal(payload, &e); err != nil {
		x.i.ended.Store(true)
		err := x.i.distrust("its answer cannot be read")
		return caisson.Outcome{Status: caisson.Lost, Reason: err.Error()}, nil
	}
	out := e.Outcome
	out.Exception = x.exception
	out.Reason = cut(out.Reason)
	out.Usage.Wall = time.Since(x.begin)
	out.Usage.CPU = min(out.Usage.CPU, out.Usage.Wall)
	out.Usage.PeakMemory = min(out.Usage.PeakMemory, x.i.spec.Posture.Limits.Memory)
	out.Usage.Output = x.output
	if why := x.why.Load(); why != nil && out.Status == caisson.Killed {
		out.Reason = *why
	}
	if e.Broken {
		x.i.broken.Store(true)
	}
	return out, nil
}

// lost is the end of code whose worker ended under it.
func (x *run) lost(err error) (caisson.Outcome, error) {
	out, err := x.i.gone(err)
	out.Usage = caisson.Usage{Wall: time.Since(x.begin), Output: x.output}
	switch why := x.why.Load(); {
	case x.overdue.Load():
		out.Status, out.Reason = caisson.TimedOut, "wall time limit; it did not stop, and its worker was killed"
	case why != nil:
		out.Status, out.Reason = caisson.Killed, *why
	}
	return out, err
}

// want reads stdin for the code, beside everything else: the reader may have
// nothing for as long as it likes.
func (x *run) want() {
	if x.pump == nil {
		x.pump = newPump(x.cmd.Stdin, func(b []byte) { x.i.send(orderInput, b) })
	}
	x.pump.ask()
}

func (x *run) close() {
	if x.pump != nil {
		x.pump.close()
	}
}

// Interrupt ends the running code softly.
func (i *instance) Interrupt() {
	if i.running.Load() {
		i.send(orderInterrupt)
	}
}

// Kill ends the sandbox.
func (i *instance) Kill() {
	i.killed.Store(true)
	i.ended.Store(true)
	i.send(orderKill)
}

// Close kills and frees the sandbox.
func (i *instance) Close() error {
	i.Kill()
	err := i.conn.Close()
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// WriteFile makes or replaces a file.
func (i *instance) WriteFile(_ context.Context, name string, data []byte) error {
	return i.ask(func() error { return i.send(orderPut, putName(name), data) }, func() error { return i.answer(nil) })
}

// ReadFile returns a file.
func (i *instance) ReadFile(_ context.Context, name string, limit int64) ([]byte, error) {
	var data bytes.Buffer
	err := i.ask(func() error { return i.sendJSON(orderGet, fetch{Name: name, Limit: limit}) },
		func() error { return i.data(&data, limit) })
	if err != nil {
		return nil, err
	}
	return data.Bytes(), nil
}

// List returns the files below a folder.
func (i *instance) List(_ context.Context, name string) (list []backend.FileInfo, err error) {
	err = i.ask(func() error { return i.send(orderList, []byte(name)) }, func() error { return i.answer(&list) })
	return list, err
}

// ask sends an order and reads its answer.
func (i *instance) ask(send, answer func() error) error {
	i.busy.Lock()
	defer i.busy.Unlock()
	if i.ended.Load() {
		return backend.ErrEnded
	}
	if err := send(); err != nil {
		i.ended.Store(true)
		return i.p.lost(err)
	}
	return answer()
}

// data writes what comes in frames of data to w, at most limit bytes.
func (i *instance) data(w io.Writer, limit int64) error {
	for n := int64(0); ; {
		k, payload, err := readFrame(i.in, maxAnswer)
		switch {
		case err != nil:
			i.ended.Store(true)
			return i.p.lost(err)
		case k == answerFailed:
			return failed(payload)
		case k == answerDone:
			return nil
		case k != answerData:
			return i.distrust("it sent a frame of kind %d", k)
		}
		if n += int64(len(payload)); n > limit {
			return i.distrust("it sent more than was asked for")
		}
		if _, err := w.Write(payload); err != nil {
			// What still comes has no reader; the sandbox cannot be used on.
			i.Kill()
			return err
		}
	}
}

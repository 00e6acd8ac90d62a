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
	"syscall"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/guest"
)

// An instance is one sandbox, seen from outside. It implements the optional
// interfaces of package backend.
type instance struct {
	b    *Backend
	p    *process
	spec caisson.Spec
	id   string
	conn *os.File
	in   *bufio.Reader

	leave func() // lets its worker go

	// busy is held by whoever waits for answers.
	busy sync.Mutex

	writing sync.Mutex // of frames
	killed  atomic.Bool
	ended   atomic.Bool         // it is over, its files with it
	broken  atomic.Bool         // nothing can run in it any more
	run     atomic.Pointer[run] // what runs now; nil when nothing does
}

// open makes a sandbox in the worker, which the caller uses meanwhile, when all
// walls that it requires stand.
func (p *process) open(ctx context.Context, b *Backend, spec caisson.Spec, o opening, state io.Reader) (backend.Instance, error) {
	if lacking := spec.Posture.Lacking(p.stand); len(lacking) > 0 {
		return nil, caisson.Errorf(caisson.Unsupported,
			"the policy requires %v, which this host cannot build (%v): run \"caisson doctor\", or change the policy's \"require\"", lacking, p.missing)
	}
	conn, err := p.connect()
	if err != nil {
		return nil, fmt.Errorf("reach the worker: %w", p.lost(err))
	}
	i := &instance{b: b, p: p, spec: spec, id: newID(), conn: conn, in: bufio.NewReader(conn)}
	_, i.leave = b.use(workerKey{spec.Tenant, spec.Runtime})
	stop := context.AfterFunc(ctx, i.Kill)
	defer stop()
	defer i.watch().stop()
	o.ID, o.Limits = i.id, spec.Posture.Limits
	if err = i.sendJSON(orderOpen, o); err == nil && state != nil {
		err = i.sendState(state)
	}
	// A worker that refuses a state stops reading it, and says why.
	if err == nil || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		err = i.answer(nil)
	}
	if err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return i, nil
}

// watch kills the worker when it does not carry out an order in time.
func (i *instance) watch() *watchdog { return watch(i.b.config.patience, i.p.kill) }

func (i *instance) send(k kind, payload ...[]byte) error {
	return writeFrame(orders{i}, k, payload...)
}

// orders takes whole frames, and lets none come into another.
type orders struct{ i *instance }

func (o orders) Write(frame []byte) (int, error) {
	o.i.writing.Lock()
	defer o.i.writing.Unlock()
	return o.i.conn.Write(frame)
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

// lost says why a worker is not there any more, when it is not. One that sends
// what is no frame is killed.
func (p *process) lost(err error) error {
	if errors.Is(err, errFrame) {
		p.kill()
		return err
	}
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
	x := &run{i: i, cmd: cmd, limit: limits.Output, begin: time.Now()}
	// What the worker does not end, we end, and the worker with it.
	x.dog = watch(limits.Wall+i.b.config.patience, i.p.kill)
	defer x.dog.stop()
	defer x.close()
	if err := i.sendJSON(orderExec, o); err != nil {
		return i.gone(err)
	}
	i.run.Store(x)
	defer i.run.Store(nil)
	stop := context.AfterFunc(ctx, func() { x.end("cancelled") })
	defer stop()
	if i.killed.Load() {
		x.end("killed") // a Kill that came before the order found nothing to end
	}
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
	results   int
	fault     error // what it did that no honest worker does
	begin     time.Time
	exception *caisson.Exception
	pump      *pump
	why       atomic.Pointer[string] // why we ended it
	dog       *watchdog
}

// end kills the code.
func (x *run) end(why string) {
	x.why.CompareAndSwap(nil, &why)
	x.dog.hurry(x.i.b.config.patience)
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
			if x.results++; x.results > maxResults {
				x.fault = x.i.distrust("it sent more results than one execution can have")
				break
			}
			// A result that cannot be read is the guest's own loss.
			if r, err := guest.DecodeResult(payload); x.spend(payload) && err == nil && x.cmd.Results != nil {
				x.dog.hold(func() { x.cmd.Results(r) })
			}
		case answerException:
			if e, err := guest.DecodeException(payload); x.spend(payload) && err == nil {
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
			x.fault = x.i.distrust("it sent a frame of kind %d", k)
		}
		if x.fault != nil {
			// Nothing that it says of the end is believed.
			x.i.ended.Store(true)
			return caisson.Outcome{Status: caisson.Lost, Reason: x.fault.Error(),
				Usage: caisson.Usage{Wall: time.Since(x.begin), Output: x.output}}, nil
		}
	}
}

// spend counts output and says whether it is within the limit, which the worker
// keeps: one that does not is not trusted.
func (x *run) spend(p []byte) bool {
	if int64(len(p)) > x.limit-x.output {
		x.fault = x.i.distrust("it sent more output than the limit allows")
		return false
	}
	x.output += int64(len(p))
	return true
}

func (x *run) write(w io.Writer, p []byte) {
	if !x.spend(p) || w == nil || x.why.Load() != nil {
		return
	}
	var err error
	x.dog.hold(func() { _, err = w.Write(p) })
	if err != nil {
		x.end("nobody reads its output: " + err.Error())
	}
}

// tellable says whether a status is an end that a worker can tell.
func tellable(s caisson.Status) bool {
	switch s {
	case caisson.Exited, caisson.Signaled, caisson.TimedOut, caisson.OutOfMemory, caisson.OutputLimit, caisson.DiskLimit, caisson.Killed:
		return true
	}
	return false
}

// ended reads how the code ended, and believes no more of it than can be.
func (x *run) ended(payload []byte) (caisson.Outcome, error) {
	var e ended
	if err := json.Unmarshal(payload, &e); err != nil || !tellable(e.Status) {
		x.i.ended.Store(true)
		err := x.i.distrust("its answer cannot be read")
		return caisson.Outcome{Status: caisson.Lost, Reason: err.Error()}, nil
	}
	out := e.Outcome
	out.Exception = x.exception
	out.Reason = cut(out.Reason)
	out.Usage.Wall = time.Since(x.begin)
	limits := x.i.spec.Posture.Limits
	out.Usage.CPU = max(0, min(out.Usage.CPU, out.Usage.Wall))
	out.Usage.PeakMemory = max(0, min(out.Usage.PeakMemory, limits.Memory))
	out.Usage.Disk = max(0, min(out.Usage.Disk, limits.Disk))
	out.Usage.Output = x.output
	out.ExitCode &= 255
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
	case x.dog.stop() && why == nil && !x.i.killed.Load():
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

// close ends the pump. It waits for stdin that is on its way to the worker,
// which has as long to read it as for any other order.
func (x *run) close() {
	if x.pump != nil {
		x.dog.hurry(x.i.b.config.patience)
		x.pump.close()
	}
}

// Interrupt ends the running code softly.
func (i *instance) Interrupt() {
	if i.run.Load() != nil {
		i.send(orderInterrupt)
	}
}

// Kill ends the sandbox. It waits for nobody: a worker that does not read its
// orders sees its socket closed.
func (i *instance) Kill() {
	i.killed.Store(true)
	i.ended.Store(true)
	if x := i.run.Load(); x != nil {
		x.dog.hurry(i.b.config.patience)
	}
	i.conn.SetWriteDeadline(time.Now().Add(time.Second)) // fails when it is closed
	if i.send(orderKill) != nil {
		i.conn.Close()
	}
}

// Close kills and frees the sandbox.
func (i *instance) Close() error {
	defer i.leave()
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
func (i *instance) List(_ context.Context, name string) ([]backend.FileInfo, error) {
	var list listing
	err := i.ask(func() error { return i.send(orderList, []byte(name)) }, func() error { return i.answer(&list) })
	return list, err
}

// ask sends an order and reads its answer.
func (i *instance) ask(send, answer func() error) error {
	i.busy.Lock()
	defer i.busy.Unlock()
	if i.ended.Load() {
		return backend.ErrEnded
	}
	defer i.watch().stop()
	if err := send(); err != nil {
		i.ended.Store(true)
		return i.p.lost(err)
	}
	return answer()
}

// data writes what comes in frames of data to w, at most limit bytes.
func (i *instance) data(w io.Writer, limit int64) error {
	var room []byte
	for n := int64(0); ; {
		k, payload, err := readFrameInto(room, i.in, maxAnswer)
		room = payload // w has taken what it needs of it before the next comes
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

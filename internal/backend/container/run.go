package container

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/guest"
	"github.com/caisson-dev/caisson/internal/sys"
)

const (
	// grace is what interrupted code has left to end by itself.
	grace = time.Second

	// maxResults is how many results one execution can have. A small one takes
	// many times its bytes in whoever keeps it.
	maxResults = 4096

	// patience is how much processor time an execution has before its sandbox
	// gets only what no other wants.
	patience = time.Second

	// chunk is how much output is read at once.
	chunk = 64 << 10
)

// A run is one execution, seen from outside. It is the reader of the agent's
// frames and the writer of those to it: while it waits for the agent, it hands
// on what the code writes and looks at the limits.
type run struct {
	i      *instance
	cmd    backend.Cmd
	limits caisson.Limits
	begin  time.Time

	before  sys.CgroupUsage
	output  int64
	results int
	buffer  []byte
	nextCPU time.Time // when to look at the processor time again

	exception *caisson.Exception

	hardAt time.Time   // when interrupted code is killed; zero when it is not to be
	last   *time.Timer // ends code that nothing else ended

	mu     sync.Mutex
	status caisson.Status // why we ended it; empty when we did not
	reason string
}

// meter notes what was used before. What the last execution left behind had
// no more rank than that had at its end.
func (r *run) meter() (err error) {
	r.i.promote()
	if r.before, err = r.i.group.Usage(); err != nil {
		return fmt.Errorf("read the control group: %w", err)
	}
	if err := r.i.group.ResetPeak(); err != nil {
		return fmt.Errorf("reset the control group's peak: %w", err)
	}
	return nil
}

// start sets the limits in motion.
func (r *run) start() {
	r.buffer = make([]byte, chunk)
	r.nextCPU = r.begin.Add(min(r.limits.CPU, patience))
	// A caller whose writer blocks keeps us from looking at limits.
	r.last = time.AfterFunc(r.limits.Wall+grace, func() { r.stop(caisson.TimedOut, wallReason) })
}

func (r *run) close() { r.last.Stop() }

// watch is start for code whose caller can end it. Done takes it back.
func (r *run) watch(ctx context.Context) (done func()) {
	r.start()
	r.i.run.Store(r)
	stop := context.AfterFunc(ctx, func() { r.stop(caisson.Killed, "cancelled") })
	if r.i.killed.Load() {
		r.stop(caisson.Killed, "killed") // a Kill that came before found nothing to end
	}
	return func() {
		stop()
		r.i.run.Store(nil)
		r.close()
	}
}

const (
	wallReason = "wall time limit"
	cpuReason  = "processor time limit"
	deaf       = "nobody reads its output: "
)

// end notes why the code must end; the first reason counts. It reports whether
// this was the first.
func (r *run) end(status caisson.Status, reason string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status != "" {
		return false
	}
	r.status, r.reason = status, reason
	return true
}

// stop ends the code at once, and its container with it.
func (r *run) stop(status caisson.Status, reason string) {
	r.end(status, reason)
	r.i.ended.Store(true)
	r.i.kill()
}

// interrupt ends the code softly, and after its grace at once.
func (r *run) interrupt(status caisson.Status, reason string) {
	if !r.end(status, reason) {
		return
	}
	r.hardAt = time.Now().Add(grace)
	r.i.promote() // or it has no time to end by itself, and is killed
	r.i.interrupt(r)
}

// carryOut sends the order and waits for the end of it.
func (r *run) carryOut(order []byte) (caisson.Outcome, error) {
	err := guest.WriteFrame(r, guest.FrameExecute, order)
	for err == nil && !r.i.ended.Load() {
		r.check() // who floods us with frames leaves no other time for it
		var kind guest.Kind
		var payload []byte
		if kind, payload, err = guest.ReadFrame(r); err != nil {
			break
		}
		switch kind {
		case guest.FrameResult:
			r.result(payload)
		case guest.FrameException:
			r.raised(payload)
		case guest.FrameTurn:
			r.drain()
			err = guest.WriteFrame(r, guest.FrameTurn, nil)
		case guest.FrameDone:
			var code int
			if code, err = guest.DecodeDone(payload); err != nil {
				break
			}
			r.drain()
			return r.outcome(code, syscall.WaitStatus(0), false)
		default:
			err = fmt.Errorf("%w: kind %q while code runs", guest.ErrFrame, rune(kind))
		}
	}
	return r.gone(err)
}

// result hands on one result. One that cannot be read is the guest's own loss.
func (r *run) result(payload []byte) {
	if !r.takes(payload) {
		return
	}
	if v, err := guest.DecodeResult(payload); err == nil && r.cmd.Results != nil {
		r.cmd.Results(v)
	}
}

// raised keeps the exception that the code ended with.
func (r *run) raised(payload []byte) {
	if !r.takes(payload) {
		return
	}
	if e, err := guest.DecodeException(payload); err == nil {
		r.exception = &e
	}
}

// takes says whether the limits leave room for one more value of the code's.
func (r *run) takes(payload []byte) bool {
	if r.results++; r.results > maxResults {
		r.interrupt(caisson.OutputLimit, fmt.Sprintf("limit of %d results", maxResults))
		return false
	}
	return r.spend(len(payload)) == len(payload)
}

// gone is the end of code whose agent is no longer there, or no agent any more.
func (r *run) gone(err error) (caisson.Outcome, error) {
	r.i.ended.Store(true)
	if errors.Is(err, guest.ErrFrame) {
		r.stop(caisson.Signaled, "the code broke its interpreter: "+err.Error())
	}
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	// Who closed the connection and did not end is no agent any more.
	status, werr := r.i.agent.Load().Wait(ctx)
	r.drain()
	r.i.kill()
	if werr != nil {
		r.end(caisson.Signaled, "the code ended its interpreter")
	}
	return r.outcome(status.ExitStatus(), status, true)
}

// cause is the error of an agent that did not get ready.
func (r *run) cause(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status != "" {
		return fmt.Errorf("%s (%s)", r.status, r.reason)
	}
	return err
}

// outcome says how the code ended. What we did to it comes first, then what it
// ran into, and only then what it says itself.
func (r *run) outcome(code int, died syscall.WaitStatus, dead bool) (caisson.Outcome, error) {
	out := caisson.Outcome{Status: caisson.Exited, ExitCode: code & 255, Exception: r.exception}
	used, err := r.i.group.Usage()
	if err != nil {
		return caisson.Outcome{Status: caisson.Lost, Reason: "the control group cannot be read"}, fmt.Errorf("read the control group: %w", err)
	}
	disk, full, err := r.i.box.files.used()
	if err != nil {
		return caisson.Outcome{Status: caisson.Lost, Reason: "the container's files cannot be read"}, fmt.Errorf("measure the container's files: %w", err)
	}
	out.Refused = r.i.refusals.take()
	wall := time.Since(r.begin)
	// Clocks that are read one after the other can disagree by a little.
	cpu := min(used.CPU-r.before.CPU, time.Duration(float64(wall)*r.i.cpus))
	out.Usage = caisson.Usage{Wall: wall, CPU: cpu, PeakMemory: min(used.MemoryPeak, r.i.limits.Memory), Output: r.output, Disk: disk}

	r.mu.Lock()
	status, reason := r.status, r.reason
	r.mu.Unlock()
	failed := code != 0 || dead
	switch {
	case status == caisson.Signaled && used.OOMKills > r.before.OOMKills:
		status, reason = caisson.OutOfMemory, "memory limit"
	case status != "":
	case failed && used.OOMKills > r.before.OOMKills:
		status, reason = caisson.OutOfMemory, "memory limit"
	case failed && !dead && r.i.tookAllData():
		status, reason = caisson.OutOfMemory, "memory limit"
	case failed && used.ProcessRefusals > r.before.ProcessRefusals:
		status, reason = caisson.ProcessLimit, fmt.Sprintf("limit of %d processes and threads", r.i.limits.Processes)
	case failed && full:
		status, reason = caisson.DiskLimit, "disk limit"
	case dead && died.Signaled():
		status, reason = caisson.Signaled, "signal "+died.Signal().String()
	}
	if status != "" {
		out.Status, out.Reason = status, reason
	}
	if out.Status != caisson.Exited {
		out.ExitCode = 0
	}
	return out, nil
}

// Read reads from the agent's connection.
func (r *run) Read(p []byte) (int, error) {
	for {
		n, err := syscall.Read(r.i.control, p)
		switch {
		case n > 0:
			return n, nil
		case err == syscall.EAGAIN:
			if err := r.wait(false); err != nil {
				return 0, err
			}
		case err == syscall.EINTR:
		case err == nil, err == syscall.ECONNRESET:
			return 0, io.EOF
		default:
			return 0, err
		}
	}
}

// Write writes to the agent's connection.
func (r *run) Write(p []byte) (int, error) {
	for n := 0; ; {
		m, err := syscall.Write(r.i.control, p[n:])
		n += max(0, m)
		switch {
		case n == len(p):
			return n, nil
		case err == syscall.EAGAIN:
			if err := r.wait(true); err != nil {
				return n, err
			}
		case err != nil && err != syscall.EINTR:
			return n, err
		}
	}
}

// wait waits for the agent's connection, and meanwhile hands on output and
// keeps the limits.
func (r *run) wait(write bool) error {
	for {
		fds := [...]sys.Polled{{FD: r.i.control, Write: write}, {FD: r.i.out}, {FD: r.i.err}}
		if err := sys.Poll(r.check(), fds[:]); err != nil {
			return err
		}
		if fds[1].Ready {
			r.copyOnce(&r.i.out, r.cmd.Stdout)
		}
		if fds[2].Ready {
			r.copyOnce(&r.i.err, r.cmd.Stderr)
		}
		if fds[0].Ready {
			return nil
		}
	}
}

// check keeps the limits of time and returns when to look again.
func (r *run) check() time.Duration {
	now := time.Now()
	if !r.hardAt.IsZero() {
		if !now.Before(r.hardAt) {
			r.stop(caisson.Killed, "") // the interrupt said why
			return grace
		}
		return r.hardAt.Sub(now)
	}
	wallAt := r.begin.Add(r.limits.Wall)
	if !now.Before(wallAt) {
		r.interrupt(caisson.TimedOut, wallReason)
		return grace
	}
	if !now.Before(r.nextCPU) {
		used, err := r.i.group.Usage()
		left := r.limits.CPU - (used.CPU - r.before.CPU)
		if err != nil || left <= 0 {
			r.interrupt(caisson.TimedOut, cpuReason)
			return grace
		}
		if patient := patience - (r.limits.CPU - left); patient > 0 {
			left = min(left, patient)
		} else {
			r.i.demote()
		}
		// No sooner can it have used what is left.
		r.nextCPU = now.Add(max(time.Millisecond, time.Duration(float64(left)/r.i.cpus)))
	}
	return min(wallAt.Sub(now), r.nextCPU.Sub(now))
}

// copyOnce hands on what can be read at once. It says whether there was
// something.
func (r *run) copyOnce(fd *int, w io.Writer) bool {
	if *fd < 0 {
		return false
	}
	n, err := syscall.Read(*fd, r.buffer)
	if n <= 0 {
		if err == nil { // nobody has the other end any more
			syscall.Close(*fd)
			*fd = -1
		}
		return false
	}
	fits := r.spend(n)
	if w == nil || fits == 0 || r.ended() {
		return true
	}
	if _, err := w.Write(r.buffer[:fits]); err != nil {
		r.interrupt(caisson.Killed, deaf+err.Error())
	}
	return true
}

// ended says whether the code is being ended for another reason than its
// output: what it still says nobody wants to hear.
func (r *run) ended() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status == caisson.Killed
}

// drain hands on what the code wrote before its end. What it started and left
// behind may write for ever.
func (r *run) drain() {
	for range 1 << 10 {
		out := r.copyOnce(&r.i.out, r.cmd.Stdout)
		if err := r.copyOnce(&r.i.err, r.cmd.Stderr); !out && !err {
			return
		}
	}
}

// forget drops what was written since the last execution: nobody asked for it.
func (r *run) forget() {
	for _, fd := range []int{r.i.out, r.i.err} {
		discard(fd)
	}
}

// tookAllData says whether the agent, at some time, had as much private memory
// as its limit permits. The kernel keeps the peak of all its memory, of which
// what is not private hardly changes.
func (i *instance) tookAllData() bool {
	peak, all, data, err := sys.MemoryOf(i.agent.Load().PID)
	limit := int64(i.data)
	return err == nil && limit > 0 && peak-(all-data) >= limit/100*dataNearly
}

// dataNearly is how much of its private memory a program has asked for when it
// was refused more, in percent at least: what it was refused is not counted.
const dataNearly = 90

// discard reads what a descriptor has now.
func discard(fd int) {
	b := make([]byte, chunk)
	for range 1 << 6 {
		if n, _ := syscall.Read(fd, b); n <= 0 { // nothing more, or nothing at all
			return
		}
	}
}

// spend takes n bytes of the output limit and returns how many were left.
func (r *run) spend(n int) int {
	fits := int(min(int64(n), r.limits.Output-r.output))
	r.output += int64(fits)
	if fits < n {
		r.interrupt(caisson.OutputLimit, "output limit")
	}
	return fits
}

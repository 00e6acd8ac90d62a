package reactor

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/sys"
	"github.com/caisson-dev/caisson/internal/wasi"
)

// slice is how much fuel a guest gets at once: about a millisecond's worth.
const slice = 200_000

// short is how long an execution can run before it is no short one.
const short = 500 * time.Microsecond

// A Call is one execution, as an instance sees it.
type Call struct {
	Request []byte     // for caisson_exec
	Stdio   wasi.Stdio // where its standard streams lead

	// Ask answers caisson.call. data is guest memory: it must not be kept. The
	// error is a WASI errno, 0 for none. Every operation is ENOSYS when nil.
	Ask func(op string, data []byte) (answer []byte, errno uint16)

	Wall  time.Duration // real time; the code is interrupted at its end
	CPU   time.Duration // processor time; the same
	Grace time.Duration // what an interrupted execution has left to end by itself

	// OnLong is called once when the execution turns out to be no short one: it
	// has run for a while, or is about to wait. Interrupt and Stop reach it by
	// then. Nothing happens when nil.
	OnLong func()

	// OnStop is called when the execution must end at once, from any
	// goroutine, at most a few times. Nothing happens when nil.
	OnStop func()
}

// errStopped unwinds a guest that was stopped.
var errStopped = errors.New("stopped")

// An execution is a Call that runs. It is the context of all its host calls:
// done when the guest must end.
type execution struct {
	context.Context
	in     *Instance
	ask    func(op string, data []byte) ([]byte, uint16)
	answer []byte
	begin  time.Time
	long   func() // OnLong, until it is called

	start    time.Duration // of the thread's clock
	cpu      time.Duration // what may be used of it
	grace    time.Duration
	overtime bool
}

// refuel is called by the guest each time its slice is used up. It runs on the
// guest's goroutine, where Go's scheduler and collector can stop it.
func (x *execution) refuel() int64 {
	if x.long != nil && time.Since(x.begin) > short {
		x.isLong()
	}
	if used := sys.ThreadCPU() - x.start; used > x.cpu {
		if !x.overtime {
			x.overtime = true
			x.in.end(caisson.TimedOut, "processor time limit", false)
		}
		if used > x.cpu+x.grace {
			x.in.end(caisson.TimedOut, "processor time limit", true)
		}
	}
	mem := x.in.bytes()
	x.look(mem)
	return slice
}

// isLong tells that the execution is no short one.
func (x *execution) isLong() {
	if long := x.long; long != nil {
		x.long = nil
		long()
	}
}

// charge takes from the guest's fuel what a host call took of its time: a loop
// of long calls would come to refuel too seldom for its limits.
func (x *execution) charge(d time.Duration) {
	if fuel := x.in.fuel; fuel != nil { // there is none while booting
		fuel.Set(fuel.Get() - uint64(d/(time.Millisecond/slice)))
	}
}

// look ends the guest when it must end, and interrupts it when it shall.
func (x *execution) look(mem []byte) {
	if x.Err() != nil {
		panic(errStopped)
	}
	if x.in.interrupted.CompareAndSwap(true, false) {
		poke(mem, x.in.program.interrupt)
		x.in.poked = true
	}
}

// poke sets the flags through which an interpreter sees an interrupt.
func poke(mem []byte, flags [4]uint32) {
	for _, at := range flags[:2] {
		if b, ok := part(mem, at, 4); ok {
			binary.LittleEndian.PutUint32(b, 1)
		}
	}
	if b, ok := part(mem, flags[2], 4); ok {
		binary.LittleEndian.PutUint32(b, binary.LittleEndian.Uint32(b)|flags[3])
	}
}

// Exec runs one request to its end and says how it ended. Cancelling ctx ends
// it as Killed. After an end that was not the code's own, or an interrupt that
// it did not follow, the instance is broken.
//
// The error is nil but for an instance that is broken already. Exec is not
// safe for concurrent use; Interrupt and Stop are.
func (in *Instance) Exec(ctx context.Context, c Call) (caisson.Outcome, error) {
	if in.broken {
		return caisson.Outcome{}, ErrBroken
	}
	runtime.LockOSThread() // for the thread's clock
	defer runtime.UnlockOSThread()
	hard, stop := context.WithCancel(ctx)
	defer stop()
	x := &execution{Context: hard, in: in, ask: c.Ask, begin: time.Now(), long: c.OnLong, start: sys.ThreadCPU(), cpu: c.CPU, grace: c.Grace}
	if x.ask == nil {
		x.ask = func(string, []byte) ([]byte, uint16) { return nil, uint16(wasi.ENOSYS) }
	}
	in.begin(c.Wall, c.Grace, func() {
		stop()
		if c.OnStop != nil {
			c.OnStop()
		}
	})
	// What waits in a host call must be woken, too.
	gone := context.AfterFunc(ctx, func() { in.end(caisson.Killed, "cancelled", true) })
	defer gone()
	in.process.SetStdio(in.interruptible(c.Stdio))
	in.files.ClearQuotaHit()
	in.memory.peak, in.memory.denied = in.memory.size, false
	code, err := in.call(x, c.Request)

	out := in.outcome(ctx, code, err)
	out.Usage = caisson.Usage{
		Wall:       time.Since(x.begin),
		CPU:        sys.ThreadCPU() - x.start,
		PeakMemory: int64(in.memory.peak),
		Disk:       in.files.Usage().Bytes,
	}
	return out, nil
}

// call puts the request into the guest and runs it.
func (in *Instance) call(x *execution, request []byte) (code int32, err error) {
	in.stack[0] = uint64(len(request))
	if err := in.alloc.CallWithStack(x, in.stack[:]); err != nil {
		return 0, err
	}
	at := uint32(in.stack[0])
	room, ok := part(in.bytes(), at, uint32(len(request)))
	if at == 0 || !ok {
		in.memory.denied = true
		return 1, nil // no memory for the code: nothing of it ran
	}
	copy(room, request)
	in.stack[0], in.stack[1] = uint64(at), uint64(len(request))
	if err := in.exec.CallWithStack(x, in.stack[:]); err != nil {
		return 0, err
	}
	return int32(uint32(in.stack[0])), nil
}

// outcome says how an execution ended. What we did to it comes first, then
// what it ran into, and only then what it says itself.
func (in *Instance) outcome(ctx context.Context, code int32, err error) caisson.Outcome {
	exit, exited := errors.AsType[wasi.Exit](err)
	if exited {
		code = int32(exit.Code & 255)
	}
	// Unwound code leaves its interpreter in the middle of something.
	in.broken = err != nil
	out := caisson.Outcome{Status: caisson.Exited, ExitCode: int(code & 255)}
	status, reason := in.ended()
	failed := err != nil && !exited || out.ExitCode != 0
	switch {
	case status != "":
		out = caisson.Outcome{Status: status, Reason: reason}
	case ctx.Err() != nil:
		out = caisson.Outcome{Status: caisson.Killed, Reason: "cancelled"}
	case failed && in.memory.denied:
		out = caisson.Outcome{Status: caisson.OutOfMemory, Reason: "memory limit"}
	case failed && in.files.QuotaHit() != 0:
		out = caisson.Outcome{Status: caisson.DiskLimit, Reason: "quota of " + in.files.QuotaHit().String()}
	case err != nil && !exited:
		out = caisson.Outcome{Status: caisson.Signaled, Reason: trap(err)}
	}
	return out
}

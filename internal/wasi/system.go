package wasi

import (
	"io"
	"math"
	"time"
)

// granularity of every clock the guest sees, in nanoseconds.
const granularity = 1000

// Clocks.
const (
	clockRealtime = iota
	clockMonotonic
	clockProcessCPU
	clockThreadCPU
)

func (p *Process) monotonicNow() time.Duration { return p.monoOffset + p.monotonic() }

// clock returns a clock in nanoseconds, never negative.
func (p *Process) clock(id uint32) (int64, Errno) {
	var t int64
	switch {
	case id == clockRealtime:
		t = p.realtime().UnixNano()
	case id == clockMonotonic:
		t = int64(p.monotonicNow())
	case id <= clockThreadCPU && p.cpu != nil:
		t = int64(p.cpu())
	default:
		return 0, EINVAL
	}
	t = max(0, t)
	return t - t%granularity, OK
}

func clockTimeGet(c call) Errno {
	t, e := c.p.clock(c.u32(0))
	if e != OK {
		return e
	}
	return c.put64(2, uint64(t))
}

func clockResGet(c call) Errno {
	if _, e := c.p.clock(c.u32(0)); e != OK {
		return e
	}
	return c.put64(1, granularity)
}

// noStrings says how many arguments, or how much of an environment, there is:
// what a guest is to know comes with its requests.
func noStrings(c call) Errno {
	if e := c.put32(0, 0); e != OK {
		return e
	}
	return c.put32(1, 0)
}

// randomChunk is how much is drawn between two looks at the context.
const randomChunk = 64 << 10

func randomGet(c call) Errno {
	b, ok := c.bytes(c.u32(0), c.u32(1))
	if !ok {
		return EFAULT
	}
	_, e := c.draw(b)
	return e
}

// draw fills b with randomness and returns how much of it when it cannot.
func (c call) draw(b []byte) (n int, e Errno) {
	for n < len(b) {
		if c.ctx.Err() != nil {
			return n, EINTR
		}
		part := b[n:min(len(b), n+randomChunk)]
		if _, err := io.ReadFull(c.p.random, part); err != nil {
			return n, EIO
		}
		n += len(part)
	}
	return n, OK
}

func procExit(c call) Errno {
	c.p.exiting, c.p.exitCode = true, c.u32(0)
	return OK
}

// clampDuration makes a guest's nanoseconds a duration; what is too large is
// for ever.
func clampDuration(n uint64) time.Duration {
	return time.Duration(min(n, math.MaxInt64))
}

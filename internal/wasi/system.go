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

func argsGet(c call) Errno         { return c.strings(c.p.args) }
func argsSizesGet(c call) Errno    { return c.stringSizes(c.p.args) }
func environGet(c call) Errno      { return c.strings(c.p.env) }
func environSizesGet(c call) Errno { return c.stringSizes(c.p.env) }

func stringBytes(l []string) uint32 {
	n := 0
	for _, s := range l {
		n += len(s) + 1
	}
	return uint32(n) // New keeps it below MaxStrings
}

func (c call) stringSizes(l []string) Errno {
	if e := c.put32(0, uint32(len(l))); e != OK {
		return e
	}
	return c.put32(1, stringBytes(l))
}

// strings stores pointers at argument 0 and the strings at argument 1.
func (c call) strings(l []string) Errno {
	ptrs, ok1 := c.bytes(c.u32(0), 4*uint32(len(l)))
	at := c.u32(1)
	buf, ok2 := c.bytes(at, stringBytes(l))
	if !ok1 || !ok2 {
		return EFAULT
	}
	for _, s := range l {
		le.PutUint32(ptrs, at)
		copy(buf, s)
		buf[len(s)] = 0
		n := len(s) + 1
		ptrs, buf, at = ptrs[4:], buf[n:], at+uint32(n)
	}
	return OK
}

// randomChunk is how much is drawn between two looks at the context.
const randomChunk = 64 << 10

func randomGet(c call) Errno {
	b, ok := c.bytes(c.u32(0), c.u32(1))
	if !ok {
		return EFAULT
	}
	for len(b) > 0 {
		if c.ctx.Err() != nil {
			return EINTR
		}
		k := min(len(b), randomChunk)
		if _, err := io.ReadFull(c.p.random, b[:k]); err != nil {
			return EIO
		}
		b = b[k:]
	}
	return OK
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

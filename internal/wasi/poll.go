package wasi

import (
	"context"
	"time"

	"github.com/caisson-dev/caisson/internal/memfs"
)

// Subscriptions and events.
const (
	subscriptionSize = 48
	eventSize        = 32

	eventClock = 0
	eventRead  = 1
	eventWrite = 2

	absoluteTime = 1 // flag of a clock subscription
	hangup       = 1 // flag of an event
)

// A poller is one poll_oneoff.
type poller struct {
	p         *Process
	subs, out []byte
	events    uint32
	started   [2]int64 // the clocks that can be waited for
}

func pollOneoff(c call) Errno {
	n := c.u32(2)
	if n == 0 || n > MaxSubscriptions {
		return EINVAL
	}
	subs, ok1 := c.bytes(c.u32(0), n*subscriptionSize)
	out, ok2 := c.bytes(c.u32(1), n*eventSize)
	result, ok3 := c.bytes(c.u32(3), 4)
	if !ok1 || !ok2 || !ok3 {
		return EFAULT
	}
	q := poller{p: c.p, subs: subs, out: out}
	for id := range q.started {
		q.started[id], _ = c.p.clock(uint32(id))
	}
	wait, timed, e := q.scan()
	if e != OK {
		return e
	}
	if q.events > 0 {
		wait = 0
	} else if !timed || wait > 0 {
		if e := c.p.sleep(c.ctx, wait, timed); e != OK {
			return e
		}
	}
	q.expire(wait)
	le.PutUint32(result, q.events)
	return OK
}

// scan reports what is ready or wrong at once, and how long the first clock
// has to go; timed is false when there is none.
func (q *poller) scan() (wait time.Duration, timed bool, e Errno) {
	for i := 0; i < len(q.subs); i += subscriptionSize {
		s := q.subs[i : i+subscriptionSize]
		switch typ := s[8]; typ {
		case eventClock:
			d, e := q.delay(s)
			if e != OK {
				q.emit(s, e, 0, 0)
			} else if !timed || d < wait {
				wait, timed = d, true
			}
		case eventRead, eventWrite:
			fd := le.Uint32(s[16:])
			if size, flags, ready, e := q.p.ready(fd, typ == eventWrite); ready || e != OK {
				q.emit(s, e, size, flags)
			}
		default:
			return 0, false, EINVAL
		}
	}
	return wait, timed, OK
}

// expire reports the clocks that had at most wait to go.
func (q *poller) expire(wait time.Duration) {
	for i := 0; i < len(q.subs); i += subscriptionSize {
		s := q.subs[i : i+subscriptionSize]
		if s[8] != eventClock {
			continue
		}
		if d, e := q.delay(s); e == OK && d <= wait {
			q.emit(s, OK, 0, 0)
		}
	}
}

// delay returns how long a clock subscription had to go when the poll began.
func (q *poller) delay(s []byte) (time.Duration, Errno) {
	id := le.Uint32(s[16:])
	if int64(id) >= int64(len(q.started)) {
		return 0, EINVAL
	}
	d := clampDuration(le.Uint64(s[24:]))
	if le.Uint16(s[40:])&absoluteTime != 0 {
		d = max(0, d-time.Duration(q.started[id]))
	}
	return d, OK
}

// emit stores an event. There is room for one of each subscription; a guest
// that lets the two overlap can make more of them, which are dropped.
func (q *poller) emit(s []byte, e Errno, size uint64, flags uint16) {
	if uint64(q.events)*eventSize >= uint64(len(q.out)) {
		return
	}
	user, typ := le.Uint64(s), s[8]
	b := q.out[q.events*eventSize:][:eventSize]
	clear(b)
	le.PutUint64(b, user)
	le.PutUint16(b[8:], uint16(e))
	b[10] = typ
	le.PutUint64(b[16:], size)
	le.PutUint16(b[24:], flags)
	q.events++
}

// ready says whether a descriptor can be read or written now without EAGAIN,
// about how much, and whether the other end is gone.
func (p *Process) ready(fd uint32, write bool) (size uint64, flags uint16, ready bool, e Errno) {
	f := p.live(fd)
	if f == nil || !f.may(write) {
		return 0, 0, false, EBADF
	}
	switch {
	case f.kind == kindPipe && write:
		if !f.pipe.reader {
			return 0, hangup, true, OK
		}
		size = uint64(PipeSize - f.pipe.n)
		return size, 0, size > 0, OK
	case f.kind == kindPipe:
		size = uint64(f.pipe.n)
		if !f.pipe.writer {
			return size, hangup, true, OK
		}
		return size, 0, size > 0, OK
	case f.kind == kindFile && f.dev == memfs.NoDevice && !write:
		s, e := f.stat(0)
		return s.size - min(s.size, uint64(f.f.Offset())), 0, e == OK, e
	}
	// Only a read could tell whether stdin has something.
	return 1, 0, true, OK
}

// sleep waits for d, or without end when it is not timed. It holds nothing
// that another goroutine could want.
func (p *Process) sleep(ctx context.Context, d time.Duration, timed bool) Errno {
	var over <-chan time.Time
	if timed {
		t := time.NewTimer(d)
		defer t.Stop()
		over = t.C
	}
	select {
	case <-over:
		return OK
	case <-ctx.Done():
		return EINTR
	case <-p.wake:
		return EINTR
	}
}

package wasi_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caisson-dev/caisson/internal/wasi"
)

const (
	subsAt   = 8192
	eventsAt = 16384
)

// A sub is one subscription.
type sub struct {
	user  uint64
	typ   byte
	fd    uint32 // or clock
	after uint64
	flags uint16
}

func (g *guest) poll(ctx context.Context, subs ...sub) ([]sub, wasi.Errno) {
	g.t.Helper()
	for i, s := range subs {
		b := g.mem[subsAt+48*i:][:48]
		clear(b)
		le.PutUint64(b, s.user)
		b[8] = s.typ
		le.PutUint32(b[16:], s.fd)
		le.PutUint64(b[24:], s.after)
		le.PutUint16(b[40:], s.flags)
	}
	if e := g.tryCtx(ctx, "poll_oneoff", subsAt, eventsAt, uint64(len(subs)), resAt); e != wasi.OK {
		return nil, e
	}
	var events []sub
	for i := range int(le.Uint32(g.mem[resAt:])) {
		b := g.mem[eventsAt+32*i:]
		events = append(events, sub{
			user: le.Uint64(b), typ: b[10], fd: uint32(le.Uint16(b[8:])), // fd: the errno
			after: le.Uint64(b[16:]), flags: le.Uint16(b[24:]),
		})
	}
	return events, wasi.OK
}

func (g *guest) wantEvents(want []sub, subs ...sub) {
	g.t.Helper()
	got, e := g.poll(g.t.Context(), subs...)
	if e != wasi.OK || len(got) != len(want) {
		g.t.Errorf("poll = %v, %v, want %v", got, e, want)
		return
	}
	for i := range want {
		if got[i] != want[i] {
			g.t.Errorf("event %d = %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestSleepsLastAsLongAsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuest(t, wasi.Config{})
		start := time.Now()
		g.wantEvents([]sub{{user: 2}},
			sub{user: 1, fd: 1, after: uint64(time.Hour)},
			sub{user: 2, fd: 1, after: uint64(50 * time.Millisecond)})
		if d := time.Since(start); d != 50*time.Millisecond {
			t.Errorf("relative sleep took %v", d)
		}
		g.do("clock_time_get", 1, 0, resAt)
		until := le.Uint64(g.mem[resAt:]) + uint64(20*time.Millisecond)
		g.wantEvents([]sub{{user: 3}}, sub{user: 3, fd: 1, after: until, flags: 1})
		g.wantEvents([]sub{{user: 4}}, sub{user: 4, fd: 0, after: uint64(time.Now().Add(30 * time.Millisecond).UnixNano()), flags: 1})
		if d := time.Since(start); d != 100*time.Millisecond {
			t.Errorf("all sleeps took %v", d)
		}
		// In the past, and a clock that nobody can wait for.
		g.wantEvents([]sub{{user: 5}}, sub{user: 5, fd: 0, after: 1, flags: 1})
		g.wantEvents([]sub{{user: 6, fd: uint32(wasi.EINVAL)}}, sub{user: 6, fd: 2, after: 1})
		if d := time.Since(start); d != 100*time.Millisecond {
			t.Errorf("a poll that was over slept until %v", d)
		}
	})
}

func TestSleepsEndEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wake := make(chan struct{}, 1)
		g := newGuest(t, wasi.Config{Wake: wake})
		start := time.Now()
		time.AfterFunc(time.Second, func() { wake <- struct{}{} })
		if _, e := g.poll(t.Context(), sub{fd: 1, after: 1 << 63}); e != wasi.EINTR {
			t.Errorf("poll = %v, want EINTR", e)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, e := g.poll(ctx, sub{fd: 1, after: uint64(time.Hour)}); e != wasi.EINTR {
			t.Errorf("poll = %v, want EINTR", e)
		}
		if d := time.Since(start); d != 2*time.Second {
			t.Errorf("two interrupted sleeps took %v, want 2s", d)
		}
		// A pipe that nobody else can fill.
		r, _ := g.pipe()
		time.AfterFunc(time.Second, func() { wake <- struct{}{} })
		if _, e := g.poll(t.Context(), sub{typ: 1, fd: uint32(r)}); e != wasi.EINTR {
			t.Errorf("poll of an empty pipe = %v, want EINTR", e)
		}
	})
}

func TestReadinessOfDescriptors(t *testing.T) {
	g := newGuest(t, wasi.Config{})
	fd := uint32(g.open("f", create, rightsAll, 0))
	g.mustWrite(uint64(fd), "abc")
	g.do("fd_seek", uint64(fd), 1, 0, resAt)
	g.wantEvents([]sub{{1, 1, 0, 1, 0}, {2, 2, 0, 1, 0}, {3, 1, 0, 2, 0}, {4, 1, uint32(wasi.EBADF), 0, 0}},
		sub{user: 1, typ: 1, fd: 0}, sub{user: 2, typ: 2, fd: 1}, sub{user: 3, typ: 1, fd: fd}, sub{user: 4, typ: 1, fd: 99})
	if _, e := g.poll(t.Context(), sub{typ: 3}); e != wasi.EINVAL {
		t.Errorf("poll of an unknown type = %v", e)
	}
	g.want(wasi.EINVAL, "poll_oneoff", subsAt, eventsAt, 0, resAt)
	g.want(wasi.EINVAL, "poll_oneoff", subsAt, eventsAt, wasi.MaxSubscriptions+1, resAt)
	g.want(wasi.EFAULT, "poll_oneoff", uint64(len(g.mem)-47), eventsAt, 1, resAt)
}

func TestPipes(t *testing.T) {
	g := newGuest(t, wasi.Config{})
	r, w := g.pipe()
	poll := []sub{{user: 1, typ: 1, fd: uint32(r)}, {user: 2, typ: 2, fd: uint32(w)}}
	if _, e := g.read(r, 1); e != wasi.EAGAIN {
		t.Errorf("read of an empty pipe = %v", e)
	}
	if _, e := g.read(w, 1); e != wasi.EBADF {
		t.Errorf("read of the end to write = %v", e)
	}
	g.wantEvents([]sub{{2, 2, 0, wasi.PipeSize, 0}}, poll...)
	g.mustWrite(w, "hello")
	g.wantEvents([]sub{{1, 1, 0, 5, 0}, {2, 2, 0, wasi.PipeSize - 5, 0}}, poll...)
	g.mustRead(r, 3, "hel")
	g.mustRead(r, 9, "lo")
	g.want(wasi.ESPIPE, "fd_tell", r, resAt)

	// Around the end of the ring, until it is full.
	rest := strings.Repeat("x", wasi.PipeSize-3)
	g.mustWrite(w, rest)
	if n, _ := g.write(w, "12345"); n != 3 {
		t.Errorf("write to a nearly full pipe = %d, want 3", n)
	}
	if _, e := g.write(w, "6"); e != wasi.EAGAIN {
		t.Errorf("write to a full pipe = %v", e)
	}
	g.wantEvents([]sub{{1, 1, 0, wasi.PipeSize, 0}}, poll...)
	g.mustRead(r, wasi.PipeSize, rest+"123")

	g.mustWrite(w, "last")
	g.do("fd_close", w)
	g.wantEvents([]sub{{1, 1, 0, 4, 1}}, poll[0])
	g.mustRead(r, 100, "last")
	g.mustRead(r, 100, "")

	r, w = g.pipe()
	g.do("fd_close", r)
	if _, e := g.write(w, "x"); e != wasi.EPIPE {
		t.Errorf("write without a reader = %v", e)
	}
	g.wantEvents([]sub{{2, 2, 0, 0, 1}}, sub{user: 2, typ: 2, fd: uint32(w)})
	g.want(wasi.EFAULT, "pipe", uint64(len(g.mem)-7))
}

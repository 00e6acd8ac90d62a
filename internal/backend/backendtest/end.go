package backendtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
)

// ends are how code and sandboxes end from outside.
func ends() []check {
	return []check{
		{"kills code that its caller gave up", killsCancelled},
		{"kills code from another goroutine", killsFromOutside},
		{"ends for good", endsForGood},
		{"interrupts and goes on", interrupts},
		{"kills code that nobody listens to", killsUnheard},
		{"holds nobody up for a writer that blocks", holdsNobodyUp},
		{"holds nobody up for a reader that blocks", readerHoldsNobodyUp},
	}
}

// started is a writer that tells when the first byte came.
type started struct {
	once sync.Once
	c    chan struct{}
}

func newStarted() *started { return &started{c: make(chan struct{})} }

func (s *started) Write(p []byte) (int, error) {
	s.once.Do(func() { close(s.c) })
	return len(p), nil
}

// begin runs code that prints first, and returns when it runs.
func (k kit) begin(ctx context.Context, in backend.Instance, code string) (end func() ran) {
	k.Helper()
	seen := newStarted()
	done := make(chan ran, 1)
	go func() {
		var r ran
		r.Outcome, r.failure = in.Exec(ctx, backend.Cmd{Code: k.l.Print + "\n" + code, Streams: caisson.Streams{Stdout: seen}})
		done <- r
	}()
	select {
	case <-seen.c:
	case r := <-done:
		k.Fatalf("Exec(%q) ended before it began: %v, %v", short(code), r.Outcome, r.failure)
	}
	return func() ran { return <-done }
}

func (k kit) endless() []string { return []string{k.l.Spin, k.l.Sleep, k.l.Stubborn, k.l.Flood} }

func killsCancelled(k kit) {
	for _, code := range k.endless() {
		in := k.create(func(l *caisson.Limits) { l.Output = 1 << 40 })
		ctx, cancel := context.WithCancel(k.Context())
		end := k.begin(ctx, in, code)
		cancel()
		if r := end(); r.failure != nil || r.Status != caisson.Killed || r.Reason == "" {
			k.Errorf("Exec(%q) of a caller that is gone = %q, %q, %v; want killed, with a reason", short(code), r.Status, r.Reason, r.failure)
		}
		k.usable(in)
	}
	// Before it begins, too.
	ctx, cancel := context.WithCancel(k.Context())
	cancel()
	var out bytes.Buffer
	o, err := k.create().Exec(ctx, backend.Cmd{Code: k.l.Print, Streams: caisson.Streams{Stdout: &out}})
	if err != nil || o.Status != caisson.Killed || out.Len() > 0 {
		k.Errorf("Exec with a context that is done = %v, %v, stdout %q; want killed, and nothing", o, err, out.String())
	}
	if in, err := k.b.Create(ctx, k.spec()); err == nil {
		k.keep(in) // it may be quicker than to look
	}
}

func killsFromOutside(k kit) {
	for _, code := range k.endless() {
		in := k.create(func(l *caisson.Limits) { l.Output = 1 << 40 })
		end := k.begin(k.Context(), in, code)
		for range 3 {
			go in.Kill()
		}
		if r := end(); r.failure != nil || r.Status != caisson.Killed {
			k.Errorf("Exec(%q) that was killed = %q, %q, %v; want killed", short(code), r.Status, r.Reason, r.failure)
		}
		k.over(in)
	}
}

// over checks that a sandbox has ended.
func (k kit) over(in backend.Instance) {
	k.Helper()
	if r := k.exec(in, backend.Cmd{Code: k.l.Print}); !errors.Is(r.failure, backend.ErrEnded) || r.Status != "" || r.out != "" {
		k.Errorf("Exec after the end = %q, %v, stdout %q; want ErrEnded and nothing", r.Status, r.failure, r.out)
	}
}

func endsForGood(k kit) {
	for _, end := range []func(backend.Instance){
		func(in backend.Instance) { in.Kill() },
		func(in backend.Instance) { in.Kill(); in.Kill() },
		k.close,
		func(in backend.Instance) { k.close(in); k.close(in); in.Kill() },
	} {
		in := k.create()
		k.do(in, k.l.Set)
		end(in)
		k.over(in)
		if f, ok := backend.As[backend.Filer](in); ok {
			if _, err := f.List(k.Context(), "/workspace"); !errors.Is(err, backend.ErrEnded) {
				k.Errorf("List after the end: %v, want ErrEnded", err)
			}
			if err := f.WriteFile(k.Context(), "f", nil); !errors.Is(err, backend.ErrEnded) {
				k.Errorf("WriteFile after the end: %v, want ErrEnded", err)
			}
			if _, err := f.ReadFile(k.Context(), "f", 10); !errors.Is(err, backend.ErrEnded) {
				k.Errorf("ReadFile after the end: %v, want ErrEnded", err)
			}
		}
		if s, ok := backend.As[backend.Snapshotter](in); ok {
			if err := s.Snapshot(k.Context(), io.Discard); !errors.Is(err, backend.ErrEnded) {
				k.Errorf("Snapshot after the end: %v, want ErrEnded", err)
			}
			if c, err := s.Fork(k.Context(), k.spec()); !errors.Is(err, backend.ErrEnded) {
				k.Errorf("Fork after the end: %v, %v, want ErrEnded", c, err)
			}
		}
		if i, ok := backend.As[backend.Interrupter](in); ok {
			i.Interrupt()
		}
	}
	// Close ends what runs.
	in := k.create()
	end := k.begin(k.Context(), in, k.l.Spin)
	k.close(in)
	if r := end(); r.failure != nil || r.Status != caisson.Killed {
		k.Errorf("Exec of a sandbox that was closed = %q, %v; want killed", r.Status, r.failure)
	}
}

func interrupts(k kit) {
	in := k.create()
	soft, ok := backend.As[backend.Interrupter](in)
	if !ok {
		k.Skip("it cannot interrupt")
	}
	k.do(in, k.l.Set)
	soft.Interrupt() // nothing runs
	for _, code := range []string{k.l.Spin, k.l.Sleep} {
		end := k.begin(k.Context(), in, code)
		soft.Interrupt()
		if r := end(); r.failure != nil || r.Status != caisson.Exited || r.ExitCode == 0 {
			k.Errorf("Exec(%q) that was interrupted = %q, exit %d, %v; want exited, not 0", short(code), r.Status, r.ExitCode, r.failure)
		}
		if got := k.do(in, k.l.Get); got != "42\n" {
			k.Errorf("after an interrupt the variable is %q", got)
		}
	}
}

// broken is a writer that fails.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("the pipe is gone") }

func killsUnheard(k kit) {
	for _, s := range []caisson.Streams{{Stdout: broken{}}, {Stdout: broken{}, Stderr: broken{}}} {
		in := k.create(func(l *caisson.Limits) { l.Output = 1 << 40 })
		o, err := in.Exec(k.Context(), backend.Cmd{Code: k.l.Flood, Streams: s})
		if err != nil || o.Status != caisson.Killed || o.Reason == "" {
			k.Errorf("Exec whose stdout fails = %v, %v; want killed, with a reason", o, err)
		}
		k.usable(in)
	}
}

// stuck is a writer that takes the first bytes and then nothing until it is
// let go.
type stuck struct {
	seen   *started
	let    chan struct{}
	writes atomic.Int64
}

func (s *stuck) Write(p []byte) (int, error) {
	s.writes.Add(1)
	n, err := s.seen.Write(p)
	<-s.let
	return n, err
}

func holdsNobodyUp(k kit) {
	w := &stuck{seen: newStarted(), let: make(chan struct{})}
	in := k.create(func(l *caisson.Limits) { l.Wall, l.Output = brief, 1<<40 })
	done := make(chan ran, 1)
	go func() {
		var r ran
		r.Outcome, r.failure = in.Exec(k.Context(), backend.Cmd{Code: k.l.Flood, Streams: caisson.Streams{Stdout: w}})
		done <- r
	}()
	<-w.seen.c
	// Others make sandboxes and run code meanwhile, also past its limit.
	for began := time.Now(); time.Since(began) < 2*brief; {
		other := k.create()
		if got := k.do(other, k.l.Print); got != "hello\n" {
			k.Errorf("beside a writer that blocks, stdout = %q", got)
		}
		k.close(other)
	}
	close(w.let)
	r := <-done
	if r.failure != nil || r.Status != caisson.TimedOut {
		k.Errorf("Exec whose writer blocked = %q, %q, %v; want timed_out", r.Status, r.Reason, r.failure)
	}
	n := w.writes.Load()
	k.usable(k.create())
	if w.writes.Load() != n {
		k.Error("it wrote after Exec had returned")
	}
}

func readerHoldsNobodyUp(k kit) {
	k.needs(k.l.Line)
	in := k.create(func(l *caisson.Limits) { l.Output = 1 << 40 })
	r, w := io.Pipe()
	defer w.Close()
	asked := newStarted()
	ctx, cancel := context.WithCancel(k.Context())
	defer cancel()
	done := make(chan ran, 1)
	go func() {
		var x ran
		x.Outcome, x.failure = in.Exec(ctx, backend.Cmd{Code: k.l.Print + "\n" + k.l.Line, Streams: caisson.Streams{Stdin: r, Stdout: asked}})
		done <- x
	}()
	<-asked.c
	if got := k.do(k.create(), k.l.Print); got != "hello\n" {
		k.Errorf("beside a reader that blocks, stdout = %q", got)
	}
	cancel()
	if x := <-done; x.failure != nil || x.Status != caisson.Killed {
		k.Errorf("Exec that waited for a reader = %q, %v; want killed", x.Status, x.failure)
	}
}

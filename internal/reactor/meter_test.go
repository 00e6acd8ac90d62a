package reactor

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/wasi"
)

func TestLoopsStopAtTheirLimits(t *testing.T) {
	p := loaded(t)
	for _, code := range []string{"l", "n", "b", "W"} {
		for name, limit := range map[string]func(*Call){
			"wall": func(c *Call) { c.Wall = 20 * time.Millisecond },
			"CPU":  func(c *Call) { c.CPU = 20 * time.Millisecond },
		} {
			in := fresh(t, p)
			c := call(code)
			limit(&c)
			if o := run(t, in, c); o.Status != caisson.TimedOut || o.Reason == "" {
				t.Errorf("%q at its %s limit = %+v, want timed_out", code, name, o)
			}
			if _, err := in.Exec(t.Context(), call("c")); !errors.Is(err, ErrBroken) || !in.Broken() {
				t.Errorf("Exec after that: %v, want ErrBroken", err)
			}
		}
	}
}

func TestHostCallsAreCharged(t *testing.T) {
	in := fresh(t, loaded(t))
	c := call("W")
	c.CPU, c.Wall = 20*time.Millisecond, 30*time.Second
	c.Stdio.Out = func([]byte) error {
		for begin := time.Now(); time.Since(begin) < time.Millisecond; { // busy
		}
		return nil
	}
	if o := run(t, in, c); o.Status != caisson.TimedOut || o.Reason != "processor time limit" {
		t.Errorf("a loop of long calls = %+v, want the end of its processor time", o)
	}
}

func TestStopAndInterruptReachWhatRuns(t *testing.T) {
	p := loaded(t)
	for _, code := range []string{"l", "z", "W"} {
		in := fresh(t, p)
		c := call(code)
		stopped := make(chan struct{}, 9)
		c.OnLong = func() { in.Stop(caisson.Killed, "first"); in.Stop(caisson.OutputLimit, "second") }
		c.OnStop = func() { stopped <- struct{}{} }
		if o := run(t, in, c); o.Status != caisson.Killed || o.Reason != "first" || len(stopped) == 0 {
			t.Errorf("%q that was stopped = %+v, want killed by the first", code, o)
		}
		ctx, cancel := context.WithCancel(t.Context())
		in = fresh(t, p)
		c.OnLong = cancel
		if o, err := in.Exec(ctx, c); err != nil || o.Status != caisson.Killed {
			t.Errorf("%q whose context ended = %+v, %v; want killed", code, o, err)
		}
	}
	for _, code := range []string{"i", "z"} {
		in := fresh(t, p)
		in.Interrupt() // nothing runs
		c := call(code)
		c.OnLong = in.Interrupt
		if o := run(t, in, c); o.Status != caisson.Exited || o.ExitCode != 130 {
			t.Errorf("%q that was interrupted = %+v, want exit 130", code, o)
		}
		if bit := in.bytes()[atC]; bit != 4 || in.bytes()[atB] != 1 {
			t.Errorf("flags b, c = %d, %d; want 1, 4", in.bytes()[atB], bit)
		}
		counts(t, in, 8+31)
	}
	// A soft end first: code that follows it ends by itself, and lives.
	in := fresh(t, p)
	c := call("i")
	c.Wall, c.Grace = 10*time.Millisecond, time.Minute
	if o := run(t, in, c); o.Status != caisson.TimedOut || in.Broken() {
		t.Errorf("code that ended when its time was up = %+v, broken %v; want timed_out, not broken", o, in.Broken())
	}
	counts(t, in, 8+31)
}

// An interrupt may come when the guest has looked for one the last time before
// it reads.
func TestInterruptBeforeReadIsNotLost(t *testing.T) {
	in := fresh(t, loaded(t))
	x := &execution{Context: t.Context(), in: in}
	in.begin(time.Hour, 0, func() {})
	in.Interrupt()
	x.look(in.bytes()) // in the host call before
	stdin := in.interruptible(wasi.Stdio{In: patient{}}).In
	if _, err := stdin.Read(t.Context(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("read after an interrupt: %v, want it cancelled", err)
	}
	in.Interrupt()
	x.look(in.bytes())
	clear(in.bytes()[atA : atA+4]) // the guest looked
	ctx, cancel := context.WithCancelCause(t.Context())
	over := errors.New("over")
	cancel(over)
	if _, err := stdin.Read(ctx, nil); !errors.Is(err, over) {
		t.Errorf("read after an interrupt that was seen: %v, want it to wait", err)
	}
}

// A patient input has nothing, for ever.
type patient struct{}

func (patient) Read(ctx context.Context, _ []byte) (int, error) {
	<-ctx.Done()
	return 0, context.Cause(ctx)
}

// Compiled code of wazero cannot be preempted. Metered code can be stopped
// where it refuels, and the rest of the program goes on.
func TestBusyGuestDoesNotStopTheProgram(t *testing.T) {
	in := fresh(t, loaded(t))
	begun, ended := make(chan struct{}), make(chan struct{})
	c := call("l")
	c.OnLong = func() { close(begun) }
	go func() {
		defer close(ended)
		in.Exec(t.Context(), c)
	}()
	<-begun
	// Each of these stops the world, which takes a guest that lets itself be
	// stopped.
	for range 5 {
		runtime.GC()
	}
	select {
	case <-ended:
		t.Error("the guest ended by itself")
	default:
	}
	in.Stop(caisson.Killed, "enough")
	<-ended
}

// TestUnmeteredGuestStopsTheProgram shows what the metering is for: when it
// fails, wazero has learnt to be preempted and the metering can go.
func TestUnmeteredGuestStopsTheProgram(t *testing.T) {
	ctx := t.Context()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
	defer r.Close(ctx)
	// One exported function: a loop of so many rounds.
	sec := func(id byte, body []byte) []byte { return append([]byte{id}, sized(body)...) }
	m, err := r.Instantiate(ctx, join([]byte(preamble), sec(1, vector(functype([]byte{i32}, nil))), sec(secFunction, vector([]byte{0})),
		sec(secExport, vector(append(text("spin"), 0, 0))),
		sec(secCode, vector(function(vector(), loop([]byte{opLocalGet, 0}, number(-1), []byte{opI32Add, opLocalSet, 0, opLocalGet, 0, opBrIf, 0}))))))
	if err != nil {
		t.Fatal(err)
	}
	spin := m.ExportedFunction("spin")
	var running atomic.Bool
	began := make(chan time.Time)
	ended := make(chan time.Time)
	go func() {
		began <- time.Now()
		running.Store(true)
		if _, err := spin.Call(ctx, 1_000_000_000); err != nil {
			t.Error(err)
		}
		ended <- time.Now()
	}()
	start := <-began
	for !running.Load() {
		runtime.Gosched()
	}
	time.Sleep(5 * time.Millisecond) // it spins by now
	runtime.GC()
	collected := time.Now()
	took := (<-ended).Sub(start)
	if waited := collected.Sub(start); waited < took/2 {
		t.Errorf("a collection took %v of the %v for which unmetered code ran: it was preempted", waited, took)
	}
}

func TestMeterRefusesWhatNoSnapshotHolds(t *testing.T) {
	for name, code := range map[string][]byte{
		"table.set":            {0x26, 0},
		"memory.init":          {0xfc, 8, 0, 0},
		"data.drop":            {0xfc, 9, 0},
		"table.init":           {0xfc, 12, 0, 0},
		"elem.drop":            {0xfc, 13, 0},
		"table.copy":           {0xfc, 14, 0, 0},
		"table.grow":           {0xfc, 15, 0},
		"table.fill":           {0xfc, 17, 0},
		"an extension unknown": {0xfc, 99},
		"return_call":          {0x12, 0},
		"return_call_indirect": {0x13, 0, 0},
		"call_ref":             {0x14, 0},
		"try":                  {0x06, 0x40, opEnd},
		"catch":                {0x07, 0},
		"throw":                {0x08, 0},
		"rethrow":              {0x09, 0},
		"try_table":            {0x1f, 0x40, 0, opEnd},
		"atomics":              {0xfe, 0},
		"a garbage collector":  {0xfb, 0},
		"a vector unknown":     {0xfd, 0xff, 0x7f},
		"nothing known":        {0xff},
	} {
		_, err := Boot(t.Context(), "test", assemble(code, nil), nil, nil)
		if !errors.Is(err, errModule) {
			t.Errorf("Boot with %s: %v, want a module that is refused", name, err)
		}
	}
	for name, im := range map[string][]byte{
		"a table":  join(text("env"), text("t"), []byte{1, 0x70, 0, 1}),
		"a memory": join(text("env"), text("m"), []byte{2, 0, 1}),
		"a global": join(text("env"), text("g"), []byte{3, i32, 1}),
	} {
		if _, err := Boot(t.Context(), "test", assemble(nil, im), nil, nil); !errors.Is(err, errModule) {
			t.Errorf("Boot with %s imported: %v, want a module that is refused", name, err)
		}
	}
	// A function that nobody gives is refused where it is linked.
	im := join(text("env"), text("system"), []byte{0, 3})
	if _, err := Boot(t.Context(), "test", assemble(nil, im), nil, nil); err == nil || !strings.Contains(err.Error(), "env") {
		t.Errorf("Boot with an import that is not ours: %v", err)
	}
	if _, err := Boot(t.Context(), "test", bytes.Replace(assemble(nil, nil), []byte("refuel"), []byte("refool"), 1), nil, nil); !errors.Is(err, errModule) {
		t.Errorf("Boot without refuel: %v, want a module that is refused", err)
	}
}

// modules are seeds for the fuzzers.
func modules(f *testing.F) {
	f.Add(assemble(nil, nil))
	f.Add(assemble([]byte{0xfc, 11, 0}, nil))
	f.Add([]byte(preamble))
	f.Add([]byte(preamble + "\x03\xff\xff\xff\xff\x0f"))
	f.Add([]byte{})
}

func FuzzParseModule(f *testing.F) {
	modules(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseModule(b)
		if err != nil {
			return
		}
		again, err := parseModule(m.encode())
		if err != nil || len(again) != len(m) {
			t.Fatalf("what was encoded cannot be parsed: %v", err)
		}
		for i := range m {
			if m[i].id != again[i].id || !bytes.Equal(m[i].body, again[i].body) {
				t.Fatalf("section %d changed", i)
			}
		}
		m.globals()
		m.importedFunctions()
	})
}

// FuzzMeter checks that the pass never panics, and that it makes of no module
// that wazero takes one that it does not.
func FuzzMeter(f *testing.F) {
	for _, code := range [][]byte{
		nil, {0xfc, 11, 0}, loop([]byte{opBr, 0}), loop(loop()), {opBlock, void, opEnd}, {opUnreachable},
		{0xfd, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, opDrop}, when('y', number(-1), []byte{opDrop}),
	} {
		f.Add(code, false)
	}
	f.Add(assemble(nil, nil), true)
	ctx := f.Context()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	f.Cleanup(func() { r.Close(ctx) })
	f.Fuzz(func(t *testing.T, b []byte, whole bool) {
		if !whole {
			b = assemble(b, nil) // they are instructions of a function
		}
		m, mutable, err := prepare(b)
		if err != nil {
			return
		}
		was, err := r.CompileModule(ctx, b)
		if err != nil {
			return // it was none before
		}
		was.Close(ctx)
		values := map[int]uint64{}
		for _, i := range mutable {
			values[i] = 0
		}
		for name, made := range map[string]func() (module, error){
			"metered": func() (module, error) { return m, nil },
			"frozen":  func() (module, error) { return freeze(m, values, 1) },
			"a stub": func() (module, error) {
				frozen, err := freeze(m, values, 1)
				if err != nil {
					return nil, err
				}
				return stub(frozen)
			},
		} {
			m, err := made()
			if err != nil {
				continue
			}
			code, err := r.CompileModule(ctx, m.encode())
			if err != nil {
				if name != "metered" && strings.Contains(err.Error(), "data") {
					continue // it had instructions on data that freezing drops
				}
				t.Fatalf("%s, it is not valid any more: %v\n%x", name, err, b)
			}
			code.Close(ctx)
		}
	})
}

// BenchmarkMetering compares a loop of some twenty instructions with and
// without the metering.
func BenchmarkMetering(b *testing.B) {
	ctx := b.Context()
	parsed, err := parseModule(assemble(nil, nil))
	if err != nil {
		b.Fatal(err)
	}
	metered, _, err := prepare(parsed.encode())
	if err != nil {
		b.Fatal(err)
	}
	for name, module := range map[string][]byte{"without": parsed.encode(), "with": metered.encode()} {
		b.Run(name, func(b *testing.B) {
			r, err := newRuntime(ctx, nil)
			if err != nil {
				b.Fatal(err)
			}
			defer r.Close(ctx)
			m, err := r.Instantiate(ctx, module)
			if err != nil {
				b.Fatal(err)
			}
			m.Memory().WriteByte(atRequest, 'm')
			x := &execution{Context: ctx, in: &Instance{program: &Program{}, memory: &memory{}}, cpu: time.Hour}
			exec := m.ExportedFunction("caisson_exec")
			for b.Loop() {
				if _, err := exec.Call(x, atRequest, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package reactor

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/wasi"
)

// A guest is assembled here by hand, so that each test sees what it runs: the
// core specification, 5.4 and 5.5, has the numbers.
const (
	i32 = 0x7f
	i64 = 0x7e

	opBlock             = 0x02
	opIf                = 0x04
	opBr                = 0x0c
	opBrIf              = 0x0d
	opBrTable           = 0x0e
	opReturn            = 0x0f
	opCall              = 0x10
	opCallIndirect      = 0x11
	opDrop              = 0x1a
	opLocalGet          = 0x20
	opLocalSet          = 0x21
	opGlobalGet         = 0x23
	opGlobalSet         = 0x24
	opI32Load           = 0x28
	opI32Load8          = 0x2d
	opI32Store          = 0x36
	opMemoryGrow        = 0x40
	opI32Const          = 0x41
	opI64Const          = 0x42
	opI32Eqz            = 0x45
	opI32Eq             = 0x46
	opI32Ne             = 0x47
	opI32Add            = 0x6a
	opI32Mul            = 0x6c
	opI32Xor            = 0x73
	opI32Shr            = 0x76
	void           byte = 0x40
)

func join(parts ...[]byte) (b []byte) {
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func vector(parts ...[]byte) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(parts))), join(parts...)...)
}

func text(s string) []byte { return append(binary.AppendUvarint(nil, uint64(len(s))), s...) }

func sized(b []byte) []byte { return append(binary.AppendUvarint(nil, uint64(len(b))), b...) }

func number(v int32) []byte { return appendSigned([]byte{opI32Const}, int64(v)) }

// functype is a type of parameters and results.
func functype(params, results []byte) []byte {
	return join([]byte{0x60}, sized(params), sized(results))
}

// The functions of the guest that are imported, by index.
const (
	fRefuel = iota
	fCall
	fTake
	fWrite
	fPoll
	fExit
	imported

	fDirect = imported + 3 // reached by a direct call alone
	fIntr   = imported + 4
)

func imports(extra ...[]byte) []byte {
	one := func(module, name string, typ byte) []byte { return join(text(module), text(name), []byte{0, typ}) }
	return vector(append([][]byte{
		one("caisson", "refuel", 0), one("caisson", "call", 1), one("caisson", "take", 2),
		one(wasi.Module, "fd_write", 1), one(wasi.Module, "poll_oneoff", 1), one(wasi.Module, "proc_exit", 5),
	}, extra...)...)
}

func types() []byte {
	return vector(functype(nil, []byte{i64}), functype([]byte{i32, i32, i32, i32}, []byte{i32}), functype([]byte{i32, i32}, []byte{i32}),
		functype([]byte{i32}, []byte{i32}), functype(nil, []byte{i32}), functype([]byte{i32}, nil))
}

func function(locals []byte, body ...[]byte) []byte {
	return sized(join(locals, join(body...), []byte{opEnd}))
}

// when runs body when the request begins with c.
func when(c byte, body ...[]byte) []byte {
	return join([]byte{opLocalGet, 2}, number(int32(c)), []byte{opI32Eq, opIf, void}, join(body...), []byte{opEnd})
}

func loop(body ...[]byte) []byte { return join([]byte{opLoop, void}, join(body...), []byte{opEnd}) }

// Where the guest keeps what.
const (
	atCounter  = 16
	atFlags    = 32 // four u32: atA, atB, atC, bit
	atA        = 48
	atB        = 52
	atC        = 56
	atVector   = 64 // one buffer: text at atText
	atText     = 80
	atSub      = 96 // a subscription to a clock: an hour
	atEvent    = 160
	atRequest  = 1024
	guestPages = 2
)

func load(at int32) []byte { return join(number(at), []byte{opI32Load, 2, 0}) }

func store(at int32, value []byte) []byte { return join(number(at), value, []byte{opI32Store, 2, 0}) }

// exec is caisson_exec: what it does is the first byte of the request.
func exec(extra ...[]byte) []byte {
	count := store(atCounter, join(load(atCounter), number(1), []byte{opI32Add}))
	br := func(depth byte) []byte { return []byte{opBr, depth} }
	return function(vector([]byte{3, i32}), join(
		[]byte{opLocalGet, 0, opI32Load8, 0, 0, opLocalSet, 2},
		// l: loops. n: nested loops. b: loops by br_table.
		when('l', loop(br(0))),
		when('n', loop(loop(loop(br(2))))),
		when('b', loop([]byte{opLocalGet, 2, opBrTable, 2, 0, 0, 0})),
		// i: loops until it is interrupted. z: sleeps for an hour, again and again.
		when('i', loop(load(atA), []byte{opI32Eqz, opBrIf, 0}), store(atA, number(0)), number(130), []byte{opReturn}),
		when('z', loop(number(atSub), number(atEvent), number(1), number(atEvent+64), []byte{opCall, fPoll, opDrop},
			load(atA), []byte{opI32Eqz, opBrIf, 0}), store(atA, number(0)), number(130), []byte{opReturn}),
		// g: takes all memory, and fails. t: traps. r: calls itself for ever.
		when('g', loop(number(1), []byte{opMemoryGrow, 0}, number(-1), []byte{opI32Ne, opBrIf, 0}), number(1), []byte{opReturn}),
		when('G', number(1), []byte{opMemoryGrow, 0, opDrop}),
		when('t', []byte{opUnreachable}),
		when('r', []byte{opLocalGet, 0, opLocalGet, 1, opCall, imported + 2, opReturn}),
		// c: counts in memory and in a global, and returns the sum.
		when('c', count, []byte{opGlobalGet, 0}, number(1), []byte{opI32Add, opGlobalSet, 0},
			load(atCounter), []byte{opGlobalGet, 0, opI32Add, opReturn}),
		// f: fills memory. w: writes "hi\n". x: exits with 5. q: asks an unknown operation.
		when('f', number(4096), number(0xa5), number(100<<10), []byte{0xfc, 11, 0}),
		when('w', number(1), number(atVector), number(1), number(atEvent), []byte{opCall, fWrite, opReturn}),
		when('W', loop(number(1), number(atVector), number(1), number(atEvent), []byte{opCall, fWrite, opDrop}, br(0))),
		when('x', number(5), []byte{opCall, fExit}),
		when('q', number(atText), number(2), number(-1), number(-1), []byte{opCall, fCall, opReturn}),
		// d: calls by the table what calls nothing, and what is called directly.
		when('d', number(0), []byte{opCallIndirect, 4, 0, opLocalGet, 0, opLocalGet, 1, opCall, fDirect, opI32Add, opReturn}),
		// m: works, in a loop as an interpreter has one, for a while.
		when('m', number(3_000_000), []byte{opLocalSet, 3}, loop(
			[]byte{opLocalGet, 4}, number(1103515245), []byte{opI32Mul}, number(12345), []byte{opI32Add, opLocalSet, 4},
			number(atRequest+2048), []byte{opLocalGet, 4}, number(7), []byte{opI32Shr, opLocalGet, 4, opI32Xor, opI32Store, 2, 0},
			load(atRequest+2048), []byte{opLocalGet, 4, opI32Add, opLocalSet, 4},
			load(atCounter), []byte{opLocalGet, 4, opI32Xor, opLocalSet, 4},
			[]byte{opLocalGet, 3}, number(-1), []byte{opI32Add, opLocalSet, 3, opLocalGet, 3, opBrIf, 0})),
		join(extra...),
		number(0),
	))
}

// assemble returns a guest, with more instructions in caisson_exec and more
// imports when a test wants some.
func assemble(extra, extraImports []byte) []byte {
	sec := func(id byte, body []byte) []byte { return append([]byte{id}, sized(body)...) }
	le := binary.LittleEndian
	data := make([]byte, 128)
	for i, v := range []uint32{atA, atB, atC, 4} {
		le.PutUint32(data[atFlags-atCounter+4*i:], v)
	}
	le.PutUint32(data[atVector-atCounter:], atText)
	le.PutUint32(data[atVector-atCounter+4:], 3)
	copy(data[atText-atCounter:], "hi\n")
	le.PutUint32(data[atSub-atCounter+16:], 1) // CLOCK_MONOTONIC
	le.PutUint64(data[atSub-atCounter+24:], uint64(time.Hour))
	export := func(name string, kind byte, i uint64) []byte {
		return binary.AppendUvarint(append(text(name), kind), i)
	}
	im := imports()
	if extraImports != nil {
		im = imports(extraImports)
	}
	return join([]byte(preamble),
		sec(1, types()), sec(secImport, im), sec(secFunction, vector([]byte{2}, []byte{3}, []byte{2}, []byte{2}, []byte{4})),
		sec(4, vector([]byte{0x70, 0, 2})), // a table of two functions
		sec(secMemory, vector([]byte{0, guestPages})),
		sec(secGlobal, vector([]byte{i32, 1, opI32Const, 0, opEnd}, []byte{i64, 0, opI64Const, 9, opEnd})),
		sec(secExport, vector(export("memory", 2, 0), export("caisson_boot", 0, imported), export("caisson_alloc", 0, imported+1),
			export("caisson_exec", 0, imported+2), export("caisson_intr", 0, fIntr))),
		sec(secElement, vector(join([]byte{0}, number(0), []byte{opEnd}, vector([]byte{fIntr}, []byte{fRefuel})))),
		sec(secCode, vector(
			function(vector(), store(atCounter, number(7)), number(30), []byte{opGlobalSet, 0}, number(0)),
			function(vector(), number(atRequest)),
			exec(extra),
			function(vector(), number(17)),
			function(vector(), number(atFlags)))),
		sec(secData, vector(join([]byte{0}, number(atCounter), []byte{opEnd}, sized(data)))),
	)
}

// booted returns the guest, frozen.
func booted(t testing.TB) Frozen {
	t.Helper()
	f, err := Boot(t.Context(), "test", assemble(nil, nil), []byte("boot"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// loaded returns the guest, ready to be copied.
func loaded(t testing.TB) *Program {
	t.Helper()
	dir, f := t.TempDir(), booted(t)
	compiled(t, dir, f)
	return loadFrom(t, f, dir)
}

// compiled compiles a guest into dir/code, for its doors to be in dir/doors.
func compiled(t testing.TB, dir string, f Frozen) {
	t.Helper()
	if err := Compile(t.Context(), filepath.Join(dir, "code"), filepath.Join(dir, "doors"), f); err != nil {
		t.Fatal(err)
	}
}

const reserve = 16 << 20

// source says where the parts of a guest are that is compiled in dir.
func source(t testing.TB, f Frozen, dir string) Source {
	t.Helper()
	name := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(name, f.Image, 0o600); err != nil {
		t.Fatal(err)
	}
	image, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	doors, err := os.Create(filepath.Join(dir, "doors"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { doors.Close() })
	return Source{Name: "test", Frozen: f, Code: filepath.Join(dir, "code"), Doors: doors, Image: image, Reserve: reserve,
		Lib: []LibFile{{Path: "/usr/lib/x", Data: []byte("library")}}}
}

func loadFrom(t testing.TB, f Frozen, dir string) *Program {
	t.Helper()
	p, err := Load(t.Context(), source(t, f, dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return p
}

func small() Limits { return Limits{Memory: 1 << 20, Disk: 1 << 16, Inodes: 10, OpenFiles: 10} }

// fresh returns a copy that is open, and that the end of the test closes.
func fresh(t testing.TB, p *Program) *Instance {
	t.Helper()
	in := raw(t, p)
	if err := in.Open(small()); err != nil {
		t.Fatal(err)
	}
	return in
}

// raw returns a copy that is not open.
func raw(t testing.TB, p *Program) *Instance {
	t.Helper()
	in, err := p.New(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return in
}

func call(what string) Call {
	return Call{Request: []byte(what), Wall: time.Minute, CPU: time.Minute, Grace: 50 * time.Millisecond}
}

// run runs one request.
func run(t testing.TB, in *Instance, c Call) caisson.Outcome {
	t.Helper()
	o, err := in.Exec(t.Context(), c)
	if err != nil {
		t.Fatalf("Exec(%q): %v", c.Request, err)
	}
	return o
}

// counts runs the guest's counter and checks what it is at.
func counts(t testing.TB, in *Instance, want int) {
	t.Helper()
	if o := run(t, in, call("c")); o.Status != caisson.Exited || o.ExitCode != want {
		t.Errorf("counter = %+v, want %d", o, want)
	}
}

package reactor

import "encoding/binary"

// fuelExport is the global in which an instance counts down: one for each
// round of a loop.
const fuelExport = "caisson_fuel"

// refuelImport is what a guest calls when its fuel is used up.
const refuelImport = "caisson.refuel"

// Opcodes that the metering pass writes or looks for.
const (
	opUnreachable = 0x00
	opLoop        = 0x03
	opEnd         = 0x0b
)

// meter makes every loop count down, and call refuel when nothing is left:
// fuel--; if fuel < 0 { fuel = refuel() }. What copies and fills memory counts
// by its bytes. Functions are not counted: that
// costs three times as much as loops do, and the interpreters that we freeze
// have no recursion that branches without a loop. Should one be found, whoever
// runs the process ends it from outside.
//
// It refuses a module that could change a table or drop a segment, because
// such a change would be state that no snapshot sees, and one that refers to a
// function other than by its table, because its stub has no others.
func meter(m module) error {
	imports, err := m.importedFunctions()
	if err != nil {
		return err
	}
	refuel := -1
	for i, name := range imports {
		if name == refuelImport {
			refuel = i
		}
	}
	if refuel < 0 {
		return badModule("it does not import %s", refuelImport)
	}
	globals, err := m.globals()
	if err != nil {
		return err
	}
	s, code := m.find(secGlobal), m.find(secCode)
	if s == nil || code == nil {
		return badModule("it has no globals or no code")
	}
	fuel := len(globals)
	// 0 asks for fuel at once, which is what a copy must do first.
	s.body = encodeGlobals(append(globals, global{typ: 0x7e, mutable: true, init: []byte{0x42, 0, opEnd}}))
	if err := m.export(fuelExport, fuel); err != nil {
		return err
	}
	parameters, err := m.parameters()
	if err != nil {
		return err
	}
	t := newTariff(uint64(fuel), uint64(refuel))
	r := reader{b: code.body}
	n := r.count()
	out := binary.AppendUvarint(make([]byte, 0, len(code.body)+len(code.body)/8), uint64(n))
	for i := range n {
		if uint64(i) >= uint64(len(parameters)) {
			return badModule("it has more code than functions")
		}
		body, err := t.function(r.bytes(r.u32()), parameters[i])
		if err != nil || r.bad {
			return badModule("function %d: %v", i, err)
		}
		out = binary.AppendUvarint(out, uint64(len(body)))
		out = append(out, body...)
	}
	code.body = out
	return nil
}

// bulkShift makes a unit of fuel of 32 bytes that memory.copy or memory.fill
// moves: about as long as a round of a small loop takes.
const bulkShift = 5

// A tariff is the code that the pass adds.
type tariff struct {
	fuel  uint64 // the global
	check []byte // at the start of a loop
}

func newTariff(fuel, refuel uint64) tariff {
	t := tariff{fuel: fuel}
	b := append(t.get(), 0x42, 1, 0x7d) // i64.const 1; i64.sub
	b = append(append(b, t.set()...), t.get()...)
	b = append(b, 0x42, 0, 0x53, 0x04, 0x40) // i64.const 0; i64.lt_s; if
	b = binary.AppendUvarint(append(b, 0x10), refuel)
	t.check = append(append(b, t.set()...), opEnd)
	return t
}

func (t tariff) get() []byte { return binary.AppendUvarint([]byte{0x23}, t.fuel) }
func (t tariff) set() []byte { return binary.AppendUvarint([]byte{0x24}, t.fuel) }

// bulk is the code before an instruction that moves as many bytes as stand on
// top of the stack: fuel -= bytes >> bulkShift. The loop around it pays. local
// is one of the function's own, for this alone.
func (t tariff) bulk(local uint64) []byte {
	b := binary.AppendUvarint([]byte{0x22}, local) // local.tee
	b = append(b, t.get()...)
	b = binary.AppendUvarint(append(b, 0x20), local) // local.get
	b = append(b, 0xad, 0x42, bulkShift, 0x88, 0x7d) // i64.extend_i32_u; i64.const; i64.shr_u; i64.sub
	return append(b, t.set()...)
}

// function puts the tariff into the code of one function, of so many
// parameters.
func (t tariff) function(body []byte, parameters uint32) ([]byte, error) {
	r := reader{b: body}
	kinds := r.count()
	locals := uint64(parameters)
	list := r.b
	for range kinds {
		locals += uint64(r.u32())
		r.byte()
	}
	if r.bad || locals > 1<<16 {
		return nil, badModule("its locals cannot be read")
	}
	list = list[:len(list)-len(r.b)]
	out := make([]byte, 0, len(body)+len(body)/8+16)
	out = binary.AppendUvarint(out, uint64(kinds)+1)
	out = append(append(out, list...), 1, 0x7f) // one i32 more
	bulk := t.bulk(locals)
	from := r.b
	for len(r.b) > 0 && !r.bad {
		at := r.b
		loop, err := r.instruction()
		if err != nil {
			return nil, err
		}
		switch {
		case loop:
			out = append(out, from[:len(from)-len(r.b)]...)
			out = append(out, t.check...)
			from = r.b
		case movesBulk(at):
			out = append(out, from[:len(from)-len(at)]...)
			out = append(out, bulk...)
			from = at
		}
	}
	if r.bad {
		return nil, badModule("its code ends too soon")
	}
	return append(out, from...), nil
}

// movesBulk says whether code begins with memory.copy or memory.fill.
func movesBulk(code []byte) bool {
	r := reader{b: code}
	if r.byte() != 0xfc {
		return false
	}
	op := r.u32()
	return !r.bad && (op == 10 || op == 11)
}

// instruction skips one instruction and says whether it begins a loop. The
// encodings are those of the core specification 2.0, 5.4, without the
// instructions that we refuse.
func (r *reader) instruction() (loop bool, err error) {
	switch op := r.byte(); {
	case op == opLoop, op == 0x02, op == 0x04: // loop, block, if
		r.signed()
		return op == opLoop, nil
	case op == 0x0c, op == 0x0d, op == 0x10, // br, br_if, call
		op >= 0x20 && op <= 0x25: // local.*, global.*, table.get
		r.u32()
	case op == 0x0e: // br_table
		for range r.count() {
			r.u32()
		}
		r.u32()
	case op == 0x11: // call_indirect
		r.u32()
		r.u32()
	case op == 0x1c: // select with types
		r.bytes(r.count())
	case op >= 0x28 && op <= 0x3e: // loads and stores
		r.memarg()
	case op == 0x3f, op == 0x40, op == 0xd0: // memory.size, memory.grow, ref.null
		r.byte()
	case op == 0x41, op == 0x42:
		r.signed()
	case op == 0x43:
		r.bytes(4)
	case op == 0x44:
		r.bytes(8)
	case op == 0xfc:
		return false, r.extended()
	case op == 0xfd:
		return false, r.vector()
	case op == opUnreachable, op == 0x01, op == 0x05, op == opEnd, op == 0x0f, op == 0x1a, op == 0x1b,
		op >= 0x45 && op <= 0xc4, op == 0xd1:
	default:
		return false, badModule("instruction %#x is not allowed", op)
	}
	return false, nil
}

func (r *reader) memarg() {
	if r.u32()&0x40 != 0 {
		r.u32() // a memory, of several
	}
	r.offset()
}

// offset skips a memory offset, which may take 64 bits.
func (r *reader) offset() {
	if _, n := binary.Uvarint(r.b); n > 0 {
		r.b = r.b[n:]
		return
	}
	r.bad = true
}

// extended skips what follows 0xfc. memory.init, data.drop and the table
// instructions are refused: segments and tables must never change.
func (r *reader) extended() error {
	switch op := r.u32(); {
	case op <= 7: // saturating truncations
	case op == 10: // memory.copy
		r.bytes(2)
	case op == 11: // memory.fill
		r.byte()
	case op == 16: // table.size
		r.u32()
	default:
		return badModule("instruction 0xfc %d is not allowed: it could change what no snapshot holds", op)
	}
	return nil
}

// vector skips what follows 0xfd.
func (r *reader) vector() error {
	switch op := r.u32(); {
	case op <= 11, op == 92, op == 93:
		r.memarg()
	case op == 12, op == 13:
		r.bytes(16)
	case op >= 21 && op <= 34:
		r.byte()
	case op >= 84 && op <= 91:
		r.memarg()
		r.byte()
	case op <= 275:
	default:
		return badModule("instruction 0xfd %d is not allowed", op)
	}
	return nil
}

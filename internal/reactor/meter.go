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
// fuel--; if fuel < 0 { fuel = refuel() }. Functions are not counted: that
// costs three times as much as loops do, and the interpreters that we freeze
// have no recursion that branches without a loop. Should one be found, whoever
// runs the process ends it from outside.
//
// It refuses a module that could change a table or drop a segment, because
// such a change would be state that no snapshot sees.
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
	check := checkCode(uint64(fuel), uint64(refuel))
	r := reader{b: code.body}
	n := r.count()
	out := binary.AppendUvarint(make([]byte, 0, len(code.body)+len(code.body)/8), uint64(n))
	for i := range n {
		body, err := meterFunction(r.bytes(r.u32()), check)
		if err != nil || r.bad {
			return badModule("function %d: %v", i, err)
		}
		out = binary.AppendUvarint(out, uint64(len(body)))
		out = append(out, body...)
	}
	code.body = out
	return nil
}

// checkCode is the code that counts down.
func checkCode(fuel, refuel uint64) []byte {
	get := binary.AppendUvarint([]byte{0x23}, fuel)
	set := binary.AppendUvarint([]byte{0x24}, fuel)
	var b []byte
	b = append(b, get...)
	b = append(b, 0x42, 1, 0x7d) // i64.const 1; i64.sub
	b = append(b, set...)
	b = append(b, get...)
	b = append(b, 0x42, 0, 0x53, 0x04, 0x40) // i64.const 0; i64.lt_s; if
	b = binary.AppendUvarint(append(b, 0x10), refuel)
	b = append(b, set...)
	return append(b, opEnd)
}

// meterFunction puts check at the start of each loop of a function.
func meterFunction(body, check []byte) ([]byte, error) {
	r := reader{b: body}
	for range r.count() { // locals
		r.u32()
		r.byte()
	}
	out := make([]byte, 0, len(body)+len(check)*4)
	out = append(out, body[:len(body)-len(r.b)]...)
	from := r.b
	for len(r.b) > 0 && !r.bad {
		loop, err := r.instruction()
		if err != nil {
			return nil, err
		}
		if loop {
			out = append(out, from[:len(from)-len(r.b)]...)
			out = append(out, check...)
			from = r.b
		}
	}
	if r.bad {
		return nil, badModule("its code ends too soon")
	}
	return append(out, from...), nil
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
		op >= 0x20 && op <= 0x25, op == 0xd2: // local.*, global.*, table.get, ref.func
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

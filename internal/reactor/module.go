package reactor

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Section ids of a WebAssembly module, in the core specification, 5.5.2.
const (
	secCustom    = 0
	secType      = 1
	secImport    = 2
	secFunction  = 3
	secMemory    = 5
	secGlobal    = 6
	secExport    = 7
	secStart     = 8
	secElement   = 9
	secCode      = 10
	secData      = 11
	secDataCount = 12
)

// errModule is what all faults of a module are.
var errModule = errors.New("reactor: not a module we can run")

func badModule(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errModule, fmt.Sprintf(format, args...))
}

type section struct {
	id   byte
	body []byte
}

// A module is a WebAssembly binary taken apart into its sections. Only what
// the rewriting needs is looked at more closely; wazero validates the result.
type module []section

const preamble = "\x00asm\x01\x00\x00\x00"

func parseModule(wasm []byte) (module, error) {
	if len(wasm) < len(preamble) || string(wasm[:len(preamble)]) != preamble {
		return nil, badModule("no WebAssembly version 1 header")
	}
	var m module
	r := reader{b: wasm[len(preamble):]}
	for len(r.b) > 0 && !r.bad {
		id := r.byte()
		m = append(m, section{id, r.bytes(r.u32())})
	}
	if r.bad {
		return nil, badModule("a section ends too late")
	}
	return m, nil
}

func (m module) encode() []byte {
	n := len(preamble)
	for _, s := range m {
		n += 1 + binary.MaxVarintLen32 + len(s.body)
	}
	out := append(make([]byte, 0, n), preamble...)
	for _, s := range m {
		out = append(out, s.id)
		out = binary.AppendUvarint(out, uint64(len(s.body)))
		out = append(out, s.body...)
	}
	return out
}

// find returns the section with an id, or nil.
func (m module) find(id byte) *section {
	for i := range m {
		if m[i].id == id {
			return &m[i]
		}
	}
	return nil
}

// without returns the module without some sections.
func (m module) without(ids ...byte) module {
	var out module
	for _, s := range m {
		keep := true
		for _, id := range ids {
			keep = keep && s.id != id
		}
		if keep {
			out = append(out, s)
		}
	}
	return out
}

// A global is one defined global.
type global struct {
	typ     byte
	mutable bool
	init    []byte // constant expression with its end
}

func (m module) globals() ([]global, error) {
	s := m.find(secGlobal)
	if s == nil {
		return nil, nil
	}
	r := reader{b: s.body}
	var out []global
	for range r.count() {
		g := global{typ: r.byte(), mutable: r.byte() == 1}
		start := r.b
		r.constant()
		g.init = start[:len(start)-len(r.b)]
		out = append(out, g)
	}
	if r.bad || len(r.b) > 0 {
		return nil, badModule("its globals cannot be read")
	}
	return out, nil
}

func encodeGlobals(list []global) []byte {
	b := binary.AppendUvarint(nil, uint64(len(list)))
	for _, g := range list {
		mutable := byte(0)
		if g.mutable {
			mutable = 1
		}
		b = append(append(b, g.typ, mutable), g.init...)
	}
	return b
}

// importedFunctions returns "module.name" of each imported function by index.
// Anything else that is imported is refused.
func (m module) importedFunctions() ([]string, error) {
	s := m.find(secImport)
	if s == nil {
		return nil, nil
	}
	r := reader{b: s.body}
	var out []string
	for range r.count() {
		name := string(r.bytes(r.u32())) + "." + string(r.bytes(r.u32()))
		if kind := r.byte(); kind != 0 && !r.bad {
			return nil, badModule("it imports %q, which is no function", name)
		}
		r.u32()
		out = append(out, name)
	}
	if r.bad {
		return nil, badModule("its imports cannot be read")
	}
	return out, nil
}

// functionTypes returns the type of each defined function.
func (m module) functionTypes() ([]uint32, error) {
	functions := m.find(secFunction)
	if functions == nil || m.find(secCode) == nil {
		return nil, badModule("it has no functions")
	}
	r := reader{b: functions.body}
	out := make([]uint32, r.count())
	for i := range out {
		out[i] = r.u32()
	}
	if r.bad {
		return nil, badModule("its functions cannot be read")
	}
	return out, nil
}

// parameters returns how many parameters each defined function has.
func (m module) parameters() ([]uint32, error) {
	types := m.find(secType)
	if types == nil {
		return nil, badModule("it has no types")
	}
	r := reader{b: types.body}
	var of []uint32 // by type
	for range r.count() {
		if r.byte() != 0x60 {
			return nil, badModule("it has a type that is no function")
		}
		n := r.count()
		r.bytes(n)         // of parameters
		r.bytes(r.count()) // of results
		of = append(of, n)
	}
	if r.bad {
		return nil, badModule("its types cannot be read")
	}
	out, err := m.functionTypes()
	if err != nil {
		return nil, err
	}
	for i, t := range out {
		if uint64(t) >= uint64(len(of)) {
			return nil, badModule("a function has no type")
		}
		out[i] = of[t]
	}
	return out, nil
}

// reached returns the defined functions that code can reach other than by a
// direct call, ascending: those that are exported or in the table.
func (m module) reached() ([]uint32, error) {
	imports, err := m.importedFunctions()
	if err != nil {
		return nil, err
	}
	var out []uint32
	err = append(module(nil), m...).references(func(f uint32) uint32 {
		if f >= uint32(len(imports)) {
			out = append(out, f-uint32(len(imports)))
		}
		return f
	})
	slices.Sort(out)
	return slices.Compact(out), err
}

// references replaces each index of a function in its exports and its table.
func (m module) references(by func(f uint32) uint32) error {
	if s := m.find(secExport); s != nil {
		r := reader{b: s.body}
		n := r.count()
		out := binary.AppendUvarint(nil, uint64(n))
		for range n {
			from := r.b
			r.bytes(r.u32())
			kind := r.byte()
			out = append(out, from[:len(from)-len(r.b)]...)
			index := r.u32()
			if kind == 0 && !r.bad {
				index = by(index)
			}
			out = binary.AppendUvarint(out, uint64(index))
		}
		if r.bad || len(r.b) > 0 {
			return badModule("its exports cannot be read")
		}
		s.body = out
	}
	s := m.find(secElement)
	if s == nil {
		return nil
	}
	r := reader{b: s.body}
	segments := r.count()
	out := binary.AppendUvarint(nil, uint64(segments))
	for range segments {
		from := r.b
		if r.u32() != 0 {
			return badModule("it fills a table otherwise than with functions at its start")
		}
		r.constant()
		n := r.count()
		out = append(out, from[:len(from)-len(r.b)]...)
		for range n {
			index := r.u32()
			if r.bad {
				break
			}
			out = binary.AppendUvarint(out, uint64(by(index)))
		}
	}
	if r.bad || len(r.b) > 0 {
		return badModule("its table cannot be read")
	}
	s.body = out
	return nil
}

// export adds an exported global.
func (m module) export(name string, global int) error {
	s := m.find(secExport)
	if s == nil {
		return badModule("it exports nothing")
	}
	n, k := binary.Uvarint(s.body)
	if k <= 0 {
		return badModule("its exports cannot be read")
	}
	b := binary.AppendUvarint(nil, n+1)
	b = append(b, s.body[k:]...)
	b = binary.AppendUvarint(b, uint64(len(name)))
	b = append(b, name...)
	b = append(b, 3)
	s.body = binary.AppendUvarint(b, uint64(global))
	return nil
}

// A reader takes bytes of a module apart. After its first fault bad is set,
// and what it returns means nothing.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) u32() uint32 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || n > binary.MaxVarintLen32 || v > 1<<32-1 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return uint32(v)
}

// count reads the length of a vector, whose elements take a byte at least.
func (r *reader) count() uint32 {
	n := r.u32()
	if uint64(n) > uint64(len(r.b)) {
		r.bad = true
		return 0
	}
	return n
}

func (r *reader) bytes(n uint32) []byte {
	if uint64(n) > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	c := r.b[:n:n]
	r.b = r.b[n:]
	return c
}

// signed skips a signed number of any width.
func (r *reader) signed() {
	for i := 0; i < binary.MaxVarintLen64; i++ {
		if r.byte()&0x80 == 0 {
			return
		}
	}
	r.bad = true
}

// constant skips a constant expression of one instruction and its end.
func (r *reader) constant() {
	switch op := r.byte(); op {
	case 0x41, 0x42: // i32.const, i64.const
		r.signed()
	case 0x43: // f32.const
		r.bytes(4)
	case 0x44: // f64.const
		r.bytes(8)
	case 0x23: // global.get
		r.u32()
	case 0xd0: // ref.null
		r.byte()
	default:
		r.bad = true
	}
	if r.byte() != opEnd {
		r.bad = true
	}
}

// appendSigned appends a signed LEB128 number.
func appendSigned(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

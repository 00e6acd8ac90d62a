package reactor

import (
	"encoding/binary"
	"fmt"
)

// stateExport names the exported copy of mutable global i, through which the
// host reads and sets it.
func stateExport(i int) string { return fmt.Sprintf("caisson_global_%d", i) }

// prepare makes a guest ready to be booted: metered, and with its mutable
// globals exported. It returns the indices of these, the fuel not among them.
func prepare(wasm []byte) (module, []int, error) {
	m, err := parseModule(wasm)
	if err != nil {
		return nil, nil, err
	}
	globals, err := m.globals()
	if err != nil {
		return nil, nil, err
	}
	var mutable []int
	for i, g := range globals {
		if !g.mutable {
			continue
		}
		mutable = append(mutable, i)
		if err := m.export(stateExport(i), i); err != nil {
			return nil, nil, err
		}
	}
	m = m.without(secCustom)
	return m, mutable, meter(m)
}

// freeze makes of a prepared module one that starts with the given values of
// its globals and a memory of so many pages, and runs nothing by itself: the
// memory's content comes from an image.
func freeze(m module, values map[int]uint64, pages uint32) (module, error) {
	globals, err := m.globals()
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		if globals[i].init, err = constant(globals[i].typ, v); err != nil {
			return nil, err
		}
	}
	out := append(module(nil), m.without(secStart, secData, secDataCount)...)
	memory := out.find(secMemory)
	if memory == nil {
		return nil, badModule("it has no memory")
	}
	// One memory, without a maximum: the allocator of each instance has one.
	memory.body = binary.AppendUvarint([]byte{1, 0}, uint64(pages))
	out.find(secGlobal).body = encodeGlobals(globals)
	return out, nil
}

func constant(typ byte, v uint64) ([]byte, error) {
	var b []byte
	switch typ {
	case 0x7f:
		b = appendSigned([]byte{0x41}, int64(int32(v)))
	case 0x7e:
		b = appendSigned([]byte{0x42}, int64(v))
	case 0x7d:
		b = binary.LittleEndian.AppendUint32([]byte{0x43}, uint32(v))
	case 0x7c:
		b = binary.LittleEndian.AppendUint64([]byte{0x44}, v)
	default:
		return nil, badModule("a mutable global of type %#x", typ)
	}
	return append(b, opEnd), nil
}

// stub returns the module with the functions alone that [module.reached] names,
// each of which traps. Seen from outside it has the same shape, so that code
// compiled from the whole module fits it, and a hundredth of the size: wazero
// decodes, validates and hashes a module each time it is loaded, even when its
// code is there, and for CPython that takes longer than all the rest. If the
// code were ever not there, the stub traps at its first call.
func stub(m module) (module, error) {
	reached, err := m.reached()
	if err != nil {
		return nil, err
	}
	imports, err := m.importedFunctions()
	if err != nil {
		return nil, err
	}
	types, err := m.functionTypes()
	if err != nil {
		return nil, err
	}
	place := make(map[uint32]uint32, len(reached))
	n := uint64(len(reached))
	functions, code := binary.AppendUvarint(nil, n), binary.AppendUvarint(nil, n)
	for i, f := range reached {
		if uint64(f) >= uint64(len(types)) {
			return nil, badModule("it refers to a function that it has not")
		}
		place[f] = uint32(i)
		functions = binary.AppendUvarint(functions, uint64(types[f]))
		code = append(code, 3, 0, opUnreachable, opEnd) // length, no locals
	}
	out := append(module(nil), m...)
	out.find(secFunction).body, out.find(secCode).body = functions, code
	return out, out.references(func(f uint32) uint32 {
		if f < uint32(len(imports)) {
			return f
		}
		return uint32(len(imports)) + place[f-uint32(len(imports))]
	})
}

package wasi

import (
	"context"
	"encoding/binary"
)

var le = binary.LittleEndian

// A call is one call of a function by the guest.
type call struct {
	ctx  context.Context
	p    *Process
	mem  []byte
	args []uint64
}

func (c call) u32(i int) uint32 { return uint32(c.args[i]) }
func (c call) u64(i int) uint64 { return c.args[i] }

// bytes returns n bytes of guest memory at ptr; false when they are not all
// in it.
func (c call) bytes(ptr, n uint32) ([]byte, bool) {
	end := uint64(ptr) + uint64(n)
	if end > uint64(len(c.mem)) {
		return nil, false
	}
	return c.mem[ptr:end:end], true
}

// vector returns the i-th buffer of a vector at ptr, which the guest may have
// changed since the last look.
func (c call) vector(ptr, i uint32) ([]byte, bool) {
	at := uint64(ptr) + 8*uint64(i)
	if at+8 > uint64(len(c.mem)) {
		return nil, false
	}
	v := c.mem[at : at+8]
	return c.bytes(le.Uint32(v), le.Uint32(v[4:]))
}

// path returns the string that arguments i and i+1 point at.
func (c call) path(i int) (string, Errno) {
	n := c.u32(i + 1)
	b, ok := c.bytes(c.u32(i), n)
	if !ok {
		return "", EFAULT
	}
	if len(b) > maxPath {
		return "", ENAMETOOLONG
	}
	return string(b), OK
}

// put32 stores v where argument i points.
func (c call) put32(i int, v uint32) Errno {
	b, ok := c.bytes(c.u32(i), 4)
	if !ok {
		return EFAULT
	}
	le.PutUint32(b, v)
	return OK
}

// put64 stores v where argument i points.
func (c call) put64(i int, v uint64) Errno {
	b, ok := c.bytes(c.u32(i), 8)
	if !ok {
		return EFAULT
	}
	le.PutUint64(b, v)
	return OK
}

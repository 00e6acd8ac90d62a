package sys

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Plan is a list of system calls that another process makes: how a sandbox
// is built, as data. Whoever runs it stops at the first call that fails, and
// [Plan.Failure] puts that into words.
//
// Methods add steps, in order. A fault in a plan, such as too many steps, is
// kept and returned by [Plan.Encode]. The zero Plan is empty. Once it is built
// a plan is only read, and may be run many times, at the same time.
type Plan struct {
	steps  []planStep
	fixups []uint32 // offsets of words in the blob that become addresses
	blob   []byte   // what the arguments point to

	files int    // registers that are filled with the files that come along
	made  uint32 // values made so far
	held  [planRegisters]uint32
	low   int // lowest register that ever held a result, as a distance from planRegisters
	err   error
}

// A planStep is one system call.
type planStep struct {
	name  string // "mount proc on /proc"
	call  uint32
	flags uint32
	args  [6]uint64
}

// Limits and form of plans on the wire; internal/guest/init/init.c has the
// same. All numbers are little-endian:
//
//	u32 magic, steps, fixups, size of the blob
//	steps: u32 call, u32 flags, u64 argument[6]
//	fixups: u32 each; zeros up to a multiple of eight
//	blob
//
// Bits 0-5 of flags say which arguments are offsets in the blob and become
// addresses, bits 8-13 which are numbers of registers. Bits 16-21 are the
// register that receives the result, plus one, or 0. Bits 24-31 are an errno
// that is no failure, or 0; the register then receives -1. A fixup is the
// offset of an eight-byte word of the blob that holds an offset and becomes an
// address. Registers begin as the descriptors that came along, and then -1.
const (
	planMagic     = 0x31505343 // "CSP1"
	planHeader    = 16
	planStepSize  = 56
	planSteps     = 1024
	planFixups    = 4096
	planRegisters = 32
	planFiles     = 28
	planSize      = 128<<10 - 8 // in all, so that a message has room for it
)

// A Value is an argument of a step. The zero Value is the number 0.
type Value struct {
	kind valueKind
	n    uint64
	made uint32 // of a register: which of the values that it held
}

type valueKind uint8

const (
	number64 valueKind = iota
	address            // n is an offset in the blob
	register           // n is its number
)

// Number returns a plain number: a flag, or a descriptor whose number is known.
func Number(n int) Value { return Value{n: uint64(n)} }

// knownFD is a descriptor that steps make for a structure which must hold its
// number, and close again. Who runs plans has no other that high. A limit of
// open files that is lower must come later.
const knownFD = 120

// at is how system calls name the working directory as a descriptor.
func at() Value { return Number(unix.AT_FDCWD) }

// Text returns the address of a string, which may not hold a zero byte.
func (p *Plan) Text(s string) Value {
	if strings.Contains(s, "\x00") {
		p.fail(fmt.Errorf("%.40q holds a zero byte", s))
	}
	return p.Bytes(append([]byte(s), 0))
}

// Bytes returns the address of a copy of b, at a multiple of eight.
func (p *Plan) Bytes(b []byte) Value {
	for len(p.blob)%8 != 0 {
		p.blob = append(p.blob, 0)
	}
	offset := uint64(len(p.blob))
	p.blob = append(p.blob, b...)
	return Value{kind: address, n: offset}
}

// words returns the address of eight-byte words, of which those that are
// addresses become such.
func (p *Plan) words(list ...Value) Value {
	b := make([]byte, 0, 8*len(list))
	v := p.Bytes(nil)
	for i, w := range list {
		if w.kind == register {
			p.fail(errors.New("a register's value does not go into memory"))
		}
		if w.kind == address {
			p.fixups = append(p.fixups, uint32(v.n)+8*uint32(i))
		}
		b = binary.LittleEndian.AppendUint64(b, w.n)
	}
	p.blob = append(p.blob, b...)
	return v
}

// texts returns the address of a list of strings that ends with a null, as
// execve(2) takes it.
func (p *Plan) texts(list []string) Value {
	var words []Value
	for _, s := range list {
		words = append(words, p.Text(s))
	}
	return p.words(append(words, Number(0))...)
}

// File returns the descriptor of the next file that comes along: the first
// call stands for the first of the files that are handed to whoever runs the
// plan, and so on. As many must be handed over as were asked for here.
func (p *Plan) File() Value {
	if p.files == planFiles || p.files >= planRegisters-p.low {
		p.fail(errors.New("too many files and results at a time"))
		return Value{}
	}
	v := p.hold(p.files)
	p.files++
	return v
}

func (p *Plan) hold(r int) Value {
	p.made++
	p.held[r] = p.made
	return Value{kind: register, n: uint64(r), made: p.made}
}

// Call adds a step. The name says what it does, for errors.
func (p *Plan) Call(name string, call int, args ...Value) {
	s := planStep{name: name, call: uint32(call)}
	if len(args) > len(s.args) {
		p.fail(fmt.Errorf("%s: %d arguments", name, len(args)))
		return
	}
	for i, a := range args {
		s.args[i] = a.n
		switch a.kind {
		case address:
			s.flags |= 1 << i
		case register:
			s.flags |= 1 << (8 + i)
			if a.n >= planRegisters || p.held[a.n] != a.made {
				p.fail(fmt.Errorf("%s: a value that this plan does not hold", name))
			}
		}
	}
	p.steps = append(p.steps, s)
}

// Result returns what the last step returns, such as a descriptor. [Plan.Close]
// makes room for another one.
func (p *Plan) Result() Value {
	for r := planRegisters - 1; r >= p.files; r-- {
		if p.held[r] == 0 && len(p.steps) > 0 {
			p.low = max(p.low, planRegisters-r)
			p.steps[len(p.steps)-1].flags |= uint32(r+1) << 16
			return p.hold(r)
		}
	}
	p.fail(errors.New("too many files and results at a time"))
	return Value{}
}

// MayFail says that the last step may fail with errno. Its result is then -1.
func (p *Plan) MayFail(errno syscall.Errno) {
	if len(p.steps) == 0 || errno <= 0 || errno > 255 {
		p.fail(fmt.Errorf("no step may fail with %d", int(errno)))
		return
	}
	p.steps[len(p.steps)-1].flags |= uint32(errno) << 24
}

// Close closes a descriptor.
func (p *Plan) Close(v Value) {
	p.Call("close", unix.SYS_CLOSE, v)
	if v.kind == register && v.n < planRegisters && int(v.n) >= p.files {
		p.held[v.n] = 0
	}
}

// fail keeps the first fault.
func (p *Plan) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// Files returns how many files must come along.
func (p *Plan) Files() int { return p.files }

// Encode returns the plan as it is sent to who runs it, or the fault in it.
func (p *Plan) Encode() ([]byte, error) {
	blob := planHeader + planStepSize*len(p.steps) + (4*len(p.fixups)+7)/8*8
	size := blob + len(p.blob)
	switch {
	case p.err != nil:
		return nil, fmt.Errorf("make a plan: %w", p.err)
	case len(p.steps) > planSteps:
		return nil, fmt.Errorf("make a plan: %d steps; %d are possible", len(p.steps), planSteps)
	case len(p.fixups) > planFixups:
		return nil, fmt.Errorf("make a plan: %d addresses; %d are possible", len(p.fixups), planFixups)
	case size > planSize:
		return nil, fmt.Errorf("make a plan: %d bytes; %d are possible", size, planSize)
	}
	b := make([]byte, 0, size)
	for _, n := range []int{planMagic, len(p.steps), len(p.fixups), len(p.blob)} {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	for _, s := range p.steps {
		b = binary.LittleEndian.AppendUint32(b, s.call)
		b = binary.LittleEndian.AppendUint32(b, s.flags)
		for _, a := range s.args {
			b = binary.LittleEndian.AppendUint64(b, a)
		}
	}
	for _, f := range p.fixups {
		b = binary.LittleEndian.AppendUint32(b, f)
	}
	b = append(b, make([]byte, blob-len(b))...)
	return append(b, p.blob...), nil
}

// Failure returns the error of a plan that stopped at a step.
func (p *Plan) Failure(step int, errno syscall.Errno) error {
	if step < 0 || step >= len(p.steps) {
		return fmt.Errorf("step %d of %d: %w", step, len(p.steps), errno)
	}
	return fmt.Errorf("%s: %w", p.steps[step].name, errno)
}

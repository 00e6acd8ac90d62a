package reactor

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/sys"
)

// State format, numbers as uvarints: magic, size of the memory in pages of 64
// KiB, mutable globals, runs of changed pages of 4 KiB (first page - end of the
// last run + 1, number of pages, bytes; ended by 0), length of the descriptors
// and they themselves as package wasi writes them, and the files as package
// memfs writes them, to the end.
const (
	stateMagic       = "caissonst\x01"
	maxDescriptorLog = 16 << 20 // bytes that describe descriptors: all that can be open, with the longest paths
)

// ErrState is the error of Restore for bytes that Save did not make for the
// same frozen guest.
var ErrState = errors.New("not a state of this guest")

// Save writes all that the instance is. It must not be running or broken.
func (in *Instance) Save(w io.Writer) error {
	if in.broken {
		return ErrBroken
	}
	pages, err := in.memory.changed(in.program.pagemap)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	number := func(v uint64) { b.Write(binary.AppendUvarint(b.AvailableBuffer(), v)) }
	b.WriteString(stateMagic)
	number(in.memory.size / wasmPage)
	for _, g := range in.globals {
		number(g.Get())
	}
	end := uint32(0)
	for i := 0; i < len(pages); {
		n := 1
		for i+n < len(pages) && pages[i+n] == pages[i]+uint32(n) {
			n++
		}
		number(uint64(pages[i]-end) + 1)
		number(uint64(n))
		at := uint64(pages[i]) * sys.PageSize
		b.Write(in.memory.space[at : at+uint64(n)*sys.PageSize])
		end = pages[i] + uint32(n)
		i += n
	}
	number(0)
	descriptors := in.process.AppendState(nil)
	number(uint64(len(descriptors)))
	b.Write(descriptors)
	if err := b.Flush(); err != nil {
		return fmt.Errorf("save: %w", err)
	}
	if _, err := in.files.WriteTo(w); err != nil {
		return fmt.Errorf("save: %w", err)
	}
	return nil
}

// Restore opens a fresh instance with a state that Save wrote. The bytes are
// not trusted: they can be no worse than what the guest itself could have
// written into its memory. After an error the instance can only be closed.
func (in *Instance) Restore(l Limits, r io.Reader) error {
	if err := in.Open(l); err != nil {
		return err
	}
	d := stateReader{r: bufio.NewReaderSize(r, 64<<10)}
	if string(d.bytes(len(stateMagic))) != stateMagic {
		d.fail("it does not begin as one")
	}
	in.restoreMemory(&d)
	descriptors := d.bytes(int(d.number(maxDescriptorLog)))
	if d.err != nil {
		return d.err
	}
	if err := in.files.Decode(d.r); err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	// After the files, which descriptors are opened on.
	if err := in.process.RestoreState(descriptors); err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	return nil
}

func (in *Instance) restoreMemory(d *stateReader) {
	size := d.number(1<<16) * wasmPage
	if d.err == nil {
		d.err = in.grow(size)
	}
	for _, g := range in.globals {
		g.Set(d.number(1<<64 - 1))
	}
	for end := uint64(0); d.err == nil; {
		skip := d.number(size / sys.PageSize)
		if skip == 0 {
			return
		}
		first := end + skip - 1
		n := d.number(size / sys.PageSize)
		end = first + n
		if end > size/sys.PageSize {
			d.fail("it writes past its memory")
			return
		}
		d.fill(in.memory.space[first*sys.PageSize : end*sys.PageSize])
	}
}

// grow makes the memory size bytes long, within the limit.
func (in *Instance) grow(size uint64) error {
	if size < in.memory.size {
		return fmt.Errorf("%w: it has less memory than a fresh copy", ErrState)
	}
	if size == in.memory.size {
		return nil
	}
	if _, ok := in.linear.Grow(uint32((size - in.memory.size) / wasmPage)); !ok {
		return caisson.Errorf(caisson.Invalid, "the state takes %d MiB of memory, and the limit is %d MiB: raise the memory limit",
			size>>20, in.memory.limit>>20)
	}
	return nil
}

// Fork makes a fresh instance, into, a second one with the state of this one,
// which goes on. It must not be running or broken. What the two share is never
// written: each has its own memory, files and descriptors. After an error into
// can only be closed.
func (in *Instance) Fork(into *Instance, l Limits) error {
	if in.broken {
		return ErrBroken
	}
	if err := into.open(l, in.files.Clone()); err != nil {
		return err
	}
	if err := into.grow(in.memory.size); err != nil {
		return err
	}
	if err := in.memory.copyTo(into.memory, in.program.pagemap); err != nil {
		return err
	}
	for i, g := range in.globals {
		into.globals[i].Set(g.Get())
	}
	return into.process.RestoreState(in.process.AppendState(nil))
}

// A stateReader takes a state apart. After its first fault err is set, and
// what it returns means nothing.
type stateReader struct {
	r   *bufio.Reader
	err error
}

func (d *stateReader) fail(what string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", ErrState, what)
	}
}

func (d *stateReader) number(most uint64) uint64 {
	if d.err != nil {
		return 0
	}
	v, err := binary.ReadUvarint(d.r)
	if err != nil {
		d.fail("it ends too soon")
		return 0
	}
	if v > most {
		d.fail("a number in it is too large")
		return 0
	}
	return v
}

func (d *stateReader) bytes(n int) []byte {
	if d.err != nil {
		return nil
	}
	b := make([]byte, n)
	d.fill(b)
	return b
}

func (d *stateReader) fill(b []byte) {
	if d.err != nil {
		return
	}
	if _, err := io.ReadFull(d.r, b); err != nil {
		d.fail("it ends too soon")
	}
}

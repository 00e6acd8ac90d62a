package reactor

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/caisson-dev/caisson/internal/sys"
)

// wasmPage is the unit in which WebAssembly memory grows.
const wasmPage = 64 << 10

// An image is the memory that every copy starts from.
type image struct {
	file *os.File
	data []byte // the same, mapped to be read
}

// A memory is the linear memory of one instance: address space of which the
// beginning is a private copy of the image. It implements wazero's
// experimental.LinearMemory.
type memory struct {
	image  *image
	space  []byte // all that is reserved
	size   uint64 // what the guest has of it
	limit  uint64 // what it may have at most
	peak   uint64
	denied bool // it asked for more
}

func newMemory(im *image, reserve uint64) (*memory, error) {
	space, err := sys.Reserve(int(reserve))
	if err != nil {
		return nil, err
	}
	m := &memory{image: im, space: space, size: uint64(len(im.data)), limit: reserve}
	if err := sys.MapCopy(space, im.file, len(im.data)); err != nil {
		return nil, errors.Join(err, sys.Unmap(space))
	}
	return m, nil
}

// Reallocate is asked by wazero for a memory of size bytes. nil makes the
// guest's memory.grow fail, which its allocator reports as it does on any
// machine that is full.
func (m *memory) Reallocate(size uint64) []byte {
	if size > m.limit {
		m.denied = true
		return nil
	}
	m.size = max(m.size, size)
	m.peak = max(m.peak, m.size)
	return m.space[:size:m.size]
}

// Free is called by wazero when the instance closes. [memory.unmap] does the
// work, so that it is done when wazero never called.
func (m *memory) Free() {}

func (m *memory) unmap() error {
	space := m.space
	m.space = nil
	return sys.Unmap(space)
}

// written returns the pages that were written, if only with what they held
// before.
func (m *memory) written(pm *sys.Pagemap) ([]uint32, error) {
	return pm.Written(nil, m.space[:m.size])
}

// changed returns the pages that differ from the image: of those that were
// written about half, because counting references up and down changes nothing.
func (m *memory) changed(pm *sys.Pagemap) ([]uint32, error) {
	pages, err := m.written(pm)
	return slices.DeleteFunc(pages, func(n uint32) bool {
		was := m.pristine(n)
		return was != nil && bytes.Equal(was, m.page(n))
	}), err
}

// page returns one page, as a part of the memory.
func (m *memory) page(n uint32) []byte {
	at := uint64(n) * sys.PageSize
	return m.space[at : at+sys.PageSize]
}

// pristine returns the page as it was in the image; nil where that had none.
func (m *memory) pristine(n uint32) []byte {
	at := uint64(n) * sys.PageSize
	if at >= uint64(len(m.image.data)) {
		return nil
	}
	return m.image.data[at : at+sys.PageSize]
}

// manyPages is from where dropping pages costs less than copying them back.
const manyPages = 512

// reset makes the memory the image again. Few pages are copied back, so that
// the next run finds them mapped; many are dropped. The memory must not have
// grown: wazero cannot shrink it.
func (m *memory) reset(pm *sys.Pagemap) error {
	if m.size != uint64(len(m.image.data)) {
		return fmt.Errorf("reset a memory that grew to %d bytes", m.size)
	}
	pages, err := m.written(pm)
	if err != nil {
		return err
	}
	m.peak, m.denied = m.size, false
	if len(pages) > manyPages {
		return sys.Discard(m.space[:m.size])
	}
	for _, n := range pages {
		copy(m.page(n), m.pristine(n))
	}
	return nil
}

// copyTo makes a fresh memory that has m's size the same as m.
func (m *memory) copyTo(to *memory, pm *sys.Pagemap) error {
	pages, err := m.changed(pm)
	if err != nil {
		return err
	}
	for _, n := range pages {
		copy(to.page(n), m.page(n))
	}
	return nil
}

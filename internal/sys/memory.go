package sys

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// PageSize is the unit of [Written]: 4 KiB on every machine that we run on.
const PageSize = 4096

// Reserve takes size bytes of address space, which cost nothing until they are
// written. They read as zero. The caller gives them back with [Unmap].
func Reserve(size int) ([]byte, error) {
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("reserve %d bytes of memory: %w", size, err)
	}
	return b, nil
}

// MapCopy makes the first size bytes of b, which [Reserve] returned, a private
// copy of f: reads come from the file, and what is written stays in b.
func MapCopy(b []byte, f *os.File, size int) error {
	if size > len(b) {
		return fmt.Errorf("map %d bytes where %d are reserved", size, len(b))
	}
	_, _, e := unix.Syscall6(unix.SYS_MMAP, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(size),
		unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_FIXED|unix.MAP_NORESERVE, f.Fd(), 0)
	if e != 0 {
		return fmt.Errorf("map image: %w", e)
	}
	return nil
}

// MapRead maps a file to be read. The caller gives it back with [Unmap].
func MapRead(f *os.File, size int) ([]byte, error) {
	if size == 0 {
		return nil, nil
	}
	b, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", f.Name(), err)
	}
	return b, nil
}

// MapCode maps size bytes of a file of machine code, to be read and run, and
// returns where they are. Where files cannot be run, as on a file system that
// is mounted noexec, it is a copy. The caller gives it back with [Unmap].
func MapCode(f *os.File, size int) (code []byte, at uint64, err error) {
	code, err = unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		code, err = copyCode(f, size)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("map code: %w", err)
	}
	return code, uint64(uintptr(unsafe.Pointer(unsafe.SliceData(code)))), nil
}

func copyCode(f *os.File, size int) ([]byte, error) {
	code, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	if _, err = f.ReadAt(code, 0); err == nil {
		err = unix.Mprotect(code, unix.PROT_READ|unix.PROT_EXEC)
	}
	if err != nil {
		return nil, errors.Join(err, unix.Munmap(code))
	}
	return code, nil
}

// MemFile returns an empty file that is in memory alone.
func MemFile(name string) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_NOEXEC_SEAL)
	if errors.Is(err, unix.EINVAL) { // before Linux 6.3
		fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	}
	if err != nil {
		return nil, fmt.Errorf("make a file in memory: %w", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// Discard drops what was written to b: it reads as the file it maps again, or
// as zero where it maps none.
func Discard(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	return unix.Madvise(b, unix.MADV_DONTNEED)
}

// Unmap gives memory back. All slices of it are invalid from then on.
func Unmap(b []byte) error {
	if b == nil {
		return nil
	}
	return unix.Munmap(b)
}

// A Pagemap tells which pages of this process were written. It is safe for
// concurrent use.
type Pagemap struct{ f *os.File }

// OpenPagemap opens the process's page map (Documentation/admin-guide/mm/pagemap.rst).
func OpenPagemap() (*Pagemap, error) {
	f, err := os.Open("/proc/self/pagemap")
	if err != nil {
		return nil, fmt.Errorf("open page map: %w", err)
	}
	return &Pagemap{f}, nil
}

// Written appends to pages the numbers of the pages of b that were written
// since they were mapped or discarded, ascending. b begins at a page.
func (p *Pagemap) Written(pages []uint32, b []byte) ([]uint32, error) {
	const entry, file, swapped, present = 8, 1 << 61, 1 << 62, 1 << 63
	var room [512 * entry]byte
	first := int64(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) / PageSize
	n := (len(b) + PageSize - 1) / PageSize
	for at := 0; at < n; {
		buf := room[:min(len(room), (n-at)*entry)]
		if _, err := p.f.ReadAt(buf, (first+int64(at))*entry); err != nil {
			return pages, fmt.Errorf("read page map: %w", err)
		}
		for i := 0; i < len(buf); i += entry {
			v := binary.LittleEndian.Uint64(buf[i:])
			if v&present != 0 && v&file == 0 || v&swapped != 0 {
				pages = append(pages, uint32(at+i/entry))
			}
		}
		at += len(buf) / entry
	}
	return pages, nil
}

// Close closes the page map.
func (p *Pagemap) Close() error { return p.f.Close() }

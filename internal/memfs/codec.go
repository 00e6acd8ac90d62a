package memfs

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// ErrCorrupt is the error of [FS.Decode] for bytes that are not what
// [FS.WriteTo] makes.
var ErrCorrupt = errors.New("corrupt image")

// Image format: magic, then the root. A directory is its times and entries,
// ascending by name, and a zero byte. An entry is its kind (byte), length of
// name, name, mode, and then, for a file, its times, its size and its chunks:
// number of chunks skipped + 1, length, bytes; and a zero. A chunk holds no
// zeros at its end, so that a tree has one image only. Numbers are varints.
const (
	magic     = "caissonfs\x01"
	entryEnd  = 0
	entryFile = 1
	entryDir  = 2
)

// WriteTo writes an image of all that is not read-only. It holds up nobody:
// it writes a clone.
func (f *FS) WriteTo(w io.Writer) (int64, error) {
	c := &countWriter{w: w}
	e := encoder{w: bufio.NewWriter(c)}
	e.w.WriteString(magic) // Flush returns the first error of all writes
	e.dir(f.Clone().root)
	err := e.w.Flush()
	if err != nil {
		err = fmt.Errorf("memfs: write image: %w", err)
	}
	return c.n, err
}

type countWriter struct {
	w io.Writer
	n int64
}

func (c *countWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

type encoder struct {
	w *bufio.Writer
	b [binary.MaxVarintLen64]byte
}

func (e *encoder) number(v uint64) { e.w.Write(binary.AppendUvarint(e.b[:0], v)) }
func (e *encoder) signed(v int64)  { e.w.Write(binary.AppendVarint(e.b[:0], v)) }

func (e *encoder) dir(n *node) {
	e.signed(n.atime)
	e.signed(n.mtime)
	for _, c := range n.dir.sorted() {
		if !carried(c) {
			continue
		}
		kind := byte(entryFile)
		if c.dir != nil {
			kind = entryDir
		}
		e.w.WriteByte(kind)
		e.number(uint64(len(c.name)))
		e.w.WriteString(c.name)
		e.number(uint64(c.mode))
		if c.dir != nil {
			e.dir(c)
		} else {
			e.file(c)
		}
	}
	e.w.WriteByte(entryEnd)
}

// carried says whether an image needs n: a read-only node only as the way to
// one that is not.
func carried(n *node) bool {
	if !n.ro {
		return true
	}
	if n.dir != nil {
		for _, c := range n.dir.byName {
			if carried(c) {
				return true
			}
		}
	}
	return false
}

func (e *encoder) file(n *node) {
	e.signed(n.atime)
	e.signed(n.mtime)
	e.number(uint64(n.data.size))
	skipped := uint64(0)
	for _, k := range n.data.chunks {
		b := bytes.TrimRight(k.b, "\x00")
		if len(b) == 0 {
			skipped++
			continue
		}
		e.number(skipped + 1)
		e.number(uint64(len(b)))
		e.w.Write(b)
		skipped = 0
	}
	e.number(0)
}

// Decode adds what an image holds to f, where the host has laid out what it
// had when the image was made, and nothing else. The image is not trusted: it
// must fit the limits, sizes are checked before anything is allocated, and it
// cannot change what is read-only. Decode reads r to its end. On an error f is
// not fit for use.
func (f *FS) Decode(r io.Reader) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := decoder{f: f, r: bufio.NewReaderSize(r, chunkSize)}
	err := d.image()
	f.hit = QuotaNone
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("%w: it ends too soon", ErrCorrupt)
	}
	if err != nil {
		return fmt.Errorf("memfs: decode: %w", err)
	}
	return nil
}

// A decoder adds an image to f, whose mutex is held. An io.EOF within is an
// image that ends too soon.
type decoder struct {
	f    *FS
	r    *bufio.Reader
	name [MaxName]byte
}

func (d *decoder) image() error {
	var head [len(magic)]byte
	if _, err := io.ReadFull(d.r, head[:]); err != nil {
		return err
	}
	if string(head[:]) != magic {
		return ErrCorrupt
	}
	if err := d.dir(d.f.root); err != nil {
		return err
	}
	if _, err := d.r.ReadByte(); err == nil {
		return fmt.Errorf("%w: more bytes after its end", ErrCorrupt)
	} else if err != io.EOF {
		return err
	}
	return nil
}

// number reads a number that is at most most.
func (d *decoder) number(most uint64) (uint64, error) {
	v, err := binary.ReadUvarint(d.r)
	if err == nil && v > most {
		err = fmt.Errorf("%w: %d where at most %d can be", ErrCorrupt, v, most)
	}
	return v, err
}

func (d *decoder) times() (atime, mtime int64, err error) {
	if atime, err = binary.ReadVarint(d.r); err == nil {
		mtime, err = binary.ReadVarint(d.r)
	}
	return atime, mtime, err
}

func (d *decoder) dir(n *node) error {
	atime, mtime, err := d.times()
	if err != nil {
		return err
	}
	for last := ""; ; {
		kind, err := d.r.ReadByte()
		if err != nil {
			return err
		}
		if kind == entryEnd {
			break
		}
		if kind != entryFile && kind != entryDir {
			return fmt.Errorf("%w: entry of kind %d", ErrCorrupt, kind)
		}
		c, err := d.entry(n, kind == entryDir, last)
		if err != nil {
			return err
		}
		last = c.name
		if c.dir != nil {
			err = d.dir(c)
		} else {
			err = d.file(c)
		}
		if err != nil {
			return err
		}
	}
	// Last, because each new entry changed them.
	if !n.ro {
		n.atime, n.mtime = atime, mtime
	}
	return nil
}

// entry reads name and mode, and returns the node they stand for: a new one,
// or a directory that the host laid out.
func (d *decoder) entry(parent *node, isDir bool, last string) (*node, error) {
	size, err := d.number(MaxName)
	if err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(d.r, d.name[:size]); err != nil {
		return nil, err
	}
	name := string(d.name[:size])
	if strings.Compare(name, last) <= 0 {
		return nil, fmt.Errorf("%w: %q after %q", ErrCorrupt, name, last)
	}
	mode, err := d.number(uint64(fs.ModePerm))
	if err != nil {
		return nil, err
	}
	if c := parent.dir.byName[name]; c != nil {
		if c.dir == nil || !c.fixed || !isDir {
			return nil, fmt.Errorf("entry %q: %w", name, EEXIST)
		}
		return c, nil
	}
	c, err := d.f.createLocked(parent, name, isDir, fs.FileMode(mode))
	if err != nil {
		return nil, fmt.Errorf("entry %q: %w", name, err)
	}
	return c, nil
}

func (d *decoder) file(n *node) error {
	atime, mtime, err := d.times()
	if err != nil {
		return err
	}
	size, err := d.number(MaxFile)
	if err != nil {
		return err
	}
	if err := d.f.resizeLocked(n, int64(size)); err != nil {
		return fmt.Errorf("file %q: %w", n.name, err)
	}
	for next := uint64(0); ; next++ {
		skip, err := d.number(MaxFile / chunkSize)
		if err != nil {
			return err
		}
		if skip == 0 {
			break
		}
		next += skip - 1
		if err := d.chunk(n, next, size); err != nil {
			return err
		}
	}
	n.atime, n.mtime = atime, mtime
	return nil
}

// chunk reads chunk i of a file. Nothing larger than a chunk is allocated
// before its bytes have come.
func (d *decoder) chunk(n *node, i, size uint64) error {
	off := i * chunkSize
	if off >= size {
		return fmt.Errorf("%w: chunk %d of a file of %d bytes", ErrCorrupt, i, size)
	}
	k, err := d.number(min(chunkSize, size-off))
	if err != nil {
		return err
	}
	b := make([]byte, k)
	if _, err := io.ReadFull(d.r, b); err != nil {
		return err
	}
	n.data.put(int(i), chunk{b: b, own: d.f.own})
	return nil
}

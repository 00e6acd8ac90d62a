package wasi

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// ErrState is the error of RestoreState for bytes that AppendState did not
// make, or that do not fit the process.
var ErrState = errors.New("wasi: not a process state")

// State format: version, monotonic clock, then the descriptors ascending, as
// uvarints unless said otherwise.
//
//	number+1, kind (byte), flags, base rights, inheriting rights, then
//	  stdio: which
//	  file:  offset, length of path, path
//	  dead:  nothing
//	0
const stateVersion = 1

// AppendState appends the descriptors and the monotonic clock to b: what a
// guest holds beside its memory and its files. Files go by path. Pipes, what
// is in them, and unlinked files are not carried: their descriptors come back
// taken but dead, so that whoever still holds the number gets EBADF and never
// somebody else's file, until it is closed.
func (p *Process) AppendState(b []byte) []byte {
	b = append(b, stateVersion)
	b = binary.AppendUvarint(b, uint64(max(0, p.monotonicNow())))
	for fd, f := range p.files {
		if f == nil {
			continue
		}
		kind, path := f.kind, ""
		if kind == kindPipe {
			kind = kindDead
		}
		if kind == kindFile {
			var ok bool
			if path, ok = f.f.Path(); !ok {
				kind = kindDead
			}
		}
		b = binary.AppendUvarint(b, uint64(fd)+1)
		b = append(b, byte(kind))
		b = binary.AppendUvarint(b, uint64(f.flags))
		b = binary.AppendUvarint(b, f.base)
		b = binary.AppendUvarint(b, f.inherit)
		switch kind {
		case kindStdio:
			b = binary.AppendUvarint(b, uint64(f.std))
		case kindFile:
			b = binary.AppendUvarint(b, uint64(f.f.Offset()))
			b = binary.AppendUvarint(b, uint64(len(path)))
			b = append(b, path...)
		}
	}
	return append(b, 0)
}

// RestoreState makes the descriptors of p those of b, which is not trusted.
// The file system must hold its files already; a descriptor whose file is not
// there comes back dead. The monotonic clock goes on from where it was. On an
// error p is as before.
func (p *Process) RestoreState(b []byte) error {
	q := &Process{fs: p.fs, maxFiles: p.maxFiles}
	d := decoder{b: b}
	mono, err := q.decodeState(&d)
	if err == nil && len(d.b) > 0 {
		err = fmt.Errorf("%w: %d bytes after the end", ErrState, len(d.b))
	}
	if err != nil {
		q.Close()
		return err
	}
	p.Close()
	p.files, p.open = q.files, q.open
	p.monoOffset = mono - p.monotonic()
	return nil
}

func (p *Process) decodeState(d *decoder) (time.Duration, error) {
	if v := d.byte(); d.bad || v != stateVersion {
		return 0, fmt.Errorf("%w: version %d", ErrState, v)
	}
	mono := d.uvarint(1 << 62)
	for last := uint64(0); ; {
		n := d.uvarint(uint64(p.maxFiles))
		if n == 0 && !d.bad {
			return time.Duration(mono), nil
		}
		if d.bad || n <= last {
			return 0, fmt.Errorf("%w: descriptor %d after %d", ErrState, n, last)
		}
		last = n
		f, err := p.decodeFile(d)
		if err != nil {
			return 0, err
		}
		p.put(int(n-1), f)
	}
}

func (p *Process) decodeFile(d *decoder) (*file, error) {
	f := &file{
		kind: kind(d.byte()), flags: uint16(d.uvarint(knownFlags)),
		base: d.uvarint(allRights), inherit: d.uvarint(allRights),
	}
	switch f.kind {
	case kindStdio:
		f.std = int(d.uvarint(2))
	case kindFile:
		off := d.uvarint(1<<63 - 1)
		path := string(d.bytes(d.uvarint(maxPath)))
		if !d.bad {
			f.reopen(p.fs, path, int64(off))
		}
	case kindDead:
	default:
		d.bad = true
	}
	if d.bad {
		return nil, fmt.Errorf("%w: descriptor of kind %d", ErrState, f.kind)
	}
	return f, nil
}

// A decoder takes a state apart. After its first fault bad is set, and what it
// returns means nothing.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.bad = true
		return 0
	}
	c := d.b[0]
	d.b = d.b[1:]
	return c
}

func (d *decoder) uvarint(most uint64) uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 || v > most {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.bad = true
		return nil
	}
	c := d.b[:n]
	d.b = d.b[n:]
	return c
}

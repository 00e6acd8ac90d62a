package audit

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// maxSegment is the size at which a new segment starts.
const maxSegment = 64 << 20

// A tail is the end of the record as a Log last saw it.
type tail struct {
	number int      // of the newest segment; 0 when there is none
	file   *os.File // the newest segment; nil when there is none
	size   int64    // of file
	seq    uint64   // of the last line; 0 when there is none
	head   string   // its hash
	torn   []Torn   // torn tails that no line names yet
}

func (t *tail) close() error {
	if t.file == nil {
		return nil
	}
	return t.file.Close()
}

func (t *tail) sync() error {
	return os.NewSyscallError("fdatasync", retry(func() error { return syscall.Fdatasync(int(t.file.Fd())) }))
}

// write appends to the newest segment. After an error the segment may end in
// the middle of a line.
func (t *tail) write(b []byte) error {
	n, err := t.file.Write(b)
	t.size += int64(n)
	return err
}

// catchUp brings the tail up to what other writers have appended. The caller
// holds turn and the directory's lock.
func (l *Log) catchUp() error {
	t := &l.tail
	if t.file == nil {
		all, err := segments(l.root)
		if err != nil || len(all) == 0 {
			return err
		}
		return l.load(all[len(all)-1].number)
	}
	newest := t.number
	for {
		_, err := l.root.Lstat(segmentName(newest + 1))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return err
		}
		newest++
	}
	if newest > t.number {
		return l.load(newest)
	}
	fi, err := t.file.Stat()
	switch {
	case err != nil:
		return err
	case fi.Size() < t.size || fi.Sys().(*syscall.Stat_t).Nlink == 0:
		return fmt.Errorf("%s was cut or removed while in use", segmentName(newest))
	case fi.Size() > t.size:
		return l.load(newest)
	}
	return nil
}

// load reads the end of the record anew: the newest segment's, and where that
// has no whole line, those before it.
func (l *Log) load(newest int) error {
	f, fi, err := openSegment(l.root, newest, os.O_RDWR|os.O_APPEND)
	if err != nil {
		return err
	}
	err = l.tail.close()
	l.tail = tail{number: newest, file: f, size: fi.Size()}
	if err != nil {
		return err
	}
	whole, err := l.tail.end(f, newest, fi.Size())
	for n := newest - 1; err == nil && !whole && n > 0; n-- {
		whole, err = l.endOf(n)
	}
	slices.Reverse(l.tail.torn)
	return err
}

func (l *Log) endOf(n int) (whole bool, err error) {
	f, fi, err := openSegment(l.root, n, os.O_RDONLY)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return l.tail.end(f, n, fi.Size())
}

// end takes from segment n its last line, if it has one, and its torn tail.
func (t *tail) end(f io.ReaderAt, n int, size int64) (whole bool, err error) {
	last, torn, err := lastLine(f, size)
	if err != nil {
		return false, fmt.Errorf("%s: %w: %s", segmentName(n), err, damaged)
	}
	if len(torn) > 0 {
		t.torn = append(t.torn, newTorn(segmentName(n), torn))
	}
	if last == nil {
		return false, nil
	}
	end, err := decodeLine(last)
	if err != nil {
		return false, fmt.Errorf("%s: the last line %w: %s", segmentName(n), err, damaged)
	}
	t.seq, t.head = end.Seq, end.Hash
	return true, nil
}

const damaged = "caisson audit verify says more; move the folder aside, and keep it, to start a new record"

// append writes bodies as lines, in a new segment where the newest is full or
// ends in a torn tail. The caller holds turn and the directory's lock, and the
// tail is caught up.
func (l *Log) append(bodies [][]byte) error {
	t := &l.tail
	if t.file == nil || t.size == 0 || t.size >= l.maxSegment || len(t.torn) > 0 {
		if err := l.start(); err != nil {
			return err
		}
	}
	size := 0
	for _, b := range bodies {
		size += len(b) + sealLen + 32
	}
	buf := make([]byte, 0, size)
	seq, head := t.seq, t.head
	for _, b := range bodies {
		seq++
		buf, head = appendLine(buf, seq, b, head)
	}
	if err := t.write(buf); err != nil {
		return err
	}
	t.seq, t.head = seq, head
	return nil
}

// start begins a new segment, or the newest again if nothing was written to it.
func (l *Log) start() error {
	t := &l.tail
	if t.file == nil || t.size > 0 {
		if err := l.newSegment(); err != nil {
			return err
		}
	}
	prev := t.head
	if t.seq == 0 {
		prev = noHash
	}
	b, err := encodeBody(body{
		Time: time.Now().UTC(), Writer: l.writer,
		Kind: kindStarted, Data: started{Format: format, Torn: t.torn},
	})
	if err != nil {
		return err
	}
	line, head := appendLine(nil, t.seq+1, b, prev)
	if err := t.write(line); err != nil {
		return err
	}
	t.seq, t.head, t.torn = t.seq+1, head, nil
	if t.number == 1 {
		// The folder may be new too.
		if err := syncFolder(filepath.Dir(l.path)); err != nil {
			return err
		}
	}
	return l.dir.Sync()
}

func (l *Log) newSegment() error {
	t := &l.tail
	if t.file != nil {
		// Must be on disk before a line of the next segment can be: a Sync of
		// that one says nothing about this file.
		if err := t.sync(); err != nil {
			return err
		}
	}
	n := t.number + 1
	f, _, err := openSegment(l.root, n, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	err = t.close()
	t.number, t.file, t.size = n, f, 0
	return err
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

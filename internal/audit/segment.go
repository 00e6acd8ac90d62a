package audit

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

const (
	segmentSuffix = ".jsonl"
	kindStarted   = "segment.started"
	format        = 1
)

// started is the data of a segment's first line.
type started struct {
	Format int    `json:"format"`
	Torn   []Torn `json:"torn,omitempty"` // tails found since the last line
}

// A Torn is the end of a segment that a writer left in the middle of a write.
// Nothing in it was ever confirmed by a Sync.
type Torn struct {
	File   string `json:"file"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

func newTorn(file string, b []byte) Torn {
	sum := sha256.Sum256(b)
	return Torn{File: file, Bytes: len(b), SHA256: hex.EncodeToString(sum[:])}
}

func segmentName(n int) string { return fmt.Sprintf("%08d%s", n, segmentSuffix) }

// segmentNumber is the inverse of segmentName; 0 for any other name.
func segmentNumber(name string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(name, segmentSuffix))
	if err != nil || n < 1 || segmentName(n) != name {
		return 0
	}
	return n
}

// A segment is one file of a record at one moment.
type segment struct {
	number int
	size   int64
}

// segments lists a record's files in their order. The caller holds the
// directory's lock where it matters that no write is under way.
func segments(root *os.Root) ([]segment, error) {
	names, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	var all []segment
	for _, d := range names {
		n := segmentNumber(d.Name())
		if n == 0 {
			continue
		}
		fi, err := d.Info()
		if err != nil {
			return nil, err
		}
		all = append(all, segment{n, fi.Size()})
	}
	slices.SortFunc(all, func(a, b segment) int { return a.number - b.number })
	return all, nil
}

// openSegment opens a segment, which must be a regular file.
func openSegment(root *os.Root, n, flag int) (*os.File, os.FileInfo, error) {
	// O_NONBLOCK, so that a named pipe in its place cannot hold us up.
	f, err := root.OpenFile(segmentName(n), flag|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, nil, err
	}
	fi, err := f.Stat()
	if err == nil && !fi.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", segmentName(n))
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, fi, nil
}

// lastLine returns the last whole line of a segment, nil when there is none,
// and what stands after it.
func lastLine(f io.ReaderAt, size int64) (last, torn []byte, err error) {
	for n := int64(8 << 10); ; n *= 4 {
		n = min(n, size)
		b := make([]byte, n)
		if _, err := f.ReadAt(b, size-n); err != nil && err != io.EOF {
			return nil, nil, err
		}
		end := bytes.LastIndexByte(b, '\n')
		start := bytes.LastIndexByte(b[:max(end, 0)], '\n')
		switch {
		case end >= 0 && (start >= 0 || n == size):
			return b[start+1 : end], b[end+1:], nil
		case n == size:
			return nil, b, nil
		case n > 2*maxLine:
			return nil, nil, errors.New("the end holds no line of the record")
		}
	}
}

// lines reads a segment line by line.
type lines struct {
	r    *bufio.Reader
	read int64 // bytes so far, newlines included
}

// newLines reads what stands in f from one place to another.
func newLines(f io.ReaderAt, from, to int64) *lines {
	n := to - from
	return &lines{r: bufio.NewReaderSize(io.NewSectionReader(f, from, n), int(min(n+1, maxLine)))}
}

// next returns the next line without its newline; whole is false for what
// stands after the last newline. A line that is too long comes cut. The bytes
// are good until the next call. The error is io.EOF at the end.
func (s *lines) next() (b []byte, whole bool, err error) {
	b, err = s.r.ReadSlice('\n')
	s.read += int64(len(b))
	if err == bufio.ErrBufferFull {
		cut := bytes.Clone(b[:128])
		for err == bufio.ErrBufferFull {
			b, err = s.r.ReadSlice('\n')
			s.read += int64(len(b))
		}
		if err != nil && err != io.EOF {
			return nil, false, err
		}
		return cut, err == nil, nil
	}
	if err == io.EOF && len(b) > 0 {
		return b, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	return b[:len(b)-1], true, nil
}

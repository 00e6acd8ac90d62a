package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"
	"time"
)

// maxFaults bounds the list in a Report.
const maxFaults = 1000

// A Report is what [Verify] found.
type Report struct {
	Segments int       `json:"segments"`
	Lines    int       `json:"lines"`
	First    time.Time `json:"first,omitzero"` // time of the first line
	Last     time.Time `json:"last,omitzero"`  // time of the last line
	Head     string    `json:"head"`           // digest of the last line; empty when there is none
	Torn     []Torn    `json:"torn,omitempty"` // writes that were cut short; no fault
	Faults   []Fault   `json:"faults,omitempty"`
	Cut      bool      `json:"cut,omitempty"` // there are more faults than are listed
}

// OK reports whether the record is whole.
func (r Report) OK() bool { return len(r.Faults) == 0 }

// A Fault is one place where the record is not what was written.
type Fault struct {
	File string `json:"file"`           // empty for the record as a whole
	Line int    `json:"line,omitempty"` // from 1; 0 for the file as a whole
	What string `json:"what"`
}

// String returns the fault as "file:line: what".
func (f Fault) String() string {
	switch {
	case f.File == "":
		return f.What
	case f.Line == 0:
		return f.File + ": " + f.What
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.What)
}

// Verify reads the whole record in dir, also while others write to it, and
// reports every fault. It needs to read only, so that a copy can be checked
// by someone else.
//
// kept is a Head that was kept somewhere else earlier, or empty. Without it
// nobody can tell that the newest lines were removed, or all of them replaced.
// The error is for a record that could not be read.
func Verify(ctx context.Context, dir, kept string) (Report, error) {
	v := verifier{kept: kept, prev: noHash}
	err := eachSegment(dir, func(root *os.Root, s segment) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return v.segment(ctx, root, s)
	})
	if err != nil {
		return v.report, fmt.Errorf("verify record: %w", err)
	}
	v.report.Torn = append(v.report.Torn, v.torn...)
	if kept != "" && !v.found {
		v.fault("", 0, "no line has the digest "+kept+": lines were removed from the end, or the record is another one")
	}
	return v.report, nil
}

// eachSegment calls f for each segment, with the size at which it ended with
// no write under way.
func eachSegment(dir string, f func(*os.Root, segment) error) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	d, err := root.Open(".")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := flock(d, syscall.LOCK_SH); err != nil {
		return err
	}
	all, err := segments(root)
	if err := errors.Join(err, flock(d, syscall.LOCK_UN)); err != nil {
		return err
	}
	for _, s := range all {
		if err := f(root, s); err != nil {
			return err
		}
	}
	return nil
}

// A verifier walks the record. Nothing it reads is trusted.
type verifier struct {
	report Report
	number int    // of the segment before
	seq    uint64 // of the line before
	prev   string // its digest; empty when it has none that can be read
	torn   []Torn // tails that no line has named yet
	kept   string
	found  bool
}

func (v *verifier) fault(file string, line int, what string) {
	if len(v.report.Faults) == maxFaults {
		v.report.Cut = true
		return
	}
	v.report.Faults = append(v.report.Faults, Fault{file, line, what})
}

func (v *verifier) segment(ctx context.Context, root *os.Root, s segment) (err error) {
	name := segmentName(s.number)
	for n := v.number + 1; n < s.number; n++ {
		v.fault(segmentName(n), 0, "is missing")
		if v.report.Cut {
			break
		}
	}
	v.number = s.number
	v.report.Segments++

	f, _, err := openSegment(root, s.number, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	in := newLines(f, 0, s.size)
	for n := 1; ; n++ {
		if n%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		b, whole, err := in.next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case whole:
			v.line(name, n, b)
		default:
			v.tail(name, n, b)
		}
	}
}

// line checks one line: against itself, then against the one before it.
func (v *verifier) line(file string, n int, b []byte) {
	v.report.Lines++
	l, err := decodeLine(b)
	if err != nil {
		v.fault(file, n, err.Error())
		// What follows was chained to the digest that stood here.
		_, v.prev, _ = split(b)
		v.seq++
		return
	}
	switch {
	case l.Seq > v.seq+1:
		v.fault(file, n, fmt.Sprintf("lines are missing before it: %d follows %d", l.Seq, v.seq))
	case l.Seq <= v.seq:
		v.fault(file, n, fmt.Sprintf("is out of order or repeated: %d follows %d", l.Seq, v.seq))
	case v.prev != "" && l.Prev != v.prev:
		v.fault(file, n, "does not follow the line before it")
	}
	if l.Seq > v.seq {
		v.seq, v.prev = l.Seq, l.Hash
	}
	v.found = v.found || l.Hash == v.kept
	if v.report.First.IsZero() {
		v.report.First = l.Time
	}
	v.report.Last, v.report.Head = l.Time, l.Hash
	if first := n == 1; first != (l.Kind == kindStarted) {
		v.fault(file, n, "a segment starts where none should, or does not start where one should")
	} else if first {
		v.started(file, n, l)
	}
}

// started checks that torn tails are still what they were when found.
func (v *verifier) started(file string, n int, l line) {
	var s started
	if err := json.Unmarshal(l.Data, &s); err != nil {
		v.fault(file, n, errForm.Error())
	}
	if s.Format != format {
		v.fault(file, n, fmt.Sprintf("is of format %d: this program knows format %d", s.Format, format))
	}
	if !slices.Equal(s.Torn, v.torn) {
		v.fault(file, n, "the torn ends before it are not those that were found when it was written")
	}
	v.report.Torn = append(v.report.Torn, v.torn...)
	v.torn = nil
}

// tail looks at what stands after the last newline of a segment.
func (v *verifier) tail(file string, n int, b []byte) {
	v.torn = append(v.torn, newTorn(file, b))
	// A write that was cut short is the beginning of the next line, or of that
	// with zeros where the power went before the bytes came.
	b = bytes.TrimRight(b, "\x00")
	want := fmt.Appendf(nil, `{"seq":%d,"time":"`, v.seq+1)
	m := min(len(b), len(want))
	_, err := decodeLine(b[:max(len(b)-1, 0)])
	if more := err == nil; more || !bytes.Equal(b[:m], want[:m]) {
		v.fault(file, n, "was changed: it is no line, nor the beginning of one")
	}
}

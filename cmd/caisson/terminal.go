package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// screen returns a writer for bytes of the guest. A terminal obeys what is
// written to it: where w is one, the sequences that reach beyond the screen are
// left out. Everything else gets the bytes as they are.
func screen(w io.Writer) io.Writer {
	if isTerminal(w) {
		return &filter{w: w}
	}
	return w
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// A filter passes text, colours, and movements within a screen, and drops what
// can do harm outside of it: setting the title or the clipboard, strings for
// the terminal's devices, changes of modes, questions that the terminal would
// answer by typing, and all control characters but those of plain text
// (ECMA-48). Sequences may come in pieces.
type filter struct {
	w     io.Writer
	state func(f *filter, b byte) // nil: text
	seq   []byte                  // the sequence so far
	out   []byte
	cont  int // bytes of a UTF-8 character still to come
}

// maxSequence bounds a sequence that is kept: longer ones are dropped.
const maxSequence = 64

// Write implements [io.Writer].
func (f *filter) Write(p []byte) (int, error) {
	f.out = f.out[:0]
	for _, b := range p {
		if f.state == nil {
			f.text(b)
		} else {
			f.state(f, b)
		}
	}
	if _, err := f.w.Write(f.out); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (f *filter) text(b byte) {
	switch {
	case b >= 0x80 && b < 0xC0 && f.cont > 0:
		f.cont--
		f.out = append(f.out, b)
		return
	case b == 0x1b:
		f.seq, f.state = append(f.seq[:0], b), (*filter).escape
	case b == '\n', b == '\r', b == '\t', b == '\b', b >= 0x20 && b < 0x7f:
		f.out = append(f.out, b)
	case b >= 0xC2 && b <= 0xF4:
		f.cont = 1
		if b >= 0xE0 {
			f.cont++
		}
		if b >= 0xF0 {
			f.cont++
		}
		if b == 0xC2 { // U+0080 to U+009F are controls as well
			f.state = (*filter).latin
			f.cont = 0
			return
		}
		f.out = append(f.out, b)
		return
	}
	f.cont = 0
}

// latin follows the byte 0xC2.
func (f *filter) latin(b byte) {
	f.state = nil
	switch {
	case b >= 0xA0 && b <= 0xBF:
		f.out = append(f.out, 0xC2, b)
	case b == 0x9B:
		f.seq, f.state = append(f.seq[:0], 0x1b, '['), (*filter).control
	case b == 0x90, b == 0x98, b == 0x9D, b == 0x9E, b == 0x9F:
		f.state = (*filter).str
	case b >= 0x80 && b < 0xC0:
	default:
		f.text(b)
	}
}

// escape follows ESC.
func (f *filter) escape(b byte) {
	switch b {
	case '[':
		f.seq, f.state = append(f.seq, b), (*filter).control
	case ']', 'P', 'X', '^', '_':
		f.state = (*filter).str
	case 0x1b:
		f.state = (*filter).escape
	default:
		// Two-byte ones reset the terminal, change its character sets or ask
		// it for what it is. Of those with an intermediate, one byte follows.
		f.state = nil
		if b >= 0x20 && b <= 0x2f {
			f.state = (*filter).drop
		}
	}
}

// drop skips to the end of an escape sequence that is not passed.
func (f *filter) drop(b byte) {
	if b < 0x20 || b > 0x2f {
		f.state = nil
	}
}

// control is inside of a control sequence, after ESC [.
func (f *filter) control(b byte) {
	switch {
	case b == 0x1b:
		f.seq, f.state = append(f.seq[:0], b), (*filter).escape
	case b >= 0x20 && b < 0x40:
		if len(f.seq) < maxSequence {
			f.seq = append(f.seq, b)
		}
	default:
		if passes(f.seq, b) {
			f.out = append(append(f.out, f.seq...), b)
		}
		f.state = nil
	}
}

// passes says whether a control sequence stays on the screen: colours, moves
// of the cursor, and erasing. Those with a private or intermediate byte do not.
func passes(seq []byte, final byte) bool {
	if len(seq) >= maxSequence {
		return false
	}
	for _, b := range seq[2:] {
		if b > ';' || b < '0' {
			return false
		}
	}
	switch final {
	case 'm', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'f', 'd', 'S', 'T':
		return true
	}
	return false
}

// str is inside of a string for the terminal, which ends with BEL or ESC \.
func (f *filter) str(b byte) {
	switch b {
	case 0x07, 0x18, 0x1a:
		f.state = nil
	case 0x1b:
		f.state = (*filter).strEnd
	case 0xC2:
		f.state = (*filter).strLatin
	}
}

func (f *filter) strEnd(b byte) {
	if b == '\\' {
		f.state = nil
		return
	}
	// ESC ends the string whatever follows it.
	f.seq = append(f.seq[:0], 0x1b)
	f.escape(b)
}

func (f *filter) strLatin(b byte) {
	f.state = (*filter).str
	if b == 0x9c {
		f.state = nil
		return
	}
	f.str(b)
}

package wasm

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/guest"
)

// Frames go both ways between a worker and the process that gives it orders:
// length of the payload (u32, little-endian), kind (one byte), payload.
const headSize = 5

// A kind says what a frame is.
type kind byte

// Orders, to the worker.
const (
	orderOpen      kind = iota + 1 // sandbox: the first frame on its socket; JSON of an opening
	orderExec                      // JSON of an order
	orderInput                     // bytes of stdin; none at its end
	orderInterrupt                 // soft
	orderKill                      // hard
	orderPut                       // length of name (u32), name, content
	orderGet                       // JSON of a fetch
	orderList                      // name of a folder
	orderSave
	orderState // bytes of a state to restore; none at its end
)

// Answers, from the worker, which are hostile.
const (
	answerDone      kind = iota + 64 // an order is carried out; JSON of what it gave
	answerFailed                     // it is not; JSON of a failure
	answerOut                        // bytes of stdout
	answerErr                        // bytes of stderr
	answerResult                     // JSON of a result, as the guest made it
	answerException                  // JSON of an exception, as the guest made it
	answerWant                       // the code waits for stdin
	answerData                       // bytes of a file or a state
)

const (
	maxAnswer = guest.MaxResult + 1<<10 // payload of one answer
	maxOrder  = 1 << 30                 // payload of one order, which we trust

	// chunk is the payload of one frame of many: small enough that whoever reads
	// it works on one while the next is made, and that both stay in caches.
	chunk = 64 << 10

	// maxResults is how many results one execution can have. A small one takes
	// many times its bytes in whoever keeps it.
	maxResults = 4096
)

// An opening says what sandbox is wanted.
type opening struct {
	ID      string         `json:"id"`
	Limits  caisson.Limits `json:"limits"`
	From    string         `json:"from,omitempty"`    // the sandbox that it is a fork of
	Restore bool           `json:"restore,omitempty"` // a state follows
	Fresh   bool           `json:"fresh"`             // its first execution draws anew what is random
}

// An order is one execution.
type order struct {
	Request guest.Request  `json:"request"`
	Limits  caisson.Limits `json:"limits"`
	Stdin   bool           `json:"stdin"` // there is some
}

// A fetch asks for a file.
type fetch struct {
	Name  string `json:"name"`
	Limit int64  `json:"limit"`
}

// A failure is an error on its way.
type failure struct {
	Code    caisson.Code `json:"code"`
	Message string       `json:"message"`
}

func appendFrame(b []byte, k kind, payload ...[]byte) []byte {
	n := 0
	for _, p := range payload {
		n += len(p)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	b = append(b, byte(k))
	for _, p := range payload {
		b = append(b, p...)
	}
	return b
}

// writeFrame writes one frame in one call.
func writeFrame(w io.Writer, k kind, payload ...[]byte) error {
	_, err := w.Write(appendFrame(nil, k, payload...))
	return err
}

func writeJSON(w io.Writer, k kind, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return writeFrame(w, k, b)
}

// errFrame is the error of bytes that are no frame.
var errFrame = errors.New("not a frame")

// readFrame reads one frame. A payload above most is refused before anything
// is allocated for it; below, memory is taken as the bytes come.
func readFrame(r io.Reader, most int) (kind, []byte, error) { return readFrameInto(nil, r, most) }

// readFrameInto is readFrame, with the payload in b where it fits.
func readFrameInto(b []byte, r io.Reader, most int) (kind, []byte, error) {
	k, n, err := readHead(r, most)
	if err != nil {
		return 0, nil, err
	}
	if n <= chunk {
		b = slices.Grow(b[:0], n)[:n]
		_, err := io.ReadFull(r, b)
		return k, b, err
	}
	b, err = io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && len(b) < n {
		err = io.ErrUnexpectedEOF
	}
	return k, b, err
}

// readHead reads what stands before a payload, and refuses one above most.
func readHead(r io.Reader, most int) (kind, int, error) {
	var head [headSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, 0, err
	}
	n := int64(binary.LittleEndian.Uint32(head[:]))
	if n > int64(most) {
		return 0, 0, fmt.Errorf("%w: %d bytes where at most %d can be", errFrame, n, most)
	}
	return kind(head[4]), int(n), nil
}

// A framer sends what is written to it in frames of one kind. What it keeps
// back, flush sends.
type framer struct {
	w    io.Writer
	kind kind
	b    []byte // a frame in the making
}

func newFramer(w io.Writer, k kind) *framer {
	return &framer{w: w, kind: k, b: make([]byte, headSize, headSize+chunk)}
}

func (f *framer) Write(p []byte) (int, error) {
	for n := 0; ; {
		room := f.b[len(f.b):cap(f.b)]
		k := copy(room, p[n:])
		f.b = f.b[:len(f.b)+k]
		if n += k; n == len(p) {
			return n, nil
		}
		if err := f.flush(); err != nil {
			return n, err
		}
	}
}

// ReadFrom sends what r has, without another copy of it.
func (f *framer) ReadFrom(r io.Reader) (int64, error) {
	for n := int64(0); ; {
		k, err := r.Read(f.b[len(f.b):cap(f.b)])
		f.b = f.b[:len(f.b)+k]
		n += int64(k)
		if err == io.EOF {
			return n, nil
		}
		if err == nil && len(f.b) == cap(f.b) {
			err = f.flush()
		}
		if err != nil {
			return n, err
		}
	}
}

func (f *framer) flush() error {
	n := len(f.b) - headSize
	if n == 0 {
		return nil
	}
	binary.LittleEndian.PutUint32(f.b, uint32(n))
	f.b[4] = byte(f.kind)
	_, err := f.w.Write(f.b)
	f.b = f.b[:headSize]
	return err
}

// putName puts a name before a content, for orderPut.
func putName(name string) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(name))), name...)
}

func cutName(b []byte) (name string, rest []byte, ok bool) {
	if len(b) < 4 {
		return "", nil, false
	}
	n := uint64(binary.LittleEndian.Uint32(b))
	if n > uint64(len(b)-4) {
		return "", nil, false
	}
	return string(b[4 : 4+n]), b[4+n:], true
}

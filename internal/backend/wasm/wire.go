package wasm

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

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
	chunk     = 256 << 10               // payload of one frame of many

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
func readFrame(r io.Reader, most int) (kind, []byte, error) {
	var head [headSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := int64(binary.LittleEndian.Uint32(head[:]))
	if n > int64(most) {
		return 0, nil, fmt.Errorf("%w: %d bytes where at most %d can be", errFrame, n, most)
	}
	if n <= chunk {
		b := make([]byte, n)
		_, err := io.ReadFull(r, b)
		return kind(head[4]), b, err
	}
	b, err := io.ReadAll(io.LimitReader(r, n))
	if err == nil && int64(len(b)) < n {
		err = io.ErrUnexpectedEOF
	}
	return kind(head[4]), b, err
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

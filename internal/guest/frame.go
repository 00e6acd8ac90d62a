package guest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// A Kind says what a frame between the host and an agent holds.
type Kind byte

const (
	FrameExecute   Kind = 'x' // to the agent: one [Request]
	FrameReady     Kind = 'k' // from the agent, once, before all others: nothing
	FrameResult    Kind = 'r' // one result, for [DecodeResult]
	FrameException Kind = 'e' // one exception, for [DecodeException]
	FrameTurn      Kind = 's' // from the agent: take what the standard streams have, and answer with one
	FrameDone      Kind = 'd' // the exit code, for [DecodeDone]; the last of an execution
)

const (
	frameHead  = 5 // u32 length of the payload, little-endian, and u8 kind
	maxDone    = 3 // digits of an exit code
	maxRequest = 64 << 20
)

// ErrFrame reports that what an agent sent is no frame. Nothing that follows
// can be understood.
var ErrFrame = errors.New("the agent sent what is no frame")

// ReadFrame reads one frame from an agent, which is hostile: kind and length
// are checked before anything is allocated, and memory grows only as bytes
// arrive. The error is [ErrFrame] when it is none, io.EOF when the agent closed
// between two frames, and otherwise what r returned.
func ReadFrame(r io.Reader) (Kind, []byte, error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	kind, n := Kind(head[4]), int64(binary.LittleEndian.Uint32(head[:]))
	most, ok := maxFrame(kind)
	if !ok {
		return 0, nil, fmt.Errorf("%w: its kind is %d", ErrFrame, head[4])
	}
	if n > most {
		return 0, nil, fmt.Errorf("%w: %q of %d bytes; at most %d are taken", ErrFrame, rune(kind), n, most)
	}
	payload, err := readPayload(r, n)
	return kind, payload, err
}

// trusted is how much of a payload is allocated before any of it has come.
const trusted = 64 << 10

func readPayload(r io.Reader, n int64) ([]byte, error) {
	payload := make([]byte, min(n, trusted))
	for have := int64(0); ; {
		got, err := io.ReadFull(r, payload[have:])
		have += int64(got)
		if err == io.EOF && n > 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil || have == n {
			return payload[:have], err
		}
		payload = append(payload, make([]byte, min(n-have, have))...)
	}
}

// maxFrame returns how many bytes an agent may send in a frame of a kind, and
// whether it may send any.
func maxFrame(k Kind) (int64, bool) {
	switch k {
	case FrameReady, FrameTurn:
		return 0, true
	case FrameDone:
		return maxDone, true
	case FrameResult:
		return MaxResult, true
	case FrameException:
		return MaxException, true
	}
	return 0, false
}

// WriteFrame writes one frame for an agent, in one call of w. A payload that is
// too large for any agent is an error, and then nothing is written.
func WriteFrame(w io.Writer, k Kind, payload []byte) error {
	if len(payload) > maxRequest {
		return fmt.Errorf("a request of %d bytes; at most %d are sent", len(payload), maxRequest)
	}
	b := make([]byte, frameHead, frameHead+len(payload))
	binary.LittleEndian.PutUint32(b, uint32(len(payload)))
	b[4] = byte(k)
	_, err := w.Write(append(b, payload...))
	return err
}

// DecodeDone reads the payload of a [FrameDone]: an exit code from 0 to 255.
func DecodeDone(b []byte) (int, error) {
	code, err := strconv.ParseUint(string(b), 10, 8)
	if err != nil || len(b) > maxDone {
		return 0, fmt.Errorf("%w: its exit code is none", ErrFrame)
	}
	return int(code), nil
}

package guest_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/caisson-dev/caisson/internal/guest"
)

func frame(kind guest.Kind, n int, payload string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(n))
	return append(append(b, byte(kind)), payload...)
}

func TestFramesComeAsTheyWereSent(t *testing.T) {
	large := bytes.Repeat([]byte("x"), guest.MaxResult)
	var b bytes.Buffer
	for _, payload := range [][]byte{nil, []byte("a"), large} {
		if err := guest.WriteFrame(&b, guest.FrameResult, payload); err != nil {
			t.Fatal(err)
		}
	}
	slow := iotest.HalfReader(&b)
	for _, want := range [][]byte{nil, []byte("a"), large} {
		kind, got, err := guest.ReadFrame(slow)
		if err != nil || kind != guest.FrameResult || !bytes.Equal(got, want) {
			t.Fatalf("ReadFrame = %q, %d bytes, %v; want %d bytes", rune(kind), len(got), err, len(want))
		}
	}
	if _, _, err := guest.ReadFrame(slow); err != io.EOF {
		t.Errorf("ReadFrame at the end: %v, want EOF", err)
	}
	if err := guest.WriteFrame(io.Discard, guest.FrameExecute, make([]byte, 65<<20)); err == nil {
		t.Error("a request of 65 MiB was sent")
	}
}

func TestReadFrameRefusesWhatIsNone(t *testing.T) {
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"a request":              {frame(guest.FrameExecute, 2, "{}"), guest.ErrFrame},
		"an unknown kind":        {frame('q', 0, ""), guest.ErrFrame},
		"a ready with words":     {frame(guest.FrameReady, 1, "x"), guest.ErrFrame},
		"a long done":            {frame(guest.FrameDone, 4, "1000"), guest.ErrFrame},
		"a result too large":     {frame(guest.FrameResult, guest.MaxResult+1, ""), guest.ErrFrame},
		"an exception too large": {frame(guest.FrameException, guest.MaxException+1, ""), guest.ErrFrame},
		"the largest length":     {frame(guest.FrameResult, 1<<32-1, ""), guest.ErrFrame},
		"half a head":            {[]byte("\x00\x00"), io.ErrUnexpectedEOF},
		"no payload":             {frame(guest.FrameResult, guest.MaxResult, ""), io.ErrUnexpectedEOF},
		"half a payload":         {frame(guest.FrameResult, 4, "ab"), io.ErrUnexpectedEOF},
	} {
		if _, _, err := guest.ReadFrame(bytes.NewReader(c.in)); !errors.Is(err, c.want) {
			t.Errorf("ReadFrame of %s: %v, want %v", name, err, c.want)
		}
	}
	for _, bad := range []string{"", "-1", "256", "+1", "0x1", "1 ", "0001"} {
		if code, err := guest.DecodeDone([]byte(bad)); !errors.Is(err, guest.ErrFrame) {
			t.Errorf("DecodeDone(%q) = %d, %v; want ErrFrame", bad, code, err)
		}
	}
	if code, err := guest.DecodeDone([]byte("255")); code != 255 || err != nil {
		t.Errorf("DecodeDone(255) = %d, %v", code, err)
	}
}

// A length that is only claimed costs nothing.
func TestReadFrameAllocatesWhatArrives(t *testing.T) {
	claim := frame(guest.FrameResult, guest.MaxResult, "ab")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, _, err := guest.ReadFrame(bytes.NewReader(claim)); err != io.ErrUnexpectedEOF {
		t.Errorf("ReadFrame: %v, want ErrUnexpectedEOF", err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("for a claim of %d bytes %d were allocated", guest.MaxResult, n)
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add(frame(guest.FrameDone, 1, "0"))
	f.Add(frame(guest.FrameResult, 27, `{"data":{"text/plain":"x"}}`))
	f.Add(append(frame(guest.FrameReady, 0, ""), frame(guest.FrameException, 2, "{}")...))
	f.Add(frame(guest.FrameResult, 1<<32-1, "x"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bytes.NewReader(in)
		for {
			before := r.Len()
			kind, payload, err := guest.ReadFrame(r)
			if err != nil {
				return
			}
			if before-r.Len() != 5+len(payload) {
				t.Fatalf("a frame of %d bytes took %d", len(payload), before-r.Len())
			}
			var again bytes.Buffer
			if err := guest.WriteFrame(&again, kind, payload); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again.Bytes(), in[len(in)-before:len(in)-r.Len()]) {
				t.Fatalf("%q reads as %q, %q", in, rune(kind), payload)
			}
			switch kind {
			case guest.FrameResult:
				guest.DecodeResult(payload)
			case guest.FrameException:
				guest.DecodeException(payload)
			case guest.FrameDone:
				if code, err := guest.DecodeDone(payload); err == nil && (code < 0 || code > 255) {
					t.Fatalf("exit code %d", code)
				}
			}
		}
	})
}

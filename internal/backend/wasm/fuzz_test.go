package wasm

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/guest"
)

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{1, 0, 0, 0, 66})
	f.Add(appendFrame(nil, answerOut, []byte("hello")))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 1, 2, 3})
	f.Add(appendFrame(nil, answerData, make([]byte, chunk+1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		const most = 1 << 20
		r := bytes.NewReader(b)
		k, payload, err := readFrame(r, most)
		if len(payload) > most {
			t.Fatalf("a payload of %d bytes", len(payload))
		}
		if err != nil {
			return
		}
		if again := appendFrame(nil, k, payload); !bytes.Equal(again, b[:len(b)-r.Len()]) {
			t.Fatalf("readFrame(%x) is %x again", b, again)
		}
	})
}

// FuzzFramer writes and copies into frames, and reads them as a state. shape
// says how long the pieces are.
func FuzzFramer(f *testing.F) {
	f.Add(0, []byte{})
	f.Add(3, []byte{1, 2})
	f.Add(5*chunk, []byte{255, 0, 255, 255, 7})
	f.Add(2*chunk, []byte{128, 0, 128})
	f.Fuzz(func(t *testing.T, size int, shape []byte) {
		if size < 0 || size > 1<<22 {
			return
		}
		all := make([]byte, size)
		rand.NewChaCha8([32]byte{}).Read(all)
		var sent bytes.Buffer
		fr := newFramer(&sent, orderState)
		rest := all
		for i, n := range shape {
			piece := rest[:min(len(rest), int(n)*chunk/128)]
			rest = rest[len(piece):]
			var err error
			if i%2 == 0 {
				_, err = fr.Write(piece)
			} else {
				_, err = io.Copy(fr, bytes.NewReader(piece))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		all = all[:len(all)-len(rest)]
		if err := fr.flush(); err != nil {
			t.Fatal(err)
		}
		cut := sent.Len()
		if err := writeFrame(&sent, orderState); err != nil {
			t.Fatal(err)
		}
		whole := sent.Bytes()
		if got, err := io.ReadAll(&stateOrders{r: bytes.NewReader(whole)}); err != nil || !bytes.Equal(got, all) {
			t.Errorf("%d bytes came back as %d, %v", len(all), len(got), err)
		}
		if _, err := io.ReadAll(&stateOrders{r: bytes.NewReader(whole[:cut])}); err != io.ErrUnexpectedEOF {
			t.Errorf("a state without its end is read with %v, want an unexpected end", err)
		}
	})
}

func FuzzCutName(f *testing.F) {
	f.Add(append(putName("name"), "content"...))
	f.Add([]byte{255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		if name, rest, ok := cutName(b); ok && !bytes.Equal(append(putName(name), rest...), b) {
			t.Fatalf("cutName(%x) = %q, %x", b, name, rest)
		}
	})
}

// unreached is an instance whose worker has said all that it will.
func unreached(said []byte, limit int64) *instance {
	gone := make(chan struct{})
	close(gone)
	b := &Backend{config: Config{patience: time.Hour}}
	p := &process{gone: gone, cause: errors.New("gone"), cmd: &exec.Cmd{Process: &os.Process{}}}
	i := &instance{b: b, p: p, in: bufio.NewReader(bytes.NewReader(said)), conn: nil}
	i.spec.Posture.Limits = caisson.Limits{Output: limit, Memory: 1 << 20, Disk: 1 << 20}
	return i
}

// FuzzAnswers reads what a worker says as the answers to one execution, and to
// the other orders.
func FuzzAnswers(f *testing.F) {
	f.Add(appendFrame(appendFrame(nil, answerOut, []byte("hi")), answerDone, []byte(`{"status":"exited","exitCode":3}`)))
	f.Add(appendFrame(nil, answerResult, []byte(`{"data":{"text/plain":"x"}}`)))
	f.Add(appendFrame(nil, answerException, []byte(`{"name":"E","traceback":["x"]}`)))
	f.Add(appendFrame(nil, answerFailed, []byte(`{"code":"invalid","message":"\u0000"}`)))
	f.Add(appendFrame(appendFrame(nil, answerData, []byte("x")), answerDone))
	f.Add(appendFrame(nil, answerWant))
	f.Add(appendFrame(nil, answerDone, []byte(`[{"name":"f","size":-1}]`)))
	f.Fuzz(func(t *testing.T, said []byte) {
		const limit = 100
		var out bytes.Buffer
		x := &run{i: unreached(said, limit), limit: limit, begin: time.Now(), cmd: backend.Cmd{
			Streams: caisson.Streams{Stdout: &out, Stderr: &out, Results: func(caisson.Result) {}}}}
		x.dog = watch(time.Hour, func() {})
		o, err := x.wait()
		x.close()
		x.dog.stop()
		if out.Len() > limit || o.Usage.Output > limit {
			t.Errorf("%d bytes went out, %d counted; the limit is %d", out.Len(), o.Usage.Output, limit)
		}
		if err == nil && !tellable(o.Status) && o.Status != caisson.Lost || err != nil && o.Status != "" {
			t.Errorf("status %q, error %v", o.Status, err)
		}
		if o.ExitCode < 0 || o.ExitCode > 255 || o.Usage.CPU < 0 || o.Usage.PeakMemory < 0 || o.Usage.Disk < 0 {
			t.Errorf("outcome %+v", o)
		}
		var list listing
		unreached(said, 0).answer(&list)
		var data bytes.Buffer
		unreached(said, 0).data(&data, limit)
		if data.Len() > limit {
			t.Errorf("%d bytes of data; the limit is %d", data.Len(), limit)
		}
	})
}

func TestNamesOfAWorkerAreCounted(t *testing.T) {
	for n, works := range map[int]bool{0: true, backend.MaxFiles: true, backend.MaxFiles + 1: false, 1 << 20: false} {
		said := []byte("[" + strings.TrimSuffix(strings.Repeat("{},", n), ",") + "]")
		var list listing
		err := unreached(appendFrame(nil, answerDone, said), 0).answer(&list)
		if (err == nil) != works || len(list) > backend.MaxFiles || works && len(list) != n {
			t.Errorf("an answer with %d names gives %d, %v", n, len(list), err)
		}
	}
}

func FuzzOpenSeal(f *testing.F) {
	spec, bundle := caisson.Spec{Tenant: "t", Runtime: "python"}, guest.Bundle{SHA256: "ab"}
	var whole bytes.Buffer
	s, err := newSealer(&whole, spec, bundle)
	if err != nil {
		f.Fatal(err)
	}
	for _, part := range []string{"one", "two"} {
		if _, err := s.Write([]byte(part)); err != nil {
			f.Fatal(err)
		}
	}
	if err := s.close(); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	f.Add([]byte(sealMagic))
	f.Add([]byte(sealMagic + "\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := openSeal(bytes.NewReader(b), spec, bundle)
		if err == nil {
			_, err = io.ReadAll(r)
		}
		if err == nil && !bytes.Equal(b, whole.Bytes()) {
			// Another whole state is one whose digest is right, which nobody
			// finds by changing bytes.
			if n, e := resealed(b, spec, bundle); e != nil || !bytes.Equal(n, b) {
				t.Fatalf("%x was taken for whole", b)
			}
		}
		if _, ok := errors.AsType[*caisson.Error](err); err != nil && !ok {
			t.Errorf("openSeal: %v, want a caisson.Error", err)
		}
	})
}

// resealed reads a state and writes it again, part by part.
func resealed(b []byte, spec caisson.Spec, bundle guest.Bundle) ([]byte, error) {
	r, err := openSeal(bytes.NewReader(b), spec, bundle)
	if err != nil {
		return nil, err
	}
	var again bytes.Buffer
	s, err := newSealer(&again, spec, bundle)
	if err != nil {
		return nil, err
	}
	u := r.(*unsealer)
	for {
		part := make([]byte, 1<<20)
		n, err := u.Read(part)
		if _, werr := s.Write(part[:n]); werr != nil {
			return nil, werr
		}
		if err == io.EOF {
			return again.Bytes(), s.close()
		}
		if err != nil {
			return nil, err
		}
	}
}

func TestTextOfAWorkerCanBeShown(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "\x1b[2J\r\n": "?[2J?\n", "\x00\x7f": "??", "ünï": "ünï", "\u009b2J": "?2J",
	} {
		if got := cut(in); got != want {
			t.Errorf("cut(%q) = %q, want %q", in, got, want)
		}
	}
	if got := cut(string(make([]byte, 10_000))); len(got) > 1100 {
		t.Errorf("cut leaves %d bytes", len(got))
	}
}

package reactor

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/wasi"
)

func TestCopiesStartWhereTheGuestWasFrozen(t *testing.T) {
	p := loaded(t)
	for range 3 {
		in := fresh(t, p)
		counts(t, in, 7+1+30+1)
		counts(t, in, 7+2+30+2)
		if b, err := in.Files().ReadFile("/usr/lib/x", 100); err != nil || string(b) != "library" {
			t.Errorf("library = %q, %v", b, err)
		}
		var out bytes.Buffer
		c := call("w")
		c.Stdio = wasi.Stdio{Out: func(p []byte) error { out.Write(p); return nil }}
		if o := run(t, in, c); o.ExitCode != 0 || out.String() != "hi\n" {
			t.Errorf("stdout = %q, %+v", out.String(), o)
		}
	}
}

func TestFreezingIsDeterministic(t *testing.T) {
	one, two := booted(t), booted(t)
	if !reflect.DeepEqual(one, two) {
		t.Error("the same guest froze to other bytes")
	}
	if one.Interrupt != [4]uint32{atA, atB, atC, 4} || !slices.Equal(one.Mutable, []int{0}) || !slices.Equal(one.Values, []uint64{30}) || len(one.Image) != guestPages*wasmPage {
		t.Errorf("frozen = flags %v, mutable %v, values %v, image of %d bytes", one.Interrupt, one.Mutable, one.Values, len(one.Image))
	}
	if len(one.Stub) >= len(one.Module) {
		t.Errorf("the stub has %d bytes, the module %d", len(one.Stub), len(one.Module))
	}
}

func TestEndsAreNamed(t *testing.T) {
	p := loaded(t)
	for _, c := range []struct {
		code   string
		status caisson.Status
		exit   int
		broken bool
	}{
		{"-", caisson.Exited, 0, false},
		{"c", caisson.Exited, 39, false},
		{"d", caisson.Exited, atFlags + 17, false},
		{"x", caisson.Exited, 5, true},
		{"t", caisson.Signaled, 0, true},
		{"r", caisson.Signaled, 0, true},
		{"g", caisson.OutOfMemory, 0, false},
		{"q", caisson.Exited, 256 - errnoFault, false},
	} {
		in := fresh(t, p)
		if o := run(t, in, call(c.code)); o.Status != c.status || o.ExitCode != c.exit || in.Broken() != c.broken {
			t.Errorf("%q = %+v, broken %v; want %s, exit %d, broken %v", c.code, o, in.Broken(), c.status, c.exit, c.broken)
		}
	}
	// A request that does not fit is memory that is not there.
	in := fresh(t, p)
	if o := run(t, in, call(string(make([]byte, 1<<20)))); o.Status != caisson.OutOfMemory {
		t.Errorf("a request larger than memory = %+v, want out_of_memory", o)
	}
	counts(t, in, 39)
}

func TestStubWithoutItsCodeIsStale(t *testing.T) {
	f, dir := booted(t), t.TempDir()
	if _, err := Load(t.Context(), source(t, f, dir)); !errors.Is(err, ErrStale) {
		t.Errorf("Load of nothing: %v, want ErrStale", err)
	}
	compiled(t, dir, f)
	if err := raw(t, loadFrom(t, f, dir)).Check(t.Context()); err != nil {
		t.Errorf("Check of a guest that is there: %v", err)
	}
	links, err := filepath.Glob(filepath.Join(dir, "code", "*", "*"))
	if err != nil || len(links) != 1 || os.Remove(links[0]) != nil {
		t.Fatal(links, err)
	}
	if err := raw(t, loadFrom(t, f, dir)).Check(t.Context()); !errors.Is(err, ErrStale) {
		t.Errorf("Check: %v, want ErrStale", err)
	}
}

func TestDamagedCodeIsStale(t *testing.T) {
	f, dir := booted(t), t.TempDir()
	compiled(t, dir, f)
	for _, file := range []string{machineFile, doorsFile} {
		name := filepath.Join(dir, "code", file)
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for what, damaged := range map[string][]byte{
			"cut": whole[:len(whole)/2], "empty": nil, "text": []byte("not code at all, but long enough to be some"),
			"flipped": flip(whole, len(whole)/2),
		} {
			if file == doorsFile && what == "flipped" {
				damaged = flip(whole, 0) // in its head, which wazero knows
			}
			replace(t, name, damaged)
			p, err := Load(t.Context(), source(t, f, dir))
			if err == nil {
				// What is not recognised as code is compiled anew, from the stub.
				in, newErr := p.New(t.Context())
				if newErr != nil {
					t.Fatal(newErr)
				}
				err = errors.Join(in.Check(t.Context()), in.Close(), p.Close(t.Context()))
			}
			if !errors.Is(err, ErrStale) {
				t.Errorf("%s that is %s: %v, want ErrStale", file, what, err)
			}
		}
		replace(t, name, whole)
	}
	// The same bytes in another file, or with no mark, are the same code.
	for range 2 {
		if err := raw(t, loadFrom(t, f, dir)).Check(t.Context()); err != nil {
			t.Errorf("Check of a copy: %v", err)
		}
		mark := filepath.Join(dir, "code", markFile)
		text, err := os.ReadFile(mark)
		if err != nil {
			t.Fatal(err)
		}
		_, sum, _ := strings.Cut(string(text), "\n")
		replace(t, mark, []byte("\n"+sum))
	}
	replace(t, filepath.Join(dir, "code", markFile), nil)
	if _, err := Load(t.Context(), source(t, f, dir)); !errors.Is(err, ErrStale) {
		t.Errorf("Load of code that nothing vouches for: %v, want ErrStale", err)
	}
}

// replace puts another file in the place of one.
func replace(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := errors.Join(os.Remove(name), os.WriteFile(name, data, 0o600)); err != nil {
		t.Fatal(err)
	}
}

func TestCodeThatSaysMoreThanItHolds(t *testing.T) {
	whole := code{head: []byte("WAZEVO\x02v1"), begins: []uint64{0, 16}, machine: []byte("machine code"), tail: []byte{0}}
	kept := whole.encode()
	if c, err := parseCode(kept); err != nil || !reflect.DeepEqual(c, whole) {
		t.Fatalf("parseCode = %+v, %v", c, err)
	}
	for n := range len(kept) - len(whole.tail) {
		if _, err := parseCode(kept[:n]); !errors.Is(err, errCode) {
			t.Errorf("%d of %d bytes: %v, want errCode", n, len(kept), err)
		}
	}
	if _, err := parseCode(flip(kept, len(kept)-7)); !errors.Is(err, errCode) {
		t.Errorf("another checksum: %v, want errCode", err)
	}
	for _, f := range []uint32{1, 2} { // one begins behind the end, one is not there
		if err := keep(t.TempDir(), kept, []uint32{f}); !errors.Is(err, errCode) {
			t.Errorf("a door to function %d: %v, want errCode", f, err)
		}
	}
}

func TestStubHasWhatCanBeReached(t *testing.T) {
	m, err := parseModule(assemble(nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	s, err := stub(m)
	if err != nil {
		t.Fatal(err)
	}
	// The last but one of five functions is only ever called directly.
	if got, want := s.find(secFunction).body, vector([]byte{2}, []byte{3}, []byte{2}, []byte{4}); !bytes.Equal(got, want) {
		t.Errorf("functions %x, want %x", got, want)
	}
	want := vector(join([]byte{0}, number(0), []byte{opEnd}, vector([]byte{fIntr - 1}, []byte{fRefuel})))
	if got := s.find(secElement).body; !bytes.Equal(got, want) {
		t.Errorf("table %x, want %x", got, want)
	}
	if reached, err := s.reached(); err != nil || !slices.Equal(reached, []uint32{0, 1, 2, 3}) {
		t.Errorf("of the stub %v can be reached, %v; want all", reached, err)
	}
	for name, body := range map[string][]byte{
		"a passive segment":         vector([]byte{1, 0, 1, fIntr}),
		"expressions":               vector(join([]byte{4}, number(0), []byte{opEnd}, vector([]byte{0xd2, fIntr, opEnd}))),
		"a function it has not":     vector(join([]byte{0}, number(0), []byte{opEnd}, vector([]byte{99}))),
		"less than it says":         {2, 0, opI32Const, 0, opEnd, 0},
		"more than it says":         {0, 0},
		"more functions than bytes": {1, 0, opI32Const, 0, opEnd, 9, 1},
	} {
		m.find(secElement).body = body
		if _, err := stub(m); !errors.Is(err, errModule) {
			t.Errorf("a table with %s: %v, want errModule", name, err)
		}
	}
}

func flip(b []byte, at int) []byte {
	c := bytes.Clone(b)
	c[at] ^= 0xff
	return c
}

func TestResetIsExact(t *testing.T) {
	p := loaded(t)
	in := raw(t, p)
	random := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		if err := in.Open(small()); err != nil {
			t.Fatal(err)
		}
		counts(t, in, 39)
		if err := in.Files().WriteFile("/workspace/left", []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		for range random.IntN(4) {
			c := call([]string{"f", "c", "w", "q", "i"}[random.IntN(5)])
			c.Wall = 2 * time.Millisecond
			run(t, in, c)
		}
		for range random.IntN(1000) {
			in.bytes()[random.IntN(len(in.bytes()))] = byte(random.Uint32())
		}
		in.globals[0].Set(random.Uint64())
		if in.Broken() {
			// Nothing that follows it by itself breaks it.
			t.Fatal("it is broken")
		}
		if !in.Fresh() {
			t.Fatal("it grew")
		}
		if err := in.Reset(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(in.bytes(), p.image.data) {
			t.Fatal("its memory is not the image")
		}
		if g := in.globals[0].Get(); g != 30 || in.fuel.Get() != 0 {
			t.Fatalf("its global is %d, its fuel %d", g, in.fuel.Get())
		}
	}
	if err := in.Open(small()); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Files().ReadFile("/workspace/left", 10); err == nil {
		t.Error("a file was left")
	}
	run(t, in, call("G"))
	if in.Fresh() || in.memory.reset(p.pagemap) == nil {
		t.Error("a copy that grew can be reset")
	}
	trapped := fresh(t, p)
	if run(t, trapped, call("t")); trapped.Fresh() {
		t.Error("a copy that is broken can be reset")
	}
	if !bytes.Equal(booted(t).Image, p.image.data) {
		t.Error("the image itself was written")
	}
}

func TestMemoryEndsAtItsLimit(t *testing.T) {
	p := loaded(t)
	in := fresh(t, p)
	for range 2 {
		o := run(t, in, call("g"))
		if o.Status != caisson.OutOfMemory || o.Usage.PeakMemory != small().Memory {
			t.Errorf("memory that is full = %+v, want out_of_memory at %d", o, small().Memory)
		}
	}
	counts(t, in, 39)
	if err := raw(t, p).Open(Limits{Memory: wasmPage}); caisson.CodeOf(err) != caisson.Invalid {
		t.Errorf("Open with less than the guest takes: %v, want invalid", err)
	}
	// No limit is above what is reserved.
	in = raw(t, p)
	l := small()
	l.Memory = 1 << 40
	if err := in.Open(l); err != nil {
		t.Fatal(err)
	}
	if o := run(t, in, call("g")); o.Usage.PeakMemory != reserve {
		t.Errorf("peak = %d, want %d", o.Usage.PeakMemory, reserve)
	}
}

// used returns a copy that differs from a fresh one in all that it has.
func used(t testing.TB, p *Program) *Instance {
	t.Helper()
	in := fresh(t, p)
	run(t, in, call("f"))
	run(t, in, call("G"))
	counts(t, in, 39)
	in.bytes()[guestPages*wasmPage+5] = 77 // where it grew
	if err := in.Files().WriteFile("/workspace/f", []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	return in
}

// same checks that two copies are one state.
func same(t *testing.T, a, b *Instance) {
	t.Helper()
	if !bytes.Equal(a.bytes(), b.bytes()) {
		t.Error("the copy has another memory")
	}
	if a.globals[0].Get() != b.globals[0].Get() {
		t.Errorf("the copy's global is %d, want %d", b.globals[0].Get(), a.globals[0].Get())
	}
	if text, err := b.Files().ReadFile("/workspace/f", 10); err != nil || string(text) != "text" {
		t.Errorf("the copy's file is %q, %v", text, err)
	}
	if !bytes.Equal(descriptors(a), descriptors(b)) {
		t.Error("the copy has other descriptors")
	}
}

// descriptors returns those of a copy, without the clock before them.
func descriptors(in *Instance) []byte {
	b := in.process.AppendState(nil)
	_, n := binary.Uvarint(b[1:])
	return b[1+n:]
}

func TestSaveAndRestore(t *testing.T) {
	p := loaded(t)
	in := used(t, p)
	var state bytes.Buffer
	if err := in.Save(&state); err != nil {
		t.Fatal(err)
	}
	restored := raw(t, p)
	if err := restored.Restore(small(), bytes.NewReader(state.Bytes())); err != nil {
		t.Fatal(err)
	}
	same(t, in, restored)
	counts(t, restored, 41)
	counts(t, in, 41)
	same(t, in, restored)
	for n := range state.Len() {
		if n%97 != 0 && n > 200 {
			continue
		}
		if err := raw(t, p).Restore(small(), bytes.NewReader(state.Bytes()[:n])); err == nil {
			t.Errorf("Restore of the first %d of %d bytes worked", n, state.Len())
		} else if !errors.Is(err, ErrState) {
			t.Errorf("Restore of a part: %v, want ErrState", err)
		}
	}
	l := small()
	l.Memory = guestPages * wasmPage
	if err := raw(t, p).Restore(l, bytes.NewReader(state.Bytes())); caisson.CodeOf(err) != caisson.Invalid {
		t.Errorf("Restore above the memory limit: %v, want invalid", err)
	}
	l = small()
	l.Disk = 1
	if err := raw(t, p).Restore(l, bytes.NewReader(state.Bytes())); err == nil {
		t.Error("Restore above the disk limit worked")
	}
	if err := in.Save(failing{}); err == nil {
		t.Error("Save into a writer that fails worked")
	}
	run(t, in, call("t"))
	if err := in.Save(&state); !errors.Is(err, ErrBroken) {
		t.Errorf("Save of a broken copy: %v, want ErrBroken", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestFork(t *testing.T) {
	p := loaded(t)
	in := used(t, p)
	fork := raw(t, p)
	if err := in.Fork(fork, small()); err != nil {
		t.Fatal(err)
	}
	same(t, in, fork)
	counts(t, in, 41)
	counts(t, fork, 41)
	counts(t, fork, 43)
	counts(t, in, 43)
	if err := fork.Files().WriteFile("/workspace/f", []byte("changed"), 0o644); err != nil {
		t.Fatal(err)
	}
	if b, err := in.Files().ReadFile("/workspace/f", 10); err != nil || string(b) != "text" {
		t.Errorf("the parent reads %q, %v", b, err)
	}
	// From a copy that was used before, too.
	again := fresh(t, p)
	run(t, again, call("f"))
	if err := again.Reset(); err != nil {
		t.Fatal(err)
	}
	if err := in.Fork(again, small()); err != nil {
		t.Fatal(err)
	}
	same(t, in, again)
	run(t, in, call("t"))
	if err := in.Fork(raw(t, p), small()); !errors.Is(err, ErrBroken) {
		t.Errorf("Fork of a broken copy: %v, want ErrBroken", err)
	}
	if o := run(t, again, call("c")); o.ExitCode != 45 {
		t.Errorf("after its parent crashed, the fork counts %d", o.ExitCode)
	}
}

// FuzzRestore gives a guest states that nobody saved.
func FuzzRestore(f *testing.F) {
	p := loaded(f)
	var state bytes.Buffer
	if err := used(f, p).Save(&state); err != nil {
		f.Fatal(err)
	}
	f.Add(state.Bytes())
	f.Add([]byte(stateMagic))
	f.Add([]byte(stateMagic + "\x02\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Add([]byte(stateMagic + "\xff\xff\x03"))
	f.Add(append([]byte(stateMagic), bytes.Repeat([]byte{0xff}, 100)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		in, err := p.New(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		if err := in.Restore(small(), bytes.NewReader(b)); err != nil {
			return
		}
		if int64(in.memory.size) > small().Memory {
			t.Fatalf("it has %d bytes of memory", in.memory.size)
		}
		// Whatever it is now, it runs within its limits.
		c := call("c")
		c.Wall, c.Grace = 100*time.Millisecond, 0
		if _, err := in.Exec(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if !in.Broken() {
			if err := in.Save(&bytes.Buffer{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestProgramIsForMany(t *testing.T) {
	p := loaded(t)
	done := make(chan error)
	for range 8 {
		go func() {
			for range 20 {
				in, err := p.New(t.Context())
				if err != nil {
					done <- err
					return
				}
				if err = in.Open(small()); err == nil {
					var o caisson.Outcome
					if o, err = in.Exec(t.Context(), call("c")); err == nil && o.ExitCode != 39 {
						err = errors.New("a copy is not like the others")
					}
				}
				if err = errors.Join(err, in.Close()); err != nil {
					done <- err
					return
				}
				runtime.Gosched()
			}
			done <- nil
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

package sys

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestPlansOnTheWire(t *testing.T) {
	var p Plan
	f := p.File()
	p.Call("first", 0x11, Number(-1), f, p.Text("abc"))
	p.MayFail(unix.EEXIST)
	r := p.Result()
	p.Call("second", 0x22, r, p.texts([]string{"x"}))
	got, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(" ", "", "\n", "", "\t", "").Replace(`
		43535031 02000000 01000000 20000000
		11000000 04022011 ffffffffffffffff 0000000000000000 0000000000000000
		                  0000000000000000 0000000000000000 0000000000000000
		22000000 02010000 1f00000000000000 1000000000000000 0000000000000000
		                  0000000000000000 0000000000000000 0000000000000000
		10000000 00000000
		6162630000000000 7800000000000000 0800000000000000 0000000000000000`)
	if hex.EncodeToString(got) != want {
		t.Errorf("Encode() =\n%x, want\n%s", got, want)
	}
	if p.Files() != 1 {
		t.Errorf("Files() = %d, want 1", p.Files())
	}
}

func TestFaultyPlansAreErrors(t *testing.T) {
	for name, build := range map[string]func(*Plan){
		"too many steps": func(p *Plan) {
			for range planSteps + 1 {
				p.Call("x", 1)
			}
		},
		"too many addresses": func(p *Plan) { p.texts(make([]string, planFixups+1)) },
		"too long":           func(p *Plan) { p.Bytes(make([]byte, planSize)) },
		"too many files": func(p *Plan) {
			for range planFiles + 1 {
				p.File()
			}
		},
		"too many results": func(p *Plan) {
			for range planRegisters + 1 {
				p.Call("x", 1)
				p.Result()
			}
		},
		"a file where a result was": func(p *Plan) {
			for range planRegisters {
				p.Call("x", 1)
				p.Result()
			}
			p.held = [planRegisters]uint32{}
			p.File()
		},
		"too many arguments":         func(p *Plan) { p.Call("x", 1, make([]Value, 7)...) },
		"a result of nothing":        func(p *Plan) { p.Result() },
		"a value of another plan":    func(p *Plan) { var q Plan; q.File(); p.File(); p.Call("x", 1, q.File()) },
		"a value that is closed":     func(p *Plan) { v := p.Open("x", 0, 0); p.Close(v); p.Open("y", 0, 0); p.Close(v) },
		"a file after all closed":    func(p *Plan) { v := p.File(); p.CloseFrom(3); p.Dup3(v, 1) },
		"a register in memory":       func(p *Plan) { p.words(p.File()) },
		"a zero byte in a text":      func(p *Plan) { p.Text("a\x00b") },
		"a failure before any step":  func(p *Plan) { p.MayFail(unix.EPERM) },
		"a failure that is too high": func(p *Plan) { p.Call("x", 1); p.MayFail(256) },
	} {
		var p Plan
		build(&p)
		if b, err := p.Encode(); err == nil {
			t.Errorf("%s: Encode() = %d bytes, want an error", name, len(b))
		}
	}
}

func TestClosedResultsMakeRoom(t *testing.T) {
	var p Plan
	p.File()
	for i := range 100 {
		p.Close(p.Open(fmt.Sprint(i), 0, 0))
	}
	if _, err := p.Encode(); err != nil {
		t.Error(err)
	}
}

func TestFailureNamesTheStep(t *testing.T) {
	var p Plan
	p.Mount("proc", "/proc", "proc", 0, "")
	p.PivotRoot("/")
	for step, want := range map[int]string{
		0: "mount proc on /proc: operation not permitted",
		2: "change root: operation not permitted",
		9: "step 9 of 5: operation not permitted",
	} {
		if err := p.Failure(step, unix.EPERM); err.Error() != want || !errors.Is(err, unix.EPERM) {
			t.Errorf("Failure(%d) = %v, want %s", step, err, want)
		}
	}
}

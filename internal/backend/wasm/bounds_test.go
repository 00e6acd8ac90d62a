package wasm_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
)

func TestResultsAreCounted(t *testing.T) {
	l := languages(t)[0]
	n := 0
	o, err := create(t, open(t), spec("one", l)).Exec(t.Context(), backend.Cmd{
		Code: "while True: display({'text/plain': ''}, raw=True)", Limits: spec("one", l).Posture.Limits,
		Streams: caisson.Streams{Results: func(caisson.Result) { n++ }},
	})
	if err != nil || o.Status != caisson.OutputLimit || n != 4096 {
		t.Errorf("Exec = %q, %q, %v with %d results; want output_limit with 4096", o.Status, o.Reason, err, n)
	}
}

func TestNamesThatAreTooLongToListEndNothing(t *testing.T) {
	l := languages(t)[0]
	s := spec("one", l)
	s.Posture.Limits.Inodes = 4096
	b := open(t)
	in := create(t, b, s)
	files := in.(backend.Filer)
	folder := "/workspace" + strings.Repeat("/"+strings.Repeat("n", 250), 60)
	for i := range 1200 { // 18 MB of names
		if err := files.WriteFile(t.Context(), fmt.Sprintf("%s/%d", folder, i), nil); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := files.List(t.Context(), "/workspace"); caisson.CodeOf(err) != caisson.Exhausted {
		t.Errorf("List = %d names, %v; want exhausted", len(list), err)
	}
	if list, err := files.List(t.Context(), folder); err != nil || len(list) != 1200 {
		t.Errorf("List of short names = %d, %v; want 1200", len(list), err)
	}
	if _, err := files.List(t.Context(), "/tmp"); err != nil {
		t.Errorf("its worker did not survive: %v", err)
	}
}

// Copying memory takes time without a loop: it must be paid for all the same,
// or a few copies outlast every limit and take the worker with them.
func TestCopyingMemoryIsCharged(t *testing.T) {
	l := languages(t)[0]
	if l.Runtime != "python" {
		t.Skip("the code is Python")
	}
	s := spec("one", l)
	s.Posture.Limits.Memory = 1 << 30
	b := open(t)
	neighbour := create(t, b, spec("one", l))
	s.Posture.Limits.Wall, s.Posture.Limits.CPU = time.Second, time.Second
	o, err := create(t, b, s).Exec(t.Context(), backend.Cmd{Code: "a = bytearray(200_000_000)\nwhile True: b = a[:]"})
	if err != nil || o.Status != caisson.TimedOut || strings.Contains(o.Reason, "worker") {
		t.Errorf("Exec = %q, %q, %v; want timed_out without killing the worker", o.Status, o.Reason, err)
	}
	if o, err := neighbour.Exec(t.Context(), backend.Cmd{Code: l.Print}); err != nil || o.Status != caisson.Exited {
		t.Errorf("its neighbour's Exec = %q, %v", o.Status, err)
	}
}

func TestFilesThatAreTooManyToListEndNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("so many files take seconds, and with the race detector longer than a worker may")
	}
	p := openJavaScript(t, javascriptBackend(t), func() caisson.Spec {
		s := javascriptSpec()
		s.Posture.Limits.Inodes = backend.MaxFiles + 100
		return s
	}())
	p.prints(fmt.Sprintf("const fs = require('fs'); for (let i = 0; i < %d; i++) fs.closeSync(fs.openSync('/tmp/' + i, 'w'))", backend.MaxFiles), "")
	files := p.Instance.(backend.Filer)
	if list, err := files.List(t.Context(), "/tmp"); err != nil || len(list) != backend.MaxFiles {
		t.Errorf("List = %d names, %v; want all", len(list), err)
	}
	p.prints("fs.writeFileSync('/tmp/more', '')", "")
	if list, err := files.List(t.Context(), "/tmp"); caisson.CodeOf(err) != caisson.Exhausted {
		t.Errorf("List of one more = %d names, %v; want exhausted", len(list), err)
	}
	p.prints("fs.unlinkSync('/tmp/more')", "") // it did not end the sandbox
}

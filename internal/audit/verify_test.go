package audit_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/caisson-dev/caisson/internal/audit"
)

// rotated makes a record of three segments, the first with a torn tail.
func rotated(t *testing.T) (dir string, files []string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "record")
	l := open(t, dir)
	write(t, l, 0)
	write(t, l, 1)
	must(t, l.Close())
	first := filepath.Join(dir, "00000001.jsonl")
	tear(t, first, `{"seq":4,"time":"20`)

	l = open(t, dir)
	write(t, l, 2)
	l.SetMaxSegment(1)
	write(t, l, 3)
	must(t, l.Close())
	if r := whole(t, dir); r.Segments != 3 || len(r.Torn) != 1 || r.Torn[0].File != "00000001.jsonl" {
		t.Fatalf("Verify = %+v, want 3 segments, the first torn", r)
	}
	return dir, []string{first, filepath.Join(dir, "00000002.jsonl"), filepath.Join(dir, "00000003.jsonl")}
}

// tear leaves half a line at the end of a segment.
func tear(t *testing.T, file, half string) {
	t.Helper()
	must(t, os.WriteFile(file, append(contents(t, file), half...), 0o600))
}

func TestVerifyFindsEveryChangedByte(t *testing.T) {
	dir, files := rotated(t)
	head := verify(t, dir, "").Head
	for _, file := range files {
		good := contents(t, file)
		for i := range good {
			bad := map[string][]byte{"changed": slices.Concat(good[:i], []byte{good[i] ^ 1}, good[i+1:])}
			if i%5 == 0 {
				bad["removed"] = slices.Concat(good[:i], good[i+1:])
				bad["cut"] = good[:i]
			}
			for what, b := range bad {
				must(t, os.WriteFile(file, b, 0o600))
				if !verify(t, dir, "").OK() {
					continue
				}
				// What is wrong with the very last line alone can look like a
				// write that was cut short. Who knows the head sees it.
				end := file == files[2] && (what == "cut" || i == len(good)-1)
				if !end || verify(t, dir, head).OK() {
					t.Errorf("%s: byte %d %s: no fault", filepath.Base(file), i, what)
				}
			}
		}
		must(t, os.WriteFile(file, good, 0o600))
	}
	if r := verify(t, dir, head); !r.OK() {
		t.Errorf("faults in the record as it was: %v", r.Faults)
	}
}

func TestVerifySaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name   string
		harm   func(t *testing.T, dir string, lines [][]byte) [][]byte // of the first segment
		file   string
		line   int
		what   string
		faults int
	}{
		{"changed line", func(t *testing.T, _ string, l [][]byte) [][]byte {
			l[1] = bytes.Replace(l[1], []byte(`"bytes":0`), []byte(`"bytes":7`), 1)
			return l
		}, "00000001.jsonl", 2, "was changed", 1},
		{"missing line", func(t *testing.T, _ string, l [][]byte) [][]byte {
			return append(l[:1], l[2:]...)
		}, "00000001.jsonl", 2, "lines are missing before it: 3 follows 1", 1},
		{"missing start", func(t *testing.T, _ string, l [][]byte) [][]byte {
			return l[1:]
		}, "00000001.jsonl", 1, "lines are missing before it: 2 follows 0", 2},
		{"reordered lines", func(t *testing.T, _ string, l [][]byte) [][]byte {
			l[1], l[2] = l[2], l[1]
			return l
		}, "00000001.jsonl", 2, "lines are missing before it: 3 follows 1", 2},
		{"repeated line", func(t *testing.T, _ string, l [][]byte) [][]byte {
			return append(l[:2:2], l[1:]...)
		}, "00000001.jsonl", 3, "is out of order or repeated: 2 follows 2", 1},
		{"line of nothing", func(t *testing.T, _ string, l [][]byte) [][]byte {
			l[1] = []byte("\n")
			return l
		}, "00000001.jsonl", 2, "is not a line of the record", 1},
		{"cut end of a segment", func(t *testing.T, _ string, l [][]byte) [][]byte {
			return l[:2]
		}, "00000002.jsonl", 1, "lines are missing before it: 4 follows 2", 2},
		{"removed segment", func(t *testing.T, dir string, l [][]byte) [][]byte {
			must(t, os.Remove(filepath.Join(dir, "00000002.jsonl")))
			return l
		}, "00000002.jsonl", 0, "is missing", 3},
		{"removed first segment", func(t *testing.T, dir string, l [][]byte) [][]byte {
			return nil
		}, "00000001.jsonl", 0, "is missing", 3},
		{"line of another record", func(t *testing.T, _ string, l [][]byte) [][]byte {
			_, other := small(t)
			l[2] = bytes.SplitAfter(contents(t, other), []byte("\n"))[2]
			return l
		}, "00000001.jsonl", 3, "does not follow the line before it", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, files := rotated(t)
			lines := c.harm(t, dir, bytes.SplitAfter(contents(t, files[0]), []byte("\n")))
			if lines == nil {
				must(t, os.Remove(files[0]))
			} else {
				must(t, os.WriteFile(files[0], bytes.Join(lines, nil), 0o600))
			}
			got := verify(t, dir, "").Faults
			if len(got) != c.faults || got[0].File != c.file || got[0].Line != c.line || !strings.Contains(got[0].What, c.what) {
				t.Errorf("faults = %v, want %d, the first %s:%d: %s", got, c.faults, c.file, c.line, c.what)
			}
			if err := python(t, dir); err == nil {
				t.Error("verify.py finds no fault")
			}
		})
	}
}

func TestVerifyTellsATornEndFromAChangedOne(t *testing.T) {
	dir, file := small(t)
	good := contents(t, file)
	last := bytes.LastIndexByte(good[:len(good)-1], '\n') + 1
	for n := last + 1; n < len(good); n++ {
		must(t, os.WriteFile(file, good[:n], 0o600))
		if r := whole(t, dir); len(r.Torn) != 1 || r.Torn[0].Bytes != n-last {
			t.Fatalf("cut at %d: torn = %+v, want %d bytes", n, r.Torn, n-last)
		}
	}
	for _, junk := range []string{"x", "{}", `{"seq":5,"time":"20`} {
		must(t, os.WriteFile(file, append(good[:last:last], junk...), 0o600))
		r := verify(t, dir, "")
		if torn := strings.HasPrefix(junk, `{"seq":5`); r.OK() != torn {
			t.Errorf("end %q: faults = %v", junk, r.Faults)
		}
	}
}

func TestALogGoesOnAfterEveryTornEnd(t *testing.T) {
	dir, file := small(t)
	good := contents(t, file)
	last := bytes.LastIndexByte(good[:len(good)-1], '\n') + 1
	for n := last + 1; n < len(good); n += 7 {
		must(t, os.WriteFile(file, good[:n], 0o600))
		must(t, os.RemoveAll(filepath.Join(dir, "00000002.jsonl")))
		l := open(t, dir)
		write(t, l, 9)
		must(t, l.Close())
		whole(t, dir)
		events := read(t, dir, audit.Filter{Tenant: audit.AnyTenant})
		if len(events) != 4 || events[3].Execution != "x9" {
			t.Fatalf("cut at %d: %d events, the last %s", n, len(events), events[len(events)-1].Execution)
		}
		if got := contents(t, file); !bytes.Equal(got, good[:n]) {
			t.Fatalf("cut at %d: the torn segment was changed", n)
		}
	}
}

// A writer may die while it starts the segment that follows a torn one.
func TestALogGoesOnAfterTornStarts(t *testing.T) {
	dir, file := small(t)
	tear(t, file, `{"seq":6,`)
	second, third := filepath.Join(dir, "00000002.jsonl"), filepath.Join(dir, "00000003.jsonl")
	must(t, os.WriteFile(second, []byte(`{"seq":6,"ti`), 0o600))
	must(t, os.WriteFile(third, nil, 0o600))
	write(t, open(t, dir), 4)
	if r := whole(t, dir); r.Segments != 3 || len(r.Torn) != 2 {
		t.Errorf("Verify = %+v, want 3 segments, two of them torn", r)
	}
	must(t, os.WriteFile(second, []byte(`{"seq":6,"tj`), 0o600))
	if verify(t, dir, "").OK() {
		t.Error("a torn end was changed: no fault")
	}
}

func TestVerifyFindsARemovedEndByTheHead(t *testing.T) {
	dir, file := small(t)
	before := verify(t, dir, "").Head
	write(t, open(t, dir), 4)
	after := verify(t, dir, before)
	if !after.OK() {
		t.Errorf("a record that grew: faults = %v", after.Faults)
	}
	b := contents(t, file)
	must(t, os.WriteFile(file, b[:bytes.LastIndexByte(b[:len(b)-1], '\n')+1], 0o600))
	if r := verify(t, dir, ""); !r.OK() || r.Head != before {
		t.Errorf("without the head: %+v", r)
	}
	if r := verify(t, dir, after.Head); len(r.Faults) != 1 || !strings.Contains(r.Faults[0].String(), after.Head) {
		t.Errorf("with the head: faults = %v, want one that names it", r.Faults)
	}
	empty := t.TempDir()
	if verify(t, empty, after.Head).OK() {
		t.Error("an empty record with a head known: no fault")
	}
}

func TestVerifyListsSoManyFaultsOnly(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "00000001.jsonl"), bytes.Repeat([]byte("x\n"), 5000), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "99999999.jsonl"), bytes.Repeat([]byte("x"), 3<<20), 0o600))
	if r := verify(t, dir, ""); len(r.Faults) != 1000 || !r.Cut || r.Lines != 5000 {
		t.Errorf("%d faults, cut %v, %d lines: want 1000, true, 5000", len(r.Faults), r.Cut, r.Lines)
	}
}

func TestARecordVerifiesWithoutTheProduct(t *testing.T) {
	dir, _ := rotated(t)
	head := verify(t, dir, "").Head
	if err := python(t, dir, head); err != nil {
		t.Error(err)
	}
	if err := python(t, dir, strings.Repeat("1", 64)); err == nil {
		t.Error("verify.py with a head that is not there finds no fault")
	}
}

// python runs the verifier that shares nothing with this package.
func python(t *testing.T, args ...string) error {
	t.Helper()
	py, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	out, err := exec.Command(py, append([]string{"-I", "testdata/verify.py"}, args...)...).CombinedOutput()
	if err != nil && !strings.HasPrefix(string(out), "fault: ") {
		t.Fatalf("verify.py: %v: %s", err, out)
	}
	return err
}

func FuzzDecodeLine(f *testing.F) {
	dir := filepath.Join(f.TempDir(), "record")
	l := open(f, dir)
	write(f, l, 0)
	for b := range bytes.Lines(contents(f, filepath.Join(dir, "00000001.jsonl"))) {
		f.Add(b[:len(b)-1])
		f.Add(b[len(`{"seq":1,`):bytes.Index(b, []byte(`,"prev"`))])
	}
	f.Add([]byte(`"kind":"x","prev":"","hash":""`))
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = audit.DecodeLine(b) // must not panic
		sealed := audit.Seal(7, b)
		if audit.DecodeLine(sealed) != nil {
			return
		}
		for i := range sealed {
			sealed[i] ^= 1
			if audit.DecodeLine(sealed) == nil {
				t.Fatalf("%q is accepted with byte %d changed", sealed, i)
			}
			sealed[i] ^= 1
		}
	})
}

package backendtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
)

// promises are what a backend says about itself.
func promises() []check {
	return []check{
		{"says what it can", saysWhatItCan},
		{"has what it says", hasWhatItSays},
		{"names its walls", namesItsWalls},
		{"refuses an isolation above its own", refusesIsolation},
		{"refuses a posture that permits nothing", refusesNothing},
		{"refuses walls that it cannot build", refusesWalls},
		{"refuses what it does not know", refusesUnknown},
	}
}

func saysWhatItCan(k kit) {
	if k.can.Isolation == 0 || len(k.can.Layers) == 0 {
		k.Errorf("Probe = isolation %v, layers %v; want both", k.can.Isolation, k.can.Layers)
	}
	if !slices.Contains(k.can.Runtimes, k.l.Runtime) {
		k.Errorf("Probe = runtimes %v, want %q in them", k.can.Runtimes, k.l.Runtime)
	}
}

func hasWhatItSays(k kit) {
	_, restores := k.b.(backend.Restorer)
	_, snaps := backend.As[backend.Snapshotter](k.create())
	if restores != k.can.Snapshot || snaps != k.can.Snapshot {
		k.Errorf("Probe says Snapshot %v; Restorer %v, Snapshotter %v", k.can.Snapshot, restores, snaps)
	}
}

func namesItsWalls(k kit) {
	w, ok := k.b.(backend.Walled)
	if !ok {
		k.Skip("its walls are not known beforehand")
	}
	layers, missing, err := w.Walls(k.Context(), k.spec())
	if err != nil || !slices.Equal(layers, k.can.Layers) || len(missing) != len(k.can.Missing) {
		k.Errorf("Walls = %v, %v, %v; Probe said %v, %v", layers, missing, err, k.can.Layers, k.can.Missing)
	}
}

func refusesIsolation(k kit) {
	if k.can.Isolation == caisson.IsolationVirtual {
		k.Skip("there is none")
	}
	s := k.spec()
	s.Posture.Isolation = k.can.Isolation + 1
	k.refused(s, "isolation above its own", func(err error) bool { return errors.Is(err, backend.ErrUnsupported) })
}

func refusesNothing(k kit) {
	for name, zero := range map[string]func(*caisson.Limits){
		"wall":          func(l *caisson.Limits) { l.Wall = 0 },
		"cpu":           func(l *caisson.Limits) { l.CPU = 0 },
		"memory":        func(l *caisson.Limits) { l.Memory = 0 },
		"processes":     func(l *caisson.Limits) { l.Processes = 0 },
		"everything":    func(l *caisson.Limits) { *l = caisson.Limits{} },
		"negative wall": func(l *caisson.Limits) { l.Wall = -1 },
	} {
		k.refused(k.spec(zero), "zero limit: "+name, isError)
	}
	s := k.spec()
	s.Posture.Isolation = 0
	k.refused(s, "no isolation", isError)
	s = k.spec()
	s.Tenant = ""
	k.refused(s, "no tenant", isAny)
	if k.most > 0 {
		k.refused(k.spec(func(l *caisson.Limits) { l.Memory = k.most }), "too much memory", isError)
	}
}

func refusesWalls(k kit) {
	s := k.spec()
	s.Posture.Require = []string{"a wall of glass"}
	k.refused(s, "a wall nobody has", func(err error) bool { return isError(err) && strings.Contains(err.Error(), "a wall of glass") })
}

func refusesUnknown(k kit) {
	s := k.spec()
	s.Runtime = "klingon"
	k.refused(s, "an unknown runtime", isError)
	s = k.spec()
	s.Posture.Egress = []string{"example.org"}
	if !slices.Contains(k.can.Needs, caisson.NeedNetwork) {
		k.refused(s, "egress", func(err error) bool { return errors.Is(err, backend.ErrUnsupported) })
	}
}

func isAny(err error) bool { return err != nil }

// isError says whether an error is one that its caller can act on.
func isError(err error) bool {
	_, ok := errors.AsType[*caisson.Error](err)
	return ok || errors.Is(err, backend.ErrUnsupported)
}

func (k kit) refused(s caisson.Spec, what string, right func(error) bool) {
	k.Helper()
	in, err := k.b.Create(k.Context(), s)
	if err == nil {
		k.close(in)
		k.Errorf("Create with %s worked", what)
	} else if !right(err) {
		k.Errorf("Create with %s: wrong error %v", what, err)
	}
}

// runs are what one execution gives.
func runs() []check {
	return []check{
		{"keeps streams apart and in order", keepsStreams},
		{"gives exit codes", givesExitCodes},
		{"reports exceptions", reportsExceptions},
		{"passes arguments", passesArgs},
		{"shows values", showsValues},
		{"drops results that are none", dropsBadResults},
		{"reads stdin", readsStdin},
		{"takes code that is no text", takesAnyCode},
		{"keeps state between executions", keepsState},
		{"keeps sandboxes apart", keepsApart},
		{"draws other random numbers in each copy", drawsOthers},
		{"measures what it costs", measures},
	}
}

func keepsStreams(k kit) {
	in := k.create()
	r := k.status(in, backend.Cmd{Code: k.l.Streams}, caisson.Exited)
	if r.out != "a\nc\n" || r.err != "b\n" {
		k.Errorf("stdout %q, stderr %q; want %q, %q", r.out, r.err, "a\nc\n", "b\n")
	}
	// Written to one place, they come as they were made.
	var both bytes.Buffer
	if _, err := in.Exec(k.Context(), backend.Cmd{Code: k.l.Streams, Streams: caisson.Streams{Stdout: &both, Stderr: &both}}); err != nil || both.String() != "a\nb\nc\n" && !k.l.Unordered {
		k.Errorf("both streams = %q, %v; want %q", both.String(), err, "a\nb\nc\n")
	}
	// Nobody listens.
	if o, err := in.Exec(k.Context(), backend.Cmd{Code: k.l.Streams}); err != nil || o.Status != caisson.Exited {
		k.Errorf("Exec without streams = %v, %v", o, err)
	}
}

func givesExitCodes(k kit) {
	in := k.create()
	if r := k.status(in, backend.Cmd{Code: k.l.Exit3}, caisson.Exited); r.ExitCode != 3 || r.Reason != "" {
		k.Errorf("exit code %d, reason %q; want 3 and none", r.ExitCode, r.Reason)
	}
	if got := k.do(in, k.l.Print); got != "hello\n" {
		k.Errorf("after an exit, stdout = %q", got)
	}
}

func reportsExceptions(k kit) {
	k.needs(k.l.Fail)
	r := k.fails(k.create(), k.l.Fail)
	if r.Exception == nil || r.Exception.Name != k.l.Exception || !strings.Contains(r.Exception.Message, "boom") {
		k.Errorf("exception = %+v, want %s with boom", r.Exception, k.l.Exception)
	}
}

func passesArgs(k kit) {
	k.needs(k.l.Args)
	args := []string{"one", "two words", "-x", "'quoted\"", "ünïcode", "$HOME `id` $(id)"}
	r := k.status(k.create(), backend.Cmd{Code: k.l.Args, Args: args}, caisson.Exited)
	if want := strings.Join(args, "\n") + "\n"; r.out != want {
		k.Errorf("arguments = %q, want %q", r.out, want)
	}
}

func showsValues(k kit) {
	k.needs(k.l.Value, k.l.Show)
	in := k.create()
	r := k.status(in, backend.Cmd{Code: k.l.Value, Show: true}, caisson.Exited)
	if len(r.results) != 1 || string(r.results[0].Data["text/plain"]) != "42" {
		k.Errorf("results of a value = %q, want one that shows 42", r.results)
	}
	if r := k.status(in, backend.Cmd{Code: k.l.Value}, caisson.Exited); len(r.results) != 0 {
		k.Errorf("results of a value that is not to be shown = %q", r.results)
	}
	r = k.status(in, backend.Cmd{Code: k.l.Show}, caisson.Exited)
	if len(r.results) != 1 {
		k.Fatalf("results = %q, want one", r.results)
	}
	var v map[string]int
	if err := json.Unmarshal(r.results[0].Data["application/json"], &v); err != nil || v["a"] != 1 {
		k.Errorf("result = %q (%v), want {\"a\": 1}", r.results[0].Data["application/json"], err)
	}
}

func dropsBadResults(k kit) {
	k.needs(k.l.BadShow)
	in := k.create()
	if r := k.status(in, backend.Cmd{Code: k.l.BadShow}, caisson.Exited); len(r.results) != 0 || r.ExitCode != 0 {
		k.Errorf("results = %q, exit %d; want none, 0\n%s", r.results, r.ExitCode, r.err)
	}
	k.usable(in)
}

func readsStdin(k kit) {
	k.needs(k.l.Line)
	in := k.create()
	for _, c := range []struct {
		in   io.Reader
		want string
	}{
		{strings.NewReader("one\ntwo\n"), "<one>\n"},
		{strings.NewReader("again"), "<again>\n"},
		{strings.NewReader(""), "<>\n"},
		{nil, "<>\n"},
		{io.MultiReader(strings.NewReader("sl"), strings.NewReader("ow\n")), "<slow>\n"},
	} {
		r := k.status(in, backend.Cmd{Code: k.l.Line, Streams: caisson.Streams{Stdin: c.in}}, caisson.Exited)
		if r.out != c.want {
			k.Errorf("stdin read as %q, want %q\n%s", r.out, c.want, r.err)
		}
	}
	// Code that reads nothing does not wait for a reader that has nothing.
	r, w := io.Pipe()
	defer w.Close()
	k.status(in, backend.Cmd{Code: k.l.Ignore, Streams: caisson.Streams{Stdin: r}}, caisson.Exited)
}

func takesAnyCode(k kit) {
	in := k.create()
	for _, code := range []string{"", "\x00", "\xff\xfe\xfd", strings.Repeat("(", 5000), strings.Repeat("\n", 100_000), "\u202e'"} {
		r := k.exec(in, backend.Cmd{Code: code})
		if r.failure != nil && !errors.Is(r.failure, backend.ErrEnded) || r.Status == caisson.Lost {
			k.Errorf("Exec(%q) = %q, %v", short(code), r.Status, r.failure)
		}
		if r.Status != caisson.Exited {
			in = k.create()
		}
	}
}

func keepsState(k kit) {
	in := k.create()
	k.do(in, k.l.Set)
	if got := k.do(in, k.l.Get); got != "42\n" {
		k.Errorf("variable = %q, want 42", got)
	}
	k.do(in, k.l.Write)
	if got := k.do(in, k.l.Read); got != "content" {
		k.Errorf("file = %q, want content", got)
	}
}

func keepsApart(k kit) {
	one, two := k.create(), k.create()
	k.do(one, k.l.Set)
	k.do(one, k.l.Write)
	k.fails(two, k.l.Get)
	k.fails(two, k.l.Read)
	// Nor does the next one find what the last one left.
	k.close(one)
	three := k.create()
	k.fails(three, k.l.Get)
	k.fails(three, k.l.Read)
}

func drawsOthers(k kit) {
	k.needs(k.l.Random)
	n, most := 1000, 15*time.Second
	if testing.Short() {
		n, most = 50, 5*time.Second
	}
	enough := time.Now().Add(most) // a slow machine looks at fewer
	var mu sync.Mutex
	seen := map[string]bool{}
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for range n / 2 {
				if time.Now().After(enough) {
					return
				}
				in, err := k.b.Create(k.Context(), k.spec())
				if err != nil {
					k.Errorf("Create: %v", err)
					return
				}
				r := k.exec(in, backend.Cmd{Code: k.l.Random})
				k.close(in)
				mu.Lock()
				if r.out == "" || seen[r.out] {
					k.Errorf("random number %q (%v, %v) came twice, or never", r.out, r.Status, r.failure)
				}
				seen[r.out] = true
				mu.Unlock()
			}
		})
	}
	all.Wait()
}

func measures(k kit) {
	in := k.create()
	k.do(in, k.l.Write)
	r := k.status(in, backend.Cmd{Code: k.l.Streams}, caisson.Exited)
	u := r.Usage
	if u.Wall <= 0 || u.Wall > time.Hour || u.CPU < 0 || u.CPU > u.Wall || u.PeakMemory <= 0 || u.Output != 6 || u.Disk < int64(len("content")) || u.Disk > 64<<10 {
		k.Errorf("usage = %+v, want wall, CPU within it, memory, 6 bytes out, 7 on disk or the blocks that hold them", u)
	}
}

package wasm_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/backendtest"
	"github.com/caisson-dev/caisson/internal/backend/wasm"
	"github.com/caisson-dev/caisson/internal/sys"
)

// frame returns one frame as workers write them.
func frame(kind byte, payload []byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(payload)))
	return append(append(b, kind), payload...)
}

func done(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return frame(wasm.AnswerDone, b)
}

// ended is how an execution ends, in a worker's words.
func ended(status string, exit int64) []byte {
	return done(map[string]any{"status": status, "exitCode": exit,
		"usage": map[string]any{"wall": -5, "cpu": 1 << 62, "peakMemory": -1, "output": 1 << 62, "disk": 1 << 62}})
}

// hostileWays are what a worker that an attacker holds does with an execution,
// after it opened the sandbox as it should.
func hostileWays() map[string]func(conn io.Writer) {
	huge := []byte{0xff, 0xff, 0xff, 0xff, wasm.AnswerOut}
	return map[string]func(io.Writer){
		"garbage": func(w io.Writer) { w.Write(bytes.Repeat([]byte("garbage!"), 1<<20)) },
		"huge":    func(w io.Writer) { w.Write(huge); sleep() },
		"almost":  func(w io.Writer) { w.Write([]byte{0, 0, 0, 1, wasm.AnswerResult}); sleep() },
		"cut":     func(w io.Writer) { w.Write([]byte{200, 0, 0, 0, wasm.AnswerOut, 'x'}) },
		"endless": func(w io.Writer) { forever(w, frame(wasm.AnswerOut, make([]byte, 64<<10))) },
		"results": func(w io.Writer) { forever(w, frame(wasm.AnswerResult, []byte(`{"data":{"text/plain":"x"}}`))) },
		"empty":   func(w io.Writer) { forever(w, frame(wasm.AnswerOut, nil)) },
		"wants":   func(w io.Writer) { forever(w, frame(wasm.AnswerWant, nil)) },
		"kind":    func(w io.Writer) { w.Write(frame(1, nil)); sleep() },
		"data":    func(w io.Writer) { w.Write(frame(wasm.AnswerData, []byte("x"))); sleep() },
		"deep":    func(w io.Writer) { w.Write(frame(wasm.AnswerDone, bytes.Repeat([]byte("["), 1<<20))); sleep() },
		"none":    func(w io.Writer) { w.Write(frame(wasm.AnswerDone, nil)); sleep() },
		"status":  func(w io.Writer) { w.Write(ended("denied", 0)); sleep() },
		"lost":    func(w io.Writer) { w.Write(ended("lost", 0)); sleep() },
		"numbers": func(w io.Writer) { w.Write(ended("exited", -1<<40)); sleep() },
		"failed":  func(w io.Writer) { w.Write(frame(wasm.AnswerFailed, []byte("{"))); sleep() },
		"liar": func(w io.Writer) {
			w.Write(frame(wasm.AnswerFailed, []byte(`{"code":"forbidden","message":"\u001b[2Jno"}`)))
			sleep()
		},
		"much": func(w io.Writer) {
			w.Write(frame(wasm.AnswerOut, make([]byte, 1<<20)))
			w.Write(frame(wasm.AnswerOut, make([]byte, 1)))
			w.Write(ended("exited", 0))
			sleep()
		},
		"many": func(w io.Writer) {
			for range 5000 {
				w.Write(frame(wasm.AnswerResult, []byte(`{"data":{"text/plain":""}}`)))
			}
			w.Write(ended("exited", 0))
			sleep()
		},
		"greedy": func(w io.Writer) { // wants stdin, reads none, and ends
			w.Write(frame(wasm.AnswerWant, nil))
			time.Sleep(100 * time.Millisecond) // so that stdin is most likely on its way
			w.Write(ended("exited", 0))
			sleep()
		},
		"quiet":    func(io.Writer) { sleep() },
		"deaf":     func(io.Writer) { sleep() },
		"die":      func(io.Writer) { syscall.Exit(0) },
		"twice":    func(w io.Writer) { w.Write(append(ended("exited", 0), ended("exited", 7)...)); sleep() },
		"unasked":  func(io.Writer) { sleep() },
		"mute":     func(io.Writer) { sleep() },
		"badbrief": func(io.Writer) { sleep() },
	}
}

func sleep() { select {} }

func forever(w io.Writer, b []byte) {
	for {
		if _, err := w.Write(b); err != nil {
			return
		}
	}
}

// hostileWorker is a worker's life.
func hostileWorker(way string) {
	go func() { // nothing that goes wrong in here outlives its test
		time.Sleep(time.Minute)
		os.Exit(1)
	}()
	socket := os.NewFile(3, "socket")
	readFrame(socket)
	switch way {
	case "mute":
		sleep()
	case "badbrief":
		socket.Write(frame(wasm.AnswerDone, []byte("no report")))
		sleep()
	case "deaf":
		socket.Write(done(map[string]any{"walls": []string{}}))
		sleep()
	}
	socket.Write(done(map[string]any{"walls": []string{}}))
	for {
		f, err := sys.ReceiveFile(socket)
		if err != nil {
			return
		}
		go func() {
			conn, err := net.FileConn(f)
			if err != nil {
				os.Exit(3)
			}
			if way == "unasked" {
				// The answer to an execution nobody has asked for yet.
				conn.Write(append(done(struct{}{}), ended("exited", 0)...))
				sleep()
			}
			readFrame(conn)
			conn.Write(done(struct{}{}))
			readFrame(conn)
			hostileWays()[way](conn)
		}()
	}
}

func readFrame(r io.Reader) {
	var head [wasm.HeadSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		os.Exit(2)
	}
	if _, err := io.CopyN(io.Discard, r, int64(binary.LittleEndian.Uint32(head[:]))); err != nil {
		os.Exit(2)
	}
}

// held returns a backend whose workers misbehave in one way.
func held(t *testing.T, way string) *wasm.Backend {
	t.Helper()
	// A worker is another user than we are: it must reach its program.
	dir, err := os.MkdirTemp("", "caisson-hostile-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	program := filepath.Join(dir, hostile+way)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/proc/self/exe", program); err != nil {
		t.Fatal(err)
	}
	return open(t, func(c *wasm.Config) {
		c.Program = program
		*c = wasm.WithPatience(*c, 300*time.Millisecond)
	})
}

func TestHostileWorkerHarmsNobodyElse(t *testing.T) {
	l := languages(t)[0]
	open(t).Warm(t.Context(), spec("one", l)) // the cache is there, and patience is for workers alone
	for way := range hostileWays() {
		t.Run(way, func(t *testing.T) {
			check := backendtest.Residue(t)
			b := held(t, way)
			s := spec("one", l)
			s.Posture.Limits.Wall, s.Posture.Limits.Output = 300*time.Millisecond, 1<<20
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			in, err := b.Create(t.Context(), s)
			switch way {
			case "mute", "badbrief", "deaf":
				if err == nil {
					t.Errorf("Create of a worker that does not answer worked")
				} else if caisson.CodeOf(err) != caisson.Internal {
					t.Errorf("Create: %v, want a failure of ours", err)
				}
			default:
				if err != nil {
					t.Fatalf("Create: %v", err)
				}
				outcome(t, way, in)
			}
			runtime.ReadMemStats(&after)
			if grown := int64(after.HeapSys - before.HeapSys); grown > 200<<20 {
				t.Errorf("it made us take %d MiB", grown>>20)
			}
			if in != nil {
				in.Close()
			}
			b.Close()
			check()
		})
	}
}

// outcome runs code in a worker that misbehaves.
func outcome(t *testing.T, way string, in backend.Instance) {
	t.Helper()
	var out counter
	stdin := bytes.NewReader(nil)
	if way == "greedy" {
		stdin.Reset(make([]byte, 4<<20)) // more than a socket holds
	}
	o, err := in.Exec(t.Context(), backend.Cmd{Code: "x", Streams: caisson.Streams{Stdin: stdin, Stdout: &out}})
	t.Logf("%s, %q, %v, %d bytes", o.Status, o.Reason, err, out)
	if u := o.Usage; u.CPU < 0 || u.CPU > u.Wall || u.PeakMemory < 0 || u.Disk < 0 || u.Disk > 1<<20 || u.Output < 0 || u.Output > 1<<30 {
		t.Errorf("usage = %+v, want what can be", u)
	}
	if o.ExitCode < 0 || o.ExitCode > 255 {
		t.Errorf("exit code = %d", o.ExitCode)
	}
	if out > 1<<20 {
		t.Errorf("it sent %d bytes with a limit of 1 MiB", out)
	}
	switch way {
	case "numbers", "twice", "unasked", "greedy":
		if err != nil || o.Status != caisson.Exited {
			t.Errorf("Exec = %q, %v; want exited", o.Status, err)
		}
		if way == "twice" {
			// What it said too early must not be believed of the next run for long.
			in.Exec(t.Context(), backend.Cmd{Code: "y"})
		}
	case "failed", "liar":
		if err == nil || caisson.CodeOf(err) != caisson.Internal || bytes.ContainsRune([]byte(err.Error()), 0x1b) {
			t.Errorf("Exec = %q, %q; want a failure of ours that can be shown", o.Status, fmt.Sprint(err))
		}
	case "quiet", "wants", "empty":
		if err != nil || o.Status != caisson.TimedOut {
			t.Errorf("Exec = %q, %q, %v; want timed_out", o.Status, o.Reason, err)
		}
	case "almost", "cut", "results":
		// It is lost, or late, whichever is seen first.
		if err != nil || o.Status != caisson.Lost && o.Status != caisson.TimedOut {
			t.Errorf("Exec = %q, %q, %v; want lost or timed_out", o.Status, o.Reason, err)
		}
	default:
		if err != nil || o.Status != caisson.Lost {
			t.Errorf("Exec = %q, %q, %v; want lost", o.Status, o.Reason, err)
		}
		dies(t, wasm.PID(in))
	}
}

// dies waits until a process has ended.
func dies(t *testing.T, pid int) {
	t.Helper()
	for wait := time.Millisecond; wait < 5*time.Second; wait *= 2 {
		if syscall.Kill(pid, 0) != nil {
			return
		}
		time.Sleep(wait)
	}
	t.Errorf("its worker %d still runs", pid)
}

// counter counts what is written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func TestKillWaitsForNoWorker(t *testing.T) {
	l := languages(t)[0]
	b := held(t, "quiet")
	s := spec("one", l)
	s.Posture.Limits.Wall = time.Hour
	in, err := b.Create(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	end := make(chan caisson.Outcome)
	go func() {
		o, err := in.Exec(t.Context(), backend.Cmd{Code: "x"})
		if err != nil {
			t.Errorf("Exec: %v", err)
		}
		end <- o
	}()
	time.Sleep(20 * time.Millisecond) // so that it most likely runs
	in.Kill()
	if o := <-end; o.Status != caisson.Killed {
		t.Errorf("Exec = %q, %q; want killed", o.Status, o.Reason)
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
}

func TestFilesOfAWorkerThatDoesNotAnswer(t *testing.T) {
	l := languages(t)[0]
	b := held(t, "quiet")
	in, err := b.Create(t.Context(), spec("one", l))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := in.(backend.Filer).WriteFile(t.Context(), "f", make([]byte, 1<<20)); err == nil {
		t.Error("WriteFile that nobody answers worked")
	}
	if _, err := in.(backend.Filer).List(t.Context(), "/"); err == nil {
		t.Error("List of a sandbox that is lost worked")
	}
}

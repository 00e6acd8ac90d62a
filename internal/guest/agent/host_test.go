package agent_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend/backendtest"
	"github.com/caisson-dev/caisson/internal/guest"
	"github.com/caisson-dev/caisson/internal/guest/agent"
	"golang.org/x/sys/unix"
)

// A host runs one agent as a plain process, without any sandbox.
type host struct {
	testing.TB
	process *exec.Cmd
	socket  *os.File
	out     [2]int // its standard output and standard error
	dir     string // its work folder
}

// A ran is what one execution gave.
type ran struct {
	code      int
	out, err  string
	results   []caisson.Result
	bad       int // results that are none
	exception *caisson.Exception
}

// start starts an agent of a runtime with an interpreter, and waits until it is
// ready. The end of the test ends it.
func start(t testing.TB, runtime, interpreter string) *host {
	t.Helper()
	a, ok := agent.New(runtime)
	if !ok {
		t.Fatalf("there is no agent for %s", runtime)
	}
	files := t.TempDir()
	for name, text := range a.Files {
		name = filepath.Join(files, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, text, 0o444); err != nil {
			t.Fatal(err)
		}
	}
	h := &host{TB: t, dir: t.TempDir()}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	h.socket = os.NewFile(uintptr(pair[0]), "socket")
	far := os.NewFile(uintptr(pair[1]), "far end")
	args := a.Args(files)
	h.process = exec.Command(interpreter, args[1:]...)
	h.process.Dir, h.process.ExtraFiles = h.dir, []*os.File{far}
	h.process.Env = append(a.Env, "HOME="+h.dir, "TMPDIR="+t.TempDir(), "PATH="+os.Getenv("PATH"))
	h.process.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var write [2]*os.File
	for i := range h.out {
		var p [2]int
		if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
		h.out[i], write[i] = p[0], os.NewFile(uintptr(p[1]), "pipe")
		unix.SetNonblock(p[0], true)
	}
	h.process.Stdout, h.process.Stderr = write[0], write[1]
	if err := h.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.end)
	far.Close()
	write[0].Close()
	write[1].Close()
	if kind, _, err := guest.ReadFrame(h.socket); kind != guest.FrameReady || err != nil {
		said := h.drain()
		t.Fatalf("the agent begins with a frame %q, %v: %s%s", rune(kind), err, said[0], said[1])
	}
	return h
}

// end kills the agent and all that it started.
func (h *host) end() {
	syscall.Kill(-h.process.Process.Pid, syscall.SIGKILL)
	h.process.Wait()
	h.socket.Close()
	unix.Close(h.out[0])
	unix.Close(h.out[1])
}

// patience is how long a test waits for an execution.
const patience = time.Minute

// exec runs one request to its end.
func (h *host) exec(r guest.Request, in io.Reader) ran {
	h.Helper()
	x, err := h.try(r, in, nil)
	if err != nil {
		h.Fatalf("%.60q: %v\n%s%s", r.Code, err, x.out, x.err)
	}
	return x
}

// cell runs code as a notebook does.
func (h *host) cell(code string) ran {
	h.Helper()
	return h.exec(guest.Request{Code: code, Show: true}, nil)
}

// prints runs a cell that must end well and write just this.
func (h *host) prints(code, want string) {
	h.Helper()
	if x := h.cell(code); x.code != 0 || x.out != want || x.err != "" {
		h.Errorf("%s\nended %d and wrote\n%s%s\nnot\n%s", code, x.code, x.out, x.err, want)
	}
}

// interrupt sends what Ctrl-C sends.
func (h *host) interrupt() { syscall.Kill(-h.process.Process.Pid, syscall.SIGINT) }

// again is when an interrupt that did nothing is sent again.
const again = 500 * time.Millisecond

// interrupted runs code, interrupts it when it has written the first byte, and
// returns what it gave.
func (h *host) interrupted(r guest.Request) ran {
	h.Helper()
	in, ends := io.Pipe()
	over := make(chan struct{})
	defer close(over)
	x, err := h.try(r, in, func() {
		h.interrupt()
		ends.Close()
		go func() {
			for {
				select {
				case <-over:
					return
				case <-time.After(again):
					h.interrupt()
				}
			}
		}()
	})
	if err != nil {
		h.Fatalf("%.60q: %v\n%s%s", r.Code, err, x.out, x.err)
	}
	return x
}

// try runs one request. Seen, when not nil, is called at the first output.
func (h *host) try(r guest.Request, in io.Reader, seen func()) (ran, error) {
	if in != nil {
		r.Stdin = filepath.Join(h.TempDir(), "stdin")
		if err := unix.Mkfifo(r.Stdin, 0o600); err != nil {
			return ran{}, err
		}
		go func() {
			if f, err := os.OpenFile(r.Stdin, os.O_WRONLY, 0); err == nil {
				io.Copy(f, in)
				f.Close()
			}
		}()
	}
	b, err := r.Encode()
	if err != nil {
		return ran{}, err
	}
	if err := guest.WriteFrame(h.socket, guest.FrameExecute, b); err != nil {
		return ran{}, err
	}
	return h.follow(seen)
}

// follow takes what comes from the agent until the execution is done.
func (h *host) follow(seen func()) (x ran, err error) {
	end := time.Now().Add(patience)
	fds := []unix.PollFd{{Fd: int32(h.socket.Fd()), Events: unix.POLLIN}, {Fd: int32(h.out[0]), Events: unix.POLLIN}, {Fd: int32(h.out[1]), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(fds, int(time.Until(end).Milliseconds())); err != nil && err != unix.EINTR {
			return x, err
		}
		if time.Now().After(end) {
			return x, context.DeadlineExceeded
		}
		said := h.drain()
		x.out, x.err = x.out+said[0], x.err+said[1]
		if seen != nil && x.out != "" {
			seen()
			seen = nil
		}
		if fds[0].Revents == 0 {
			continue
		}
		kind, payload, err := guest.ReadFrame(h.socket)
		if err != nil {
			return x, err
		}
		switch kind {
		case guest.FrameTurn:
			said := h.drain()
			x.out, x.err = x.out+said[0], x.err+said[1]
			if err := guest.WriteFrame(h.socket, guest.FrameTurn, nil); err != nil {
				return x, err
			}
		case guest.FrameDone:
			x.code, err = guest.DecodeDone(payload)
			said := h.drain()
			x.out, x.err = x.out+said[0], x.err+said[1]
			return x, err
		case guest.FrameResult:
			if r, err := guest.DecodeResult(payload); err == nil {
				x.results = append(x.results, r)
			} else {
				x.bad++
			}
		case guest.FrameException:
			if e, err := guest.DecodeException(payload); err == nil {
				x.exception = &e
			}
		}
	}
}

// drain takes what is in the pipes.
func (h *host) drain() (said [2]string) {
	b := make([]byte, 64<<10)
	for i, fd := range h.out {
		var all []byte
		for {
			n, err := unix.Read(fd, b)
			if n <= 0 || err != nil {
				break
			}
			all = append(all, b[:n]...)
		}
		said[i] = string(all)
	}
	return said
}

// shows checks the results of an execution.
func (x ran) shows(t testing.TB, code string, want []map[string]string) {
	t.Helper()
	if x.code != 0 || len(x.results) != len(want) {
		t.Errorf("%q ended %d with %d results, not %d: %s%s", code, x.code, len(x.results), len(want), x.out, x.err)
		return
	}
	for i, r := range x.results {
		got := map[string]string{}
		for media, data := range r.Data {
			got[media] = string(data)
		}
		if !maps.Equal(got, want[i]) {
			t.Errorf("%q shows %q, not %q", code, got, want[i])
		}
	}
}

// raised checks that an execution failed by an exception, which is on standard
// error as it is in the data.
func (x ran) raised(t testing.TB, code, name, message string, lines ...string) {
	t.Helper()
	if x.code != 1 || x.exception == nil {
		t.Errorf("%q ended %d, with the exception %v: %s", code, x.code, x.exception, x.err)
		return
	}
	if x.exception.Name != name || !strings.HasPrefix(x.exception.Message, message) {
		t.Errorf("%q raised %s %q, not %s %q", code, x.exception.Name, x.exception.Message, name, message)
	}
	got := strings.Join(x.exception.Traceback, "\n")
	rest := got
	for _, want := range lines {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Errorf("%q: the traceback lacks %q:\n%s", code, want, got)
			break
		}
		rest = after
	}
	if len(x.err) < 8<<10 && strings.TrimRight(x.err, "\n") != got {
		t.Errorf("%q: standard error has\n%s\nwhere the data has\n%s", code, x.err, got)
	}
	if strings.Contains(x.err, "kernel") {
		t.Errorf("%q shows our own frames:\n%s", code, x.err)
	}
}

// interpreter returns a program's path; without it the test is skipped.
func interpreter(t testing.TB, name string) string {
	t.Helper()
	file, err := exec.LookPath(name)
	backendtest.Require(t, "container", err)
	return file
}

// speaks runs what every backend runs, on an agent that newly starts for it
// each time.
func speaks(t *testing.T, l backendtest.Language, start func(testing.TB) *host) {
	h := start(t)
	h.prints(l.Print, "hello\n")
	if x := h.cell(l.Streams); x.out != "a\nc\n" || x.err != "b\n" || x.code != 0 {
		t.Errorf("%q wrote %q, %q", l.Streams, x.out, x.err)
	}
	if x := h.cell(l.Exit3); x.code != 3 || x.exception != nil {
		t.Errorf("%q ended %d, %v", l.Exit3, x.code, x.exception)
	}
	if x := h.cell(l.Fail); l.Fail != "" && (x.code == 0 || x.exception == nil || x.exception.Name != l.Exception || !strings.Contains(x.exception.Message, "boom")) {
		t.Errorf("%q ended %d with %+v", l.Fail, x.code, x.exception)
	}
	if x := h.cell(l.Get); x.code == 0 {
		t.Errorf("%q found a variable: %s", l.Get, x.out)
	}
	h.prints(l.Set, "")
	h.prints(l.Get, "42\n")
	h.prints(l.Write, "")
	h.prints(l.Read, "content")
	if l.Value != "" {
		h.cell(l.Value).shows(t, l.Value, []map[string]string{{"text/plain": "42"}})
		h.exec(guest.Request{Code: l.Value}, nil).shows(t, l.Value, nil)
	}
	if x := h.cell(l.Show); l.Show != "" && (len(x.results) != 1 || !strings.Contains(string(x.results[0].Data["application/json"]), `"a"`)) {
		t.Errorf("%q shows %q: %s", l.Show, x.results, x.err)
	}
	if l.BadShow != "" {
		if x := h.cell(l.BadShow); x.code != 0 || len(x.results) != 0 || x.bad == 0 {
			t.Errorf("%q ended %d with %d results: %s", l.BadShow, x.code, len(x.results), x.err)
		}
	}
	args := []string{"one", "two words", "-x", "'quoted\"", "ünïcode", "$HOME `id` $(id)"}
	if x := h.exec(guest.Request{Code: l.Args, Args: args}, nil); x.out != strings.Join(args, "\n")+"\n" {
		t.Errorf("arguments are %q: %s", x.out, x.err)
	}
	for in, want := range map[string]string{"one\ntwo\n": "<one>\n", "again": "<again>\n", "": "<>\n", "\n": "<>\n"} {
		if x := h.exec(guest.Request{Code: l.Line}, strings.NewReader(in)); x.out != want || x.code != 0 {
			t.Errorf("%q is read as %q: %s", in, x.out, x.err)
		}
	}
	if x := h.cell(l.Line); x.out != "<>\n" {
		t.Errorf("without input %q is read", x.out)
	}
	never, ends := io.Pipe()
	defer ends.Close()
	if x := h.exec(guest.Request{Code: l.Ignore}, never); x.code != 0 {
		t.Errorf("%q ended %d: %s", l.Ignore, x.code, x.err)
	}
	if l.Random != "" {
		first, second := h.exec(guest.Request{Code: l.Random, Fresh: true}, nil), h.exec(guest.Request{Code: l.Random, Fresh: true}, nil)
		if first.out == second.out || first.code != 0 {
			t.Errorf("%q wrote %q, %q", l.Random, first.out, second.out)
		}
	}
	for _, code := range []string{"", "\x00", "\xff\xfe\xfd", strings.Repeat("(", 5000), strings.Repeat("\n", 100_000), "\u202e'"} {
		if _, err := h.try(guest.Request{Code: code, Show: true}, nil, nil); err != nil {
			t.Fatalf("%.20q: %v", code, err)
		}
	}
	h.prints(l.Get, "42\n")
	for range 1000 {
		h.prints(l.Print, "hello\n")
	}
	h.interrupt() // nothing runs
	for _, code := range []string{l.Spin, l.Sleep} {
		if x := h.interrupted(guest.Request{Code: l.Print + "\n" + code}); x.code != 130 {
			t.Errorf("%q that was interrupted ended %d: %s%s", code, x.code, x.out, x.err)
		}
		h.prints(l.Get, "42\n")
	}
	h.socket.Close()
	if err := h.process.Wait(); err != nil {
		t.Errorf("when its host went away the agent ended with %v", err)
	}
}

// deaf checks that a forged frame reaches nobody who believes it: it may end its
// execution, and no more.
func deaf(t *testing.T, h *host, forge func(fd int, frame string) string) {
	t.Helper()
	var fds []int
	entries, err := os.ReadDir("/proc/" + strconv.Itoa(h.process.Process.Pid) + "/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		fd, _ := strconv.Atoi(e.Name())
		to, _ := os.Readlink("/proc/" + strconv.Itoa(h.process.Process.Pid) + "/fd/" + e.Name())
		if strings.HasPrefix(to, "socket:") && fd > 2 {
			fds = append(fds, fd)
		}
	}
	if len(fds) != 1 || fds[0] < 10 {
		t.Fatalf("the agent's socket is at %v, not at one high number", fds)
	}
	// Where the socket was is nothing, and code may use the number.
	if x := h.cell(forge(3, "\x01\x00\x00\x00d7")); x.code == 7 {
		t.Errorf("a frame written to descriptor 3 was heard: %s", x.err)
	}
	for _, frame := range []string{"\xff\xff\xff\xffr", "\x00\x00\x00\x00z", "\x04\x00\x00\x00d9999", "GET / HTTP"} {
		if _, err := h.try(guest.Request{Code: forge(fds[0], frame)}, nil, nil); err != nil && !errors.Is(err, guest.ErrFrame) {
			t.Errorf("%q reads as %v, not as a frame that is none", frame, err)
		} else if err != nil {
			return // what follows cannot be understood: a host kills here
		}
	}
	t.Error("no frame that was none was seen")
}

// quiet checks that an execution with much output loses none of it.
func quiet(t *testing.T, h *host, code string, want int) {
	t.Helper()
	if x := h.cell(code); len(x.out) != want || x.code != 0 || !strings.HasSuffix(x.out, "end\n") {
		t.Errorf("%q wrote %d bytes that end in %q, not %d: %s", code, len(x.out), x.out[max(0, len(x.out)-9):], want, x.err)
	}
}

// benchmark measures one round trip of an execution that does next to nothing.
func benchmark(b *testing.B, h *host, code string) {
	r, err := guest.Request{Code: code, Show: true}.Encode()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := guest.WriteFrame(h.socket, guest.FrameExecute, r); err != nil {
			b.Fatal(err)
		}
		for {
			kind, _, err := guest.ReadFrame(h.socket)
			if err != nil {
				b.Fatal(err)
			}
			if kind == guest.FrameDone {
				break
			}
		}
	}
}

func contains(t *testing.T, what, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !bytes.Contains([]byte(got), []byte(w)) {
			t.Errorf("%s lacks %q:\n%s", what, w, got)
		}
	}
}

package container_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	process "os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/backendtest"
	"github.com/caisson-dev/caisson/internal/backend/container"
)

// python is a sandbox with room for attacks.
func python() caisson.Spec {
	l := backendtest.Python()
	l.Memory, l.Processes = 192<<20, 32
	return spec(l)
}

// create makes a sandbox that the end of the test closes.
func create(t testing.TB, b *container.Backend, s caisson.Spec) backend.Instance {
	t.Helper()
	in, err := b.Create(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return in
}

// try runs code and returns how it ended, and what it wrote to stdout.
func try(t testing.TB, in backend.Instance, code string, args ...string) (caisson.Outcome, string) {
	t.Helper()
	var out, errs bytes.Buffer
	o, err := in.Exec(t.Context(), backend.Cmd{Code: code, Args: args, Streams: caisson.Streams{Stdout: &out, Stderr: &errs}})
	if err != nil {
		t.Fatalf("Exec: %v", err)
	}
	if errs.Len() > 0 {
		t.Logf("stderr: %.2000s", errs.String())
	}
	return o, out.String()
}

// do runs code that must end well, and returns what it wrote to stdout.
func do(t testing.TB, in backend.Instance, code string, args ...string) string {
	t.Helper()
	o, out := try(t, in, code, args...)
	if o.Status != caisson.Exited || o.ExitCode != 0 {
		t.Fatalf("Exec = %q, exit %d, %q: %s", o.Status, o.ExitCode, o.Reason, out)
	}
	return out
}

// An arena is what attacks try to reach.
type arena struct {
	Secret   string `json:"secret"`  // a file that everybody may read
	Content  string `json:"content"` // of it, and of a variable of the environment
	Socket   string `json:"socket"`  // where somebody listens, by path,
	Abstract string `json:"abstract"`
	Port     int    `json:"port"` // and by TCP on the loopback interface
	PID      int    `json:"pid"`  // a process
	Host     string `json:"host"`
	Boot     string `json:"boot"`
	First    int    `json:"first"` // whom nobody may touch
	Apart    bool   `json:"apart"` // attacks work, and are to be kept off the host's mounts
}

func newArena(t *testing.T) arena {
	t.Helper()
	dir := t.TempDir()
	a := arena{Secret: filepath.Join(dir, "secret"), Content: "hunter2 of the host", Socket: filepath.Join(dir, "socket"),
		Abstract: dir, First: 1}
	for at := dir; at != "/"; at = filepath.Dir(at) {
		if err := os.Chmod(at, 0o755); err != nil && at == dir {
			t.Fatal(err)
		} else if at == os.TempDir() {
			break
		}
	}
	if err := os.WriteFile(a.Secret, []byte(a.Content), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CAISSON_TEST_SECRET", a.Content)
	// Open in this process, in every child that does not take care, and in whom
	// those start.
	fd, err := syscall.Open(a.Secret, syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	for network, at := range map[string]string{"unix": a.Socket, "unix abstract": "@" + a.Abstract, "tcp": "127.0.0.1:0"} {
		network, _, _ = strings.Cut(network, " ")
		l, err := net.Listen(network, at)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		if at, ok := l.Addr().(*net.TCPAddr); ok {
			a.Port = at.Port
		}
	}
	victim := process.Command("/bin/sleep", "100")
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { victim.Process.Kill(); victim.Wait() })
	a.PID = victim.Process.Pid
	a.Host, _ = os.Hostname()
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	a.Boot = string(boot)
	return a
}

func (a arena) text(t *testing.T) string {
	t.Helper()
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// went is how attacks went, by name: "won", or why not.
func went(t *testing.T, text string) (all map[string]string) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return all
}

// outside runs attacks as a process of the host's.
func outside(t *testing.T, a arena, code string) map[string]string {
	t.Helper()
	a.First, a.Apart = a.PID, true
	cmd := process.Command("/usr/bin/python3", "-c", code, a.text(t))
	cmd.Dir = t.TempDir()
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("attack the host: %v\n%s", err, errs.String())
	}
	return went(t, string(out))
}

// lacks says whether an attack failed because the kernel has not what it
// reaches for.
func lacks(how string) bool {
	for _, e := range []syscall.Errno{syscall.ENOSYS, syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT, syscall.ESOCKTNOSUPPORT, syscall.ENODEV} {
		if strings.HasPrefix(how, fmt.Sprintf("OSError [Errno %d]", int(e))) {
			return true
		}
	}
	return how == "nothing" || strings.HasPrefix(how, "ended by")
}

func TestAttacksFail(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the attacks have the system calls of amd64")
	}
	code, err := os.ReadFile("testdata/attacks.py")
	if err != nil {
		t.Fatal(err)
	}
	a := newArena(t)
	b := open(t)
	inside := went(t, do(t, create(t, b, python()), string(code), a.text(t)))
	works := map[string]string{}
	if os.Geteuid() == 0 {
		works = outside(t, a, string(code))
	}
	shown := 0
	for name, how := range inside {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			switch {
			case strings.HasPrefix(how, "won"):
				t.Errorf("it %s", how)
			case len(works) == 0:
				t.Skip("whether it works without walls only root can show")
			case strings.HasPrefix(works[name], "won"):
				shown++
			case strings.HasPrefix(name, "a socket of") || lacks(works[name]):
				t.Skipf("the kernel does not have it: %s", works[name])
			default:
				t.Errorf("outside it does not work either: %s", works[name])
			}
			t.Logf("inside: %s; outside: %s", how, works[name])
		})
	}
	if len(works) > 0 && shown < 90 {
		t.Errorf("only %d attacks work outside", shown)
	}
}

func TestNeighboursShareNothing(t *testing.T) {
	b := open(t)
	one, two := create(t, b, python()), create(t, b, python())
	do(t, one, shared+`
libc.shmget(4242, 4096, 0o1666) >= 0 or exit("no shared memory")
libc.msgget(4242, 0o1666) >= 0 or exit("no queue")
for folder in folders:
    open(folder + "/neighbour", "w").close()
if os.fork() == 0:
    listen = [socket.create_server(("127.0.0.1", 4242)), socket.socket(socket.AF_UNIX)]
    listen[1].bind("\0neighbour")
    listen[1].listen()
    open("listening", "w").close()
    time.sleep(100)
while not os.path.exists("listening"):
    time.sleep(.01)
socket.create_connection(("127.0.0.1", 4242))
`)
	got := do(t, two, shared+`
libc.shmget(4242, 4096, 0) >= 0 and print("shared memory")
libc.msgget(4242, 0) >= 0 and print("a queue")
for folder in folders:
    os.path.exists(folder + "/neighbour") and print("a file in", folder)
for family, at in ((socket.AF_INET, ("127.0.0.1", 4242)), (socket.AF_UNIX, "\0neighbour")):
    socket.socket(family).connect_ex(at) == 0 and print("a socket at", at)
print(*[pid for pid in os.listdir("/proc") if pid.isdigit()])
`)
	if got != "1 2\n" {
		t.Errorf("it shares with its neighbour: %s", got)
	}
	user := "print(open('/proc/self/uid_map').read().split()[1])"
	if a, b := do(t, one, user), do(t, two, user); os.Geteuid() == 0 && a == b {
		t.Errorf("both are user %s of the host", a)
	}
}

// shared is what code needs that looks for what is shared.
const shared = `
import ctypes, os, signal, socket, time
libc = ctypes.CDLL(None, use_errno=True)
folders = ("/dev/shm", "/tmp", "/workspace", "/home/user")
`

func TestNeighboursHaveQuotasOfTheirOwn(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give each sandbox a user of its own")
	}
	b := open(t)
	one, two := create(t, b, python()), create(t, b, python())
	// Processes that live on take all that the kernel gives one user.
	do(t, one, shared+takes+`
for f in (watch, timer, pipe):
    for i in range(6):
        r, w = os.pipe()
        if os.fork() == 0:
            os.setsid()
            while f(): pass
            os.write(w, b"x")
            time.sleep(100)
        os.close(w)
        os.read(r, 1)
        os.close(r)
`)
	for _, c := range []struct {
		in   backend.Instance
		want string
	}{{one, "False False False\n"}, {two, "True True True\n"}} {
		if got := do(t, c.in, shared+takes+"print(watch(), timer(), pipe())"); got != c.want {
			t.Errorf("it gets %q, want %q", got, c.want)
		}
	}
	fd, err := syscall.InotifyInit()
	if err != nil {
		t.Fatalf("the host itself: %v", err)
	}
	syscall.Close(fd)
}

// takes takes one piece of what the kernel counts by user.
const takes = `
import fcntl
kept = []
def watch():
    return libc.inotify_init() >= 0
def timer():
    return libc.timer_create(0, 0, ctypes.byref(ctypes.c_void_p())) == 0
def pipe():
    try:
        kept.append(os.pipe())
        return fcntl.fcntl(kept[-1][0], 1031, 1 << 20) >= 0 # F_SETPIPE_SZ
    except OSError:
        return False
`

func TestNobodyChangesWhatOthersRead(t *testing.T) {
	b := open(t)
	one, two := create(t, b, python()), create(t, b, python())
	digest := `
import glob, hashlib
library = glob.glob("/usr/lib/*/libc.so.6")[0]
print(library, hashlib.sha256(open(library, "rb").read()).hexdigest())
`
	before := do(t, two, digest)
	library, _, _ := strings.Cut(before, " ")
	got := do(t, one, `
import ctypes, mmap, os, sys
library = sys.argv[1]
fd = os.open(library, os.O_RDONLY)
libc = ctypes.CDLL(None, use_errno=True)
pipe = os.pipe()

def spliced():
    os.splice(fd, pipe[1], 1, offset_src=4096) # a page of the file is in the pipe now
    os.write(pipe[1], b"changed")

def private():
    m = mmap.mmap(fd, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)
    m[:7] = b"changed"

def memory():
    for line in open("/proc/self/maps"):
        if library in line:
            with open("/proc/self/mem", "r+b", 0) as m:
                m.seek(int(line.split("-")[0], 16))
                m.write(b"changed")

def protected():
    m = mmap.mmap(fd, 4096, mmap.MAP_SHARED, mmap.PROT_READ)
    at = ctypes.c_void_p()
    for line in open("/proc/self/maps"):
        if library in line and "r--s" in line:
            at = ctypes.c_void_p(int(line.split("-")[0], 16))
    if libc.mprotect(at, 4096, 3) == 0:
        return "it can be written"

for f in (
    spliced, private, memory, protected,
    lambda: os.truncate(library, 0),
    lambda: os.copy_file_range(os.open("/etc/passwd", os.O_RDONLY), fd, 7),
    lambda: os.posix_fallocate(fd, 0, 1),
    lambda: os.open(f"/proc/self/fd/{fd}", os.O_RDWR),
    lambda: os.chmod(library, 0o777),
    lambda: os.link(library, "library"),
    lambda: os.rename(library, "library"),
    lambda: os.remove(library),
    lambda: os.setxattr(library, "user.x", b"x"),
    lambda: os.utime(library),
):
    try:
        won = f()
        won and print(f, won)
    except OSError:
        pass
`, library)
	if got != "" {
		t.Errorf("it could: %s", got)
	}
	if after := do(t, two, digest); after != before {
		t.Errorf("its neighbour reads %q, and before %q", after, before)
	}
}

// flips replaces, as fast as it can, what the host works with by links out,
// pipes and folders. It begins when it says so.
const flips = `
import os, sys
if os.fork() == 0:
    os.setsid()
    to = sys.argv[1]
    folder = os.path.dirname(to)
    os.makedirs("there", exist_ok=True)
    import time
    end = time.monotonic() + 2
    def put(name, make):
        make("new")
        try:
            os.rename("new", name)
        except OSError:
            os.remove("new")
    def make_folder(name):
        put(name, lambda new: os.symlink("there", new)) # where a folder was, a link cannot be, and the reverse
        os.remove(name)
        os.mkdir(name)
        os.rmdir(name)
    while time.monotonic() < end:
        for change in (
            lambda: put("f", lambda new: os.symlink(to, new)),
            lambda: put("f", lambda new: os.symlink("../" * 20 + to, new)),
            lambda: put("f", lambda new: os.symlink("/proc/self/root" + to, new)),
            lambda: put("f", os.mkfifo),
            lambda: put("f", lambda new: os.link("there/file", new)),
            lambda: put("d", lambda new: os.symlink(folder, new)),
            lambda: make_folder("d"),
            lambda: put("d", lambda new: os.symlink("..", new)),
            lambda: open("there/file", "w").close(),
        ):
            try:
                change()
            except OSError:
                pass
    os._exit(0)
`

func TestLinksThatFlipLeadNowhere(t *testing.T) {
	a := newArena(t)
	in := create(t, open(t), python())
	files, _ := backend.As[backend.Filer](in)
	do(t, in, flips, a.Secret)
	before, err := os.ReadDir(filepath.Dir(a.Secret))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	note := func(what string, err error) {
		if e, ok := errors.AsType[*caisson.Error](err); ok || err == nil {
			if err == nil {
				e = &caisson.Error{Code: "done"}
			}
			seen[what+" "+string(e.Code)]++
		} else {
			t.Errorf("%s: %v", what, err)
		}
	}
	for began := time.Now(); time.Since(began) < 700*time.Millisecond; {
		for _, name := range []string{"f", "d/secret", "d/f", "there/file"} {
			data, err := files.ReadFile(t.Context(), name, 1<<10)
			if note("read", err); strings.Contains(string(data), a.Content) {
				t.Fatalf("ReadFile(%s) read the host's file", name)
			}
			note("write", files.WriteFile(t.Context(), name, []byte("written")))
		}
		for _, folder := range []string{"/workspace", "d"} {
			list, err := files.List(t.Context(), folder)
			note("list", err)
			for _, f := range list {
				if strings.Contains(f.Name, "secret") && f.Size == int64(len(a.Content)) {
					t.Fatalf("List(%s) told of the host's file %+v", folder, f)
				}
			}
		}
	}
	t.Log(seen)
	if seen["read done"] == 0 || seen["write done"] == 0 || seen["list done"] == 0 || len(seen) < 5 {
		t.Errorf("nothing was there to race for: %v", seen)
	}
	after, err := os.ReadDir(filepath.Dir(a.Secret))
	if err != nil || len(after) != len(before) {
		t.Errorf("the host's folder has %v, %v; before %v", after, err, before)
	}
	if text, err := os.ReadFile(a.Secret); err != nil || string(text) != a.Content {
		t.Errorf("the host's file has %q, %v", text, err)
	}
}

// forges has what it takes to speak as the agent.
const forges = `
import os, socket, stat, struct, time
fd = next(f for f in range(1023, 2, -1) if os.path.exists(f"/proc/self/fd/{f}") and stat.S_ISSOCK(os.fstat(f).st_mode))
def frame(kind, payload=b""):
    os.write(fd, struct.pack("<I", len(payload)) + kind + payload)
`

func TestForgedFramesHarmNobody(t *testing.T) {
	b := open(t)
	neighbour := create(t, b, python())
	for _, c := range []struct {
		name, code string
		want       caisson.Status
	}{
		{"the longest result", "os.write(fd, b'\\xff' * 4 + b'r'); time.sleep(99)", caisson.Signaled},
		{"an unknown kind", "frame(b'z'); time.sleep(99)", caisson.Signaled},
		{"ready again", "frame(b'k'); time.sleep(99)", caisson.Signaled},
		{"a request", "frame(b'x', b'{}'); time.sleep(99)", caisson.Signaled},
		{"an end that is none", "frame(b'd', b'999'); time.sleep(99)", caisson.Signaled},
		{"half a frame", "os.write(fd, b'\\1\\0'); time.sleep(99)", caisson.TimedOut},
		{"half a result", "os.write(fd, struct.pack('<I', 1 << 20) + b'r{'); time.sleep(99)", caisson.TimedOut},
		{"no connection", "os.close(fd); time.sleep(99)", caisson.Signaled},
		{"a connection that says no more", "socket.socket(fileno=os.dup(fd)).shutdown(2); time.sleep(99)", caisson.Signaled},
		{"an early end", "frame(b'd', b'0'); time.sleep(9)", caisson.Exited},
		{"a flood of results", "while True: frame(b'r', b'{\"data\": {\"text/plain\": \"\"}}')", caisson.OutputLimit},
		{"a flood of nothing", "while True: frame(b'r')", caisson.OutputLimit},
		{"a flood of exceptions", "while True: frame(b'e')", caisson.OutputLimit},
		{"a stubborn flood", "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: os.write(fd, (bytes(4) + b'e') * 4096)", caisson.OutputLimit},
		{"files", "s = socket.socket(fileno=os.dup(fd))\nwhile True:\n    try: socket.send_fds(s, [bytes(4) + b'r'], [0] * 200)\n    except OSError: pass", caisson.OutputLimit},
		{"a program in its place", "os.set_inheritable(fd, True)\nos.execv('/usr/bin/python3', ['python3', '-c', f'import os, time; os.write({fd}, bytes(9)); time.sleep(99)'])", caisson.Signaled},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			t.Parallel() // most of it is waiting
			s := python()
			wall := &s.Posture.Limits.Wall
			if *wall = 30 * time.Second; c.want == caisson.TimedOut || c.want == caisson.Exited {
				*wall = time.Second
			}
			in := create(t, b, s)
			o, _ := try(t, in, forges+c.code)
			if o.Status != c.want || o.Status == caisson.OutputLimit && o.Usage.Wall >= *wall {
				t.Errorf("it ended %q, %q, after %v; want %q, and not by its wall limit", o.Status, o.Reason, o.Usage.Wall, c.want)
			}
			// What it made of itself is its own; that it ends is ours.
			if _, err := in.Exec(t.Context(), backend.Cmd{Code: "print('hello')"}); err != nil && !errors.Is(err, backend.ErrEnded) {
				t.Errorf("the next Exec: %v", err)
			}
			if got := do(t, neighbour, "print('hello')"); got != "hello\n" {
				t.Errorf("its neighbour says %q", got)
			}
		})
	}
}

func TestRefusedCallsAreNamed(t *testing.T) {
	in := create(t, open(t), python())
	o, got := try(t, in, `
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for call in (165, 321, 250, 425, 101, 165): # mount, bpf, keyctl, io_uring_setup, ptrace, mount
    libc.syscall(call, 0, 0, 0, 0, 0)
    print(ctypes.get_errno())
libc.socket(16, 3, 0)
`)
	want := []string{"mount", "bpf", "keyctl", "io_uring_setup", "ptrace", "socket"}
	if !slices.Equal(o.Refused, want) || got != strings.Repeat("1\n", 6) {
		t.Errorf("refused %v, errors %q; want %v", o.Refused, got, want)
	}
	o, _ = try(t, in, "import ctypes\nfor n in range(1000, 1500): ctypes.CDLL(None).syscall(n)")
	if o.Status != caisson.Exited || len(o.Refused) != 64 || o.Refused[0] != "call 1000" {
		t.Errorf("after a flood %d calls were refused: %v", len(o.Refused), o.Refused)
	}
	if o, _ := try(t, in, "pass"); len(o.Refused) != 0 {
		t.Errorf("code that makes no such call has %v", o.Refused)
	}
}

func TestSignalsReachNobodyElse(t *testing.T) {
	b := open(t)
	one, two := create(t, b, python()), create(t, b, python())
	o, _ := try(t, one, "import os, signal, time\nif os.fork() == 0:\n    os.setsid(); os.kill(-1, signal.SIGKILL)\ntime.sleep(99)")
	if o.Status != caisson.Signaled {
		t.Errorf("who kills all that it sees ends %q, %q", o.Status, o.Reason)
	}
	if got := do(t, two, "print('hello')"); got != "hello\n" {
		t.Errorf("its neighbour says %q", got)
	}
	do(t, create(t, b, python()), "print('hello')")
}

package container_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	process "os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/backendtest"
	"github.com/caisson-dev/caisson/internal/backend/container"
)

// An abuse takes more than there is for it.
type abuse struct {
	name, code string
	want       caisson.Status
	change     func(*caisson.Limits)
}

func disk(l *caisson.Limits)  { l.Disk, l.Memory = 1<<30, 64<<20 }
func small(l *caisson.Limits) { l.Memory = 64 << 20 }
func brief(l *caisson.Limits) { l.Wall = 700 * time.Millisecond }
func files(l *caisson.Limits) { l.OpenFiles, l.Memory = 1<<14, 64<<20 }

// abuses end at a limit within a second or two of processor time.
var abuses = []abuse{
	{"a fork bomb", "import os\nwhile True: os.fork()", caisson.ProcessLimit, nil},
	{"a fork bomb that goes on", "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", caisson.TimedOut, brief},
	{"a bomb of orphans", "import os\nwhile True:\n    try: os.fork() or os._exit(0)\n    except OSError: pass", caisson.TimedOut, brief},
	{"a thread bomb", "import threading\nthreading.stack_size(1 << 18)\nwhile True: threading.Thread(target=threading.Event().wait, daemon=True).start()", caisson.ProcessLimit, nil},
	{"zombies", "import os\nwhile True:\n    if os.fork() == 0: os._exit(0)", caisson.ProcessLimit, nil},
	{"memory", "a = []\nwhile True: a.append(bytearray(1 << 20))", caisson.OutOfMemory, nil},
	{"shared memory", "import mmap\nm = mmap.mmap(-1, 1 << 28)\nwhile True: m.write(bytes(1 << 20))", caisson.OutOfMemory, nil},
	{"memory of children", "import os\nfor i in range(4):\n    if os.fork() == 0:\n        a = []\n        while True: a.append(bytearray(1 << 20))\n" +
		"for i in range(4): s = os.wait()\nexit(1)", caisson.OutOfMemory, nil},
	{"memory in files", "f = open('big', 'wb')\nwhile True: f.write(bytes(1 << 20))", caisson.OutOfMemory, disk},
	{"memory in unnamed files", "import os\nf = os.memfd_create('big')\nwhile True: os.write(f, bytes(1 << 20))", caisson.OutOfMemory, small},
	{"memory in pipes", "import fcntl, os\na = []\nwhile True:\n    a.append(os.pipe())\n    os.set_blocking(a[-1][1], False)\n" +
		"    try:\n        while True: os.write(a[-1][1], bytes(1 << 16))\n    except BlockingIOError: pass", caisson.OutOfMemory, files},
	{"memory in sockets", "import socket\na = []\nwhile True:\n    a.append(socket.socketpair())\n    a[-1][0].setblocking(False)\n" +
		"    try:\n        while True: a[-1][0].send(bytes(1 << 16))\n    except BlockingIOError: pass", caisson.OutOfMemory, files},
	{"memory in System V", "import ctypes\nc = ctypes.CDLL(None)\nc.shmat.restype = ctypes.c_void_p\nwhile True:\n    at = c.shmat(c.shmget(0, 1 << 24, 0o1600), None, 0)\n    ctypes.memset(ctypes.c_void_p(at), 1, 1 << 24)", caisson.OutOfMemory, nil},
	{"a file", "f = open('big', 'wb')\nwhile True: f.write(bytes(1 << 16)); f.flush()", caisson.DiskLimit, nil},
	{"files everywhere", "import os\nfor d in ('/tmp', '/workspace', '/dev/shm', os.path.expanduser('~')):\n    try:\n        with open(d + '/big', 'wb') as f:\n" +
		"            while True: f.write(bytes(1 << 16)); f.flush()\n    except OSError: pass\nexit(1)", caisson.DiskLimit, nil},
	{"inodes", "i = 0\nwhile True: open(f'n{i}', 'w').close(); i += 1", caisson.DiskLimit, nil},
	{"links", "import os\ni = 0\nwhile True: os.symlink('/' * 4000, f'n{i}'); i += 1", caisson.DiskLimit, nil},
	{"folders", "import os\ntry:\n    while True: os.mkdir('d' * 200); os.chdir('d' * 200)\nfinally: os.chdir('/')", caisson.DiskLimit, nil},
	{"attributes", "import os\nopen('f', 'w').close()\ni = 0\nwhile True: os.setxattr('f', f'user.{i}', bytes(60000)); i += 1", caisson.Exited, nil},
	{"a huge file with nothing in it", "import os\nwith open('f', 'wb') as f: os.truncate('f', 1 << 60)", caisson.Exited, nil},
	{"two gigabytes of output", "import os\nb = bytes(1 << 20)\nfor i in range(1 << 11): os.write(1, b)", caisson.OutputLimit, nil},
	{"output of many", "import os\nfor i in range(8):\n    if os.fork() == 0:\n        while True: os.write(2, bytes(1 << 16))\nos.wait()", caisson.OutputLimit, nil},
	{"all processors", "import os\nfor i in range(15):\n    if os.fork() == 0: break\nwhile True: pass", caisson.TimedOut, brief},
	{"processor time", "import os\nfor i in range(4):\n    if os.fork() == 0: break\nwhile True: pass", caisson.TimedOut, func(l *caisson.Limits) { l.CPU = 300 * time.Millisecond }},
	{"descriptors", "import os\na = []\nwhile True: a.append(os.dup(0))", caisson.Exited, nil},
	{"system calls", "import os\nfor i in range(15):\n    if os.fork() == 0: break\nwhile True: os.stat('/')", caisson.TimedOut, brief},
	{"calls that are refused", "import ctypes\nwhile True: ctypes.CDLL(None).syscall(321)", caisson.TimedOut, brief},
	{"daemons that hold all", daemons, caisson.Exited, nil},
	{"signals", "import os, signal\nsignal.signal(signal.SIGINT, lambda *args: None)\np = os.getpid()\nif os.fork() == 0:\n    while True: os.kill(p, signal.SIGINT)\nwhile True: pass", caisson.TimedOut, brief},
	{"stopped", "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", caisson.TimedOut, brief},
}

// daemons live on in sessions of their own, hold the output and hear nothing.
const daemons = `
import os, signal, time
for i in range(4):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for s in range(1, 32):
                try: signal.signal(s, signal.SIG_IGN)
                except OSError: pass
            signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
            while True: os.write(1, b"still here\n"); time.sleep(.01)
        os._exit(0)
for i in range(4): os.wait()
`

// userOf returns who a sandbox's processes are to the host.
func userOf(t testing.TB, in backend.Instance) string {
	t.Helper()
	return strings.TrimSpace(do(t, in, "print(open('/proc/self/uid_map').read().split()[1])"))
}

// processesOf returns the processes that a user has.
func processesOf(user string) (pids []string) {
	all, _ := filepath.Glob("/proc/[0-9]*/status")
	for _, name := range all {
		text, err := os.ReadFile(name)
		if err == nil && strings.Contains(string(text), "\nUid:\t"+user+"\t") {
			pids = append(pids, filepath.Base(filepath.Dir(name)))
		}
	}
	return pids
}

// gone fails the test when a user's processes do not end by themselves: the
// first one of a sandbox is not waited for at once.
func gone(t *testing.T, user string) {
	t.Helper()
	for wait := time.Millisecond; len(processesOf(user)) > 0; wait *= 2 {
		if wait > 3*time.Second {
			t.Errorf("processes %v live on", processesOf(user))
			return
		}
		time.Sleep(wait)
	}
}

// groupsOf returns the control groups of the sandboxes of a process.
func groupsOf(pid int) (dirs []string) {
	for _, depth := range []string{"", "*/", "*/*/", "*/*/*/"} {
		found, _ := filepath.Glob(fmt.Sprintf("/sys/fs/cgroup/%scaisson-%d-*/*/cgroup.procs", depth, pid))
		dirs = append(dirs, found...)
	}
	return dirs
}

func TestAbuseEndsAndNothingIsLeft(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds of processor time")
	}
	b := open(t)
	neighbour := create(t, b, python())
	user := userOf(t, neighbour)
	groups := len(groupsOf(os.Getpid()))
	for _, a := range abuses {
		t.Run(strings.ReplaceAll(a.name, " ", "_"), func(t *testing.T) {
			residue := backendtest.Residue(t)
			s := python()
			s.Posture.Limits.Wall = 30 * time.Second
			if a.change != nil {
				a.change(&s.Posture.Limits)
			}
			in, err := b.Create(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			own := userOf(t, in)
			o, _ := try(t, in, a.code)
			if o.Status != a.want {
				t.Errorf("it ended %q, exit %d, %q after %v; want %q", o.Status, o.ExitCode, o.Reason, o.Usage.Wall, a.want)
			}
			if l := s.Posture.Limits; o.Usage.PeakMemory > l.Memory || o.Usage.Disk > l.Disk || o.Usage.Output > l.Output {
				t.Errorf("it used %+v, which is more than it had", o.Usage)
			}
			if got := do(t, neighbour, "print('hello')"); got != "hello\n" {
				t.Errorf("its neighbour says %q", got)
			}
			if f, ok := backend.As[backend.Filer](in); ok {
				// Whatever is there, the host has soon looked at it.
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				f.List(ctx, "/workspace")
				f.ReadFile(ctx, "f", 1<<10)
				if ctx.Err() != nil {
					t.Error("its files hold up the host")
				}
				cancel()
			}
			if err := in.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			if own != user {
				gone(t, own)
			}
			if left := groupsOf(os.Getpid()); len(left) > groups {
				t.Errorf("control groups are left: %v", left)
			}
			residue()
		})
	}
}

func TestSessionsSurviveAChildsEndAtTheMemoryLimit(t *testing.T) {
	in := create(t, open(t), python())
	// Memory that is shared is no process's own, so that only the group's limit
	// ends it: one process, the largest, in version 1; all in version 2.
	const hog = "import mmap, os\nif os.fork() == 0:\n    m = mmap.mmap(-1, 1 << 28)\n    while True: m.write(bytes(1 << 20))\n_, status = os.wait()\n"
	for _, c := range []struct {
		code string
		want caisson.Status
	}{
		{hog + "exit(status)", caisson.OutOfMemory}, // 9
		{hog, caisson.Exited},
		{hog + "exit(1)", caisson.OutOfMemory},
	} {
		out, err := in.Exec(t.Context(), backend.Cmd{Code: c.code})
		if err != nil {
			t.Fatal(err)
		}
		if ended := out.Status == caisson.OutOfMemory && out.Reason == "memory limit"; out.Status != c.want && !ended {
			t.Errorf("Exec = %q, exit %d, %q; want %q", out.Status, out.ExitCode, out.Reason, c.want)
		}
		if _, err := in.Exec(t.Context(), backend.Cmd{Code: "pass"}); errors.Is(err, backend.ErrEnded) {
			return // the kernel ended all of it
		}
		if o, got := try(t, in, "print('hello')"); got != "hello\n" || o.Usage.PeakMemory > 100<<20 {
			t.Errorf("afterwards it says %q: %+v", got, o)
		}
	}
	// What was killed for an execution is not counted against the next.
	if o, _ := try(t, in, "exit(1)"); o.Status != caisson.Exited || o.ExitCode != 1 {
		t.Errorf("code that fails by itself ends %q, %q", o.Status, o.Reason)
	}
}

func TestWhoBurnsGoesLast(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds of processor time")
	}
	b := open(t)
	in := create(t, b, python())
	rank := func() (all []string) {
		t.Helper()
		for _, procs := range groupsOf(os.Getpid()) {
			idle, err := os.ReadFile(filepath.Join(filepath.Dir(procs), "cpu.idle"))
			if err == nil {
				all = append(all, strings.TrimSpace(string(idle)))
			}
		}
		return all
	}
	if len(rank()) != 1 {
		t.Skip("the kernel has no such rank")
	}
	spin := "import time\nend = time.process_time() + %v\nwhile time.process_time() < end: pass"
	for _, c := range []struct {
		code, want string
	}{
		{fmt.Sprintf(spin, .1), "0"}, {fmt.Sprintf(spin, 1.02), "1"}, {"pass", "0"},
		// From then on, what it leaves behind, too.
		{"import os\nif os.fork() == 0:\n    while True: pass\n" + fmt.Sprintf(spin, .55), "1"},
	} {
		do(t, in, c.code)
		if got := rank(); got[0] != c.want {
			t.Errorf("after %q the group's cpu.idle is %v, want %s", c.code, got, c.want)
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	// Who is interrupted has its turn again, to end by itself.
	s := python()
	s.Posture.Limits.CPU = 1020 * time.Millisecond
	other := create(t, b, s)
	if o, _ := try(t, other, "while True: pass"); o.Status != caisson.TimedOut {
		t.Errorf("it ended %q", o.Status)
	}
	if got := rank(); !slices.Equal(got, []string{"0"}) {
		t.Errorf("after its limit, cpu.idle of all is %v", got)
	}
	if got := do(t, other, "print('hello')"); got != "hello\n" {
		t.Errorf("afterwards it says %q", got)
	}
}

// hostVariable says to a test program that it is a host which is killed.
const hostVariable = "CAISSON_TEST_HOST"

func TestNothingIsLeftOfAHostThatWasKilled(t *testing.T) {
	if os.Getenv(hostVariable) != "" {
		in := create(t, open(t), python())
		user := userOf(t, in)
		do(t, in, daemons)
		fmt.Println("user", user)
		try(t, in, "while True: pass")
		return
	}
	create(t, open(t), python()) // so that the host can
	cmd := process.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), hostVariable+"=1", "TMPDIR="+t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var user string
	for lines := bufio.NewScanner(out); user == "" && lines.Scan(); {
		user, _ = strings.CutPrefix(lines.Text(), "user ")
		if _, err := strconv.Atoi(user); err != nil {
			user = ""
		}
	}
	if user == "" {
		t.Fatal("the host did not begin")
	}
	if alive := len(processesOf(user)); os.Geteuid() == 0 && alive < 6 {
		t.Errorf("its sandbox has %d processes", alive)
	}
	cmd.Process.Kill()
	cmd.Wait()
	container.Sweep()
	if left := groupsOf(cmd.Process.Pid); len(left) > 0 {
		t.Errorf("control groups are left: %v", left)
	}
	if os.Geteuid() == 0 {
		gone(t, user)
	}
}

// BenchmarkNeighbour is a cell of a sandbox beside one that takes all that it
// can; the metrics are of single cells. Quiet comes first and last, to tell
// what the machine itself does.
func BenchmarkNeighbour(b *testing.B) {
	be := open(b)
	in := create(b, be, python())
	const forks = "import os\nfor i in range(20):\n    if os.fork() == 0: break\n"
	for _, c := range []struct{ name, code string }{
		{"quiet", ""},
		{"spin", "while True: pass"},
		{"spin-20", forks + "while True: pass"},
		{"forks", "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"},
		{"orphans", "import os\nwhile True:\n    try: os.fork() or os._exit(0)\n    except OSError: pass"},
		{"memory", "while True: bytearray(100 << 20)"},
		{"files", "import os\nwhile True:\n    with open('f', 'wb') as f: f.write(bytes(8 << 20))"},
		{"output", "import os\nwhile True: os.write(1, bytes(1 << 16))"},
		{"calls", forks + "while True: os.stat('/')"},
		{"refused", "import ctypes\nc = ctypes.CDLL(None)\nwhile True: c.syscall(321)"},
		{"quiet-again", ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := python()
			s.Posture.Limits.Output = 1 << 50
			abuser := create(b, be, s)
			var done chan struct{}
			if c.code != "" {
				done = make(chan struct{})
				go func() { defer close(done); abuser.Exec(b.Context(), backend.Cmd{Code: c.code}) }()
				time.Sleep(2 * time.Second) // until it goes last
			}
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				do(b, in, "x = 1")
				took = append(took, time.Since(began))
				time.Sleep(time.Millisecond)
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
			abuser.Kill()
			if done != nil {
				<-done
			}
		})
	}
}

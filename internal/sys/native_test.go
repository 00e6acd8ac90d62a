package sys

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestListsOfSystemCalls(t *testing.T) {
	for arch, want := range map[string]struct {
		calls   int
		numbers map[string]int
	}{
		"amd64": {370, map[string]int{"read": 0, "open": 2, "execve": 59, "ptrace": 101, "openat": 257, "clone3": 435}},
		"arm64": {310, map[string]int{"read": 63, "openat": 56, "execve": 221, "ptrace": 117, "clone": 220, "clone3": 435}},
	} {
		all, err := systemCalls(arch)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) < want.calls {
			t.Errorf("%s has %d system calls, want %d", arch, len(all), want.calls)
		}
		names, numbers := map[string]int{}, map[int]string{}
		for _, c := range all {
			if other, ok := numbers[c.number]; ok || names[c.name] != 0 {
				t.Errorf("%s: %s and %s are one", arch, c.name, other)
			}
			names[c.name], numbers[c.number] = c.number, c.name
			if conditional := len(nativeConditions()[c.name]) > 0; conditional != (c.verdict == "?") || !strings.Contains("+?-", c.verdict) {
				t.Errorf("%s: %s is marked %s, conditions %v", arch, c.name, c.verdict, conditional)
			}
		}
		for name, number := range want.numbers {
			if names[name] != number {
				t.Errorf("%s: %s is %d, want %d", arch, name, names[name], number)
			}
		}
		if f, err := native(arch); err != nil || len(f.program(1, answerRefuse)) > 4096 {
			t.Errorf("native(%s): %v, or the kernel takes no filter that long", arch, err)
		}
	}
	if _, err := native("riscv64"); !errors.Is(err, ErrMissing) {
		t.Errorf("native of another architecture: %v, want %v", err, ErrMissing)
	}
}

// A nicety is a call with arguments that the filter looks at.
type nicety struct {
	name string
	ok   bool
	call int
	args [6]uint64
}

func niceties() []nicety {
	const inet, inet6, local = unix.AF_INET, unix.AF_INET6, unix.AF_UNIX
	all := []nicety{
		{"fork", true, unix.SYS_CLONE, [6]uint64{uint64(unix.SIGCHLD)}},
		{"a thread", true, unix.SYS_CLONE, [6]uint64{unix.CLONE_VM | unix.CLONE_THREAD | unix.CLONE_SIGHAND | unix.CLONE_SETTLS}},
		{"TCP", true, unix.SYS_SOCKET, [6]uint64{inet, unix.SOCK_STREAM | unix.SOCK_CLOEXEC, unix.IPPROTO_TCP}},
		{"TCP by default", true, unix.SYS_SOCKET, [6]uint64{inet6, unix.SOCK_STREAM | unix.SOCK_NONBLOCK, 0}},
		{"UDP", true, unix.SYS_SOCKET, [6]uint64{inet6, unix.SOCK_DGRAM, unix.IPPROTO_UDP}},
		{"a local socket", true, unix.SYS_SOCKET, [6]uint64{local, unix.SOCK_STREAM, 0}},
		{"a pair", true, unix.SYS_SOCKETPAIR, [6]uint64{local, unix.SOCK_STREAM, 0, 0}},
		{"the size of a terminal", true, unix.SYS_IOCTL, [6]uint64{0, unix.TIOCGWINSZ, 0}},
		{"which persona", true, unix.SYS_PERSONALITY, [6]uint64{1<<32 - 1}},
		{"a limit of its own", true, unix.SYS_PRLIMIT64, [6]uint64{0, unix.RLIMIT_CORE, 0, 0}},
		{"a name", true, unix.SYS_PRCTL, [6]uint64{unix.PR_SET_NAME, 0}},

		{"a raw socket", false, unix.SYS_SOCKET, [6]uint64{inet, unix.SOCK_RAW, unix.IPPROTO_ICMP}},
		{"a raw local socket", false, unix.SYS_SOCKET, [6]uint64{local, unix.SOCK_RAW, 0}},
		{"SCTP", false, unix.SYS_SOCKET, [6]uint64{inet, unix.SOCK_STREAM, unix.IPPROTO_SCTP}},
		{"ping", false, unix.SYS_SOCKET, [6]uint64{inet, unix.SOCK_DGRAM, unix.IPPROTO_ICMP}},
		{"netlink", false, unix.SYS_SOCKET, [6]uint64{unix.AF_NETLINK, unix.SOCK_DGRAM, 0}},
		{"a socket to the hypervisor", false, unix.SYS_SOCKET, [6]uint64{unix.AF_VSOCK, unix.SOCK_STREAM, 0}},
		{"a crypto socket", false, unix.SYS_SOCKET, [6]uint64{unix.AF_ALG, unix.SOCK_SEQPACKET, 0}},
		{"a packet socket", false, unix.SYS_SOCKET, [6]uint64{unix.AF_PACKET, unix.SOCK_DGRAM, 0}},
		{"a pair of the net", false, unix.SYS_SOCKETPAIR, [6]uint64{inet, unix.SOCK_STREAM, 0, 0}},
		{"typing for another", false, unix.SYS_IOCTL, [6]uint64{0, unix.TIOCSTI, 0}},
		{"typing for another, disguised", false, unix.SYS_IOCTL, [6]uint64{0, 0x5a<<32 | unix.TIOCSTI, 0}},
		{"the console's menu", false, unix.SYS_IOCTL, [6]uint64{0, unix.TIOCLINUX, 0}},
		{"a line discipline", false, unix.SYS_IOCTL, [6]uint64{0, unix.TIOCSETD, 0}},
		{"fixed addresses", false, unix.SYS_PERSONALITY, [6]uint64{0x40000}},
		{"another's limit", false, unix.SYS_PRLIMIT64, [6]uint64{1, unix.RLIMIT_NOFILE, 0, 0}},
		{"another's limit, disguised", false, unix.SYS_PRLIMIT64, [6]uint64{7<<32 | 1, unix.RLIMIT_NOFILE, 0, 0}},
		{"a filter by prctl", false, unix.SYS_PRCTL, [6]uint64{unix.PR_SET_SECCOMP, 1}},
		{"a core of its own", false, unix.SYS_PRCTL, [6]uint64{unix.PR_SCHED_CORE, unix.PR_SCHED_CORE_CREATE}},
	}
	for name, flag := range map[string]uint64{
		"mounts": unix.CLONE_NEWNS, "cgroups": unix.CLONE_NEWCGROUP, "host names": unix.CLONE_NEWUTS, "IPC": unix.CLONE_NEWIPC,
		"users": unix.CLONE_NEWUSER, "processes": unix.CLONE_NEWPID, "networks": unix.CLONE_NEWNET,
	} {
		all = append(all, nicety{"a namespace of " + name, false, unix.SYS_CLONE, [6]uint64{flag | uint64(unix.SIGCHLD)}})
	}
	return all
}

func TestNativeFilterAnswersEveryCall(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		f, err := native(arch)
		if err != nil {
			t.Fatal(err)
		}
		p := f.program(1, answerRefuse)
		calls, err := systemCalls(arch)
		if err != nil {
			t.Fatal(err)
		}
		permitted := map[uint32]bool{}
		for _, c := range calls {
			permitted[uint32(c.number)] = c.verdict == "+"
			if c.verdict == "?" {
				delete(permitted, uint32(c.number))
			}
		}
		for call := range uint32(1000) {
			want, known := uint32(answerRefuse), false
			if yes, ok := permitted[call]; ok {
				known = true
				if yes {
					want = answerAllow
				}
			}
			if call == unix.SYS_CLONE3 {
				want = answerMissing
			}
			got, err := interpret(p, 1, call, [6]uint64{})
			if err != nil || got != want && (known || call > 500) {
				t.Errorf("%s: call %d = %#x, %v; want %#x", arch, call, got, err, want)
			}
		}
	}
}

func TestNativeFilterLooksAtArguments(t *testing.T) {
	f, err := Native()
	if err != nil {
		t.Fatal(err)
	}
	p := f.program(1, answerNotify)
	for _, c := range niceties() {
		got, err := interpret(p, 1, uint32(c.call), c.args)
		want := uint32(answerNotify)
		if c.ok {
			want = answerAllow
		}
		if err != nil || got != want {
			t.Errorf("%s: %#x, %v; want %#x", c.name, got, err, want)
		}
	}
}

// filtered says whether the kernel asks filters about a call.
func filtered(name string) bool { return name != "uprobe" && name != "uretprobe" }

// refused is the life of a program that makes every call of the list that is
// refused, and tells what each returned.
func refused() {
	all, err := systemCalls(runtime.GOARCH)
	if err != nil {
		panic(err)
	}
	got := map[string]int{}
	for _, c := range all {
		if c.verdict == "-" && filtered(c.name) {
			got[c.name] = errnoOf(raw(uintptr(c.number)))
		}
	}
	for _, c := range niceties() {
		if !c.ok {
			got[c.name] = errnoOf(raw(uintptr(c.call), uintptr(c.args[0]), uintptr(c.args[1]), uintptr(c.args[2]), uintptr(c.args[3])))
		}
	}
	got["a number that nobody knows"] = errnoOf(raw(9999))
	for range floodFrom { // and too often
		raw(unix.SYS_BPF)
	}
	json.NewEncoder(os.Stdout).Encode(got)
}

func assembled() (Assembled, error) {
	f, err := Native()
	if err != nil {
		return Assembled{}, err
	}
	return f.Assemble()
}

// walls returns a plan that readies a container for programs of the host's own
// file system, and builds all walls that a process inherits.
func walls(t testing.TB, seccomp func(*Plan, Assembled)) *Plan {
	t.Helper()
	f, err := assembled()
	if err != nil {
		t.Fatal(err)
	}
	abi, err := LandlockABI()
	if err != nil {
		requires(t, "container", err)
	}
	var p Plan
	p.Umask(0)
	p.Mount("tmp", "/tmp", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=256m,mode=1777")
	p.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	p.Mount("shm", "/dev/shm", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=1m,mode=1777")
	p.LoopbackUp()
	p.Chdir("/tmp")
	p.JoinSessionKeyring()
	p.DropCapabilities()
	p.NoNewPrivileges()
	p.Landlock(abi, Reach{Folders: []string{"/tmp", "/dev/shm"}, Devices: []string{"/dev/null"}, TCP: true})
	seccomp(&p, f)
	return &p
}

// ownProgram returns a plan that starts the test program, which comes as the
// fourth file.
func ownProgram(t testing.TB, what string) (*Plan, *os.File) {
	t.Helper()
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	f, err := SealProgram("test", program)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	var p Plan
	for i := range 3 {
		p.Dup3(p.File(), i)
	}
	p.Dup3(p.File(), 3)
	p.CloseFrom(4)
	p.Execve("/proc/self/fd/3", []string{"test", what}, nil)
	return &p, f
}

func TestNativeFilterRefuses(t *testing.T) {
	in := startInit(t)
	if err := in.Run(walls(t, (*Plan).Seccomp)); err != nil {
		t.Fatal(err)
	}
	p, f := ownProgram(t, "refused")
	text, status := output(t, in, p, f)
	var got map[string]int
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != 0 {
		t.Fatalf("status %#x, %v: %s", status, err, text)
	}
	for name, errno := range got {
		want := int(unix.EPERM)
		if name == "clone3" {
			want = int(unix.ENOSYS)
		}
		if errno != want {
			t.Errorf("%s: error %d, want %d", name, errno, want)
		}
	}
	if len(got) < 100 {
		t.Errorf("only %d calls were tried", len(got))
	}
}

// programs are such as people run, with what they use of the kernel.
var programs = [][]string{
	{"python3", "-c", `
import asyncio, json, multiprocessing, socket, sqlite3, subprocess, tempfile, threading
async def child():
    await (await asyncio.create_subprocess_exec("true")).wait()
asyncio.run(child())
with multiprocessing.get_context("fork").Pool(2) as pool:
    pool.map(abs, [1, 2])
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname())
thread = threading.Thread(target=subprocess.run, args=[["true"]])
thread.start()
thread.join()
with tempfile.TemporaryDirectory() as folder:
    sqlite3.connect(folder + "/db").execute("create table t (x)")
`},
	{"node", "-e", `
require('child_process').execSync('true')
new (require('worker_threads').Worker)('1', {eval: true})
require('fs').watch('.').close()
require('net').createServer().listen(0, function () { this.close() })
fetch('data:,x').then(r => r.text())
`},
	{"bash", "-ec", `
echo a > x; cp x y; mv y z; ln z w; ls -l | sort | grep -q w
mkfifo f; cat f > g & echo b > f; wait
tar cf - x z | gzip | tar xzf -
find . -name x | xargs rm
nice timeout 5 kill -0 $$
diff <(echo a) <(echo a) > /dev/null
ulimit -n 100
`},
	{"gcc", "-v", "-x", "c", "/dev/null", "-c", "-o", "a.o"},
	{"perl", "-MSocket", "-e", "fork; wait"},
	{"java", "-version"},
	{"ruby", "-e", "Thread.new { system 'true' }.join"},
	{"git", "init", "-q", "repository"},
	{"xz", "--version"},
}

func TestProgramsRunBehindNativeWalls(t *testing.T) {
	in := startInit(t)
	if err := in.Run(walls(t, (*Plan).Seccomp)); err != nil {
		t.Fatal(err)
	}
	for _, args := range programs {
		t.Run(args[0], func(t *testing.T) {
			// A Python or Node of one user alone is nothing that a container sees.
			path := "/usr/bin/" + args[0]
			if exec.Command(path, "--version").Run() != nil {
				t.Skip("not on this host")
			}
			if text, status := output(t, in, command(append([]string{path}, args[1:]...)...)); status != 0 {
				t.Errorf("status %#x: %s", status, text)
			}
		})
	}
	for _, script := range []string{"echo x > /var/x", "echo x > /dev/full", "mkdir /var/tmp/x", "kill -0 1"} {
		text, status := output(t, in, command("/bin/sh", "-c", script))
		if ok := script == "kill -0 1"; (status == 0) != ok {
			t.Errorf("%s: status %#x: %s", script, status, text)
		}
	}
}

// listening starts a container with a listener.
func listening(t testing.TB) (*Init, *Listener) {
	t.Helper()
	in := startInit(t)
	ours, theirs, err := SocketPair()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	defer theirs.Close()
	if err := in.Run(walls(t, func(p *Plan, f Assembled) { p.SeccompListener(f, p.File()) }), theirs); err != nil {
		t.Fatal(err)
	}
	l, err := ReceiveListener(ours)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return in, l
}

func TestListenerTellsWhatWasRefused(t *testing.T) {
	in, l := listening(t)
	var all sync.WaitGroup
	heard, n := map[string]Refusal{}, 0
	var last time.Time
	all.Go(func() {
		err := l.Serve(func(r Refusal) {
			if now := time.Now(); n <= floodFrom {
				n, last = n+1, now
			} else if now.Sub(last) < floodDelay {
				t.Error("a flood is not slowed")
			} else {
				last = now
			}
			heard[r.Call] = r
		})
		if err != nil || n <= floodFrom {
			t.Errorf("Serve heard %d calls: %v", n, err)
		}
	})
	p, f := ownProgram(t, "refused")
	text, _ := output(t, in, p, f)
	in.Close()
	all.Wait() // nobody is left to listen to
	var got map[string]int
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	calls, err := systemCalls(runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"call 9999", "socket", "clone", "ioctl", "personality", "prctl", "prlimit64", "socketpair"}
	for _, c := range calls {
		if c.verdict == "-" && c.name != "clone3" && filtered(c.name) {
			want = append(want, c.name)
			if got[c.name] != int(unix.EPERM) {
				t.Errorf("%s: error %d, want %d", c.name, got[c.name], unix.EPERM)
			}
		}
	}
	if names := slices.Sorted(maps.Keys(heard)); !slices.Equal(names, slices.Sorted(slices.Values(want))) {
		t.Errorf("heard of\n%v, want\n%v", names, want)
	}
	if r := heard["call 9999"]; r.PID <= 1 || r.PID == in.PID {
		t.Errorf("who made it was process %d", r.PID)
	}
}

func TestListenerThatClosesRefuses(t *testing.T) {
	in, l := listening(t)
	served := make(chan error)
	go func() { served <- l.Serve(func(Refusal) {}) }()
	l.Close()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := l.Serve(nil); err != nil {
		t.Error(err)
	}
	p, f := ownProgram(t, "refused")
	text, _ := output(t, in, p, f)
	var got map[string]int
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	for name, errno := range got {
		if errno != int(unix.ENOSYS) {
			t.Errorf("%s without a listener: error %d, want %d", name, errno, unix.ENOSYS)
		}
	}
}

func BenchmarkWalls(b *testing.B) {
	b.Run("assemble", func(b *testing.B) {
		for b.Loop() {
			if _, err := assembled(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encode", func(b *testing.B) {
		p := walls(b, (*Plan).Seccomp)
		for b.Loop() {
			if _, err := p.Encode(); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, seccomp := range map[string]func(*Plan, Assembled){"build": (*Plan).Seccomp, "build without a filter": func(*Plan, Assembled) {}} {
		b.Run(name, func(b *testing.B) {
			p, launcher := walls(b, seccomp), startLauncher(b)
			for b.Loop() {
				b.StopTimer()
				in, err := launcher.Launch(nil)
				if err != nil {
					b.Fatal(err)
				}
				if err := in.Run(&Plan{}); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if err := in.Run(p); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				in.Close()
				b.StartTimer()
			}
		})
	}
	b.Run("spawn behind them", func(b *testing.B) {
		in := startInit(b)
		if err := in.Run(walls(b, (*Plan).Seccomp)); err != nil {
			b.Fatal(err)
		}
		p := command("/bin/true")
		for b.Loop() {
			c, err := in.Spawn(p, os.Stdin, os.Stdin, os.Stdin)
			if err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			c.Wait(b.Context())
			b.StartTimer()
		}
	})
}

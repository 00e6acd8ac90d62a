package sys

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/caisson-dev/caisson/internal/guest"
	"golang.org/x/sys/unix"
)

// initProgram returns the sealed program, or skips the test.
func initProgram(t testing.TB) *os.File {
	t.Helper()
	program, err := guest.Init()
	if err != nil {
		requires(t, "container", err)
	}
	f, err := SealProgram("init", program)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func startLauncher(t testing.TB) *Launcher {
	t.Helper()
	l, err := StartLauncher(initProgram(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

func startInit(t testing.TB) *Init {
	t.Helper()
	in, err := startLauncher(t).Launch(nil)
	if err != nil {
		requires(t, "container", err)
	}
	t.Cleanup(in.Close)
	return in
}

// command returns a plan that becomes a program with three descriptors.
func command(args ...string) *Plan {
	var p Plan
	for i := range 3 {
		p.Dup3(p.File(), i)
	}
	p.CloseFrom(3)
	p.Execve(args[0], args, []string{"PATH=/usr/bin:/bin"})
	return &p
}

// output spawns a plan for three descriptors and returns what it wrote, and
// how it ended.
func output(t testing.TB, in *Init, p *Plan, more ...*os.File) (string, syscall.WaitStatus) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	c, err := in.Spawn(p, append([]*os.File{null, w, w}, more...)...)
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	status, err := c.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return string(text), status
}

func TestInitRunsPlans(t *testing.T) {
	in := startInit(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var p Plan
	p.Sethostname("inside")
	p.LoopbackUp()
	p.Mount("fresh", "/tmp", "tmpfs", 0, "size=64k")
	f := p.Open("/tmp/file", unix.O_RDWR|unix.O_CREAT, 0o600)
	p.Write(f, []byte("in the container"))
	p.Close(f)
	p.Write(p.File(), []byte("to the host"))
	if err := in.Run(&p, w); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != "to the host" {
		t.Errorf("it wrote %q, %v", got, err)
	}
	got, status := output(t, in, command("/bin/sh", "-c", "hostname; id -u; cat /tmp/file; readlink /proc/self/exe"))
	if want := "inside\n1000\nin the container"; !strings.HasPrefix(got, want) || status != 0 {
		t.Errorf("a child saw %q, status %#x; want %q", got, status, want)
	}
	if _, err := os.Stat("/tmp/file"); err == nil {
		t.Error("its mount is ours, too")
	}
	if err := in.Run(&p); err == nil {
		t.Error("a plan for a file ran without one")
	}
}

func TestContainersTakeMountsOfTheHost(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root copies mounts")
	}
	in := startInit(t)
	usr, err := DetachedMount("/usr", MountReadOnly|MountNoSuid|MountNoDev)
	if err != nil {
		requires(t, "container", err)
	}
	defer usr.Close()
	var p Plan
	p.Umask(0)
	p.Mount("root", "/tmp", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=64k,mode=755")
	p.Chdir("/tmp")
	p.Mkdir("usr", 0o755)
	p.MoveMount(p.File(), "usr")
	for _, name := range []string{"bin", "lib", "lib64", "sbin"} {
		p.Symlink("usr/"+name, name)
	}
	p.PivotRoot(".")
	p.MountSetattr("/", MountReadOnly)
	p.DropCapabilities()
	if err := in.Run(&p, usr); err != nil {
		t.Fatal(err)
	}
	got, status := output(t, in, command("/bin/sh", "-c", "cd /; echo *; exec 2>&1; echo > /usr/x; echo > /x"))
	if want := "bin lib lib64 sbin usr\n"; !strings.HasPrefix(got, want) || strings.Count(got, "Read-only") != 2 {
		t.Errorf("a child saw %q, status %#x; want %q and two refusals", got, status, want)
	}
}

func TestInitSaysWhichStepFailed(t *testing.T) {
	in := startInit(t)
	for want, build := range map[string]func(*Plan){
		"enter /no/such: no such file or directory":          func(p *Plan) { p.Chdir("/"); p.Chdir("/no/such") },
		"start /no/such: no such file or directory":          func(p *Plan) { p.Execve("/no/such", nil, nil) },
		"switch loopback on: inappropriate ioctl for device": func(p *Plan) { p.Ioctl("switch loopback on", p.Open("/", 0, 0), 0x8914, make([]byte, 40)) },
		"close: bad file descriptor":                         func(p *Plan) { f := p.Open("/no/such", 0, 0); p.MayFail(unix.ENOENT); p.Close(f) },
	} {
		var p Plan
		build(&p)
		if err := in.Run(&p); err == nil || err.Error() != want {
			t.Errorf("Run: %v, want %s", err, want)
		}
		if c, err := in.Spawn(&p); err == nil || err.Error() != want || c != nil {
			t.Errorf("Spawn: %v, want %s", err, want)
		}
	}
	var p Plan
	p.Chdir("/")
	if _, err := in.Spawn(&p); !errors.Is(err, unix.ENOEXEC) {
		t.Errorf("Spawn without a program: %v, want %v", err, unix.ENOEXEC)
	}
	if err := in.Run(&p); err != nil {
		t.Errorf("Run after failures: %v", err)
	}
	waitFor(t, "failed children to be gone", func() bool { return childrenOf(in.PID) == "" })
}

// childrenOf returns the numbers of the children of a process, zombies too.
func childrenOf(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestChildrenEnd(t *testing.T) {
	in := startInit(t)
	for script, want := range map[string]func(syscall.WaitStatus) bool{
		"exit 7":       func(s syscall.WaitStatus) bool { return s.Exited() && s.ExitStatus() == 7 },
		"kill -15 $$":  func(s syscall.WaitStatus) bool { return s.Signaled() && s.Signal() == syscall.SIGTERM },
		"sleep 0.01 &": func(s syscall.WaitStatus) bool { return s == 0 },
	} {
		if _, status := output(t, in, command("/bin/sh", "-c", script)); !want(status) {
			t.Errorf("%s: status %#x", script, status)
		}
	}
	waitFor(t, "an orphan to be reaped", func() bool { return childrenOf(in.PID) == "" })

	c, err := in.Spawn(command("/bin/sleep", "1000"), os.Stdin, os.Stdin, os.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", c.PID)); err != nil || !strings.Contains(exe, "sleep") && !strings.Contains(exe, "coreutils") {
		t.Errorf("the child's PID is of %q, %v", exe, err)
	}
	if err := c.Signal(syscall.SIGUSR1); err != nil {
		t.Error(err)
	}
	if s, err := c.Wait(t.Context()); err != nil || s.Signal() != syscall.SIGUSR1 {
		t.Errorf("Wait = %#x, %v; want SIGUSR1", s, err)
	}
	if err := c.Signal(syscall.SIGTERM); err != os.ErrProcessDone {
		t.Errorf("Signal to a child that ended: %v, want %v", err, os.ErrProcessDone)
	}
}

func TestInitHas64Children(t *testing.T) {
	in := startInit(t)
	var all []*Child
	for i := range 65 {
		c, err := in.Spawn(command("/bin/sleep", "1000"), os.Stdin, os.Stdin, os.Stdin)
		if (err == nil) != (i < 64) || err != nil && !errors.Is(err, unix.EAGAIN) {
			t.Fatalf("child %d: %v", i+1, err)
		}
		all = append(all, c)
	}
	all[20].Signal(syscall.SIGKILL)
	all[20].Wait(t.Context())
	if _, err := in.Spawn(command("/bin/sleep", "1000"), os.Stdin, os.Stdin, os.Stdin); err != nil {
		t.Errorf("a child in place of another: %v", err)
	}
	in.Kill()
	for i, c := range all[:64] {
		if _, err := c.Wait(t.Context()); i != 20 && err != ErrContainerEnded {
			t.Fatalf("child %d when the container was killed: %v, want %v", i, err, ErrContainerEnded)
		}
	}
	<-in.Done()
	if err := in.Run(&Plan{}); err != ErrContainerEnded {
		t.Errorf("Run in a container that was killed: %v, want %v", err, ErrContainerEnded)
	}
}

func TestInitRefusesWhatIsNoPlan(t *testing.T) {
	in := startInit(t)
	var p Plan
	p.Call("x", unix.SYS_GETPID, p.words(p.Text("abc")))
	good, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	const step, fixup, blob = planHeader, planHeader + planStepSize, planHeader + planStepSize + 8
	changed := func(at int, b byte) []byte { c := bytes.Clone(good); c[at] = b; return c }
	outside := changed(step+5, 2) // the second argument is in a register,
	outside[step+16] = planRegisters
	for name, plan := range map[string][]byte{
		"nothing":                    {},
		"a header of zeros":          make([]byte, planHeader),
		"other magic":                changed(0, 1),
		"more steps":                 changed(4, 2),
		"most steps":                 changed(7, 0xff),
		"more fixups":                changed(8, 9),
		"most fixups":                changed(11, 0xff),
		"a longer blob":              changed(12, 0xff),
		"the longest blob":           changed(15, 0xff),
		"an address outside":         changed(step+9, 1),
		"a register outside":         outside,
		"a result outside":           changed(step+6, 33),
		"a fixup outside":            changed(fixup, 0x10),
		"a fixup far outside":        changed(fixup+3, 0xff),
		"a fixup within a word":      changed(fixup, 4),
		"a fixup that is an address": changed(blob+8+7, 0xff),
		"a byte too many":            append(bytes.Clone(good), 0),
		"a byte too few":             good[:len(good)-1],
		"too much":                   make([]byte, 128<<10),
	} {
		if err := sendPacket(in.socket, nil, []byte{initRun, 0, 0, 0, 0, 0, 0, 0}, plan); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		select {
		case a := <-in.answers:
			if a.step != initNotBegun {
				t.Errorf("%s: answer %+v, want that it was not begun", name, a)
			}
		case <-in.Done():
			t.Fatalf("%s ended init", name)
		}
	}
	if err := in.Run(&p); err != nil {
		t.Errorf("Run afterwards: %v", err)
	}
}

func TestNothingIsLeftOfContainers(t *testing.T) {
	launcher := startLauncher(t)
	left := func() (files, routines int) {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list), runtime.NumGoroutine()
	}
	startInit(t).Close() // opens what Go keeps open
	files, routines := left()
	for range 5 {
		in, err := launcher.Launch(nil)
		if err != nil {
			t.Fatal(err)
		}
		p := command("/bin/sleep", "1000")
		if _, err := in.Spawn(p, os.Stdin, os.Stdin, os.Stdin); err != nil {
			t.Fatal(err)
		}
		in.Spawn(&Plan{})
		pid := in.PID
		in.Close()
		waitFor(t, "a zombie to be reaped", func() bool { _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); return err != nil })
	}
	waitFor(t, "goroutines to end", func() bool { _, n := left(); return n <= routines })
	if n, _ := left(); n != files {
		t.Errorf("%d descriptors, %d before", n, files)
	}
}

func TestContainersAreForManyAtOnce(t *testing.T) {
	in := startInit(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 5 {
				in.Run(&Plan{})
				c, err := in.Spawn(command("/bin/sh", "-c", fmt.Sprintf("exit %d", i)), os.Stdin, os.Stdin, os.Stdin)
				if err != nil {
					t.Error(err)
					return
				}
				if s, err := c.Wait(t.Context()); err != nil || s.ExitStatus() != i {
					t.Errorf("child %d: status %#x, %v", i, s, err)
				}
			}
		})
	}
	all.Wait()
	for range 8 {
		all.Go(func() {
			for in.Run(&Plan{}) == nil {
			}
			in.Close()
		})
	}
	in.Kill()
	all.Wait()
}

// host is the life of a host that is killed: it says which processes its
// container has.
func host() {
	program, err := guest.Init()
	if err != nil {
		panic(err)
	}
	f, err := SealProgram("init", program)
	if err != nil {
		panic(err)
	}
	launcher, err := StartLauncher(f)
	if err != nil {
		panic(err)
	}
	in, err := launcher.Launch(nil)
	if err != nil {
		panic(err)
	}
	null, _ := os.Open(os.DevNull)
	c, err := in.Spawn(command("/bin/sleep", "1000"), null, null, null)
	if err != nil {
		panic(err)
	}
	fmt.Println(in.PID, c.PID, launcher.process.Pid)
	time.Sleep(time.Minute)
}

func TestContainersEndWithTheirHost(t *testing.T) {
	startInit(t) // so that the host can
	cmd := exec.Command("/proc/self/exe", "host")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pids [3]int
	if _, err := fmt.Fscan(out, &pids[0], &pids[1], &pids[2]); err != nil {
		t.Fatal(err)
	}
	var fds []int
	for _, pid := range pids {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		fds = append(fds, fd)
	}
	cmd.Process.Kill()
	cmd.Wait()
	for i, fd := range fds {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 20000)
		if n != 1 || err != nil {
			t.Errorf("process %d lives on without its host: %v", i, err)
		}
	}
}

func TestContainersOutliveTheLauncher(t *testing.T) {
	l := startLauncher(t)
	in, err := l.Launch(nil)
	if err != nil {
		requires(t, "container", err)
	}
	defer in.Close()
	l.Close()
	if _, err := l.Launch(nil); !errors.Is(err, ErrContainerEnded) {
		t.Errorf("Launch without a launcher: %v, want %v", err, ErrContainerEnded)
	}
	if err := in.Run(&Plan{}); err != nil {
		t.Errorf("Run without a launcher: %v", err)
	}
}

func TestContainersBeginInTheirCgroup(t *testing.T) {
	l := startLauncher(t)
	var dir string
	for _, root := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		if _, err := os.Stat(root + "/cgroup.controllers"); err == nil {
			dir = fmt.Sprintf("%s/%stest-%d", root, cgroupPrefix, os.Getpid())
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skipf("no cgroups of version 2 to test with: %v", err)
	}
	defer os.Remove(dir)
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, err := l.Launch(f)
	if err != nil {
		requires(t, "container", err)
	}
	defer in.Close()
	if got, err := os.ReadFile(dir + "/cgroup.procs"); err != nil || strings.TrimSpace(string(got)) != fmt.Sprint(in.PID) {
		t.Errorf("in the cgroup are %q, %v; want %d", got, err, in.PID)
	}
	if _, err := l.Launch(os.Stdin); err == nil {
		t.Error("a container began in what is no cgroup")
	}
	if again, err := l.Launch(nil); err != nil {
		t.Error(err)
	} else {
		again.Close()
	}
}

func TestKillEndsAForkBomb(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("its user is ours")
	}
	in := startInit(t)
	var p Plan
	p.Setrlimit(unix.RLIMIT_NPROC, 200) // of the container's own user
	if err := in.Run(&p); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", in.PID))
	if err != nil {
		t.Fatal(err)
	}
	var uid uint32
	_, after, _ := strings.Cut(string(text), "\nUid:")
	fmt.Sscan(after, &uid)
	if uid < 0x70000000 || uid > 0x7fffffff {
		t.Fatalf("the container's user is %d", uid)
	}
	if _, err := in.Spawn(command("/bin/sh", "-c", "f() { f & f & wait; }; f 2> /dev/null"), os.Stdin, os.Stdin, os.Stdin); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the bomb to go off", func() bool { return processesOf(t, uid) > 100 })
	in.Close()
	waitFor(t, "the last zombie to be reaped", func() bool { return processesOf(t, uid) == 0 })
}

// processesOf counts a user's processes.
func processesOf(t *testing.T, uid uint32) (n int) {
	t.Helper()
	list, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		text, err := os.ReadFile("/proc/" + e.Name() + "/status")
		if err == nil && strings.Contains(string(text), fmt.Sprintf("\nUid:\t%d\t", uid)) {
			n++
		}
	}
	return n
}

func TestNobodyLooksIntoInit(t *testing.T) {
	in := startInit(t)
	got, _ := output(t, in, command("/bin/sh", "-c",
		"cat /proc/self/status | grep -E '^(Cap(Eff|Amb)|SigIgn|SigBlk)'; ls -l /proc/self/fd | wc -l"))
	lines := strings.Split(got, "\n")
	for _, want := range []string{"SigIgn:\t0000000000000000", "SigBlk:\t0000000000000000", "5"} {
		if !slices.Contains(lines, want) {
			t.Errorf("a child has\n%swant the line %q", got, want)
		}
	}
	var p Plan
	p.Mount("proc", "/proc", "proc", 0, "")
	p.DropCapabilities()
	p.NoNewPrivileges()
	if err := in.Run(&p); err != nil {
		t.Fatal(err)
	}
	got, _ = output(t, in, command("/bin/sh", "-c",
		"grep -E '^(Cap|NoNew)' /proc/self/status; cat /proc/1/environ /proc/1/maps /proc/1/fd/3; ls /proc/1/fd/; kill -9 1; kill -19 1; echo alive"))
	for _, none := range []string{"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"} {
		if !strings.Contains(got, none+":\t0000000000000000\n") {
			t.Errorf("%s is not empty", none)
		}
	}
	if !strings.Contains(got, "NoNewPrivs:\t1\n") || strings.Count(got, "Permission denied") != 4 || !strings.HasSuffix(got, "alive\n") {
		t.Errorf("a child saw\n%s", got)
	}
	if err := in.Run(&Plan{}); err != nil {
		t.Errorf("init after that: %v", err)
	}
}

func BenchmarkContainer(b *testing.B) {
	launcher := startLauncher(b)
	startInit(b)
	b.Run("start", func(b *testing.B) {
		for b.Loop() {
			in, err := launcher.Launch(nil)
			if err != nil {
				b.Fatal(err)
			}
			if err := in.Run(&Plan{}); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			in.Close()
			b.StartTimer()
		}
	})
	in := startInit(b)
	b.Run("run", func(b *testing.B) {
		for b.Loop() {
			if err := in.Run(&Plan{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("spawn", func(b *testing.B) {
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
	b.Run("spawn and wait", func(b *testing.B) {
		p := command("/bin/true")
		for b.Loop() {
			c, err := in.Spawn(p, os.Stdin, os.Stdin, os.Stdin)
			if err != nil {
				b.Fatal(err)
			}
			c.Wait(b.Context())
		}
	})
}

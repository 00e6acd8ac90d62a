package sys

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// eat uses more and more memory, up to 256 MiB.
func eat() {
	var all [][]byte
	for range 256 {
		b := make([]byte, 1<<20)
		for i := 0; i < len(b); i += os.Getpagesize() {
			b[i] = 1
		}
		all = append(all, b)
	}
	time.Sleep(time.Minute)
	runtime.KeepAlive(all)
}

// bomb forks for ever, and so do its children.
func bomb() {
	for {
		syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	}
}

// send fills the buffers of many sockets, and keeps them full.
func send() {
	var all []net.PacketConn
	for range 100 {
		to, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		for range 400 {
			to.WriteTo(make([]byte, 1000), to.LocalAddr()) // fails when they are full
		}
		all = append(all, to)
	}
	fmt.Println("full")
	time.Sleep(time.Minute)
	runtime.KeepAlive(all)
}

// own makes a group with a victim in it, says which, and ends with its input.
func own() {
	c, err := OpenCgroups()
	if err != nil {
		panic(err)
	}
	g, err := c.New("left", CgroupLimits{})
	if err != nil {
		panic(err)
	}
	victim, err := startIn(g, "victim")
	if err != nil {
		panic(err)
	}
	fmt.Println(victim.Process.Pid, strings.Join(g.dirs(), " "))
	io.Copy(io.Discard, os.Stdin)
}

// delegate uses groups as somebody who has but a few of them.
func delegate() {
	c, err := OpenCgroups()
	if err != nil {
		panic(err)
	}
	var limits CgroupLimits
	if _, err := c.need("pids"); err == nil {
		limits = CgroupLimits{Memory: 64 << 20, Processes: 30}
	}
	g, err := c.New("mine", limits)
	if err != nil {
		panic(err)
	}
	victim, err := startIn(g, "victim")
	if err != nil {
		panic(err)
	}
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", victim.Process.Pid))
	_, err = g.Usage()
	err = errors.Join(err, g.Freeze(), g.Thaw(), g.Kill())
	victim.Process.Kill()
	victim.Wait()
	err = errors.Join(err, g.Close(), c.Close())
	fmt.Printf("%d of %d trees, %v, missing %q", strings.Count(string(text), "/mine\n"), len(g.trees), err, c.Missing())
}

// startIn starts the test program in a group.
func startIn(g *Cgroup, args ...string) (*exec.Cmd, error) {
	c := exec.Command("/proc/self/exe", args...)
	c.Stderr = os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{}
	return c, g.Start(c.SysProcAttr, func() (int, error) {
		if err := c.Start(); err != nil {
			return 0, err
		}
		return c.Process.Pid, nil
	})
}

func run(t *testing.T, g *Cgroup, args ...string) *exec.Cmd {
	t.Helper()
	c, err := startIn(g, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	return c
}

// procs makes a folder that looks like /proc/self.
func procs(t *testing.T, mounts, own string) string {
	t.Helper()
	dir := t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "mountinfo"), []byte(mounts), 0o644),
		os.WriteFile(filepath.Join(dir, "cgroup"), []byte(own), 0o644)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// layouts opens the groups of this host, whole and in parts.
func layouts(t *testing.T, test func(t *testing.T, c *Cgroups)) {
	t.Helper()
	for name, hide := range map[string]string{"as it is": "nothing", "version 1 alone": " - cgroup2 ", "version 2 alone": " - cgroup "} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile("/proc/self/mountinfo")
			if err != nil {
				t.Fatal(err)
			}
			own, err := os.ReadFile("/proc/self/cgroup")
			if err != nil {
				t.Fatal(err)
			}
			lines := slices.DeleteFunc(strings.SplitAfter(string(text), "\n"), func(l string) bool { return strings.Contains(l, hide) })
			c, err := openCgroups(procs(t, strings.Join(lines, ""), string(own)), os.Mkdir)
			if err != nil {
				require(t, err)
			}
			t.Cleanup(func() {
				if err := c.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
				for _, tree := range c.trees {
					if exists(tree.dir, "") {
						t.Errorf("%s was left", tree.dir)
					}
				}
			})
			t.Log("missing:", c.Missing())
			test(t, c)
		})
	}
}

// needs skips a test for what a layout has not. Under CAISSON_REQUIRE it fails
// if this is all that the host has.
func needs(t *testing.T, c *Cgroups, abilities ...string) {
	t.Helper()
	for _, a := range abilities {
		if _, err := c.need(a); err != nil {
			if strings.HasSuffix(t.Name(), "as_it_is") {
				require(t, err)
			}
			t.Skip(err)
		}
	}
}

func make1(t *testing.T, c *Cgroups, l CgroupLimits) *Cgroup {
	t.Helper()
	g, err := c.New("one", l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return g
}

func usage(t *testing.T, g *Cgroup) CgroupUsage {
	t.Helper()
	u, err := g.Usage()
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	if !soon(f) {
		t.Fatalf("it did not come to pass: %s", what)
	}
}

// ends waits until a process has ended by SIGKILL.
func ends(t *testing.T, p *exec.Cmd) {
	t.Helper()
	var status syscall.WaitStatus
	eventually(t, "it ends", func() bool {
		pid, _ := syscall.Wait4(p.Process.Pid, &status, syscall.WNOHANG, nil)
		return pid == p.Process.Pid
	})
	if status.Signal() != syscall.SIGKILL {
		t.Errorf("it ended by %v, want SIGKILL", status)
	}
}

func TestCgroupProcessIsBornInsideAndTheThreadComesBack(t *testing.T) {
	layouts(t, func(t *testing.T, c *Cgroups) {
		g := make1(t, c, CgroupLimits{})
		before, err := os.ReadFile("/proc/thread-self/cgroup")
		if err != nil {
			t.Fatal(err)
		}
		p := run(t, g, "victim")
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", p.Process.Pid))
		if n := strings.Count(string(text), "/one\n"); err != nil || n != len(g.trees) {
			t.Errorf("it is in %q, %v; want in %v", text, err, g.dirs())
		}
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			t.Fatal(err)
		}
		for _, thread := range threads {
			if text, err := os.ReadFile("/proc/self/task/" + thread.Name() + "/cgroup"); err == nil && string(text) != string(before) {
				t.Errorf("thread %s is in %q, want %q", thread.Name(), text, before)
			}
		}
		if dir := g.unified; dir != nil && p.SysProcAttr.CgroupFD != int(dir.Fd()) {
			t.Errorf("attr = %+v, want descriptor %d", p.SysProcAttr, dir.Fd())
		}
		if err := g.Start(&syscall.SysProcAttr{}, func() (int, error) { t.Error("start was called"); return 0, nil }); err == nil {
			t.Error("Start in a group that is not empty succeeded")
		}
	})
}

func TestCgroupProcessIsAttached(t *testing.T) {
	layouts(t, func(t *testing.T, c *Cgroups) {
		g := make1(t, c, CgroupLimits{})
		p := exec.Command("/proc/self/exe", "victim")
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		defer p.Wait()
		defer p.Process.Kill()
		if err := g.Attach(p.Process.Pid); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", p.Process.Pid))
		if n := strings.Count(string(text), "/one\n"); err != nil || n != len(g.trees) {
			t.Errorf("it is in %q, %v; want in %v", text, err, g.dirs())
		}
		if err := g.Attach(1 << 30); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("Attach of nobody: %v, want ESRCH", err)
		}
	})
}

func TestCgroupStartPassesFaultsOn(t *testing.T) {
	layouts(t, func(t *testing.T, c *Cgroups) {
		g := make1(t, c, CgroupLimits{})
		fault := errors.New("fault")
		if err := g.Start(&syscall.SysProcAttr{}, func() (int, error) { return 0, fault }); !errors.Is(err, fault) {
			t.Errorf("Start = %v, want %v", err, fault)
		}
		// A thread of ours is in the group: killing spares it.
		if err := g.Start(&syscall.SysProcAttr{}, func() (int, error) { return 1, g.Kill() }); err != nil {
			t.Errorf("Start that kills: %v", err)
		}
	})
}

func TestCgroupMemoryLimitKillsAndCounts(t *testing.T) {
	layouts(t, func(t *testing.T, c *Cgroups) {
		needs(t, c, "memory")
		const limit = 32 << 20
		g := make1(t, c, CgroupLimits{Memory: limit})
		ends(t, run(t, g, "eat"))
		u := usage(t, g)
		if u.OOMKills < 1 || u.MemoryPeak > limit+limit/16 || u.MemoryPeak < limit/2 {
			t.Errorf("usage = %+v, want a kill and a peak near %d", u, limit)
		}
		if err := g.ResetPeak(); err != nil {
			if !errors.Is(err, ErrMissing) {
				t.Error(err)
			}
		} else if after := usage(t, g); after.MemoryPeak >= u.MemoryPeak {
			t.Errorf("peak = %d after it was reset, want less than %d", after.MemoryPeak, u.MemoryPeak)
		}
	})
}

func TestCgroupBuffersOfSocketsAreBounded(t *testing.T) {
	layouts(t, func(t *testing.T, c *Cgroups) {
		needs(t, c, "memory")
		const limit = 64 << 20
		g := make1(t, c, CgroupLimits{Memory: limit})
		p := exec.Command("/proc/self/exe", "send")
		p.SysProcAttr = &syscall.SysProcAttr{}
		out, err := p.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Start(p.SysProcAttr, func() (int, error) { err := p.Start(); return 1, err }); err != nil {
			t.Fatal(err)
		}
		defer p.Wait()
		defer p.Process.Kill()
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Fatalf("it says %q, %v", line, err)
		}
		if c.v2("memory") {
			return // they are part of its memory there
		}
		used := words(g.in(c.at["memory"]), "memory.kmem.tcp.usage_in_bytes")
		if len(used) == 0 {
			require(t, "this kernel does not count them")
		}
		if n, err := strconv.Atoi(used[0]); err != nil || n < limit/16 || n > limit/4 {
			t.Errorf("%d bytes are in use, %v; want about %d", n, err, limit/8)
		}
	})
}

func TestCgroupProcessLimitRefusesAndKillLeavesNothing(t *testing.T) {
	layouts(t, func(t *testing.T, c *Cgroups) {
		needs(t, c, "pids")
		const limit = 40
		g := make1(t, c, CgroupLimits{Processes: limit, CPUs: 0.5})
		p := run(t, g, "bomb")
		eventually(t, "the bomb fills its group", func() bool {
			u := usage(t, g)
			if u.Processes > limit {
				t.Errorf("%d processes, want at most %d", u.Processes, limit)
			}
			return u.ProcessRefusals > 0 && u.Processes == limit
		})
		if err := g.Kill(); err != nil {
			t.Error(err)
		}
		ends(t, p)
		for _, dir := range g.dirs() {
			eventually(t, "nothing lives in "+dir, func() bool { return len(words(dir, "cgroup.procs")) == 0 })
		}
	})
}

func TestCgroupOfARunningBombIsClosed(t *testing.T) {
	layouts(t, func(t *testing.T, c *Cgroups) {
		needs(t, c, "pids")
		g, err := c.New("bomb", CgroupLimits{Processes: 40, CPUs: 0.5})
		if err != nil {
			t.Fatal(err)
		}
		run(t, g, "bomb")
		eventually(t, "the bomb fills its group", func() bool { return usage(t, g).ProcessRefusals > 0 })
		if err := errors.Join(g.Close(), g.Close()); err != nil {
			t.Errorf("Close, twice: %v", err)
		}
		if _, err := g.Usage(); err == nil {
			t.Error("Usage of a closed group succeeded")
		}
	})
}

func TestCgroupFrozenMakesNoProgressAndIsKilled(t *testing.T) {
	layouts(t, func(t *testing.T, c *Cgroups) {
		needs(t, c, "freezer", "cpuacct")
		g := make1(t, c, CgroupLimits{})
		p := run(t, g, "spin")
		progress := func() bool {
			before := usage(t, g).CPU
			return soon(func() bool { return usage(t, g).CPU > before })
		}
		if !progress() {
			t.Fatal("it does not run")
		}
		if err := g.Freeze(); err != nil {
			t.Fatal(err)
		}
		before, mine := usage(t, g).CPU, processCPU(t)
		for processCPU(t) < mine+50*time.Millisecond {
			if now := usage(t, g).CPU; now != before {
				t.Fatalf("it used %v although it is frozen", now-before)
			}
		}
		if err := g.Thaw(); err != nil {
			t.Fatal(err)
		}
		if !progress() {
			t.Error("it does not run after it was thawed")
		}
		if err := errors.Join(g.Freeze(), g.Kill()); err != nil {
			t.Error(err)
		}
		ends(t, p)
	})
}

func processCPU(t *testing.T) time.Duration {
	t.Helper()
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts); err != nil {
		t.Fatal(err)
	}
	return time.Duration(ts.Nano())
}

func TestCgroupProcessorLimitThrottles(t *testing.T) {
	layouts(t, func(t *testing.T, c *Cgroups) {
		needs(t, c, "cpu")
		g := make1(t, c, CgroupLimits{CPUs: 0.1})
		run(t, g, "spin")
		eventually(t, "it is throttled", func() bool {
			stat := words(g.in(c.at["cpu"]), "cpu.stat")
			i := slices.Index(stat, "nr_throttled")
			return i >= 0 && stat[i+1] != "0"
		})
	})
}

// shares lets two groups compete for one processor and says how often the
// second got what the first got.
func shares(t *testing.T, one, two *Cgroup) float64 {
	t.Helper()
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		t.Fatal(err)
	}
	for cpu := range 1024 {
		if set.IsSet(cpu) {
			set.Zero()
			set.Set(cpu)
			break
		}
	}
	for _, g := range []*Cgroup{one, two} {
		p := run(t, g, "spin")
		threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", p.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, thread := range threads {
			tid, _ := strconv.Atoi(thread.Name())
			if err := unix.SchedSetaffinity(tid, &set); err != nil {
				t.Fatal(err)
			}
		}
	}
	from1, from2 := usage(t, one).CPU, usage(t, two).CPU
	var used1, used2 time.Duration
	eventually(t, "they used 200 ms", func() bool {
		used1, used2 = usage(t, one).CPU-from1, usage(t, two).CPU-from2
		return used1+used2 > 200*time.Millisecond
	})
	return float64(used2) / float64(max(1, used1))
}

func TestCgroupWeightsAndRanksDecideWhoRuns(t *testing.T) {
	layouts(t, func(t *testing.T, c *Cgroups) {
		needs(t, c, "cpu", "cpuacct")
		for name, weight := range map[string]int{"weights": 10, "ranks": 0} {
			t.Run(name, func(t *testing.T) {
				heavy := make1(t, c, CgroupLimits{CPUWeight: 200})
				light, err := c.New("two", CgroupLimits{CPUWeight: weight})
				if err != nil {
					t.Fatal(err)
				}
				defer light.Close()
				if weight == 0 {
					if err := light.Demote(); err != nil {
						t.Fatal(err)
					}
				}
				if got := shares(t, heavy, light); got > 0.5 {
					t.Errorf("the light group got %.2f of what the heavy group got", got)
				}
			})
		}
	})
}

func TestCgroupIsPromotedToWhatItWas(t *testing.T) {
	layouts(t, func(t *testing.T, c *Cgroups) {
		needs(t, c, "cpu")
		g := make1(t, c, CgroupLimits{CPUWeight: 300})
		file := "cpu.shares"
		if c.v2("cpu") {
			file = "cpu.weight"
		}
		state := func() string { return fmt.Sprint(words(g.in(c.at["cpu"]), file), words(g.in(c.at["cpu"]), "cpu.idle")) }
		before := state()
		if err := g.Demote(); err != nil {
			t.Fatal(err)
		}
		if state() == before {
			t.Errorf("it is at %s after Demote", before)
		}
		if err := g.Promote(); err != nil {
			t.Fatal(err)
		}
		if got := state(); got != before {
			t.Errorf("it is at %s after Promote, want %s", got, before)
		}
	})
}

func TestCgroupsAreSafeForConcurrentUse(t *testing.T) {
	layouts(t, func(t *testing.T, c *Cgroups) {
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				g, err := c.New(fmt.Sprint(i), CgroupLimits{})
				if err != nil {
					t.Error(err)
					return
				}
				p, err := startIn(g, "victim")
				if err != nil {
					t.Error(err)
				}
				text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", p.Process.Pid))
				if n := strings.Count(string(text), fmt.Sprintf("/%d\n", i)); err != nil || n != len(g.trees) {
					t.Errorf("%d is in %q, %v", i, text, err)
				}
				all.Go(func() { g.Usage() })
				if err := g.Close(); err != nil {
					t.Error(err)
				}
				p.Wait()
			})
		}
		all.Wait()
	})
}

func TestCgroupsOfTheGoneAreSwept(t *testing.T) {
	c := exec.Command("/proc/self/exe", "owner")
	c.Stderr = os.Stderr
	in, err1 := c.StdinPipe()
	out, err2 := c.StdoutPipe()
	if err := errors.Join(err1, err2, c.Start()); err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		c.Wait()
		require(t, "no groups")
	}
	victim, dirs, _ := strings.Cut(strings.TrimSpace(line), " ")
	for dir := range strings.SplitSeq(dirs, " ") {
		if err := os.Mkdir(filepath.Join(dir, "below"), 0o755); err != nil {
			t.Error(err)
		}
	}
	pid, _ := strconv.Atoi(victim)
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	SweepCgroups()
	for dir := range strings.SplitSeq(dirs, " ") {
		if !exists(dir, "") {
			t.Errorf("%s was swept while its owner lives", dir)
		}
	}
	c.Process.Kill()
	c.Wait()
	if err := unix.PidfdSendSignal(fd, 0, nil, 0); err != nil {
		t.Fatalf("the victim did not survive its owner: %v", err)
	}
	if n := SweepCgroups(); n < 1 {
		t.Errorf("SweepCgroups = %d, want at least 1", n)
	}
	for dir := range strings.SplitSeq(dirs, " ") {
		if exists(filepath.Dir(dir), "") {
			t.Errorf("%s was left", filepath.Dir(dir))
		}
	}
	ended := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	if n, err := unix.Poll(ended, 5000); n != 1 || err != nil {
		t.Errorf("the victim lives: %v", err)
	}
}

// TestCgroupsOfAnotherUser gives groups to a user without rights, who uses them.
func TestCgroupsOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give groups away")
	}
	layouts(t, func(t *testing.T, c *Cgroups) {
		g := make1(t, c, CgroupLimits{})
		const user = 4242
		for _, dir := range g.dirs() {
			for _, file := range []string{"", "cgroup.procs", "tasks", "cgroup.subtree_control"} {
				if file == "tasks" && strings.HasSuffix(t.Name(), "version_1_alone") {
					continue // no thread of theirs may come back
				}
				if err := os.Chown(filepath.Join(dir, file), user, user); err != nil && !errors.Is(err, os.ErrNotExist) {
					t.Fatal(err)
				}
			}
		}
		var out strings.Builder
		p := exec.Command("/proc/self/exe", "delegate")
		p.Stdout, p.Stderr = &out, &out
		p.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
		err := g.Start(p.SysProcAttr, func() (int, error) { return 0, p.Run() })
		if want := fmt.Sprintf("%d of %[1]d trees, <nil>", len(g.trees)); err != nil || !strings.HasPrefix(out.String(), want) {
			t.Errorf("it says %q, %v; want %q", out.String(), err, want)
		}
	})
}

// fake makes a tree of control groups as a kernel would, below the folder that
// is returned: new is what each group that is made holds.
func fake(t *testing.T, files map[string]string, new ...string) (string, func(string, os.FileMode) error) {
	root := tree(t, files)
	return root, func(dir string, mode os.FileMode) error {
		if err := os.Mkdir(dir, mode); err != nil {
			return err
		}
		for _, name := range new {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
				return err
			}
		}
		return nil
	}
}

var files2 = []string{"cgroup.procs", "cgroup.subtree_control", "cgroup.freeze", "cgroup.events", "cgroup.kill", "cpu.stat", "cpu.max", "cpu.weight", "cpu.idle",
	"memory.max", "memory.swap.max", "memory.oom.group", "memory.current", "memory.events", "memory.peak", "pids.max", "pids.current", "pids.events", "io.weight"}

func TestCgroupsOfVersion2(t *testing.T) {
	pid := strconv.Itoa(os.Getpid())
	root, mkdir := fake(t, map[string]string{"cgroup.controllers": "cpuset cpu io memory pids", "cgroup.subtree_control": "",
		"cgroup.procs": pid + "\n", "cgroup.type": "domain"}, files2...)
	c, err := openCgroups(procs(t, "30 23 0:26 /a "+root+" rw,nosuid - cgroup2 cgroup2 rw\n", "0::/a\n"), mkdir)
	if err != nil || len(c.Missing()) > 0 || len(c.trees) != 1 {
		t.Fatalf("openCgroups = %+v, %v; it lacks %v", c, err, c.Missing())
	}
	// Its own process must not stand where its children are limited.
	holds(t, root, map[string]string{"cgroup.subtree_control": "+io", cgroupSelf + "/cgroup.procs": pid})
	holds(t, c.trees[0].dir, map[string]string{"cgroup.subtree_control": "+io", "cgroup.procs": ""})
	g, err := c.New("one", CgroupLimits{Memory: 1 << 20, Processes: 7, CPUs: 1.5, CPUWeight: 50, IOWeight: 30})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(c.trees[0].dir, "one")
	holds(t, dir, map[string]string{"memory.max": "1048576", "memory.swap.max": "0", "memory.oom.group": "1", "pids.max": "7",
		"cpu.max": "150000", "cpu.weight": "50", "io.weight": "30", "cgroup.subtree_control": ""})
	for name, text := range map[string]string{"cpu.stat": "usage_usec 5\nuser_usec 3\n", "memory.current": "6\n", "memory.peak": "7\n",
		"cgroup.events": "populated 0\nfrozen 0\n", "memory.events": "oom 1\noom_kill 8\noom_group_kill 1\n", "pids.current": "9\n", "pids.events": "max 10\n"} {
		if err := put(dir, name, text); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := usage(t, g), (CgroupUsage{5 * time.Microsecond, 6, 7, 8, 9, 10}); got != want {
		t.Errorf("Usage = %+v, want %+v", got, want)
	}
	if err := errors.Join(g.Attach(42), g.Thaw(), g.Demote(), g.ResetPeak(), g.Kill()); err != nil {
		t.Error(err)
	}
	holds(t, dir, map[string]string{"cgroup.procs": "42", "cgroup.freeze": "0", "cpu.idle": "1", "memory.peak": "0\n", "cgroup.kill": "1", "pids.max": "7"})
	if err := g.Promote(); err != nil {
		t.Error(err)
	}
	holds(t, dir, map[string]string{"cpu.idle": "0", "cpu.weight": "50"})
	// A limit that is not given is not set.
	if _, err := c.New("two", CgroupLimits{}); err != nil {
		t.Fatal(err)
	}
	holds(t, c.trees[0].dir+"/two", map[string]string{"memory.max": "", "pids.max": "", "cpu.max": ""})
	for _, name := range []string{"", ".", "..", "a/b", "one"} {
		if _, err := c.New(name, CgroupLimits{}); err == nil {
			t.Errorf("New(%q) succeeded", name)
		}
	}
}

func TestCgroupsOfVersion2GoAgainWhereTheyWere(t *testing.T) {
	root, mkdir := fake(t, map[string]string{"a/cgroup.controllers": "memory pids", "a/cgroup.subtree_control": "memory pids", "a/cgroup.procs": "",
		"a/cgroup.type": "", "a/caisson-self/cgroup.procs": ""}, files2...)
	c, err := openCgroups(procs(t, "30 23 0:26 / "+root+" rw - cgroup2 cgroup2 rw\n", "0::/a/caisson-self\n"), mkdir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := filepath.Dir(c.trees[0].dir), filepath.Join(root, "a"); got != want {
		t.Errorf("groups are in %s, want %s", got, want)
	}
	if got := strings.Join(c.Missing(), "; "); !strings.HasPrefix(got, "cpu: not among") || !strings.Contains(got, "; io: not among") || strings.Contains(got, "memory") {
		t.Errorf("Missing = %q, want cpu and io", got)
	}
	if _, err := c.New("one", CgroupLimits{CPUWeight: 50, IOWeight: 50}); err != nil {
		t.Errorf("weights that are missing are fatal: %v", err)
	}
	if _, err := c.New("two", CgroupLimits{CPUs: 1}); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "cpu: ") {
		t.Errorf("New = %v, want ErrMissing, of cpu", err)
	}
}

func TestCgroupsOfVersion2AreNotMadeAmongOthers(t *testing.T) {
	pid := strconv.Itoa(os.Getpid())
	for name, c := range map[string]struct{ own, above, procs, want string }{
		"others":        {"0::/", "unrelated", "1\n" + pid + "\n", "holds other processes"},
		"not delegated": {"0::/", "cgroup.procs", pid + "\n", "is not delegated"},
	} {
		if os.Geteuid() != 0 && c.above == "cgroup.procs" {
			continue // what another user can change was given to it
		}
		root, mkdir := fake(t, map[string]string{"own/cgroup.controllers": "memory", "own/cgroup.subtree_control": "", "own/cgroup.procs": c.procs,
			"own/cgroup.type": "", c.above: ""}, files2...)
		groups, err := openCgroups(procs(t, "30 23 0:26 / "+root+"/own rw - cgroup2 cgroup2 rw\n", c.own), mkdir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := groups.New("one", CgroupLimits{Memory: 1}); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: New = %v, want ErrMissing, %s", name, err, c.want)
		}
		holds(t, root, map[string]string{"own/cgroup.subtree_control": "", "own/cgroup.procs": c.procs})
		if exists(root, "own/"+cgroupSelf) {
			t.Errorf("%s: it moved", name)
		}
	}
}

func TestCgroupsOfVersion1(t *testing.T) {
	root, mkdir := fake(t, map[string]string{"mem/b/tasks": "", "pids/c/tasks": "", "named/tasks": ""},
		"cgroup.procs", "tasks", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.usage_in_bytes", "memory.oom_control",
		"pids.max", "pids.current", "pids.events", "cpu.cfs_quota_us", "cpu.shares", "cpuacct.usage")
	mounts := "31 23 0:27 /a " + root + "/mem rw - cgroup cgroup rw,cpu,memory\n" +
		"32 23 0:28 / " + root + "/pids rw - cgroup cgroup rw,pids\n" +
		"33 23 0:29 / " + root + "/named rw - cgroup cgroup rw,name=systemd\n" +
		"34 23 0:30 /elsewhere " + root + "/pids rw - cgroup cgroup rw,freezer\n" +
		"35 23 0:31 / / rw - ext4 /dev/vda rw\nshort\n"
	c, err := openCgroups(procs(t, mounts, "9:freezer:/\n5:pids:/c\n4:cpu,memory:/a/b\n1:name=systemd:/\n"), mkdir)
	if err != nil {
		t.Fatal(err)
	}
	g, err := c.New("one", CgroupLimits{Memory: 1 << 20, Processes: 7, CPUs: 0.001, CPUWeight: 50})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Attach(42); err != nil {
		t.Fatal(err)
	}
	dirs := g.dirs()
	if len(dirs) != 2 || !strings.HasPrefix(dirs[0], root+"/mem/b/caisson-") || !strings.HasPrefix(dirs[1], root+"/pids/c/caisson-") {
		t.Fatalf("it is in %v", dirs)
	}
	holds(t, dirs[0], map[string]string{"memory.limit_in_bytes": "1048576", "memory.memsw.limit_in_bytes": "1048576",
		"cpu.cfs_quota_us": "1000", "cpu.shares": "512", "cgroup.procs": "42"})
	holds(t, dirs[1], map[string]string{"pids.max": "7", "cgroup.procs": "42"})
	want := "io: no tree, freezer: no tree, cpuacct: no tree, memory.swappiness, memory.kmem.tcp.limit_in_bytes, memory.max_usage_in_bytes, cpu.idle"
	if got := strings.ReplaceAll(strings.Join(c.Missing(), ", "), " of this host has it", ""); got != want {
		t.Errorf("Missing = %q, want %q", got, want)
	}
	if err := errors.Join(g.Freeze(), g.Thaw(), g.ResetPeak()); !errors.Is(err, ErrMissing) {
		t.Errorf("what is missing: %v", err)
	}
	if err := g.Demote(); err != nil {
		t.Error(err)
	}
	holds(t, dirs[0], map[string]string{"cpu.shares": "10"})
	// Before it kills, nothing forks any more.
	if err := put(dirs[0], "cgroup.procs", ""); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(put(dirs[1], "cgroup.procs", ""), g.Kill()); err != nil {
		t.Error(err)
	}
	holds(t, dirs[1], map[string]string{"pids.max": "0"})
}

func TestCgroupsThatCannotBeMadeAreMissing(t *testing.T) {
	for name, c := range map[string]struct{ mounts, own string }{
		"no mounts":         {"", "0::/\n"},
		"not in a group":    {"30 23 0:26 / /tmp rw - cgroup2 cgroup2 rw\n", ""},
		"outside":           {"30 23 0:26 / /tmp rw - cgroup2 cgroup2 rw\n", "0::/../x\n"},
		"no such group":     {"30 23 0:26 / /nowhere rw - cgroup2 cgroup2 rw\n", "0::/x\n"},
		"text that is none": {" - \n - a b c\nx - cgroup", "\n:\n::::\nx:y\n"},
	} {
		if _, err := openCgroups(procs(t, c.mounts, c.own), os.Mkdir); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), WallCgroup) {
			t.Errorf("%s: openCgroups = %v; want ErrMissing and the wall's name", name, err)
		}
	}
	if _, err := openCgroups(t.TempDir(), os.Mkdir); !errors.Is(err, ErrMissing) {
		t.Errorf("nothing to read: %v", err)
	}
}

// tree makes a file system that looks like one of control groups.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func holds(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	for name, text := range want {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != text {
			t.Errorf("%s = %q, %v; want %q", name, got, err, text)
		}
	}
}

func benchGroup(b *testing.B) *Cgroup {
	c, err := OpenCgroups()
	if err != nil {
		b.Skip(err)
	}
	g, err := c.New("bench", CgroupLimits{Memory: 64 << 20, Processes: 50, CPUs: 1})
	if err != nil {
		b.Skip(err)
	}
	b.Cleanup(func() {
		if err := errors.Join(g.Close(), c.Close()); err != nil {
			b.Error(err)
		}
	})
	return g
}

func BenchmarkCgroupUsage(b *testing.B) {
	g := benchGroup(b)
	if _, err := startIn(g, "victim"); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := g.Usage(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCgroupNewClose(b *testing.B) {
	g := benchGroup(b)
	for b.Loop() {
		one, err := g.home.New("one", CgroupLimits{Memory: 64 << 20, Processes: 50, CPUs: 1})
		if err != nil {
			b.Fatal(err)
		}
		if err := one.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCgroupEntry shows how long it takes to get a process into a group,
// when nothing on this machine was attached for a while.
func BenchmarkCgroupEntry(b *testing.B) {
	attr := &syscall.SysProcAttr{}
	forked := func() (int, error) {
		return syscall.ForkExec("/proc/self/exe", []string{"x", "victim"}, &syscall.ProcAttr{Sys: attr})
	}
	ways := []struct {
		name string
		do   func(g *Cgroup) (pid int, err error)
	}{
		{"none", func(*Cgroup) (int, error) { return forked() }},
		{"attach", func(g *Cgroup) (int, error) {
			pid, err := forked()
			return pid, errors.Join(err, g.Attach(pid))
		}},
		{"start", func(g *Cgroup) (pid int, err error) {
			err = g.Start(attr, func() (int, error) { pid, err = forked(); return pid, err })
			return pid, err
		}},
	}
	for _, way := range ways {
		b.Run(way.name, func(b *testing.B) {
			g := benchGroup(b)
			attr = &syscall.SysProcAttr{}
			for b.Loop() {
				b.StopTimer()
				time.Sleep(60 * time.Millisecond)
				b.StartTimer()
				pid, err := way.do(g)
				b.StopTimer()
				if err != nil {
					b.Fatal(err)
				}
				syscall.Kill(pid, syscall.SIGKILL)
				syscall.Wait4(pid, nil, 0, nil)
				b.StartTimer()
			}
		})
	}
}

package sys

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// CgroupLimits bound a control group. A zero field is not set.
type CgroupLimits struct {
	// Memory is in bytes, without swap. It counts what processes map, files in
	// tmpfs and the page cache, and what the kernel keeps for the group. In
	// version 1 buffers of network sockets count apart, and have an eighth of
	// it on top; where memory.kmem.tcp.limit_in_bytes is missing they are not
	// counted. Huge pages of hugetlbfs are nowhere.
	Memory    int64
	Processes int     // processes and threads
	CPUs      float64 // processor time for each second, at least a hundredth
	CPUWeight int     // 1 to 10000 when processors are scarce, 100 if not set
	IOWeight  int     // the same for disks
}

// A Cgroup is the control group of one sandbox. It is safe for concurrent use,
// but what starts a process in it must have returned before it is closed.
type Cgroup struct {
	home    *Cgroups
	name    string
	trees   []*cgroupTree
	weight  int      // CPUWeight
	unified *os.File // its directory in version 2; nil when there is none
	gauges  [len(gauges)]gauge

	closing sync.Once
	closed  atomic.Bool
	fault   error // of closing
}

// CgroupUsage is what a group used since it was made. What the host does not
// count is zero; see [Cgroups.Missing].
type CgroupUsage struct {
	CPU             time.Duration
	Memory          int64 // bytes, now
	MemoryPeak      int64 // bytes, since [Cgroup.ResetPeak] or the start
	OOMKills        int64 // processes that the kernel killed at the limit; version 1 kills one at a time
	Processes       int   // and threads, now
	ProcessRefusals int64 // forks that the limit refused
}

// A setting is a file of a group and what is written to it.
type setting struct {
	ability, file, value string
	optional             bool
}

// settings returns what to write for limits, where v2 tells the version that
// gives an ability.
func (l CgroupLimits) settings(v2 func(ability string) bool) []setting {
	var all []setting
	set := func(optional bool, ability, v1, v1value, v2file, v2value string) {
		if v2(ability) {
			v1, v1value = v2file, v2value
		}
		if v1 != "" {
			all = append(all, setting{ability, v1, v1value, optional})
		}
	}
	if l.Memory > 0 {
		n := strconv.FormatInt(l.Memory, 10)
		set(false, "memory", "memory.limit_in_bytes", n, "memory.max", n)
		set(true, "memory", "memory.memsw.limit_in_bytes", n, "memory.swap.max", "0")
		set(true, "memory", "memory.swappiness", "0", "memory.oom.group", "1")
		set(true, "memory", "memory.kmem.tcp.limit_in_bytes", strconv.FormatInt(l.Memory/8, 10), "", "")
	}
	if l.Processes > 0 {
		n := strconv.Itoa(l.Processes)
		set(false, "pids", "pids.max", n, "pids.max", n)
	}
	if l.CPUs > 0 {
		n := strconv.Itoa(max(1000, int(l.CPUs*100_000))) // of the kernel's default period, 100 ms
		set(false, "cpu", "cpu.cfs_quota_us", n, "cpu.max", n)
	}
	if l.CPUWeight > 0 {
		set(true, "cpu", "cpu.shares", strconv.Itoa(max(2, l.CPUWeight*1024/100)), "cpu.weight", strconv.Itoa(l.CPUWeight))
	}
	if l.IOWeight > 0 {
		set(true, "io", "blkio.bfq.weight", strconv.Itoa(min(1000, l.IOWeight)), "io.weight", strconv.Itoa(l.IOWeight))
	}
	return all
}

// features are files that a group can do without, beside settings.
func features(v2 func(ability string) bool) []setting {
	peak := "memory.max_usage_in_bytes"
	if v2("memory") {
		peak = "memory.peak"
	}
	all := []setting{{"memory", peak, "", true}, {"cpu", "cpu.idle", "", true}}
	if v2("freezer") {
		all = append(all, setting{"freezer", "cgroup.kill", "", true})
	}
	return all
}

// New makes a group, which holds no process yet. The name is a file name that
// no other group of c has. An error is [ErrMissing] when a limit was asked for
// that this host cannot hold; weights that it lacks are left out.
func (c *Cgroups) New(name string, l CgroupLimits) (*Cgroup, error) {
	if name == "" || name[0] == '.' || strings.ContainsAny(name, "/\x00") {
		return nil, fmt.Errorf("make a control group: bad name %q", name)
	}
	settings := l.settings(c.v2)
	for _, s := range settings {
		if _, err := c.need(s.ability); err != nil && !s.optional {
			return nil, err
		}
	}
	g := &Cgroup{home: c, name: name, weight: l.CPUWeight}
	for _, a := range abilities {
		// Each tree less is faster.
		if t := c.at[a.name]; t != nil && !slices.Contains(g.trees, t) && (a.name != "io" || l.IOWeight > 0) {
			g.trees = append(g.trees, t)
		}
	}
	if len(g.trees) == 0 {
		return nil, missing(WallCgroup, errors.New("only weights for disks"))
	}
	for i, dir := range g.dirs() {
		if err := g.trees[i].mkdir(dir, 0o755); err != nil {
			for _, dir := range g.dirs()[:i] {
				err = errors.Join(err, os.Remove(dir))
			}
			return nil, fmt.Errorf("make a control group: %w", err)
		}
	}
	if err := errors.Join(g.set(settings), g.open()); err != nil {
		return nil, fmt.Errorf("make a control group: %w", errors.Join(err, g.Close()))
	}
	return g, nil
}

// in returns the directory of the group in a tree.
func (g *Cgroup) in(t *cgroupTree) string { return filepath.Join(t.dir, g.name) }

func (g *Cgroup) set(settings []setting) error {
	for _, s := range settings {
		t := g.home.at[s.ability]
		if t == nil {
			continue
		}
		err := put(g.in(t), s.file, s.value)
		switch {
		case s.optional && errors.Is(err, os.ErrNotExist):
		case s.file == "cpu.cfs_quota_us" && errors.Is(err, unix.EINVAL):
			// Version 1 refuses more than a group above has. That one holds.
		case err != nil:
			return err
		}
	}
	return nil
}

// gauges are the numbers of a CgroupUsage: a file in each version, and in it
// all, or what stands behind a word.
var gauges = [...]struct{ ability, v1, v1word, v2, v2word string }{
	gaugeCPU:       {"cpuacct", "cpuacct.usage", "", "cpu.stat", "usage_usec"},
	gaugeMemory:    {"memory", "memory.usage_in_bytes", "", "memory.current", ""},
	gaugePeak:      {"memory", "memory.max_usage_in_bytes", "", "memory.peak", ""},
	gaugeOOM:       {"memory", "memory.oom_control", "oom_kill", "memory.events", "oom_kill"},
	gaugeProcesses: {"pids", "pids.current", "", "pids.current", ""},
	gaugeRefusals:  {"pids", "pids.events", "max", "pids.events", "max"},
}

const (
	gaugeCPU = iota
	gaugeMemory
	gaugePeak
	gaugeOOM
	gaugeProcesses
	gaugeRefusals
)

// A gauge is a number of one group, open to be read again and again.
type gauge struct {
	f    *os.File // nil when the host does not count it
	word string
}

func (g *Cgroup) open() (err error) {
	for _, t := range g.trees {
		if t.v2 {
			if g.unified, err = os.Open(g.in(t)); err != nil {
				return err
			}
		}
	}
	for i, m := range gauges {
		t := g.home.at[m.ability]
		if t == nil {
			continue
		}
		file := m.v1
		g.gauges[i].word = m.v1word
		if t.v2 {
			file, g.gauges[i].word = m.v2, m.v2word
		}
		mode := os.O_RDONLY
		if i == gaugePeak {
			mode = os.O_RDWR // version 2 resets it for one descriptor
		}
		f, err := os.OpenFile(filepath.Join(g.in(t), file), mode, 0)
		if errors.Is(err, os.ErrPermission) {
			f, err = os.Open(filepath.Join(g.in(t), file))
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		g.gauges[i].f = f
	}
	return nil
}

// Usage reads what the group used. It is cheap: a few reads of open files.
func (g *Cgroup) Usage() (CgroupUsage, error) {
	var n [len(gauges)]int64
	var room [512]byte
	for i, m := range g.gauges {
		if m.f == nil {
			continue
		}
		end, err := m.f.ReadAt(room[:], 0)
		if err != nil && err != io.EOF {
			return CgroupUsage{}, fmt.Errorf("read the usage of a control group: %w", err)
		}
		if n[i], err = number(room[:end], m.word); err != nil {
			return CgroupUsage{}, fmt.Errorf("read the usage of a control group: %s: %w", m.f.Name(), err)
		}
	}
	u := CgroupUsage{CPU: time.Duration(n[gaugeCPU]), Memory: n[gaugeMemory], MemoryPeak: n[gaugePeak],
		OOMKills: n[gaugeOOM], Processes: int(n[gaugeProcesses]), ProcessRefusals: n[gaugeRefusals]}
	if g.home.v2("cpuacct") {
		u.CPU *= time.Microsecond
	}
	return u, nil
}

// number finds the number that stands behind a word at the start of a line, or
// is the whole text when there is no word. A word that is not there counts none.
func number(text []byte, word string) (int64, error) {
	for line := range bytes.Lines(text) {
		if word == "" {
			return strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64)
		}
		if rest, ok := bytes.CutPrefix(line, []byte(word)); ok && len(rest) > 0 && rest[0] == ' ' {
			return strconv.ParseInt(string(bytes.TrimSpace(rest)), 10, 64)
		}
	}
	return 0, nil
}

// ResetPeak makes the peak of memory start again from what is used now. Where
// the kernel cannot (version 2 before Linux 6.12), it is [ErrMissing], and the
// peak stays that of the group's whole life.
func (g *Cgroup) ResetPeak() error {
	if f := g.gauges[gaugePeak].f; f == nil {
		return missing(WallCgroup, errors.New("the peak of memory is not counted"))
	} else if _, err := f.WriteAt([]byte("0"), 0); err != nil {
		return missing(WallCgroup, fmt.Errorf("reset the peak of memory: %w", err))
	}
	return nil
}

// Attach moves a process into the group, with all its threads. What it started
// before stays where it was.
//
// The kernel waits 8 to 15 ms for all processors to pass by (an RCU grace
// period) unless somebody on this machine attached something in the last 15 ms
// or so. There are three cures: be born in the group, which is [Cgroup.Start]
// and has no wait; mount option favordynmods, for the whole machine; or to
// attach before anybody waits for it.
func (g *Cgroup) Attach(pid int) error { return g.attach(pid, g.trees) }

func (g *Cgroup) attach(pid int, trees []*cgroupTree) error {
	for _, t := range trees {
		if pid <= 0 {
			return fmt.Errorf("attach to a control group: %d is no process", pid)
		}
		if err := put(g.in(t), "cgroup.procs", strconv.Itoa(pid)); err != nil {
			return fmt.Errorf("attach to a control group: %w", err)
		}
	}
	return nil
}

// Start calls start, which starts one process with attr and returns its id, so
// that the process is born in the group: at no time it is outside, and nobody
// waits as in [Cgroup.Attach]. For that, start runs on a thread that is in the
// group itself (version 1: a thread may move itself without waiting, and its
// children inherit) and attr has CLONE_INTO_CGROUP (version 2). Where this
// host permits neither, the process is attached when start has returned.
//
// It is for the first process of a group: others could slow down the thread,
// which holds up all that start a process, and so it refuses. The thread is the
// caller's, if that is locked and not the main one; it matters for Pdeathsig.
// On an error the process may run: the caller kills it.
func (g *Cgroup) Start(attr *syscall.SysProcAttr, start func() (pid int, err error)) (err error) {
	runtime.LockOSThread()
	if unix.Gettid() == os.Getpid() {
		// What any thread maps is charged to the group of the main one.
		defer runtime.UnlockOSThread()
		done := make(chan error)
		go func() { done <- g.Start(attr, start) }()
		return <-done
	}
	if len(words(g.dirs()[0], "cgroup.procs")) > 0 {
		runtime.UnlockOSThread()
		return errors.New("start in a control group: it has processes already")
	}
	var later, entered []*cgroupTree
	defer func() {
		var lost error
		for _, t := range entered {
			lost = errors.Join(lost, put(t.own, "tasks", "0"))
		}
		// A thread that cannot come back stays locked, and ends with its goroutine.
		if lost == nil {
			runtime.UnlockOSThread()
		}
		err = errors.Join(err, lost)
	}()
	for _, t := range g.trees {
		switch {
		case t.v2 && g.home.clone3:
			attr.UseCgroupFD, attr.CgroupFD = true, int(g.unified.Fd())
		case t.open:
			// The kernel reads 0 as: the calling thread.
			if err := put(g.in(t), "tasks", "0"); err != nil {
				return fmt.Errorf("start in a control group: %w", err)
			}
			entered = append(entered, t)
		default:
			later = append(later, t)
		}
	}
	pid, err := start()
	if err != nil {
		return err
	}
	return g.attach(pid, later)
}

// Doors returns what it takes to be born in the group, or to enter it, without
// the wait of [Cgroup.Attach]: the directory for CLONE_INTO_CGROUP, which stays
// the group's and is nil when there is no version 2, and for each other tree a
// file to which a process of one thread writes "0", whatever namespaces it is
// in. The caller closes the files.
func (g *Cgroup) Doors() (unified *os.File, tasks []*os.File, err error) {
	for _, t := range g.trees {
		name := "tasks"
		switch {
		case t.v2 && g.home.clone3:
			unified = g.unified
			continue
		case t.v2:
			name = "cgroup.procs"
		}
		f, err := os.OpenFile(filepath.Join(g.in(t), name), os.O_WRONLY, 0)
		if err != nil {
			for _, f := range tasks {
				f.Close()
			}
			return nil, nil, fmt.Errorf("open a control group: %w", err)
		}
		tasks = append(tasks, f)
	}
	return unified, tasks, nil
}

// Freeze stops all processes of the group, and returns when they stand still.
// Nothing may be in [Cgroup.Start] meanwhile.
func (g *Cgroup) Freeze() error {
	return g.freeze("FROZEN", "1", "frozen 1")
}

// Thaw lets the processes of a frozen group go on.
func (g *Cgroup) Thaw() error {
	return g.freeze("THAWED", "0", "frozen 0")
}

func (g *Cgroup) freeze(v1, v2, v2state string) error {
	t, err := g.home.need("freezer")
	if err != nil {
		return err
	}
	file, value, state, word := "freezer.state", v1, "freezer.state", v1
	if t.v2 {
		file, value, state, word = "cgroup.freeze", v2, "cgroup.events", v2state
	}
	if err := put(g.in(t), file, value); err != nil {
		return fmt.Errorf("freeze or thaw: %w", err)
	}
	if !soon(func() bool { return strings.Contains(strings.Join(words(g.in(t), state), " "), word) }) {
		return fmt.Errorf("freeze or thaw: it is not %s yet", word)
	}
	return nil
}

// Demote gives the group only the processor time that nobody else wants, or the
// least weight where the kernel has no such class (before Linux 5.15).
func (g *Cgroup) Demote() error {
	t, err := g.home.need("cpu")
	if err != nil {
		return err
	}
	if err := put(g.in(t), "cpu.idle", "1"); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return g.set(CgroupLimits{CPUWeight: 1}.settings(g.home.v2))
}

// Promote undoes Demote.
func (g *Cgroup) Promote() error {
	t, err := g.home.need("cpu")
	if err != nil {
		return err
	}
	if err := put(g.in(t), "cpu.idle", "0"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	// The kernel forgets the weight of a group that was idle.
	return g.set(CgroupLimits{CPUWeight: cmp.Or(g.weight, 100)}.settings(g.home.v2))
}

// Kill kills all processes of the group, frozen or not; none escapes by
// forking. They may take a moment to be gone, for which [Cgroup.Close] waits.
// The group is of no use afterwards.
func (g *Cgroup) Kill() error {
	if g.closed.Load() {
		return nil // another group can have the name by now
	}
	return killCgroup(g.dirs()...)
}

// Close kills, waits until nothing lives in the group, and removes it. It may
// be called again, and then says the same.
func (g *Cgroup) Close() error {
	g.closing.Do(func() {
		err := g.Kill()
		g.closed.Store(true)
		g.fault = errors.Join(err, removeCgroup(g.dirs()...))
		g.unified.Close()
		for _, m := range g.gauges {
			m.f.Close()
		}
	})
	return g.fault
}

// dirs returns the directories of the group, one a tree.
func (g *Cgroup) dirs() []string {
	var all []string
	for _, t := range g.trees {
		all = append(all, g.in(t))
	}
	return all
}

package sys

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Cgroups is where this process keeps its control groups, one for each
// sandbox, in whatever trees this host has: version 2, version 1 with a tree a
// controller, or both (the usual mix: limits in version 1, and a tree of
// version 2 that has no controllers but can kill, freeze and count processor
// time). It is safe for concurrent use.
type Cgroups struct {
	trees []*cgroupTree
	at    map[string]*cgroupTree // by ability
	why   map[string]error       // why an ability is not in at
	lacks []string               // files of single features

	clone3 bool // the kernel, and what filters our calls, know CLONE_INTO_CGROUP
}

// A cgroupTree is one hierarchy of groups.
type cgroupTree struct {
	v2          bool
	controllers []string // of version 1
	own         string   // the group of this process
	dir         string   // the parent of its sandboxes, which is made here
	lock        *os.File // dir, locked for as long as this process lives; nil before there is one
	open        bool     // version 1: a thread of ours can go to a group and come back
	mkdir       func(string, os.FileMode) error
}

// An ability is what groups give: a controller of version 1, and one of
// version 2 by its own name, unless all groups there have it. A file tells.
type ability struct {
	name, v1, v1file, v2file string
	always                   bool
}

var abilities = []ability{
	{"memory", "memory", "memory.limit_in_bytes", "memory.max", false},
	{"pids", "pids", "pids.max", "pids.max", false},
	{"cpu", "cpu", "cpu.cfs_quota_us", "cpu.max", false},
	{"io", "blkio", "blkio.bfq.weight", "io.weight", false},
	{"freezer", "freezer", "freezer.state", "cgroup.freeze", true},
	{"cpuacct", "cpuacct", "cpuacct.usage", "cpu.stat", true},
}

const (
	cgroupPrefix = "caisson-"     // begins the name of each parent of ours
	cgroupSuffix = ".groups"      // ends it
	cgroupSelf   = "caisson-self" // where this process goes, when its group must have children with controllers
)

// OpenCgroups finds out, by trying, what control groups give here, and makes a
// parent for those of this process below the group that it is in. In version 2
// a group with children that are limited must not hold processes; where the
// group is ours to change, this process moves to a child of it. An error means
// that there are no groups at all; [Cgroups.Missing] says what else is not.
func OpenCgroups() (*Cgroups, error) { return openCgroups("/proc/self", os.Mkdir) }

func openCgroups(proc string, mkdir func(string, os.FileMode) error) (*Cgroups, error) {
	c := &Cgroups{at: map[string]*cgroupTree{}, why: map[string]error{}}
	// With no arguments it fails in any case: how, tells whether it is there.
	_, _, errno := unix.Syscall(unix.SYS_CLONE3, 0, 0, 0)
	c.clone3 = errno == unix.EINVAL
	trees, err := findCgroups(proc)
	if err != nil {
		return nil, missing(WallCgroup, err)
	}
	for _, a := range abilities {
		c.why[a.name] = errors.New("no tree of this host has it")
	}
	name := fmt.Sprintf("%s%d-%s%s", cgroupPrefix, os.Getpid(), rand.Text()[:8], cgroupSuffix)
	for _, t := range trees {
		t.mkdir, t.dir = mkdir, filepath.Join(t.base(), name)
		c.use(t)
	}
	if len(c.at) == 0 {
		return nil, missing(WallCgroup, errors.New(strings.Join(c.Missing(), "; ")))
	}
	most := CgroupLimits{Memory: 1, Processes: 1, CPUs: 1, CPUWeight: 1, IOWeight: 1}
	for _, s := range append(most.settings(c.v2), features(c.v2)...) {
		if t := c.at[s.ability]; t != nil && !exists(t.dir, s.file) {
			c.lacks = append(c.lacks, s.file)
		}
	}
	return c, nil
}

// Missing returns what groups do not give here: abilities, with the reason,
// and then the kernel's files of single features.
func (c *Cgroups) Missing() []string {
	var all []string
	for _, a := range abilities {
		if err := c.why[a.name]; err != nil {
			all = append(all, fmt.Sprintf("%s: %v", a.name, err))
		}
	}
	return append(all, c.lacks...)
}

// Close kills what is left in groups of this process, and removes them. It is
// called once, when nothing else is called any more.
func (c *Cgroups) Close() error {
	var dirs []string
	for _, t := range c.trees {
		dirs = append(dirs, t.dir)
	}
	err := removeCgroups(dirs...)
	for _, t := range c.trees {
		t.lock.Close()
	}
	return err
}

// need returns the tree that gives an ability.
func (c *Cgroups) need(ability string) (*cgroupTree, error) {
	if t := c.at[ability]; t != nil {
		return t, nil
	}
	return nil, missing(WallCgroup, fmt.Errorf("%s: %w", ability, c.why[ability]))
}

func (c *Cgroups) v2(ability string) bool {
	t := c.at[ability]
	return t != nil && t.v2
}

// use takes a tree into use if it gives anything that none before it gave.
func (c *Cgroups) use(t *cgroupTree) {
	used := false
	for _, a := range abilities {
		if c.at[a.name] != nil || !t.v2 && !slices.Contains(t.controllers, a.v1) {
			continue
		}
		if err := t.give(a); err != nil {
			c.why[a.name] = err
			continue
		}
		c.at[a.name], used = t, true
		delete(c.why, a.name)
	}
	if used {
		c.trees = append(c.trees, t)
	} else if t.lock != nil {
		os.Remove(t.dir) // and if not, somebody sweeps it
		t.lock.Close()
	}
}

// give makes the groups of a tree have an ability.
func (t *cgroupTree) give(a ability) error {
	if t.lock == nil {
		if err := t.makeParent(); err != nil {
			return err
		}
	}
	file := a.v1file
	if t.v2 {
		file = a.v2file
		if !a.always {
			if err := t.enable(a.name); err != nil {
				return err
			}
		}
	}
	if !exists(t.dir, file) {
		return fmt.Errorf("groups have no %s", file)
	}
	return nil
}

// base returns the group in which the parent is made.
func (t *cgroupTree) base() string {
	if t.v2 && filepath.Base(t.own) == cgroupSelf {
		return filepath.Dir(t.own)
	}
	return t.own
}

// enable hands a controller of version 2 down to the groups of ours.
func (t *cgroupTree) enable(controller string) error {
	base := t.base()
	if !slices.Contains(words(base, "cgroup.controllers"), controller) {
		return fmt.Errorf("not among the cgroup.controllers of %s", base)
	}
	if !slices.Contains(words(base, "cgroup.subtree_control"), controller) {
		// The kernel wants no process in such a group, unless it is the root of all.
		if base == t.own && exists(base, "cgroup.type") {
			if err := t.step(); err != nil {
				return err
			}
		}
		if err := put(base, "cgroup.subtree_control", "+"+controller); err != nil {
			return err
		}
	}
	return put(t.dir, "cgroup.subtree_control", "+"+controller)
}

// step moves this process into a child of its group, if the group was given to
// us and has no other process: the rest is not ours to move.
func (t *cgroupTree) step() error {
	self := strconv.Itoa(os.Getpid())
	if !delegated(t.own) {
		return fmt.Errorf("%s is not delegated to us", t.own)
	}
	if !slices.Equal(words(t.own, "cgroup.procs"), []string{self}) {
		return fmt.Errorf("%s holds other processes, too", t.own)
	}
	leaf := filepath.Join(t.own, cgroupSelf)
	if err := t.mkdir(leaf, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	if err := put(leaf, "cgroup.procs", self); err != nil {
		return err
	}
	t.own = leaf
	return nil
}

// delegated says whether a group that is not the root of all was handed to us:
// to our user, by the mark that systemd sets, or as all that a container sees.
func delegated(dir string) bool {
	var mark [4]byte
	for _, name := range []string{"user.delegate", "trusted.delegate"} {
		if n, err := unix.Getxattr(dir, name, mark[:]); err == nil && string(mark[:n]) == "1" {
			return true
		}
	}
	return os.Geteuid() != 0 || !exists(filepath.Dir(dir), "cgroup.procs")
}

// makeParent makes the parent of the groups of this process. It holds a lock
// on it, by which others know that it lives: unlike a process id, that is true
// in every namespace, and nobody can come to have it by chance.
func (t *cgroupTree) makeParent() error {
	if t.v2 {
		// It is asked for where two groups meet, when a process changes over.
		if err := unix.Faccessat(unix.AT_FDCWD, filepath.Join(t.base(), "cgroup.procs"), unix.W_OK, unix.AT_EACCESS); err != nil {
			return fmt.Errorf("processes of %s cannot be moved: %w", t.base(), err)
		}
	} else {
		t.open = put(t.own, "tasks", "0") == nil // it is there already: this only shows that it may
	}
	const tries = 3 // somebody who sweeps can be faster than the lock
	for range tries {
		if err := t.mkdir(t.dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
		lock, err := lockCgroup(t.dir)
		if err == nil && exists(t.dir, "") {
			t.lock = lock
			return nil
		}
		lock.Close()
	}
	return fmt.Errorf("somebody removes %s", t.dir)
}

// lockCgroup locks a parent. It fails when somebody has it.
func lockCgroup(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return f, nil
}

// findCgroups returns the trees that this process sees, version 2 first:
// where they are mounted, and where in them it is (cgroups(7), proc(5)).
func findCgroups(proc string) ([]*cgroupTree, error) {
	mounts, err1 := os.ReadFile(filepath.Join(proc, "mountinfo"))
	paths, err2 := os.ReadFile(filepath.Join(proc, "cgroup"))
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	own := map[string]string{} // by controller; by "" in version 2
	for line := range strings.Lines(string(paths)) {
		if part := strings.SplitN(strings.TrimSpace(line), ":", 3); len(part) == 3 {
			for controller := range strings.SplitSeq(part[1], ",") {
				own[controller] = part[2]
			}
		}
	}
	var trees []*cgroupTree
	for line := range strings.Lines(string(mounts)) {
		mount, fs, _ := strings.Cut(line, " - ")
		m, f := strings.Fields(mount), strings.Fields(fs)
		if len(m) < 5 || len(f) < 3 || f[0] != "cgroup" && f[0] != "cgroup2" {
			continue
		}
		t := &cgroupTree{v2: f[0] == "cgroup2", controllers: strings.Split(f[2], ",")}
		if t.v2 {
			t.controllers = []string{""}
		}
		i := slices.IndexFunc(t.controllers, func(name string) bool { return own[name] != "" })
		if i < 0 {
			continue
		}
		path, err := filepath.Rel(m[3], own[t.controllers[i]])
		if err != nil || !filepath.IsLocal(path) {
			continue // this process is outside of what is mounted here
		}
		t.own = filepath.Join(m[4], path)
		if t.v2 {
			trees = slices.Insert(trees, 0, t)
		} else {
			trees = append(trees, t)
		}
	}
	return trees, nil
}

func exists(dir, file string) bool {
	_, err := os.Stat(filepath.Join(dir, file))
	return err == nil
}

// words returns the words of a file of the kernel; none when it cannot be read.
func words(dir, file string) []string {
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text))
}

// put writes to a file of the kernel, which must exist.
func put(dir, file, value string) error {
	f, err := os.OpenFile(filepath.Join(dir, file), os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(value)
	return err
}

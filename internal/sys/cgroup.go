package sys

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// CgroupLimits bound a control group. A zero field is not set.
type CgroupLimits struct {
	Memory    int64 // bytes
	Processes int   // processes and threads
}

// A Cgroup is a control group with one process in it, and what that starts.
type Cgroup struct {
	dirs []string // one in the unified hierarchy, or one a controller
}

// cgroupRoot is where control groups are mounted.
const cgroupRoot = "/sys/fs/cgroup"

// cgroupPrefix begins the name of each group of ours; the process that made it
// follows, so that a later one can sweep what it left.
const cgroupPrefix = "caisson-"

// NewCgroup puts a process into a new control group, below that of the caller,
// in version 2 or 1 of the hierarchy, as this host has it.
func NewCgroup(l CgroupLimits, pid int) (*Cgroup, error) {
	return newCgroup(cgroupRoot, "/proc/self/cgroup", l, pid)
}

func newCgroup(root, own string, l CgroupLimits, pid int) (*Cgroup, error) {
	text, err := os.ReadFile(own)
	if err != nil {
		return nil, missing(WallCgroup, err)
	}
	parents, unified := parseCgroups(string(text))
	name := fmt.Sprintf("%s%d-%d", cgroupPrefix, os.Getpid(), pid)
	g := &Cgroup{}
	if _, err := os.Stat(filepath.Join(root, "cgroup.controllers")); err == nil && unified != "" {
		err = g.add(filepath.Join(root, unified, name), map[string]string{
			"memory.max": number(l.Memory), "memory.swap.max": "0", "pids.max": number(int64(l.Processes))}, pid)
		if err != nil {
			return nil, missing(WallCgroup, errors.Join(err, g.Close()))
		}
		return g, nil
	}
	for controller, settings := range map[string]map[string]string{
		"memory": {"memory.limit_in_bytes": number(l.Memory)},
		"pids":   {"pids.max": number(int64(l.Processes))},
	} {
		err := errors.New("the " + controller + " controller is not mounted")
		if parent, ok := parents[controller]; ok {
			err = g.add(filepath.Join(root, controller, parent, name), settings, pid)
		}
		if err != nil {
			return nil, missing(WallCgroup, errors.Join(err, g.Close()))
		}
	}
	return g, nil
}

func number(n int64) string {
	if n <= 0 {
		return "max"
	}
	return strconv.FormatInt(n, 10)
}

// parseCgroups reads /proc/self/cgroup (cgroups(7)): where each controller of
// version 1 has the process, and where version 2 has.
func parseCgroups(text string) (parents map[string]string, unified string) {
	parents = map[string]string{}
	for line := range strings.Lines(text) {
		part := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(part) != 3 {
			continue
		}
		if part[0] == "0" && part[1] == "" {
			unified = part[2]
		}
		for controller := range strings.SplitSeq(part[1], ",") {
			parents[controller] = part[2]
		}
	}
	return parents, unified
}

func (g *Cgroup) add(dir string, settings map[string]string, pid int) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	g.dirs = append(g.dirs, dir)
	for file, value := range settings {
		if value == "max" && !strings.HasSuffix(file, ".max") {
			continue
		}
		err := os.WriteFile(filepath.Join(dir, file), []byte(value), 0o644)
		if err != nil && !(file == "memory.swap.max" && errors.Is(err, os.ErrNotExist)) {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o644)
}

// Close removes the group. Its processes must have ended; the kernel may take
// a moment to notice.
func (g *Cgroup) Close() error {
	var errs []error
	for _, dir := range g.dirs {
		err := os.Remove(dir)
		for wait := time.Millisecond; err != nil && !errors.Is(err, os.ErrNotExist) && wait < 200*time.Millisecond; wait *= 2 {
			time.Sleep(wait)
			err = os.Remove(dir)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, fmt.Errorf("remove a control group: %w", err))
		}
	}
	g.dirs = nil
	return errors.Join(errs...)
}

// SweepCgroups removes the groups that were left by processes of ours that are
// gone, beside the caller's own. It returns how many it removed.
func SweepCgroups() int {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return 0
	}
	parents, unified := parseCgroups(string(text))
	dirs := []string{filepath.Join(cgroupRoot, unified)}
	for _, controller := range []string{"memory", "pids"} {
		dirs = append(dirs, filepath.Join(cgroupRoot, controller, parents[controller]))
	}
	swept := 0
	for _, dir := range dirs {
		entries, err := filepath.Glob(filepath.Join(dir, cgroupPrefix+"*-*"))
		if err != nil {
			continue
		}
		for _, entry := range entries {
			owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(entry), cgroupPrefix), "-")
			if _, err := os.Stat("/proc/" + owner); err == nil || owner == "" {
				continue
			}
			if os.Remove(entry) == nil {
				swept++
			}
		}
	}
	return swept
}

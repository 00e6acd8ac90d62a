package backendtest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A residue is what a test may leave behind: nothing more than was there.
type residue struct {
	goroutines int
	files      int    // descriptors of this process and its children
	mounts     string // of this process, those that backends could have made
	children   int
	groups     []string // control groups of ours
}

// ours are what backends mount, and where they put a root directory together.
var ours = []string{"root", "scratch", "/proc", "/sys"}

func look() residue {
	r := residue{goroutines: runtime.NumGoroutine(), files: descriptors("self")}
	mounts, _ := os.ReadFile("/proc/self/mounts")
	for line := range strings.Lines(string(mounts)) {
		// Mounts of other programs come and go as they like.
		if f := strings.Fields(line); len(f) > 1 && (slices.Contains(ours, f[0]) || slices.Contains(ours, f[1])) {
			r.mounts += line
		}
	}
	for _, pid := range children() {
		r.children++
		r.files += descriptors(pid)
	}
	for _, pattern := range []string{"/sys/fs/cgroup/caisson-*", "/sys/fs/cgroup/*/caisson-*", "/sys/fs/cgroup/*/*/caisson-*", "/sys/fs/cgroup/*/*/*/caisson-*"} {
		found, _ := filepath.Glob(pattern) // the pattern is right
		for _, dir := range found {
			// Groups of other programs come and go as they like.
			if strings.HasPrefix(filepath.Base(dir), fmt.Sprintf("caisson-%d-", os.Getpid())) {
				r.groups = append(r.groups, dir)
			}
		}
	}
	return r
}

// descriptors counts those of a process; 0 when we may not see them.
func descriptors(pid string) int {
	list, _ := os.ReadDir("/proc/" + pid + "/fd")
	return len(list)
}

// children returns the processes that this one started.
func children() (pids []string) {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range all {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		if f := strings.Fields(rest); len(f) > 1 && f[1] == strconv.Itoa(os.Getpid()) {
			pids = append(pids, filepath.Base(filepath.Dir(name)))
		}
	}
	return pids
}

// same fails the test when there is more than before, after what ends by
// itself had its time.
func (before residue) same(t testing.TB) {
	t.Helper()
	var what string
	for wait := time.Millisecond; wait < 3*time.Second; wait *= 2 {
		if what = before.more(look()); what == "" {
			return
		}
		time.Sleep(wait)
	}
	t.Errorf("left behind: %s", what)
	if strings.Contains(what, "goroutines") {
		stacks := make([]byte, 1<<16)
		t.Logf("%s", stacks[:runtime.Stack(stacks, true)])
	}
}

func (before residue) more(now residue) string {
	switch {
	case now.goroutines > before.goroutines:
		return fmt.Sprintf("%d goroutines where %d were", now.goroutines, before.goroutines)
	case now.children > before.children:
		return fmt.Sprintf("%d processes where %d were", now.children, before.children)
	case now.files > before.files+now.children:
		// A worker may keep one more for itself, such as its poller's.
		return fmt.Sprintf("%d descriptors where %d were", now.files, before.files)
	case now.mounts != before.mounts:
		return "mounts:\n" + now.mounts
	}
	for _, g := range now.groups {
		if !slices.Contains(before.groups, g) && now.children <= before.children && len(now.groups) > len(before.groups) {
			return "control group " + g
		}
	}
	return ""
}

// Residue looks at what there is now, and returns a function that fails the
// test when something was added and has not gone.
func Residue(t testing.TB) (check func()) {
	before := look()
	return func() { t.Helper(); before.same(t) }
}

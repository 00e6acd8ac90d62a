package sys

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

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

func TestCgroupVersion2(t *testing.T) {
	root := tree(t, map[string]string{"cgroup.controllers": "memory pids", "user/own": "0::/user\n"})
	g, err := newCgroup(root, filepath.Join(root, "user/own"), CgroupLimits{Memory: 1 << 20, Processes: 7}, 42)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "user", fmt.Sprintf("caisson-%d-42", os.Getpid()))
	holds(t, dir, map[string]string{"memory.max": "1048576", "memory.swap.max": "0", "pids.max": "7", "cgroup.procs": "42"})
	if len(g.dirs) != 1 || g.dirs[0] != dir {
		t.Errorf("groups = %v, want %s", g.dirs, dir)
	}
	// A limit that is not given is none in the kernel's words.
	if _, err := newCgroup(root, filepath.Join(root, "user/own"), CgroupLimits{}, 43); err != nil {
		t.Fatal(err)
	}
	holds(t, strings.TrimSuffix(dir, "42")+"43", map[string]string{"memory.max": "max", "pids.max": "max"})
}

func TestCgroupVersion1(t *testing.T) {
	root := tree(t, map[string]string{"memory/a/b/x": "", "pids/c/x": "", "own": "5:pids:/c\n4:cpu,memory:/a/b\n0::/\n"})
	if _, err := newCgroup(root, filepath.Join(root, "own"), CgroupLimits{Memory: 1 << 20, Processes: 7}, 42); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("caisson-%d-42", os.Getpid())
	holds(t, filepath.Join(root, "memory/a/b", name), map[string]string{"memory.limit_in_bytes": "1048576", "cgroup.procs": "42"})
	holds(t, filepath.Join(root, "pids/c", name), map[string]string{"pids.max": "7", "cgroup.procs": "42"})
}

func TestCgroupThatCannotBeMadeIsMissingAndLeavesNothing(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"no controllers":    {"own": "0::/\n"},
		"only one":          {"own": "5:memory:/\n", "memory/x": ""},
		"nothing to read":   {},
		"no such parent":    {"own": "0::/nowhere\n", "cgroup.controllers": ""},
		"text that is none": {"own": "\n:\n::::\nx:y\n"},
	} {
		root := tree(t, files)
		g, err := newCgroup(root, filepath.Join(root, "own"), CgroupLimits{Memory: 1}, 42)
		if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), WallCgroup) || g != nil {
			t.Errorf("%s: newCgroup = %v, %v; want ErrMissing and the wall's name", name, g, err)
		}
	}
	if err := (&Cgroup{}).Close(); err != nil {
		t.Errorf("Close of no group: %v", err)
	}
}

// TestCgroupOfThisHost puts a process into a group that is real.
func TestCgroupOfThisHost(t *testing.T) {
	c := exec.Command("/proc/self/exe", "victim")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	defer c.Process.Kill()
	g, err := NewCgroup(CgroupLimits{Memory: 64 << 20, Processes: 20}, c.Process.Pid)
	if err != nil {
		require(t, err)
	}
	dirs := g.dirs
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", c.Process.Pid))
	if err != nil || strings.Count(string(text), fmt.Sprintf("/caisson-%d-%d\n", os.Getpid(), c.Process.Pid)) != len(dirs) {
		t.Errorf("it is in %q, %v; want in each of %v", text, err, dirs)
	}
	c.Process.Kill()
	c.Wait()
	if err := g.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	for _, dir := range dirs {
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s was left: %v", dir, err)
		}
	}
	if err := g.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
	// What a process that is gone left is swept; what one that lives has, not.
	for i, dir := range dirs {
		parent := filepath.Dir(dir)
		gone := filepath.Join(parent, "caisson-999999999-1")
		ours := filepath.Join(parent, fmt.Sprintf("caisson-%d-0", os.Getpid()))
		if err := errors.Join(os.Mkdir(gone, 0o755), os.Mkdir(ours, 0o755)); err != nil {
			t.Fatal(err)
		}
		if n := SweepCgroups(); n < 1 {
			t.Errorf("SweepCgroups = %d in hierarchy %d, want at least 1", n, i)
		}
		if _, err := os.Stat(gone); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s was not swept: %v", gone, err)
		}
		if err := os.Remove(ours); err != nil {
			t.Errorf("ours was swept, too: %v", err)
		}
	}
}

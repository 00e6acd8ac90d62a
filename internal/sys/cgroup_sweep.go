package sys

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// SweepCgroups kills what lives in groups of processes of ours that are gone,
// beside the caller's own, and removes them. It returns how many processes had
// left some.
func SweepCgroups() int {
	trees, err := findCgroups("/proc/self")
	if err != nil {
		return 0
	}
	left := map[string][]string{} // directories, by the name of the parent
	for _, t := range trees {
		for _, name := range subdirs(t.base()) {
			if !strings.HasPrefix(name, cgroupPrefix) || !strings.HasSuffix(name, cgroupSuffix) {
				continue
			}
			dir := filepath.Join(t.base(), name)
			// It fails when the owner lives, or somebody else sweeps.
			if lock, err := lockCgroup(dir); err == nil {
				defer lock.Close()
				left[name] = append(left[name], dir)
			}
		}
	}
	swept := 0
	for _, dirs := range left {
		if removeCgroups(dirs...) == nil {
			swept++
		}
	}
	return swept
}

// removeCgroups removes all groups of one process, given by the directories of
// their parent, and what lives there.
func removeCgroups(parents ...string) error {
	groups := map[string][]string{}
	for _, parent := range parents {
		for _, name := range subdirs(parent) {
			groups[name] = append(groups[name], filepath.Join(parent, name))
		}
	}
	var errs []error
	for _, dirs := range groups {
		errs = append(errs, killCgroup(dirs...))
	}
	return errors.Join(append(errs, removeCgroup(parents...))...)
}

// killCgroup kills what is in one group, given by its directories.
func killCgroup(dirs ...string) error {
	for _, dir := range dirs {
		if put(dir, "cgroup.kill", "1") == nil {
			return nil
		}
	}
	for _, dir := range dirs {
		_ = put(dir, "pids.max", "0") // in one of them, so that nothing forks faster than we kill
	}
	if !soon(func() bool {
		alive := false
		for _, dir := range dirs {
			alive = signalCgroup(dir) || alive
		}
		return !alive
	}) {
		return errors.New("kill a control group: some processes do not end")
	}
	return nil
}

// signalCgroup sends SIGKILL to what is in a directory and below, and says
// whether there was anything. It spares this process: in version 1 a thread of it that is in
// [Cgroup.Start] makes it be listed.
func signalCgroup(dir string) (found bool) {
	fds := map[string]int{}
	for _, pid := range words(dir, "cgroup.procs") {
		n, _ := strconv.Atoi(pid)
		if n == os.Getpid() {
			continue
		}
		found = true
		if fd, err := unix.PidfdOpen(n, 0); err == nil {
			fds[pid] = fd
			defer unix.Close(fd)
		}
	}
	// Who is listed again is who was opened: an id is not used twice meanwhile.
	for _, pid := range words(dir, "cgroup.procs") {
		if fd, ok := fds[pid]; ok {
			_ = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0) // fails when it has ended
		}
	}
	_ = put(dir, "freezer.state", "THAWED") // the frozen of version 1 do not die
	for _, name := range subdirs(dir) {
		found = signalCgroup(filepath.Join(dir, name)) || found
	}
	return found
}

// removeCgroup removes directories of groups and all below, once what was
// killed there is gone.
func removeCgroup(dirs ...string) error {
	var err error
	soon(func() bool {
		err = nil
		for _, dir := range dirs {
			err = errors.Join(err, removeTree(dir))
		}
		return err == nil
	})
	if err != nil {
		return fmt.Errorf("remove a control group: %w", err)
	}
	return nil
}

func removeTree(dir string) error {
	for _, name := range subdirs(dir) {
		_ = removeTree(filepath.Join(dir, name)) // if not, dir is not removed either
	}
	err := os.Remove(dir)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	signalCgroup(dir) // a process that did not come as far as the other trees
	return err
}

// soon waits until the kernel has done something, and says whether it did.
func soon(done func() bool) bool {
	const longest = 5 * time.Second
	end := time.Now().Add(longest)
	for wait := 50 * time.Microsecond; !done(); wait = min(2*wait, 5*time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
		time.Sleep(wait)
	}
	return true
}

func subdirs(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

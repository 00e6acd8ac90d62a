package sys

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// MemoryOf returns the peak of a process's memory, and how much it has now: all
// of it, and what is private to it and can be written. All count address space
// in bytes, as the limits of address space and of data do (proc_pid_status(5):
// VmPeak, VmSize, VmData).
func MemoryOf(pid int) (peak, all, data int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, 0, fmt.Errorf("read the memory of a process: %w", err)
	}
	for line := range bytes.Lines(text) {
		for name, to := range map[string]*int64{"VmPeak:": &peak, "VmSize:": &all, "VmData:": &data} {
			rest, ok := bytes.CutPrefix(line, []byte(name))
			if !ok {
				continue
			}
			kib, err := strconv.ParseInt(string(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte(" kB"))), 10, 64)
			if err != nil {
				return 0, 0, 0, fmt.Errorf("read the memory of a process: %w", err)
			}
			*to = kib << 10
		}
	}
	return peak, all, data, nil
}

// DiskSpace returns the size of the file system that a file is on, what is
// free of it for everybody, both in bytes, and how many inodes are.
func DiskSpace(f *os.File) (total, free, inodes int64, err error) {
	var s unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &s); err != nil {
		return 0, 0, 0, os.NewSyscallError("fstatfs", err)
	}
	return int64(s.Blocks) * s.Bsize, int64(s.Bavail) * s.Bsize, int64(s.Ffree), nil
}

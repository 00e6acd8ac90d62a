package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// A hostWire says on what machine something was found out.
type hostWire struct {
	OS          string `json:"os"`
	Arch        string `json:"arch"`
	Kernel      string `json:"kernel"`
	CPU         string `json:"cpu"`
	CPUs        int    `json:"cpus"`
	MemoryBytes int64  `json:"memoryBytes"`
	User        int    `json:"user"` // number; 0 is root
}

func thisHost() hostWire {
	h := hostWire{OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), User: os.Geteuid()}
	var u syscall.Utsname
	if err := syscall.Uname(&u); err == nil {
		for _, c := range u.Release {
			if c == 0 {
				break
			}
			h.Kernel += string(rune(c))
		}
	}
	h.CPU = fieldOf("/proc/cpuinfo", "model name")
	h.MemoryBytes = kibibytes(fieldOf("/proc/meminfo", "MemTotal"))
	return h
}

// kibibytes reads "123 kB" as bytes; what is no such number is 0.
func kibibytes(text string) int64 {
	digits, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}

// fieldOf returns what stands behind "name:" in a file of the kernel, or "".
func fieldOf(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

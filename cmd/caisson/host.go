package main

import (
	"fmt"
	"os"
	"runtime"
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
	fmt.Sscanf(fieldOf("/proc/meminfo", "MemTotal"), "%d", &h.MemoryBytes)
	h.MemoryBytes <<= 10
	return h
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

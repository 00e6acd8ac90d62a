package caisson

import (
	"fmt"
	"slices"
	"time"
)

// A Posture is what code may do. The zero Posture permits nothing.
type Posture struct {
	Isolation Isolation `json:"isolation"`
	Limits    Limits    `json:"limits"`
	Egress    []string  `json:"egress,omitempty"` // hosts that may be reached, as a set; none when empty

	// Require names the walls that must stand, beyond what the isolation
	// itself is, as a set: "seccomp", "landlock", "namespaces", "cgroup". A
	// host that cannot build one of them does not run the code.
	Require []string `json:"require,omitempty"`
}

// Tighten returns the posture that permits only what p and q both permit: the
// higher isolation, the lower of each limit, the hosts in both sets, the walls
// in either. A zero Posture on either side gives the zero Posture.
//
// Risk, policy and a running monitor combine through it: none of them can give
// back what another took away.
func (p Posture) Tighten(q Posture) Posture {
	if p.zero() || q.zero() {
		return Posture{}
	}
	var both []string
	for _, h := range p.Egress {
		if slices.Contains(q.Egress, h) && !slices.Contains(both, h) {
			both = append(both, h)
		}
	}
	slices.Sort(both)
	require := slices.Concat(p.Require, q.Require)
	slices.Sort(require)
	return Posture{
		Isolation: max(p.Isolation, q.Isolation),
		Limits:    p.Limits.Tighten(q.Limits),
		Egress:    both,
		Require:   slices.Compact(require),
	}
}

// Lacking returns the walls that the posture requires and that are not among
// those that stand.
func (p Posture) Lacking(stand []string) (lacking []string) {
	for _, wall := range p.Require {
		if !slices.Contains(stand, wall) {
			lacking = append(lacking, wall)
		}
	}
	return lacking
}

func (p Posture) zero() bool {
	return p.Isolation == 0 && p.Limits == Limits{} && len(p.Egress) == 0 && len(p.Require) == 0
}

// Limits bound one sandbox. A zero limit means none of it: code with the zero
// Limits cannot run at all. All are enforced from outside the sandbox, and each
// has a [Status] of its own for the code that meets it.
type Limits struct {
	Wall      time.Duration `json:"wall"`      // real time of one execution, sleeping included
	CPU       time.Duration `json:"cpu"`       // processor time of one execution
	Memory    int64         `json:"memory"`    // bytes the code can use at once
	Disk      int64         `json:"disk"`      // bytes in its files
	Inodes    int           `json:"inodes"`    // files and folders
	OpenFiles int           `json:"openFiles"` // descriptors open at once
	Output    int64         `json:"output"`    // bytes on stdout, stderr and in results of one execution
	Processes int           `json:"processes"` // processes and threads at once
}

// Tighten returns the lower of each limit.
func (l Limits) Tighten(m Limits) Limits {
	return Limits{
		Wall:      min(l.Wall, m.Wall),
		CPU:       min(l.CPU, m.CPU),
		Memory:    min(l.Memory, m.Memory),
		Disk:      min(l.Disk, m.Disk),
		Inodes:    min(l.Inodes, m.Inodes),
		OpenFiles: min(l.OpenFiles, m.OpenFiles),
		Output:    min(l.Output, m.Output),
		Processes: min(l.Processes, m.Processes),
	}
}

// An Isolation is the least that must stand between guest code and the host
// kernel: a floor, never the name of a backend. No backend meets the zero
// Isolation; where a request names none, the doors put the API's default.
type Isolation int

const (
	IsolationShared   Isolation = iota + 1 // a filtered part of the host kernel
	IsolationMediated                      // a kernel or runtime in user space
	IsolationVirtual                       // a kernel of its own, under a hypervisor
)

var isolationNames = []string{"none", "shared", "mediated", "virtual"}

// String returns the floor's name, "none" for the zero Isolation, or
// "isolation(n)" for no floor we know.
func (i Isolation) String() string {
	if i >= 0 && int(i) < len(isolationNames) {
		return isolationNames[i]
	}
	return fmt.Sprintf("isolation(%d)", int(i))
}

// ParseIsolation is the inverse of [Isolation.String] for the known floors.
func ParseIsolation(s string) (Isolation, error) {
	if i := slices.Index(isolationNames, s); i > 0 {
		return Isolation(i), nil
	}
	return 0, Errorf(Invalid, "isolation %q is not known: use shared, mediated or virtual", s)
}

// MarshalText writes the floor's name, so that JSON and TOML read well.
func (i Isolation) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (i *Isolation) UnmarshalText(b []byte) error {
	if string(b) == isolationNames[0] {
		*i = 0
		return nil
	}
	v, err := ParseIsolation(string(b))
	if err != nil {
		return err
	}
	*i = v
	return nil
}

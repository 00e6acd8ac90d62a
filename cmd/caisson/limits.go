package main

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/image"
)

// A size is a number of bytes on the command line: "4096", "64K", "256MiB".
type size int64

var units = map[string]int64{
	"": 1, "B": 1,
	"K": 1 << 10, "KB": 1 << 10, "KIB": 1 << 10,
	"M": 1 << 20, "MB": 1 << 20, "MIB": 1 << 20,
	"G": 1 << 30, "GB": 1 << 30, "GIB": 1 << 30,
}

// Set implements [pflag.Value].
func (s *size) Set(text string) error {
	digits := strings.TrimRight(text, "BbIiKkMmGg")
	unit, ok := units[strings.ToUpper(text[len(digits):])]
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n <= 0 || n > math.MaxInt64/unit {
		return fmt.Errorf("%q is no size above zero: write it as 4096, 64K, 256M or 1G", text)
	}
	*s = size(n * unit)
	return nil
}

// Type implements [pflag.Value].
func (s *size) Type() string { return "size" }

// String implements [pflag.Value].
func (s *size) String() string {
	if *s == 0 {
		return ""
	}
	return showBytes(int64(*s))
}

// A span is a time above zero on the command line: "500ms", "30s", "2m".
type span time.Duration

// Set implements [pflag.Value].
func (s *span) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is no time above zero: write it as 500ms, 30s or 2m", text)
	}
	*s = span(d)
	return nil
}

// Type implements [pflag.Value].
func (s *span) Type() string { return "time" }

// String implements [pflag.Value].
func (s *span) String() string {
	if *s == 0 {
		return ""
	}
	return time.Duration(*s).String()
}

// wishes are the flags that say what code may do. What is not set is as policy
// says, and nothing can be had beyond that.
type wishes struct {
	wall, cpu            span
	memory, disk, output size
	net                  string
	isolation            string
	policy               string
}

func (w *wishes) flags(f *pflag.FlagSet) {
	f.VarP(&w.wall, "timeout", "", "real time that the code may take")
	f.VarP(&w.cpu, "cpu", "", "processor time that the code may take")
	f.VarP(&w.memory, "memory", "", "memory that the code may use")
	f.VarP(&w.disk, "disk", "", "bytes that its files may hold")
	f.VarP(&w.output, "output", "", "bytes that it may write to stdout, stderr and in results")
	f.StringVar(&w.net, "net", "none", "network; none is all there is")
	f.StringVar(&w.isolation, "isolation", "", "least isolation: shared, mediated or virtual")
	f.StringVar(&w.policy, "policy", "", "policy file, in place of the configured one")
}

// posture returns what is asked for, with a zero for what policy shall fill in.
func (w *wishes) posture() (caisson.Posture, error) {
	if w.net != "none" {
		return caisson.Posture{}, caisson.Errorf(caisson.Unsupported, "--net %q: no backend of this program has a network, so only none can be asked for", w.net)
	}
	want := caisson.Posture{Limits: caisson.Limits{
		Wall: time.Duration(w.wall), CPU: time.Duration(w.cpu),
		Memory: int64(w.memory), Disk: int64(w.disk), Output: int64(w.output),
	}}
	if w.isolation == "" {
		return want, nil
	}
	var err error
	want.Isolation, err = caisson.ParseIsolation(w.isolation)
	return want, err
}

// roomFor returns what is asked for, filled in, with the room that programs of
// a language take wherever nothing else was asked for. Policy has the last word.
func roomFor(asked, filled caisson.Posture, lang string) caisson.Posture {
	room := image.Languages()[lang].Room.Limits()
	l, a := &filled.Limits, asked.Limits
	atLeast(&l.Wall, a.Wall, room.Wall)
	atLeast(&l.CPU, a.CPU, room.CPU)
	atLeast(&l.Memory, a.Memory, room.Memory)
	atLeast(&l.Disk, a.Disk, room.Disk)
	atLeast(&l.OpenFiles, a.OpenFiles, room.OpenFiles)
	atLeast(&l.Processes, a.Processes, room.Processes)
	return filled
}

func atLeast[T cmp.Ordered](limit *T, asked, room T) {
	var none T
	if asked == none {
		*limit = max(*limit, room)
	}
}

// showBytes writes a number of bytes for people.
func showBytes(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.4g GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.4g MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.4g KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}

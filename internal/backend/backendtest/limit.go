package backendtest

import (
	"io"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
)

// brief is a limit that a test can wait for.
const brief = 200 * time.Millisecond

// limits are what code must not have more of, each with its own status.
func limits() []check {
	return []check{
		{"ends code at its wall limit", endsAtWall},
		{"ends code that waits for stdin at its wall limit", endsReadAtWall},
		{"ends code at its CPU limit", endsAtCPU},
		{"ends code at its memory limit", endsAtMemory},
		{"ends code at its output limit", endsAtOutput},
		{"ends code at its disk limit", endsAtDisk},
		{"bounds open files", boundsOpenFiles},
		{"takes zero for none", takesZeroForNone},
		{"takes an execution's own limits", takesOwnLimits},
	}
}

func wall(l *caisson.Limits) { l.Wall = brief }

func endsAtWall(k kit) {
	for _, code := range []string{k.l.Spin, k.l.Sleep, k.l.Stubborn} {
		in := k.create(wall)
		r := k.status(in, backend.Cmd{Code: code}, caisson.TimedOut)
		if r.Usage.Wall < brief {
			k.Errorf("Exec(%q) ended after %v, before its limit", short(code), r.Usage.Wall)
		}
		k.usable(in)
	}
}

func endsReadAtWall(k kit) {
	k.needs(k.l.Line)
	r, w := io.Pipe() // nothing ever comes
	defer w.Close()
	in := k.create(wall)
	k.status(in, backend.Cmd{Code: k.l.Line, Streams: caisson.Streams{Stdin: r}}, caisson.TimedOut)
	k.usable(in)
}

func endsAtCPU(k kit) {
	in := k.create(func(l *caisson.Limits) { l.CPU = brief })
	k.status(in, backend.Cmd{Code: k.l.Spin}, caisson.TimedOut)
	k.usable(in)
	// Time that code sleeps is none of it.
	in = k.create(func(l *caisson.Limits) { l.CPU, l.Wall = time.Minute, 2*brief })
	if r := k.status(in, backend.Cmd{Code: k.l.Sleep}, caisson.TimedOut); r.Usage.CPU > r.Usage.Wall {
		k.Errorf("a sleep took %v of the processor", r.Usage.CPU)
	}
}

func endsAtMemory(k kit) {
	k.needs(k.l.Hog)
	in := k.create()
	r := k.status(in, backend.Cmd{Code: k.l.Hog}, caisson.OutOfMemory)
	if r.Usage.PeakMemory > k.l.Memory {
		k.Errorf("peak memory %d is above the limit of %d", r.Usage.PeakMemory, k.l.Memory)
	}
	k.usable(in)
}

func endsAtOutput(k kit) {
	for _, code := range []string{k.l.Flood, k.l.FloodErr, k.l.FloodResults} {
		if code == "" {
			continue
		}
		const most = 100 << 10
		in := k.create(func(l *caisson.Limits) { l.Output = most })
		r := k.status(in, backend.Cmd{Code: code}, caisson.OutputLimit)
		got := len(r.out) + len(r.err)
		for _, x := range r.results {
			for _, b := range x.Data {
				got += len(b)
			}
		}
		if got > most || got < most/2 {
			k.Errorf("Exec(%q) let %d bytes out, want about %d and no more", short(code), got, most)
		}
		k.usable(in)
	}
}

func endsAtDisk(k kit) {
	k.needs(k.l.FillDisk, k.l.FillInodes)
	in := k.create()
	if r := k.status(in, backend.Cmd{Code: k.l.FillDisk}, caisson.DiskLimit); r.Usage.Disk > k.spec().Posture.Limits.Disk {
		k.Errorf("%d bytes on disk, above the limit", r.Usage.Disk)
	}
	k.usable(in)
	in = k.create()
	k.status(in, backend.Cmd{Code: k.l.FillInodes}, caisson.DiskLimit)
	k.usable(in)
}

func boundsOpenFiles(k kit) {
	k.needs(k.l.FillOpen)
	in := k.create()
	// Its end is the code's own: it is told that it has too many.
	k.fails(in, k.l.FillOpen)
	k.usable(in)
}

func takesZeroForNone(k kit) {
	in := k.create(func(l *caisson.Limits) { l.Output = 0 })
	if r := k.status(in, backend.Cmd{Code: k.l.Print}, caisson.OutputLimit); r.out != "" {
		k.Errorf("without an output limit, stdout = %q", r.out)
	}
	in = k.create(func(l *caisson.Limits) { l.Disk = 0 })
	k.status(in, backend.Cmd{Code: k.l.Write}, caisson.DiskLimit)
	in = k.create(func(l *caisson.Limits) { l.Inodes = 0 })
	k.status(in, backend.Cmd{Code: k.l.Write}, caisson.DiskLimit)
	// A backend whose runtime cannot live without any may refuse.
	s := k.spec(func(l *caisson.Limits) { l.OpenFiles = 0 })
	if in, err := k.b.Create(k.Context(), s); err == nil {
		k.keep(in)
		k.fails(in, k.l.Write)
	}
}

func takesOwnLimits(k kit) {
	in := k.create()
	all := k.spec().Posture.Limits
	own := all
	own.Wall = brief
	k.status(in, backend.Cmd{Code: k.l.Sleep, Limits: own}, caisson.TimedOut)
	own = all
	own.Output = 3
	in = k.create()
	if r := k.status(in, backend.Cmd{Code: k.l.Print, Limits: own}, caisson.OutputLimit); r.out != "hel" {
		k.Errorf("stdout = %q, want its first 3 bytes", r.out)
	}
	// They cannot be more than the sandbox's.
	in = k.create(wall)
	own = all
	own.Wall = time.Hour
	k.status(in, backend.Cmd{Code: k.l.Sleep, Limits: own}, caisson.TimedOut)
}

package wasi

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/caisson-dev/caisson/internal/memfs"
)

// Caps on one call, whatever the guest asks for.
const (
	MaxVectors       = 1024     // buffers of one read or write; more is EINVAL
	MaxTransfer      = 16 << 20 // bytes that one read or write moves; the rest is left
	MaxSubscriptions = 4096     // of one poll_oneoff; more is EINVAL
	PipeSize         = 64 << 10 // bytes that a pipe holds
)

// firstFree is the lowest descriptor that is not there from the start: 0 to 2
// are stdin, stdout and stderr, 3 is the root directory.
const (
	rootFD    = 3
	firstFree = 4
)

// An Input is where stdin comes from.
type Input interface {
	// Read reads up to len(p) bytes into guest memory and returns io.EOF at
	// the end. It may block; it returns when ctx is done. It must not keep p.
	Read(ctx context.Context, p []byte) (int, error)
}

// Stdio is where the standard descriptors lead. What Out and Err get is guest
// memory: they must not keep it. Their first error is remembered and fails
// each later write: as EPIPE when it is io.ErrClosedPipe, else as EIO.
type Stdio struct {
	In  Input                // empty when nil
	Out func(p []byte) error // discarded when nil
	Err func(p []byte) error // discarded when nil
}

// A Config says what a [Process] is made of.
type Config struct {
	FS       *memfs.FS // what the guest sees as "/"; required
	Stdio    Stdio
	MaxFiles int // descriptors open at once, the first four included; they are always there

	Realtime  func() time.Time     // time.Now when nil
	Monotonic func() time.Duration // time since any start; since New when nil. The guest's starts at 0
	CPU       func() time.Duration // processor time used; without it those clocks are EINVAL
	Random    io.Reader            // crypto/rand when nil
	Wake      <-chan struct{}      // a value ends a sleep with EINTR; never when nil
}

// A Process is what one guest has of the world. It is for one goroutine at a
// time; only its file system may be used beside it.
type Process struct {
	fs       *memfs.FS
	stdio    Stdio
	broken   [3]error // what a standard stream failed with; by descriptor
	files    []*file  // by descriptor; nil when closed
	open     int      // of files
	maxFiles int

	realtime   func() time.Time
	monotonic  func() time.Duration
	monoOffset time.Duration
	cpu        func() time.Duration
	random     io.Reader
	wake       <-chan struct{}

	exiting  bool
	exitCode uint32
}

// New returns a process with the first four descriptors open.
func New(c Config) (*Process, error) {
	if c.FS == nil {
		return nil, errors.New("wasi: a process needs a file system")
	}
	root, err := c.FS.Open(nil, "/", memfs.Read|memfs.Directory)
	if err != nil {
		return nil, fmt.Errorf("wasi: open root: %w", err)
	}
	p := &Process{
		fs: c.FS, maxFiles: min(max(c.MaxFiles, firstFree), maxDescriptors),
		realtime: c.Realtime, monotonic: c.Monotonic, cpu: c.CPU, random: c.Random, wake: c.Wake,
	}
	if p.realtime == nil {
		p.realtime = time.Now
	}
	if p.monotonic == nil {
		start := time.Now()
		p.monotonic = func() time.Duration { return time.Since(start) }
	}
	if p.random == nil {
		p.random = rand.Reader
	}
	p.monoOffset = -p.monotonic()
	p.put(rootFD, &file{kind: kindFile, f: root, base: dirRights, inherit: allRights})
	p.SetStdio(c.Stdio)
	return p, nil
}

// SetStdio says where the standard descriptors lead from now on, forgets what
// they failed with, and opens those of 0 to 2 that the guest has closed.
func (p *Process) SetStdio(s Stdio) {
	p.stdio = s
	p.broken = [3]error{}
	for fd := range rootFD {
		if p.file(uint32(fd)) == nil {
			p.put(fd, &file{kind: kindStdio, std: fd, base: stdioRights(fd)})
		}
	}
}

// OpenFiles returns how many descriptors are open.
func (p *Process) OpenFiles() int { return p.open }

// Close closes every descriptor, which frees unlinked files. The process must
// not be used after.
func (p *Process) Close() {
	for fd := range p.files {
		p.drop(fd)
	}
}

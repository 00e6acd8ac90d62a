// Package fake gives a backend that runs a tiny language in this process, for
// the tests of whatever stands above a backend. It keeps the whole contract,
// which package backendtest checks, and fails on demand. It isolates nothing
// and must never run code of others.
//
// A program is lines of one command each:
//
//	print T, err T       write a line to stdout or stderr
//	exit N, fail NAME T  end with a code, or with an exception
//	set X V, get X       variables
//	value T, show JSON   a value, shown when asked for; a result
//	args, line, random   write the arguments, a line of stdin, a random number
//	sleep D, spin        wait; use the processor, for ever
//	stubborn             spin, whatever interrupts it
//	flood, flooderr, floodresults
//	alloc N, hog         take memory
//	write F T, read F    files; fill, fillnodes and fillopen use them up
package fake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
)

// Name and Runtime are what this backend and its language are called.
const (
	Name    = "fake"
	Runtime = "fake"
)

// MostMemory is the highest memory limit of a sandbox.
const MostMemory = 1 << 30

// A Step is something that can fail on demand.
type Step string

const (
	Probe    Step = "probe"
	Create   Step = "create"
	Exec     Step = "exec" // before any code runs
	Lose     Step = "lose" // after the code ran
	Put      Step = "put"
	Get      Step = "get"
	List     Step = "list"
	Snapshot Step = "snapshot"
	Fork     Step = "fork"
	Restore  Step = "restore"
	Close    Step = "close"
)

// A Backend is a fake backend. The zero Backend works. It is safe for
// concurrent use.
type Backend struct {
	mu    sync.Mutex // guards what follows
	fails map[Step]error
	ran   []string
	open  int
}

var (
	_ backend.Backend  = (*Backend)(nil)
	_ backend.Restorer = (*Backend)(nil)
	_ backend.Walled   = (*Backend)(nil)
)

// Fail makes a step fail from now on, or work again when err is nil.
func (b *Backend) Fail(s Step, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails == nil {
		b.fails = map[Step]error{}
	}
	b.fails[s] = err
}

// Ran returns all code of which anything ran, in order.
func (b *Backend) Ran() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.ran)
}

// Open returns how many sandboxes are not closed.
func (b *Backend) Open() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open
}

func (b *Backend) try(s Step) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.fails[s]
}

func (b *Backend) note(code string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ran = append(b.ran, code)
}

func (b *Backend) count(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open += n
}

// Probe implements [backend.Backend].
func (b *Backend) Probe(context.Context) (backend.Capabilities, error) {
	layers, missing, _ := b.Walls(context.Background(), caisson.Spec{})
	return backend.Capabilities{
		Isolation: caisson.IsolationMediated, Runtimes: []string{Runtime},
		Layers: layers, Missing: missing, Snapshot: true,
	}, b.try(Probe)
}

// Walls implements [backend.Walled].
func (b *Backend) Walls(context.Context, caisson.Spec) (layers, missing []string, err error) {
	return []string{Name}, []string{"everything: it isolates nothing"}, nil
}

// Create implements [backend.Backend].
func (b *Backend) Create(ctx context.Context, spec caisson.Spec) (backend.Instance, error) {
	if err := errors.Join(ctx.Err(), b.try(Create)); err != nil {
		return nil, err
	}
	return b.start(spec, state{})
}

// Restore implements [backend.Restorer].
func (b *Backend) Restore(_ context.Context, spec caisson.Spec, r io.Reader) (backend.Instance, error) {
	if err := b.try(Restore); err != nil {
		return nil, err
	}
	s, err := readState(spec, r)
	if err != nil {
		return nil, err
	}
	return b.start(spec, s)
}

// Resume implements [backend.Restorer].
func (b *Backend) Resume(ctx context.Context, spec caisson.Spec, r io.Reader) (backend.Instance, error) {
	return b.Restore(ctx, spec, r)
}

func (b *Backend) start(spec caisson.Spec, s state) (*instance, error) {
	l := spec.Posture.Limits
	switch {
	case spec.Tenant == "":
		return nil, caisson.Errorf(caisson.Invalid, "a sandbox needs a tenant")
	case spec.Posture.Isolation == 0 || l.Wall <= 0 || l.CPU <= 0 || l.Memory <= 0 || l.Processes <= 0:
		return nil, caisson.Errorf(caisson.Invalid, "the posture permits nothing")
	case l.Memory > MostMemory:
		return nil, caisson.Errorf(caisson.Invalid, "a memory limit above %d", MostMemory)
	case spec.Posture.Isolation > caisson.IsolationMediated, len(spec.Posture.Egress) > 0:
		return nil, fmt.Errorf("%w: isolation or egress", backend.ErrUnsupported)
	case len(spec.Posture.Require) > 0:
		return nil, caisson.Errorf(caisson.Unsupported, "it has no walls, and %v are required", spec.Posture.Require)
	case spec.Runtime != Runtime:
		return nil, caisson.Errorf(caisson.Unsupported, "no runtime %q", spec.Runtime)
	case s.usage() > l.Disk || len(s.Files) > l.Inodes:
		return nil, caisson.Errorf(caisson.Exhausted, "the state does not fit into the sandbox")
	}
	b.count(1)
	return &instance{b: b, spec: spec, state: s.clone()}, nil
}

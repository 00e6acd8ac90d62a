package wasm

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/guest"
	"github.com/caisson-dev/caisson/internal/sys"
)

// Name is what placements call this backend.
const Name = "wasm"

var (
	errStale = errors.New("the compiled runtime does not fit this machine")
	errEnded = backend.ErrEnded
)

// A Config says how to run. Only Cache is required.
type Config struct {
	Cache     string // folder for unpacked and compiled runtimes; made when missing
	Program   string // the executable that knows [Stage]; this program when empty
	MaxMemory int64  // bytes: the most one sandbox can be given; 2 GiB when zero

	// WorkerMemory bounds a worker and all its sandboxes together, where the
	// host has cgroups; 8 GiB when zero.
	WorkerMemory int64

	// Ready is how many copies a worker keeps ready; 1 when zero.
	Ready int

	// Idle is how long a worker stays after its last sandbox; 10 minutes when
	// zero.
	Idle time.Duration

	// Say tells a person what takes long; nothing is said when nil.
	Say func(format string, args ...any)

	patience time.Duration               // see the constant; shorter in tests
	isolated func() *syscall.SysProcAttr // [sys.Isolated]; something that fails in tests
}

const (
	defaultMaxMemory    = 2 << 30
	defaultWorkerMemory = 8 << 30
	defaultIdle         = 10 * time.Minute
	workerProcesses     = 512 // threads, most of them asleep
)

// A Backend runs sandboxes in workers. It is safe for concurrent use.
type Backend struct {
	config  Config
	cache   *cache
	groups  func() (*sys.Cgroups, error) // opened once, with the first worker
	grouped atomic.Bool                  // they were asked for

	mu       sync.Mutex
	closed   bool
	workers  map[workerKey]*slot
	retiring sync.WaitGroup // workers that end because nobody needs them; none is added once closed
}

// Two tenants never share a worker.
type workerKey struct {
	tenant  caisson.TenantID
	runtime string
}

// A slot is where a worker is or will be.
type slot struct {
	mu sync.Mutex // held while one starts; the backend's is taken below it
	p  *process   // nil when there is none; only users may look

	// The backend's mutex guards what follows.
	users int       // sandboxes, and calls that want the worker
	left  time.Time // when users became 0
	timed bool      // a timer runs that will look at left
}

// New returns a backend. No worker runs before it is needed. The caller closes
// it.
func New(c Config) (*Backend, error) {
	if c.Program == "" {
		// The link, not the name: what runs is this very program, whatever is
		// at its name by now.
		c.Program = "/proc/self/exe"
	}
	if c.MaxMemory == 0 {
		c.MaxMemory = defaultMaxMemory
	}
	if c.WorkerMemory == 0 {
		c.WorkerMemory = defaultWorkerMemory
	}
	if c.Idle == 0 {
		c.Idle = defaultIdle
	}
	if c.patience == 0 {
		c.patience = patience
	}
	if c.isolated == nil {
		c.isolated = sys.Isolated
	}
	if c.Say == nil {
		c.Say = func(string, ...any) {}
	}
	if c.Cache == "" {
		return nil, errors.New("wasm: no cache folder is named")
	}
	return &Backend{config: c, cache: newCache(c.Cache, c.Say), groups: sync.OnceValues(sys.OpenCgroups),
		workers: map[workerKey]*slot{}}, nil
}

// Probe starts a worker and says what it is held by.
func (b *Backend) Probe(ctx context.Context) (backend.Capabilities, error) {
	all, err := guest.Bundles()
	if err != nil {
		return backend.Capabilities{}, fmt.Errorf("%w: %w", backend.ErrUnsupported, err)
	}
	names := slices.Sorted(maps.Keys(all))
	p, leave, err := b.worker(ctx, workerKey{caisson.TenantLocal, names[0]})
	if err != nil {
		return backend.Capabilities{}, err
	}
	defer leave()
	return backend.Capabilities{
		Isolation: caisson.IsolationMediated,
		Runtimes:  names,
		Layers:    p.layers(),
		Missing:   p.missing,
		Snapshot:  true,
	}, nil
}

// layers names what stands between code and host, innermost first.
func (p *process) layers() []string { return append([]string{Name}, p.stand...) }

// Warm starts the worker that a sandbox of this kind will need, so that Create
// finds it.
func (b *Backend) Warm(ctx context.Context, spec caisson.Spec) error {
	_, leave, err := b.worker(ctx, workerKey{spec.Tenant, spec.Runtime})
	if err == nil {
		leave()
	}
	return err
}

// Walls returns what holds the sandboxes of a tenant and runtime, and what of
// it this host cannot build. It starts their worker when there is none.
func (b *Backend) Walls(ctx context.Context, spec caisson.Spec) (layers, missing []string, err error) {
	p, leave, err := b.worker(ctx, workerKey{spec.Tenant, spec.Runtime})
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	return p.layers(), p.missing, nil
}

// use returns the slot of a tenant and runtime, which stays until leave.
func (b *Backend) use(key workerKey) (s *slot, leave func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s = b.workers[key]
	if s == nil {
		s = &slot{}
		b.workers[key] = s
	}
	s.users++
	return s, sync.OnceFunc(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		s.users--
		s.left = time.Now()
		b.retireLocked(key, s)
	})
}

// retireLocked ends the worker of a slot that nobody has used for so long, or
// comes back when that may be. b.mu is held: who uses the slot from then on has
// another worker.
func (b *Backend) retireLocked(key workerKey, s *slot) {
	if b.closed || s.users > 0 || s.timed {
		return
	}
	if rest := b.config.Idle - time.Since(s.left); rest > 0 {
		s.timed = true
		time.AfterFunc(rest, func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			s.timed = false
			b.retireLocked(key, s)
		})
		return
	}
	delete(b.workers, key)
	if s.p != nil {
		b.retiring.Go(s.p.stop)
	}
}

// worker returns the running worker of a tenant and runtime, which stays until
// leave. There is nothing to leave after an error.
func (b *Backend) worker(ctx context.Context, key workerKey) (p *process, leave func(), err error) {
	s, leave := b.use(key)
	if p, err = b.started(ctx, key, s); err != nil {
		leave()
		return nil, nil, err
	}
	return p, leave, nil
}

// started returns the worker of a slot that is in use.
func (b *Backend) started(ctx context.Context, key workerKey, s *slot) (*process, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Looked at only now: a Close that has been here already ends nothing more.
	b.mu.Lock()
	closed := b.closed
	b.mu.Unlock()
	if closed {
		return nil, backend.ErrEnded
	}
	if s.p != nil && s.p.alive() {
		return s.p, nil
	}
	p, err := b.startWorker(ctx, key)
	if err != nil {
		return nil, err
	}
	s.p = p
	return p, nil
}

func (b *Backend) startWorker(ctx context.Context, key workerKey) (*process, error) {
	bundle, err := bundleFor(key.runtime)
	if err != nil {
		return nil, err
	}
	work := brief{Bundle: bundle, Reserve: uint64(b.config.MaxMemory), Ready: max(1, b.config.Ready)}
	// Loading takes longer than an order, and making a runtime longer than both.
	slow := 10 * b.config.patience
	for again := false; ; again = true {
		dir, err := b.cache.prepare(ctx, bundle)
		if err != nil {
			return nil, err
		}
		starting, cancel := context.WithTimeout(ctx, slow)
		p, err := start(starting, b.config, dir, work, b.group)
		cancel()
		if errors.Is(err, errStale) && !again {
			// Made on another kind of machine, and brought here by a copy or a
			// shared home folder.
			if err := b.cache.drop(ctx, dir); err != nil {
				return nil, err
			}
			continue
		}
		return p, err
	}
}

// group puts a worker into a control group of its own.
func (b *Backend) group(pid int) (*sys.Cgroup, error) {
	b.grouped.Store(true)
	groups, err := b.groups()
	if err != nil {
		return nil, err
	}
	g, err := groups.New(strconv.Itoa(pid), sys.CgroupLimits{Memory: b.config.WorkerMemory, Processes: workerProcesses})
	if err != nil {
		return nil, err
	}
	if err := g.Attach(pid); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	return g, nil
}

// Create returns a fresh sandbox.
func (b *Backend) Create(ctx context.Context, spec caisson.Spec) (backend.Instance, error) {
	return b.open(ctx, spec, opening{Fresh: true}, nil)
}

// Restore returns a sandbox that starts as a copy of one that was saved: with
// its variables and files, and with new randomness.
func (b *Backend) Restore(ctx context.Context, spec caisson.Spec, r io.Reader) (backend.Instance, error) {
	return b.open(ctx, spec, opening{Restore: true, Fresh: true}, r)
}

// Resume returns a sandbox that goes on where one that was saved stopped. The
// state must not be used again: what is resumed twice draws the same random
// numbers twice.
func (b *Backend) Resume(ctx context.Context, spec caisson.Spec, r io.Reader) (backend.Instance, error) {
	return b.open(ctx, spec, opening{Restore: true}, r)
}

func (b *Backend) open(ctx context.Context, spec caisson.Spec, o opening, state io.Reader) (backend.Instance, error) {
	if err := b.check(spec); err != nil {
		return nil, err
	}
	p, leave, err := b.worker(ctx, workerKey{spec.Tenant, spec.Runtime})
	if err != nil {
		return nil, err
	}
	defer leave()
	return p.open(ctx, b, spec, o, state)
}

// check refuses what this backend cannot hold, whatever the host.
func (b *Backend) check(spec caisson.Spec) error {
	l := spec.Posture.Limits
	switch {
	case spec.Tenant == "":
		return errors.New("wasm: a sandbox needs a tenant")
	case spec.Posture.Isolation == 0:
		return caisson.Errorf(caisson.Invalid, "the posture permits nothing: it names no isolation")
	case spec.Posture.Isolation > caisson.IsolationMediated:
		return fmt.Errorf("%w: it gives isolation %v, and %v is asked for", backend.ErrUnsupported, caisson.IsolationMediated, spec.Posture.Isolation)
	case len(spec.Posture.Egress) > 0:
		return fmt.Errorf("%w: it has no network, and egress is asked for", backend.ErrUnsupported)
	case l.Memory > b.config.MaxMemory:
		return caisson.Errorf(caisson.Invalid, "a memory limit of %d MiB is above the %d MiB that one wasm sandbox can have", l.Memory>>20, b.config.MaxMemory>>20)
	case l.Wall <= 0 || l.CPU <= 0 || l.Memory <= 0 || l.Processes <= 0:
		return caisson.Errorf(caisson.Invalid, "the posture permits nothing: its limits of wall time, processor time, memory and processes must not be zero")
	}
	return nil
}

// Close ends all workers, and with them all sandboxes.
func (b *Backend) Close() error {
	b.mu.Lock()
	b.closed = true
	slots := slices.Collect(maps.Values(b.workers))
	b.mu.Unlock()
	var all sync.WaitGroup
	for _, s := range slots {
		all.Go(func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.p != nil {
				s.p.stop()
			}
		})
	}
	all.Wait()
	b.retiring.Wait()
	b.cache.release()
	if !b.grouped.Load() {
		return nil
	}
	groups, err := b.groups()
	if err != nil {
		return nil // there are none
	}
	return groups.Close()
}

// Sweep removes what earlier processes left that ended without a chance to, and
// from the cache the compiled runtimes of earlier versions: those that were not
// used for a month, but for the latest two of each. It waits for whoever makes
// something in the cache, until ctx ends.
func Sweep(ctx context.Context, cacheDir string) error {
	sys.SweepCgroups()
	return newCache(cacheDir, nil).sweep(ctx)
}

func newID() string {
	return rand.Text()
}

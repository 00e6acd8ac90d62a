package container

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/guest"
	"github.com/caisson-dev/caisson/internal/image"
	"github.com/caisson-dev/caisson/internal/sys"
)

// Name is what placements call this backend.
const Name = "container"

// Config says how containers are made.
type Config struct {
	// State is a folder of ours, for the few files that containers are given.
	// It is made when it is not there.
	State string

	// CPUs is how many processors one sandbox can use at once; 1 when zero.
	CPUs float64

	// Images returns the image of a name, for runtimes such as
	// "python@name"; there are none when nil. Other runtimes see the host's
	// programs.
	Images func(name string) (image.Tree, error)

	// Ready is how many sandboxes are made ahead and kept for each kind that is
	// asked for: the same tenant, runtime, disk, files, memory and processes. None
	// is kept when zero. No code has run in one that is handed out, and it is
	// never used again. MaxReady is how many are kept in all, 16 when zero, and
	// Idle how long a kind is kept that nobody asks for, 10 minutes when zero.
	Ready    int
	MaxReady int
	Idle     time.Duration
}

const (
	defaultMaxReady = 16
	defaultIdle     = 10 * time.Minute
)

// A Backend makes containers. It is safe for concurrent use.
type Backend struct {
	config Config
	pool   *pool

	mu     sync.Mutex // guards what follows
	closed bool
	made   *parts // with the first sandbox; nil before
}

// Parts is what all containers of a backend are made from.
type parts struct {
	groups   *sys.Cgroups
	launcher *sys.Launcher
	filter   sys.Assembled // of system calls
	abi      int           // of Landlock
	agents   string        // folder with the agents' files, one folder a runtime
	cpus     float64
	detached bool // mounts come from outside of the container's own namespace

	host   *base // the image without a name
	images func(name string) (image.Tree, error)
	mu     sync.Mutex       // guards the next
	named  map[string]*base // images that were used
}

// New returns a backend. Nothing is made before the first sandbox is.
func New(c Config) (*Backend, error) {
	if c.State == "" {
		return nil, errors.New("container: no state folder is named")
	}
	if c.CPUs == 0 {
		c.CPUs = 1
	}
	b := &Backend{config: c}
	b.pool = newPool(c.Ready, cmp.Or(c.MaxReady, defaultMaxReady), cmp.Or(c.Idle, defaultIdle), b.makeReady)
	return b, nil
}

// ready returns the parts. What could not be made is tried again.
func (b *Backend) ready() (_ *parts, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return nil, errors.New("the container backend is closed")
	case b.made == nil:
		b.made, err = b.open()
	}
	return b.made, err
}

// open makes the parts.
func (b *Backend) open() (_ *parts, err error) {
	p := &parts{named: map[string]*base{}, images: b.config.Images, cpus: b.config.CPUs, detached: os.Geteuid() == 0}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	program, err := guest.Init()
	if err != nil {
		return nil, &caisson.Error{Code: caisson.Unsupported, Message: err.Error(), Err: err}
	}
	sealed, err := sys.SealProgram("caisson-init", program)
	if err != nil {
		return nil, err
	}
	defer sealed.Close()
	if p.launcher, err = sys.StartLauncher(sealed); err != nil {
		return nil, err
	}
	filter, err := sys.Native()
	if err != nil {
		return nil, err
	}
	if p.filter, err = filter.Assemble(); err != nil {
		return nil, err
	}
	if p.abi, err = sys.LandlockABI(); err != nil {
		return nil, err
	}
	if p.groups, err = sys.OpenCgroups(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(b.config.State, 0o755); err != nil {
		return nil, fmt.Errorf("make the state folder: %w", err)
	}
	tree, err := image.Host(b.config.State)
	if err != nil {
		return nil, err
	}
	p.host = newBase(tree)
	p.agents, err = layAgents(b.config.State)
	return p, err
}

func (p *parts) close() error {
	if p.launcher != nil {
		p.launcher.Close()
	}
	if p.groups != nil {
		return p.groups.Close()
	}
	return nil
}

// Probe makes a container and says what it is held by.
func (b *Backend) Probe(ctx context.Context) (backend.Capabilities, error) {
	c := backend.Capabilities{Isolation: caisson.IsolationShared,
		Needs: []caisson.Need{caisson.NeedSubprocess, caisson.NeedNative, caisson.NeedThreads}}
	p, err := b.ready()
	if err != nil {
		return c, err
	}
	c.Runtimes = slices.Sorted(maps.Keys(p.host.commands))
	box, err := p.newBox(p.host.tree, caisson.Limits{Memory: 64 << 20, Processes: 8, Disk: 1 << 20, Inodes: 16, OpenFiles: 32})
	if err != nil {
		return c, err
	}
	c.Layers, c.Missing = box.walls()
	return c, box.close()
}

// Walls says what holds a sandbox.
func (b *Backend) Walls(ctx context.Context, _ caisson.Spec) (layers, missing []string, err error) {
	p, err := b.ready()
	if err != nil {
		return nil, nil, err
	}
	layers, missing = p.walls()
	return layers, missing, nil
}

// Create makes a container with an agent in it.
func (b *Backend) Create(ctx context.Context, spec caisson.Spec) (backend.Instance, error) {
	p, err := b.ready()
	if err != nil {
		return nil, err
	}
	base, name, err := p.base(spec.Runtime)
	if err != nil {
		return nil, err
	}
	c, ok := base.commands[name]
	if err := p.check(spec, ok); err != nil {
		return nil, err
	}
	l := spec.Posture.Limits
	if c.language != nil {
		box, err := p.newBox(base.tree, l)
		if err != nil {
			return nil, err
		}
		return startProgram(box, c.language), nil
	}
	if i := b.pool.take(kindOf(spec)); i != nil {
		i.limits = l
		return i, nil
	}
	i, err := p.start(ctx, base.tree, l, c)
	if err != nil {
		return nil, err
	}
	return i, nil
}

// start makes a container with an agent in it.
func (p *parts) start(ctx context.Context, tree image.Tree, l caisson.Limits, c command) (*instance, error) {
	box, err := p.newBox(tree, l)
	if err != nil {
		return nil, err
	}
	return startAgent(ctx, box, c)
}

// makeReady makes a sandbox for the pool.
func (b *Backend) makeReady(ctx context.Context, k kind) (*instance, error) {
	p, err := b.ready()
	if err != nil {
		return nil, err
	}
	base, name, err := p.base(k.runtime)
	if err != nil {
		return nil, err
	}
	return p.start(ctx, base.tree, k.limits, base.commands[name])
}

// least is what a container needs for itself, whatever runs in it.
var least = caisson.Limits{Memory: 16 << 20, Processes: 1, OpenFiles: 8}

// check refuses what a container cannot hold as tightly as asked. runs says
// that the image has what its runtime takes.
func (p *parts) check(spec caisson.Spec, runs bool) error {
	l := spec.Posture.Limits
	layers, missing := p.walls()
	switch {
	case spec.Tenant == "":
		return caisson.Errorf(caisson.Invalid, "a sandbox belongs to a tenant, and none is named")
	case !runs:
		return caisson.Errorf(caisson.Unsupported, "the container backend has no runtime %q: the image must have its interpreter", spec.Runtime)
	case spec.Posture.Isolation == 0:
		return caisson.Errorf(caisson.Invalid, "no isolation is asked for: name shared, mediated or virtual")
	case spec.Posture.Isolation > caisson.IsolationShared:
		return fmt.Errorf("isolation %v in a container: %w", spec.Posture.Isolation, backend.ErrUnsupported)
	case len(spec.Posture.Egress) > 0:
		return fmt.Errorf("a network in a container: %w", backend.ErrUnsupported)
	case l.Memory < least.Memory || l.Processes < least.Processes || l.OpenFiles < least.OpenFiles:
		return caisson.Errorf(caisson.Invalid, "a container takes %d MiB of memory, %d process and %d open files at least", least.Memory>>20, least.Processes, least.OpenFiles)
	case l.Wall <= 0 || l.CPU <= 0:
		return caisson.Errorf(caisson.Invalid, "code without any time cannot run: give it wall and CPU time")
	}
	if lacking := spec.Posture.Lacking(layers); len(lacking) > 0 {
		return caisson.Errorf(caisson.Unsupported,
			"the policy requires %v, which this host cannot build (%v): run \"caisson doctor\", or change the policy's \"require\"", lacking, missing)
	}
	return nil
}

// walls are those of every container: one that cannot be built is an error of
// building it.
func (p *parts) walls() (stand, missing []string) {
	return []string{Name, sys.WallNamespaces, sys.WallLandlock, sys.WallSeccomp, sys.WallCgroup}, p.groups.Missing()
}

// Close ends all containers and frees what they were made from.
func (b *Backend) Close() error {
	b.mu.Lock()
	b.closed = true
	made := b.made
	b.mu.Unlock()
	err := b.pool.close()
	if made != nil {
		err = errors.Join(err, made.close())
	}
	return err
}

// Sweep removes what processes left that ended without a chance to.
func Sweep() { sys.SweepCgroups() }

func newName() string { return strings.ToLower(rand.Text()) }

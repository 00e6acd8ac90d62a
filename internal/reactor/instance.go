package reactor

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/memfs"
	"github.com/caisson-dev/caisson/internal/wasi"
)

// ErrBroken is the error of an instance whose last execution did not end by
// itself: its interpreter stopped in the middle of something.
var ErrBroken = errors.New("the instance is broken")

// An Instance is one copy of a guest. Executions, Reset, Save and Fork are for
// one goroutine at a time.
type Instance struct {
	program *Program
	memory  *memory
	module  api.Module
	linear  api.Memory
	globals []api.MutableGlobal
	fuel    api.MutableGlobal
	alloc   api.Function
	exec    api.Function
	stack   [2]uint64

	files   *memfs.FS
	process *wasi.Process
	wake    chan struct{}
	broken  bool
	poked   bool // the guest was given an interrupt, and has not waited for stdin since

	interrupted atomic.Bool // the guest shall see an interrupt

	// mu guards what follows, which other goroutines use to end an execution.
	mu     sync.Mutex
	stop   context.CancelFunc // of the running execution; nil when none runs
	wakeIn context.CancelFunc // of a read of stdin that waits; nil when none does
	status caisson.Status     // why it shall end
	reason string
	soft   time.Time   // when its wall time is over
	hard   time.Time   // when its grace is, too
	alarm  *time.Timer // rings at the next of the two, or for an execution that is over
}

// New returns a fresh copy of the guest, with no files of its own yet: give it
// some with [Instance.Open] before it runs. The caller closes it.
func (p *Program) New(ctx context.Context) (*Instance, error) {
	mem, err := newMemory(p.image, p.reserve)
	if err != nil {
		return nil, err
	}
	in := &Instance{program: p, memory: mem, wake: make(chan struct{}, 1)}
	allocate := experimental.MemoryAllocatorFunc(func(_, _ uint64) experimental.LinearMemory { return mem })
	in.module, err = p.runtime.InstantiateModule(experimental.WithMemoryAllocator(ctx, allocate), p.code,
		wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("instantiate %s: %w", p.Name, err), mem.unmap())
	}
	in.linear = in.module.Memory()
	in.alloc = in.module.ExportedFunction("caisson_alloc")
	in.exec = in.module.ExportedFunction("caisson_exec")
	for _, i := range p.mutable {
		in.globals = append(in.globals, in.module.ExportedGlobal(stateExport(i)).(api.MutableGlobal))
	}
	in.fuel = in.module.ExportedGlobal(fuelExport).(api.MutableGlobal)
	return in, nil
}

// ErrStale is the error of compiled code that is for another machine or build.
var ErrStale = errors.New("the compiled code does not fit this machine")

// Check runs a little of the guest, to see whether its code is there: of a
// module whose code was not found only the stub was loaded.
func (in *Instance) Check(ctx context.Context) error {
	x := &execution{Context: ctx, in: in, cpu: time.Hour}
	if _, err := in.module.ExportedFunction("caisson_intr").Call(x); err != nil {
		return fmt.Errorf("%w: %s", ErrStale, trap(err))
	}
	return nil
}

// Limits bound what an instance may have.
type Limits struct {
	Memory    int64 // bytes of linear memory, the frozen part included
	Disk      int64
	Inodes    int
	OpenFiles int
}

// Open gives a fresh instance its files and descriptors.
func (in *Instance) Open(l Limits) error {
	return in.open(l, in.program.files.Clone())
}

func (l Limits) files() memfs.Limits { return memfs.Limits{Bytes: l.Disk, Inodes: l.Inodes} }

func (in *Instance) open(l Limits, files *memfs.FS) error {
	if l.Memory < int64(in.memory.size) {
		return caisson.Errorf(caisson.Invalid, "a memory limit of %d MiB is less than the %s runtime takes by itself: give it %d MiB or more",
			l.Memory>>20, in.program.Name, (in.memory.size+1<<22)>>20)
	}
	process, err := wasi.New(wasi.Config{FS: files, MaxFiles: l.OpenFiles, Wake: in.wake, CPU: in.program.cpu})
	if err != nil {
		return err
	}
	in.memory.limit = min(uint64(l.Memory), in.program.reserve)
	files.SetLimits(l.files())
	in.files, in.process = files, process
	return nil
}

// Files returns the files of the instance, which may be used between
// executions and beside one.
func (in *Instance) Files() *memfs.FS { return in.files }

// Broken says whether the instance can run nothing any more.
func (in *Instance) Broken() bool { return in.broken }

// bytes returns all of the linear memory.
func (in *Instance) bytes() []byte { return in.memory.space[:in.memory.size] }

// begin makes an execution reachable for Interrupt and Stop, and sets the end
// of its wall time.
func (in *Instance) begin(wall, grace time.Duration, stop context.CancelFunc) {
	in.interrupted.Store(false)
	in.poked = false
	select {
	case <-in.wake:
	default:
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.stop, in.status, in.reason = stop, "", ""
	now := time.Now()
	in.soft, in.hard = now.Add(wall), now.Add(wall+grace)
	// The alarm stays set when an execution ends: to move one costs nothing,
	// to set one wakes a thread.
	if in.alarm == nil {
		in.alarm = time.AfterFunc(wall, in.ring)
	} else {
		in.alarm.Reset(wall)
	}
}

// ring ends an execution whose wall time is over: softly, and then hard.
func (in *Instance) ring() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.stop == nil {
		return
	}
	if left := time.Until(in.soft); left > 0 {
		in.alarm.Reset(left) // it was set for an earlier execution
		return
	}
	left := time.Until(in.hard)
	in.endLocked(caisson.TimedOut, "wall time limit", left <= 0)
	if left > 0 {
		in.alarm.Reset(left)
	}
}

// ended takes back the reach of an execution, and says why it had to end.
func (in *Instance) ended() (caisson.Status, string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.stop = nil
	return in.status, in.reason
}

// Interrupt makes the interpreter raise what ^C raises. It does nothing when
// no execution runs.
func (in *Instance) Interrupt() { in.end("", "", false) }

// Stop ends the running execution at once, with a status and a reason of which
// the first that comes counts. It does nothing when none runs.
func (in *Instance) Stop(status caisson.Status, reason string) { in.end(status, reason, true) }

func (in *Instance) end(status caisson.Status, reason string, hard bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.endLocked(status, reason, hard)
}

func (in *Instance) endLocked(status caisson.Status, reason string, hard bool) {
	if in.stop == nil {
		return
	}
	if in.status == "" {
		in.status, in.reason = status, reason
	}
	if hard {
		in.stop()
	} else {
		in.interrupted.Store(true)
	}
	if in.wakeIn != nil {
		in.wakeIn()
	}
	select {
	case in.wake <- struct{}{}:
	default: // it will wake already
	}
}

// interruptible makes a read of stdin that waits end at an interrupt.
func (in *Instance) interruptible(s wasi.Stdio) wasi.Stdio {
	if s.In != nil {
		s.In = input{in, s.In}
	}
	return s
}

type input struct {
	in   *Instance
	from wasi.Input
}

func (i input) Read(ctx context.Context, p []byte) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	i.in.mu.Lock()
	i.in.wakeIn = cancel
	if i.in.interrupted.Load() || i.in.unseen() {
		cancel()
	}
	i.in.mu.Unlock()
	defer func() {
		i.in.mu.Lock()
		i.in.wakeIn = nil
		i.in.mu.Unlock()
	}()
	return i.from.Read(ctx, p)
}

// unseen says, once, that an interrupt is with the guest already, which has not
// looked yet: it would not before what it is about to wait for has come.
func (in *Instance) unseen() bool {
	poked := in.poked
	in.poked = false
	flag, ok := part(in.bytes(), in.program.interrupt[0], 4)
	return poked && ok && binary.LittleEndian.Uint32(flag) != 0
}

// Fresh says whether Reset can make the instance as good as new.
func (in *Instance) Fresh() bool {
	return !in.broken && in.memory.size == uint64(len(in.program.image.data))
}

// Reset makes the instance what [Program.New] returned: its memory is the
// image, byte for byte, and nothing else of it is left.
func (in *Instance) Reset() error {
	if in.process != nil {
		in.process.Close()
		in.process, in.files = nil, nil
	}
	for i, g := range in.globals {
		g.Set(in.program.values[i])
	}
	in.fuel.Set(0)
	return in.memory.reset(in.program.pagemap)
}

// Close frees everything. No execution may run.
func (in *Instance) Close() error {
	in.mu.Lock()
	if in.alarm != nil {
		in.alarm.Stop()
	}
	in.mu.Unlock()
	if in.process != nil {
		in.process.Close()
	}
	err := in.module.Close(context.Background())
	return errors.Join(err, in.memory.unmap())
}

// trap names what stopped a guest, without its stack.
func trap(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\nwasm stack trace")
	text, _, _ = strings.Cut(text, " (recovered by wazero)")
	return "the interpreter crashed: " + strings.TrimPrefix(text, "wasm error: ")
}

package container

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/image"
	"github.com/caisson-dev/caisson/internal/sys"
)

// A box is one container: namespaces, files and limits, with nothing in it
// but its first process and what that is told to start.
type box struct {
	*parts
	init     *sys.Init
	group    *sys.Cgroup
	limits   caisson.Limits
	files    *files
	refusals refusals
	demoted  bool      // it gets only what processor time nobody else wants
	once     sync.Once // of close
	fault    error     // of close
}

// newBox builds a container. When it returns an error nothing is left.
func (p *parts) newBox(tree image.Tree, l caisson.Limits) (_ *box, err error) {
	group, err := p.groups.New(newName(), sys.CgroupLimits{
		Memory: l.Memory,
		// One more, for the first process.
		Processes: l.Processes + 1,
		CPUs:      p.cpus,
	})
	if err != nil {
		return nil, fmt.Errorf("make a control group: %w", err)
	}
	x := &box{parts: p, group: group, limits: l}
	defer func() {
		if err != nil {
			err = errors.Join(err, x.close())
		}
	}()
	unified, tasks, err := group.Doors()
	if err != nil {
		return nil, err
	}
	defer closeAll(tasks)
	if x.init, err = p.launcher.Launch(unified); err != nil {
		return nil, err
	}
	lay, err := newLayout(tree, p.agents, l, p.detached, len(tasks))
	if err != nil {
		return nil, err
	}
	mounts, err := lay.mounts()
	if err != nil {
		return nil, err
	}
	defer closeAll(mounts)
	if err := x.init.Run(&lay.plan, append(tasks, mounts...)...); err != nil {
		return nil, fmt.Errorf("build a container: %w", err)
	}
	x.files, err = openFiles(x.init.PID, l)
	return x, err
}

// spawn starts a program in the container, of which the files become
// descriptors 0, 1, 2 and so on.
func (x *box) spawn(c command, files ...*os.File) (*sys.Child, error) {
	ours, theirs, err := sys.SocketPair()
	if err != nil {
		return nil, err
	}
	defer ours.Close()
	defer theirs.Close()
	p := x.entry(c, len(files))
	child, err := x.init.Spawn(p, append(files[:len(files):len(files)], theirs)...)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c.args[0], err)
	}
	listener, err := sys.ReceiveListener(ours)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c.args[0], err)
	}
	x.refusals.listen(listener)
	return child, nil
}

// entry plans how a process of the container becomes a program. From its
// last step on all walls stand.
func (x *box) entry(c command, files int) *sys.Plan {
	var p sys.Plan
	for i := range files {
		p.Dup3(p.File(), i)
	}
	p.Dup3(p.File(), files) // leads to whoever hears of refused calls
	p.CloseFrom(files + 1)
	p.Setsid()
	p.Umask(0o022)
	p.Chdir(workFolder)
	p.Landlock(x.abi, sys.Reach{
		Folders: []string{workFolder, tmpFolder, homeFolder, "/dev/shm", "/dev/pts"},
		Devices: []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/ptmx"},
		TCP:     true, // in a network of its own there is nobody but itself
	})
	p.SeccompListener(x.filter, sys.Number(files))
	p.CloseFrom(files)
	for resource, limit := range c.rlimits(x.limits) {
		p.Setrlimit(resource, limit)
	}
	p.Execve(c.args[0], c.args, c.env)
	return &p
}

// demote lets all others go first, until promote. Both are a favour, and their
// faults nobody's: the limit of processors holds without them.
func (x *box) demote() {
	if !x.demoted {
		x.demoted = x.group.Demote() == nil
	}
}

func (x *box) promote() {
	if x.demoted {
		x.demoted = x.group.Promote() != nil
	}
}

// kill ends all that runs in the container, at once.
func (x *box) kill() {
	if x.init != nil {
		x.init.Kill()
	}
	_ = x.group.Kill() // what it cannot end, close reports
}

// close kills and frees everything.
func (x *box) close() error {
	x.once.Do(func() {
		x.kill()
		if x.init != nil {
			x.init.Close()
		}
		x.fault = errors.Join(x.files.close(), x.group.Close())
		x.refusals.wait()
	})
	return x.fault
}

// A command is a program that a container starts.
type command struct {
	args []string
	env  []string
	// language of programs that have no agent: what is started for them is in
	// there, and args and env are empty. Nil of one with an agent.
	language *image.Language
	// data bounds the private memory of each process a little below the
	// container's, so that the program is told before the kernel ends it. For
	// programs that reserve far more than they use it must be false.
	data bool

	insist bool // it can miss an interrupt, see [instance.interrupt]
}

// share of the memory limit that one process may have as its own, in percent.
const dataShare = 90

// rlimits are the limits of each process.
func (c command) rlimits(l caisson.Limits) map[int]uint64 {
	const (
		locked    = 64 << 10
		signals   = 1024
		stack     = 8 << 20
		msgqueues = 0
		spare     = 16 // the group, which has less, counts what it refuses
	)
	limits := map[int]uint64{
		syscall.RLIMIT_CORE:   0,
		syscall.RLIMIT_NOFILE: uint64(l.OpenFiles),
		syscall.RLIMIT_STACK:  stack,
		rlimitMemlock:         locked,
		rlimitSigpending:      signals,
		rlimitMsgqueue:        msgqueues,
		rlimitNproc:           uint64(l.Processes + spare),
		rlimitNice:            0,
		rlimitRtprio:          0,
	}
	if c.data {
		limits[syscall.RLIMIT_DATA] = uint64(l.Memory) / 100 * dataShare
	}
	return limits
}

// Numbers of asm-generic/resource.h that package syscall does not have.
const (
	rlimitNproc      = 6
	rlimitMemlock    = 8
	rlimitSigpending = 11
	rlimitMsgqueue   = 12
	rlimitNice       = 13
	rlimitRtprio     = 14
)

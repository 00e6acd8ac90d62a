package container

import (
	"fmt"
	"os"
	"path"
	"syscall"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/image"
	"github.com/caisson-dev/caisson/internal/sys"
)

// Where things are in a container.
const (
	workFolder  = "/workspace"
	homeFolder  = "/home/user"
	tmpFolder   = "/tmp"
	agentFolder = "/run/caisson/agent"
	stdinFIFO   = "/run/caisson/stdin"
)

// root is where the new root directory is put together. Any directory that
// every system has will do; this one is none that a mount below needs.
const root = "/sys"

// nodes are the devices that a container has. None holds or reaches anything.
var nodes = []string{"null", "zero", "full", "random", "urandom"}

// hidden are files and folders of /proc that tell about the host, or that have
// been a way to it (CVE-2015-3630, CVE-2016-4482 and others; the list of the
// OCI's default configuration, and more).
var (
	hiddenFiles = []string{"kcore", "keys", "key-users", "timer_list", "sched_debug", "sysrq-trigger", "latency_stats",
		"timer_stats", "kallsyms", "kmsg", "kpagecount", "kpageflags", "kpagecgroup", "interrupts", "modules", "config.gz",
		"cmdline", "iomem", "ioports", "slabinfo", "vmallocinfo", "pagetypeinfo", "zoneinfo", "buddyinfo", "diskstats", "partitions"}
	hiddenFolders = []string{"acpi", "asound", "bus", "driver", "fs", "irq", "scsi", "tty", "sysvipc", "pressure"}
)

// A layout is how the containers of an image and some limits are built.
type layout struct {
	plan    sys.Plan
	sources []source // what the plan's files are mounts of, in order
}

// A source is a directory or device of the host that a container sees.
type source struct {
	path       string
	attributes uint64
}

// inodes that a container's own folders take of its file system.
const ownInodes = 5

// newLayout plans a container. The first files of the plan are those by which
// a process enters its control group, of which there are so many. detached says that mounts come from outside, of
// a host that may look everywhere; else the container takes what its user sees.
func newLayout(tree image.Tree, agents string, l caisson.Limits, detached bool, tasks int) (*layout, error) {
	if err := tree.Check(); err != nil {
		return nil, err
	}
	b := &layout{}
	p := &b.plan
	// First of all, so that all that follows counts; and so that the root of what
	// it sees of control groups is its own.
	for range tasks {
		p.Write(p.File(), []byte("0"))
	}
	p.Unshare(syscall.CLONE_NEWCGROUP)
	p.Unshare(syscall.CLONE_NEWTIME)
	p.MayFail(syscall.EINVAL) // before Linux 5.6
	p.JoinSessionKeyring()
	p.Umask(0)
	p.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")
	p.Mount("root", root, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "size=64k,nr_inodes=256,mode=755")
	attach := func(from, at string, attributes uint64) {
		if detached {
			p.MoveMount(p.File(), root+at)
			b.sources = append(b.sources, source{from, attributes})
			return
		}
		tree := p.OpenTree(from)
		p.MoveMount(tree, root+at)
		p.Close(tree)
	}
	const noDevices = sys.MountReadOnly | sys.MountNoSuid | sys.MountNoDev
	for _, e := range tree.Entries {
		if e.Link != "" {
			p.Symlink(e.Link, root+"/"+e.Name)
			continue
		}
		p.Mkdir(root+"/"+e.Name, 0o755)
		attach(e.Source, "/"+e.Name, noDevices)
	}
	b.devices(attach)
	b.proc()
	for _, d := range []string{"/run", "/run/caisson", agentFolder, "/run/scratch", workFolder, tmpFolder, "/home", homeFolder, "/sys"} {
		p.Mkdir(root+d, 0o755)
	}
	attach(agents, agentFolder, noDevices)
	p.FIFO(root+stdinFIFO, 0o600)
	p.MountSetattr(root, sys.MountReadOnly|sys.MountNoSuid)
	b.scratch(l)
	p.LoopbackUp()
	p.Sethostname("caisson")
	p.PivotRoot(root)
	p.DropCapabilities()
	p.NoNewPrivileges()
	return b, nil
}

// devices makes /dev.
func (b *layout) devices(attach func(from, at string, attributes uint64)) {
	p := &b.plan
	p.Mkdir(root+"/dev", 0o755)
	for _, name := range nodes {
		p.Close(p.Open(root+"/dev/"+name, os.O_CREATE|os.O_WRONLY, 0o644))
		attach("/dev/"+name, "/dev/"+name, sys.MountNoSuid|sys.MountNoExec)
	}
	for name, to := range map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx"} {
		p.Symlink(to, root+"/dev/"+name)
	}
	p.Mkdir(root+"/dev/shm", 0o755)
	p.Mkdir(root+"/dev/pts", 0o755)
	p.Mount("devpts", root+"/dev/pts", "devpts", syscall.MS_NOSUID|syscall.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,max=64")
}

// proc makes /proc: of the container's processes, and of the host as little as
// programs can do without. All of it is read-only.
func (b *layout) proc() {
	p := &b.plan
	const flags = syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC
	p.Mkdir(root+"/proc", 0o555)
	p.Mount("proc", root+"/proc", "proc", flags, "")
	for _, name := range hiddenFiles {
		p.Mount("/dev/null", root+"/proc/"+name, "", syscall.MS_BIND, "")
		p.MayFail(syscall.ENOENT)
	}
	for _, name := range hiddenFolders {
		p.Mount("none", root+"/proc/"+name, "tmpfs", flags|syscall.MS_RDONLY, "size=4k,nr_inodes=2,mode=555")
		p.MayFail(syscall.ENOENT)
	}
	// By the name of its boot a host would be known again, and who else is on it.
	const random = root + "/proc/sys/kernel/random/"
	p.Mount(random+"uuid", random+"boot_id", "", syscall.MS_BIND, "")
}

// scratch makes the one file system that can be written, which is as large as
// the disk limit and has as many inodes: the work folder and those that
// programs need beside it are folders of it.
func (b *layout) scratch(l caisson.Limits) {
	p := &b.plan
	const at, flags = root + "/run/scratch", syscall.MS_NOSUID | syscall.MS_NODEV
	disk, inodes := max(l.Disk, 1), l.Inodes+ownInodes
	p.Mount("scratch", at, "tmpfs", flags, fmt.Sprintf("size=%d,nr_inodes=%d,mode=700", disk, inodes))
	for _, folder := range []string{workFolder, tmpFolder, homeFolder, "/dev/shm"} {
		from := at + "/" + path.Base(folder)
		p.Mkdir(from, 0o700)
		p.Mount(from, root+folder, "", syscall.MS_BIND, "")
		if l.Disk == 0 || l.Inodes == 0 {
			p.Mount("", root+folder, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY|flags, "")
		}
	}
	p.Umount(at, 0)
}

// mounts returns the files that the plan needs. The caller closes them.
func (b *layout) mounts() (files []*os.File, err error) {
	for _, s := range b.sources {
		f, err := sys.DetachedMount(s.path, s.attributes)
		if err != nil {
			closeAll(files)
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close() // nothing was written to it
	}
}

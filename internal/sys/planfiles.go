package sys

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Attributes of a mount, for [Plan.MountSetattr] and [DetachedMount].
const (
	MountReadOnly = unix.MOUNT_ATTR_RDONLY
	MountNoSuid   = unix.MOUNT_ATTR_NOSUID
	MountNoDev    = unix.MOUNT_ATTR_NODEV
	MountNoExec   = unix.MOUNT_ATTR_NOEXEC
)

// Mount adds mount(2).
func (p *Plan) Mount(source, target, kind string, flags int, data string) {
	p.Call(fmt.Sprintf("mount %s on %s", cmp.Or(source, kind), target), unix.SYS_MOUNT,
		p.Text(source), p.Text(target), p.Text(kind), Number(flags), p.Text(data))
}

// Umount adds umount2(2).
func (p *Plan) Umount(target string, flags int) {
	p.Call("unmount "+target, unix.SYS_UMOUNT2, p.Text(target), Number(flags))
}

// OpenTree adds open_tree(2): a detached copy of the mount at path, and of
// those below it.
func (p *Plan) OpenTree(path string) Value {
	p.Call("copy the mount of "+path, unix.SYS_OPEN_TREE, at(), p.Text(path),
		Number(unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE))
	return p.Result()
}

// MoveMount adds move_mount(2): it attaches a detached mount.
func (p *Plan) MoveMount(tree Value, target string) {
	p.Call("attach a mount to "+target, unix.SYS_MOVE_MOUNT,
		tree, p.Text(""), at(), p.Text(target), Number(unix.MOVE_MOUNT_F_EMPTY_PATH))
}

// MountSetattr adds mount_setattr(2): the mount at path gains attributes, and
// so do those below it.
func (p *Plan) MountSetattr(path string, set uint64) {
	attr := binary.LittleEndian.AppendUint64(nil, set)
	attr = append(attr, make([]byte, 24)...)
	p.Call("set attributes of the mount "+path, unix.SYS_MOUNT_SETATTR,
		at(), p.Text(path), Number(unix.AT_RECURSIVE), p.Bytes(attr), Number(len(attr)))
}

// PivotRoot makes the mount at root the root directory, and takes the old one
// away.
func (p *Plan) PivotRoot(root string) {
	p.Chdir(root)
	// Stacks the old root over the new one, from where it is taken away
	// (pivot_root(2), "pivot_root(".", ".")").
	p.Call("change root", unix.SYS_PIVOT_ROOT, p.Text("."), p.Text("."))
	p.Umount(".", unix.MNT_DETACH)
	p.Chdir("/")
}

// Chdir adds chdir(2).
func (p *Plan) Chdir(path string) { p.Call("enter "+path, unix.SYS_CHDIR, p.Text(path)) }

// Umask adds umask(2).
func (p *Plan) Umask(mask int) { p.Call("set the file mode mask", unix.SYS_UMASK, Number(mask)) }

// Mkdir adds mkdir(2).
func (p *Plan) Mkdir(path string, mode int) {
	p.Call("make folder "+path, unix.SYS_MKDIRAT, at(), p.Text(path), Number(mode))
}

// Symlink adds symlink(2).
func (p *Plan) Symlink(target, path string) {
	p.Call("make link "+path, unix.SYS_SYMLINKAT, p.Text(target), at(), p.Text(path))
}

// FIFO adds mknod(2) of a named pipe.
func (p *Plan) FIFO(path string, mode int) {
	p.Call("make pipe "+path, unix.SYS_MKNODAT, at(), p.Text(path), Number(unix.S_IFIFO|mode), Number(0))
}

// Open adds open(2), with O_CLOEXEC. The file may not be one that guest code
// could have made: a FIFO would hold up who runs the plan.
func (p *Plan) Open(path string, flags, mode int) Value {
	p.Call("open "+path, unix.SYS_OPENAT, at(), p.Text(path), Number(flags|unix.O_CLOEXEC), Number(mode))
	return p.Result()
}

// Write adds write(2) of a few bytes.
func (p *Plan) Write(to Value, b []byte) {
	p.Call(fmt.Sprintf("write %.20q", b), unix.SYS_WRITE, to, p.Bytes(b), Number(len(b)))
}

// WriteFile writes a few bytes to a file that exists, at once.
func (p *Plan) WriteFile(path, text string) {
	f := p.Open(path, unix.O_WRONLY, 0)
	p.Write(f, []byte(text))
	p.Close(f)
}

// Dup3 adds dup3(2): a copy of a descriptor, under a number of its own, which
// a new program keeps.
func (p *Plan) Dup3(from Value, to int) {
	p.Call(fmt.Sprintf("make descriptor %d", to), unix.SYS_DUP3, from, Number(to), Number(0))
}

// CloseFrom closes all descriptors from first on. Files and results that were
// named before cannot be from then on.
func (p *Plan) CloseFrom(first int) {
	clear(p.held[:])
	p.Call("close descriptors", unix.SYS_CLOSE_RANGE, Number(first), Number(1<<32-1), Number(0))
}

// Socket adds socket(2), with SOCK_CLOEXEC.
func (p *Plan) Socket(domain, kind, protocol int) Value {
	p.Call("make a socket", unix.SYS_SOCKET, Number(domain), Number(kind|unix.SOCK_CLOEXEC), Number(protocol))
	return p.Result()
}

// Ioctl adds ioctl(2) with a structure.
func (p *Plan) Ioctl(name string, on Value, request int, b []byte) {
	p.Call(name, unix.SYS_IOCTL, on, Number(request), p.Bytes(b))
}

// LoopbackUp switches the loopback interface on.
func (p *Plan) LoopbackUp() {
	request := make([]byte, 40) // struct ifreq
	copy(request, "lo")
	binary.LittleEndian.PutUint16(request[unix.IFNAMSIZ:], unix.IFF_UP|unix.IFF_RUNNING)
	s := p.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	p.Ioctl("switch loopback on", s, unix.SIOCSIFFLAGS, request)
	p.Close(s)
}

// DetachedMount returns a copy, with attributes, of what is mounted at path and
// below it, for [Plan.MoveMount] in a container. It takes CAP_SYS_ADMIN. The
// caller closes it.
func DetachedMount(path string, attributes uint64) (*os.File, error) {
	fd, err := unix.OpenTree(unix.AT_FDCWD, path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
	if err != nil {
		return nil, fmt.Errorf("copy the mount of %s: %w", path, err)
	}
	attr := unix.MountAttr{Attr_set: attributes, Propagation: unix.MS_PRIVATE}
	if err := unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &attr); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("set attributes of the mount of %s: %w", path, err)
	}
	return os.NewFile(uintptr(fd), path), nil
}

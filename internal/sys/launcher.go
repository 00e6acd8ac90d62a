package sys

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// ContainerUser is the one user, and the one group, that a container has.
const ContainerUser = 1000

// A Launcher is a small process of the host that begins containers, each as a
// copy of itself: a copy of our own process would take the longer the more
// memory we have. It ends by [Launcher.Close], and when we end, however that
// is; containers outlive it. It is safe for concurrent use.
type Launcher struct {
	*talk
	process *os.Process
}

// SealProgram returns a program in memory that nobody can change any more, for
// [StartLauncher]. The caller closes it.
func SealProgram(name string, program []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_EXEC)
	if err == unix.EINVAL { // before Linux 6.3
		fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	}
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", name, err)
	}
	f := os.NewFile(uintptr(fd), name)
	if _, err = f.Write(program); err == nil {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS,
			unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("seal %s: %w", name, err)
	}
	return f, nil
}

// StartLauncher starts a launcher from init, the program of containers' first
// processes, which [SealProgram] returned and which the caller may close.
func StartLauncher(init *os.File) (*Launcher, error) {
	t, theirs, err := newTalk()
	if err != nil {
		return nil, fmt.Errorf("start the launcher: %w", err)
	}
	defer theirs.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.socket.Close()
		return nil, fmt.Errorf("start the launcher: %w", err)
	}
	defer null.Close()
	process, err := os.StartProcess("/proc/self/fd/4", []string{"caisson-init"}, &os.ProcAttr{
		Dir: "/", Env: []string{}, Files: []*os.File{null, null, null, theirs, init},
		Sys: &syscall.SysProcAttr{Setsid: true}})
	if err != nil {
		t.socket.Close()
		return nil, fmt.Errorf("start the launcher: %w", err)
	}
	l := &Launcher{talk: t, process: process}
	go func() {
		defer close(l.over)
		l.listen(func(*initAnswer) {})
		l.socket.Close() // without its host it ends by itself
		_ = l.process.Kill()
		_, _ = l.process.Wait()
	}()
	return l, nil
}

// Close ends the launcher, and waits until it has.
func (l *Launcher) Close() {
	l.socket.Close()
	<-l.over
}

// Launch begins a container: a first process in new namespaces of users,
// mounts, processes, network, IPC and host name, which has all capabilities
// within them, for plans to take away. It begins in the cgroup, a folder of
// version 2, or in ours when that is nil. To the host its user is one of many
// that nobody else is, when we are root, and else ours.
func (l *Launcher) Launch(cgroup *os.File) (*Init, error) {
	t, theirs, err := newTalk()
	if err != nil {
		return nil, fmt.Errorf("launch a container: %w", err)
	}
	defer theirs.Close()
	files := []*os.File{theirs}
	if cgroup != nil {
		files = append(files, cgroup)
	}
	const namespaces = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET |
		unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
	user, group, owner, err := newUser()
	if err != nil {
		return nil, fmt.Errorf("launch a container: %w", err)
	}
	a, err := l.ask(initLaunch, namespaces, owner, files...)
	if err == nil && a.step != initDone {
		err = a.errno
	}
	if err != nil {
		t.socket.Close()
		return nil, fmt.Errorf("launch a container: %w", err)
	}
	in, err := newInit(t, a)
	if err != nil {
		return nil, fmt.Errorf("launch a container: %w", err)
	}
	if err := in.become(user, group); err != nil {
		in.Close()
		return nil, fmt.Errorf("launch a container: %w", err)
	}
	return in, nil
}

// newUser returns the user and the group that a container is to the host, and
// how init is told whose its namespaces are.
func newUser() (uid, gid int, owner []byte, err error) {
	if os.Geteuid() != 0 {
		return os.Geteuid(), os.Getegid(), nil, nil
	}
	var b [4]byte
	if _, err := rand.Read(b[:]); err != nil {
		return 0, 0, nil, err
	}
	// The kernel counts pipes, locked memory, watches of files, pending signals
	// and more by user, and for namespaces by their owner, too: one of its own,
	// for both, keeps containers out of each other's quotas, and out of root's.
	uid = 0x70000000 | int(binary.LittleEndian.Uint32(b[:])>>4)
	return uid, uid, binary.LittleEndian.AppendUint32(nil, uint32(uid)), nil
}

// become gives the container its user.
func (in *Init) become(uid, gid int) error {
	root := os.Geteuid() == 0
	if !root {
		if err := in.set("setgroups", "deny"); err != nil { // or the kernel lets nobody map groups
			return err
		}
	}
	if err := in.set("uid_map", fmt.Sprintf("%d %d 1", ContainerUser, uid)); err != nil {
		return err
	}
	if err := in.set("gid_map", fmt.Sprintf("%d %d 1", ContainerUser, gid)); err != nil {
		return err
	}
	var p Plan
	if root {
		user := Number(ContainerUser)
		p.Call("drop groups", unix.SYS_SETGROUPS, Number(0), Number(0))
		p.Call("become its group", unix.SYS_SETRESGID, user, user, user)
		p.Call("become its user", unix.SYS_SETRESUID, user, user, user)
	}
	return in.Run(&p)
}

// set writes to a file of the process in /proc.
func (in *Init) set(name, text string) error {
	f, err := os.OpenFile(fmt.Sprintf("/proc/%d/%s", in.PID, name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	// While it lives, nobody else has its number: the file that is open is its.
	if dead, err := in.dead(); dead || err != nil {
		return errors.Join(err, ErrContainerEnded)
	}
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	return f.Close()
}

package sys

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An arena is what attacks are made on. It is made before the lock.
type arena struct {
	Folder   string // where everybody may write
	TCP      string // somebody listens here
	Abstract string // and here
	Victim   int    // a process of the same user

	sockets []int // TCP, to connect with
	unix    []int // the same, local
	file    *os.File
	memory  []byte
	used    int // attacks made with each socket
}

// prepare opens what the attacks need open.
func (a *arena) prepare() {
	for range 2 {
		if s, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err == nil {
			a.sockets = append(a.sockets, s)
		}
		if s, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err == nil {
			a.unix = append(a.unix, s)
		}
	}
	for i := range 2 {
		os.WriteFile(fmt.Sprint(a.Folder, "/remove", i), nil, 0o600) // missed when it is to be removed
	}
	a.file, _ = os.Create(a.Folder + "/" + strconv.Itoa(os.Getpid()))
	a.memory, _ = unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
}

// An attack tries what a locked process must not do.
type attack struct {
	name string
	try  func(*arena) error
	only bool // after the lock: before it, it would do harm
}

func raw(call uintptr, args ...uintptr) error {
	var all [6]uintptr
	copy(all[:], args)
	_, _, e := syscall.RawSyscall6(call, all[0], all[1], all[2], all[3], all[4], all[5])
	if e != 0 {
		return e
	}
	return nil
}

// after makes an attack for after the lock alone, of a bare system call.
func after(name string, call uintptr, args ...uintptr) attack {
	return attack{name, func(*arena) error { return raw(call, args...) }, true}
}

func try(name string, f func(*arena) error) attack { return attack{name: name, try: f} }

// fileAttacks are those that Landlock forbids, too.
func fileAttacks() []attack {
	return []attack{
		try("read a file", func(*arena) error { f, err := os.Open("/etc/passwd"); return errors.Join(err, f.Close()) }),
		try("list a folder", func(*arena) error { _, err := os.ReadDir("/"); return err }),
		try("write a file", func(a *arena) error { return os.WriteFile(a.Folder+"/new", nil, 0o600) }),
		try("make a folder", func(a *arena) error { return os.Mkdir(fmt.Sprint(a.Folder, "/d", time.Now().UnixNano()), 0o700) }),
		try("make a link", func(a *arena) error { return os.Symlink("/", fmt.Sprint(a.Folder, "/l", time.Now().UnixNano())) }),
		try("remove a file", func(a *arena) error {
			return os.Remove(fmt.Sprint(a.Folder, "/remove", a.used))
		}),
	}
}

// reachAttacks are those that newer versions of Landlock forbid, too.
func reachAttacks() []attack {
	return []attack{
		try("connect by TCP", func(a *arena) error {
			to, err := net.ResolveTCPAddr("tcp4", a.TCP)
			if err != nil {
				return err
			}
			return unix.Connect(a.sockets[a.used], &unix.SockaddrInet4{Port: to.Port, Addr: [4]byte(to.IP.To4())})
		}),
		try("connect to an abstract socket", func(a *arena) error {
			return unix.Connect(a.unix[a.used], &unix.SockaddrUnix{Name: a.Abstract})
		}),
		try("signal another process", func(a *arena) error { return unix.Kill(a.Victim, unix.SIGCONT) }),
	}
}

// callAttacks are those that only seccomp forbids.
func callAttacks() []attack {
	page := func(a *arena) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(a.memory))) }
	return []attack{
		try("make a TCP socket", func(*arena) error { return socket(unix.AF_INET, unix.SOCK_STREAM) }),
		try("make a raw socket", func(*arena) error { return socket(unix.AF_INET, unix.SOCK_RAW) }),
		try("make a netlink socket", func(*arena) error { return socket(unix.AF_NETLINK, unix.SOCK_RAW) }),
		try("make a local socket", func(*arena) error { return socket(unix.AF_UNIX, unix.SOCK_STREAM) }),
		try("make a crypto socket", func(*arena) error { return socket(unix.AF_ALG, unix.SOCK_SEQPACKET) }),
		try("fork", func(*arena) error {
			pid, _, e := syscall.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
			if e != 0 {
				return e
			}
			if pid == 0 {
				syscall.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
			}
			_, err := unix.Wait4(int(pid), nil, 0, nil)
			return err
		}),
		try("clone by structure", func(*arena) error { return raw(unix.SYS_CLONE3, 0, 0) }),
		try("start a program", func(*arena) error {
			p, err := os.StartProcess("/proc/self/exe", []string{"victim"}, &os.ProcAttr{})
			if err == nil {
				err = p.Kill()
				p.Wait()
			}
			return err
		}),
		try("signal a thread of another process", func(a *arena) error { return unix.Tgkill(a.Victim, a.Victim, unix.SIGCONT) }),
		try("read another process's memory", func(a *arena) error {
			var b [8]byte
			_, err := unix.ProcessVMReadv(a.Victim, []unix.Iovec{{Base: &b[0], Len: 8}}, []unix.RemoteIovec{{Base: 1, Len: 8}}, 0)
			return err
		}),
		try("trace another process", func(a *arena) error {
			return raw(unix.SYS_PTRACE, unix.PTRACE_PEEKTEXT, uintptr(a.Victim), 0, 0)
		}),
		try("hold another process", func(a *arena) error {
			fd, err := unix.PidfdOpen(a.Victim, 0)
			if err == nil {
				unix.Close(fd)
			}
			return err
		}),
		try("map memory to run", func(*arena) error {
			b, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_ANON|unix.MAP_PRIVATE)
			if err == nil {
				unix.Munmap(b)
			}
			return err
		}),
		try("make memory run", func(a *arena) error {
			err := unix.Mprotect(a.memory, unix.PROT_READ|unix.PROT_EXEC)
			return errors.Join(err, unix.Mprotect(a.memory, unix.PROT_READ|unix.PROT_WRITE))
		}),
		try("make memory run by key", func(a *arena) error {
			return raw(unix.SYS_PKEY_MPROTECT, page(a), 4096, unix.PROT_READ|unix.PROT_EXEC, ^uintptr(0))
		}),
		try("become a user", func(*arena) error { return raw(unix.SYS_SETRESUID, ^uintptr(0), ^uintptr(0), ^uintptr(0)) }),
		try("become a group", func(*arena) error { return raw(unix.SYS_SETRESGID, ^uintptr(0), ^uintptr(0), ^uintptr(0)) }),
		try("mount", func(a *arena) error { return unix.Mount("none", a.Folder, "no-such-file-system", 0, "") }),
		try("change root", func(*arena) error { return raw(unix.SYS_CHROOT, 0) }),
		try("leave a namespace", func(*arena) error { return raw(unix.SYS_UNSHARE, 0) }),
		try("enter a namespace", func(*arena) error { return raw(unix.SYS_SETNS, ^uintptr(0), 0) }),
		try("use keys", func(*arena) error {
			_, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, false)
			return err
		}),
		try("load a kernel program", func(*arena) error { return raw(unix.SYS_BPF, 9999, 0, 0) }),
		try("use rings", func(*arena) error { return raw(unix.SYS_IO_URING_SETUP, 0, 0) }),
		try("handle page faults", func(*arena) error { return raw(unix.SYS_USERFAULTFD, 1<<20) }),
		try("count events", func(*arena) error { return raw(unix.SYS_PERF_EVENT_OPEN, 0, 0, 0, 0, 0) }),
		try("make a file in memory", func(*arena) error {
			fd, err := unix.MemfdCreate("x", 0)
			if err == nil {
				unix.Close(fd)
			}
			return err
		}),
		try("control a device", func(*arena) error { return raw(unix.SYS_IOCTL, ^uintptr(0), unix.TIOCSTI, 0) }),
		try("raise a limit", func(*arena) error { return raw(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_CORE, 0, 0) }),
		try("allow dumps", func(*arena) error { return raw(unix.SYS_PRCTL, unix.PR_GET_DUMPABLE, 0) }),
		try("watch files", func(*arena) error {
			fd, err := unix.InotifyInit1(0)
			if err == nil {
				unix.Close(fd)
			}
			return err
		}),
		try("duplicate a descriptor", func(a *arena) error { return raw(unix.SYS_FCNTL, ^uintptr(0), unix.F_DUPFD, 0) }),
		after("start a program itself", unix.SYS_EXECVE, 0, 0, 0),
		after("start an open program", unix.SYS_EXECVEAT, 0, 0, 0, 0, 0),
		after("restart the machine", unix.SYS_REBOOT, 0, 0, 0),
		after("load a module", unix.SYS_INIT_MODULE, 0, 0, 0),
		after("load an open module", unix.SYS_FINIT_MODULE, 0, 0, 0),
		after("load a kernel", unix.SYS_KEXEC_LOAD, 0, 0, 0),
		after("set the clock", unix.SYS_SETTIMEOFDAY, 0, 0),
		after("set the host's name", unix.SYS_SETHOSTNAME, 0, 0),
		after("read the kernel's log", unix.SYS_SYSLOG, 3, 0, 0),
		after("open by handle", unix.SYS_OPEN_BY_HANDLE_AT, 0, 0, 0),
		after("open a file of old", unix.SYS_OPENAT, 0, 0, 0),
		after("open a file of new", unix.SYS_OPENAT2, 0, 0, 0, 0),
		after("move a mount", unix.SYS_MOVE_MOUNT, 0, 0, 0, 0, 0),
		after("open a file system", unix.SYS_FSOPEN, 0, 0),
		after("swap roots", unix.SYS_PIVOT_ROOT, 0, 0),
		after("take a descriptor", unix.SYS_PIDFD_GETFD, 0, 0, 0),
		after("send a message", unix.SYS_SENDMSG, ^uintptr(0), 0, 0),
		after("filter calls anew", unix.SYS_SECCOMP, 99, 0, 0),
		after("splice", unix.SYS_SPLICE, 0, 0, 0, 0, 0, 0),
		after("move pages", unix.SYS_MOVE_PAGES, 0, 0, 0, 0, 0, 0),
		after("unknown call", 9999),
	}
}

func socket(family, kind int) error {
	s, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		unix.Close(s)
	}
	return err
}

func attacks() []attack {
	return append(append(fileAttacks(), reachAttacks()...), callAttacks()...)
}

// tried is how attacks ended: 0, or the number of an error.
type tried map[string]int

func (a *arena) all(locked bool) tried {
	t := tried{}
	for _, x := range attacks() {
		if x.only && !locked {
			continue
		}
		t[x.name] = errnoOf(x.try(a))
	}
	a.used++
	return t
}

func errnoOf(err error) int {
	if err == nil {
		return 0
	}
	if e, ok := errors.AsType[syscall.Errno](err); ok {
		return int(e)
	}
	return -1
}

// An account is what an attacker tells.
type account struct {
	Before, After  tried
	Stand, Missing []string
	Write          int    // the end of a write to a file that was open
	Works          string // "" when it can still compute
	Error          string
}

// attacker is the life of a process that attacks, locks itself in as how says,
// and attacks again.
func attacker(how, what string) {
	runtime.LockOSThread()
	var a arena
	var r account
	if err := json.Unmarshal([]byte(what), &a); err != nil {
		panic(err)
	}
	a.prepare()
	r.Before = a.all(false)
	var err error
	var miss []error
	switch how {
	case "lock":
		err = DropCapabilities()
		if errors.Is(err, ErrMissing) {
			miss, err = append(miss, err), nil
		}
		if err == nil {
			var more []error
			r.Stand, more, err = Lock(Compute())
			miss = append(miss, more...)
		}
	case "landlock":
		if err = landlockNothing(); err == nil {
			r.Stand = []string{WallLandlock}
		}
	case "seccomp":
		if err = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err == nil {
			err = Compute().load()
		}
		if err == nil {
			r.Stand = []string{WallSeccomp}
		}
	case "x32":
		if _, _, err = Lock(Compute()); err == nil {
			raw(x32|39, 0)
		}
	}
	if errors.Is(err, ErrMissing) {
		miss, err = append(miss, err), nil
	}
	for _, m := range miss {
		r.Missing = append(r.Missing, m.Error())
	}
	if err != nil {
		r.Error = err.Error()
	} else {
		r.After = a.all(true)
		_, err := a.file.Write([]byte("x"))
		r.Write = errnoOf(err)
		r.Works = works()
	}
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		panic(err)
	}
	os.Stdin.Read(make([]byte, 1)) // until it was looked at
}

// works checks that a locked process still does what it is for.
func works() string {
	var all sync.WaitGroup
	var total [8][]byte
	for i := range total {
		all.Go(func() {
			runtime.LockOSThread() // a thread of its own, made and ended
			total[i] = make([]byte, 1<<20)
			time.Sleep(time.Millisecond)
		})
	}
	all.Wait()
	runtime.GC()
	b, err := Reserve(1 << 20)
	if err != nil {
		return err.Error()
	}
	b[0] = 1
	if err := errors.Join(Discard(b), Unmap(b)); err != nil {
		return err.Error()
	}
	if ThreadCPU() <= 0 {
		return "no clock"
	}
	return ""
}

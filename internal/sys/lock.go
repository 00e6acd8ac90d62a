package sys

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The walls that [Lock] builds, by the names that policies use.
const (
	WallNamespaces = "namespaces" // built by whoever starts the process: see [Isolated]
	WallLandlock   = "landlock"
	WallSeccomp    = "seccomp"
	WallCgroup     = "cgroup" // built by whoever starts the process
)

// Lock takes from the calling process, for good and in all its threads, what
// it will not need: every file, socket, program, capability and nearly every
// system call. It keeps its descriptors, memory and threads. Afterwards it can
// compute, read and write what it has open, and receive descriptors.
//
// It returns the walls that stand. Those that this host cannot build are in
// lacking, each as an error that wraps [ErrMissing]; any other fault is err,
// and then the process must end.
func Lock(filter Filter) (stand []string, lacking []error, err error) {
	for _, what := range []int{unix.RLIMIT_CORE, unix.RLIMIT_FSIZE, unix.RLIMIT_MEMLOCK} {
		if err := unix.Setrlimit(what, &unix.Rlimit{}); err != nil {
			return nil, nil, fmt.Errorf("set resource limit %d to none: %w", what, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return nil, nil, fmt.Errorf("forbid dumps: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return nil, nil, fmt.Errorf("forbid new privileges: %w", err)
	}
	for _, wall := range []struct {
		name  string
		build func() error
	}{
		{WallLandlock, landlockNothing},
		{WallSeccomp, filter.load},
	} {
		switch err := wall.build(); {
		case err == nil:
			stand = append(stand, wall.name)
		case errors.Is(err, ErrMissing):
			lacking = append(lacking, err)
		default:
			return nil, nil, err
		}
	}
	return stand, lacking, nil
}

// DropCapabilities takes all capabilities from all threads.
func DropCapabilities() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	return allThreads("drop capabilities", unix.SYS_CAPSET,
		uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&none[0])))
}

// allThreads makes a system call in every thread of the process. A program
// that is linked with C, as with the race detector, cannot do it.
func allThreads(what string, call, a, b uintptr) error {
	_, _, e := syscall.AllThreadsSyscall(call, a, b, 0)
	switch {
	case e == unix.ENOTSUP:
		return missing(what, errors.New("this program is linked with C, which has threads of its own"))
	case e != 0:
		return fmt.Errorf("%s: %w", what, e)
	}
	return nil
}

// landlockNothing forbids every access to files that Landlock knows, connecting
// and binding TCP, and reaching outside by signal or abstract socket.
// Descriptors that are open stay.
func landlockNothing() error {
	abi, err := LandlockABI()
	if err != nil {
		return err
	}
	attr, known := landlockKnows(abi)
	fd, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), uintptr(8*known), 0)
	if e != 0 {
		return missing(WallLandlock, e)
	}
	defer unix.Close(int(fd))
	// Landlock is of a thread: those that run already need it each.
	if err := allThreads("forbid new privileges", unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1); err != nil {
		return err
	}
	return allThreads(WallLandlock, unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0)
}

// EmptyRoot leaves the process with an empty, read-only file system as its
// root. It needs a mount namespace of its own and CAP_SYS_ADMIN in it.
func EmptyRoot() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	// Any directory that every system has will do to mount on; what is mounted
	// there is the new root.
	const at = "/proc"
	if err := unix.Mount("none", at, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "size=0,nr_inodes=2,mode=500"); err != nil {
		return fmt.Errorf("mount an empty root: %w", err)
	}
	if err := unix.Chdir(at); err != nil {
		return fmt.Errorf("enter the empty root: %w", err)
	}
	// Stacks the old root over the new one, from where it is taken away
	// (pivot_root(2), "pivot_root(".", ".")").
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("change root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("take the old root away: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("make the empty root read-only: %w", err)
	}
	return os.Chdir("/")
}

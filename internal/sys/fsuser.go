package sys

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// AsFileUser calls f while the thread opens, makes and removes files as another
// user and group, with no more rights than they have. Only root can be another;
// everybody else is whoever they are. What f does must not leave its goroutine.
func AsFileUser(uid, gid int, f func() error) error {
	if os.Geteuid() != 0 {
		return f()
	}
	runtime.LockOSThread()
	if err := setFileIDs(uid, gid); err != nil {
		return err // and the thread, which is locked, ends with its goroutine
	}
	err := f()
	if back := setFileIDs(0, os.Getegid()); back != nil {
		return errors.Join(err, back)
	}
	runtime.UnlockOSThread()
	return err
}

// setFileIDs sets what a thread is for files. The calls do not say whether they
// worked (setfsuid(2)), but what was set before.
func setFileIDs(uid, gid int) error {
	set := func(name string, call func(int) (int, error), id int) error {
		if _, err := call(id); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if is, err := call(-1); err != nil || is != id {
			return fmt.Errorf("%s %d: it is %d (%v)", name, id, is, err)
		}
		return nil
	}
	// The group first: without root's rights it could not be set.
	return errors.Join(set("setfsgid", unix.SetfsgidRetGid, gid), set("setfsuid", unix.SetfsuidRetUid, uid))
}

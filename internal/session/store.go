// Package session keeps sessions at rest: between two executions a session is
// a folder of its user's on disk, so that no process need stay for it. What is
// in its state only its backend knows; to this package it is bytes.
//
// A session's folder holds meta.json, which names the state that counts, and
// that state. A new state is written whole and flushed beside the old one, and
// counts from the moment at which meta.json is replaced: whenever a process is
// killed, one of the two is there and whole. Whoever uses a session holds the
// lock on its folder, which ends with the process.
//
// A state may go on only once: going on twice would draw the same random
// numbers twice. So taking it leaves a mark, and one that was taken and never
// replaced, because its process was killed, must be copied instead.
//
// All of that holds over a power cut, too, on a disk that keeps what it said it
// has flushed. What must not come before another thing is flushed after it, with
// its folder: a state and its mark before the meta.json that names them, and the
// mark of a state before anybody gets that state.
package session

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/caisson-dev/caisson"
)

// patience is how long [Store.Hold] waits for whoever holds the session.
const patience = 2 * time.Second

// The files of a session's folder. A state is named after its snapshot.
const (
	metaFile   = "meta.json"
	statePart  = "state-"
	takenPart  = "taken-"
	newPart    = "new-"
	gonePart   = ".gone-" // begins the name of a folder that is being deleted
	maxMeta    = 1 << 20
	folderMode = 0o700
)

// A Store is a folder with a folder for each session. It is safe for
// concurrent use, by several processes too.
type Store struct {
	dir  string
	sync func(*os.File) error // [os.File.Sync]; something that fails in tests
}

// Open returns the store in dir, which is made when it is missing. Others than
// this user must not be able to write to it.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return nil, fmt.Errorf("open the sessions: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return nil, fmt.Errorf("open the sessions: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return nil, fmt.Errorf("open the sessions: %s is no folder", dir)
	case !ok || int(owner.Uid) != os.Geteuid():
		return nil, fmt.Errorf("open the sessions: %s belongs to another user: use a folder of your own", dir)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("open the sessions: others can read %s (mode %04o): chmod 0700 keeps them out", dir, info.Mode().Perm())
	}
	return &Store{dir: dir, sync: (*os.File).Sync}, nil
}

// flush makes durable which sessions there are.
func (s *Store) flush() error {
	f, err := os.Open(s.dir)
	if err != nil {
		return err
	}
	return errors.Join(s.sync(f), f.Close())
}

func goodName(name caisson.SessionID) error {
	if ok, _ := regexp.MatchString(`^[a-z0-9][a-z0-9._-]{0,63}$`, string(name)); !ok {
		return caisson.Errorf(caisson.Invalid, "%q is no name for a session: use a to z, 0 to 9, dot, dash and underscore, at most 64, beginning with a letter or digit", name)
	}
	return nil
}

// List returns the sessions, by name. Those that cannot be read are left out
// and are in the error, each with its name.
func (s *Store) List() ([]caisson.Session, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("list the sessions: %w", err)
	}
	var all []caisson.Session
	var faults []error
	for _, e := range entries {
		if goodName(caisson.SessionID(e.Name())) != nil || !e.IsDir() {
			continue
		}
		meta, err := readMeta(filepath.Join(s.dir, e.Name()))
		switch {
		case err == nil:
			all = append(all, meta)
		case !errors.Is(err, fs.ErrNotExist): // in the making, or being deleted
			faults = append(faults, fmt.Errorf("session %q: %w", e.Name(), err))
		}
	}
	slices.SortFunc(all, func(a, b caisson.Session) int { return cmp.Compare(a.ID, b.ID) })
	return all, errors.Join(faults...)
}

func readMeta(dir string) (caisson.Session, error) {
	f, err := os.OpenFile(filepath.Join(dir, metaFile), os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return caisson.Session{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return caisson.Session{}, err
	}
	if info.Size() > maxMeta {
		return caisson.Session{}, errors.New("its description is too long")
	}
	var meta caisson.Session
	if err := json.NewDecoder(f).Decode(&meta); err != nil {
		return caisson.Session{}, fmt.Errorf("read its description: %w", err)
	}
	if string(meta.ID) != filepath.Base(dir) {
		return caisson.Session{}, errors.New("its description is that of another session")
	}
	return meta, nil
}

// Hold waits a short while until this caller alone holds the session of that
// name, which need not exist yet. Somebody else's holding it for longer is a
// conflict. The caller releases it.
func (s *Store) Hold(ctx context.Context, name caisson.SessionID) (*Held, error) {
	if err := goodName(name); err != nil {
		return nil, err
	}
	dir := filepath.Join(s.dir, string(name))
	for end := time.Now().Add(patience); ; {
		lock, err := lockFolder(dir)
		if err == nil {
			h := &Held{store: s, dir: dir, name: name, lock: lock}
			return h, h.load()
		}
		if !errors.Is(err, errBusy) {
			return nil, fmt.Errorf("hold session %q: %w", name, err)
		}
		if time.Now().After(end) {
			return nil, caisson.Errorf(caisson.Conflict, "session %q is in use by another process: try again when that has ended", name)
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

var errBusy = errors.New("somebody else holds it")

// lockFolder makes the folder when it is missing and locks it.
func lockFolder(dir string) (*os.File, error) {
	if err := os.Mkdir(dir, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	f, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errBusy // deleted in between
	}
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		// It may have been deleted, and made anew, before we had it.
		var ours, named os.FileInfo
		if ours, err = f.Stat(); err == nil {
			named, err = os.Lstat(dir)
		}
		if err == nil && os.SameFile(ours, named) {
			return f, nil
		}
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			err = errBusy
		}
	}
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
		err = errBusy
	}
	return nil, errors.Join(err, f.Close())
}

// Sweep removes what processes left that were killed while they deleted a
// session.
func (s *Store) Sweep() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("sweep the sessions: %w", err)
	}
	var faults []error
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), gonePart) {
			faults = append(faults, os.RemoveAll(filepath.Join(s.dir, e.Name())))
		}
	}
	return errors.Join(faults...)
}

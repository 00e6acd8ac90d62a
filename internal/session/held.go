package session

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/caisson-dev/caisson"
)

// A Held is a session that nobody else can use until it is released. It is for
// one goroutine.
type Held struct {
	store *Store
	dir   string
	name  caisson.SessionID
	lock  *os.File
	meta  caisson.Session
	found bool
}

// load reads what is there and sweeps what a killed process left beside it.
func (h *Held) load() error {
	meta, err := readMeta(h.dir)
	switch {
	case err == nil:
		h.meta, h.found = meta, true
	case !errors.Is(err, fs.ErrNotExist):
		return errors.Join(caisson.Errorf(caisson.Conflict, "session %q cannot be used: %w", h.name, err), h.Release())
	}
	if err := h.sweep(); err != nil {
		return errors.Join(fmt.Errorf("sweep session %q: %w", h.name, err), h.Release())
	}
	return nil
}

// sweep removes all but the state that counts.
func (h *Held) sweep() error {
	entries, err := os.ReadDir(h.dir)
	if err != nil {
		return err
	}
	id := string(h.meta.Snapshot)
	var faults []error
	for _, e := range entries {
		switch name := e.Name(); {
		case name == metaFile, id != "" && (name == statePart+id || name == takenPart+id):
		case strings.HasPrefix(name, statePart), strings.HasPrefix(name, takenPart), strings.HasPrefix(name, newPart):
			faults = append(faults, os.Remove(filepath.Join(h.dir, name)))
		}
	}
	return errors.Join(faults...)
}

// Found reports whether the session exists.
func (h *Held) Found() bool { return h.found }

// Meta describes the session. It is zero when there is none.
func (h *Held) Meta() caisson.Session { return h.meta }

// State opens the state for reading. The caller closes it.
func (h *Held) State() (*os.File, error) {
	if !h.found {
		return nil, h.missing()
	}
	f, err := os.OpenFile(filepath.Join(h.dir, statePart+string(h.meta.Snapshot)), os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, fmt.Errorf("read session %q: %w", h.name, err)
	}
	return f, nil
}

// Take opens the state for going on with it, which may be done once. again
// says that it was taken before: then it must be copied, with new randomness.
// When Take returns the state, that it was taken is on stable storage: after a
// power cut it is not given a second time. After an error it may count as taken.
// The caller closes it.
func (h *Held) Take() (state *os.File, again bool, err error) {
	state, err = h.State()
	if err != nil {
		return nil, false, err
	}
	mark, err := os.OpenFile(filepath.Join(h.dir, takenPart+string(h.meta.Snapshot)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return state, true, nil
	}
	if err == nil {
		err = errors.Join(h.store.sync(mark), mark.Close())
	}
	if err == nil {
		err = h.store.sync(h.lock)
	}
	if err != nil {
		return nil, false, errors.Join(fmt.Errorf("take session %q: %w", h.name, err), state.Close())
	}
	return state, false, nil
}

// GiveBack undoes a [Held.Take] that was the first, when nothing was done with
// the state. A power cut may undo that again, and the state counts as taken.
func (h *Held) GiveBack() error {
	err := os.Remove(filepath.Join(h.dir, takenPart+string(h.meta.Snapshot)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (h *Held) missing() error {
	return caisson.Errorf(caisson.NotFound, "there is no session %q: \"caisson session list\" shows those there are", h.name)
}

// Save replaces the state by what write writes, and meta with it, whose ID,
// Snapshot and Bytes it sets. When it returns nil that is on stable storage. On
// an error, as after a power cut, one of the two counts, the old or the new, and
// is whole. A state in which nothing ran
// since it was made or copied is unused: it counts as taken already, for its
// randomness is that of what it was made from.
func (h *Held) Save(meta caisson.Session, unused bool, write func(io.Writer) error) (caisson.Saved, error) {
	meta.ID, meta.Snapshot = h.name, caisson.SnapshotID(strings.ToLower(rand.Text()))
	saved, err := h.put(statePart+string(meta.Snapshot), write)
	if err == nil && unused {
		_, err = h.put(takenPart+string(meta.Snapshot), func(io.Writer) error { return nil })
	}
	if err == nil {
		err = h.store.sync(h.lock) // before anything names them
	}
	if err != nil {
		return caisson.Saved{}, fmt.Errorf("save session %q: %w", h.name, err)
	}
	meta.Bytes = saved.Bytes
	_, err = h.put(metaFile, func(w io.Writer) error { return json.NewEncoder(w).Encode(meta) })
	if err == nil {
		err = h.store.sync(h.lock)
	}
	if err == nil && !h.found {
		err = h.store.flush()
	}
	if err != nil {
		return caisson.Saved{}, fmt.Errorf("save session %q: %w", h.name, err)
	}
	h.meta, h.found = meta, true
	_ = h.sweep() // the new state counts already; whoever holds it next sweeps again
	return saved, nil
}

// put writes a file under another name, flushes it, and gives it its own.
func (h *Held) put(name string, write func(io.Writer) error) (_ caisson.Saved, err error) {
	part := filepath.Join(h.dir, newPart+name)
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return caisson.Saved{}, err
	}
	c := counter{w: f}
	sum := sha256.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(&c, sum), 1<<16)
	if err = write(buffered); err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = h.store.sync(f)
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(part, filepath.Join(h.dir, name))
	}
	if err != nil {
		return caisson.Saved{}, errors.Join(err, os.Remove(part))
	}
	return caisson.Saved{SHA256: hex.EncodeToString(sum.Sum(nil)), Bytes: c.n}, nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// Delete removes the session for good, and lets others use its name. When it
// returns nil that is on stable storage.
func (h *Held) Delete() error {
	if !h.found {
		return h.missing()
	}
	// With another name it is gone at once, whatever happens then.
	gone := filepath.Join(h.store.dir, gonePart+rand.Text())
	if err := os.Rename(h.dir, gone); err != nil {
		return fmt.Errorf("delete session %q: %w", h.name, err)
	}
	h.dir, h.meta, h.found = gone, caisson.Session{}, false
	if err := errors.Join(h.store.flush(), os.RemoveAll(gone)); err != nil {
		return fmt.Errorf("delete session %q: %w", h.name, err)
	}
	return nil
}

// Release lets others use the session.
func (h *Held) Release() error {
	if h.lock == nil {
		return nil
	}
	if !h.found {
		// Nothing was made of it: only an empty folder can be removed so.
		_ = os.Remove(h.dir)
	}
	err := h.lock.Close()
	h.lock = nil
	return err
}

package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/event"
)

// maxPending bounds what waits for a Sync: beyond it, Record syncs by itself.
const maxPending = 4 << 20

var errClosed = errors.New("the record is closed")

var _ event.Recorder = (*Log)(nil)

// A Log is one writer of a record. Any number of them, in any number of
// processes, may write to one directory. It is safe for concurrent use.
//
// Callers that Sync at the same time share one write and one flush to disk.
type Log struct {
	path   string
	root   *os.Root
	dir    *os.File // carries the locks
	writer string

	// turn is held by the one goroutine that writes, and guards tail.
	// It is taken before mu.
	turn chan struct{}
	tail tail

	maxSegment int64 // bytes at which a new segment starts

	mu   sync.Mutex // guards what follows
	next *batch     // what the next write takes
	err  error      // why the Log refuses; nil while it works
}

// A batch is what one write puts on record.
type batch struct {
	bodies [][]byte
	size   int
	done   chan struct{} // closed when err is final
	err    error
}

// Open opens the record in dir for writing, and makes dir when there is none.
// It refuses a directory that others could change: dir must be no symbolic
// link, belong to this user and have mode 0700. The caller closes the Log.
func Open(dir string) (*Log, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make record: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open record: %w", err)
	}
	l := &Log{path: dir, root: root, turn: make(chan struct{}, 1), next: newBatch(), maxSegment: maxSegment}
	if l.dir, err = root.Open("."); err != nil {
		return nil, errors.Join(fmt.Errorf("open record: %w", err), root.Close())
	}
	if err := l.ready(); err != nil {
		return nil, errors.Join(fmt.Errorf("open record %s: %w", dir, err), l.closeFiles())
	}
	return l, nil
}

func (l *Log) ready() error {
	if err := l.private(); err != nil {
		return err
	}
	var err error
	if l.writer, err = newWriter(l.dir); err != nil {
		return err
	}
	return l.locked(l.catchUp)
}

// private reports why others could change the directory; nil when they cannot.
func (l *Log) private() error {
	named, err := os.Lstat(l.path)
	if err != nil {
		return err
	}
	fi, err := l.dir.Stat()
	if err != nil {
		return err
	}
	owner := int(fi.Sys().(*syscall.Stat_t).Uid)
	switch {
	// What was opened is what is looked at, even if the name moved meanwhile.
	case !os.SameFile(named, fi):
		return errors.New("it is a symbolic link: name the folder itself")
	case owner != os.Geteuid():
		return fmt.Errorf("it belongs to user %d, not to user %d: use a folder of your own", owner, os.Geteuid())
	case fi.Mode().Perm() != 0o700:
		return fmt.Errorf("its mode is %04o: chmod 0700 keeps others out", fi.Mode().Perm())
	}
	return nil
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

// Record implements [event.Recorder]. It waits for the disk only when more
// than a few megabytes wait for a Sync. An event that cannot be encoded, or is
// longer than a line may be, is refused with all that came with it, and the
// Log goes on.
func (l *Log) Record(ctx context.Context, events ...caisson.Event) error {
	bodies := make([][]byte, len(events))
	size := 0
	for i, e := range events {
		b, err := encodeEvent(l.writer, e)
		if err != nil {
			return fmt.Errorf("record: %w", err)
		}
		bodies[i], size = b, size+len(b)
	}
	l.mu.Lock()
	if l.err != nil {
		defer l.mu.Unlock()
		return l.err
	}
	l.next.bodies = append(l.next.bodies, bodies...)
	l.next.size += size
	full := l.next.size > maxPending
	l.mu.Unlock()
	if full {
		return l.Sync(ctx)
	}
	return nil
}

// Sync implements [event.Recorder]. When ctx ends first, its error says only
// that the caller no longer waits: nothing may be taken as recorded, but the
// Log goes on.
func (l *Log) Sync(ctx context.Context) error {
	l.mu.Lock()
	b, err := l.next, l.err
	l.mu.Unlock()
	if err != nil {
		return err
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
		return l.flush(b)
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// flush puts b on stable storage unless that was done. The caller holds turn,
// so all that was taken before b is there already.
func (l *Log) flush(b *batch) error {
	l.mu.Lock()
	if l.err != nil || l.next != b || len(b.bodies) == 0 {
		defer l.mu.Unlock()
		return l.err
	}
	l.next = newBatch()
	l.mu.Unlock()

	if err := l.commit(b.bodies); err != nil {
		b.err = l.refuse(err)
	}
	close(b.done)
	return b.err
}

// refuse makes the Log refuse from then on: after a failed write nobody knows
// what is on disk. The caller holds turn.
func (l *Log) refuse(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = fmt.Errorf("write record %s: %w: nothing runs without a record", l.path, err)
	return l.err
}

// commit writes bodies as lines and waits until they are on stable storage.
func (l *Log) commit(bodies [][]byte) error {
	err := l.locked(func() error {
		if err := l.catchUp(); err != nil {
			return err
		}
		return l.append(bodies)
	})
	if err != nil {
		return err
	}
	// Outside the lock, so that other processes can write meanwhile. Their
	// lines follow ours in the same file: their flush takes ours with it.
	return l.tail.sync()
}

// locked calls f while no other Log writes.
func (l *Log) locked(f func() error) error {
	if err := flock(l.dir, syscall.LOCK_EX); err != nil {
		return err
	}
	return errors.Join(f(), flock(l.dir, syscall.LOCK_UN))
}

// Close syncs what was recorded, then closes. The Log refuses from then on.
// Executions of this writer that have no end on record count as lost.
func (l *Log) Close() error {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	l.mu.Lock()
	b, closed := l.next, errors.Is(l.err, errClosed)
	l.mu.Unlock()
	if closed {
		return nil
	}
	err := l.flush(b)
	l.mu.Lock()
	l.err = errClosed
	l.mu.Unlock()
	return errors.Join(err, l.closeFiles())
}

func (l *Log) closeFiles() error {
	return errors.Join(l.tail.close(), l.dir.Close(), l.root.Close())
}

package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/caisson-dev/caisson"
)

// AnyTenant in a [Filter] stands for all tenants.
const AnyTenant caisson.TenantID = "*"

// A Filter says which events to read. The zero Filter reads none.
type Filter struct {
	Tenant    caisson.TenantID    // whose events; none when empty
	Session   caisson.SessionID   // of one session; of any when empty
	Execution caisson.ExecutionID // of one execution; of any when empty
	Since     time.Time           // not older than this
}

func (f Filter) matches(l line) bool {
	return (f.Tenant == AnyTenant || f.Tenant != "" && f.Tenant == l.Tenant) &&
		(f.Session == "" || f.Session == l.Session) &&
		(f.Execution == "" || f.Execution == l.Execution) &&
		!l.Time.Before(f.Since)
}

// An Entry is one event on record, and where it stands.
type Entry struct {
	Event caisson.Event
	Seq   uint64
	Hash  string
	File  string
	Line  int
}

// errStop ends a walk whose caller wants no more.
var errStop = errors.New("stop")

// Read yields the events in dir that filter lets through, oldest first, as
// they stood when it was called. A line that is damaged, or of a kind that
// this program does not know, yields an error in its place and the next one
// follows; any other error is the last. Read checks each line against its own
// hash; whether lines are missing is what [Verify] says.
func Read(ctx context.Context, dir string, filter Filter) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		err := eachSegment(dir, func(root *os.Root, s segment) error {
			return readSegment(ctx, root, s, filter, yield)
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(Entry{}, fmt.Errorf("read record: %w", err))
		}
	}
}

func readSegment(ctx context.Context, root *os.Root, s segment, filter Filter, yield func(Entry, error) bool) (err error) {
	name := segmentName(s.number)
	f, _, err := openSegment(root, s.number, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	in := newLines(f, 0, s.size)
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, whole, err := in.next()
		if err == io.EOF || err == nil && !whole {
			return nil
		}
		if err != nil {
			return err
		}
		e := Entry{File: name, Line: n}
		l, err := decodeLine(b)
		if err == nil {
			if l.Kind == kindStarted || !filter.matches(l) {
				continue
			}
			e.Seq, e.Hash = l.Seq, l.Hash
			e.Event, err = l.event()
		}
		if err != nil {
			err = fmt.Errorf("%s:%d: %w", name, n, err)
		}
		if !yield(e, err) {
			return errStop
		}
	}
}

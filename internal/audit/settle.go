package audit

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/caisson-dev/caisson"
)

// openFile remembers how far Settle has read and what was open there, so that
// a start reads only what is new. It is no part of the record: without it, all
// is read again.
const (
	openFile = "open.json"
	openTemp = "open.tmp"
)

// rememberEvery is how many bytes Settle reads again at most in order not to
// write openFile at every start.
const rememberEvery = 16 << 10

// Settle puts an end on record for every execution whose writer is gone
// without having recorded one, and returns those ends, synced. Its status is
// Lost where code may have run. It is for the start of a program: several may
// call it at once and each execution still gets one end. After an error in
// writing them the Log refuses, as after a failed Sync.
func (l *Log) Settle(ctx context.Context) ([]caisson.Event, error) {
	o := l.remembered()
	from := *o
	// The long way outside the lock, so that others can write meanwhile; the
	// rest inside.
	if err := o.advance(ctx, l.root); err != nil {
		return nil, fmt.Errorf("settle record: %w", err)
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	l.mu.Lock()
	err := l.err
	l.mu.Unlock()
	if err != nil {
		return nil, err
	}
	var ends []caisson.Event
	err = l.locked(func() error {
		if err := errors.Join(l.catchUp(), o.advance(context.WithoutCancel(ctx), l.root)); err != nil {
			return err
		}
		if o.Segment != from.Segment || o.Offset-from.Offset > rememberEvery {
			l.remember(o)
		}
		ends, err = l.endLost(o)
		return err
	})
	if err == nil && len(ends) > 0 {
		err = l.tail.sync()
	}
	if err != nil {
		return nil, l.refuse(err)
	}
	return ends, nil
}

// endLost appends an end for each open execution whose writer is gone. The
// caller holds turn and the directory's lock.
func (l *Log) endLost(o *openSet) ([]caisson.Event, error) {
	var ends []caisson.Event
	var bodies [][]byte
	for _, id := range slices.Sorted(maps.Keys(o.Executions)) {
		x := o.Executions[id]
		if x.Writer == l.writer || alive(l.dir, x.Writer) {
			continue
		}
		end := caisson.Ended{
			Code:   caisson.Unavailable,
			Reason: "the program went away before the execution ended",
		}
		if x.Ran {
			end.Status = caisson.Lost
		}
		e := caisson.Event{
			Time: time.Now().UTC(), Tenant: x.Tenant, Session: x.Session,
			Sandbox: x.Sandbox, Execution: id, Data: end,
		}
		b, err := encodeEvent(l.writer, e)
		if err != nil {
			return nil, err
		}
		ends, bodies = append(ends, e), append(bodies, b)
	}
	if len(bodies) == 0 {
		return nil, nil
	}
	return ends, l.append(bodies)
}

// openSet is which executions have no end, up to a place in the record.
type openSet struct {
	Segment    int                               `json:"segment"`
	Offset     int64                             `json:"offset"` // after a newline
	Executions map[caisson.ExecutionID]unsettled `json:"executions"`
}

// unsettled is an execution without an end.
type unsettled struct {
	Writer  string            `json:"writer"`
	Tenant  caisson.TenantID  `json:"tenant"`
	Session caisson.SessionID `json:"session,omitempty"`
	Sandbox caisson.SandboxID `json:"sandbox,omitempty"`
	Ran     bool              `json:"ran"` // code may have run
}

// advance reads on to the end of the record.
func (o *openSet) advance(ctx context.Context, root *os.Root) error {
	all, err := segments(root)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.number < o.Segment {
			continue
		}
		if s.number > o.Segment {
			o.Segment, o.Offset = s.number, 0
		}
		if err := o.read(ctx, root, s); err != nil {
			return err
		}
	}
	return nil
}

func (o *openSet) read(ctx context.Context, root *os.Root, s segment) (err error) {
	if s.size <= o.Offset {
		return nil
	}
	f, _, err := openSegment(root, s.number, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	begin := o.Offset
	in := newLines(f, begin, s.size)
	for {
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
		o.Offset = begin + in.read
		// A damaged line is for Verify to report: here it opens nothing and
		// ends nothing.
		if l, err := decodeLine(b); err == nil {
			o.take(l)
		}
	}
}

func (o *openSet) take(l line) {
	if l.Execution == "" {
		return
	}
	x, known := o.Executions[l.Execution]
	switch l.Kind {
	case caisson.Requested{}.Kind():
		if !known {
			x = unsettled{Writer: l.Writer, Tenant: l.Tenant}
		}
	case caisson.Decided{}.Kind():
		// In a session the sandbox is there already: what is allowed may run.
		var d struct {
			Verdict struct{ Action caisson.Action }
		}
		if json.Unmarshal(l.Data, &d) == nil && d.Verdict.Action == caisson.Allow && l.Session != "" {
			x.Ran = true
		}
	case caisson.Placed{}.Kind():
		x.Ran = true
	case caisson.Ended{}.Kind():
		delete(o.Executions, l.Execution)
		return
	}
	if x.Writer == "" {
		return
	}
	x.Session = cmp.Or(l.Session, x.Session)
	x.Sandbox = cmp.Or(l.Sandbox, x.Sandbox)
	o.Executions[l.Execution] = x
}

// remembered returns what the last Settle left, or the very beginning where
// that is not there or does not fit the record.
func (l *Log) remembered() *openSet {
	begin := &openSet{Executions: map[caisson.ExecutionID]unsettled{}}
	b, err := l.root.ReadFile(openFile)
	if err != nil {
		return begin
	}
	var o openSet
	if json.Unmarshal(b, &o) != nil || o.Executions == nil || o.Segment < 1 || o.Offset < 1 {
		return begin
	}
	f, _, err := openSegment(l.root, o.Segment, os.O_RDONLY)
	if err != nil {
		return begin
	}
	defer f.Close()
	var nl [1]byte
	if _, err := f.ReadAt(nl[:], o.Offset-1); err != nil || nl[0] != '\n' {
		return begin
	}
	return &o
}

// remember writes down how far o has come. Where it cannot, the next start
// reads more. The caller holds the directory's lock.
func (l *Log) remember(o *openSet) {
	b, err := json.Marshal(o)
	if err != nil {
		return
	}
	if l.root.WriteFile(openTemp, b, 0o600) != nil || l.root.Rename(openTemp, openFile) != nil {
		_ = l.root.Remove(openTemp) // nor does it matter
	}
}

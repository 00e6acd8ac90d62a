package container

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/caisson-dev/caisson"
)

// A kind is what a sandbox that was made ahead has in common with the one that
// is asked for: all that cannot be changed once it is there.
type kind struct {
	tenant  caisson.TenantID
	runtime string
	limits  caisson.Limits // without those of single executions
}

func kindOf(spec caisson.Spec) kind {
	l := spec.Posture.Limits
	l.Wall, l.CPU, l.Output = 0, 0, 0
	return kind{spec.Tenant, spec.Runtime, l}
}

// A pool keeps a few sandboxes of each kind that is asked for: whole ones, in
// which no code has run. Each is handed out once and never comes back. Nobody
// waits for the pool: where it has none, there is none. It is safe for
// concurrent use.
type pool struct {
	each int           // to keep of one kind; none when zero
	most int           // to keep in all
	idle time.Duration // a kind that nobody asks for is kept so long
	make func(context.Context, kind) (*instance, error)

	work sync.WaitGroup // of who makes, and of what is being closed

	mu      sync.Mutex // guards what follows
	shelves map[kind]*shelf
	making  bool
	stop    context.CancelFunc // ends what is being made
	closed  bool
	faults  []error // of closing what was not needed
}

// A shelf is what is kept of one kind.
type shelf struct {
	ready []*instance
	asked time.Time // when it was asked for last
	end   *time.Timer
	fails bool // to make one, since it was asked for last
}

func newPool(each, most int, idle time.Duration, make func(context.Context, kind) (*instance, error)) *pool {
	return &pool{each: each, most: most, idle: idle, make: make, shelves: map[kind]*shelf{}, stop: func() {}}
}

// take returns a sandbox of a kind, the caller's from then on, or nil. Others
// are made for who asks next.
func (p *pool) take(k kind) *instance {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.each == 0 || p.closed {
		return nil
	}
	s := p.shelves[k]
	if s == nil {
		s = &shelf{}
		s.end = time.AfterFunc(p.idle, func() { p.clear(k, s) })
		p.shelves[k] = s
	}
	s.asked, s.fails = time.Now(), false
	s.end.Reset(p.idle)
	if len(p.shelves) > p.most {
		p.drop(p.oldest(0))
	}
	defer p.fill()
	for n := len(s.ready); n > 0; n = len(s.ready) {
		i := s.ready[n-1]
		s.ready = s.ready[:n-1]
		if i.alive() {
			return i
		}
		p.discard(i)
	}
	return nil
}

// fill has somebody make what lacks. One at a time is made, beside those that
// callers make themselves.
func (p *pool) fill() {
	if p.making || p.closed {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	p.making, p.stop = true, stop
	p.work.Go(func() {
		defer stop()
		for k, ok := p.lacking(); ok; k, ok = p.lacking() {
			i, err := p.make(ctx, k)
			p.put(k, i, err)
		}
	})
}

// lacking returns a kind of which one more is to be made, the one that was
// asked for last first; false ends the making.
func (p *pool) lacking() (found kind, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	total, last := 0, time.Time{}
	for k, s := range p.shelves {
		total += len(s.ready)
		if len(s.ready) < p.each && !s.fails && s.asked.After(last) {
			found, last, ok = k, s.asked, true
		}
	}
	if ok && total >= p.most {
		old := p.oldest(1)
		if ok = p.shelves[old].asked.Before(last); ok {
			p.drop(old)
		}
	}
	p.making = ok && !p.closed
	return found, p.making
}

// put takes over what was made.
func (p *pool) put(k kind, i *instance, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.shelves[k]
	switch {
	case err != nil && s != nil:
		s.fails = true // who asks for it meets the error
	case err != nil:
	case s == nil || p.closed:
		p.discard(i)
	default:
		s.ready = append(s.ready, i)
	}
}

// oldest returns the kind that nobody has asked for for the longest time, of
// those of which there are so many at least.
func (p *pool) oldest(ready int) (found kind) {
	var first time.Time
	for k, s := range p.shelves {
		if len(s.ready) < ready {
			continue
		}
		if first.IsZero() || s.asked.Before(first) {
			found, first = k, s.asked
		}
	}
	return found
}

// clear forgets a kind that was not asked for.
func (p *pool) clear(k kind, s *shelf) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shelves[k] == s && time.Since(s.asked) >= p.idle {
		p.drop(k)
	}
}

func (p *pool) drop(k kind) {
	s := p.shelves[k]
	s.end.Stop()
	for _, i := range s.ready {
		p.discard(i)
	}
	delete(p.shelves, k)
}

// discard closes a sandbox that nobody will have.
func (p *pool) discard(i *instance) {
	p.work.Go(func() {
		if err := i.Close(); err != nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.faults = append(p.faults, err)
		}
	})
}

// close closes all that is ready, and returns when nothing is left, with what
// could not be closed.
func (p *pool) close() error {
	p.mu.Lock()
	p.closed = true
	p.stop()
	for k := range p.shelves {
		p.drop(k)
	}
	p.mu.Unlock()
	p.work.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	return errors.Join(p.faults...)
}

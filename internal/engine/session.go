package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
)

// A Session is a sandbox that stays between executions. It is safe for
// concurrent use; executions take turns.
type Session struct {
	e         *Engine
	spec      caisson.Spec
	placement caisson.Placement
	sandbox   caisson.SandboxID
	name      caisson.SessionID

	mu sync.Mutex // held while it is used
	in backend.Instance
}

// A SessionRequest asks for a session.
type SessionRequest struct {
	ID      caisson.SessionID
	Tenant  caisson.TenantID
	Runtime string
	Want    caisson.Posture // what its code may do at most; policy can only tighten it
	Backend string          // the one way of running it that will do; the cheapest that fits when empty
}

// OpenSession makes a session with a fresh sandbox. The caller closes it.
func (e *Engine) OpenSession(ctx context.Context, req SessionRequest) (*Session, error) {
	return e.session(ctx, req, func(ctx context.Context, b backend.Backend, spec caisson.Spec) (backend.Instance, error) {
		return b.Create(ctx, spec)
	})
}

// ResumeSession goes on with a session that [Session.Save] wrote, which must
// not be resumed a second time.
func (e *Engine) ResumeSession(ctx context.Context, req SessionRequest, state io.Reader) (*Session, error) {
	return e.session(ctx, req, func(ctx context.Context, b backend.Backend, spec caisson.Spec) (backend.Instance, error) {
		r, err := restorer(b)
		if err != nil {
			return nil, err
		}
		return r.Resume(ctx, spec, state)
	})
}

// RestoreSession makes a session that starts as a copy of one that was saved,
// with randomness of its own.
func (e *Engine) RestoreSession(ctx context.Context, req SessionRequest, state io.Reader) (*Session, error) {
	return e.session(ctx, req, func(ctx context.Context, b backend.Backend, spec caisson.Spec) (backend.Instance, error) {
		r, err := restorer(b)
		if err != nil {
			return nil, err
		}
		return r.Restore(ctx, spec, state)
	})
}

func restorer(b backend.Backend) (backend.Restorer, error) {
	r, ok := b.(backend.Restorer)
	if !ok {
		return nil, caisson.Errorf(caisson.Unsupported, "this backend cannot bring sessions back")
	}
	return r, nil
}

func (e *Engine) session(ctx context.Context, req SessionRequest,
	make func(context.Context, backend.Backend, caisson.Spec) (backend.Instance, error)) (*Session, error) {
	// Policy answers for a session as for a piece of code that does nothing;
	// each execution is decided by itself, too.
	verdict := e.Decide(caisson.Request{Tenant: req.Tenant, Runtime: req.Runtime, Want: req.Want}, caisson.Assessment{}, false)
	if verdict.Action != caisson.Allow {
		return nil, caisson.Errorf(caisson.Forbidden, "the policy permits no session of %s", req.Runtime)
	}
	s := &Session{e: e, name: req.ID}
	s.spec = caisson.Spec{Tenant: req.Tenant, Runtime: req.Runtime, Posture: req.Want.Tighten(verdict.Posture)}
	x := &caisson.Execution{}
	in, err := e.create(ctx, subject{tenant: req.Tenant, session: req.ID, x: x}, req.Backend, s.spec, nil,
		func(ctx context.Context, b backend.Backend) (backend.Instance, error) { return make(ctx, b, s.spec) })
	if err != nil {
		return nil, err
	}
	s.in, s.placement, s.sandbox = in, x.Placement, x.Sandbox
	return s, nil
}

func (s *Session) id() caisson.SessionID {
	if s == nil {
		return ""
	}
	return s.name
}

// Posture returns what the session's code may do at most.
func (s *Session) Posture() caisson.Posture { return s.spec.Posture }

// Execute runs req in the session's sandbox. Tenant and runtime are the
// session's. Otherwise it is [Engine.Execute].
func (s *Session) Execute(ctx context.Context, req caisson.Request, streams caisson.Streams) (*caisson.Execution, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	req.Tenant, req.Runtime = s.spec.Tenant, s.spec.Runtime
	return s.e.execute(ctx, req, streams, s)
}

// box gives the session's sandbox to one execution, when it holds the code as
// tightly as policy wants it held.
func (s *Session) box(ctx context.Context, on subject, posture caisson.Posture) (box, error) {
	if s.in == nil {
		return box{}, backend.ErrEnded
	}
	on.x.Placement, on.x.Sandbox = s.placement, s.sandbox
	if posture.Isolation > s.placement.Holds {
		return box{}, caisson.Errorf(caisson.Conflict, "this code must be held at isolation %v and the session's sandbox is held at %v: run it in a sandbox of its own",
			posture.Isolation, s.placement.Holds)
	}
	if lacking := posture.Lacking(s.spec.Posture.Require); len(lacking) > 0 {
		return box{}, caisson.Errorf(caisson.Conflict, "this code needs walls that the session was not made with (%v): run it in a sandbox of its own", lacking)
	}
	if err := s.e.record(ctx, on, caisson.Placed{Placement: s.placement}); err != nil {
		return box{}, err
	}
	return box{
		Instance: s.in, limits: posture.Limits, disk: s.spec.Posture.Limits.Disk, release: func() error { return nil },
	}, s.e.Record.Sync(ctx)
}

// Files gives access to the session's files, or nil when its backend has none.
func (s *Session) Files() backend.Filer {
	f, _ := backend.As[backend.Filer](s.in)
	return f
}

// Save writes the session's state, from which it can be resumed or copied.
func (s *Session) Save(ctx context.Context, w io.Writer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	snap, err := s.snapshotter()
	if err != nil {
		return err
	}
	return snap.Snapshot(ctx, w)
}

// Fork makes a second session from this one's state, which goes on.
func (s *Session) Fork(ctx context.Context, id caisson.SessionID) (*Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	snap, err := s.snapshotter()
	if err != nil {
		return nil, err
	}
	on := subject{tenant: s.spec.Tenant, session: id, x: &caisson.Execution{Sandbox: caisson.SandboxID(s.e.NewID())}}
	if err := s.e.record(ctx, on, caisson.Forked{From: s.name}); err != nil {
		return nil, err
	}
	durable := s.e.sync(ctx)
	in, err := snap.Fork(ctx, s.spec)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("fork: %w", err), <-durable)
	}
	if err := <-durable; err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return &Session{e: s.e, spec: s.spec, placement: s.placement, sandbox: on.x.Sandbox, name: id, in: in}, nil
}

func (s *Session) snapshotter() (backend.Snapshotter, error) {
	if s.in == nil {
		return nil, backend.ErrEnded
	}
	snap, ok := backend.As[backend.Snapshotter](s.in)
	if !ok {
		return nil, caisson.Errorf(caisson.Unsupported, "the %s backend cannot write down a session", s.placement.Backend)
	}
	return snap, nil
}

// Close kills what runs in the session and frees it.
func (s *Session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.in == nil {
		return nil
	}
	err := s.in.Close()
	s.in = nil
	return err
}

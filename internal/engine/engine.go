// Package engine carries one execution from request to outcome: it is asked,
// assessed, decided, placed, run, and each step is on record before the next
// is taken. It is the only package that sees the whole path, and it decides
// nothing itself: its parts do.
//
// A [Session] is the same path with a sandbox that stays.
package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/event"
	"github.com/caisson-dev/caisson/internal/risk"
)

// An Engine is its parts. All are set before the first call, and none changes
// after. It is safe for concurrent use.
type Engine struct {
	Log    *slog.Logger
	Risk   risk.Assessor
	Record event.Recorder

	// Decide is policy's answer. failed says that the code was not looked at.
	Decide func(req caisson.Request, a caisson.Assessment, failed bool) caisson.Verdict

	// Place finds the cheapest backend that holds a sandbox as tightly as its
	// posture asks, or the named one, if that does.
	Place func(ctx context.Context, named string, spec caisson.Spec, needs []caisson.Need) (caisson.Placement, backend.Backend, error)

	NewID func() string
	Now   func() time.Time

	live live
}

// endGrace is how long the end of an execution may take to get on record after
// its caller is gone.
const endGrace = 5 * time.Second

// Execute runs req once in a fresh sandbox. A denied request is not an error:
// the Execution holds the verdict and no outcome. On an error the Execution
// says how far it came. What is on record as requested gets one Ended, its last.
func (e *Engine) Execute(ctx context.Context, req caisson.Request, s caisson.Streams) (*caisson.Execution, error) {
	return e.execute(ctx, req, s, nil)
}

// execute is the path. A nil session means a fresh sandbox.
func (e *Engine) execute(ctx context.Context, req caisson.Request, s caisson.Streams, in *Session) (x *caisson.Execution, err error) {
	x = &caisson.Execution{ID: caisson.ExecutionID(e.NewID())}
	on := subject{tenant: req.Tenant, session: in.id(), x: x}
	if err := e.record(ctx, on, caisson.Requested{Runtime: req.Runtime, SHA256: digest(req.Code), Bytes: len(req.Code)}); err != nil {
		return x, err
	}
	defer func() {
		// It is over whether or not the caller still waits, so its end goes
		// on record even when ctx is done.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endGrace)
		defer cancel()
		err = errors.Join(err, e.record(ctx, on, ended(x, err)))
	}()

	assessment, failed := e.assess(ctx, x.ID, req)
	x.Verdict = e.Decide(req, assessment, failed)
	if err := e.record(ctx, on, caisson.Decided{Verdict: x.Verdict}); err != nil {
		return x, err
	}
	if x.Verdict.Action != caisson.Allow {
		return x, e.Record.Sync(ctx)
	}

	box, err := e.box(ctx, on, req, in)
	if err != nil {
		return x, err
	}
	defer func() { err = errors.Join(err, box.release()) }()
	// Must stand before any code runs, so that none is out of reach of Respond.
	defer e.live.add(x.Sandbox, on, box.Instance)()

	if err := put(ctx, box.Instance, req.Files); err != nil {
		return x, err
	}
	before, err := look(ctx, box.Instance, s)
	if err != nil {
		return x, err
	}
	x.Outcome, err = box.Exec(ctx, backend.Cmd{
		Code: req.Code, Name: req.Name, Args: req.Args, Show: req.Show, Script: req.Script,
		Limits: box.limits, Streams: s,
	})
	if err != nil {
		return x, fmt.Errorf("run: %w", err)
	}
	return x, before.collect(ctx, box.disk, s.Files)
}

// A box is a sandbox for one execution.
type box struct {
	backend.Instance
	limits  caisson.Limits
	disk    int64        // bytes: what all its files can be
	release func() error // what to do with it afterwards
}

// box returns the session's sandbox, or a fresh one. When it returns, all that
// led to it is durable: no record, no run.
func (e *Engine) box(ctx context.Context, on subject, req caisson.Request, in *Session) (box, error) {
	posture := req.Want.Tighten(on.x.Verdict.Posture)
	if in != nil {
		return in.box(ctx, on, posture)
	}
	spec := caisson.Spec{Tenant: req.Tenant, Runtime: req.Runtime, Posture: posture}
	instance, err := e.create(ctx, on, req.Backend, spec, on.x.Verdict.Needs, func(ctx context.Context, b backend.Backend) (backend.Instance, error) {
		return b.Create(ctx, spec)
	})
	if err != nil {
		return box{}, err
	}
	return box{Instance: instance, limits: posture.Limits, disk: posture.Limits.Disk, release: instance.Close}, nil
}

// create places a sandbox, puts that on record, and makes it. The record is
// written while the sandbox is made, in which no code runs.
func (e *Engine) create(ctx context.Context, on subject, named string, spec caisson.Spec, needs []caisson.Need,
	make func(context.Context, backend.Backend) (backend.Instance, error)) (backend.Instance, error) {
	placement, b, err := e.Place(ctx, named, spec, needs)
	if err != nil {
		return nil, err
	}
	on.x.Placement, on.x.Sandbox = placement, caisson.SandboxID(e.NewID())
	if err := e.record(ctx, on, caisson.Placed{Placement: placement}); err != nil {
		return nil, err
	}
	durable := e.sync(ctx)
	instance, err := make(ctx, b)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("create a %s sandbox: %w", placement.Backend, err), <-durable)
	}
	if err := <-durable; err != nil {
		return nil, errors.Join(err, instance.Close())
	}
	return instance, nil
}

// sync makes what is on record durable, beside what the caller does meanwhile.
func (e *Engine) sync(ctx context.Context) <-chan error {
	done := make(chan error, 1)
	go func() { done <- e.Record.Sync(ctx) }()
	return done
}

// assess returns what was seen in the code, and whether it was not looked at.
func (e *Engine) assess(ctx context.Context, id caisson.ExecutionID, req caisson.Request) (caisson.Assessment, bool) {
	a, err := e.Risk.Assess(ctx, req.Runtime, req.Code)
	if err != nil {
		// Code nobody could look at is not code that looks safe: policy is told.
		e.Log.WarnContext(ctx, "assessment failed", "execution", id, "err", err)
	}
	return a, err != nil
}

// A subject is what an event is about.
type subject struct {
	tenant  caisson.TenantID
	session caisson.SessionID
	x       *caisson.Execution
}

func (e *Engine) record(ctx context.Context, on subject, data caisson.EventData) error {
	ev := caisson.Event{Time: e.Now(), Tenant: on.tenant, Session: on.session, Data: data}
	if on.x != nil {
		ev.Execution, ev.Sandbox = on.x.ID, on.x.Sandbox
	}
	if err := e.Record.Record(ctx, ev); err != nil {
		return fmt.Errorf("record %s: %w", data.Kind(), err)
	}
	return nil
}

func ended(x *caisson.Execution, err error) caisson.Ended {
	return caisson.Ended{
		Status: x.Outcome.Status, ExitCode: x.Outcome.ExitCode, Reason: x.Outcome.Reason,
		Refused: x.Outcome.Refused, Code: caisson.CodeOf(err), Usage: x.Outcome.Usage,
	}
}

func digest(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/audit"
	"github.com/caisson-dev/caisson/internal/backend/container"
	"github.com/caisson-dev/caisson/internal/backend/wasm"
	"github.com/caisson-dev/caisson/internal/engine"
	"github.com/caisson-dev/caisson/internal/image"
	"github.com/caisson-dev/caisson/internal/policy"
	"github.com/caisson-dev/caisson/internal/risk/syntax"
	"github.com/caisson-dev/caisson/internal/session"
)

// parts is all that a command works with.
type parts struct {
	config    config
	policy    *policy.Policy // what may run, and how tightly it is held
	record    *audit.Log     // every event, durable before code runs
	sessions  *session.Store // sessions at rest
	wasm      *wasm.Backend
	images    *image.Store // what containers can be made from, beside the host's programs
	container *container.Backend
	hosts     []host // where code can run, cheapest first
	engine    *engine.Engine
	warmed    chan struct{} // closed when the first worker has started, or failed to
}

// An opening says what parts are opened for.
type opening struct {
	config  config
	policy  string // file that replaces the configured one; none when empty
	runtime string // whose worker is started beforehand; none when empty
}

// open constructs the parts. The caller closes them.
func open(ctx context.Context, e env, o opening) (_ *parts, err error) {
	p := &parts{config: o.config, warmed: make(chan struct{})}
	log := slog.New(slog.NewTextHandler(e.err, &slog.HandlerOptions{Level: slog.LevelWarn}))

	if p.wasm, err = wasm.New(wasm.Config{Cache: o.config.Cache.Folder, Say: e.progress, Ready: readyCopies, Idle: idleWorker}); err != nil {
		return nil, err
	}
	if p.images, err = o.config.openImages(); err != nil {
		return nil, err
	}
	if p.container, err = container.New(container.Config{State: filepath.Join(o.config.Cache.Folder, "container"), Images: p.images.Tree}); err != nil {
		return nil, err
	}
	p.hosts = hosts(p.wasm, p.container)
	// A worker takes longest to come: it starts beside all the rest.
	go func() {
		defer close(p.warmed)
		if o.runtime != "" {
			_ = p.wasm.Warm(ctx, caisson.Spec{Tenant: caisson.TenantLocal, Runtime: o.runtime}) // who needs it meets the error
		}
	}()
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()

	if p.policy, err = loadPolicy(o.config, o.policy); err != nil {
		return p, err
	}
	if p.sessions, err = session.Open(o.config.sessions()); err != nil {
		return p, err
	}
	if p.record, err = audit.Open(o.config.audit()); err != nil {
		return p, err
	}
	// What earlier processes left without an end gets one, and what else they
	// left goes.
	lost, err := p.record.Settle(ctx)
	if err != nil {
		return p, err
	}
	if len(lost) > 0 || rand.Text()[0] < sweepSome {
		if err = p.sweep(ctx); err != nil {
			return p, err
		}
	}

	p.engine = &engine.Engine{
		Log:    log,
		Risk:   syntax.Assessor{Unread: slices.Collect(maps.Keys(image.Languages()))},
		Record: p.record,
		Decide: p.policy.Decide,
		Place:  p.place,
		NewID:  func() string { return strings.ToLower(rand.Text()) },
		Now:    func() time.Time { return time.Now().UTC() },
	}
	e.signals.attach(p.engine)
	return p, nil
}

// sweepSome makes one start in 32 sweep where nothing was lost: a process that
// was killed while it ran no code leaves no trace on the record.
const sweepSome = 'B'

// sweep removes what processes left that ended without a chance to.
func (p *parts) sweep(ctx context.Context) error {
	return errors.Join(wasm.Sweep(ctx, p.config.Cache.Folder), p.sessions.Sweep())
}

// close ends what runs and closes the parts. Workers end beside the last write
// of the record: each takes its time.
func (p *parts) close() error {
	<-p.warmed
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(p.wasm.Close(), p.container.Close(), p.images.Close()) }()
	var err error
	if p.record != nil {
		err = p.record.Close()
	}
	return errors.Join(err, <-ended)
}

// loadPolicy reads the policy that is in force.
func loadPolicy(c config, file string) (*policy.Policy, error) {
	if file == "" {
		file = c.Policy.File
	}
	if file == "" {
		return policy.Default(), nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, caisson.Errorf(caisson.Invalid, "read the policy: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPolicy+1))
	if err != nil {
		return nil, caisson.Errorf(caisson.Invalid, "read the policy: %w", err)
	}
	if len(text) > maxPolicy {
		return nil, caisson.Errorf(caisson.Invalid, "the policy %s is longer than %d bytes", file, maxPolicy)
	}
	p, err := policy.Parse(text)
	if err != nil {
		return nil, caisson.Errorf(caisson.Invalid, "%s: %w", file, err)
	}
	return p, nil
}

const maxPolicy = 1 << 20

// readyCopies is how many copies of a runtime a worker keeps at most for
// sandboxes to come.
const readyCopies = 4

// idleWorker is how long a worker stays when it has no sandboxes: a start costs
// more than the memory that it keeps for so long.
const idleWorker = 10 * time.Minute

package engine

import (
	"context"
	"maps"
	"slices"

	"github.com/caisson-dev/caisson"
)

// Running returns the sandboxes in which code runs now.
func (e *Engine) Running() []caisson.SandboxID {
	e.live.mu.Lock()
	defer e.live.mu.Unlock()
	return slices.Sorted(maps.Keys(e.live.running))
}

// Note puts on record what was done to a session while no code runs in it:
// [caisson.Saved], [caisson.Forked] or [caisson.Deleted]. When it returns, that
// is durable.
func (e *Engine) Note(ctx context.Context, tenant caisson.TenantID, id caisson.SessionID, what caisson.EventData) error {
	if err := e.record(ctx, subject{tenant: tenant, session: id}, what); err != nil {
		return err
	}
	return e.Record.Sync(ctx)
}

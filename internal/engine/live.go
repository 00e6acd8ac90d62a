package engine

import (
	"context"
	"sync"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
)

// live holds the sandboxes in which code runs now.
type live struct {
	mu      sync.Mutex
	running map[caisson.SandboxID]running
}

type running struct {
	on subject
	in backend.Instance
}

// add makes a sandbox reachable until the returned function is called.
func (l *live) add(id caisson.SandboxID, on subject, in backend.Instance) (remove func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running == nil {
		l.running = map[caisson.SandboxID]running{}
	}
	l.running[id] = running{on, in}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.running, id)
	}
}

func (l *live) find(id caisson.SandboxID) (running, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, ok := l.running[id]
	return r, ok
}

// Respond does something to a sandbox in which code runs: it is the only way
// in which anything reaches back. by says who asks. What was asked for is done
// first and then put on record: harm does not wait for a disk.
func (e *Engine) Respond(ctx context.Context, id caisson.SandboxID, r caisson.Response, by string) error {
	found, ok := e.live.find(id)
	if !ok {
		return caisson.Errorf(caisson.NotFound, "no code runs in sandbox %q: it may have ended", id)
	}
	switch r {
	case caisson.Kill:
		found.in.Kill()
	case caisson.Interrupt:
		soft, ok := backend.As[backend.Interrupter](found.in)
		if !ok {
			return caisson.Errorf(caisson.Unsupported, "the backend of sandbox %q cannot interrupt code softly: kill it", id)
		}
		soft.Interrupt()
	}
	return e.record(ctx, found.on, caisson.Responded{Response: r, By: by})
}

package container

import (
	"slices"
	"sync"

	"github.com/caisson-dev/caisson/internal/sys"
)

// refusals are the system calls that a container's filters refused.
type refusals struct {
	serving sync.WaitGroup

	mu    sync.Mutex
	names []string // each once, in order
}

// maxRefusals is how many names are kept: there are few calls that a filter
// does not permit, and numbers that are none count as calls, too.
const maxRefusals = 64

// listen notes what a filter refuses, until no process is left that has it.
func (r *refusals) listen(l *sys.Listener) {
	r.serving.Go(func() {
		defer l.Close()
		// Where it fails, what the filter refuses fails in another way.
		_ = l.Serve(func(call sys.Refusal) { r.add(call.Call) })
	})
}

func (r *refusals) add(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.names) < maxRefusals && !slices.Contains(r.names, name) {
		r.names = append(r.names, name)
	}
}

// take returns the names since it was called last.
func (r *refusals) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	names := r.names
	r.names = nil
	return names
}

// wait returns when nothing listens any more. No process may be left.
func (r *refusals) wait() { r.serving.Wait() }

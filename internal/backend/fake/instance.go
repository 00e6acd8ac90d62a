package fake

import (
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
)

// An instance is one fake sandbox.
type instance struct {
	b    *Backend
	spec caisson.Spec

	busy  sync.Mutex // held by whoever uses the state
	state state

	mu     sync.Mutex // guards what follows
	ended  bool
	closed bool
	kill   func(cause error) // ends what runs; nil when nothing does
	soft   func()            // interrupts it
}

func (i *instance) over() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.ended
}

// running makes a run reachable.
func (i *instance) running(kill func(error), soft func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.kill, i.soft = kill, soft
	if i.ended && kill != nil {
		kill(errKilled)
	}
}

// Kill implements [backend.Instance].
func (i *instance) Kill() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ended = true
	if i.kill != nil {
		i.kill(errKilled)
	}
}

// Interrupt implements [backend.Interrupter].
func (i *instance) Interrupt() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.soft != nil {
		i.soft()
	}
}

// Close implements [backend.Instance].
func (i *instance) Close() error {
	i.Kill()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return nil
	}
	i.closed = true
	i.b.count(-1)
	return i.b.try(Close)
}

// use takes the state for one operation.
func (i *instance) use(s Step) (done func(), err error) {
	i.busy.Lock()
	if i.over() {
		err = backend.ErrEnded
	} else {
		err = i.b.try(s)
	}
	if err != nil {
		i.busy.Unlock()
		return nil, err
	}
	return i.busy.Unlock, nil
}

// WriteFile implements [backend.Filer].
func (i *instance) WriteFile(_ context.Context, name string, data []byte) error {
	done, err := i.use(Put)
	if err != nil {
		return err
	}
	defer done()
	name, err = clean(name)
	if err != nil {
		return err
	}
	if errno := i.state.write(name, data, i.spec.Posture.Limits); errno != nil {
		return caisson.Errorf(caisson.Exhausted, "%q does not fit: %w", name, errno)
	}
	return nil
}

// ReadFile implements [backend.Filer].
func (i *instance) ReadFile(_ context.Context, name string, limit int64) ([]byte, error) {
	done, err := i.use(Get)
	if err != nil {
		return nil, err
	}
	defer done()
	if name, err = clean(name); err != nil {
		return nil, err
	}
	data, ok := i.state.Files[name]
	switch {
	case !ok:
		return nil, caisson.Errorf(caisson.NotFound, "no file %q", name)
	case int64(len(data)) > limit:
		return nil, caisson.Errorf(caisson.Invalid, "%q has more than %d bytes", name, limit)
	}
	return slices.Clone(data), nil
}

// List implements [backend.Filer].
func (i *instance) List(_ context.Context, folder string) ([]backend.FileInfo, error) {
	done, err := i.use(List)
	if err != nil {
		return nil, err
	}
	defer done()
	if !path.IsAbs(folder) {
		folder = work + folder
	}
	folder = strings.TrimSuffix(path.Clean(folder), "/") + "/"
	var list []backend.FileInfo
	for _, name := range i.state.names() {
		if rel, ok := strings.CutPrefix(name, folder); ok {
			list = append(list, backend.FileInfo{Name: rel, Size: int64(len(i.state.Files[name])), Modified: i.state.Times[name]})
		}
	}
	if list == nil && folder != work && folder != "/" {
		return nil, caisson.Errorf(caisson.NotFound, "no folder %q", folder)
	}
	return list, nil
}

const work = "/workspace/"

// clean returns the absolute name of a file.
func clean(name string) (string, error) {
	if !path.IsAbs(name) {
		name = work + name
	}
	c := path.Clean(name)
	if len(name) > 4096 || len(path.Base(c)) > 255 || !utf8.ValidString(c) || strings.Contains(c, "\x00") ||
		c+"/" == work || c == "/" || strings.HasSuffix(name, "/") {
		return "", caisson.Errorf(caisson.Invalid, "%.40q is no name of a file", name)
	}
	return c, nil
}

// Snapshot implements [backend.Snapshotter].
func (i *instance) Snapshot(_ context.Context, w io.Writer) error {
	done, err := i.use(Snapshot)
	if err != nil {
		return err
	}
	defer done()
	return i.state.writeTo(w, i.spec)
}

// Fork implements [backend.Snapshotter].
func (i *instance) Fork(_ context.Context, spec caisson.Spec) (backend.Instance, error) {
	done, err := i.use(Fork)
	if err != nil {
		return nil, err
	}
	defer done()
	if spec.Tenant != i.spec.Tenant || spec.Runtime != i.spec.Runtime {
		return nil, caisson.Errorf(caisson.Invalid, "a fork stays with its tenant and runtime")
	}
	return i.b.start(spec, i.state)
}

// Exec implements [backend.Instance].
func (i *instance) Exec(ctx context.Context, cmd backend.Cmd) (caisson.Outcome, error) {
	done, err := i.use(Exec)
	if err != nil {
		return caisson.Outcome{}, err
	}
	defer done()
	if ctx.Err() != nil {
		return caisson.Outcome{Status: caisson.Killed, Reason: "cancelled"}, nil
	}
	i.b.note(cmd.Code)
	out := i.run(ctx, cmd)
	if err := i.b.try(Lose); err != nil {
		out.Status = caisson.Lost
		i.Kill()
		return out, err
	}
	return out, nil
}

var errKilled = errors.New("killed")

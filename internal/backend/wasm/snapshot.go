package wasm

import (
	"context"
	"io"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
)

// Snapshot writes down the sandbox, as a [sealer] does.
func (i *instance) Snapshot(_ context.Context, w io.Writer) error {
	sealed, err := newSealer(w, i.spec, i.p.bundle)
	if err != nil {
		return err
	}
	l := i.spec.Posture.Limits
	// Memory and files, each page and chunk with its numbers, and descriptors.
	most := l.Memory + l.Memory/64 + 2*l.Disk + int64(l.Inodes)*1024 + 32<<20
	err = i.ask(func() error { return i.send(orderSave) }, func() error { return i.data(sealed, most) })
	if err != nil {
		return err
	}
	return sealed.close()
}

// Fork starts a second sandbox from this one's state, in the same worker.
func (i *instance) Fork(ctx context.Context, spec caisson.Spec) (backend.Instance, error) {
	if spec.Tenant != i.spec.Tenant || spec.Runtime != i.spec.Runtime {
		return nil, caisson.Errorf(caisson.Invalid, "a fork stays with its tenant and runtime")
	}
	if err := i.b.check(spec); err != nil {
		return nil, err
	}
	i.busy.Lock()
	defer i.busy.Unlock()
	if i.ended.Load() {
		return nil, backend.ErrEnded
	}
	return i.p.open(ctx, i.b, spec, opening{From: i.id, Fresh: true}, nil)
}

// sendState sends a state that a Snapshot made, after looking whether it may
// be used here.
func (i *instance) sendState(r io.Reader) error {
	body, err := openSeal(r, i.spec, i.p.bundle)
	if err != nil {
		return err
	}
	f := newFramer(orders{i}, orderState)
	if _, err := io.Copy(f, body); err != nil {
		return err
	}
	if err := f.flush(); err != nil {
		return err
	}
	return i.send(orderState)
}

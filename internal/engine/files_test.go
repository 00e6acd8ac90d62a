package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
)

// A hoarder is a backend whose sandboxes say that they hold more than their
// limits allow.
type hoarder struct {
	backend.Backend
	files int // in the end
}

func (h hoarder) Create(ctx context.Context, spec caisson.Spec) (backend.Instance, error) {
	in, err := h.Backend.Create(ctx, spec)
	return &hoard{Instance: in, files: h.files}, err
}

type hoard struct {
	backend.Instance
	listed int
	files  int
}

const hoarded = 600 << 10 // of the 1 MiB that a sandbox may have

func (h *hoard) WriteFile(context.Context, string, []byte) error { return nil }

func (h *hoard) List(context.Context, string) (list []backend.FileInfo, err error) {
	for i := range h.listed {
		list = append(list, backend.FileInfo{Name: fmt.Sprint(i), Size: hoarded})
	}
	h.listed = h.files
	return list, nil
}

func (h *hoard) ReadFile(_ context.Context, _ string, limit int64) ([]byte, error) {
	if limit < hoarded {
		return nil, errors.New("too large")
	}
	return make([]byte, hoarded), nil
}

func TestCollectKeepsToTheDiskLimit(t *testing.T) {
	r := newRig(t)
	r.Place = func(context.Context, string, caisson.Spec, []caisson.Need) (caisson.Placement, backend.Backend, error) {
		return caisson.Placement{Backend: "hoarder"}, hoarder{r.b, 3}, nil
	}
	n := 0
	_, err := r.Execute(t.Context(), request("print x"), caisson.Streams{Files: func(f caisson.File) error {
		n += len(f.Data)
		return nil
	}})
	if err == nil || n != hoarded {
		t.Errorf("Execute collected %d bytes, %v; want one file and an error", n, err)
	}
}

func TestCollectTakesSoManyFilesAtMost(t *testing.T) {
	r := newRig(t)
	r.Place = func(context.Context, string, caisson.Spec, []caisson.Need) (caisson.Placement, backend.Backend, error) {
		return caisson.Placement{Backend: "hoarder"}, hoarder{r.b, backend.MaxFiles + 1}, nil
	}
	x, err := r.Execute(t.Context(), request("print x"), caisson.Streams{Files: func(f caisson.File) error {
		t.Fatalf("%s was collected", f.Name)
		return nil
	}})
	if caisson.CodeOf(err) != caisson.Exhausted || x.Outcome.Status != caisson.Exited {
		t.Errorf("Execute of code that leaves too many files = %q, %v; want exited and exhausted", x.Outcome.Status, err)
	}
}

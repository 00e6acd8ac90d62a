package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
)

// workFolder is where files of a request go and come from.
const workFolder = "/workspace"

// maxCollected bounds one file on its way out. No disk limit allows more.
const maxCollected = 1 << 30

// put brings a request's files into the sandbox.
func put(ctx context.Context, in backend.Instance, files []caisson.File) error {
	if len(files) == 0 {
		return nil
	}
	filer, ok := backend.As[backend.Filer](in)
	if !ok {
		return caisson.Errorf(caisson.Unsupported, "this backend takes no files")
	}
	for _, f := range files {
		if err := filer.WriteFile(ctx, workFolder+"/"+f.Name, f.Data); err != nil {
			return fmt.Errorf("bring in %q: %w", f.Name, err)
		}
	}
	return nil
}

// collect hands the files that code made or changed to the caller. A sandbox
// that is over has none to give.
func collect(ctx context.Context, in backend.Instance, before []caisson.File, to func(caisson.File) error) error {
	filer, ok := backend.As[backend.Filer](in)
	if to == nil || !ok {
		return nil
	}
	had := make(map[string][]byte, len(before))
	for _, f := range before {
		had[f.Name] = f.Data
	}
	list, err := filer.List(ctx, workFolder)
	if errors.Is(err, backend.ErrEnded) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("collect files: %w", err)
	}
	for _, info := range list {
		data, err := filer.ReadFile(ctx, workFolder+"/"+info.Name, maxCollected)
		if err != nil {
			return fmt.Errorf("collect %q: %w", info.Name, err)
		}
		if old, ok := had[info.Name]; ok && bytes.Equal(old, data) {
			continue
		}
		if err := to(caisson.File{Name: info.Name, Data: data}); err != nil {
			return fmt.Errorf("collect %q: %w", info.Name, err)
		}
	}
	return nil
}

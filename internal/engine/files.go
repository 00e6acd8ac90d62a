package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
)

// workFolder is where files of a request go and come from.
const workFolder = "/workspace"

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

// A folder is what the work folder held before the code ran.
type folder struct {
	in    backend.Instance
	files map[string]backend.FileInfo
}

// look notes what is in the work folder, when somebody wants what changes.
func look(ctx context.Context, in backend.Instance, s caisson.Streams) (folder, error) {
	f := folder{in: in, files: map[string]backend.FileInfo{}}
	filer, ok := backend.As[backend.Filer](in)
	if s.Files == nil || !ok {
		return f, nil
	}
	list, err := listWork(ctx, filer)
	if err != nil {
		return f, fmt.Errorf("look at the files: %w", err)
	}
	for _, info := range list {
		f.files[info.Name] = info
	}
	return f, nil
}

// listWork returns what is in the work folder: no more of it than a backend may say
// that there is.
func listWork(ctx context.Context, filer backend.Filer) ([]backend.FileInfo, error) {
	list, err := filer.List(ctx, workFolder)
	if err == nil && len(list) > backend.MaxFiles {
		err = caisson.Errorf(caisson.Exhausted, "there are %d files in %s, and at most %d are taken: let the code put them into an archive", len(list), workFolder, backend.MaxFiles)
	}
	return list, err
}

// collect hands the files that code made or changed to the caller: at most disk
// bytes of them, whatever a backend says that there is. A sandbox that is over
// has none to give.
func (f folder) collect(ctx context.Context, disk int64, to func(caisson.File) error) error {
	filer, ok := backend.As[backend.Filer](f.in)
	if to == nil || !ok {
		return nil
	}
	list, err := listWork(ctx, filer)
	if errors.Is(err, backend.ErrEnded) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("collect files: %w", err)
	}
	for _, info := range list {
		if f.files[info.Name] == info {
			continue
		}
		data, err := filer.ReadFile(ctx, workFolder+"/"+info.Name, disk)
		if err != nil {
			return fmt.Errorf("collect %q: %w", info.Name, err)
		}
		disk -= int64(len(data))
		if err := to(caisson.File{Name: info.Name, Data: data}); err != nil {
			return fmt.Errorf("collect %q: %w", info.Name, err)
		}
	}
	return nil
}

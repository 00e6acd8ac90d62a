package wasm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/caisson-dev/caisson/internal/guest"
	"github.com/caisson-dev/caisson/internal/reactor"
	"github.com/caisson-dev/caisson/internal/sys"
)

// Stage is the first argument of a process that is a worker.
const Stage = "wasm-worker"

// A worker gets its parts as descriptors: it opens nothing itself. After the
// socket come a file in memory for the doors to the code, the stub, the folder
// of compiled code, the image, and the files of the library in their order.
const (
	fdSocket = 3 + iota
	fdDoors
	fdStub
	fdCode
	fdImage
	fdLib
)

// A brief is the first frame that a worker gets.
type brief struct {
	Bundle     guest.Bundle `json:"bundle"`
	Reserve    uint64       `json:"reserve"`    // the most memory of one sandbox
	Ready      int          `json:"ready"`      // copies to keep ready
	Namespaces bool         `json:"namespaces"` // we are in our own
}

// A report is what a worker answers to its brief.
type report struct {
	Walls   []string `json:"walls"`   // those that stand
	Missing []string `json:"missing"` // those that do not, and why
	Memory  int64    `json:"memory"`  // bytes that a copy takes before it does anything
}

// Work is a worker's life. It returns when nobody can give it orders any more.
func Work(ctx context.Context) error {
	socket := os.NewFile(fdSocket, "socket")
	k, payload, err := readFrame(socket, maxOrder)
	if err != nil || k != orderOpen {
		return fmt.Errorf("worker: read its brief: frame %d: %w", k, err)
	}
	var b brief
	if err := json.Unmarshal(payload, &b); err != nil {
		return fmt.Errorf("worker: read its brief: %w", err)
	}
	w, rep, err := newWorker(ctx, b)
	if err != nil {
		return writeJSON(socket, answerFailed, failure{Code: codeOf(err), Message: err.Error()})
	}
	if err := writeJSON(socket, answerDone, rep); err != nil {
		return err
	}
	return w.accept(ctx, socket)
}

// A worker serves the sandboxes of one tenant and runtime.
type worker struct {
	program *reactor.Program
	ready   chan *reactor.Instance // copies to take, with room for one that is given back

	mu        sync.Mutex
	sandboxes map[string]*sandbox
}

// newWorker loads its guest and locks itself in. No guest code runs before the
// last wall stands.
func newWorker(ctx context.Context, b brief) (*worker, report, error) {
	program, err := loadProgram(ctx, b)
	if err != nil {
		return nil, report{}, err
	}
	w := &worker{program: program, ready: make(chan *reactor.Instance, max(1, b.Ready)+1), sandboxes: map[string]*sandbox{}}
	in, err := program.New(ctx)
	if err != nil {
		return nil, report{}, err
	}
	rep := report{Memory: program.Memory()}
	if err := lockIn(b, &rep); err != nil {
		return nil, report{}, err
	}
	if err := in.Check(ctx); err != nil {
		return nil, report{}, err
	}
	w.ready <- in
	return w, rep, nil
}

func lockIn(b brief, rep *report) error {
	if b.Namespaces {
		// Some hosts give namespaces and take what can be done in them.
		if err := sys.EmptyRoot(); err != nil {
			rep.Missing = append(rep.Missing, fmt.Sprintf("%s: %v", sys.WallNamespaces, err))
		} else {
			rep.Walls = append(rep.Walls, sys.WallNamespaces)
		}
	}
	if err := sys.DropCapabilities(); err != nil {
		if !errors.Is(err, sys.ErrMissing) {
			return err
		}
		rep.Missing = append(rep.Missing, err.Error())
	}
	walls, missing, err := sys.Lock(sys.Compute())
	if err != nil {
		return err
	}
	rep.Walls = append(rep.Walls, walls...)
	for _, m := range missing {
		rep.Missing = append(rep.Missing, m.Error())
	}
	return nil
}

func loadProgram(ctx context.Context, b brief) (*reactor.Program, error) {
	stubFile, code, doors := os.NewFile(fdStub, guest.StubFile), os.NewFile(fdCode, codeFolder), os.NewFile(fdDoors, "doors")
	// From a folder that is open a path leads up, past any new root.
	defer code.Close()
	defer stubFile.Close()
	defer doors.Close()
	stub, err := io.ReadAll(stubFile)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", guest.StubFile, err)
	}
	s := reactor.Source{
		Name:    b.Bundle.Name,
		Frozen:  reactor.Frozen{Stub: stub, Mutable: b.Bundle.Mutable, Values: b.Bundle.Values, Interrupt: b.Bundle.Flags},
		Code:    fmt.Sprintf("/proc/self/fd/%d", fdCode),
		Doors:   doors,
		Image:   os.NewFile(fdImage, guest.ImageFile),
		Reserve: b.Reserve,
	}
	for i, path := range b.Bundle.Lib {
		data, err := mapFile(os.NewFile(uintptr(fdLib+i), guest.LibFile(i)))
		if err != nil {
			return nil, err
		}
		s.Lib = append(s.Lib, reactor.LibFile{Path: path, Data: data})
	}
	return reactor.Load(ctx, s)
}

func mapFile(f *os.File) ([]byte, error) {
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return sys.MapRead(f, int(info.Size()))
}

// accept serves each sandbox whose socket arrives.
func (w *worker) accept(ctx context.Context, socket *os.File) error {
	for {
		conn, err := sys.ReceiveFile(socket)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("worker: %w", err)
		}
		go w.serve(ctx, conn)
	}
}

// take returns a fresh copy: one that is ready, or a new one.
func (w *worker) take(ctx context.Context) (*reactor.Instance, error) {
	select {
	case in := <-w.ready:
		return in, nil
	default:
		return w.program.New(ctx)
	}
}

// give takes a copy back that nothing runs in. It is made new for the next
// sandbox, or freed.
func (w *worker) give(in *reactor.Instance) {
	if in.Fresh() && in.Reset() == nil {
		select {
		case w.ready <- in:
			return
		default:
		}
	}
	in.Close() // what fails here fails in unmapping, which the process's end does too
}

// stock makes sure that a copy is ready, so that the next sandbox need not
// wait for one to be made.
func (w *worker) stock(ctx context.Context) {
	if len(w.ready) > 0 {
		return
	}
	in, err := w.program.New(ctx)
	if err != nil {
		return // take will try again, and say why
	}
	select {
	case w.ready <- in:
	default:
		in.Close()
	}
}

func (w *worker) enter(id string, s *sandbox) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sandboxes[id] != nil {
		return fmt.Errorf("there is a sandbox %q already", id)
	}
	w.sandboxes[id] = s
	return nil
}

func (w *worker) leave(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.sandboxes, id)
}

func (w *worker) find(id string) *sandbox {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sandboxes[id]
}

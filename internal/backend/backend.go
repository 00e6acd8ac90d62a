// Package backend defines what a way of running code must do. Package
// backendtest checks every way alike; other packages test against package fake.
//
// Code, files and results come from a guest that is hostile. A backend bounds
// them before it allocates, and takes nothing about status, time, memory or
// exit from the guest but the exit code of code that ended by itself.
package backend

import (
	"context"
	"errors"
	"io"

	"github.com/caisson-dev/caisson"
)

// ErrUnsupported reports that this host can never do what was asked.
// Callers may try another backend of at least the same isolation.
var ErrUnsupported = errors.New("not supported by this backend")

// ErrEnded reports a sandbox that is over: it was killed or closed, or an
// execution left it unfit for another. Its Outcome said so.
var ErrEnded = errors.New("the sandbox has ended")

// A Backend makes sandboxes of one kind. It is safe for concurrent use.
type Backend interface {
	// Probe reports what this host can do, by trying it.
	Probe(ctx context.Context) (Capabilities, error)

	// Create prepares a sandbox that keeps to spec.Posture. When it returns no
	// guest code has run; on error nothing is left. A spec that this backend
	// cannot hold as tightly as asked is ErrUnsupported.
	Create(ctx context.Context, spec caisson.Spec) (Instance, error)
}

// Capabilities is what a backend can do on this host, as data, so that a place
// can be chosen before anything exists.
type Capabilities struct {
	Isolation caisson.Isolation
	Runtimes  []string       // as in the catalogue
	Layers    []string       // what stands between code and host, innermost first
	Missing   []string       // walls that this host cannot build: name, and why
	Snapshot  bool           // instances are Snapshotters and the backend a Restorer
	Needs     []caisson.Need // what it can give to code; none when empty
}

// An Instance is one live sandbox. One Exec runs at a time; Kill and the
// optional Interrupt may be called at any time, from any goroutine.
type Instance interface {
	// Exec runs one piece of code to its end. How the code ended is in the
	// Outcome; err is only for a run that could not be carried out, and then
	// the status is empty when no code ran and Lost when it may have. When ctx
	// ends, Exec kills the code and reports Killed; when a limit ends it first,
	// the limit's status. After an ErrEnded nothing ran.
	Exec(ctx context.Context, cmd Cmd) (caisson.Outcome, error)

	// Kill ends all guest code at once, and the sandbox with it. The running
	// Exec reports Killed. It may be called more than once.
	Kill()

	// Close kills, then frees everything. It does not stop at the first
	// fault: it frees what it can and joins the errors.
	Close() error
}

// A Cmd is one piece of code for the runtime's own agent.
type Cmd struct {
	Code   string
	Name   string         // file name for tracebacks; the runtime's default when empty
	Args   []string       // what the code sees as its arguments
	Show   bool           // the value of a trailing expression becomes a result
	Script bool           // the code is a whole program: it has a file name, and ends
	Limits caisson.Limits // of this execution; each at most the sandbox's
	caisson.Streams
}

// An Interrupter can end the running code softly.
type Interrupter interface {
	// Interrupt asks the running code to stop, as ^C would. The sandbox
	// survives. Without a running Exec it does nothing.
	Interrupt()
}

// A Filer gives access to the files of a sandbox between executions. Names are
// the guest's, slash-separated and absolute, or relative to the work folder:
// none is ever resolved on the host.
type Filer interface {
	// WriteFile makes or replaces a file and the folders above it, within the
	// sandbox's quota.
	WriteFile(ctx context.Context, name string, data []byte) error
	// ReadFile returns a file of at most limit bytes.
	ReadFile(ctx context.Context, name string, limit int64) ([]byte, error)
	// List returns the regular files below a folder, by name. More than
	// [MaxFiles] are a *caisson.Error with code exhausted.
	List(ctx context.Context, name string) ([]FileInfo, error)
}

// MaxFiles is how many files one List returns at most, whatever the inode quota
// of a sandbox is: who asks keeps all their names at once.
const MaxFiles = 1 << 16

// A FileInfo describes one regular file of a sandbox.
type FileInfo struct {
	Name     string // relative to the folder that was listed
	Size     int64
	Modified int64 // Unix nanoseconds, as the code can set it
}

// A Snapshotter can write down the state of a sandbox between executions.
type Snapshotter interface {
	// Snapshot writes all that the sandbox is: variables, files, descriptors.
	// It goes on as if nothing had been.
	Snapshot(ctx context.Context, w io.Writer) error
	// Fork starts a second sandbox from this one's state. The copy has its own
	// limits, randomness and files from then on.
	Fork(ctx context.Context, spec caisson.Spec) (Instance, error)
}

// A Restorer starts sandboxes from what a Snapshotter wrote. The bytes are not
// trusted. They must come from the same runtime, build and tenant: others are a
// *caisson.Error that says which of them differs.
type Restorer interface {
	// Restore starts a copy: it has new randomness and a new identity.
	Restore(ctx context.Context, spec caisson.Spec, r io.Reader) (Instance, error)

	// Resume lets the one sandbox go on that wrote the state and is no more.
	// The state must not be used a second time.
	Resume(ctx context.Context, spec caisson.Spec, r io.Reader) (Instance, error)
}

// As returns the instance as an optional interface, looking through wrappers
// that have an Unwrap method.
func As[T any](in Instance) (T, bool) {
	for in != nil {
		if t, ok := in.(T); ok {
			return t, true
		}
		u, ok := in.(interface{ Unwrap() Instance })
		if !ok {
			break
		}
		in = u.Unwrap()
	}
	var none T
	return none, false
}

// A Walled backend says beforehand what will hold a sandbox, so that it is on
// record before any code runs.
type Walled interface {
	// Walls returns what stands between the code of such a sandbox and the
	// host, innermost first, and the walls that this host cannot build.
	Walls(ctx context.Context, spec caisson.Spec) (layers, missing []string, err error)
}

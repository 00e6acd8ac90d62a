package caisson

import (
	"bytes"
	"encoding/json"
	"io"
	"time"
)

// An ExecutionID names one execution.
type ExecutionID string

// A SandboxID names one sandbox.
type SandboxID string

// A Request asks for one execution.
type Request struct {
	Tenant  TenantID
	Runtime string   // as in the catalogue: "python", "javascript", "shell"
	Code    string   // UTF-8
	Name    string   // the file name that tracebacks show; the runtime's default when empty
	Args    []string // what the code sees as its arguments
	Show    bool     // the value of a trailing expression becomes a result
	Script  bool     // the code is a whole program, and not a cell of a session
	Want    Posture  // what the caller asks for; policy can only tighten it
	Files   []File   // put into the sandbox before the code runs
	Backend string   // the one way of running it that will do; the cheapest that fits when empty
}

// A File is one regular file on its way into or out of a sandbox.
type File struct {
	Name string // slash-separated and relative to the work folder
	Data []byte
}

// An Execution is the record of one run of code, as far as it came.
type Execution struct {
	ID      ExecutionID
	Sandbox SandboxID // empty when none was made
	Verdict Verdict
	Placement
	Outcome Outcome // zero when the code never ran
}

// A Placement says where a sandbox runs, and why there.
type Placement struct {
	Backend string    `json:"backend"`           // "wasm"
	Holds   Isolation `json:"holds"`             // the isolation it gives, which may be more than was asked for
	Layers  []string  `json:"layers"`            // what stands between code and host, innermost first
	Reason  string    `json:"reason"`            // why this backend, in words
	Missing []string  `json:"missing,omitempty"` // walls this host cannot build
}

// Streams connect a run to its caller. Whoever runs the code writes to one of
// them at a time and to none after the run has returned. A writer that blocks
// holds up the guest alone: limits still end the run. One that fails ends it
// as Killed. All bytes are the guest's, and hostile.
type Streams struct {
	Stdin          io.Reader    // empty when nil
	Stdout, Stderr io.Writer    // discarded when nil
	Results        func(Result) // charts, tables, each in several media types; discarded when nil

	// Files gets each file in the work folder that the code made or changed,
	// after it ended. They are left when nil. Its error ends the collecting and
	// is that of the run.
	Files func(File) error
}

// A Result is one value that code shows, in one or more media types. Text
// types hold the text; "application/json" holds JSON; other types hold the
// bytes. All of it comes from the guest.
type Result struct {
	Data map[string][]byte
}

// MarshalJSON writes text as strings, JSON as itself and binary as base64,
// which is the form of a notebook's MIME bundle.
func (r Result) MarshalJSON() ([]byte, error) {
	m := make(map[string]any, len(r.Data))
	for t, b := range r.Data {
		switch {
		case t == "application/json":
			m[t] = json.RawMessage(b)
		case TextMedia(t):
			m[t] = string(b)
		default:
			m[t] = b
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // the outer encoder does where it is wanted
	err := e.Encode(map[string]any{"data": m})
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// TextMedia reports whether a media type carries text in a [Result].
func TextMedia(t string) bool {
	return len(t) > 5 && t[:5] == "text/" || t == "image/svg+xml" || t == "application/javascript"
}

// An Exception is an error that the code itself raised and did not handle, in
// the guest's words.
type Exception struct {
	Name      string   `json:"name"` // "ZeroDivisionError"
	Message   string   `json:"message"`
	Traceback []string `json:"traceback,omitempty"`
}

// An Outcome is how a run ended. Code that fails, runs out of time or is
// killed has an Outcome; only a run that we could not carry out has an error.
type Outcome struct {
	Status    Status     `json:"status"`              // empty: the code never ran
	ExitCode  int        `json:"exitCode"`            // when Status is Exited
	Reason    string     `json:"reason,omitempty"`    // which limit or who, for every Status but Exited
	Exception *Exception `json:"exception,omitempty"` // the guest's word; nil when none
	Refused   []string   `json:"refused,omitempty"`   // system calls that were refused to it, each once
	Usage     Usage      `json:"usage"`
}

// A Status is one way for a run to end.
type Status string

const (
	Exited       Status = "exited"        // by itself, with an exit code
	Signaled     Status = "signaled"      // by a signal that nobody of ours sent
	TimedOut     Status = "timed_out"     // at its wall or CPU limit
	OutOfMemory  Status = "out_of_memory" // at its memory limit
	OutputLimit  Status = "output_limit"  // at its output limit
	DiskLimit    Status = "disk_limit"    // at its byte or inode quota, and failed by it
	ProcessLimit Status = "process_limit" // at its process limit
	Killed       Status = "killed"        // by a person, a policy or the monitor
	Lost         Status = "lost"          // the backend failed under it; code may have run
)

// Usage is what a run cost, measured from outside the sandbox.
type Usage struct {
	Wall       time.Duration `json:"wall"`
	CPU        time.Duration `json:"cpu"`
	PeakMemory int64         `json:"peakMemory"` // bytes
	Output     int64         `json:"output"`     // bytes out, results included
	Disk       int64         `json:"disk"`       // bytes in its files at the end
}

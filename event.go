package caisson

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// An Event is a fact: one thing that happened. It is never changed.
type Event struct {
	Time      time.Time
	Tenant    TenantID
	Session   SessionID   // empty when none
	Sandbox   SandboxID   // empty when none
	Execution ExecutionID // empty when none
	Data      EventData
}

// EventData is what happened. It is sealed: the types are in this file.
type EventData interface {
	// Kind names the fact, as "noun.past-verb". It is part of the record's
	// format and never changes.
	Kind() string
}

// Requested says that an execution was asked for.
type Requested struct {
	Runtime string `json:"runtime"`
	SHA256  string `json:"sha256"` // of the code, in hex; the code itself is not kept
	Bytes   int    `json:"bytes"`
}

// Decided says what policy answered.
type Decided struct {
	Verdict Verdict `json:"verdict"`
}

// Placed says which backend a sandbox was given to.
type Placed struct {
	Placement
}

// Responded says that a running sandbox was answered from outside.
type Responded struct {
	Response Response `json:"response"`
	By       string   `json:"by"` // who asked: a person, a policy, the monitor
}

// Ended says how an execution ended. It is an execution's last event.
type Ended struct {
	Status   Status   `json:"status,omitempty"` // empty when the code never ran
	ExitCode int      `json:"exitCode"`
	Reason   string   `json:"reason,omitempty"`
	Refused  []string `json:"refused,omitempty"` // system calls that were refused to the code
	Code     Code     `json:"code,omitempty"`    // when we failed, or the request was wrong
	Usage    Usage    `json:"usage"`
}

// Saved says that a session's state was written to rest.
type Saved struct {
	SHA256 string `json:"sha256"` // of the stored state, in hex
	Bytes  int64  `json:"bytes"`
}

// Forked says that a session was made from another's state.
type Forked struct {
	From SessionID `json:"from"`
}

// Deleted says that a session and its state are gone.
type Deleted struct{}

func (Requested) Kind() string { return "execution.requested" }
func (Decided) Kind() string   { return "execution.decided" }
func (Placed) Kind() string    { return "execution.placed" }
func (Responded) Kind() string { return "sandbox.responded" }
func (Ended) Kind() string     { return "execution.ended" }
func (Saved) Kind() string     { return "session.saved" }
func (Forked) Kind() string    { return "session.forked" }
func (Deleted) Kind() string   { return "session.deleted" }

// UnmarshalEventData reads what happened from its JSON form. It is the inverse
// of json.Marshal for the kind that [EventData.Kind] names. Fields that this
// program does not know are left out; a kind that it does not know is an error.
func UnmarshalEventData(kind string, data []byte) (EventData, error) {
	switch kind {
	case Requested{}.Kind():
		return eventData[Requested](data)
	case Decided{}.Kind():
		return eventData[Decided](data)
	case Placed{}.Kind():
		return eventData[Placed](data)
	case Responded{}.Kind():
		return eventData[Responded](data)
	case Ended{}.Kind():
		return eventData[Ended](data)
	case Saved{}.Kind():
		return eventData[Saved](data)
	case Forked{}.Kind():
		return eventData[Forked](data)
	case Deleted{}.Kind():
		return eventData[Deleted](data)
	}
	return nil, fmt.Errorf("event kind %q is not known to this program", kind)
}

func eventData[T EventData](data []byte) (EventData, error) {
	var d T
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("decode %s: %w", d.Kind(), err)
	}
	return d, nil
}

// A Response is what may be done to a running sandbox, mildest first.
type Response int

const (
	Observe   Response = iota // look, do nothing
	Interrupt                 // end the running code softly; a session survives
	Kill                      // end all of it at once
)

// String returns the response's name.
func (r Response) String() string {
	switch r {
	case Interrupt:
		return "interrupt"
	case Kill:
		return "kill"
	}
	return "observe"
}

// MarshalText writes the response's name.
func (r Response) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a response's name.
func (r *Response) UnmarshalText(b []byte) error {
	i := slices.Index([]string{"observe", "interrupt", "kill"}, string(b))
	if i < 0 {
		return Errorf(Invalid, "response %q is not known: use observe, interrupt or kill", b)
	}
	*r = Response(i)
	return nil
}

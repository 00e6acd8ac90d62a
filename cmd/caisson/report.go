package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/caisson-dev/caisson"
)

// A report is what "run" and "session exec" tell of one execution with -o
// json. It is written on every path, also when the code never ran. Times are
// milliseconds. Text from the code that is not UTF-8 has U+FFFD in its place.
type report struct {
	ID        caisson.ExecutionID `json:"id"`               // empty when it was not asked for
	Status    caisson.Status      `json:"status"`           // "denied" or "review" when policy said so; empty when it never ran
	ExitCode  int                 `json:"exitCode"`         // of this program, see the help of "run"
	Reason    string              `json:"reason,omitempty"` // which limit, or who, for every status but "exited"
	Refused   []string            `json:"refused"`          // system calls that were refused to the code
	Stdout    string              `json:"stdout"`
	Stderr    string              `json:"stderr"`
	Results   []caisson.Result    `json:"results"`
	Exception *caisson.Exception  `json:"exception"` // null when the code raised none
	Usage     usageWire           `json:"usage"`
	Verdict   *verdictWire        `json:"verdict"`   // null when policy was not asked
	Posture   *postureWire        `json:"posture"`   // what the code was held to; null when it was not let run
	Placement *placementWire      `json:"placement"` // null when no place was looked for
	Sandbox   caisson.SandboxID   `json:"sandbox"`
	Session   caisson.SessionID   `json:"session"` // empty when none
	Files     []fileWire          `json:"files"`   // made or changed by the code
	Error     *failureWire        `json:"error"`   // null when nothing but the code failed

	stdout, stderr bytes.Buffer // with -o json; the output limit bounds them
	unread         bool         // nobody reads stdout or stderr any more
	want           caisson.Posture
	note           string // the session's state could not be saved, and the one before counts
}

type usageWire struct {
	WallMs          float64 `json:"wallMs"`
	CPUMs           float64 `json:"cpuMs"`
	PeakMemoryBytes int64   `json:"peakMemoryBytes"`
	OutputBytes     int64   `json:"outputBytes"`
	DiskBytes       int64   `json:"diskBytes"`
}

type verdictWire struct {
	Action   caisson.Action    `json:"action"`
	Posture  postureWire       `json:"posture"`
	Findings []caisson.Finding `json:"findings"`
	Needs    []caisson.Need    `json:"needs"`
	Policy   string            `json:"policy"`
}

type postureWire struct {
	Isolation string     `json:"isolation"` // empty when nothing is permitted
	Limits    limitsWire `json:"limits"`
	Egress    []string   `json:"egress"`
	Require   []string   `json:"require"`
}

type limitsWire struct {
	WallMs      float64 `json:"wallMs"`
	CPUMs       float64 `json:"cpuMs"`
	MemoryBytes int64   `json:"memoryBytes"`
	DiskBytes   int64   `json:"diskBytes"`
	Inodes      int     `json:"inodes"`
	OpenFiles   int     `json:"openFiles"`
	OutputBytes int64   `json:"outputBytes"`
	Processes   int     `json:"processes"`
}

type placementWire struct {
	Backend string   `json:"backend"`
	Holds   string   `json:"holds"` // the isolation that it gives
	Layers  []string `json:"layers"`
	Reason  string   `json:"reason"`
	Missing []string `json:"missing"`
}

type fileWire struct {
	Name  string `json:"name"`
	Bytes int    `json:"bytes"`
}

type failureWire struct {
	Code    caisson.Code `json:"code"`
	Message string       `json:"message"`
}

// tell puts what is known of an execution into the report.
func (r *report) tell(x *caisson.Execution) {
	r.ID, r.Sandbox = x.ID, x.Sandbox
	r.Status, r.Reason, r.Exception = x.Outcome.Status, x.Outcome.Reason, x.Outcome.Exception
	r.Refused = x.Outcome.Refused
	r.Usage = usageWire{
		WallMs: ms(x.Outcome.Usage.Wall), CPUMs: ms(x.Outcome.Usage.CPU), PeakMemoryBytes: x.Outcome.Usage.PeakMemory,
		OutputBytes: x.Outcome.Usage.Output, DiskBytes: x.Outcome.Usage.Disk,
	}
	if x.Backend != "" {
		r.Placement = &placementWire{x.Backend, x.Holds.String(), list(x.Layers), x.Placement.Reason, list(x.Missing)}
	}
	v := x.Verdict
	if v.Policy == "" {
		return // policy was not asked
	}
	r.Verdict = &verdictWire{
		Action: v.Action, Posture: wirePosture(v.Posture),
		Findings: list(v.Findings), Needs: list(v.Needs), Policy: v.Policy,
	}
	switch v.Action {
	case caisson.Allow:
		held := wirePosture(r.want.Tighten(v.Posture))
		r.Posture = &held
	case caisson.Deny:
		r.Status = "denied"
	case caisson.Review:
		r.Status = "review"
	}
}

func wirePosture(p caisson.Posture) postureWire {
	l := p.Limits
	w := postureWire{Egress: list(p.Egress), Require: list(p.Require), Limits: limitsWire{
		ms(l.Wall), ms(l.CPU), l.Memory, l.Disk, l.Inodes, l.OpenFiles, l.Output, l.Processes,
	}}
	if p.Isolation != 0 {
		w.Isolation = p.Isolation.String()
	}
	return w
}

// write writes the report as JSON.
func (r *report) write(w io.Writer) error {
	r.Results, r.Files, r.Refused = list(r.Results), list(r.Files), list(r.Refused)
	r.Stdout = strings.ToValidUTF8(r.stdout.String(), "\uFFFD")
	r.Stderr = strings.ToValidUTF8(r.stderr.String(), "\uFFFD")
	return writeJSON(w, r)
}

// wireError says what a caller may know of an error.
func wireError(err error) *failureWire {
	if err == nil {
		return nil
	}
	return &failureWire{Code: caisson.CodeOf(err), Message: err.Error()}
}

// executionExit is the exit code of "run" and "session exec".
func executionExit(x *caisson.Execution) int {
	if x.Verdict.Action != caisson.Allow {
		return exitDenied
	}
	switch out := x.Outcome; out.Status {
	case caisson.Exited:
		return out.ExitCode
	case caisson.Signaled:
		return 128 + out.ExitCode
	case caisson.TimedOut:
		return exitTimedOut
	case caisson.OutOfMemory, caisson.OutputLimit, caisson.ProcessLimit, caisson.Killed:
		return exitKilled
	case caisson.DiskLimit:
		return max(1, out.ExitCode) // the code met a full disk and failed by it
	}
	return exitFailed
}

// Exit codes of "run" and "session exec", beside the code's own.
const (
	exitTimedOut = 124
	exitFailed   = 125 // we could not do it, or the request was wrong
	exitDenied   = 126 // or held for review
	exitKilled   = 137 // or out of memory, or over its output limit
	exitSignal   = 128 // and the signal's number
)

const exitHelp = `Exit codes: the code's own; 124 timed out; 125 the request was wrong or we
failed; 126 denied, or held for review; 130 interrupted before the code ran;
137 killed, out of memory, or over its output limit. The code itself can exit
with any of these: -o json has the exact status. Code that fails on a full disk
keeps its own exit code, or gets 1.`

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// list makes an empty list of no list, which JSON shows as [] and not null.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

// writeJSON writes v, indented, for people and programs.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func asQuiet(err error) (quiet, bool) { return errors.AsType[quiet](err) }

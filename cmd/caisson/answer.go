package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/caisson-dev/caisson"
)

// streams connects a run to the caller: in text as the bytes come, in JSON
// gathered in the report.
func (r *report) streams(e env, f format) caisson.Streams {
	if f == formatJSON {
		return caisson.Streams{
			Stdout: &r.stdout, Stderr: &r.stderr,
			Results: func(v caisson.Result) { r.Results = append(r.Results, v) },
		}
	}
	out := watched{screen(e.out), &r.unread}
	return caisson.Streams{
		Stdout: out, Stderr: watched{screen(e.err), &r.unread},
		Results: func(v caisson.Result) { showResult(e, out, v) },
	}
}

// A watched writer notes that nobody reads what is written to it.
type watched struct {
	io.Writer
	unread *bool
}

func (w watched) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		*w.unread = true
	}
	return n, err
}

// showResult writes a shown value as text, where it has a form that is text.
func showResult(e env, w io.Writer, v caisson.Result) {
	for _, media := range []string{"text/plain", "text/markdown"} {
		if text, ok := v.Data[media]; ok {
			// The run ends at its next output when nobody reads this.
			_, _ = fmt.Fprintf(w, "%s\n", bytes.TrimSuffix(text, []byte("\n")))
			return
		}
	}
	for media, data := range v.Data {
		e.say("a result of %q, %s: -o json has it", media, showBytes(int64(len(data))))
	}
}

// finish tells what came of an execution and returns the command's exit code as
// an error. x is nil when there was none.
func (r *report) finish(e env, f format, x *caisson.Execution, err error) error {
	q := quiet{err: err}
	if x != nil {
		q.code = executionExit(x)
		r.tell(x)
	}
	if err != nil {
		r.Error, q.code = wireError(err), exitFailed
		if stopped, ok := errors.AsType[interrupted](err); ok {
			q.code = exitSignal + int(stopped.by)
		}
	}
	r.ExitCode = q.code
	if r.Reason != "" && r.note != "" {
		r.Reason += "; "
	}
	r.Reason += r.note
	if f == formatJSON {
		if err := r.write(e.out); err != nil {
			return quiet{exitFailed, err}
		}
		return q
	}
	switch {
	case err == nil:
	case x != nil && caisson.CodeOf(err) == caisson.Internal:
		e.say("%s (execution %s)", err, x.ID)
	default:
		e.say("%s", err)
	}
	if x != nil && err == nil {
		if r.unread {
			return quiet{exitSignal + int(syscall.SIGPIPE), nil}
		}
		explain(e, x, r.Reason)
	}
	return q
}

// explain says why code did not run, or did not end by itself.
func explain(e env, x *caisson.Execution, reason string) {
	switch x.Verdict.Action {
	case caisson.Deny, caisson.Review:
		what := "denied by the policy"
		if x.Verdict.Action == caisson.Review {
			what = "held by the policy until a person decides"
		}
		e.say("%s, nothing was run (execution %s)", what, x.ID)
		for _, f := range x.Verdict.Findings {
			e.say("  %s", showFinding(f))
		}
		return
	}
	words := map[caisson.Status]string{
		caisson.Signaled: "ended by a signal", caisson.TimedOut: "timed out", caisson.OutOfMemory: "out of memory",
		caisson.OutputLimit: "too much output", caisson.DiskLimit: "out of disk", caisson.ProcessLimit: "too many processes",
		caisson.Killed: "killed", caisson.Lost: "lost",
	}
	if what, ok := words[x.Outcome.Status]; ok {
		e.say("%s: %s", what, reason)
	}
	if x.Outcome.Status == caisson.Exited && reason != "" {
		e.say("%s", reason)
	}
	if x.Outcome.Status != caisson.Exited || x.Outcome.ExitCode != 0 {
		advise(e, x)
	}
}

// advise tells why code may have failed: it needs what its sandbox does not give.
func advise(e env, x *caisson.Execution) {
	for _, f := range x.Verdict.Findings {
		if strings.HasPrefix(f.Rule, "any.needs-") || f.Rule == "policy.egress-closed" {
			e.say("%s", f.Message)
		}
	}
}

// showFinding writes one reason in a line.
func showFinding(f caisson.Finding) string {
	text := fmt.Sprintf("%s (%s, severity %d", f.Message, f.Rule, f.Severity)
	if f.Technique != "" {
		text += ", " + f.Technique
	}
	text += ")"
	if f.Line > 0 {
		text = fmt.Sprintf("line %d: %s", f.Line, text)
	}
	return text
}

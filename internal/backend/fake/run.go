package fake

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/guest"
)

// A limit is the cause of a run that met one.
type limit struct {
	status caisson.Status
	reason string
}

func (l limit) Error() string { return l.reason }

// A run is one program that runs.
type run struct {
	done   <-chan struct{} // closed when it must end
	cause  func() error    // why; nil before
	i      *instance
	cmd    backend.Cmd
	limits caisson.Limits
	soft   chan struct{} // a value when it is interrupted
	stdin  *bufio.Reader

	output, memory int64
	cpu            time.Duration
	opened         int
	exception      *caisson.Exception
}

// exit ends a program with a code.
type exit int

func (e exit) Error() string { return "exit " + strconv.Itoa(int(e)) }

func (i *instance) run(ctx context.Context, cmd backend.Cmd) caisson.Outcome {
	limits := i.spec.Posture.Limits
	if cmd.Limits != (caisson.Limits{}) {
		limits = limits.Tighten(cmd.Limits)
	}
	begin := time.Now()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	r := &run{done: ctx.Done(), cause: func() error { return context.Cause(ctx) }, i: i, cmd: cmd, limits: limits, soft: make(chan struct{}, 1), memory: 1 << 10}
	if cmd.Stdin != nil {
		r.stdin = bufio.NewReader(cmd.Stdin)
	}
	i.running(end, func() {
		select {
		case r.soft <- struct{}{}:
		default:
		}
	})
	defer i.running(nil, nil)
	timer := time.AfterFunc(limits.Wall, func() { end(limit{caisson.TimedOut, "wall time limit"}) })
	defer timer.Stop()
	out := r.outcome(r.program())
	out.Exception = r.exception
	out.Usage = caisson.Usage{Wall: time.Since(begin), CPU: r.cpu, PeakMemory: r.memory, Output: r.output, Disk: i.state.usage()}
	out.Usage.CPU = min(out.Usage.CPU, out.Usage.Wall)
	return out
}

func (r *run) outcome(err error) caisson.Outcome {
	if r.cause() != nil {
		err = r.cause()
	}
	if l, ok := errors.AsType[limit](err); ok {
		return caisson.Outcome{Status: l.status, Reason: l.reason}
	}
	if errors.Is(err, errKilled) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return caisson.Outcome{Status: caisson.Killed, Reason: err.Error()}
	}
	code, ok := errors.AsType[exit](err)
	if err != nil && !ok {
		code = 1
	}
	return caisson.Outcome{Status: caisson.Exited, ExitCode: int(code)}
}

func (r *run) program() error {
	for line := range strings.Lines(r.cmd.Code) {
		if r.cause() != nil {
			return r.cause()
		}
		command, rest, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		if err := r.command(command, rest); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) command(name, rest string) error {
	first, second, _ := strings.Cut(rest, " ")
	switch name {
	case "", "pass":
		return nil
	case "print":
		return r.write(r.cmd.Stdout, rest+"\n")
	case "err":
		return r.write(r.cmd.Stderr, rest+"\n")
	case "exit":
		n, err := strconv.Atoi(rest)
		return errors.Join(err, exit(n))
	case "fail":
		return r.raise(first, second)
	case "set":
		r.i.state.Vars[first] = second
		return nil
	case "get":
		v, ok := r.i.state.Vars[first]
		if !ok {
			return r.raise("NameError", first)
		}
		return r.write(r.cmd.Stdout, v+"\n")
	case "args":
		return r.write(r.cmd.Stdout, strings.Join(r.cmd.Args, "\n")+"\n")
	case "random":
		return r.write(r.cmd.Stdout, rand.Text()+"\n")
	case "value":
		if !r.cmd.Show {
			return nil
		}
		text, err := json.Marshal(rest)
		return errors.Join(err, r.show(fmt.Sprintf(`{"data":{"text/plain":%s}}`, text)))
	case "show":
		return r.show(rest)
	case "line":
		return r.line()
	}
	return r.greedy(name, first, second)
}

// greedy runs the commands that use something up.
func (r *run) greedy(name, first, second string) error {
	switch name {
	case "sleep":
		d, err := time.ParseDuration(first)
		if err != nil {
			return err
		}
		select {
		case <-time.After(d):
			return nil
		case <-r.soft:
			return r.raise("Interrupted", "")
		case <-r.done:
			return r.cause()
		}
	case "spin", "stubborn":
		return r.forever(func() error { return r.spin(name == "stubborn") })
	case "flood":
		return r.forever(func() error { return r.write(r.cmd.Stdout, strings.Repeat("x", 1000)+"\n") })
	case "flooderr":
		return r.forever(func() error { return r.write(r.cmd.Stderr, strings.Repeat("x", 1000)+"\n") })
	case "floodresults":
		return r.forever(func() error { return r.show(`{"data":{"text/plain":"` + strings.Repeat("x", 1000) + `"}}`) })
	case "alloc":
		n, err := strconv.ParseInt(first, 10, 64)
		return errors.Join(err, r.alloc(n))
	case "hog":
		return r.forever(func() error { return r.alloc(1 << 20) })
	}
	return r.files(name, first, second)
}

func (r *run) files(name, first, second string) error {
	file, n := work+first, 0
	switch name {
	case "write":
		return r.put(file, []byte(second))
	case "read":
		b, ok := r.i.state.Files[file]
		if !ok {
			return r.raise("FileNotFound", first)
		}
		return r.write(r.cmd.Stdout, string(b))
	case "fill":
		return r.forever(func() error { n += 1 << 16; return r.put(file, make([]byte, n)) })
	case "fillnodes":
		return r.forever(func() error { n++; return r.put(fmt.Sprint(work, "n", n), nil) })
	case "fillopen":
		return r.forever(func() error {
			if r.opened++; r.opened > r.limits.OpenFiles {
				return r.raise("TooManyOpenFiles", "")
			}
			return nil
		})
	}
	return r.raise("SyntaxError", name)
}

func (r *run) forever(step func() error) error {
	for r.cause() == nil {
		if err := step(); err != nil {
			return err
		}
		runtime.Gosched()
	}
	return r.cause()
}

// spin uses the processor for a moment, in name: what passes counts as used.
func (r *run) spin(stubborn bool) error {
	const moment = time.Millisecond
	time.Sleep(moment)
	if r.cpu += moment; r.cpu > r.limits.CPU {
		return limit{caisson.TimedOut, "processor time limit"}
	}
	select {
	case <-r.soft:
		if !stubborn {
			return r.raise("Interrupted", "")
		}
	default:
	}
	return nil
}

func (r *run) alloc(n int64) error {
	if r.memory+n > r.limits.Memory {
		return limit{caisson.OutOfMemory, "memory limit"}
	}
	r.memory += n
	return nil
}

func (r *run) put(name string, data []byte) error {
	if r.limits.OpenFiles <= 0 {
		return r.raise("TooManyOpenFiles", "")
	}
	if err := r.i.state.write(name, data, r.limits); err != nil {
		return limit{caisson.DiskLimit, "disk limit"}
	}
	return nil
}

func (r *run) raise(name, message string) error {
	r.exception = &caisson.Exception{Name: name, Message: message}
	return errors.Join(r.write(r.cmd.Stderr, name+": "+message+"\n"), exit(1))
}

// write hands on output, up to the limit.
func (r *run) write(w io.Writer, s string) error {
	fits := min(int64(len(s)), r.limits.Output-r.output)
	r.output += fits
	if w != nil && fits > 0 && r.cause() == nil {
		if _, err := io.WriteString(w, s[:fits]); err != nil {
			return limit{caisson.Killed, "nobody reads its output: " + err.Error()}
		}
	}
	if fits < int64(len(s)) {
		return limit{caisson.OutputLimit, "output limit"}
	}
	return nil
}

func (r *run) show(text string) error {
	if r.output += int64(len(text)); r.output > r.limits.Output {
		return limit{caisson.OutputLimit, "output limit"}
	}
	if x, err := guest.DecodeResult([]byte(text)); err == nil && r.cmd.Results != nil {
		r.cmd.Results(x)
	}
	return nil
}

// line reads stdin beside the run: a reader may have nothing for ever.
func (r *run) line() error {
	if r.stdin == nil {
		return r.write(r.cmd.Stdout, "<>\n")
	}
	got := make(chan string, 1)
	go func() {
		s, _ := r.stdin.ReadString('\n') // what came before its end counts
		got <- s
	}()
	select {
	case s := <-got:
		return r.write(r.cmd.Stdout, "<"+strings.TrimRight(s, "\n")+">\n")
	case <-r.soft:
		return r.raise("Interrupted", "")
	case <-r.done:
		return r.cause()
	}
}

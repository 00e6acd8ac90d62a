package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/engine"
)

// A measuring is what is measured of one runtime.
type measuring struct {
	*parts
	bench
	runtime string
	base    baseline
	want    caisson.Posture
	layers  []string
	cases   []benchCase
}

// A baseline is what one would take instead of a sandbox.
type baseline struct {
	args    []string // the code follows; none when this host has it not
	name    string
	version string
}

// The code that is measured.
var (
	setCode = map[string]string{"python": "x = 1", "javascript": "x = 1", "shell": "x=1"}
	cpuCode = map[string]string{
		"python":     "n = 0\nfor i in range(3000000):\n    n = (n * 31 + i) % 1000003\nprint(n)\n",
		"javascript": "let n = 0;\nfor (let i = 0; i < 3000000; i++) n = (n * 31 + i) % 1000003;\nconsole.log(n);\n",
		"shell":      "n=0; i=0\nwhile [ $i -lt 30000 ]; do n=$(( (n * 31 + i) % 1000003 )); i=$((i + 1)); done\necho $n\n",
	}
)

func baselineOf(ctx context.Context, runtime string) baseline {
	var b baseline
	switch runtime {
	case "python":
		b.args = []string{"/usr/bin/python3", "-I", "-c"}
	case "javascript":
		b.args = []string{"node", "-e"}
	case "shell":
		b.args = []string{"bash", "-c"}
	}
	path, err := exec.LookPath(b.args[0])
	if err != nil {
		return baseline{}
	}
	b.args[0], b.name = path, strings.Join(b.args, " ")
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return baseline{}
	}
	line, _, _ := bytes.Cut(out, []byte("\n"))
	b.version = b.args[0] + ": " + string(line)
	return b
}

// run returns when the first byte came and when it ended.
func (b baseline) run(ctx context.Context, code string) (first, end time.Duration, err error) {
	t := newStopwatch()
	cmd := exec.CommandContext(ctx, b.args[0], append(b.args[1:len(b.args):len(b.args)], code)...)
	cmd.Stdout = t
	err = cmd.Run()
	return t.first, time.Since(t.begin), err
}

// A stopwatch notes when the first byte was written to it.
type stopwatch struct {
	begin time.Time
	first time.Duration
}

func newStopwatch() *stopwatch { return &stopwatch{begin: time.Now()} }

func (s *stopwatch) Write(p []byte) (int, error) {
	if s.first == 0 {
		s.first = time.Since(s.begin)
	}
	return len(p), nil
}

// measure measures one runtime, in a worker of its own.
func (b bench) measure(ctx context.Context, conf config, runtime string) (_ *measuring, err error) {
	p, err := open(ctx, b.env, opening{config: conf, runtime: runtime})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	m := &measuring{parts: p, bench: b, runtime: runtime, base: baselineOf(ctx, runtime), want: p.policy.Fill(caisson.Posture{})}
	m.want.Limits.Wall, m.want.Limits.CPU = time.Minute, time.Minute
	spec := caisson.Spec{Tenant: caisson.TenantLocal, Runtime: runtime, Posture: m.want}
	if m.layers, _, err = p.wasm.Walls(ctx, spec); err != nil {
		return nil, err
	}
	for _, do := range []func(context.Context) error{m.fresh, m.cells, m.exec, m.copies, m.cold, m.cpu} {
		if err := do(ctx); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// execute runs code in a fresh sandbox and returns when the first byte came
// and when it ended.
func (m *measuring) execute(ctx context.Context, code string) (first, end time.Duration, err error) {
	t := newStopwatch()
	x, err := m.engine.Execute(ctx, caisson.Request{
		Tenant: caisson.TenantLocal, Runtime: m.runtime, Code: code, Script: true, Want: m.want,
	}, caisson.Streams{Stdout: t})
	if err == nil && (x.Outcome.Status != caisson.Exited || x.Outcome.ExitCode != 0) {
		err = fmt.Errorf("it ended as %q with exit code %d: %s", x.Outcome.Status, x.Outcome.ExitCode, x.Outcome.Reason)
	}
	return t.first, time.Since(t.begin), err
}

// Ours and the baseline take turns, in blocks: what happens to the machine
// happens to both, and neither starts each run with caches that the other one
// emptied. The first warmUp runs of a block do not count.
const (
	block  = 25
	warmUp = 3
)

func (m *measuring) fresh(ctx context.Context) error {
	var t, base times
	for len(t) < m.n {
		n := min(block, m.n-len(t))
		for i := range n + warmUp {
			first, _, err := m.execute(ctx, trials[m.runtime])
			if err != nil {
				return err
			}
			if i >= warmUp {
				t = append(t, first)
			}
		}
		for range n {
			if len(m.base.args) == 0 {
				break
			}
			first, _, err := m.base.run(ctx, trials[m.runtime])
			if err != nil {
				return err
			}
			base = append(base, first)
		}
	}
	rate, err := m.throughput(ctx)
	c := m.add("fresh", t, m.base.name, base)
	c.PerSecond = &rate
	return err
}

// throughput returns how many fresh sandboxes a second two callers get.
func (m *measuring) throughput(ctx context.Context) (float64, error) {
	const callers = 2
	var all sync.WaitGroup
	faults := make([]error, callers)
	begin := time.Now()
	for i := range callers {
		all.Go(func() {
			for range m.n {
				if _, _, err := m.execute(ctx, trials[m.runtime]); err != nil {
					faults[i] = err
					return
				}
			}
		})
	}
	all.Wait()
	return float64(callers*m.n) / time.Since(begin).Seconds(), errors.Join(faults...)
}

func (m *measuring) session(ctx context.Context, id string) (*engine.Session, error) {
	s, err := m.engine.OpenSession(ctx, engine.SessionRequest{
		ID: caisson.SessionID(id), Tenant: caisson.TenantLocal, Runtime: m.runtime, Want: m.want,
	})
	if err != nil {
		return nil, err
	}
	_, err = m.cell(ctx, s)
	return s, err
}

// cell runs one statement in a session.
func (m *measuring) cell(ctx context.Context, s *engine.Session) (time.Duration, error) {
	begin := time.Now()
	x, err := s.Execute(ctx, caisson.Request{Code: setCode[m.runtime], Want: m.want, Show: true}, caisson.Streams{})
	if err == nil && x.Outcome.Status != caisson.Exited {
		err = fmt.Errorf("a cell ended as %q: %s", x.Outcome.Status, x.Outcome.Reason)
	}
	return time.Since(begin), err
}

// idleSessions is over how many sessions their memory is spread.
const idleSessions = 50

func (m *measuring) cells(ctx context.Context) (err error) {
	s, err := m.session(ctx, "cells")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var t times
	begin := time.Now()
	for range m.n {
		d, err := m.cell(ctx, s)
		if err != nil {
			return err
		}
		t = append(t, d)
	}
	rate := float64(m.n) / time.Since(begin).Seconds()
	mib, err := m.idleMemory(ctx)
	c := m.add("cell", t, "", nil)
	c.PerSecond, c.MemoryMiB = &rate, mib
	return err
}

// idleMemory returns what an idle session adds to its worker, in MiB; nil
// where the host does not let us look.
func (m *measuring) idleMemory(ctx context.Context) (_ *float64, err error) {
	before, err := privateMemory()
	if err != nil {
		m.say("the memory of workers cannot be seen here: %s", err)
		return nil, nil
	}
	for i := range idleSessions {
		s, err := m.session(ctx, fmt.Sprintf("idle-%d", i))
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
	}
	after, err := privateMemory()
	mib := float64(after-before) / idleSessions / (1 << 20)
	return &mib, err
}

// exec measures the sandbox alone, without policy and record.
func (m *measuring) exec(ctx context.Context) (err error) {
	in, err := m.wasm.Create(ctx, caisson.Spec{Tenant: caisson.TenantLocal, Runtime: m.runtime, Posture: m.want})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	var t times
	for i := range m.n + warmUp {
		begin := time.Now()
		out, err := in.Exec(ctx, backend.Cmd{Code: setCode[m.runtime], Show: true})
		if err != nil {
			return err
		}
		if out.Status != caisson.Exited {
			return fmt.Errorf("a cell ended as %q: %s", out.Status, out.Reason)
		}
		if i >= warmUp {
			t = append(t, time.Since(begin))
		}
	}
	m.add("exec", t, "", nil)
	return nil
}

// copies measures forks, snapshots and restored sessions.
func (m *measuring) copies(ctx context.Context) (err error) {
	s, err := m.session(ctx, "copied")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var forks, snapshots, restores times
	for i := range m.n {
		begin := time.Now()
		fork, err := s.Fork(ctx, caisson.SessionID(fmt.Sprintf("fork-%d", i)))
		forks = append(forks, time.Since(begin))
		if err != nil {
			return err
		}
		if err := fork.Close(); err != nil {
			return err
		}
		var state bytes.Buffer
		begin = time.Now()
		if err := s.Save(ctx, &state); err != nil {
			return err
		}
		snapshots = append(snapshots, time.Since(begin))
		begin = time.Now()
		copied, err := m.engine.RestoreSession(ctx, engine.SessionRequest{
			ID: caisson.SessionID(fmt.Sprintf("restored-%d", i)), Tenant: caisson.TenantLocal, Runtime: m.runtime, Want: m.want,
		}, &state)
		restores = append(restores, time.Since(begin))
		if err != nil {
			return err
		}
		if err := copied.Close(); err != nil {
			return err
		}
	}
	m.add("fork", forks, "", nil)
	m.add("snapshot", snapshots, "", nil)
	m.add("restore", restores, "", nil)
	return nil
}

// cold measures this program, started for one run each time.
func (m *measuring) cold(ctx context.Context) error {
	file := filepath.Join(m.config.State.Folder, "caisson.toml")
	text := fmt.Sprintf("[cache]\nfolder = %q\n[state]\nfolder = %q\n", m.config.Cache.Folder, m.config.State.Folder)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	us, err := os.Executable()
	if err != nil {
		return err
	}
	self := baseline{args: []string{us, "run", "--config", file, "--lang", m.runtime, "-c"}}
	var t, base times
	for range max(1, m.n/10) {
		_, end, err := self.run(ctx, trials[m.runtime])
		if err != nil {
			return fmt.Errorf("run this program: %w", err)
		}
		t = append(t, end)
		if len(m.base.args) > 0 {
			_, end, err := m.base.run(ctx, trials[m.runtime])
			if err != nil {
				return err
			}
			base = append(base, end)
		}
	}
	m.add("cold", t, m.base.name, base)
	return nil
}

// cpu measures a computation.
func (m *measuring) cpu(ctx context.Context) error {
	var t, base times
	for range max(1, m.n/40) {
		_, end, err := m.execute(ctx, cpuCode[m.runtime])
		if err != nil {
			return err
		}
		t = append(t, end)
		if len(m.base.args) > 0 {
			_, end, err := m.base.run(ctx, cpuCode[m.runtime])
			if err != nil {
				return err
			}
			base = append(base, end)
		}
	}
	m.add("cpu", t, m.base.name, base)
	return nil
}

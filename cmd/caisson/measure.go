package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/container"
	"github.com/caisson-dev/caisson/internal/engine"
)

// A workload is a kind of program that is measured.
type workload struct {
	name     string // "python-numpy"
	runtime  string
	trial    string // prints 1
	set      string // a small statement
	cpu      string // a computation; none when empty
	backends []string
}

// workloads are all that is measured.
var workloads = []workload{
	{"javascript", "javascript", trials["javascript"], "x = 1",
		"let n = 0;\nfor (let i = 0; i < 3000000; i++) n = (n * 31 + i) % 1000003;\nconsole.log(n);\n", nil},
	{"python", "python", trials["python"], "x = 1",
		"n = 0\nfor i in range(3000000):\n    n = (n * 31 + i) % 1000003\nprint(n)\n", nil},
	{"python-numpy", "python", "import numpy\nprint(numpy.ones(1, int)[0])", "x = numpy.ones(1000).sum()", "", []string{container.Name}},
	{"python-data", "python", "import numpy, pandas, matplotlib.pyplot\nprint(numpy.ones(1, int)[0])", "x = pandas.DataFrame({'a': [1]})", "", []string{container.Name}},
	{"shell", "shell", trials["shell"], "x=1",
		"n=0; i=0\nwhile [ $i -lt 30000 ]; do n=$(( (n * 31 + i) % 1000003 )); i=$((i + 1)); done\necho $n\n", nil},
}

// A measuring is what is measured of one workload in one backend.
type measuring struct {
	*parts
	bench
	host
	workload
	base   baseline
	want   caisson.Posture
	layers []string
	cases  []benchCase
}

// A baseline is what one would take instead of a sandbox.
type baseline struct {
	args    []string // the code follows; none when this host has it not
	name    string
	version string
}

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

// measure measures one workload in one backend, with parts of its own. What
// neither the host nor the image has is not measured: then both are nil.
func (b bench) measure(ctx context.Context, conf config, name string, w workload) (_ *measuring, err error) {
	p, err := open(ctx, b.env, opening{config: conf})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	i := slices.IndexFunc(p.hosts, func(h host) bool { return h.name == name })
	m := &measuring{parts: p, bench: b, host: p.hosts[i], workload: w, base: baselineOf(ctx, w.runtime), want: p.policy.Fill(caisson.Posture{})}
	if w.backends != nil {
		m.n = max(1, m.n/10) // its imports take long
	}
	m.want.Isolation = min(m.want.Isolation, m.isolation)
	m.want.Limits.Wall, m.want.Limits.CPU = time.Minute, time.Minute
	can, err := m.Probe(ctx)
	if err != nil {
		return nil, err
	}
	m.layers = can.Layers
	if !slices.Contains(can.Runtimes, w.runtime) {
		return nil, nil
	}
	if _, _, err := m.execute(ctx, w.trial); err != nil && w.backends != nil {
		m.say("%s is not measured: %s", w.name, err)
		return nil, nil // the image lacks what it needs
	}
	all := []func(context.Context) error{m.fresh, m.cells, m.exec}
	if can.Snapshot {
		all = append(all, m.copies)
	}
	if w.backends == nil {
		all = append(all, m.cold)
	}
	if w.cpu != "" {
		all = append(all, m.cpu)
	}
	for _, do := range all {
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
		Tenant: caisson.TenantLocal, Runtime: m.runtime, Code: code, Script: true, Want: m.want, Backend: m.host.name,
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
			first, _, err := m.execute(ctx, m.trial)
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
			first, _, err := m.base.run(ctx, m.trial)
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
				if _, _, err := m.execute(ctx, m.trial); err != nil {
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
		ID: caisson.SessionID(id), Tenant: caisson.TenantLocal, Runtime: m.runtime, Want: m.want, Backend: m.host.name,
	})
	if err != nil {
		return nil, err
	}
	if m.workload.backends != nil {
		// What it imports is there in every cell.
		if _, err := s.Execute(ctx, caisson.Request{Code: m.trial, Want: m.want}, caisson.Streams{}); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	_, err = m.cell(ctx, s)
	return s, err
}

// cell runs one statement in a session.
func (m *measuring) cell(ctx context.Context, s *engine.Session) (time.Duration, error) {
	begin := time.Now()
	x, err := s.Execute(ctx, caisson.Request{Code: m.set, Want: m.want, Show: true}, caisson.Streams{})
	if err == nil && x.Outcome.Status != caisson.Exited {
		err = fmt.Errorf("a cell ended as %q: %s", x.Outcome.Status, x.Outcome.Reason)
	}
	return time.Since(begin), err
}

// idleSessions is over how many sessions their memory is spread.
const idleSessions = 20

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
	in, err := m.Create(ctx, caisson.Spec{Tenant: caisson.TenantLocal, Runtime: m.runtime, Posture: m.want})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if _, err := in.Exec(ctx, backend.Cmd{Code: m.trial}); err != nil {
		return err
	}
	var t times
	for i := range m.n + warmUp {
		begin := time.Now()
		out, err := in.Exec(ctx, backend.Cmd{Code: m.set, Show: true})
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
	var state bytes.Buffer // one for all: making room for it is not what is measured
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
		state.Reset()
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
	self := baseline{args: []string{us, "run", "--config", file, "--lang", m.runtime, "--backend", m.host.name, "-c"}}
	var t, base times
	for range max(1, m.n/10) {
		_, end, err := self.run(ctx, m.trial)
		if err != nil {
			return fmt.Errorf("run this program: %w", err)
		}
		t = append(t, end)
		if len(m.base.args) > 0 {
			_, end, err := m.base.run(ctx, m.trial)
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
		_, end, err := m.execute(ctx, m.workload.cpu)
		if err != nil {
			return err
		}
		t = append(t, end)
		if len(m.base.args) > 0 {
			_, end, err := m.base.run(ctx, m.workload.cpu)
			if err != nil {
				return err
			}
			base = append(base, end)
		}
	}
	m.add("cpu", t, m.base.name, base)
	return nil
}

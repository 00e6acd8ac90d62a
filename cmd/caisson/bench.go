package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend/container"
	"github.com/caisson-dev/caisson/internal/backend/wasm"
)

// A benchWire is what "bench" prints with -o json. Its names are kept.
type benchWire struct {
	Host  benchHost   `json:"host"`
	Cases []benchCase `json:"cases"`
}

type benchHost struct {
	hostWire
	Time     time.Time `json:"time"`
	Version  string    `json:"version"`
	Commit   string    `json:"commit"`
	Load     string    `json:"load"`     // before it began: other work makes all of it slower
	Layers   []string  `json:"layers"`   // what stood between code and host
	Baseline []string  `json:"baseline"` // versions of what it is compared with
}

// A benchCase is one thing measured. What was not measured is null.
type benchCase struct {
	Name          string   `json:"name"`
	N             int      `json:"n"`
	P50           float64  `json:"p50_ms"`
	P99           float64  `json:"p99_ms"`
	PerSecond     *float64 `json:"per_second"`
	MemoryMiB     *float64 `json:"memory_mib"`
	Baseline      *string  `json:"baseline"`
	BaselineP50   *float64 `json:"baseline_p50_ms"`
	BaselineRatio *float64 `json:"ratio_to_baseline"`
}

func newBenchCommand(e env, g *globals) *cobra.Command {
	f := formatText
	b := bench{env: e}
	cmd := &cobra.Command{
		Use: "bench", Short: "Measure what running code costs on this host", Args: cobra.NoArgs,
		Long: `Measure what running code costs on this host, beside the same work done by what
one would take instead, in turns. Everything goes the whole way that "run" goes,
with the record on the disk where it is otherwise.

	fresh     a new sandbox, from the request to the first byte of output
	cell      a statement in a live session, to its end
	exec      the same without policy and record: what the sandbox alone takes
	fork      a copy of a live session
	snapshot  a live session written down
	restore   a session made from that
	cold      this program started for one run, to its end
	cpu       a computation, to its end

python-numpy and python-data are Python with NumPy, and with pandas and
matplotlib too, imported: what the image has of them.

Memory is what one idle session adds.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return answered(e, f, func() (any, string, error) {
				conf, err := loadConfig(g.config)
				if err != nil {
					return nil, "", err
				}
				w, err := b.run(cmd.Context(), conf)
				return w, w.text(), err
			})
		},
	}
	cmd.Flags().VarP(&f, "format", "o", "text or json")
	cmd.Flags().IntVarP(&b.n, "runs", "n", 200, "how often each thing is done; what takes long is done less")
	cmd.Flags().StringVar(&b.backend, "backend", "", "one backend only: wasm or container")
	cmd.Flags().StringVar(&b.lang, "lang", "", "one language only")
	return cmd
}

// A bench is one measuring of everything.
type bench struct {
	env
	n       int
	backend string // all that work here when empty
	lang    string // all when empty
}

func (b *bench) run(ctx context.Context, conf config) (_ benchWire, err error) {
	if b.backend != "" && !slices.Contains(benched, b.backend) {
		return benchWire{}, caisson.Errorf(caisson.Invalid, "backend %q is not known: use %s", b.backend, strings.Join(benched, " or "))
	}
	if b.n < 1 {
		return benchWire{}, caisson.Errorf(caisson.Invalid, "-n %d: it takes at least one run", b.n)
	}
	// On the same disk as the real one, so that writing takes as long.
	if err := os.MkdirAll(conf.State.Folder, 0o700); err != nil {
		return benchWire{}, err
	}
	state, err := os.MkdirTemp(conf.State.Folder, "bench-")
	if err != nil {
		return benchWire{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(state)) }()
	conf.State.Folder, conf.Policy.File = state, ""

	v := version()
	w := benchWire{Cases: []benchCase{}, Host: benchHost{
		hostWire: thisHost(), Time: time.Now().UTC(), Version: v.Version, Commit: v.Commit, Load: load(), Baseline: []string{},
	}}
	for _, name := range benched {
		for _, load := range workloads {
			if b.backend != "" && b.backend != name || b.lang != "" && languages[b.lang] != load.runtime ||
				load.backends != nil && !slices.Contains(load.backends, name) {
				continue
			}
			m, err := b.measure(ctx, conf, name, load)
			if err != nil && b.backend == "" && name != wasm.Name {
				b.say("%s is not measured: %s", name, err)
				break
			}
			if err != nil {
				return w, fmt.Errorf("measure %s in %s: %w", load.name, name, err)
			}
			w.tell(m)
		}
	}
	if len(w.Cases) == 0 {
		return w, caisson.Errorf(caisson.Invalid, "language %q is not among those of this program", b.lang)
	}
	return w, nil
}

// benched are the backends that are measured.
var benched = []string{wasm.Name, container.Name}

// tell adds what was measured; nothing when m is nil.
func (w *benchWire) tell(m *measuring) {
	if m == nil {
		return
	}
	w.Cases = append(w.Cases, m.cases...)
	for _, layer := range m.layers {
		if !slices.Contains(w.Host.Layers, layer) {
			w.Host.Layers = append(w.Host.Layers, layer)
		}
	}
	if v := m.base.version; v != "" && !slices.Contains(w.Host.Baseline, v) {
		w.Host.Baseline = append(w.Host.Baseline, v)
	}
}

func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(text))
	return strings.Join(fields[:min(3, len(fields))], " ")
}

// times are how long something took, several times.
type times []time.Duration

// percentile returns the time that this share of them did not exceed.
func (t times) percentile(p int) float64 {
	if len(t) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(t))
	return float64(sorted[min(len(sorted)-1, len(sorted)*p/100)].Microseconds()) / 1000
}

// add adds a case, with its baseline where there is one.
func (m *measuring) add(name string, t times, baseline string, base times) *benchCase {
	c := benchCase{Name: m.host.name + "/" + m.workload.name + "/" + name, N: len(t), P50: t.percentile(50), P99: t.percentile(99)}
	if len(base) > 0 {
		p50 := base.percentile(50)
		c.Baseline, c.BaselineP50 = &baseline, &p50
		if p50 > 0 {
			ratio := c.P50 / p50
			c.BaselineRatio = &ratio
		}
	}
	m.cases = append(m.cases, c)
	return &m.cases[len(m.cases)-1]
}

func (w benchWire) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d CPUs, Linux %s, load %s\n", w.Host.CPU, w.Host.CPUs, w.Host.Kernel, w.Host.Load)
	fmt.Fprintf(&b, "held by %s\n\n", strings.Join(w.Host.Layers, ", "))
	b.WriteString(table(func(t *tabwriter.Writer) {
		fmt.Fprintln(t, "CASE\tRUNS\tP50 MS\tP99 MS\tPER SECOND\tMEMORY MIB\tBASELINE\tITS P50 MS\tRATIO")
		for _, c := range w.Cases {
			name := ""
			if c.Baseline != nil {
				name = *c.Baseline
			}
			fmt.Fprintf(t, "%s\t%d\t%.3f\t%.3f\t%s\t%s\t%s\t%s\t%s\n", c.Name, c.N, c.P50, c.P99,
				number(c.PerSecond, "%.0f"), number(c.MemoryMiB, "%.2f"), name, number(c.BaselineP50, "%.3f"), number(c.BaselineRatio, "%.3f"))
		}
	}))
	return b.String()
}

func number(f *float64, format string) string {
	if f == nil {
		return ""
	}
	return fmt.Sprintf(format, *f)
}

// privateMemory returns how many bytes the processes that this one started, and
// those that they started, have to themselves.
func privateMemory() (int64, error) {
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	children := map[string][]string{} // folders, by the parent's number
	for _, name := range all {
		stat, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		if fields := strings.Fields(rest); len(fields) >= 2 {
			children[fields[1]] = append(children[fields[1]], filepath.Dir(name))
		}
	}
	var total int64
	for next := []string{fmt.Sprint(os.Getpid())}; len(next) > 0; next = next[1:] {
		for _, dir := range children[next[0]] {
			n, err := privateOf(dir)
			if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, syscall.ESRCH) {
				return 0, err
			}
			total += n
			next = append(next, filepath.Base(dir))
		}
	}
	return total, nil
}

func privateOf(dir string) (int64, error) {
	text, err := os.ReadFile(filepath.Join(dir, "smaps_rollup"))
	if err != nil {
		return 0, err
	}
	var total int64
	for line := range strings.Lines(string(text)) {
		if name, size, ok := strings.Cut(line, ":"); ok && (name == "Private_Clean" || name == "Private_Dirty") {
			total += kibibytes(size)
		}
	}
	return total, nil
}

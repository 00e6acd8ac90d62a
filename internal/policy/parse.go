package policy

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxDocument bounds a policy document, in bytes.
const maxDocument = 1 << 20

// document is the form of a policy on paper.
type document struct {
	Runtimes  []string `toml:"runtimes"`
	Isolation struct {
		Floor   caisson.Isolation `toml:"floor"`
		Require []string          `toml:"require"`
	} `toml:"isolation"`
	Egress struct {
		Hosts []string `toml:"hosts"`
	} `toml:"egress"`
	Limits struct {
		Default limits `toml:"default"`
		Max     limits `toml:"max"`
	} `toml:"limits"`
	Raise []struct {
		Severity int               `toml:"severity"`
		Floor    caisson.Isolation `toml:"floor"`
	} `toml:"raise"`
	Review findings `toml:"review"`
	Deny   findings `toml:"deny"`
}

type findings struct {
	Rules    []string `toml:"rules"`
	Severity *int     `toml:"severity"`
}

type limits struct {
	Wall      duration `toml:"wall"`
	CPU       duration `toml:"cpu"`
	Memory    byteSize `toml:"memory"`
	Disk      byteSize `toml:"disk"`
	Inodes    int      `toml:"inodes"`
	OpenFiles int      `toml:"open_files"`
	Output    byteSize `toml:"output"`
	Processes int      `toml:"processes"`
}

func (l limits) limits() caisson.Limits {
	return caisson.Limits{
		Wall: l.Wall.d, CPU: l.CPU.d, Memory: l.Memory.n, Disk: l.Disk.n,
		Inodes: l.Inodes, OpenFiles: l.OpenFiles, Output: l.Output.n, Processes: l.Processes,
	}
}

// A duration is written as "30s". What cannot be read is kept for the checker,
// which knows the key and the line.
type duration struct {
	d   time.Duration
	bad string
}

func (d *duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil || v <= 0 {
		d.bad = fmt.Sprintf(`time %.40q is not known: use one above zero, such as "500ms", "30s" or "10m"`, b)
		return nil
	}
	d.d = v
	return nil
}

// A byteSize is written as "256MiB", never as a bare number.
type byteSize struct {
	n   int64
	bad string
}

func (s *byteSize) UnmarshalText(b []byte) error {
	for _, u := range []struct {
		name  string
		shift int
	}{{"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"B", 0}} {
		digits, ok := strings.CutSuffix(string(b), u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 62)
		if err != nil || n == 0 || n > 1<<62>>u.shift {
			break
		}
		s.n = int64(n << u.shift)
		return nil
	}
	s.bad = fmt.Sprintf(`size %.40q is not known: use one above zero, such as "64KiB", "256MiB" or "2GiB"`, b)
	return nil
}

// walls are what a policy can require of a host.
var walls = []string{"namespaces", "landlock", "seccomp", "cgroup"}

// Parse reads a policy document. A document with an unknown key, a missing one
// or a value that makes no sense is a [*caisson.Error] that names the line, the
// key and what is allowed.
func Parse(doc []byte) (*Policy, error) {
	if len(doc) > maxDocument {
		return nil, caisson.Errorf(caisson.Invalid, "policy: document has %d bytes: use at most %d", len(doc), maxDocument)
	}
	var d document
	dec := toml.NewDecoder(bytes.NewReader(doc))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return nil, explain(err)
	}
	c := checker{lines: lines(doc)}
	p := &Policy{
		digest:   digest(doc),
		runtimes: d.Runtimes,
		posture: caisson.Posture{
			Isolation: d.Isolation.Floor, Limits: d.Limits.Max.limits(), Egress: sorted(d.Egress.Hosts), Require: sorted(d.Isolation.Require),
		},
		defaults: d.Limits.Default.limits(),
		review:   c.bar("review", d.Review),
		deny:     c.bar("deny", d.Deny),
	}
	c.present("runtimes", len(d.Runtimes) > 0, `a list of languages, such as ["python"]`)
	c.present("isolation.floor", d.Isolation.Floor != 0, `"shared", "mediated" or "virtual"`)
	for _, w := range d.Isolation.Require {
		if !slices.Contains(walls, w) {
			c.fail("isolation.require", "wall %.40q is not known: use %s", w, list(walls))
		}
	}
	for _, h := range d.Egress.Hosts {
		if h == "" || strings.ContainsAny(h, " \t\n/:@*") {
			c.fail("egress.hosts", "host %.40q is not one: use a plain name, such as \"example.com\"", h)
		}
	}
	for i, r := range d.Raise {
		c.severity("raise", &r.Severity)
		if r.Floor == 0 {
			c.fail("raise", "entry %d has no floor: give \"shared\", \"mediated\" or \"virtual\"", i+1)
		}
		p.raise = append(p.raise, raise{severity: r.Severity, floor: r.Floor})
	}
	c.limits("limits.default", d.Limits.Default)
	c.limits("limits.max", d.Limits.Max)
	for _, k := range lowered(p.defaults, p.posture.Limits) {
		c.fail("limits.default", "the default %s is above the maximum: the maximum is %s", k.name, k.max)
	}
	if c.err != nil {
		return nil, c.err
	}
	return p, nil
}

// A checker keeps the first fault of a document.
type checker struct {
	lines map[string]int
	err   error
}

// fail says what is wrong with a key, at its line or that of its table.
func (c *checker) fail(key, format string, args ...any) {
	if c.err != nil {
		return
	}
	where := ""
	for k := key; k != ""; {
		if n := c.lines[k]; n > 0 {
			where = fmt.Sprintf("line %d: ", n)
			break
		}
		k = k[:max(strings.LastIndexByte(k, '.'), 0)]
	}
	c.err = caisson.Errorf(caisson.Invalid, "policy: %s%s: %s", where, key, fmt.Sprintf(format, args...))
}

func (c *checker) present(key string, ok bool, want string) {
	if !ok {
		c.fail(key, "missing or empty: give %s", want)
	}
}

func (c *checker) severity(key string, s *int) {
	if s != nil && (*s < 1 || *s > 100) {
		c.fail(key+".severity", "severity %d is out of range: use 1 to 100, or leave it out", *s)
	}
}

func (c *checker) bar(key string, f findings) bar {
	b := bar{rules: f.Rules}
	for _, r := range f.Rules {
		if before, after, ok := strings.Cut(r, "."); !ok || before == "" || after == "" {
			c.fail(key+".rules", "rule %.60q is not one: use a rule's whole name, such as \"any.fork-bomb\"", r)
		}
	}
	c.severity(key, f.Severity)
	if f.Severity != nil {
		b.severity = *f.Severity
	}
	return b
}

func (c *checker) limits(key string, l limits) {
	const a, n = `a time, such as "30s"`, "a number above zero"
	const s = `a size, such as "64MiB"`
	for _, x := range []struct {
		name string
		ok   bool
		bad  string
		want string
	}{
		{"wall", l.Wall.d > 0, l.Wall.bad, a}, {"cpu", l.CPU.d > 0, l.CPU.bad, a},
		{"memory", l.Memory.n > 0, l.Memory.bad, s}, {"disk", l.Disk.n > 0, l.Disk.bad, s},
		{"inodes", l.Inodes > 0, "", n}, {"open_files", l.OpenFiles > 0, "", n},
		{"output", l.Output.n > 0, l.Output.bad, s}, {"processes", l.Processes > 0, "", n},
	} {
		if x.bad != "" {
			c.fail(key+"."+x.name, "%s", x.bad)
		}
		c.present(key+"."+x.name, x.ok, x.want)
	}
}

// explain turns the library's errors into ours.
func explain(err error) error {
	var missing *toml.StrictMissingError
	if errors.As(err, &missing) && len(missing.Errors) > 0 {
		e := &missing.Errors[0]
		row, _ := e.Position()
		return caisson.Errorf(caisson.Invalid, "policy: line %d: %s: key is not known: see the default policy for all keys", row, strings.Join(e.Key(), "."))
	}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		row, _ := decode.Position()
		key := strings.Join(decode.Key(), ".")
		if key != "" {
			key += ": "
		}
		return caisson.Errorf(caisson.Invalid, "policy: line %d: %s%s", row, key, strings.TrimPrefix(decode.Error(), "toml: "))
	}
	return caisson.Errorf(caisson.Invalid, "policy: %s", strings.TrimPrefix(err.Error(), "toml: "))
}

// lines says on which line each table and key of a document begins.
func lines(doc []byte) map[string]int {
	at := map[string]int{}
	var p unstable.Parser
	p.Reset(doc)
	table := ""
	for p.NextExpression() {
		e := p.Expression()
		key, row := "", 0
		for it := e.Key(); it.Next(); {
			n := it.Node()
			if key == "" {
				row = p.Shape(n.Raw).Start.Line
			} else {
				key += "."
			}
			key += string(n.Data)
		}
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = key
		case unstable.KeyValue:
			if table != "" {
				key = table + "." + key
			}
		}
		if at[key] == 0 {
			at[key] = row
		}
	}
	return at
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}

// list writes words for a message.
func list(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

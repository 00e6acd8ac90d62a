// Package policy turns a request and what was seen in its code into a verdict,
// by a document that people can read.
//
// A [Policy] is parsed once and never changes. [Policy.Fill] puts its defaults
// where a request names no limit, [Policy.Decide] answers whether the code may
// run and how tightly. Both are pure functions: no I/O, no clock, the same
// answer each time. What policy does not know, it refuses: a runtime that is
// not listed, code that nobody could look at.
//
//	pol := policy.Default()
//	req.Want = pol.Fill(req.Want)
//	verdict := pol.Decide(req, assessment, err != nil)
//
// A verdict is only ever tightened afterwards, and more findings never loosen
// one.
package policy

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"

	"github.com/caisson-dev/caisson"
)

//go:embed policy.toml
var defaultDocument []byte

// A Policy is a parsed policy document. The zero Policy denies everything. It
// never changes, and is safe for concurrent use.
type Policy struct {
	digest   string
	runtimes []string
	posture  caisson.Posture // the most that any code may do
	defaults caisson.Limits
	raise    []raise
	review   bar
	deny     bar
}

// A raise asks for a stronger place from a severity on.
type raise struct {
	severity int
	floor    caisson.Isolation
}

// A bar is a set of findings: by rule, or by severity.
type bar struct {
	rules    []string
	severity int // from here on; none when 0
}

// Default returns the policy for those who have none.
func Default() *Policy {
	p, err := Parse(defaultDocument)
	if err != nil {
		panic("policy: internal error: default document: " + err.Error())
	}
	return p
}

// DefaultDocument returns the document of the default policy, to read or to
// start one's own from.
func DefaultDocument() string { return string(defaultDocument) }

// Digest returns the SHA-256 of the document in hex. It names the policy in
// every verdict; the zero Policy has none.
func (p *Policy) Digest() string { return p.digest }

// Fill returns what a request asks for with the policy's defaults in place of
// each limit and isolation that it does not name. It adds no egress.
func (p *Policy) Fill(want caisson.Posture) caisson.Posture {
	if want.Isolation == 0 {
		want.Isolation = p.posture.Isolation
	}
	l, d := &want.Limits, p.defaults
	fill(&l.Wall, d.Wall)
	fill(&l.CPU, d.CPU)
	fill(&l.Memory, d.Memory)
	fill(&l.Disk, d.Disk)
	fill(&l.Inodes, d.Inodes)
	fill(&l.OpenFiles, d.OpenFiles)
	fill(&l.Output, d.Output)
	fill(&l.Processes, d.Processes)
	return want
}

func fill[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

func digest(document []byte) string {
	sum := sha256.Sum256(document)
	return hex.EncodeToString(sum[:])
}

// size writes a number of bytes as the document does.
func size(n int64) string {
	for _, u := range []struct {
		name  string
		shift int
	}{{"GiB", 30}, {"MiB", 20}, {"KiB", 10}} {
		if n >= 1<<u.shift && n%(1<<u.shift) == 0 {
			return fmt.Sprintf("%d%s", n>>u.shift, u.name)
		}
	}
	return fmt.Sprintf("%dB", n)
}

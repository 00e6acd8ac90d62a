// Package risk looks at code before it runs: what it needs, and what speaks
// against it. It never says "safe" and never decides: package policy turns an
// assessment into a verdict.
package risk

import (
	"context"

	"github.com/caisson-dev/caisson"
)

// An Assessor looks at a piece of code. It is safe for concurrent use.
type Assessor interface {
	// Assess returns what was seen, gravest finding first. Code that cannot be
	// parsed is a finding, not an error. An error means that the code was not
	// looked at, and the caller must treat it as code that looks bad.
	Assess(ctx context.Context, runtime, code string) (caisson.Assessment, error)
}

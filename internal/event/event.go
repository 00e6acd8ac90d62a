// Package event defines where facts go. A [Recorder] is durable and may
// refuse: no record, no run. Package audit is the one that keeps them in a
// chain of hashes.
package event

import (
	"context"

	"github.com/caisson-dev/caisson"
)

// A Recorder keeps events in the order in which they come. It is safe for
// concurrent use.
type Recorder interface {
	// Record puts events at the end of the record, all of them or none. They
	// are durable after the next Sync that returns nil.
	Record(ctx context.Context, events ...caisson.Event) error

	// Sync returns when all that was recorded before it is on stable storage.
	// After an error nothing may be taken as recorded, and the Recorder
	// refuses from then on.
	Sync(ctx context.Context) error
}

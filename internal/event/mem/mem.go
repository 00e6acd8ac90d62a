// Package mem gives an [event.Recorder] that keeps its events in memory and
// fails on demand: for tests, which look at what was recorded and at what
// happens when it cannot be.
package mem

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/event"
)

var _ event.Recorder = (*Recorder)(nil)

// ErrFull is the error of a Recorder that was told to fail.
var ErrFull = errors.New("record in memory: no room left")

// A Recorder keeps events in memory. The zero Recorder is empty and works. It
// is safe for concurrent use.
type Recorder struct {
	mu     sync.Mutex // guards what follows
	events []caisson.Event
	synced int
	fails  func(synced bool, e caisson.Event) bool
	err    error
}

// FailRecord makes the Record fail that brings an event of this kind. The
// Recorder refuses from then on.
func (r *Recorder) FailRecord(kind string) {
	r.failWhen(func(synced bool, e caisson.Event) bool { return !synced && e.Data.Kind() == kind })
}

// FailSync makes the Sync fail that would make an event of this kind durable.
// The Recorder refuses from then on.
func (r *Recorder) FailSync(kind string) {
	r.failWhen(func(synced bool, e caisson.Event) bool { return synced && e.Data.Kind() == kind })
}

func (r *Recorder) failWhen(f func(synced bool, e caisson.Event) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fails = f
}

// Record implements [event.Recorder].
func (r *Recorder) Record(_ context.Context, events ...caisson.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		if e.Data == nil {
			return errors.New("record in memory: event without data")
		}
	}
	if err := r.checkLocked(false, events); err != nil {
		return err
	}
	r.events = append(r.events, events...)
	return nil
}

// Sync implements [event.Recorder].
func (r *Recorder) Sync(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.checkLocked(true, r.events[r.synced:]); err != nil {
		return err
	}
	r.synced = len(r.events)
	return nil
}

func (r *Recorder) checkLocked(synced bool, events []caisson.Event) error {
	if r.err == nil && r.fails != nil && slices.ContainsFunc(events, func(e caisson.Event) bool { return r.fails(synced, e) }) {
		r.err = ErrFull
	}
	return r.err
}

// Events returns what was recorded, synced or not.
func (r *Recorder) Events() []caisson.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// Synced returns what is durable.
func (r *Recorder) Synced() []caisson.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events[:r.synced])
}

// Kinds returns the kinds of what was recorded, in order.
func (r *Recorder) Kinds() []string {
	var kinds []string
	for _, e := range r.Events() {
		kinds = append(kinds, e.Data.Kind())
	}
	return kinds
}

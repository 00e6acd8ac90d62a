package wasm

import (
	"sync"
	"time"
)

// patience is how much longer than it may a worker can take before it is
// killed: a guest's grace, and time for a machine that is busy.
const patience = grace + 4*time.Second

// A watchdog bites when its time is up. The time in which our own caller keeps
// us waiting does not count: that is no fault of the worker.
type watchdog struct {
	mu    sync.Mutex // guards what follows
	timer *time.Timer
	due   time.Time
	held  time.Time // since when our caller keeps us; zero when it does not
	bit   bool
}

// watch returns a watchdog that calls bite once, after d.
func watch(d time.Duration, bite func()) *watchdog {
	w := &watchdog{due: time.Now().Add(d)}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(d, func() {
		w.mu.Lock()
		if left := w.leftLocked(); left > 0 {
			w.timer.Reset(left)
			w.mu.Unlock()
			return
		}
		w.bit = true
		w.mu.Unlock()
		bite()
	})
	return w
}

func (w *watchdog) leftLocked() time.Duration {
	if !w.held.IsZero() {
		return w.due.Sub(w.held)
	}
	return time.Until(w.due)
}

// hurry makes it bite after d, when it would have later.
func (w *watchdog) hurry(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	from := time.Now()
	if !w.held.IsZero() {
		from = w.held
	}
	if due := from.Add(d); due.Before(w.due) && !w.bit {
		w.due = due
		if w.timer.Stop() {
			w.timer.Reset(d)
		}
	}
}

// hold runs what is our caller's.
func (w *watchdog) hold(f func()) {
	w.mu.Lock()
	w.held = time.Now()
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.due = w.due.Add(time.Since(w.held))
		w.held = time.Time{}
	}()
	f()
}

// stop ends the watch and says whether it bit.
func (w *watchdog) stop() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
	return w.bit
}

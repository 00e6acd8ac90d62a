package mem_test

import (
	"errors"
	"testing"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/event/eventtest"
	"github.com/caisson-dev/caisson/internal/event/mem"
)

func TestRecorder(t *testing.T) {
	eventtest.Run(t, func(*testing.T) eventtest.Opened {
		r := new(mem.Recorder)
		return eventtest.Opened{Recorder: r, Read: r.Synced}
	})
}

func TestRecordFailsOnDemand(t *testing.T) {
	r := new(mem.Recorder)
	r.FailRecord("execution.placed")
	if err := r.Record(t.Context(), caisson.Event{Data: caisson.Requested{}}); err != nil {
		t.Fatal(err)
	}
	if err := r.Record(t.Context(), caisson.Event{Data: caisson.Decided{}}, caisson.Event{Data: caisson.Placed{}}); !errors.Is(err, mem.ErrFull) {
		t.Errorf("Record of a placement = %v, want %v", err, mem.ErrFull)
	}
	if got := len(r.Events()); got != 1 {
		t.Errorf("%d events are recorded, want 1", got)
	}
	eventtest.Refuses(t, r)
}

func TestSyncFailsOnDemand(t *testing.T) {
	r := new(mem.Recorder)
	r.FailSync("execution.decided")
	if err := r.Record(t.Context(), caisson.Event{Data: caisson.Decided{}}); err != nil {
		t.Fatal(err)
	}
	if err := r.Sync(t.Context()); !errors.Is(err, mem.ErrFull) {
		t.Errorf("Sync of a decision = %v, want %v", err, mem.ErrFull)
	}
	if got := len(r.Synced()); got != 0 {
		t.Errorf("%d events are durable, want 0", got)
	}
	eventtest.Refuses(t, r)
}

package caisson_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/caisson-dev/caisson"
)

func TestCodeOf(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want caisson.Code
	}{
		{nil, ""},
		{errors.New("disk on fire"), caisson.Internal},
		{caisson.Errorf(caisson.NotFound, "no session"), caisson.NotFound},
		{fmt.Errorf("open: %w", caisson.Errorf(caisson.Exhausted, "too many")), caisson.Exhausted},
		{errors.Join(errors.New("first"), caisson.Errorf(caisson.Conflict, "later")), caisson.Conflict},
		{caisson.Errorf(caisson.Unavailable, "a: %w", caisson.Errorf(caisson.Invalid, "b")), caisson.Unavailable},
		{&caisson.Error{}, ""},
	} {
		if got := caisson.CodeOf(tt.err); got != tt.want {
			t.Errorf("CodeOf(%v) = %q, want %q", tt.err, got, tt.want)
		}
	}
}

func TestErrorfKeepsItsCause(t *testing.T) {
	err := caisson.Errorf(caisson.NotFound, "read %q: %w", "a.csv", fs.ErrNotExist)
	if err.Error() != `read "a.csv": file does not exist` {
		t.Errorf("message = %q", err.Error())
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("the cause is lost")
	}
	if plain := caisson.Errorf(caisson.Invalid, "no cause: %v", fs.ErrNotExist); plain.Unwrap() != nil {
		t.Errorf("Unwrap = %v, want nil without %%w", plain.Unwrap())
	}
}

// Codes and statuses are on the wire and in records: none may change.
func TestCodesAndStatusesKeepTheirNames(t *testing.T) {
	for got, want := range map[caisson.Code]string{
		caisson.Invalid: "invalid", caisson.Forbidden: "forbidden", caisson.NotFound: "not_found", caisson.Conflict: "conflict",
		caisson.Exhausted: "exhausted", caisson.Unsupported: "unsupported", caisson.Unavailable: "unavailable", caisson.Internal: "internal",
	} {
		if string(got) != want {
			t.Errorf("code %q, want %q", got, want)
		}
	}
	for got, want := range map[caisson.Status]string{
		caisson.Exited: "exited", caisson.Signaled: "signaled", caisson.TimedOut: "timed_out", caisson.OutOfMemory: "out_of_memory",
		caisson.OutputLimit: "output_limit", caisson.DiskLimit: "disk_limit", caisson.ProcessLimit: "process_limit",
		caisson.Killed: "killed", caisson.Lost: "lost",
	} {
		if string(got) != want {
			t.Errorf("status %q, want %q", got, want)
		}
	}
}

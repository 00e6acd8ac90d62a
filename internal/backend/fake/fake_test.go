package fake_test

import (
	"errors"
	"testing"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/backend/backendtest"
	"github.com/caisson-dev/caisson/internal/backend/fake"
)

func TestFakeKeepsTheContract(t *testing.T) {
	backendtest.Run(t, func(*testing.T) backend.Backend { return &fake.Backend{} }, backendtest.Options{
		MostMemory: fake.MostMemory + 1,
		Languages:  []backendtest.Language{language()},
	})
}

func language() backendtest.Language {
	return backendtest.Language{
		Runtime: fake.Runtime, Memory: 64 << 20,
		Print: "print hello", Streams: "print a\nerr b\nprint c", Exit3: "exit 3",
		Fail: "fail Oops boom", Exception: "Oops",
		Set: "set x 42", Get: "get x", Value: "value 42",
		Show: `show {"data":{"application/json":{"a":1}}}`, BadShow: "show {\nshow []\nshow {}\nshow \xff",
		Args: "args", Line: "line", Ignore: "pass",
		Spin: "spin", Sleep: "sleep 1h", Stubborn: "stubborn",
		Flood: "flood", FloodErr: "flooderr", FloodResults: "floodresults",
		Hog: "hog", FillDisk: "fill big", FillInodes: "fillnodes", FillOpen: "fillopen",
		Write: "write f content", Read: "read f", Random: "random",
	}
}

func TestFakeFailsOnDemand(t *testing.T) {
	b := &fake.Backend{}
	spec := caisson.Spec{Tenant: "t", Runtime: fake.Runtime, Posture: caisson.Posture{
		Isolation: caisson.IsolationShared, Limits: caisson.Limits{Wall: 1 << 40, CPU: 1 << 40, Memory: 1 << 20, Output: 100, Processes: 1}}}
	want := errors.New("on demand")
	b.Fail(fake.Create, want)
	if _, err := b.Create(t.Context(), spec); !errors.Is(err, want) {
		t.Errorf("Create: %v, want %v", err, want)
	}
	b.Fail(fake.Create, nil)
	in, err := b.Create(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	b.Fail(fake.Exec, want)
	if o, err := in.Exec(t.Context(), backend.Cmd{Code: "print 1"}); !errors.Is(err, want) || o.Status != "" || len(b.Ran()) != 0 {
		t.Errorf("Exec = %v, %v, ran %q; want %v and nothing", o, err, b.Ran(), want)
	}
	b.Fail(fake.Exec, nil)
	b.Fail(fake.Lose, want)
	if o, err := in.Exec(t.Context(), backend.Cmd{Code: "print 1"}); !errors.Is(err, want) || o.Status != caisson.Lost || len(b.Ran()) != 1 {
		t.Errorf("Exec = %v, %v, ran %q; want lost, %v and the code", o, err, b.Ran(), want)
	}
	b.Fail(fake.Close, want)
	if err := in.Close(); !errors.Is(err, want) || b.Open() != 0 {
		t.Errorf("Close = %v, %d open; want %v, 0", err, b.Open(), want)
	}
}

package caisson_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
)

func TestTightenTakesTheTighterOfEach(t *testing.T) {
	p := caisson.Posture{
		Isolation: caisson.IsolationShared,
		Limits:    caisson.Limits{Wall: time.Minute, CPU: time.Second, Memory: 8, Disk: 1, Inodes: 9, OpenFiles: 2, Output: 7, Processes: 3},
		Egress:    []string{"b", "a", "b"},
		Require:   []string{"seccomp"},
	}
	q := caisson.Posture{
		Isolation: caisson.IsolationVirtual,
		Limits:    caisson.Limits{Wall: time.Second, CPU: time.Minute, Memory: 4, Disk: 2, Inodes: 1, OpenFiles: 5, Output: 8, Processes: 1},
		Egress:    []string{"c", "b"},
		Require:   []string{"landlock", "seccomp"},
	}
	want := caisson.Posture{
		Isolation: caisson.IsolationVirtual,
		Limits:    caisson.Limits{Wall: time.Second, CPU: time.Second, Memory: 4, Disk: 1, Inodes: 1, OpenFiles: 2, Output: 7, Processes: 1},
		Egress:    []string{"b"},
		Require:   []string{"landlock", "seccomp"},
	}
	if got := p.Tighten(q); !reflect.DeepEqual(got, want) {
		t.Errorf("Tighten = %+v, want %+v", got, want)
	}
}

// A limit that is added to Limits and forgotten in Tighten would let a request
// keep what policy took away.
func TestTightenForgetsNoLimit(t *testing.T) {
	limits := reflect.TypeFor[caisson.Limits]()
	for i := range limits.NumField() {
		var high caisson.Limits
		reflect.ValueOf(&high).Elem().Field(i).SetInt(5)
		if got := high.Tighten(caisson.Limits{}); got != (caisson.Limits{}) {
			t.Errorf("Tighten(none) keeps %s", limits.Field(i).Name)
		}
		if got := high.Tighten(high); got != high {
			t.Errorf("Tighten(itself) loses %s", limits.Field(i).Name)
		}
	}
}

func TestLackingNamesTheWallsThatDoNotStand(t *testing.T) {
	p := caisson.Posture{Require: []string{"cgroup", "seccomp"}}
	if got := p.Lacking([]string{"seccomp", "landlock"}); !slices.Equal(got, []string{"cgroup"}) {
		t.Errorf("Lacking = %v, want [cgroup]", got)
	}
	if got := (caisson.Posture{}).Lacking(nil); len(got) != 0 {
		t.Errorf("Lacking of the zero posture = %v, want none", got)
	}
}

func FuzzTightenLaws(f *testing.F) {
	f.Add(uint8(1), int64(5), int64(7), "a,b", "seccomp", uint8(2), int64(4), int64(9), "b,c", "landlock", uint8(3), int64(1), "b")
	f.Add(uint8(0), int64(0), int64(0), "", "", uint8(2), int64(4), int64(9), "b", "", uint8(0), int64(0), "")
	f.Add(uint8(1), int64(-1), int64(1), "a,a", "x,x", uint8(1), int64(0), int64(0), "", "", uint8(1), int64(3), "a")
	f.Fuzz(func(t *testing.T, i1 uint8, a1, b1 int64, e1, r1 string, i2 uint8, a2, b2 int64, e2, r2 string, i3 uint8, a3 int64, e3 string) {
		p, q, r := posture(i1, a1, b1, e1, r1), posture(i2, a2, b2, e2, r2), posture(i3, a3, a3, e3, e3)
		pq := p.Tighten(q)
		for _, side := range []caisson.Posture{p, q} {
			if looser(pq, side) {
				t.Errorf("%+v.Tighten(%+v) = %+v, looser than a side", p, q, pq)
			}
		}
		if qp := q.Tighten(p); !reflect.DeepEqual(pq, qp) {
			t.Errorf("Tighten depends on the order: %+v and %+v", pq, qp)
		}
		if again := pq.Tighten(q); !reflect.DeepEqual(again, pq) {
			t.Errorf("tightened again by the same: %+v, want %+v", again, pq)
		}
		if own := pq.Tighten(pq); !reflect.DeepEqual(own, pq) {
			t.Errorf("tightened by itself: %+v, want %+v", own, pq)
		}
		// Without a floor nothing runs, so only postures that can run anything
		// must not depend on how three are grouped.
		if p.Isolation > 0 && q.Isolation > 0 && r.Isolation > 0 {
			if left, right := pq.Tighten(r), p.Tighten(q.Tighten(r)); !reflect.DeepEqual(left, right) {
				t.Errorf("Tighten depends on the grouping: %+v and %+v", left, right)
			}
		}
		for _, z := range []caisson.Posture{p.Tighten(caisson.Posture{}), caisson.Posture{}.Tighten(p)} {
			if !reflect.DeepEqual(z, caisson.Posture{}) {
				t.Errorf("tightened by nothing: %+v, want the zero posture", z)
			}
		}
	})
}

func posture(isolation uint8, a, b int64, egress, require string) caisson.Posture {
	return caisson.Posture{
		Isolation: caisson.Isolation(isolation % 4),
		Limits: caisson.Limits{
			Wall: time.Duration(a), CPU: time.Duration(b), Memory: a, Disk: b, Inodes: int(a), OpenFiles: int(b), Output: a, Processes: int(b),
		},
		Egress:  split(egress),
		Require: split(require),
	}
}

func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// looser reports whether p permits anything that q does not.
func looser(p, q caisson.Posture) bool {
	if reflect.DeepEqual(p, caisson.Posture{}) {
		return false
	}
	for _, h := range p.Egress {
		if !slices.Contains(q.Egress, h) {
			return true
		}
	}
	for _, w := range q.Require {
		if !slices.Contains(p.Require, w) {
			return true
		}
	}
	v, w := reflect.ValueOf(p.Limits), reflect.ValueOf(q.Limits)
	for i := range v.NumField() {
		if v.Field(i).Int() > w.Field(i).Int() {
			return true
		}
	}
	return p.Isolation < q.Isolation
}

func TestIsolationSurvivesText(t *testing.T) {
	for _, tt := range []struct {
		in   caisson.Isolation
		text string
	}{{caisson.IsolationShared, "shared"}, {caisson.IsolationMediated, "mediated"}, {caisson.IsolationVirtual, "virtual"}} {
		b, err := json.Marshal(tt.in)
		if err != nil || string(b) != `"`+tt.text+`"` {
			t.Errorf("Marshal(%d) = %s, %v, want %q", int(tt.in), b, err, tt.text)
		}
		var out caisson.Isolation
		if err := json.Unmarshal(b, &out); err != nil || out != tt.in {
			t.Errorf("Unmarshal(%s) = %v, %v, want %v", b, out, err, tt.in)
		}
	}
	for _, s := range []string{"", "none", "Shared", "isolation(0)", "4"} {
		if i, err := caisson.ParseIsolation(s); caisson.CodeOf(err) != caisson.Invalid || i != 0 {
			t.Errorf("ParseIsolation(%q) = %v, %v, want none and invalid", s, i, err)
		}
	}
	if got := caisson.Isolation(9).String(); got != "isolation(9)" {
		t.Errorf("String of an unknown floor = %q", got)
	}
	if !(caisson.IsolationShared < caisson.IsolationMediated && caisson.IsolationMediated < caisson.IsolationVirtual) {
		t.Error("floors do not grow from shared to virtual")
	}
}

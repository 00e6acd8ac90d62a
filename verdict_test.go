package caisson_test

import (
	"encoding/json"
	"testing"

	"github.com/caisson-dev/caisson"
)

func TestZeroVerdictDenies(t *testing.T) {
	var v caisson.Verdict
	if v.Action != caisson.Deny {
		t.Errorf("zero Verdict says %v, want deny", v.Action)
	}
	if v.Posture.Isolation != 0 || v.Posture.Limits != (caisson.Limits{}) || len(v.Posture.Egress) != 0 {
		t.Errorf("zero Verdict permits %+v, want nothing", v.Posture)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Action string }
	if err := json.Unmarshal(b, &got); err != nil || got.Action != "deny" {
		t.Errorf("zero Verdict is written as %s, want action deny", b)
	}
}

func TestActionSurvivesText(t *testing.T) {
	for a, text := range map[caisson.Action]string{caisson.Deny: "deny", caisson.Review: "review", caisson.Allow: "allow"} {
		b, err := a.MarshalText()
		if err != nil || string(b) != text {
			t.Errorf("MarshalText(%d) = %s, %v, want %s", int(a), b, err, text)
		}
		got := caisson.Action(-1)
		if err := got.UnmarshalText(b); err != nil || got != a {
			t.Errorf("UnmarshalText(%s) = %v, %v, want %v", b, got, err, a)
		}
	}
	for _, a := range []caisson.Action{-1, 3, 99} {
		if a.String() != "deny" {
			t.Errorf("action %d reads %q, want deny", int(a), a)
		}
	}
	for _, s := range []string{"", "Allow", "yes", "allow "} {
		var a caisson.Action
		if err := a.UnmarshalText([]byte(s)); caisson.CodeOf(err) != caisson.Invalid || a != caisson.Deny {
			t.Errorf("UnmarshalText(%q) = %v, %v, want deny and invalid", s, a, err)
		}
	}
}

func TestActionsGrowFromDenyToAllow(t *testing.T) {
	if !(caisson.Deny < caisson.Review && caisson.Review < caisson.Allow) {
		t.Error("actions do not grow from deny to allow: the lower of two must be the safer")
	}
}

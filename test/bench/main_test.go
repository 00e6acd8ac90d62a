package main

import (
	"strings"
	"testing"
)

const measured = `{"host":{"cpu":"Some CPU","memoryBytes":25276063744,"walls":["seccomp","landlock"]},"cases":[
	{"name":"wasm/python/fresh","n":200,"p50_ms":0.5432,"p99_ms":2,"per_second":1520.4,"memory_mib":0.9,"baseline":"python3 -I -c","baseline_p50_ms":10.26,"ratio_to_baseline":0.0529},
	{"name":"wasm/shell/cell","n":50,"p50_ms":123.4,"p99_ms":150}]}`

func TestPageShowsEachCaseAndTheHost(t *testing.T) {
	var b strings.Builder
	if err := page(&b, strings.NewReader(measured)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| cpu | Some CPU |\n| memoryBytes | 25276063744 |\n| walls | seccomp, landlock |\n",
		"| wasm/python/fresh | 200 | 0.543 | 2 | 1520 | 0.9 | python3 -I -c | 10.3 | 0.0529 |\n",
		"| wasm/shell/cell | 50 | 123 | 150 |  |  |  |  |  |\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page lacks %q:\n%s", want, b.String())
		}
	}
}

func TestPageRefusesAMeasurementWithoutCases(t *testing.T) {
	for _, in := range []string{"", "{}", `{"host":{},"cases":[]}`} {
		var b strings.Builder
		if err := page(&b, strings.NewReader(in)); err == nil || b.Len() > 0 {
			t.Errorf("page(%q) = %q, %v, want an error and nothing written", in, b.String(), err)
		}
	}
}

// Command bench turns what "caisson bench -o json" prints into
// docs/benchmarks.md. It reads standard input and writes standard output:
//
//	caisson bench -o json | go run ./test/bench
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	if err := page(os.Stdout, os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// A measurement is what the program prints. Zero means not measured.
type measurement struct {
	Host  map[string]any `json:"host"`
	Cases []struct {
		Name      string  `json:"name"`
		N         int     `json:"n"`
		P50       float64 `json:"p50_ms"`
		P99       float64 `json:"p99_ms"`
		PerSecond float64 `json:"per_second"`
		Memory    float64 `json:"memory_mib"`
		Baseline  string  `json:"baseline"`
		BaseP50   float64 `json:"baseline_p50_ms"`
		Ratio     float64 `json:"ratio_to_baseline"`
	} `json:"cases"`
}

const intro = `# Benchmarks

Written by "make bench" from "caisson bench -o json". Do not edit. What each
case is, "caisson bench --help" says. The baseline is the same work done by the
program named beside it, in the same run on the same host. The ratio is ours to
it: less is better.

`

// page writes the page for the measurement in r.
func page(w io.Writer, r io.Reader) error {
	var m measurement
	d := json.NewDecoder(r)
	d.UseNumber() // a size is shown with all its digits
	if err := d.Decode(&m); err != nil {
		return fmt.Errorf("read the measurement: %w", err)
	}
	if len(m.Cases) == 0 {
		return fmt.Errorf("the measurement has no cases")
	}
	var b strings.Builder
	b.WriteString(intro)
	b.WriteString("| host | |\n|---|---|\n")
	for _, k := range slices.Sorted(maps.Keys(m.Host)) {
		fmt.Fprintf(&b, "| %s | %s |\n", k, cell(m.Host[k]))
	}
	b.WriteString("\n| case | n | p50 ms | p99 ms | per second | memory MiB | baseline | its p50 ms | ratio |\n")
	b.WriteString("|---|---:|---:|---:|---:|---:|---|---:|---:|\n")
	for _, c := range m.Cases {
		fmt.Fprintf(&b, "| %s | %d | %s | %s | %s | %s | %s | %s | %s |\n", c.Name, c.N,
			number(c.P50), number(c.P99), number(c.PerSecond), number(c.Memory), c.Baseline, number(c.BaseP50), number(c.Ratio))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell writes a fact about the host on one line.
func cell(v any) string {
	list, ok := v.([]any)
	if !ok {
		return fmt.Sprint(v)
	}
	var words []string
	for _, x := range list {
		words = append(words, fmt.Sprint(x))
	}
	return strings.Join(words, ", ")
}

// number writes a measured value with three digits that matter.
func number(v float64) string {
	switch {
	case v == 0:
		return ""
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

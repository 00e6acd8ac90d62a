package main

import (
	"strings"
	"text/tabwriter"
)

// table lays out lines whose cells end with tabs.
func table(rows func(w *tabwriter.Writer)) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	rows(w)
	_ = w.Flush() // a strings.Builder takes all
	return b.String()
}

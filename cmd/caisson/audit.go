package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/audit"
)

func newAuditCommand(e env, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use: "audit", Short: "Check the record of what was run",
		Long: `Check the record of what was run. Every event is a line of JSON that holds the
digest of the line before it. Keep the digest of the newest line, which "head"
prints, somewhere else, and hand it to "verify" later: so lines cannot be taken
from the end unseen either.`,
		Args: cobra.NoArgs, RunE: showHelp,
	}
	f := formatText
	cmd.PersistentFlags().VarP(&f, "format", "o", "text or json")
	var head string
	verify := &cobra.Command{
		Use: "verify [DIR]", Short: "Check that nothing in the record was changed", Args: cobra.MaximumNArgs(1),
		Long: "Check that nothing in the record, or in a copy of it, was changed or taken out.\nExit codes: 0 it is whole, 1 it is not or could not be read.",
		RunE: func(cmd *cobra.Command, args []string) error { return verifyRecord(cmd.Context(), e, g, f, head, args) },
	}
	verify.Flags().StringVar(&head, "head", "", "digest of a line that must be there, as \"head\" printed it")
	cmd.AddCommand(verify, &cobra.Command{
		Use: "head", Short: "Print the digest of the newest line", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return answered(e, f, func() (any, string, error) {
				r, err := checkRecord(cmd.Context(), g, "", nil)
				if err == nil && !r.OK() {
					err = caisson.Errorf(caisson.Internal, "the record is not whole: %s", r.Faults[0])
				}
				return map[string]string{"head": r.Head}, r.Head + "\n", err
			})
		},
	})
	return cmd
}

func verifyRecord(ctx context.Context, e env, g *globals, f format, head string, args []string) error {
	whole := false
	err := answered(e, f, func() (any, string, error) {
		r, err := checkRecord(ctx, g, head, args)
		whole = r.OK()
		type wire struct {
			OK bool `json:"ok"`
			audit.Report
		}
		return wire{whole, r}, showReport(r), err
	})
	if err == nil && !whole {
		return quiet{code: 1}
	}
	return err
}

func checkRecord(ctx context.Context, g *globals, head string, args []string) (audit.Report, error) {
	conf, err := loadConfig(g.config)
	if err != nil {
		return audit.Report{}, err
	}
	dir := conf.audit()
	if len(args) > 0 {
		dir = args[0]
	}
	return audit.Verify(ctx, dir, head)
}

func showReport(r audit.Report) string {
	var b strings.Builder
	for _, f := range r.Faults {
		fmt.Fprintf(&b, "%s\n", f)
	}
	if r.Cut {
		fmt.Fprintf(&b, "and more\n")
	}
	if !r.OK() {
		fmt.Fprintf(&b, "the record is NOT whole: %d lines were read\n", r.Lines)
		return b.String()
	}
	fmt.Fprintf(&b, "the record is whole: %d lines", r.Lines)
	if r.Lines > 0 {
		fmt.Fprintf(&b, " from %s to %s", r.First.Local().Format(time.DateTime), r.Last.Local().Format(time.DateTime))
	}
	fmt.Fprintf(&b, "\nhead %s\n", r.Head)
	if n := len(r.Torn); n > 0 {
		fmt.Fprintf(&b, "%d writes were cut short, which is no fault: nothing in them had been confirmed\n", n)
	}
	return b.String()
}

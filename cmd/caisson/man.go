package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newManCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use: "man", Short: "Print the manual page", Args: cobra.NoArgs,
		Long:    "Print the manual page of this program, for man(1).",
		Example: "caisson man > ~/.local/share/man/man1/caisson.1",
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(e.out, manual(cmd.Root()))
			return err
		},
	}
}

// manual lays out all commands as one page, see man(7).
func manual(root *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH CAISSON 1\n.SH NAME\ncaisson \\- %s\n.SH SYNOPSIS\n.B caisson\n.I command\n[flags] [arguments]\n", roff(root.Short))
	fmt.Fprintf(&b, ".SH DESCRIPTION\n%s", roffText(root.Long))
	manFlags(&b, "Flags of every command:", root.PersistentFlags())
	b.WriteString(".SH COMMANDS\n")
	manCommands(&b, root)
	return b.String()
}

func manCommands(b *strings.Builder, of *cobra.Command) {
	for _, c := range of.Commands() {
		if !c.IsAvailableCommand() || c.Name() == "help" || c.Name() == "completion" {
			continue
		}
		fmt.Fprintf(b, ".SS %s\n", roff(c.UseLine()))
		if c.Long != "" {
			b.WriteString(roffText(c.Long))
		} else {
			b.WriteString(roffText(c.Short + "."))
		}
		manFlags(b, "Flags:", c.NonInheritedFlags())
		if c.Example != "" {
			fmt.Fprintf(b, ".PP\nExamples:\n.PP\n.nf\n%s\n.fi\n", roff(c.Example))
		}
		manCommands(b, c)
	}
}

func manFlags(b *strings.Builder, title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(b, ".PP\n%s\n", title)
	flags.VisitAll(func(f *pflag.Flag) {
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if f.Value.Type() != "bool" {
			name += " " + f.Value.Type()
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(name), roff(f.Usage))
	})
}

// roffText lays out help: paragraphs, and lines that are indented as they are.
func roffText(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case line == "":
			b.WriteString(".PP\n")
		case line[0] == '\t':
			fmt.Fprintf(&b, ".nf\n%s\n.fi\n", roff(line))
		default:
			fmt.Fprintf(&b, "%s\n", roff(line))
		}
	}
	return b.String()
}

// roff escapes what has a meaning in a manual page.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

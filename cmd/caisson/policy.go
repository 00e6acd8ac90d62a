package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/caisson-dev/caisson/internal/policy"
)

func newPolicyCommand(e env, g *globals) *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "Show the policy in force, or check one", Args: cobra.NoArgs, RunE: showHelp}
	cmd.AddCommand(
		&cobra.Command{
			Use: "show", Short: "Print the policy in force", Args: cobra.NoArgs,
			Long: "Print the policy in force, comments included: it is a good start for one of\nyour own, which caisson.toml or --policy names.",
			RunE: func(*cobra.Command, []string) error {
				conf, err := loadConfig(g.config)
				if err != nil {
					return err
				}
				text := []byte(policy.DefaultDocument())
				if conf.Policy.File != "" {
					if _, err := loadPolicy(conf, ""); err != nil {
						return err
					}
					if text, err = os.ReadFile(conf.Policy.File); err != nil {
						return err
					}
				}
				_, err = e.out.Write(text)
				return err
			},
		},
		&cobra.Command{
			Use: "check FILE", Short: "Say whether a policy is one", Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error {
				p, err := loadPolicy(config{}, args[0])
				if err != nil {
					return err
				}
				_, err = io.WriteString(e.out, fmt.Sprintf("%s is a policy, digest %s\n", args[0], p.Digest()))
				return err
			},
		},
	)
	return cmd
}

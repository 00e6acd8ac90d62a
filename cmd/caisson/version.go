package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// A versionWire says what this program is made of.
type versionWire struct {
	Version  string        `json:"version"`
	Commit   string        `json:"commit"` // empty when it was not built in a checkout
	Go       string        `json:"go"`
	Platform string        `json:"platform"`
	Runtimes []runtimeWire `json:"runtimes"`
}

type runtimeWire struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"` // of what the program carries
}

func newVersionCommand(e env) *cobra.Command {
	f := formatText
	cmd := &cobra.Command{
		Use: "version", Short: "Say which version this is, and of its runtimes", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return answered(e, f, func() (any, string, error) {
				v := version()
				return v, v.text(), nil
			})
		},
	}
	cmd.Flags().VarP(&f, "format", "o", "text or json")
	return cmd
}

func version() versionWire {
	v := versionWire{Version: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Runtimes: []runtimeWire{}}
	if info, ok := debug.ReadBuildInfo(); ok {
		v.Version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.Commit = s.Value
			}
		}
	}
	all, _ := runtimes() // without any, the list is empty, which says it
	for _, b := range all {
		v.Runtimes = append(v.Runtimes, runtimeWire{b.Name, b.Version, b.SHA256})
	}
	return v
}

func (v versionWire) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "caisson %s (%s, %s)\n", v.Version, v.Go, v.Platform)
	if v.Commit != "" {
		fmt.Fprintf(&b, "commit %s\n", v.Commit)
	}
	if len(v.Runtimes) == 0 {
		fmt.Fprintf(&b, "no runtimes: build it with \"make build\"\n")
	}
	for _, r := range v.Runtimes {
		fmt.Fprintf(&b, "%s %s\n", r.Name, r.Version)
	}
	return b.String()
}

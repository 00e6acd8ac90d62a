//go:build !wasip1

// Command shell is the shell guest. It is built for wasip1 only, by
// build/shell.sh; elsewhere it says so.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "shell: this is a guest: build it with GOOS=wasip1 (see internal/guest/build/shell.sh)")
	os.Exit(2)
}

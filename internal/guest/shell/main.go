//go:build !wasip1

package main

import (
	"fmt"
	"os"
)

// The guest is built for wasip1 only; elsewhere it says so.
func main() {
	fmt.Fprintln(os.Stderr, "shell: this is a guest: build it with internal/guest/build/shell.sh")
	os.Exit(2)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/caisson-dev/caisson/internal/backend/wasm"
)

// stageOf returns the part that this process plays when it was started by
// another caisson and not by a person.
func stageOf(args []string) (string, bool) {
	if len(args) == 2 && args[1] == wasm.Stage {
		return args[1], true
	}
	return "", false
}

// runStage plays it and returns the exit code.
func runStage(name string) int {
	err := errors.New("unknown stage " + name)
	if name == wasm.Stage {
		err = wasm.Work(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

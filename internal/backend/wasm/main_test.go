package wasm_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caisson-dev/caisson/internal/backend/wasm"
)

// hostile begins the name under which the test program is a worker that
// misbehaves: see [hostileWorker].
const hostile = "hostile-"

// The test program is its own worker, as the real one is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == wasm.Stage {
		if way, ok := strings.CutPrefix(filepath.Base(os.Args[0]), hostile); ok {
			hostileWorker(way)
			os.Exit(0)
		}
		if err := wasm.Work(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

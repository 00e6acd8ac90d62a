package backendtest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Require skips a test that this host or build cannot run, and says why. Where
// the environment's CAISSON_REQUIRE lists what is missing, as in "wasm,jail",
// it fails instead: a skip must be earned.
func Require(t testing.TB, what string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("CAISSON_REQUIRE"), ","), what) {
		t.Fatalf("%s is required here: %v", what, err)
	}
	t.Skipf("%s: %v", what, err)
}

// CacheDir returns a folder that outlives the test, for what takes seconds to
// make and is checked before it is used.
func CacheDir(t testing.TB) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		return t.TempDir()
	}
	return filepath.Join(dir, "caisson-test")
}

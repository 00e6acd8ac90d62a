package sys

import (
	"os"
	"testing"
	"time"
)

// The test program starts itself as a process that is locked in, and as a
// victim that such a process may not touch.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "victim":
			time.Sleep(time.Minute)
			os.Exit(0)
		case "attacker":
			attacker(os.Args[2], os.Args[3])
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

package sys

import (
	"os"
	"testing"
	"time"
)

// The test program starts itself as a process that is locked in, as a
// victim that such a process may not touch, as a host that is killed, and as a
// program that makes calls that are refused.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "victim":
			time.Sleep(time.Minute)
			os.Exit(0)
		case "host":
			host()
			os.Exit(0)
		case "refused":
			refused()
			os.Exit(0)
		case "spin":
			for spin := 0; ; spin++ {
			}
		case "eat":
			eat()
		case "bomb":
			bomb()
		case "send":
			send()
		case "owner":
			own()
			os.Exit(0)
		case "delegate":
			delegate()
			os.Exit(0)
		case "attacker":
			attacker(os.Args[2], os.Args[3])
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

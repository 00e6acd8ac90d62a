package sys

import (
	"fmt"
	"strings"
	"testing"
)

func TestLandlockOfPlans(t *testing.T) {
	launcher := startLauncher(t)
	newest, err := LandlockABI()
	if err != nil {
		requires(t, "container", err)
	}
	const tryAll = `
echo in > /tmp/in/file && mkdir /tmp/in/d && mv /tmp/in/file /tmp/in/d/ && cat /tmp/in/d/file
echo out > /tmp/out/file
LC_ALL=C mkdir /tmp/out/d
echo null > /dev/null
: < /dev/tcp/127.0.0.1/9`
	for abi := 1; abi <= newest; abi++ {
		for _, tcp := range []bool{false, true} {
			t.Run(fmt.Sprintf("version %d, TCP %v", abi, tcp), func(t *testing.T) {
				in, err := launcher.Launch(nil)
				if err != nil {
					requires(t, "container", err)
				}
				defer in.Close()
				var p Plan
				p.Umask(0)
				p.Mount("tmp", "/tmp", "tmpfs", 0, "mode=777")
				p.Mkdir("/tmp/in", 0o777)
				p.Mkdir("/tmp/out", 0o777)
				p.LoopbackUp()
				p.NoNewPrivileges()
				p.Landlock(abi, Reach{Folders: []string{"/tmp/in"}, Devices: []string{"/dev/null"}, TCP: tcp})
				if err := in.Run(&p); err != nil {
					t.Fatal(err)
				}
				got, _ := output(t, in, command("/bin/bash", "-c", tryAll))
				connects := "Connection refused"
				if abi >= 4 && !tcp {
					connects = "Permission denied"
				}
				for _, want := range []string{"in\n", "/tmp/out/file: Permission denied", "/tmp/out/d': Permission denied",
					"127.0.0.1/9: " + connects} {
					if !strings.Contains(got, want) {
						t.Errorf("no %q in\n%s", want, got)
					}
				}
				if strings.Contains(got, "/dev/null") {
					t.Errorf("nothing can be thrown away:\n%s", got)
				}
			})
		}
	}
}

func TestLandlockKeepsToWhatTheKernelKnows(t *testing.T) {
	for abi, want := range map[int]struct {
		attr  [3]uint64
		known int
	}{
		1: {[3]uint64{0x1fff}, 1},
		2: {[3]uint64{0x3fff}, 1},
		3: {[3]uint64{0x7fff}, 1},
		4: {[3]uint64{0x7fff, 3}, 2},
		5: {[3]uint64{0xffff, 3}, 2},
		6: {[3]uint64{0xffff, 3, 3}, 3},
		9: {[3]uint64{0xffff, 3, 3}, 3},
	} {
		if attr, known := landlockKnows(abi); attr != want.attr || known != want.known {
			t.Errorf("landlockKnows(%d) = %x, %d; want %x, %d", abi, attr, known, want.attr, want.known)
		}
	}
}

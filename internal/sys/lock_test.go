package sys

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// require skips a test for a jail that this host cannot build.
func require(t testing.TB, why any) {
	t.Helper()
	requires(t, "jail", why)
}

// requires skips a test for what this host cannot do; see package backendtest,
// which may import this one.
func requires(t testing.TB, what string, why any) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("CAISSON_REQUIRE"), ","), what) {
		t.Fatalf("%s is required here: %v", what, why)
	}
	t.Skip(why)
}

// attackFrom runs an attacker and returns what it tells, and its resource
// limits as the kernel has them.
func attackFrom(t *testing.T, how string, attr *syscall.SysProcAttr) (r account, limits string, err error) {
	t.Helper()
	dir, err := os.MkdirTemp("", "caisson-attack-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	abstract := fmt.Sprintf("@caisson-test-%d-%s", os.Getpid(), how)
	u, err := net.Listen("unix", abstract)
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	victim := exec.Command("/proc/self/exe", "victim")
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { victim.Process.Kill(); victim.Wait() }()
	what, err := json.Marshal(arena{Folder: dir, TCP: l.Addr().String(), Abstract: abstract, Victim: victim.Process.Pid})
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("/proc/self/exe", "attacker", how, string(what))
	c.SysProcAttr = attr
	var errs bytes.Buffer
	c.Stderr = &errs
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		return r, "", err
	}
	err = json.NewDecoder(out).Decode(&r)
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/limits", c.Process.Pid))
	in.Close()
	if ended := c.Wait(); err != nil {
		return r, "", fmt.Errorf("%w: %w: %s", err, ended, errs.String())
	}
	return r, string(text), nil
}

// blocked says whether an error is a wall's.
func blocked(number int) bool {
	switch syscall.Errno(number) {
	case unix.EPERM, unix.EACCES, unix.ENOSYS:
		return true
	}
	return false
}

// stopped checks that attacks fail, and tells which did before.
func stopped(t *testing.T, r account, attacks []attack) {
	t.Helper()
	var shown int
	for _, a := range attacks {
		n, ok := r.After[a.name]
		if !ok || !blocked(n) {
			t.Errorf("%s: %v after the lock, want it refused", a.name, syscall.Errno(n))
		}
		if before, ok := r.Before[a.name]; ok && !blocked(before) {
			shown++
		}
	}
	t.Logf("%d attacks, %d of which the host allows without the lock", len(attacks), shown)
	if shown < len(attacks)/4 {
		t.Errorf("only %d of %d attacks work without the lock: nothing is shown", shown, len(attacks))
	}
}

func TestLockStopsEveryAttack(t *testing.T) {
	for name, attr := range map[string]*syscall.SysProcAttr{"in namespaces": Isolated(), "without": Plain()} {
		t.Run(name, func(t *testing.T) {
			r, limits, err := attackFrom(t, "lock", attr)
			if err != nil && name == "in namespaces" {
				require(t, fmt.Sprintf("no namespaces: %v", err))
			}
			if err != nil || r.Error != "" {
				t.Fatal(err, r.Error)
			}
			if r.Works != "" {
				t.Errorf("a locked process does not work: %s", r.Works)
			}
			if syscall.Errno(r.Write) != unix.EFBIG {
				t.Errorf("a write to an open file: %v, want %v", syscall.Errno(r.Write), unix.EFBIG)
			}
			for _, limit := range []string{"Max core file size", "Max file size", "Max locked memory"} {
				if f := strings.Fields(restOf(limits, limit)); len(f) < 2 || f[0] != "0" || f[1] != "0" {
					t.Errorf("%s = %v, want 0", limit, f)
				}
			}
			if !slices.Contains(r.Stand, WallSeccomp) {
				require(t, fmt.Sprint("no seccomp: ", r.Missing))
			}
			stopped(t, r, attacks())
			if len(r.Missing) > 0 {
				require(t, fmt.Sprint("some walls are missing: ", r.Missing))
			}
		})
	}
}

// restOf returns what follows a name on its line.
func restOf(text, name string) string {
	_, rest, _ := strings.Cut(text, name)
	line, _, _ := strings.Cut(rest, "\n")
	return line
}

func TestLandlockAlone(t *testing.T) {
	r, _, err := attackFrom(t, "landlock", Plain())
	if err != nil || r.Error != "" {
		t.Fatal(err, r.Error)
	}
	if len(r.Stand) == 0 {
		require(t, fmt.Sprint(r.Missing))
	}
	stopped(t, r, fileAttacks())
	abi, _, _ := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if abi >= 6 {
		stopped(t, r, reachAttacks())
	} else if abi >= 4 {
		stopped(t, r, reachAttacks()[:1])
	}
	// It forbids no calls as such.
	if n := r.After["make memory run"]; blocked(n) {
		t.Errorf("make memory run: %v, by Landlock alone", syscall.Errno(n))
	}
}

func TestSeccompAlone(t *testing.T) {
	r, _, err := attackFrom(t, "seccomp", Plain())
	if err != nil || r.Error != "" {
		t.Fatal(err, r.Error)
	}
	if len(r.Stand) == 0 {
		require(t, fmt.Sprint(r.Missing))
	}
	if r.Works != "" {
		t.Errorf("a filtered process does not work: %s", r.Works)
	}
	stopped(t, r, attacks())
}

func TestCallsOfAnotherNumberingEndTheProcess(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("only amd64 has several")
	}
	_, _, err := attackFrom(t, "x32", Plain())
	if err == nil || !strings.Contains(err.Error(), "bad system call") {
		t.Errorf("a call by an x32 number: %v, want a process that was killed for it", err)
	}
}

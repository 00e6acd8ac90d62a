package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/caisson-dev/caisson"
)

// A diagnosis is what "doctor" found, all of it by trying.
type diagnosis struct {
	OK       bool            `json:"ok"` // the main job works: code of each runtime was run
	Host     hostWire        `json:"host"`
	Backends []backendCheck  `json:"backends"`
	Runtimes []runtimeCheck  `json:"runtimes"`
	Folders  []folderCheck   `json:"folders"`
	Kernel   []kernelFeature `json:"kernel"`
	Faults   []string        `json:"faults"` // why the main job does not work
}

type backendCheck struct {
	Name      string         `json:"name"`
	Works     bool           `json:"works"`
	Fault     string         `json:"fault,omitempty"`
	Isolation string         `json:"isolation"`
	Layers    []string       `json:"layers"` // what stands between code and host, innermost first
	Missing   []missingCheck `json:"missing"`
	Snapshot  bool           `json:"snapshot"`
	TookMs    float64        `json:"tookMs"`
}

type missingCheck struct {
	Wall   string `json:"wall"` // and why it does not stand
	Advice string `json:"advice"`
}

type runtimeCheck struct {
	Name    string  `json:"name"`
	Version string  `json:"version,omitempty"`
	Works   bool    `json:"works"`
	Fault   string  `json:"fault,omitempty"`
	TookMs  float64 `json:"tookMs"`
}

type folderCheck struct {
	Name      string `json:"name"`
	Path      string `json:"path"`
	Owner     int    `json:"owner"` // user number
	Mode      string `json:"mode"`
	FreeBytes int64  `json:"freeBytes"`
	Fault     string `json:"fault,omitempty"`
}

type kernelFeature struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func newDoctorCommand(e env, g *globals) *cobra.Command {
	f := formatText
	cmd := &cobra.Command{
		Use: "doctor", Short: "Find out what this host can do", Args: cobra.NoArgs,
		Long: `Find out what this host can do, by trying: workers are started, a line of code
of each language is run, and what holds them is listed. What the host cannot do
comes with what to do about it.

Exit codes: 0 code can be run here, 1 it cannot.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var d diagnosis
			err := answered(e, f, func() (any, string, error) {
				conf, err := loadConfig(g.config)
				if err != nil {
					return nil, "", err
				}
				d = diagnose(cmd.Context(), e, conf)
				return d, d.text(), nil
			})
			if err == nil && !d.OK {
				return quiet{code: 1}
			}
			return err
		},
	}
	cmd.Flags().VarP(&f, "format", "o", "text or json")
	return cmd
}

// trials are one line of code a runtime, which print 1.
var trials = map[string]string{"python": "print(1)", "javascript": "console.log(1)", "shell": "echo 1"}

func diagnose(ctx context.Context, e env, conf config) diagnosis {
	d := diagnosis{Host: thisHost(), Kernel: kernelFeatures(), Runtimes: []runtimeCheck{}, Backends: []backendCheck{}, Faults: []string{}}
	p, err := open(ctx, e, opening{config: conf})
	d.Folders = []folderCheck{lookAt("cache", conf.Cache.Folder), lookAt("state", conf.State.Folder), lookAt("record", conf.audit()), lookAt("sessions", conf.sessions())}
	if err != nil {
		d.Faults = append(d.Faults, err.Error())
		return d
	}
	if err := p.sweep(ctx); err != nil {
		d.Faults = append(d.Faults, err.Error())
	}
	for _, h := range p.hosts {
		d.Backends = append(d.Backends, h.check(ctx))
	}
	bundles, err := runtimes()
	if err != nil {
		d.Faults = append(d.Faults, err.Error())
	}
	for _, b := range bundles {
		r := p.tryRuntime(ctx, b.Name)
		r.Version = b.Version
		if !r.Works {
			d.Faults = append(d.Faults, fmt.Sprintf("%s does not run: %s", b.Name, r.Fault))
		}
		d.Runtimes = append(d.Runtimes, r)
	}
	if err := p.close(); err != nil {
		d.Faults = append(d.Faults, err.Error())
	}
	// The first worker may have made the cache.
	d.Folders[0] = lookAt("cache", conf.Cache.Folder)
	d.OK = len(d.Faults) == 0 && len(d.Runtimes) > 0
	return d
}

// check tries a backend.
func (h host) check(ctx context.Context) backendCheck {
	begin := time.Now()
	c, err := h.Probe(ctx)
	b := backendCheck{
		Name: h.name, Works: err == nil, Isolation: h.isolation.String(), Layers: list(c.Layers), Missing: []missingCheck{},
		Snapshot: c.Snapshot, TookMs: ms(time.Since(begin)),
	}
	if err != nil {
		b.Fault = err.Error()
	}
	for _, m := range c.Missing {
		b.Missing = append(b.Missing, missingCheck{m, advice(m)})
	}
	return b
}

// advice says what a person can do about a wall that does not stand.
func advice(missing string) string {
	wall, _, _ := strings.Cut(missing, ":")
	switch strings.TrimSpace(wall) {
	case "namespaces":
		return "let this user make user namespaces: user.max_user_namespaces above 0, kernel.unprivileged_userns_clone=1 on Debian, kernel.apparmor_restrict_unprivileged_userns=0 or a profile on Ubuntu; in a container, a seccomp profile that allows unshare"
	case "landlock":
		return "use Linux 5.13 or newer with landlock among the modules of the lsm= boot parameter"
	case "seccomp":
		return "use a kernel with CONFIG_SECCOMP_FILTER, and a container whose own profile allows seccomp"
	case "cgroup":
		return "run in a cgroup that is this user's, as with systemd-run --user --scope, or as root: without it a worker's memory is bounded by its sandboxes' limits alone"
	}
	return "see the threat model for what is lost without it"
}

// tryRuntime runs one line of code.
func (p *parts) tryRuntime(ctx context.Context, name string) runtimeCheck {
	r := runtimeCheck{Name: name}
	begin := time.Now()
	var out, errs bytes.Buffer
	x, err := p.engine.Execute(ctx, caisson.Request{
		Tenant: caisson.TenantLocal, Runtime: name, Code: trials[name], Script: true, Want: p.policy.Fill(caisson.Posture{}),
	}, caisson.Streams{Stdout: &out, Stderr: &errs})
	r.TookMs = ms(time.Since(begin))
	switch {
	case err != nil:
		r.Fault = err.Error()
	case x.Verdict.Action != caisson.Allow:
		r.Fault = "the policy does not allow it"
	case x.Outcome.Status != caisson.Exited || out.String() != "1\n":
		r.Fault = fmt.Sprintf("%s ended as %s with exit code %d and printed %.100q and %.200q", trials[name], x.Outcome.Status, x.Outcome.ExitCode, out.String(), errs.String())
	default:
		r.Works = true
	}
	return r
}

// lookAt describes a folder of ours.
func lookAt(name, path string) folderCheck {
	c := folderCheck{Name: name, Path: path}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		c.Fault = "it is not there yet: it is made when it is needed"
		return c
	}
	if err != nil {
		c.Fault = err.Error()
		return c
	}
	c.Mode = fmt.Sprintf("%04o", info.Mode().Perm())
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		c.Owner = int(st.Uid)
	}
	var space syscall.Statfs_t
	if err := syscall.Statfs(path, &space); err == nil {
		c.FreeBytes = int64(space.Bavail) * space.Bsize
	}
	switch {
	case c.Owner != os.Geteuid():
		c.Fault = "it belongs to another user"
	case info.Mode().Perm()&0o022 != 0:
		c.Fault = "others can write to it: run chmod go-w on it"
	case c.FreeBytes < 256<<20:
		c.Fault = "it has less than 256 MiB left"
	}
	return c
}

// kernelFeatures reads what the kernel says about itself. It explains what was
// tried; nothing is decided by it.
func kernelFeatures() []kernelFeature {
	var found []kernelFeature
	for _, f := range []struct{ name, path string }{
		{"security modules", "/sys/kernel/security/lsm"},
		{"user namespaces at most", "/proc/sys/user/max_user_namespaces"},
		{"unprivileged user namespaces", "/proc/sys/kernel/unprivileged_userns_clone"},
		{"apparmor restricts user namespaces", "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"},
		{"seccomp actions", "/proc/sys/kernel/seccomp/actions_avail"},
		{"cgroup controllers (version 2)", "/sys/fs/cgroup/cgroup.controllers"},
		{"memory overcommit", "/proc/sys/vm/overcommit_memory"},
	} {
		if text, err := os.ReadFile(f.path); err == nil {
			found = append(found, kernelFeature{f.name, strings.TrimSpace(string(text))})
		}
	}
	kvm := "no: /dev/kvm cannot be opened"
	if f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0); err == nil {
		f.Close()
		kvm = "yes"
	}
	return append(found, kernelFeature{"kvm", kvm})
}

func (d diagnosis) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "host      %s, %s, %d CPUs (%s), %s memory\n", d.Host.Kernel, d.Host.Arch, d.Host.CPUs, d.Host.CPU, showBytes(d.Host.MemoryBytes))
	for _, c := range d.Backends {
		if !c.Works {
			fmt.Fprintf(&b, "backend   %s does NOT work: %s\n", c.Name, c.Fault)
			continue
		}
		fmt.Fprintf(&b, "backend   %s works, isolation %s, held by %s (%.0f ms)\n", c.Name, c.Isolation, strings.Join(c.Layers, ", "), c.TookMs)
		for _, m := range c.Missing {
			fmt.Fprintf(&b, "          missing: %s\n          to have it: %s\n", m.Wall, m.Advice)
		}
	}
	for _, r := range d.Runtimes {
		if r.Works {
			fmt.Fprintf(&b, "runtime   %s %s works (%.0f ms)\n", r.Name, r.Version, r.TookMs)
		} else {
			fmt.Fprintf(&b, "runtime   %s %s does NOT work: %s\n", r.Name, r.Version, r.Fault)
		}
	}
	for _, f := range d.Folders {
		fmt.Fprintf(&b, "%-9s %s", f.Name, f.Path)
		if f.Mode != "" {
			fmt.Fprintf(&b, ", user %d, mode %s, %s free", f.Owner, f.Mode, showBytes(f.FreeBytes))
		}
		if f.Fault != "" {
			fmt.Fprintf(&b, ": %s", f.Fault)
		}
		b.WriteString("\n")
	}
	for _, k := range d.Kernel {
		fmt.Fprintf(&b, "kernel    %s: %s\n", k.Name, k.Value)
	}
	if d.OK {
		b.WriteString("\ncode can be run here\n")
		return b.String()
	}
	b.WriteString("\ncode can NOT be run here:\n")
	for _, f := range d.Faults {
		fmt.Fprintf(&b, "  %s\n", f)
	}
	return b.String()
}

package tools

import (
	"context"
	"crypto/rand"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// env prints the environment or runs a command with another one.
func env(ctx context.Context, c *Call) int {
	environ := c.Shell.Environ()
	end, dir := "\n", ""
	var split []string
	o := c.options("i,ignore-environment u=unset 0,null C=chdir S=split-string v,debug").operandsEnd()
	for o.next() {
		switch o.name {
		case "i":
			environ = []string{}
		case "u":
			environ = without(environ, o.value)
		case "0":
			end = "\x00"
		case "C":
			dir = c.path(o.value)
		case "S":
			split = strings.Fields(o.value)
		}
	}
	args := append(split, o.args...)
	if len(args) > 0 && args[0] == "-" {
		environ, args = []string{}, args[1:]
	}
	for len(args) > 0 && strings.Index(args[0], "=") > 0 {
		name, _, _ := strings.Cut(args[0], "=")
		environ, args = append(without(environ, name), args[0]), args[1:]
	}
	if len(args) > 0 {
		return c.start(ctx, Run{Args: args, Dir: dir, Environ: environ, In: c.In})
	}
	for _, kv := range environ {
		c.print(kv + end)
	}
	return 0
}

func without(environ []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(kv string) bool { return strings.HasPrefix(kv, name+"=") })
}

func printenv(ctx context.Context, c *Call) int {
	end := "\n"
	o := c.options("0,null")
	for o.next() {
		end = "\x00"
	}
	status := 0
	for _, kv := range c.Shell.Environ() {
		if len(o.args) == 0 {
			c.print(kv + end)
		}
	}
	for _, name := range o.args {
		found := false
		for _, kv := range c.Shell.Environ() {
			if k, v, _ := strings.Cut(kv, "="); k == name {
				c.print(v + end)
				found = true
			}
		}
		if !found {
			status = 1
		}
	}
	return status
}

// sleep sleeps; a sum of its operands, with units.
func sleep(ctx context.Context, c *Call) int {
	args := c.options("").end()
	if len(args) == 0 {
		c.usage(1, "missing operand")
	}
	total := time.Duration(0)
	for _, a := range args {
		d, ok := duration(a)
		if !ok {
			c.usage(1, "invalid time interval ‘%s’", a)
		}
		total += d
	}
	if !wait(ctx, total) {
		panic(abort{130})
	}
	return 0
}

// wait waits and reports whether it did so to the end.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func duration(s string) (time.Duration, bool) {
	unit := time.Second
	if s == "infinity" || s == "inf" {
		return math.MaxInt64, true
	}
	if n := len(s); n > 0 {
		if u := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[s[n-1]]; u > 0 {
			unit, s = u, s[:n-1]
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 0 || math.IsNaN(f) {
		return 0, false
	}
	return time.Duration(min(f*float64(unit), math.MaxInt64/2)), true
}

func timeout(ctx context.Context, c *Call) int {
	keep := false
	o := c.options("s=signal k=kill-after ,preserve-status ,foreground v,verbose").operandsEnd()
	for o.next() {
		keep = keep || o.name == "preserve-status"
	}
	if len(o.args) < 2 {
		c.usage(125, "missing operand")
	}
	d, ok := duration(o.args[0])
	if !ok {
		c.usage(125, "invalid time interval ‘%s’", o.args[0])
	}
	limited := ctx
	if d > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, d)
		defer cancel()
		limited = Yielding{limited}
	}
	status := c.run(limited, o.args[1:], c.In)
	if ctx.Err() == nil && limited.Err() != nil {
		if keep {
			return 128 + 15
		}
		return 124
	}
	return status
}

// nice runs a command as it is: what there is of priorities is settled outside.
func nice(ctx context.Context, c *Call) int {
	o := c.options("n=adjustment o=output e=error i=input c=class p=pid").operandsEnd()
	args := o.end()
	if len(args) == 0 {
		c.print("0\n")
		return 0
	}
	if c.Name == "setsid" || c.Name == "nohup" || c.Name == "nice" || c.Name == "ionice" || c.Name == "stdbuf" {
		return c.run(ctx, args, c.In)
	}
	return 0
}

func uname(ctx context.Context, c *Call) int {
	fields := []struct{ key, value string }{
		{"s", "Linux"}, {"n", "caisson"}, {"r", "6.0.0-caisson"}, {"v", "#1 caisson shell in WebAssembly"}, {"m", "wasm32"},
		{"p", "unknown"}, {"i", "unknown"}, {"o", "GNU/Linux"},
	}
	show := ""
	o := c.options("a,all s,kernel-name n,nodename r,kernel-release v,kernel-version m,machine p,processor i,hardware-platform o,operating-system")
	for o.next() {
		if o.name == "a" {
			show += "snrvmo"
		}
		show += o.name
	}
	var out []string
	for _, f := range fields {
		if strings.Contains(cmpOr(show, "s"), f.key) {
			out = append(out, f.value)
		}
	}
	c.print(strings.Join(out, " ") + "\n")
	return 0
}

func arch(ctx context.Context, c *Call) int { c.print("wasm32\n"); return 0 }

func hostname(ctx context.Context, c *Call) int { c.print("caisson\n"); return 0 }

func nproc(ctx context.Context, c *Call) int { c.print("1\n"); return 0 }

func whoami(ctx context.Context, c *Call) int { c.print("user\n"); return 0 }

func groups(ctx context.Context, c *Call) int { c.print("user\n"); return 0 }

func id(ctx context.Context, c *Call) int {
	what, name := "", false
	o := c.options("u,user g,group G,groups n,name r,real")
	for o.next() {
		switch o.name {
		case "n":
			name = true
		case "r":
		default:
			what = o.name
		}
	}
	switch {
	case what == "":
		c.print("uid=1000(user) gid=1000(user) groups=1000(user)\n")
	case name:
		c.print("user\n")
	default:
		c.print("1000\n")
	}
	return 0
}

func tty(ctx context.Context, c *Call) int {
	c.print("not a tty\n")
	return 1
}

func uptime(ctx context.Context, c *Call) int {
	c.printf(" %s up 0 min,  1 user,  load average: 0.00, 0.00, 0.00\n", time.Now().In(c.zone()).Format("15:04:05"))
	return 0
}

func df(ctx context.Context, c *Call) int {
	c.options("h,human-readable k T,print-type i a P B=block-size =output ,total m H t= x= l").end()
	c.die(1, "the disk of a sandbox is a quota that cannot be seen from inside; du shows what is used")
	return 1
}

func uuidgen(ctx context.Context, c *Call) int {
	c.options("r,random t,time").end()
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		c.die(1, "no randomness: %v", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	c.printf("%x-%x-%x-%x-%x\n", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	return 0
}

func syncTool(ctx context.Context, c *Call) int { return 0 }

// chown changes nothing: there is one user, who owns everything.
func chown(ctx context.Context, c *Call) int {
	o := c.options("R,recursive v f c h ,reference")
	args := o.end()
	if len(args) < 2 {
		c.usage(1, "missing operand")
	}
	status := 0
	for _, n := range args[1:] {
		if _, err := os.Stat(c.path(n)); err != nil {
			c.warn("cannot access '%s': %s", n, reason(err))
			status = 1
			continue
		}
		if owner, group, _ := strings.Cut(args[0], ":"); !slices.Contains([]string{"user", "1000", ""}, owner) || !slices.Contains([]string{"user", "1000", ""}, group) {
			c.warn("changing ownership of '%s': Operation not permitted", n)
			status = 1
		}
	}
	return status
}

// cal draws a month, or a year.
func cal(ctx context.Context, c *Call) int {
	now := time.Now().In(c.zone())
	y, m := now.Year(), int(now.Month())
	args := c.options("m y 3 s j h").end()
	switch len(args) {
	case 1:
		y, _ = strconv.Atoi(args[0])
		m = 0
	case 2:
		m, _ = strconv.Atoi(args[0])
		y, _ = strconv.Atoi(args[1])
	}
	if y < 1 || y > 9999 || m < 0 || m > 12 {
		c.usage(1, "not a month or year: %s", strings.Join(args, " "))
	}
	from, to := m, m
	if m == 0 {
		from, to = 1, 12
	}
	for m := from; m <= to; m++ {
		first := time.Date(y, time.Month(m), 1, 0, 0, 0, 0, time.UTC)
		title := first.Format("January 2006")
		c.print(strings.TrimRight(fmt.Sprintf("%*s%s", (20-len(title))/2, "", title), " ") + "\nSu Mo Tu We Th Fr Sa\n")
		line := strings.Repeat("   ", int(first.Weekday()))
		for d := first; d.Month() == time.Month(m); d = d.AddDate(0, 0, 1) {
			line += fmt.Sprintf("%2d ", d.Day())
			if d.Weekday() == time.Saturday {
				c.print(strings.TrimRight(line, " ") + "\n")
				line = ""
			}
		}
		if line != "" {
			c.print(strings.TrimRight(line, " ") + "\n")
		}
	}
	return 0
}

// ps and its like have nothing to show: a sandbox is one process that knows of
// no other.
func ps(ctx context.Context, c *Call) int {
	c.die(1, "nothing to show: a sandbox is a single process without a view of the machine")
	return 1
}

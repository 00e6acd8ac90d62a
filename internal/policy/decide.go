package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/caisson-dev/caisson"
)

// Decide answers whether the code of a request may run and how tightly it must
// be held: the most it may do, before what the request itself asks for. A
// denied verdict has the zero Posture. assessErr says that the code could not
// be assessed, which denies it.
func (p *Policy) Decide(req caisson.Request, a caisson.Assessment, assessErr bool) caisson.Verdict {
	v := caisson.Verdict{
		Action:   caisson.Allow,
		Posture:  p.posture,
		Findings: slices.Clone(a.Findings),
		Needs:    slices.Clone(a.Needs),
		Policy:   p.digest,
	}
	v.Posture.Egress = slices.Clone(p.posture.Egress)
	v.Posture.Require = slices.Clone(p.posture.Require)

	name, _, _ := strings.Cut(req.Runtime, "@") // a policy may name a version, or all of them
	if !slices.Contains(p.runtimes, name) && !slices.Contains(p.runtimes, req.Runtime) {
		deny(&v, "policy.runtime-not-allowed", fmt.Sprintf("The policy does not allow the runtime %q. It allows: %s.", cut(req.Runtime), list(p.runtimes)))
	}
	if assessErr {
		// Code nobody could look at is not code that looks safe.
		deny(&v, "policy.unassessed", "The code could not be assessed, and unassessed code is not run. Send it again; if that fails, simplify it.")
	}
	for _, f := range a.Findings {
		p.weigh(&v, f)
	}
	p.advise(&v, req)
	if v.Action == caisson.Deny {
		v.Posture = caisson.Posture{}
	}
	slices.SortStableFunc(v.Findings, func(a, b caisson.Finding) int { return cmp.Compare(b.Severity, a.Severity) })
	return v
}

// weigh tightens a verdict by one finding.
func (p *Policy) weigh(v *caisson.Verdict, f caisson.Finding) {
	for _, r := range p.raise {
		if f.Severity >= r.severity {
			v.Posture.Isolation = max(v.Posture.Isolation, r.floor)
		}
	}
	switch {
	case p.deny.has(f):
		deny(v, "policy.denied", fmt.Sprintf("The policy refuses code with the finding %q. Change the code as that finding says.", f.Rule))
	case p.review.has(f) && v.Action == caisson.Allow:
		v.Action = caisson.Review
	}
}

func (b bar) has(f caisson.Finding) bool {
	return b.severity > 0 && f.Severity >= b.severity || slices.Contains(b.rules, f.Rule)
}

func deny(v *caisson.Verdict, rule, message string) {
	v.Action = caisson.Deny
	v.Findings = append(v.Findings, caisson.Finding{Rule: rule, Severity: 100, Message: message})
}

// advise tells the caller what the sandbox will not give, before the code finds
// out by failing. It is advice: the code may do without.
func (p *Policy) advise(v *caisson.Verdict, req caisson.Request) {
	note := func(rule, message string) {
		v.Findings = append(v.Findings, caisson.Finding{Rule: rule, Severity: 10, Message: message})
	}
	open := slices.ContainsFunc(req.Want.Egress, func(h string) bool { return slices.Contains(p.posture.Egress, h) })
	if slices.Contains(v.Needs, caisson.NeedNetwork) && !open {
		m := "The code looks as if it needs a network, and the sandbox has none: connections will fail. Send the data it needs as files."
		if len(p.posture.Egress) > 0 {
			m = "The code looks as if it needs a network, and the request opens none: connections will fail. Ask for the hosts it needs; the policy permits some."
		}
		note("any.needs-network", m)
	}
	processes := p.posture.Limits.Processes
	if req.Want.Limits.Processes > 0 {
		processes = min(processes, req.Want.Limits.Processes)
	} else {
		processes = min(processes, p.defaults.Processes)
	}
	if slices.Contains(v.Needs, caisson.NeedSubprocess) && processes < 2 {
		note("any.needs-subprocess", "The code looks as if it starts other programs, and the sandbox permits one process: they will not start. Do the work in the language itself, or ask for more processes.")
	}
	for _, h := range req.Want.Egress {
		if !slices.Contains(p.posture.Egress, h) {
			note("policy.egress-closed", fmt.Sprintf("The policy does not open the host %q: connections to it will fail.", cut(h)))
			break
		}
	}
	for _, k := range lowered(req.Want.Limits, p.posture.Limits) {
		note("policy.limit-lowered", fmt.Sprintf("The request asks for more %s than the policy permits: the limit is %s.", k.name, k.max))
	}
}

// A lowering is one limit of a request above the policy's.
type lowering struct{ name, max string }

func lowered(want, most caisson.Limits) []lowering {
	var ls []lowering
	add := func(more bool, name, max string) {
		if more {
			ls = append(ls, lowering{name, max})
		}
	}
	add(want.Wall > most.Wall, "wall time", most.Wall.String())
	add(want.CPU > most.CPU, "processor time", most.CPU.String())
	add(want.Memory > most.Memory, "memory", size(most.Memory))
	add(want.Disk > most.Disk, "disk", size(most.Disk))
	add(want.Inodes > most.Inodes, "files", fmt.Sprint(most.Inodes))
	add(want.OpenFiles > most.OpenFiles, "open files", fmt.Sprint(most.OpenFiles))
	add(want.Output > most.Output, "output", size(most.Output))
	add(want.Processes > most.Processes, "processes", fmt.Sprint(most.Processes))
	return ls
}

func cut(s string) string {
	if len(s) > 64 {
		return s[:64]
	}
	return s
}

// Package syntax gives an assessor that reads code without running it: Python,
// JavaScript and shell, each through a small reader, against one table of rules.
//
// A reader turns code into a [program]: the calls it makes, by their full names
// and with what is known of their arguments, the files it writes and removes,
// the literal strings in it. Code inside code is read as well: the shell
// command of os.system, the Python of python3 -c. Rules look at programs only,
// so that one rule serves all three languages.
//
// The code is hostile. At most [Limit] bytes of it are read, nesting is cut,
// what is put together from parts has a budget, and a reader that fails is an
// error, never silence. What it says is a reason to hold code more tightly:
// nothing seen does not mean safe, and package policy decides, not this one.
package syntax

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/caisson-dev/caisson"
)

// Limit is how many bytes of code are read. Code that is longer has a finding.
const Limit = 1 << 20

// An Assessor reads Python, JavaScript and shell. Its zero value is ready, and
// it is safe for concurrent use.
type Assessor struct {
	// Unread are runtimes whose code is known to have no reader: that it was
	// not looked at is a finding, which policy can weigh.
	Unread []string
}

// unread is the finding of code in a language without a reader.
var unread = caisson.Finding{Rule: "any.unread-language", Severity: 40,
	Message: "Code in this language cannot be read beforehand, so nothing is known of what it does."}

// Assess reads the code of one runtime, of which an "@version" is ignored. A
// runtime that it cannot read is a finding where that is known, else an error:
// its code was not looked at.
func (r Assessor) Assess(ctx context.Context, runtime, code string) (a caisson.Assessment, err error) {
	defer func() {
		// The parsers below are large and their input is hostile.
		if r := recover(); r != nil {
			a, err = caisson.Assessment{}, fmt.Errorf("assess %s code: reader failed: %v", runtime, r)
		}
	}()
	if err := ctx.Err(); err != nil {
		return caisson.Assessment{}, err
	}
	name, _, _ := strings.Cut(runtime, "@")
	lang, ok := languages[name]
	if !ok && slices.Contains(r.Unread, name) {
		return caisson.Assessment{Findings: []caisson.Finding{unread}, Needs: []caisson.Need{caisson.NeedNative}}, nil
	}
	if !ok {
		return caisson.Assessment{}, fmt.Errorf("assess %q code: no reader for this runtime", runtime)
	}
	p := newProgram(name)
	if len(code) > Limit {
		code, p.cut = code[:Limit], true
	}
	p.read(lang, code, 0)
	if err := ctx.Err(); err != nil {
		return caisson.Assessment{}, err
	}
	return caisson.Assessment{Findings: p.findings(), Needs: p.needs()}, nil
}

var languages = map[string]language{"python": python, "javascript": javascript, "shell": shell}

// findings holds the program against every rule: one finding a rule, at the
// first line that it speaks of.
func (p *program) findings() []caisson.Finding {
	var fs []caisson.Finding
	for i := range rules {
		r := &rules[i]
		line, ok := r.match(p)
		if !ok {
			continue
		}
		id := r.id
		if rest, ok := strings.CutPrefix(id, "*."); ok {
			id = p.runtime + "." + rest
		}
		fs = append(fs, caisson.Finding{
			Rule: id, Severity: r.severity, Line: line, Message: r.message, Technique: r.technique,
		})
	}
	slices.SortStableFunc(fs, func(a, b caisson.Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule))
	})
	return fs
}

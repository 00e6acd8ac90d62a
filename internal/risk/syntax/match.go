package syntax

import "strings"

// find returns the first call of one of the names that passes the test; a nil
// test passes all. started is the same for programs that are started.
func (p *program) find(names []string, test func(*call) bool) (int, bool) {
	best := -1
	for _, n := range names {
		best = p.earliest(best, n, test)
	}
	return p.lineOf(best)
}

func (p *program) started(names []string, test func(*call) bool) (int, bool) {
	best := -1
	for _, n := range names {
		best = p.earliest(best, "$"+n, test)
	}
	return p.lineOf(best)
}

// findIn and startedIn are the same for a table of names.
func (p *program) findIn(names map[string]bool, test func(*call) bool) (int, bool) {
	best := -1
	for n := range names {
		best = p.earliest(best, n, test)
	}
	return p.lineOf(best)
}

func (p *program) startedIn(names map[string]bool, test func(*call) bool) (int, bool) {
	best := -1
	for n := range names {
		best = p.earliest(best, "$"+n, test)
	}
	return p.lineOf(best)
}

func (p *program) lineOf(i int) (int, bool) {
	if i < 0 {
		return 0, false
	}
	return p.calls[i].line, true
}

// earliest returns the index of the first such call, if it stands before best;
// best is below zero when there is none yet.
func (p *program) earliest(best int, name string, test func(*call) bool) int {
	for _, i := range p.byName[name] {
		if best >= 0 && i >= best {
			break
		}
		if test == nil || test(&p.calls[i]) {
			return i
		}
	}
	return best
}

// each returns the first call that passes the test.
func (p *program) each(test func(*call) bool) (int, bool) {
	for i := range p.calls {
		if test(&p.calls[i]) {
			return p.calls[i].line, true
		}
	}
	return 0, false
}

func anyText(ts []touch, test func(string) bool) (int, bool) {
	for _, t := range ts {
		if test(t.path) {
			return t.line, true
		}
	}
	return 0, false
}

// either returns the first of several searches that finds something.
func either(fs ...func() (int, bool)) (int, bool) {
	for _, f := range fs {
		if line, ok := f(); ok {
			return line, true
		}
	}
	return 0, false
}

func containsAny(s string, subs []string) bool {
	for _, sub := range subs {
		if strings.Contains(s, sub) {
			return true
		}
	}
	return false
}

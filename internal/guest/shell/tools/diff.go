package tools

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// An edit is one change between two files: lines a1 up to a2 of the first
// become lines b1 up to b2 of the second, counted from 0.
type edit struct{ a1, a2, b1, b2 int }

// compareLines returns the edits that turn a into b, few and short ones.
func compareLines(ctx context.Context, a, b []string) []edit {
	numbers := map[string]int{}
	number := func(lines []string) []int {
		out := make([]int, len(lines))
		for i, l := range lines {
			n, ok := numbers[l]
			if !ok {
				n = len(numbers)
				numbers[l] = n
			}
			out[i] = n
		}
		return out
	}
	d := differ{ctx: ctx, a: number(a), b: number(b)}
	d.gone, d.new = make([]bool, len(a)+1), make([]bool, len(b)+1)
	d.compare(0, len(a), 0, len(b))
	slide(d.a, d.gone, d.new)
	slide(d.b, d.new, d.gone)
	return d.edits()
}

// A differ finds what differs by Myers' algorithm in linear space.
type differ struct {
	ctx       context.Context
	a, b      []int
	gone, new []bool
}

func (d *differ) compare(a1, a2, b1, b2 int) {
	for a1 < a2 && b1 < b2 && d.a[a1] == d.b[b1] {
		a1, b1 = a1+1, b1+1
	}
	for a1 < a2 && b1 < b2 && d.a[a2-1] == d.b[b2-1] {
		a2, b2 = a2-1, b2-1
	}
	switch {
	case a1 == a2:
		for ; b1 < b2; b1++ {
			d.new[b1] = true
		}
	case b1 == b2:
		for ; a1 < a2; a1++ {
			d.gone[a1] = true
		}
	default:
		x, y := d.middle(a1, a2, b1, b2)
		d.compare(a1, x, b1, y)
		d.compare(x, a2, y, b2)
	}
}

// middle returns a point that a shortest path passes.
func (d *differ) middle(a1, a2, b1, b2 int) (int, int) {
	n, m := a2-a1, b2-b1
	delta := n - m
	limit := (n+m+1)/2 + 1
	off := limit + 1
	fwd, bwd := make([]int, 2*off+1), make([]int, 2*off+1)
	for k := 0; k <= limit; k++ {
		check(d.ctx)
		for i := -k; i <= k; i += 2 {
			x := 0
			if i == -k || i != k && fwd[off+i-1] < fwd[off+i+1] {
				x = fwd[off+i+1]
			} else {
				x = fwd[off+i-1] + 1
			}
			y := x - i
			for x < n && y >= 0 && y < m && d.a[a1+x] == d.b[b1+y] {
				x, y = x+1, y+1
			}
			fwd[off+i] = x
			if j := delta - i; delta%2 != 0 && j >= -(k-1) && j <= k-1 && x+bwd[off+j] >= n && x <= n && y >= 0 && y <= m {
				return a1 + x, b1 + y
			}
		}
		for i := -k; i <= k; i += 2 {
			x := 0
			if i == -k || i != k && bwd[off+i-1] < bwd[off+i+1] {
				x = bwd[off+i+1]
			} else {
				x = bwd[off+i-1] + 1
			}
			y := x - i
			for x < n && y >= 0 && y < m && d.a[a2-1-x] == d.b[b2-1-y] {
				x, y = x+1, y+1
			}
			bwd[off+i] = x
			if j := delta - i; delta%2 == 0 && j >= -k && j <= k && x+fwd[off+j] >= n && x <= n && y >= 0 && y <= m {
				return a2 - x, b2 - y
			}
		}
	}
	return a2, b1 // all of a goes, all of b comes
}

// slide moves each run of changed lines down as far as equal lines allow, and
// joins those that meet, as people expect hunks to look.
func slide(lines []int, changed, other []bool) {
	i, j := 0, 0
	for {
		for i < len(lines) && !changed[i] {
			for other[j] {
				j++
			}
			i, j = i+1, j+1
		}
		if i >= len(lines) {
			return
		}
		start := i
		for i < len(lines) && changed[i] {
			i++
		}
		for {
			for j < len(other)-1 && other[j] {
				j++
			}
			if i >= len(lines) || changed[i] || lines[start] != lines[i] || j > 0 && i > start && other[j] {
				break
			}
			changed[start], changed[i] = false, true
			start, i, j = start+1, i+1, j+1
			for i < len(lines) && changed[i] {
				i++
			}
		}
	}
}

func (d *differ) edits() (all []edit) {
	i, j := 0, 0
	for i < len(d.a) || j < len(d.b) {
		if !d.gone[i] && !d.new[j] {
			i, j = i+1, j+1
			continue
		}
		e := edit{a1: i, b1: j}
		for i < len(d.a) && d.gone[i] {
			i++
		}
		for j < len(d.b) && d.new[j] {
			j++
		}
		e.a2, e.b2 = i, j
		all = append(all, e)
	}
	return all
}

// A diffRun is one run of diff.
type diffRun struct {
	*Call
	unified, context                   int // lines around a change, -1 when not in that form
	brief, same, recursive, newFile    bool
	fold, blanks, allBlanks, skipBlank bool
	trailing, side, text, stripCR      bool
	labels                             []string
	exclude                            []string
	ignore                             *regexp.Regexp
	options                            string
	status                             int
}

func diff(ctx context.Context, c *Call) int {
	d := diffRun{Call: c, unified: -1, context: -1}
	o := c.options("u U=unified c C=context q,brief s,report-identical-files r,recursive N,new-file i,ignore-case b,ignore-space-change w,ignore-all-space " +
		"B,ignore-blank-lines Z,ignore-trailing-space y,side-by-side a,text L=label x=exclude I=ignore-matching-lines W=width e n d,minimal p t ?color ,strip-trailing-cr ,normal ,suppress-common-lines")
	for o.next() {
		switch o.name {
		case "u":
			d.unified = max(d.unified, 3)
		case "U":
			d.unified = int(o.number("context length"))
		case "c":
			d.context = max(d.context, 3)
		case "C":
			d.context = int(o.number("context length"))
		case "q":
			d.brief = true
		case "s":
			d.same = true
		case "r":
			d.recursive = true
		case "N":
			d.newFile = true
		case "i":
			d.fold = true
		case "b":
			d.blanks = true
		case "w":
			d.allBlanks = true
		case "B":
			d.skipBlank = true
		case "Z":
			d.trailing = true
		case "y":
			d.side = true
		case "a":
			d.text = true
		case "L":
			d.labels = append(d.labels, o.value)
		case "x":
			d.exclude = append(d.exclude, o.value)
		case "strip-trailing-cr":
			d.stripCR = true
		case "I":
			re, err := compileBasic(o.value)
			if err != nil {
				c.die(2, "%v", err)
			}
			d.ignore = re
		case "e", "n":
			c.die(2, "-%s is not available here; use -u", o.name)
		}
	}
	if d.side {
		c.die(2, "-y is not available here; use -u")
	}
	c.needTwo(o.args)
	for _, a := range c.Args {
		if strings.HasPrefix(a, "-") && len(a) > 1 {
			d.options += " " + a
		}
	}
	d.pair(ctx, o.args[0], o.args[1], true)
	return d.status
}

func (d *diffRun) pair(ctx context.Context, a, b string, top bool) {
	fa, errA := d.info(a)
	fb, errB := d.info(b)
	for _, m := range []struct {
		name string
		err  error
	}{{a, errA}, {b, errB}} {
		if m.err != nil && !(d.newFile && !(errA != nil && errB != nil)) {
			d.warn("%s: %s", m.name, reason(m.err))
			d.status = 2
		}
	}
	if (errA != nil || errB != nil) && (!d.newFile || errA != nil && errB != nil) {
		return
	}
	dirA, dirB := errA == nil && fa.IsDir(), errB == nil && fb.IsDir()
	switch {
	case dirA && dirB:
		d.folders(ctx, a, b, top)
	case top && dirA:
		d.pair(ctx, strings.TrimSuffix(a, "/")+"/"+baseOf(b), b, false)
	case top && dirB:
		d.pair(ctx, a, strings.TrimSuffix(b, "/")+"/"+baseOf(a), false)
	case dirA != dirB && errA == nil && errB == nil:
		kind := map[bool]string{true: "a directory", false: "a regular file"}
		d.printf("File %s is %s while file %s is %s\n", a, kind[dirA], b, kind[dirB])
		d.status = max(d.status, 1)
	default:
		d.files(ctx, a, b, !top)
	}
}

func baseOf(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

func (d *diffRun) info(name string) (fs.FileInfo, error) {
	if name == "-" {
		return device{name}, nil
	}
	return stat(d.path(name))
}

func (d *diffRun) folders(ctx context.Context, a, b string, top bool) {
	if !top && !d.recursive {
		d.printf("Common subdirectories: %s and %s\n", a, b)
		return
	}
	names := map[string]int{}
	for i, dir := range []string{a, b} {
		list, err := os.ReadDir(d.path(dir))
		if err != nil {
			d.warn("%s: %s", dir, reason(err))
			d.status = 2
		}
		for _, e := range list {
			names[e.Name()] |= 1 << i
		}
	}
	var sorted []string
	for n := range names {
		if !anyGlob(d.exclude, n) {
			sorted = append(sorted, n)
		}
	}
	slices.Sort(sorted)
	join := func(dir, n string) string { return strings.TrimSuffix(dir, "/") + "/" + n }
	for _, n := range sorted {
		if names[n] != 3 && !d.newFile {
			d.printf("Only in %s: %s\n", []string{"", a, b}[names[n]], n)
			d.status = max(d.status, 1)
			continue
		}
		d.pair(ctx, join(a, n), join(b, n), false)
	}
}

func (d *diffRun) content(name string) []byte {
	if name == "-" {
		return d.readAll("-")
	}
	b, err := os.ReadFile(d.path(name))
	if d.path(name) == os.DevNull {
		return nil
	}
	if err != nil && !d.newFile {
		d.die(2, "%s: %s", name, reason(err))
	}
	return b
}

func (d *diffRun) files(ctx context.Context, a, b string, named bool) {
	ca, cb := d.content(a), d.content(b)
	if bytes.Equal(ca, cb) {
		if d.same {
			d.printf("Files %s and %s are identical\n", a, b)
		}
		return
	}
	if !d.text && (bytes.IndexByte(ca[:min(len(ca), 8<<10)], 0) >= 0 || bytes.IndexByte(cb[:min(len(cb), 8<<10)], 0) >= 0) {
		d.printf("Binary files %s and %s differ\n", a, b)
		d.status = max(d.status, 1)
		return
	}
	la, endA := textLines(ca)
	lb, endB := textLines(cb)
	ka, kb := d.keys(la, endA), d.keys(lb, endB)
	edits := slices.DeleteFunc(compareLines(ctx, ka, kb), func(e edit) bool { return d.ignorable(la[e.a1:e.a2], lb[e.b1:e.b2]) })
	if len(edits) == 0 {
		return
	}
	d.status = max(d.status, 1)
	if d.brief {
		d.printf("Files %s and %s differ\n", a, b)
		return
	}
	if named {
		d.printf("diff%s %s %s\n", d.options, a, b)
	}
	switch {
	case d.unified >= 0:
		d.header("---", "+++", a, b)
		for _, h := range hunks(edits, d.unified) {
			d.unifiedHunk(h, la, lb, endA, endB)
		}
	case d.context >= 0:
		d.header("***", "---", a, b)
		for _, h := range hunks(edits, d.context) {
			d.contextHunk(h, la, lb, endA, endB)
		}
	default:
		d.normal(edits, la, lb, endA, endB)
	}
}

// textLines splits a file into lines and says whether the last has its end.
func textLines(b []byte) ([]string, bool) {
	if len(b) == 0 {
		return nil, true
	}
	s := string(b)
	end := strings.HasSuffix(s, "\n")
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n"), end
}

var blankRun = regexp.MustCompile(`[ \t\r\f\v]+`)

// keys returns what lines compare by.
func (d *diffRun) keys(lines []string, end bool) []string {
	keys := make([]string, len(lines))
	for i, l := range lines {
		if d.stripCR {
			l = strings.TrimSuffix(l, "\r")
		}
		if d.fold {
			l = strings.ToLower(l)
		}
		switch {
		case d.allBlanks:
			l = blankRun.ReplaceAllString(l, "")
		case d.blanks:
			l = strings.TrimRight(blankRun.ReplaceAllString(l, " "), " ")
		case d.trailing:
			l = strings.TrimRight(l, " \t\r")
		}
		if i == len(lines)-1 && !end && !d.allBlanks && !d.blanks && !d.trailing {
			l += "\x00"
		}
		keys[i] = l
	}
	return keys
}

func (d *diffRun) ignorable(a, b []string) bool {
	if !d.skipBlank && d.ignore == nil {
		return false
	}
	for _, l := range append(slices.Clone(a), b...) {
		if !(d.skipBlank && l == "") && !(d.ignore != nil && d.ignore.MatchString(l)) {
			return false
		}
	}
	return true
}

func (d *diffRun) header(minus, plus, a, b string) {
	for i, m := range []struct{ sign, name string }{{minus, a}, {plus, b}} {
		if i < len(d.labels) {
			d.print(m.sign + " " + d.labels[i] + "\n")
			continue
		}
		t := time.Unix(0, 0)
		if fi, err := d.info(m.name); err == nil {
			if t = fi.ModTime(); m.name == "-" {
				t = time.Now()
			}
		}
		d.print(m.sign + " " + m.name + "\t" + t.In(d.zone()).Format("2006-01-02 15:04:05.000000000 -0700") + "\n")
	}
}

// hunks groups edits that are near each other.
func hunks(edits []edit, around int) (all [][]edit) {
	for i, e := range edits {
		if i > 0 && e.a1-edits[i-1].a2 <= 2*around {
			all[len(all)-1] = append(all[len(all)-1], e)
			continue
		}
		all = append(all, []edit{e})
	}
	return all
}

const noNewline = "\\ No newline at end of file\n"

func (d *diffRun) lines(sign string, l []string, from, to int, end bool) {
	for i := from; i < to; i++ {
		d.print(sign + l[i] + "\n")
		if i == len(l)-1 && !end {
			d.print(noNewline)
		}
	}
}

func unifiedRange(from, to int) string {
	switch to - from {
	case 0:
		return fmt.Sprintf("%d,0", from)
	case 1:
		return fmt.Sprint(from + 1)
	}
	return fmt.Sprintf("%d,%d", from+1, to-from)
}

func (d *diffRun) unifiedHunk(h []edit, a, b []string, endA, endB bool) {
	first, last := h[0], h[len(h)-1]
	a1, b1 := max(0, first.a1-d.unified), max(0, first.b1-d.unified)
	a2, b2 := min(len(a), last.a2+d.unified), min(len(b), last.b2+d.unified)
	d.printf("@@ -%s +%s @@\n", unifiedRange(a1, a2), unifiedRange(b1, b2))
	at := a1
	for _, e := range h {
		d.lines(" ", a, at, e.a1, endA)
		d.lines("-", a, e.a1, e.a2, endA)
		d.lines("+", b, e.b1, e.b2, endB)
		at = e.a2
	}
	d.lines(" ", a, at, a2, endA)
}

func (d *diffRun) contextHunk(h []edit, a, b []string, endA, endB bool) {
	first, last := h[0], h[len(h)-1]
	a1, b1 := max(0, first.a1-d.context), max(0, first.b1-d.context)
	a2, b2 := min(len(a), last.a2+d.context), min(len(b), last.b2+d.context)
	span := func(from, to int) string {
		if to-from <= 1 {
			return fmt.Sprint(to)
		}
		return fmt.Sprintf("%d,%d", from+1, to)
	}
	gone := slices.ContainsFunc(h, func(e edit) bool { return e.a1 < e.a2 })
	come := slices.ContainsFunc(h, func(e edit) bool { return e.b1 < e.b2 })
	sign := func(e edit, plain string) string {
		if e.a1 < e.a2 && e.b1 < e.b2 {
			return "! "
		}
		return plain
	}
	d.printf("***************\n*** %s ****\n", span(a1, a2))
	if gone {
		at := a1
		for _, e := range h {
			d.lines("  ", a, at, e.a1, endA)
			d.lines(sign(e, "- "), a, e.a1, e.a2, endA)
			at = e.a2
		}
		d.lines("  ", a, at, a2, endA)
	}
	d.printf("--- %s ----\n", span(b1, b2))
	if come {
		at := b1
		for _, e := range h {
			d.lines("  ", b, at, e.b1, endB)
			d.lines(sign(e, "+ "), b, e.b1, e.b2, endB)
			at = e.b2
		}
		d.lines("  ", b, at, b2, endB)
	}
}

func (d *diffRun) normal(edits []edit, a, b []string, endA, endB bool) {
	span := func(from, to int) string {
		if to-from <= 1 {
			return fmt.Sprint(to)
		}
		return fmt.Sprintf("%d,%d", from+1, to)
	}
	for _, e := range edits {
		switch {
		case e.a1 == e.a2:
			d.printf("%da%s\n", e.a1, span(e.b1, e.b2))
		case e.b1 == e.b2:
			d.printf("%sd%d\n", span(e.a1, e.a2), e.b1)
		default:
			d.printf("%sc%s\n", span(e.a1, e.a2), span(e.b1, e.b2))
		}
		d.lines("< ", a, e.a1, e.a2, endA)
		if e.a1 < e.a2 && e.b1 < e.b2 {
			d.print("---\n")
		}
		d.lines("> ", b, e.b1, e.b2, endB)
	}
}

func cmpTool(ctx context.Context, c *Call) int {
	silent, verbose, limit := false, false, int64(-1)
	o := c.options("s,quiet ,silent l,verbose b,print-bytes n=bytes i=ignore-initial")
	for o.next() {
		switch o.name {
		case "s", "silent":
			silent = true
		case "l":
			verbose = true
		case "n":
			limit = o.number("bytes")
		}
	}
	if len(o.args) == 1 {
		o.args = append(o.args, "-")
	}
	if len(o.args) < 2 {
		c.usage(2, "missing operand after '%s'", c.Name)
	}
	var rs [2]io.Reader
	for i := range rs {
		r, err := c.open(o.args[i])
		if err != nil {
			if !silent {
				c.warn("%s: %s", o.args[i], reason(err))
			}
			return 2
		}
		defer r.Close()
		if rs[i] = bufioReader(r); limit >= 0 {
			rs[i] = io.LimitReader(r, limit)
		}
	}
	a, b := bufioReader(rs[0]), bufioReader(rs[1])
	status, line := 0, 1
	width := 1
	for _, n := range o.args[:2] {
		if fi, err := stat(c.path(n)); err == nil {
			width = max(width, len(fmt.Sprint(fi.Size())))
		}
	}
	for at := 1; ; at++ {
		x, errX := a.ReadByte()
		y, errY := b.ReadByte()
		if errX != nil || errY != nil {
			if (errX == nil) != (errY == nil) {
				short := o.args[0]
				if errX == nil {
					short = o.args[1]
				}
				c.out.Flush()
				if !silent {
					if at == 1 {
						c.warn("EOF on %s which is empty", short)
					} else if verbose {
						c.warn("EOF on %s after byte %d", short, at-1)
					} else {
						c.warn("EOF on %s after byte %d, in line %d", short, at-1, line)
					}
				}
				return 1
			}
			return status
		}
		if x != y {
			status = 1
			if silent {
				return 1
			}
			if !verbose {
				c.printf("%s %s differ: byte %d, line %d\n", o.args[0], o.args[1], at, line)
				return 1
			}
			c.printf("%*d %3o %3o\n", width, at, x, y)
		}
		if x == '\n' {
			line++
		}
	}
}

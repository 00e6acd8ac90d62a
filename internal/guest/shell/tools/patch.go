package tools

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A filePatch is what a unified diff says of one file.
type filePatch struct {
	from, to string
	hunks    []patchHunk
}

type patchHunk struct {
	at       int // line of the old file, counted from 1
	old, new []string
	oldOpen  bool // the last line has no end
	newOpen  bool
}

var hunkHead = regexp.MustCompile(`^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@`)

func patch(ctx context.Context, c *Call) int {
	strip, reverse, dry, in, out, quiet := -1, false, false, "-", "", false
	o := c.options("p=strip R,reverse i=input o=output d=directory ,dry-run N,forward s,quiet ,silent f t b,backup u E r=reject-file F=fuzz l ,verbose ,no-backup-if-mismatch")
	for o.next() {
		switch o.name {
		case "p":
			strip = int(o.number("strip count"))
		case "R":
			reverse = true
		case "i":
			in = o.value
		case "o":
			out = o.value
		case "d":
			c.Dir = clean(c.path(o.value))
		case "dry-run":
			dry = true
		case "s", "silent":
			quiet = true
		}
	}
	if len(o.args) > 1 {
		in = o.args[1]
	}
	patches := parsePatch(string(c.readAll(in)))
	if len(patches) == 0 {
		c.die(2, "**** Only garbage was found in the patch input.")
	}
	status := 0
	for _, p := range patches {
		check(ctx)
		if reverse {
			p.reverse()
		}
		name := c.patchTarget(p, strip)
		if len(o.args) > 0 {
			name = o.args[0]
		}
		if name == "" {
			c.die(1, "can't find file to patch: %s", p.to)
		}
		if !quiet {
			verb := "patching"
			if dry {
				verb = "checking"
			}
			c.printf("%s file %s\n", verb, name)
		}
		if !c.patchOne(p, name, cmpOr(out, name), dry) {
			status = 1
		}
	}
	return status
}

func (p *filePatch) reverse() {
	p.from, p.to = p.to, p.from
	shift := 0
	for i := range p.hunks {
		h := &p.hunks[i]
		h.at += shift
		shift += len(h.new) - len(h.old)
		h.old, h.new, h.oldOpen, h.newOpen = h.new, h.old, h.newOpen, h.oldOpen
	}
}

func parsePatch(text string) (all []*filePatch) {
	ls := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	name := func(l string) string {
		n, _, _ := strings.Cut(l[4:], "\t")
		return strings.TrimSpace(n)
	}
	for i := 0; i < len(ls); i++ {
		if strings.HasPrefix(ls[i], "--- ") && i+1 < len(ls) && strings.HasPrefix(ls[i+1], "+++ ") {
			all = append(all, &filePatch{from: name(ls[i]), to: name(ls[i+1])})
			i++
			continue
		}
		m := hunkHead.FindStringSubmatch(ls[i])
		if m == nil || len(all) == 0 {
			continue
		}
		number := func(s string) int {
			if s == "" {
				return 1
			}
			return atoi(s)
		}
		h := patchHunk{at: atoi(m[1])}
		n, k := number(m[2]), number(m[4])
		if n == 0 {
			h.at++
		}
		last := byte(' ')
		for i+1 < len(ls) && (len(h.old) < n || len(h.new) < k || strings.HasPrefix(ls[i+1], `\`)) {
			i++
			l := ls[i]
			sign := byte(' ')
			if l != "" {
				sign, l = l[0], l[1:]
			}
			switch sign {
			case '\\':
				h.oldOpen = h.oldOpen || last != '+'
				h.newOpen = h.newOpen || last != '-'
			case '-':
				h.old = append(h.old, l)
			case '+':
				h.new = append(h.new, l)
			default:
				h.old, h.new = append(h.old, l), append(h.new, l)
			}
			last = sign
		}
		f := all[len(all)-1]
		f.hunks = append(f.hunks, h)
	}
	return all
}

// patchTarget says which file a patch is for.
func (c *Call) patchTarget(p *filePatch, strip int) string {
	for _, n := range []string{p.to, p.from} {
		if n == os.DevNull {
			continue
		}
		if strip < 0 {
			n = filepath.Base(n)
		} else {
			parts := strings.Split(n, "/")
			if len(parts) <= strip {
				continue
			}
			n = strings.Join(parts[strip:], "/")
		}
		if _, err := os.Stat(c.path(n)); err == nil || p.from == os.DevNull {
			return n
		}
	}
	return ""
}

func (c *Call) patchOne(p *filePatch, name, to string, dry bool) bool {
	data, err := os.ReadFile(c.path(name))
	if err != nil && p.from != os.DevNull {
		c.warn("%s: %s", name, reason(err))
		return false
	}
	ls, end := textLines(data)
	shift, failed := 0, 0
	for i, h := range p.hunks {
		at, ok := locate(ls, h.old, h.at-1+shift)
		if !ok {
			c.printf("Hunk #%d FAILED at %d.\n", i+1, h.at)
			failed++
			continue
		}
		if off := at - (h.at - 1 + shift); off != 0 {
			c.printf("Hunk #%d succeeded at %d (offset %d line%s).\n", i+1, at+1, off, map[bool]string{true: "", false: "s"}[off == 1 || off == -1])
		}
		atEnd := at+len(h.old) == len(ls)
		ls = slices.Concat(ls[:at], h.new, ls[at+len(h.old):])
		shift += at - (h.at - 1 + shift) + len(h.new) - len(h.old)
		if atEnd {
			end = !h.newOpen
		}
	}
	if failed > 0 {
		c.printf("%d out of %d hunk%s FAILED\n", failed, len(p.hunks), map[bool]string{true: "", false: "s"}[len(p.hunks) == 1])
	}
	if dry || failed == len(p.hunks) && failed > 0 {
		return failed == 0
	}
	if p.to == os.DevNull && len(ls) == 0 {
		os.Remove(c.path(name))
		return failed == 0
	}
	text := strings.Join(ls, "\n")
	if end && len(ls) > 0 {
		text += "\n"
	}
	os.MkdirAll(filepath.Dir(c.path(to)), 0o777)
	if err := os.WriteFile(c.path(to), []byte(text), 0o666); err != nil {
		c.die(2, "can't write %s: %s", strconv.Quote(to), reason(err))
	}
	return failed == 0
}

// locate finds old lines near a place.
func locate(ls, old []string, at int) (int, bool) {
	for d := 0; d <= len(ls); d++ {
		for _, k := range []int{at + d, at - d} {
			if k >= 0 && k+len(old) <= len(ls) && slices.Equal(ls[k:k+len(old)], old) {
				return k, true
			}
		}
	}
	return 0, false
}

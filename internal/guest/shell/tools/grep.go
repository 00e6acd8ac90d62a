package tools

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A grepper is one run of grep.
type grepper struct {
	*Call
	re                                        regex
	invert, only, names, noNames              bool
	number, offset, count, list, listNot      bool
	quiet, silent, recursive, text, skipNames bool
	before, after, limit                      int
	sep                                       byte
	include, exclude, excludeDir              []string
	label                                     string

	matched, failed, context bool
}

func grep(ctx context.Context, c *Call) int {
	g := grepper{Call: c, limit: -1, sep: '\n', label: "(standard input)"}
	var s syntax
	s.extended, s.literal = c.Name == "egrep", c.Name == "fgrep"
	var texts []string
	given := false
	c.Args = contextCount(c.Args)
	o := c.options("E,extended-regexp F,fixed-strings G,basic-regexp P,perl-regexp i,ignore-case y ,no-ignore-case v,invert-match n,line-number c,count " +
		"l,files-with-matches L,files-without-match o,only-matching q,quiet ,silent w,word-regexp x,line-regexp r,recursive " +
		"R,dereference-recursive A=after-context B=before-context C=context e=regexp f=file h,no-filename H,with-filename " +
		"s,no-messages m=max-count a,text I z,null-data b,byte-offset Z,null U,binary =include =exclude =exclude-dir ?color ?colour ,line-buffered =label =binary-files d=directories D=devices T,initial-tab")
	for o.next() {
		switch o.name {
		case "E":
			s.extended, s.literal, s.perl = true, false, false
		case "F":
			s.literal, s.perl = true, false
		case "G":
			s.extended, s.literal, s.perl = false, false, false
		case "P":
			s.perl, s.literal = true, false
		case "i", "y":
			s.fold = true
		case "no-ignore-case":
			s.fold = false
		case "v":
			g.invert = true
		case "n":
			g.number = true
		case "b":
			g.offset = true
		case "c":
			g.count = true
		case "l":
			g.list = true
		case "L":
			g.listNot = true
		case "o":
			g.only = true
		case "q", "silent":
			g.quiet = true
		case "w":
			s.word = true
		case "x":
			s.whole = true
		case "r", "R":
			g.recursive = true
		case "d":
			g.recursive = g.recursive || o.value == "recurse"
		case "A", "B", "C":
			n, err := strconv.Atoi(o.value)
			if err != nil || n < 0 {
				c.die(2, "%s: invalid context length argument", o.value)
			}
			if o.name != "B" {
				g.after = n
			}
			if o.name != "A" {
				g.before = n
			}
		case "e":
			texts, given = append(texts, strings.Split(o.value, "\n")...), true
		case "f":
			texts, given = append(texts, g.patternFile(o.value)...), true
		case "h":
			g.noNames, g.names = true, false
		case "H":
			g.names, g.noNames = true, false
		case "s":
			g.silent = true
		case "m":
			n, err := strconv.Atoi(o.value)
			if err != nil {
				c.die(2, "invalid max count")
			}
			g.limit = n
		case "a":
			g.text = true
		case "binary-files":
			g.text = g.text || o.value == "text"
			g.skipNames = o.value == "without-match"
		case "I":
			g.skipNames = true
		case "z":
			g.sep = 0
		case "include":
			g.include = append(g.include, o.value)
		case "exclude":
			g.exclude = append(g.exclude, o.value)
		case "exclude-dir":
			g.excludeDir = append(g.excludeDir, strings.TrimSuffix(o.value, "/"))
		case "label":
			g.label = o.value
		}
	}
	if !given {
		if len(o.args) == 0 {
			c.out.Flush()
			c.warn("no pattern; usage: %s %s", c.Name, c.tool.Usage)
			return 2
		}
		texts, o.args = strings.Split(o.args[0], "\n"), o.args[1:]
	}
	if len(texts) == 0 { // an empty file of patterns matches nothing
		s.literal, s.perl, s.whole = false, false, false
		texts = []string{"a^"}
		s.extended = true
	}
	var err error
	if g.re, err = s.compile(texts...); err != nil {
		c.die(2, "%v", err)
	}
	g.files(ctx, o.args)
	switch {
	case g.failed && !(g.quiet && g.matched):
		return 2
	case g.matched:
		return 0
	}
	return 1
}

// contextCount rewrites "-3" as "-C 3".
func contextCount(args []string) []string {
	var out []string
	for i, a := range args {
		if a == "--" {
			return append(out, args[i:]...)
		}
		if len(a) > 1 && a[0] == '-' && strings.Trim(a[1:], "0123456789") == "" && (i == 0 || !slices.Contains([]string{"-m", "-A", "-B", "-C", "-e"}, args[i-1])) {
			out = append(out, "-C", a[1:])
			continue
		}
		out = append(out, a)
	}
	return out
}

func (g *grepper) patternFile(name string) []string {
	r, err := g.open(name)
	if err != nil {
		g.die(2, "%s: %s", name, reason(err))
	}
	defer r.Close()
	return allLines(r, '\n')
}

func (g *grepper) files(ctx context.Context, names []string) {
	if len(names) == 0 {
		names = []string{"-"}
		if g.recursive {
			names = []string{""}
		}
	}
	if (len(names) > 1 || g.recursive) && !g.noNames {
		g.names = true
	}
	for _, n := range names {
		if g.quiet && g.matched {
			return
		}
		g.operand(ctx, n)
	}
}

func (g *grepper) operand(ctx context.Context, name string) {
	if name == "-" {
		g.file(g.label, g.stdin())
		return
	}
	path := g.path(cmpOr(name, "."))
	fi, err := stat(path)
	if err != nil {
		g.fail(name, reason(err))
		return
	}
	if !fi.IsDir() {
		if g.wanted(filepath.Base(name)) {
			g.openFile(name, path)
		}
		return
	}
	if !g.recursive {
		g.fail(name, "Is a directory")
		return
	}
	filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		check(ctx)
		shown := strings.TrimPrefix(strings.TrimPrefix(p, path), "/")
		if name != "" {
			shown = strings.TrimSuffix(name, "/") + "/" + shown
		}
		switch {
		case err != nil:
			g.fail(shown, reason(err))
		case d.IsDir():
			if p != path && anyGlob(g.excludeDir, d.Name()) {
				return filepath.SkipDir
			}
		case g.wanted(d.Name()):
			g.openFile(shown, p)
		}
		if g.quiet && g.matched {
			return filepath.SkipAll
		}
		return nil
	})
}

func (g *grepper) fail(name, why string) {
	g.failed = true
	if !g.silent {
		g.warn("%s: %s", name, why)
	}
}

func (g *grepper) wanted(base string) bool {
	return (len(g.include) == 0 || anyGlob(g.include, base)) && !anyGlob(g.exclude, base)
}

func anyGlob(globs []string, name string) bool {
	return slices.ContainsFunc(globs, func(p string) bool { return globMatch(p, name, false) })
}

func (g *grepper) openFile(name, path string) {
	f, err := openFile(path)
	if err != nil {
		g.fail(name, reason(err))
		return
	}
	defer f.Close()
	g.file(name, f)
}

// file searches one file.
func (g *grepper) file(name string, r io.Reader) {
	b := bufio.NewReaderSize(r, 64<<10)
	if br, ok := r.(*bufio.Reader); ok {
		b = br
	}
	peek, _ := b.Peek(8 << 10)
	binary := !g.text && g.sep == '\n' && bytes.IndexByte(peek, 0) >= 0
	if binary && g.skipNames {
		return
	}
	var held [][]byte // lines before a match
	hits, line, toShow, last := 0, 0, 0, 0
	at := int64(0)
	for g.limit < 0 || hits < g.limit || toShow > 0 {
		l, end, err := readLine(b, g.sep)
		if len(l) == 0 && !end {
			break
		}
		line++
		full := g.limit >= 0 && hits >= g.limit
		if !full && g.re.Match(l) != g.invert {
			hits++
			g.matched = true
			if g.quiet || g.list || g.listNot {
				break
			}
			if binary && !g.count {
				g.printf("%s: %s: binary file matches\n", g.Name, name)
				return
			}
			if !g.count {
				first := line - len(held)
				if last > 0 && first > last+1 && (g.before > 0 || g.after > 0) {
					g.print("--\n")
				} else if last == 0 && g.context && (g.before > 0 || g.after > 0) {
					g.print("--\n")
				}
				g.context = true
				for i, h := range held {
					g.show(name, first+i, at, h, '-')
				}
				held = held[:0]
				g.hit(name, line, at, l)
				toShow, last = g.after, line
			}
		} else if toShow > 0 {
			g.show(name, line, at, l, '-')
			toShow--
			last = line
		} else if g.before > 0 && !full {
			if len(held) == g.before {
				held = append(held[:0], held[1:]...)
			}
			held = append(held, bytes.Clone(l))
		}
		at += int64(len(l)) + 1
		if err != nil {
			break
		}
	}
	switch {
	case g.list && hits > 0 || g.listNot && hits == 0:
		g.print(name + "\n")
	case g.count && !g.quiet && !g.list && !g.listNot:
		if g.names {
			g.print(name + ":")
		}
		g.printf("%d\n", hits)
	}
}

func (g *grepper) prefix(name string, line int, at int64, sign byte) {
	if g.names {
		g.print(name)
		g.out.WriteByte(sign)
	}
	if g.number {
		g.print(strconv.Itoa(line))
		g.out.WriteByte(sign)
	}
	if g.offset {
		g.print(strconv.FormatInt(at, 10))
		g.out.WriteByte(sign)
	}
}

func (g *grepper) show(name string, line int, at int64, l []byte, sign byte) {
	if g.only {
		return
	}
	g.prefix(name, line, at, sign)
	g.printLine(l, g.sep)
}

func (g *grepper) hit(name string, line int, at int64, l []byte) {
	if !g.only {
		g.show(name, line, at, l, ':')
		return
	}
	if g.invert {
		return
	}
	for _, m := range g.re.all(l, -1) {
		if m[0] == m[1] {
			continue
		}
		g.prefix(name, line, at+int64(m[0]), ':')
		g.printLine(l[m[0]:m[1]], g.sep)
	}
}

package tools

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
)

// A sed is one run of sed.
type sedRun struct {
	*Call
	commands []*sedCommand
	quiet    bool
	sep      byte

	in     sedInput
	out    io.Writer
	files  map[string]io.WriteCloser // of w
	reads  map[string][]string       // of R: what is left
	space  string                    // the pattern space
	ended  bool                      // whether the line had an end
	hold   string
	later  []func() // what goes out at the end of the cycle
	didSub bool
	last   regex // the last regular expression used
	line   int
	status int
}

func sed(ctx context.Context, c *Call) int {
	s := &sedRun{Call: c, sep: '\n', files: map[string]io.WriteCloser{}, reads: map[string][]string{}}
	extended, separate, inPlace, backup := false, false, false, ""
	var script []string
	o := c.options("n,quiet ,silent e=expression f=file E,regexp-extended r i?in-place s,separate z,null-data u,unbuffered l= ,posix ,debug ,sandbox b,binary ,follow-symlinks")
	for o.next() {
		switch o.name {
		case "n", "silent":
			s.quiet = true
		case "e":
			script = append(script, o.value)
		case "f":
			script = append(script, strings.TrimSuffix(string(c.readAll(o.value)), "\n"))
		case "E", "r":
			extended = true
		case "i":
			inPlace, separate, backup = true, true, o.value
		case "s":
			separate = true
		case "z":
			s.sep = 0
		}
	}
	names := o.args
	if script == nil {
		if len(names) == 0 {
			c.usage(1, "no script; usage: sed %s", c.tool.Usage)
		}
		script, names = names[:1], names[1:]
	}
	text := strings.Join(script, "\n")
	if strings.HasPrefix(text, "#n\n") {
		s.quiet = true
	}
	var err error
	if s.commands, err = parseSed(text, extended); err != nil {
		status := 1
		if strings.HasPrefix(err.Error(), "can't find label") {
			status = 4
		}
		c.die(status, "%v", err)
	}
	if len(names) == 0 {
		names = []string{"-"}
	}
	defer s.closeFiles()
	if !separate {
		s.out = c.out
		s.in = sedInput{s: s, names: names}
		s.all(ctx)
		return s.status
	}
	for _, n := range names {
		if !s.one(ctx, n, inPlace, backup) {
			break
		}
	}
	return s.status
}

// one edits one file, in place or not, and reports whether to go on.
func (s *sedRun) one(ctx context.Context, name string, inPlace bool, backup string) bool {
	s.in = sedInput{s: s, names: []string{name}}
	s.line = 0
	if !inPlace {
		s.out = s.Call.out
		return s.all(ctx)
	}
	fi, err := os.Stat(s.path(name))
	if err != nil {
		s.warn("can't read %s: %s", name, reason(err))
		s.status = 2
		return true
	}
	if !fi.Mode().IsRegular() {
		s.warn("couldn't edit %s: not a regular file", name)
		s.status = 4
		return true
	}
	var b bytes.Buffer
	s.out = &b
	goOn := s.all(ctx)
	if !goOn { // the rest of the file stays
		s.in.copyRest(&b)
	}
	if backup != "" {
		to := name + backup
		if strings.Contains(backup, "*") {
			to = strings.ReplaceAll(backup, "*", name)
		}
		if err := os.Rename(s.path(name), s.path(to)); err != nil {
			s.die(4, "cannot rename %s: %s", name, reason(err))
		}
	}
	if err := os.WriteFile(s.path(name), b.Bytes(), fi.Mode().Perm()); err != nil {
		s.die(4, "couldn't write %s: %s", name, reason(err))
	}
	return goOn
}

func (s *sedRun) closeFiles() {
	for _, f := range s.files {
		f.Close()
	}
}

// A sedInput gives the lines of several files as one, knowing which is last.
type sedInput struct {
	s     *sedRun
	names []string
	name  string
	r     *bufio.Reader
	c     io.Closer
	next  string
	ended bool
	have  bool
}

// fetch makes the next line known, if there is one.
func (in *sedInput) fetch() bool {
	for !in.have {
		if in.r == nil {
			if len(in.names) == 0 {
				return false
			}
			in.name, in.names = in.names[0], in.names[1:]
			r, err := in.s.open(in.name)
			if err != nil {
				if strings.Contains(reason(err), "directory") && !strings.Contains(reason(err), "No such") {
					in.s.warn("couldn't edit %s: not a regular file", in.name)
				} else {
					in.s.warn("can't read %s: %s", in.name, reason(err))
				}
				in.s.status = 2
				continue
			}
			in.r, in.c = bufio.NewReader(r), r
			if in.name == "-" {
				in.r = in.s.stdin()
			}
		}
		l, end, err := readLine(in.r, in.s.sep)
		if len(l) > 0 || end {
			in.next, in.ended, in.have = string(l), end, true
		}
		if err != nil {
			in.c.Close()
			in.r = nil
		}
	}
	return true
}

func (in *sedInput) last() bool { return !in.fetch() }

func (in *sedInput) copyRest(w io.Writer) {
	for in.fetch() {
		io.WriteString(w, in.next)
		if in.ended {
			w.Write([]byte{in.s.sep})
		}
		in.have = false
	}
}

// all runs the script over the input and reports whether it came to its end.
func (s *sedRun) all(ctx context.Context) bool {
	for s.read() {
		for {
			check(ctx)
			end := s.cycle(ctx)
			if end == sedRestart {
				continue
			}
			s.flushLater()
			if end == sedQuit {
				return false
			}
			break
		}
	}
	return true
}

func (s *sedRun) read() bool {
	if !s.in.fetch() {
		return false
	}
	s.space, s.ended, s.in.have = s.in.next, s.in.ended, false
	s.line++
	return true
}

// write writes the pattern space or another line; only the last line of the
// input may lack its end.
func (s *sedRun) write(line string) {
	io.WriteString(s.out, line)
	if s.ended || s.in.fetch() {
		s.out.Write([]byte{s.sep})
	}
}

func (s *sedRun) flushLater() {
	for _, f := range s.later {
		f()
	}
	s.later = nil
}

type sedEnd int

const (
	sedNext sedEnd = iota
	sedRestart
	sedQuit
)

// cycle runs the commands once.
func (s *sedRun) cycle(ctx context.Context) sedEnd {
	for pc := 0; pc < len(s.commands); pc++ {
		c := s.commands[pc]
		if s.selects(c) == c.negate {
			if c.name == '{' {
				pc = c.end
			}
			continue
		}
		switch c.name {
		case 'b':
			check(ctx)
			pc = c.end - 1
		case 't':
			if s.didSub {
				s.didSub = false
				check(ctx)
				pc = c.end - 1
			}
		case 'T':
			if !s.didSub {
				pc = c.end - 1
			}
			s.didSub = false
		case 'd':
			return sedNext
		case 'D':
			_, rest, more := strings.Cut(s.space, "\n")
			if !more {
				return sedNext
			}
			s.space = rest
			s.flushLater()
			return sedRestart
		case 'n':
			if s.in.last() {
				if !s.quiet {
					s.write(s.space)
				}
				return sedQuit
			}
			if !s.quiet {
				s.write(s.space)
			}
			s.flushLater()
			s.read()
		case 'N':
			if s.in.last() { // GNU prints what it has
				s.autoprint()
				return sedQuit
			}
			before := s.space
			s.flushLater()
			s.read()
			s.space = before + "\n" + s.space
		case 'q':
			s.status = c.number
			s.autoprint()
			return sedQuit
		case 'Q':
			s.status = c.number
			return sedQuit
		case 'c':
			if c.to == nil || c.negate || !c.active {
				io.WriteString(s.out, c.text)
			}
			return sedNext
		default:
			s.simple(c)
		}
	}
	s.autoprint()
	s.didSub = false
	return sedNext
}

func (s *sedRun) autoprint() {
	if !s.quiet {
		s.write(s.space)
	}
}

// simple runs a command that does not change what comes next.
func (s *sedRun) simple(c *sedCommand) {
	switch c.name {
	case '=':
		fmt.Fprintf(s.out, "%d\n", s.line)
	case 'F':
		io.WriteString(s.out, s.in.name+"\n")
	case 'p':
		s.write(s.space)
	case 'P':
		first, _, _ := strings.Cut(s.space, "\n")
		io.WriteString(s.out, first+"\n")
	case 'a':
		s.later = append(s.later, func() { io.WriteString(s.out, c.text) })
	case 'i':
		io.WriteString(s.out, c.text)
	case 'g':
		s.space = s.hold
	case 'G':
		s.space += "\n" + s.hold
	case 'h':
		s.hold = s.space
	case 'H':
		s.hold += "\n" + s.space
	case 'x':
		s.space, s.hold = s.hold, s.space
	case 'z':
		s.space = ""
	case 'l':
		s.list(c.number)
	case 's':
		s.substitute(c.sub)
	case 'y':
		s.space = strings.Map(func(r rune) rune {
			if to, ok := c.table[r]; ok {
				return to
			}
			return r
		}, s.space)
	case 'r':
		s.later = append(s.later, func() {
			if r, err := s.open(c.text); err == nil {
				io.Copy(s.out, onlyReader{r})
				r.Close()
			}
		})
	case 'R':
		if _, known := s.reads[c.text]; !known {
			s.reads[c.text] = nil
			if r, err := s.open(c.text); err == nil {
				s.reads[c.text] = allLines(r, '\n')
				r.Close()
			}
		}
		if left := s.reads[c.text]; len(left) > 0 {
			s.later = append(s.later, func() { io.WriteString(s.out, left[0]+"\n") })
			s.reads[c.text] = left[1:]
		}
	case 'w':
		io.WriteString(s.file(c.text), s.space+"\n")
	case 'W':
		first, _, _ := strings.Cut(s.space, "\n")
		io.WriteString(s.file(c.text), first+"\n")
	}
}

func (s *sedRun) file(name string) io.Writer {
	if name == "/dev/stdout" {
		return s.out
	}
	if f, ok := s.files[name]; ok {
		return f
	}
	f, err := s.create(name, os.O_TRUNC)
	if err != nil {
		s.die(4, "couldn't open file %s: %s", name, reason(err))
	}
	s.files[name] = f
	return f
}

func (s *sedRun) list(width int) {
	if width == 0 {
		width = 70
	}
	var b strings.Builder
	col := 0
	put := func(t string) {
		if width > 1 && col+len(t) > width-1 {
			b.WriteString("\\\n")
			col = 0
		}
		b.WriteString(t)
		col += len(t)
	}
	for i := range len(s.space) {
		ch := s.space[i]
		switch k := strings.IndexByte("\\\a\b\f\n\r\t\v", ch); {
		case k >= 0:
			put(`\` + string(`\abfnrtv`[k]))
		case ch < 32 || ch > 126:
			put(fmt.Sprintf(`\%03o`, ch))
		default:
			put(string(rune(ch)))
		}
	}
	io.WriteString(s.out, b.String()+"$\n")
}

// selects reports whether the addresses of a command take this line.
func (s *sedRun) selects(c *sedCommand) bool {
	if c.from == nil {
		return true
	}
	if c.to == nil {
		return s.at(c.from)
	}
	if c.active {
		switch c.to.kind {
		case '/':
			c.active = !s.at(c.to)
			return true
		case '$':
			c.active = !s.in.last()
			return true
		}
		if s.line >= c.last {
			c.active = false
		}
		return s.line <= c.last
	}
	if c.from.kind == '1' && c.from.line == 0 { // 0,/re/: the range can end at the first line
		if s.line == 1 && c.to.kind == '/' {
			c.active = !s.at(c.to)
			return true
		}
		return false
	}
	if !s.at(c.from) {
		return false
	}
	switch c.to.kind {
	case '1':
		c.last = c.to.line
	case '+':
		c.last = s.line + c.to.line
	case '%':
		c.last = s.line
		if c.to.line > 0 {
			c.last = (s.line + c.to.line - 1) / c.to.line * c.to.line
		}
	case '$':
		c.last = s.line + 1
		if s.in.last() {
			c.last = s.line
		}
	default:
		c.last = s.line + 1
	}
	c.active = c.last > s.line
	return true
}

func (s *sedRun) at(a *sedAddress) bool {
	switch a.kind {
	case '1':
		return s.line == a.line
	case '$':
		return s.in.last()
	case '~':
		if a.step <= 0 {
			return s.line == a.line
		}
		return s.line >= a.line && (s.line-a.line)%a.step == 0
	}
	return s.regex(a.re).Match([]byte(s.space))
}

// regex returns re, or the last one used in its place.
func (s *sedRun) regex(re regex) regex {
	if re != nil {
		s.last = re
	}
	if s.last == nil {
		s.die(1, "no previous regular expression")
	}
	return s.last
}

func (s *sedRun) substitute(sub *sedSubs) {
	space := []byte(s.space)
	n := sub.nth
	if sub.global {
		n = -1
	}
	found := s.regex(sub.re).all(space, n)
	if len(found) < sub.nth {
		return
	}
	var b strings.Builder
	at := 0
	for i, m := range found {
		if i+1 < sub.nth {
			continue
		}
		b.Write(space[at:m[0]])
		s.replace(&b, sub, space, m)
		at = m[1]
	}
	b.Write(space[at:])
	s.space = b.String()
	s.didSub = true
	if sub.print {
		s.write(s.space)
	}
	if sub.file != "" {
		io.WriteString(s.file(sub.file), s.space+"\n")
	}
}

func (s *sedRun) replace(b *strings.Builder, sub *sedSubs, space []byte, m []int) {
	var f foldCase
	for _, p := range sub.with {
		switch {
		case p.fold == 'U' || p.fold == 'L':
			f.all = p.fold
		case p.fold == 'u' || p.fold == 'l':
			f.next = p.fold
		case p.fold == 'E':
			f.all = 0
		case p.group < 0:
			b.WriteString(f.apply(p.text))
		case 2*p.group+1 < len(m) && m[2*p.group] >= 0:
			b.WriteString(f.apply(string(space[m[2*p.group]:m[2*p.group+1]])))
		}
	}
}

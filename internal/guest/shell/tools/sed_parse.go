package tools

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A sedCommand is one command of a sed script.
type sedCommand struct {
	from, to *sedAddress // nil when absent
	negate   bool
	name     rune
	text     string   // of a, i, c; the label of : b t T; the file of r R w W
	number   int      // of q, Q, l
	end      int      // of {: where its } is; of b, t, T: where to go on
	sub      *sedSubs // of s
	table    map[rune]rune

	active bool // within a range
	last   int  // the line where a range ends, when it is known
}

type sedAddress struct {
	kind byte // '1' a line, '$' the last, '/' a pattern, '~' first~step, '+' so many after, '%' up to a multiple
	line int
	step int
	re   regex // nil is the last one used
}

// A sedSubs is what an s command does.
type sedSubs struct {
	re     regex // nil is the last one used
	with   []sedPart
	global bool
	print  bool
	nth    int
	file   string
}

// A sedPart is a piece of a replacement: text, a group, or a change of case.
type sedPart struct {
	text  string
	group int  // -1 for text
	fold  byte // one of U L u l E, or 0
}

type sedError string

func (e sedError) Error() string { return string(e) }

type sedParser struct {
	in       string
	pos      int
	piece    int // which -e it is, for messages
	extended bool
	labels   map[string]int
	open     []int
	commands []*sedCommand
}

func (p *sedParser) fail(format string, a ...any) {
	panic(sedError(fmt.Sprintf("-e expression #%d, char %d: %s", max(1, p.piece), min(p.pos, len(p.in)), fmt.Sprintf(format, a...))))
}

// parseSed reads a script.
func parseSed(script string, extended bool) (commands []*sedCommand, err error) {
	p := &sedParser{in: script, extended: extended, labels: map[string]int{}}
	defer func() {
		if e, ok := recover().(sedError); ok {
			err = e
		}
	}()
	for p.skip(" \t\n;"); p.pos < len(p.in); p.skip(" \t\n;") {
		p.command()
	}
	if len(p.open) > 0 {
		p.pos = 0
		p.fail("unmatched `{'")
	}
	for _, c := range p.commands {
		if strings.ContainsRune("btT", c.name) {
			if c.end = len(p.commands); c.text != "" {
				at, ok := p.labels[c.text]
				if !ok {
					return nil, sedError(fmt.Sprintf("can't find label for jump to `%s'", c.text))
				}
				c.end = at
			}
		}
	}
	return p.commands, nil
}

func (p *sedParser) peek() byte {
	if p.pos < len(p.in) {
		return p.in[p.pos]
	}
	return 0
}

func (p *sedParser) skip(set string) {
	for p.pos < len(p.in) && strings.IndexByte(set, p.in[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *sedParser) command() {
	if p.peek() == '#' {
		p.line()
		return
	}
	c := &sedCommand{}
	if c.from = p.address(false); c.from != nil {
		p.skip(" \t")
		if p.peek() == ',' {
			p.pos++
			p.skip(" \t")
			if c.to = p.address(true); c.to == nil {
				p.fail("unexpected `,'")
			}
		}
	}
	p.skip(" \t")
	for p.peek() == '!' {
		c.negate = true
		p.pos++
		p.skip(" \t")
	}
	if p.pos == len(p.in) {
		p.fail("missing command")
	}
	r, size := utf8.DecodeRuneInString(p.in[p.pos:])
	p.pos += size
	c.name = r
	p.commands = append(p.commands, c)
	p.arguments(c)
}

func (p *sedParser) arguments(c *sedCommand) {
	switch c.name {
	case '{':
		p.open = append(p.open, len(p.commands)-1)
		return
	case '}':
		if len(p.open) == 0 {
			p.fail("unexpected `}'")
		}
		if c.from != nil {
			p.fail("} doesn't want any addresses")
		}
		p.commands[p.open[len(p.open)-1]].end = len(p.commands) - 1
		p.open = p.open[:len(p.open)-1]
	case 'a', 'i', 'c':
		c.text = p.text()
		return
	case ':':
		if c.from != nil {
			p.fail(": doesn't want any addresses")
		}
		p.skip(" \t")
		if c.text = p.word("\n;"); c.text == "" {
			p.fail("\":\" lacks a label")
		}
		p.labels[c.text] = len(p.commands) - 1
	case 'b', 't', 'T':
		p.skip(" \t")
		c.text = p.word("\n;}")
	case 'r', 'R', 'w', 'W':
		p.skip(" \t")
		if c.text = p.line(); c.text == "" {
			p.fail("missing filename in r/R/w/W commands")
		}
	case 'q', 'Q', 'l', 'L':
		p.skip(" \t")
		c.number, _ = strconv.Atoi(p.digits())
	case 's':
		p.substitute(c)
	case 'y':
		p.transliterate(c)
	case '=', 'd', 'D', 'g', 'G', 'h', 'H', 'n', 'N', 'p', 'P', 'x', 'z', 'F':
	case 'e':
		p.fail("the e command is not available here")
	default:
		p.fail("unknown command: `%c'", c.name)
	}
	p.skip(" \t")
	switch p.peek() {
	case 0, '\n', ';', '#':
	case '}':
	default:
		p.pos++
		p.fail("extra characters after command")
	}
}

// line takes the rest of the line.
func (p *sedParser) line() string {
	rest, _, _ := strings.Cut(p.in[p.pos:], "\n")
	p.pos += len(rest)
	return rest
}

func (p *sedParser) word(end string) string {
	n := strings.IndexAny(p.in[p.pos:], end)
	if n < 0 {
		n = len(p.in) - p.pos
	}
	w := p.in[p.pos : p.pos+n]
	p.pos += n
	return strings.TrimRight(w, " \t")
}

func (p *sedParser) digits() string {
	d := digits(p.in[p.pos:])
	p.pos += len(d)
	return d
}

// text reads what a, i and c write: to the end of the line, a backslash
// carrying it on to the next.
func (p *sedParser) text() string {
	p.skip(" \t")
	if p.peek() == '\\' {
		p.pos++
		at := p.pos
		p.skip(" \t")
		if p.peek() == '\n' {
			p.pos++
		} else {
			p.pos = at // one line: the backslash keeps the blanks after it
		}
	}
	if p.pos >= len(p.in) {
		p.fail("expected \\ after `a', `c' or `i'")
	}
	var b strings.Builder
	for p.pos < len(p.in) && p.in[p.pos] != '\n' {
		if p.in[p.pos] == '\\' && p.pos+1 < len(p.in) {
			p.pos++
			if p.in[p.pos] == 't' {
				b.WriteByte('\t')
				p.pos++
				continue
			}
		}
		b.WriteByte(p.in[p.pos])
		p.pos++
	}
	return b.String() + "\n"
}

func (p *sedParser) address(second bool) *sedAddress {
	switch ch := p.peek(); {
	case digit(ch):
		n, _ := strconv.Atoi(p.digits())
		if p.peek() == '~' && !second {
			p.pos++
			step, _ := strconv.Atoi(p.digits())
			return &sedAddress{kind: '~', line: n, step: step}
		}
		return &sedAddress{kind: '1', line: n}
	case ch == '$':
		p.pos++
		return &sedAddress{kind: '$'}
	case second && (ch == '+' || ch == '~'):
		p.pos++
		n, _ := strconv.Atoi(p.digits())
		if ch == '~' {
			ch = '%'
		}
		return &sedAddress{kind: ch, line: n}
	case ch == '/' || ch == '\\':
		p.pos++
		if ch == '\\' {
			ch = p.peek()
			p.pos++
		}
		text, ok := p.delimited(ch, true)
		if !ok {
			p.fail("unterminated address regex")
		}
		s := syntax{extended: p.extended, escapes: true}
		for p.peek() == 'I' || p.peek() == 'M' {
			s.fold = s.fold || p.peek() == 'I'
			s.multiline = s.multiline || p.peek() == 'M'
			p.pos++
		}
		return &sedAddress{kind: '/', re: p.compile(s, text)}
	}
	return nil
}

func (p *sedParser) compile(s syntax, text string) regex {
	if text == "" {
		return nil
	}
	re, err := s.compile(text)
	if err != nil {
		p.fail("%v", err)
	}
	return re
}

// delimited reads up to the delimiter. In a regular expression, the delimiter
// does not end it within brackets, and "\n" stays as it is.
func (p *sedParser) delimited(delim byte, re bool) (string, bool) {
	var b strings.Builder
	for p.pos < len(p.in) {
		ch := p.in[p.pos]
		switch {
		case ch == delim:
			p.pos++
			return b.String(), true
		case ch == '\\' && p.pos+1 < len(p.in):
			next := p.in[p.pos+1]
			switch {
			case next == delim && !(re && strings.IndexByte("|+?(){}", delim) >= 0):
				if re && strings.IndexByte(".*[]^$", delim) >= 0 {
					b.WriteByte('\\')
				}
				b.WriteByte(delim)
			case next == delim:
				b.WriteByte(delim)
			default:
				b.WriteByte(ch)
				b.WriteByte(next)
			}
			p.pos += 2
			continue
		case ch == '[' && re:
			n := bracketLen(p.in[p.pos:])
			b.WriteString(p.in[p.pos : p.pos+n])
			p.pos += n
			continue
		case ch == '\n' && re:
			return "", false
		}
		b.WriteByte(ch)
		p.pos++
	}
	return "", false
}

// bracketLen is how long the bracket expression at the start of s is, or 1.
func bracketLen(s string) int {
	i := 1
	if i < len(s) && s[i] == '^' {
		i++
	}
	if i < len(s) && s[i] == ']' {
		i++
	}
	for i < len(s) {
		switch {
		case s[i] == '\n':
			return 1
		case s[i] == ']':
			return i + 1
		case s[i] == '[' && i+1 < len(s) && strings.IndexByte(":.=", s[i+1]) >= 0:
			end := strings.Index(s[i+2:], s[i+1:i+2]+"]")
			if end < 0 {
				return 1
			}
			i += end + 4
		default:
			i++
		}
	}
	return 1
}

func (p *sedParser) substitute(c *sedCommand) {
	delim := p.peek()
	p.pos++
	text, ok1 := p.delimited(delim, true)
	with, ok2 := p.replacementText(delim)
	if !ok1 || !ok2 || delim == '\n' || delim == '\\' || delim == 0 {
		p.fail("unterminated `s' command")
	}
	c.sub = &sedSubs{nth: 1}
	s := syntax{extended: p.extended, escapes: true}
	for {
		ch := p.peek()
		switch {
		case ch == 'g':
			c.sub.global = true
		case ch == 'p':
			c.sub.print = true
		case ch == 'i' || ch == 'I':
			s.fold = true
		case ch == 'm' || ch == 'M':
			s.multiline = true
		case digit(ch):
			n, _ := strconv.Atoi(p.digits())
			if n == 0 {
				p.fail("number option to `s' command may not be zero")
			}
			c.sub.nth = n
			continue
		case ch == 'w':
			p.pos++
			p.skip(" \t")
			c.sub.file = p.line()
		case ch == 'e':
			p.fail("the e option of `s' is not available here")
		case ch == 0 || strings.IndexByte("\n;} \t#", ch) >= 0:
			c.sub.re = p.compile(s, text)
			c.sub.with = p.replacement(with)
			if c.sub.re != nil {
				for _, part := range c.sub.with {
					if part.group > c.sub.re.groups() {
						p.fail("invalid reference \\%d on `s' command's RHS", part.group)
					}
				}
			}
			return
		default:
			p.pos++
			p.fail("unknown option to `s'")
		}
		if ch != 'w' {
			p.pos++
		}
	}
}

// replacementText reads the right side of an s command with its escapes.
func (p *sedParser) replacementText(delim byte) (string, bool) {
	var b strings.Builder
	for p.pos < len(p.in) {
		ch := p.in[p.pos]
		if ch == delim {
			p.pos++
			return b.String(), true
		}
		if ch == '\\' && p.pos+1 < len(p.in) {
			next := p.in[p.pos+1]
			if next != delim || next == '&' {
				b.WriteByte(ch)
			}
			b.WriteByte(next)
			p.pos += 2
			continue
		}
		b.WriteByte(ch)
		p.pos++
	}
	return "", false
}

func (p *sedParser) replacement(s string) (parts []sedPart) {
	text := ""
	flush := func() {
		if text != "" {
			parts = append(parts, sedPart{text: text, group: -1})
		}
		text = ""
	}
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '&':
			flush()
			parts = append(parts, sedPart{})
		case s[i] == '\\' && i+1 < len(s):
			i++
			switch ch := s[i]; {
			case digit(ch):
				flush()
				parts = append(parts, sedPart{group: int(ch - '0')})
			case strings.IndexByte("ULulE", ch) >= 0:
				flush()
				parts = append(parts, sedPart{group: -1, fold: ch})
			case ch == 'n':
				text += "\n"
			case ch == 't':
				text += "\t"
			case ch == 'r':
				text += "\r"
			case ch == 'a' || ch == 'f' || ch == 'v':
				text += string("\a\f\v"[strings.IndexByte("afv", ch)])
			case ch == 'x' && i+2 < len(s):
				n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
				if err != nil {
					text += "x"
					break
				}
				text += string([]byte{byte(n)})
				i += 2
			default:
				text += string(ch)
			}
		default:
			text += s[i : i+1]
		}
	}
	flush()
	return parts
}

func (p *sedParser) transliterate(c *sedCommand) {
	delim := p.peek()
	p.pos++
	from, ok1 := p.delimited(delim, false)
	to, ok2 := p.delimited(delim, false)
	if !ok1 || !ok2 {
		p.fail("unterminated `y' command")
	}
	plain := strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t")
	a, b := []rune(plain.Replace(from)), []rune(plain.Replace(to))
	if len(a) != len(b) {
		p.fail("strings for `y' command are different lengths")
	}
	c.table = map[rune]rune{}
	for i, r := range a {
		c.table[r] = b[i]
	}
}

// foldCase applies \U, \L, \u and \l while a replacement is built.
type foldCase struct {
	all, next byte
}

func (f *foldCase) apply(s string) string {
	switch f.all {
	case 'U':
		s = strings.ToUpper(s)
	case 'L':
		s = strings.ToLower(s)
	}
	if f.next != 0 && s != "" {
		r, size := utf8.DecodeRuneInString(s)
		if f.next == 'u' {
			r = unicode.ToUpper(r)
		} else {
			r = unicode.ToLower(r)
		}
		s = string(r) + s[size:]
		f.next = 0
	}
	return s
}

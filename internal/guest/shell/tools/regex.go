package tools

import (
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// A regex is a compiled regular expression of one of the kinds that tools
// know: basic, extended and Perl's.
type regex interface {
	// Match reports whether a line has a match.
	Match(line []byte) bool
	// all returns the first n matches with their groups, as offsets in bytes,
	// -1 for a group without a match; all matches when n is negative.
	all(line []byte, n int) [][]int
	groups() int
}

// A syntax says how a pattern is written.
type syntax struct {
	extended  bool
	perl      bool
	literal   bool
	fold      bool
	multiline bool // ^ and $ match at each line
	escapes   bool // \n and \t are characters within brackets too, as in sed
	word      bool // only whole words
	whole     bool // only whole lines
}

func (s syntax) compile(texts ...string) (regex, error) {
	var parts []string
	back := s.perl
	for _, t := range texts {
		switch {
		case s.literal:
			t = regexp.QuoteMeta(t)
		case !s.perl:
			tr := translator{syntax: s, in: t}
			if err := tr.run(); err != nil {
				return nil, err
			}
			t = tr.out.String()
			back = back || tr.back
		}
		parts = append(parts, t)
	}
	text := parts[0]
	if len(parts) > 1 {
		text = "(?:" + strings.Join(parts, "|") + ")"
	}
	switch {
	case s.whole:
		text = "^(?:" + text + ")$"
	case s.word:
		text = `\b(?:` + text + `)\b`
	}
	flags := "s"
	if s.fold {
		flags += "i"
	}
	if s.multiline {
		flags += "m"
	}
	if s.perl {
		flags = strings.TrimPrefix(flags, "s")
	}
	if flags != "" {
		text = "(?" + flags + ")" + text
	}
	if back {
		// Only a backtracking engine knows references and look-around. It can be
		// slow without end, which the limits of the sandbox are for.
		re, err := regexp2.Compile(text, regexp2.None)
		if err != nil {
			return nil, err
		}
		return backtracking{re}, nil
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, regexError(err)
	}
	re.Longest()
	return linear{re}, nil
}

// regexError says what is wrong in the words of GNU's library.
func regexError(err error) error {
	text := err.Error()
	for _, m := range [][2]string{
		{"missing closing )", "Unmatched ( or \\("}, {"unexpected )", "Unmatched ) or \\)"}, {"missing closing ]", "Unmatched [, [^, [:, [., or [="},
		{"invalid character class range", "Invalid range end"}, {"invalid repeat count", "Invalid content of \\{\\}"},
		{"missing argument to repetition", "Invalid preceding regular expression"},
	} {
		if strings.Contains(text, m[0]) {
			return errors.New(m[1])
		}
	}
	return errors.New(strings.TrimPrefix(text, "error parsing regexp: "))
}

type linear struct{ *regexp.Regexp }

func (l linear) all(line []byte, n int) [][]int { return l.FindAllSubmatchIndex(line, n) }
func (l linear) groups() int                    { return l.NumSubexp() }

type backtracking struct{ *regexp2.Regexp }

func (b backtracking) Match(line []byte) bool { return len(b.all(line, 1)) > 0 }
func (b backtracking) groups() int            { return len(b.GetGroupNumbers()) - 1 }

func (b backtracking) all(line []byte, n int) (found [][]int) {
	s := string(line)
	at := make([]int, 0, len(s)+1) // where each rune begins
	for i := range s {
		at = append(at, i)
	}
	at = append(at, len(s))
	last := -1
	m, err := b.FindStringMatch(s)
	for err == nil && m != nil && len(found) != n {
		var offsets []int
		for _, g := range m.Groups() {
			if len(g.Captures) == 0 {
				offsets = append(offsets, -1, -1)
				continue
			}
			offsets = append(offsets, at[g.Index], at[g.Index+g.Length])
		}
		if m.Length > 0 || offsets[0] != last {
			found = append(found, offsets)
		}
		last = offsets[1]
		m, err = b.FindNextMatch(m)
	}
	return found
}

// compileBasic compiles a basic regular expression that only has to match.
func compileBasic(text string) (*regexp.Regexp, error) {
	p, err := syntax{}.compile(text)
	if err != nil {
		return nil, err
	}
	l, ok := p.(linear)
	if !ok {
		return nil, errors.New("back-references are not known here")
	}
	return l.Regexp, nil
}

// A translator rewrites a POSIX regular expression, with GNU's additions, for
// Go's engine.
type translator struct {
	syntax
	in  string
	pos int
	out strings.Builder

	back   bool
	depth  []int // where each open group begins in out
	atom   int   // where the last atom begins, -1 when nothing can be repeated
	repeat bool  // the last thing was a repetition
}

func (t *translator) run() error {
	t.atom = -1
	for t.pos < len(t.in) {
		if err := t.step(); err != nil {
			return err
		}
	}
	if len(t.depth) > 0 {
		return errors.New("Unmatched ( or \\(")
	}
	return nil
}

func (t *translator) step() error {
	r, size := utf8.DecodeRuneInString(t.in[t.pos:])
	t.pos += size
	if r == '\\' {
		return t.escape()
	}
	special := t.extended
	switch {
	case r == '[':
		return t.bracket()
	case r == '.':
		t.put(".")
	case r == '*':
		t.quantify("*")
	case r == '^' && (t.extended || t.begins()):
		t.anchor("^")
	case r == '$' && (t.extended || t.ends()):
		t.anchor("$")
	case special && r == '(':
		t.open()
	case special && r == ')' && len(t.depth) > 0:
		t.close()
	case special && r == '|':
		t.alternate()
	case special && (r == '+' || r == '?'):
		t.quantify(string(r))
	case special && r == '{':
		t.interval("}")
	default:
		t.put(regexp.QuoteMeta(string(r)))
	}
	return nil
}

// begins reports whether a "^" just read stands where an expression begins.
func (t *translator) begins() bool {
	before := t.in[:t.pos-1]
	return before == "" || strings.HasSuffix(before, `\(`) || strings.HasSuffix(before, `\|`) || strings.HasSuffix(before, "\n")
}

// ends reports whether a "$" just read stands where an expression ends.
func (t *translator) ends() bool {
	after := t.in[t.pos:]
	return after == "" || strings.HasPrefix(after, `\)`) || strings.HasPrefix(after, `\|`) || strings.HasPrefix(after, "\n")
}

func (t *translator) put(atom string) {
	t.atom, t.repeat = t.out.Len(), false
	t.out.WriteString(atom)
}

func (t *translator) anchor(s string) {
	t.out.WriteString(s)
	t.atom, t.repeat = -1, false
}

func (t *translator) open() {
	t.depth = append(t.depth, t.out.Len())
	t.out.WriteByte('(')
	t.atom, t.repeat = -1, false
}

func (t *translator) close() {
	t.atom, t.repeat = t.depth[len(t.depth)-1], false
	t.depth = t.depth[:len(t.depth)-1]
	t.out.WriteByte(')')
}

func (t *translator) alternate() {
	t.out.WriteByte('|')
	t.atom, t.repeat = -1, false
}

// quantify repeats the last atom; with none, the sign stands for itself.
func (t *translator) quantify(q string) {
	if t.atom < 0 {
		t.put(regexp.QuoteMeta(q))
		return
	}
	if t.repeat { // "a**" is an error to Go, and "a*?" means something else
		s := t.out.String()
		t.out.Reset()
		t.out.WriteString(s[:t.atom] + "(?:" + s[t.atom:] + ")")
	}
	t.out.WriteString(q)
	t.repeat = true
}

func (t *translator) interval(end string) {
	body, _, ok := strings.Cut(t.in[t.pos:], end)
	lo, hi, both := strings.Cut(body, ",")
	if !ok || strings.Trim(lo+hi, "0123456789") != "" || lo+hi == "" || t.atom < 0 {
		t.put(`\{`)
		return
	}
	t.pos += len(body) + len(end)
	if lo == "" {
		lo = "0"
	}
	if both {
		lo += "," + hi
	}
	t.quantify("{" + lo + "}")
}

func (t *translator) escape() error {
	if t.pos == len(t.in) {
		return errors.New("Trailing backslash")
	}
	r, size := utf8.DecodeRuneInString(t.in[t.pos:])
	t.pos += size
	if !t.extended {
		switch r {
		case '(':
			t.open()
			return nil
		case ')':
			if len(t.depth) == 0 {
				return errors.New("Unmatched ) or \\)")
			}
			t.close()
			return nil
		case '|':
			t.alternate()
			return nil
		case '+', '?':
			t.quantify(string(r))
			return nil
		case '{':
			t.interval(`\}`)
			return nil
		}
	}
	switch r {
	case 'w':
		t.put(`[\pL\pN_]`)
	case 'W':
		t.put(`[^\pL\pN_]`)
	case 's':
		t.put(`[\s\v]`)
	case 'S':
		t.put(`[^\s\v]`)
	case 'b', 'B':
		t.anchor(`\` + string(r))
	case '<', '>':
		t.anchor(`\b`)
	case '`':
		t.anchor(`\A`)
	case '\'':
		t.anchor(`\z`)
	case 'n', 't', 'r', 'f', 'v', 'a':
		if t.escapes {
			t.put(`\` + string(r))
		} else {
			t.put(string(r))
		}
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		t.back = true
		t.put(`(?:\` + string(r) + `)`)
	default:
		t.put(regexp.QuoteMeta(string(r)))
	}
	return nil
}

var classes = map[string]string{
	"alpha": `\pL`, "digit": "0-9", "alnum": `\pL\pN`, "upper": `\p{Lu}`, "lower": `\p{Ll}`, "space": `\s\v`, "blank": ` \t`,
	"punct": "!-/:-@\\[-`{-~", "print": `\pL\pM\pN\pP\pS `, "graph": `\pL\pM\pN\pP\pS`, "cntrl": `\x00-\x1f\x7f`, "xdigit": "0-9A-Fa-f",
}

// bracket rewrites a bracket expression, in which a backslash is itself.
func (t *translator) bracket() error {
	var set strings.Builder
	set.WriteByte('[')
	in := t.in[t.pos:]
	i := 0
	if strings.HasPrefix(in, "^") {
		set.WriteByte('^')
		i++
	}
	for first := true; ; first = false {
		if i >= len(in) {
			return errors.New("Unmatched [, [^, [:, [., or [=")
		}
		rest := in[i:]
		if rest[0] == ']' && !first {
			break
		}
		if strings.HasPrefix(rest, "[:") {
			name, _, ok := strings.Cut(rest[2:], ":]")
			class, known := classes[name]
			if !ok || !known {
				return errors.New("Invalid character class name")
			}
			set.WriteString(class)
			i += len(name) + 4
			continue
		}
		if strings.HasPrefix(rest, "[.") || strings.HasPrefix(rest, "[=") {
			name, _, ok := strings.Cut(rest[2:], rest[1:2]+"]")
			if !ok || utf8.RuneCountInString(name) != 1 {
				return errors.New("Invalid collation character")
			}
			set.WriteString(quoteInSet(name))
			i += len(name) + 4
			continue
		}
		if e := strings.IndexByte("ntrfv", byteAt(rest, 1)); t.escapes && rest[0] == '\\' && len(rest) > 1 && e >= 0 {
			set.WriteString(rest[:2])
			i += 2
			continue
		}
		r, size := utf8.DecodeRuneInString(rest)
		i += size
		if r == '-' && !first && i < len(in) && in[i] != ']' {
			set.WriteByte('-')
			continue
		}
		set.WriteString(quoteInSet(string(r)))
	}
	set.WriteByte(']')
	t.pos += i + 1
	t.put(set.String())
	return nil
}

func byteAt(s string, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}

func quoteInSet(s string) string {
	if strings.ContainsAny(s, `\[]^-&~`) {
		return `\` + s
	}
	return s
}

package syntax

import (
	"strings"
	"unicode"
)

// A reader finds calls, names and values in the tokens of Python or
// JavaScript. It follows expressions and ignores grammar: whatever stands
// between two brackets is a list of expressions, and so is a whole program.
// That never fails, and is all that rules ask about.
type reader struct {
	p      *program
	lang   language
	tokens []token
	pos    int
	depth  int // of this code within other code
	nest   int // of brackets and statements now
	vars   map[string]value
	loops  []int // indents of the endless loops that are open; Python only
	forced int   // endless loops that are open; JavaScript only
}

func newReader(p *program, lang language, tokens []token, depth int) *reader {
	return &reader{p: p, lang: lang, tokens: tokens, depth: depth, vars: map[string]value{}}
}

func (r *reader) peek() token {
	if r.pos < len(r.tokens) {
		return r.tokens[r.pos]
	}
	return token{indent: -1}
}

func (r *reader) peekAt(n int) token {
	if r.pos+n < len(r.tokens) {
		return r.tokens[r.pos+n]
	}
	return token{indent: -1}
}

func (r *reader) is(text string) bool {
	t := r.peek()
	return (t.kind == sign || t.kind == word) && t.text == text
}

func (r *reader) accept(text string) bool {
	if r.is(text) {
		r.pos++
		return true
	}
	return false
}

// statements reads to the end of the code.
func (r *reader) statements() {
	for r.pos < len(r.tokens) {
		before := r.pos
		r.statement()
		if r.pos == before {
			r.pos++ // a bracket or separator with nothing before it
		}
	}
}

// statement reads one statement, or as much of it as one expression.
func (r *reader) statement() value {
	t := r.peek()
	if t.indent >= 0 {
		for n := len(r.loops); n > 0 && t.indent <= r.loops[n-1]; n-- {
			r.loops = r.loops[:n-1]
		}
	}
	if t.kind == word && r.keyword(t) {
		return value{}
	}
	// A string alone is documentation: it does nothing.
	if t.kind == text {
		if n := r.peekAt(1); n.kind == newline || n.kind == endOfCode || n.kind == sign && n.text == ";" {
			r.pos++
			return value{}
		}
	}
	return r.expr()
}

// keyword reads the statements that do not look like expressions.
func (r *reader) keyword(t token) bool {
	switch r.lang {
	case python:
		switch t.text {
		case "import":
			r.pos++
			r.pyImport()
			return true
		case "from":
			if r.pyFrom() {
				return true
			}
		case "def", "class":
			r.pos += 2 // its name is no call
			return true
		case "while":
			n := r.peekAt(1)
			if (n.text == "True" || n.text == "1") && r.peekAt(2).text == ":" && t.indent >= 0 {
				r.loops = append(r.loops, t.indent)
			}
		}
	case javascript:
		switch t.text {
		case "import":
			if n := r.peekAt(1); n.kind == sign && (n.text == "(" || n.text == ".") {
				return false
			}
			r.pos++
			r.jsImport()
			return true
		case "class":
			r.pos += 2
			return true
		case "while", "for":
			r.jsLoop()
			return true
		case "const", "let", "var":
			if n := r.peekAt(1); n.kind == sign && n.text == "{" {
				r.pos += 2
				r.jsUnpack()
				return true
			}
		}
	}
	return false
}

func (r *reader) pyImport() {
	for r.peek().kind == word {
		line := r.peek().line
		name := r.dotted()
		r.module(name, line)
		if r.accept("as") {
			r.set(r.peek().text, value{ref: name, text: unknown})
			r.pos++
		}
		if !r.accept(",") {
			return
		}
	}
}

func (r *reader) pyFrom() bool {
	start := r.pos
	line := r.peek().line
	r.pos++
	for r.accept(".") || r.accept("...") {
	}
	name := ""
	if !r.is("import") {
		name = r.dotted()
	}
	if !r.accept("import") {
		r.pos = start + 1
		return false
	}
	r.module(name, line)
	r.accept("(")
	for r.peek().kind == word || r.is("*") {
		item := r.peek()
		r.pos++
		as := item.text
		if r.accept("as") {
			as = r.peek().text
			r.pos++
		}
		if item.text == "*" {
			for _, n := range starNames[name] {
				r.set(n, value{ref: name + "." + n, text: unknown})
			}
		} else {
			r.set(as, value{ref: name + "." + item.text, text: unknown})
		}
		if !r.accept(",") {
			break
		}
	}
	r.accept(")")
	return true
}

// starNames are what "from m import *" brings in that a rule asks about.
var starNames = map[string][]string{
	"os":         {"system", "popen", "fork", "dup2", "environ", "remove"},
	"subprocess": {"run", "Popen", "call", "check_output"},
	"socket":     {"socket", "create_connection"},
	"shutil":     {"rmtree"},
	"ctypes":     {"CDLL", "memmove"},
	"base64":     {"b64decode"},
}

func (r *reader) dotted() string {
	var b strings.Builder
	for r.peek().kind == word && r.peek().text != "import" && r.peek().text != "as" {
		b.WriteString(r.peek().text)
		r.pos++
		if !r.is(".") {
			break
		}
		b.WriteByte('.')
		r.pos++
	}
	return b.String()
}

func (r *reader) module(name string, line int) {
	top := strings.TrimPrefix(name, "node:")
	if r.lang == python {
		top, _, _ = strings.Cut(name, ".")
	}
	if top != "" {
		r.p.modules = append(r.p.modules, touch{path: top, line: r.p.at(line)})
	}
}

// jsImport reads what follows the word import.
func (r *reader) jsImport() {
	line := r.peek().line
	type binding struct{ name, member string }
	var names []binding
	for {
		switch t := r.peek(); {
		case t.kind == text:
			r.pos++
			m := strings.TrimPrefix(t.text, "node:")
			r.module(m, line)
			for _, b := range names {
				ref := m
				if b.member != "" {
					ref += "." + b.member
				}
				r.set(b.name, value{ref: ref, text: unknown})
			}
			return
		case t.kind == word && t.text != "from" && t.text != "as" && t.text != "type":
			r.pos++
			names = append(names, binding{name: t.text})
		case r.accept("{"):
			for r.peek().kind == word || r.is(",") {
				b := binding{name: r.peek().text, member: r.peek().text}
				r.pos++
				if b.name == "," {
					continue
				}
				if r.accept("as") {
					b.name = r.peek().text
					r.pos++
				}
				names = append(names, b)
			}
			r.accept("}")
		case r.accept("*"), r.accept(","), r.accept("from"), r.accept("as"), r.accept("type"):
		default:
			return
		}
	}
}

// jsUnpack reads {a, b: c} = value: names for the members of a value.
func (r *reader) jsUnpack() {
	var members, names []string
	for r.pos < len(r.tokens) && !r.accept("}") {
		t := r.peek()
		r.pos++
		if t.kind != word {
			continue
		}
		name := t.text
		if r.is(":") && r.peekAt(1).kind == word {
			name = r.peekAt(1).text
			r.pos += 2
		}
		members, names = append(members, t.text), append(names, name)
	}
	if !r.accept("=") {
		return
	}
	v := r.expr()
	for i, n := range names {
		r.set(n, r.member(v, members[i]))
	}
}

// jsLoop reads the head of a loop, and its body when it has no end.
func (r *reader) jsLoop() {
	var head []string
	for i := 1; i < 7; i++ {
		head = append(head, r.peekAt(i).text)
	}
	s := strings.Join(head, " ")
	n := 0
	switch {
	case strings.HasPrefix(s, "( true )"), strings.HasPrefix(s, "( 1 )"):
		n = 4
	case strings.HasPrefix(s, "( ; ; )"):
		n = 5
	}
	if n == 0 || r.nest >= maxDepth {
		r.pos++
		return
	}
	r.pos += n
	r.forced++
	r.nest++
	r.statement()
	r.nest--
	r.forced--
}

// set says what a name stands for from here on.
func (r *reader) set(name string, v value) {
	if name != "" {
		v.key = ""
		r.vars[name] = v
	}
}

// judgeName looks for names that hide what they are.
func (p *program) judgeName(name string, line int) {
	if strings.HasPrefix(name, "_0x") {
		p.mangled++
	}
	for _, c := range name {
		if c >= 0x1D400 && c <= 0x1D7FF || c >= 0xFF21 && c <= 0xFF5A || c < 0x250 && c > 0x7f && !unicode.IsLetter(c) {
			p.disguised = first(p.disguised, line)
			return
		}
	}
}

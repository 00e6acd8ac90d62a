package syntax

import (
	"strings"
	"unicode/utf8"
)

// readPython reads Python source.
func readPython(p *program, code string, depth int) {
	s := &pyScanner{p: p, code: code, line: 1, tokens: make([]token, 0, len(code)/4+8)}
	s.scan(0)
	r := newReader(p, python, s.tokens, depth)
	r.statements()
}

// A pyScanner splits Python into tokens. It keeps to the language's lexical
// rules and to none of its grammar, so that half a program has tokens too.
type pyScanner struct {
	p        *program
	code     string
	pos      int
	line     int
	brackets []byte // open now
	tokens   []token
}

func (s *pyScanner) add(k kind, text string, line, indent int) {
	s.tokens = append(s.tokens, token{kind: k, text: text, line: line, indent: indent})
}

// scan reads to the end of the code. depth counts strings within strings.
func (s *pyScanner) scan(depth int) {
	start := true // of a logical line
	indent := 0
	for s.pos < len(s.code) {
		c := s.code[s.pos]
		switch {
		case c == '\n':
			if len(s.brackets) == 0 && !start {
				s.add(newline, "", s.line, -1)
			}
			s.line++
			s.pos++
			if len(s.brackets) == 0 {
				start, indent = true, 0
			}
			continue
		case c == ' ' || c == '\t' || c == '\r' || c == '\f':
			if start {
				indent++
			}
			s.pos++
			continue
		case c == '#':
			for s.pos < len(s.code) && s.code[s.pos] != '\n' {
				s.pos++
			}
			continue
		case c == '\\' && strings.HasPrefix(strings.TrimLeft(s.code[s.pos+1:min(s.pos+3, len(s.code))], "\r"), "\n"):
			s.pos += strings.IndexByte(s.code[s.pos:], '\n') + 1
			s.line++
			continue
		}
		at := -1
		if start {
			at = indent
		}
		start = false
		if s.str(at, depth) {
			continue
		}
		begin := s.pos
		switch {
		case nameByte(c) && (c < '0' || c > '9'):
			for s.pos < len(s.code) && nameByte(s.code[s.pos]) {
				s.pos++
			}
			name := s.code[begin:s.pos]
			s.p.judgeName(name, s.line)
			s.add(word, name, s.line, at)
		case c >= '0' && c <= '9':
			for s.pos < len(s.code) && (nameByte(s.code[s.pos]) || s.code[s.pos] == '.') {
				s.pos++
			}
			s.add(number, s.code[begin:s.pos], s.line, at)
		default:
			s.operator(at)
		}
	}
	if len(s.brackets) > 0 && depth == 0 {
		s.p.fail(s.p.at(s.line))
	}
}

func nameByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= utf8.RuneSelf
}

// pyOperatorSigns are the operators of more than one character, longest first.
var pyOperatorSigns = []string{"**=", "//=", ">>=", "<<=", "...", ":=", "->", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "**", "//", "<<", ">>"}

func (s *pyScanner) operator(indent int) {
	c := s.code[s.pos]
	switch c {
	case '(', '[', '{':
		s.brackets = append(s.brackets, c)
	case ')', ']', '}':
		open := map[byte]byte{')': '(', ']': '[', '}': '{'}[c]
		if n := len(s.brackets); n > 0 && s.brackets[n-1] == open {
			s.brackets = s.brackets[:n-1]
		} else {
			s.p.fail(s.p.at(s.line))
		}
	case '$', '?', '`':
		s.p.fail(s.p.at(s.line)) // no operators of Python
	}
	for _, op := range pyOperatorSigns {
		if op[0] != c {
			continue
		}
		if strings.HasPrefix(s.code[s.pos:], op) {
			s.add(sign, op, s.line, indent)
			s.pos += len(op)
			return
		}
	}
	s.add(sign, s.code[s.pos:s.pos+1], s.line, indent)
	s.pos++
}

// str reads a string literal with its prefix, if one starts here.
func (s *pyScanner) str(indent, depth int) bool {
	i := s.pos
	for i < len(s.code) && i-s.pos < 3 && strings.IndexByte("rRbBuUfFtT", s.code[i]) >= 0 {
		i++
	}
	if i >= len(s.code) || s.code[i] != '"' && s.code[i] != '\'' {
		return false
	}
	prefix := strings.ToLower(s.code[s.pos:i])
	quote := s.code[i : i+1]
	if strings.HasPrefix(s.code[i:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	line := s.line
	raw, format := strings.Contains(prefix, "r"), strings.ContainsAny(prefix, "ft")
	s.pos = i + len(quote)
	begin := s.pos
	parts := 0
	for s.pos < len(s.code) {
		c := s.code[s.pos]
		switch {
		case c == '\\':
			if s.pos+1 < len(s.code) && s.code[s.pos+1] == '\n' {
				s.line++
			}
			s.pos += 2
		case strings.HasPrefix(s.code[s.pos:], quote):
			body := s.code[begin:s.pos]
			s.pos += len(quote)
			switch {
			case parts > 0:
				s.add(textEnd, s.decode(body, raw, format), line, -1)
			default:
				s.add(text, s.decode(body, raw, format), line, indent)
			}
			return true
		case c == '\n':
			if len(quote) == 1 {
				s.p.fail(s.p.at(line))
				s.add(text, s.decode(s.code[begin:s.pos], raw, format), line, indent)
				return true
			}
			s.line++
			s.pos++
		case format && c == '{' && strings.HasPrefix(s.code[s.pos:], "{{"):
			s.pos += 2
		case format && c == '{':
			k := textMiddle
			if parts == 0 {
				k = textStart
			}
			s.add(k, s.decode(s.code[begin:s.pos], raw, format), line, indent)
			indent = -1
			parts++
			s.field(depth)
			begin = s.pos
		default:
			s.pos++
		}
	}
	s.pos = len(s.code)
	s.p.fail(s.p.at(line))
	body := s.decode(s.code[min(begin, len(s.code)):], raw, format)
	if parts > 0 {
		s.add(textEnd, body, line, -1)
	} else {
		s.add(text, body, line, indent)
	}
	return true
}

func (s *pyScanner) decode(body string, raw, format bool) string {
	if format {
		body = strings.NewReplacer("{{", "{", "}}", "}").Replace(body)
	}
	if raw || strings.IndexByte(body, '\\') < 0 {
		return body
	}
	body, hidden := unescape(body)
	s.p.escapes += hidden
	return body
}

// field reads one {expression!r:format} of a string, brackets included.
func (s *pyScanner) field(depth int) {
	s.pos++
	begin, end, open := s.pos, -1, 0
loop:
	for ; s.pos < len(s.code); s.pos++ {
		switch c := s.code[s.pos]; c {
		case '(', '[', '{':
			open++
		case ')', ']':
			open--
		case '}':
			if open <= 0 {
				break loop
			}
			open--
		case ':', '!':
			if open <= 0 && end < 0 && !strings.HasPrefix(s.code[s.pos:], "!=") {
				end = s.pos
			}
		case '\n':
			s.line++
		case '"', '\'':
			if end < 0 {
				for s.pos++; s.pos < len(s.code) && s.code[s.pos] != c && s.code[s.pos] != '\n'; s.pos++ {
				}
				if s.pos < len(s.code) && s.code[s.pos] == '\n' {
					s.pos--
				}
			}
		}
	}
	if end < 0 {
		end = min(s.pos, len(s.code))
	}
	s.pos = min(s.pos+1, len(s.code))
	if depth >= maxNested {
		s.p.partly = true
		return
	}
	inner := &pyScanner{p: s.p, code: s.code[begin:end], line: s.line, tokens: s.tokens}
	inner.brackets = append(inner.brackets, '(') // no line ends in here
	inner.scan(depth + 1)
	s.tokens = inner.tokens
}

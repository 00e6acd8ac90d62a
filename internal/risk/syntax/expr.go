package syntax

import "strings"

// list reads expressions up to a closing bracket, which it takes.
func (r *reader) list(closing string) []value {
	r.nest++
	defer func() { r.nest-- }()
	if r.nest > maxDepth {
		r.p.partly = true
		r.skip()
		return nil
	}
	var vs []value
	for r.pos < len(r.tokens) {
		if r.accept(closing) {
			return vs
		}
		t := r.peek()
		if t.kind == sign && (t.text == ")" || t.text == "]" || t.text == "}") {
			r.pos++ // not ours: the code is broken, which the scanner has said
			return vs
		}
		before := r.pos
		key := ""
		if t.kind == word && r.lang == python && r.peekAt(1).kind == sign && r.peekAt(1).text == "=" {
			key = t.text
			r.pos += 2
		}
		var v value
		if closing == "}" && r.lang == javascript {
			v = r.statement() // a block, or an object that reads like one
		} else {
			v = r.expr()
		}
		if r.pos == before {
			r.pos++
			continue
		}
		v.key = key
		if len(vs) < maxItems {
			vs = append(vs, v)
		}
	}
	return vs
}

// skip passes over the rest of an open bracket.
func (r *reader) skip() {
	for open := 1; r.pos < len(r.tokens) && open > 0; r.pos++ {
		if t := r.tokens[r.pos]; t.kind == sign {
			switch t.text {
			case "(", "[", "{":
				open++
			case ")", "]", "}":
				open--
			}
		}
	}
}

// expr reads one expression and says what is known of it.
func (r *reader) expr() value {
	r.nest++
	defer func() { r.nest-- }()
	if r.nest > maxDepth {
		r.p.partly = true
		r.pos++
		return value{text: unknown}
	}
	var v value
	have := false
	op := ""
	name := "" // of the variable that v is, when it is nothing more
	each := false
	for {
		t := r.peek()
		switch {
		case t.kind == endOfCode || t.kind == newline:
			if t.kind == newline {
				r.pos++
			}
			return v
		case t.kind == textMiddle || t.kind == textEnd:
			return v
		case t.kind == sign:
			switch t.text {
			case ")", "]", "}", ",", ";", ":":
				if t.text == "," || t.text == ";" || t.text == ":" {
					r.pos++
				}
				return v
			case "=", ":=", "+=":
				r.pos++
				rhs := r.expr()
				if t.text == "+=" {
					rhs = r.combine(v, "+", rhs)
				}
				r.set(name, rhs)
				return rhs
			case "(", "[", "{":
				if have && op == "" {
					return v // the next statement
				}
			default:
				op = t.text
				r.pos++
				continue
			}
		case t.kind == word && (r.lang == python && pyOperators[t.text] || r.lang == javascript && jsOperators[t.text]):
			op = t.text
			r.pos++
			continue
		case t.kind == word && prefixes[t.text]:
			if have && op == "" && r.lang == javascript {
				return v // the next statement, without a semicolon before it
			}
			each = each || t.text == "for"
			r.pos++
			continue
		case have && op == "":
			return v
		}
		next, n := r.operand()
		if op == "as" && n != "" { // with EXPR as NAME
			r.set(n, v)
		} else if op == "in" && each || op == "of" { // for NAME in EXPR
			r.set(name, value{text: unknown, flow: next.flow, ref: next.ref})
			next.flow |= v.flow
			v, n = next, ""
		} else if have {
			v = r.combine(v, op, next)
			n = ""
		} else {
			v = next
		}
		name, op, have = n, "", true
	}
}

var (
	pyOperators = set("as", "in", "and", "or", "not", "is", "if", "else")
	jsOperators = set("as", "in", "of", "instanceof", "extends")
	prefixes    = set("return", "yield", "await", "async", "new", "typeof", "delete", "void", "throw", "raise",
		"assert", "del", "const", "let", "var", "try", "finally", "do", "if", "else", "elif", "while", "for", "with",
		"except", "catch", "switch", "case", "export", "default", "global", "nonlocal", "static", "public", "private",
		"readonly", "declare")
)

// combine says what is known of two values with an operator between them.
func (r *reader) combine(a value, op string, b value) value {
	v := value{flow: a.flow | b.flow, built: a.built || b.built, text: a.text, items: a.items}
	switch op {
	case "+":
		v.text = r.p.join(a.text, "", b.text)
		v.known = a.known && b.known && v.text != unknown
		v.built = v.built || a.known != b.known
		if a.known && b.known {
			r.p.addJoined(v.text, r.peek().line)
		}
		if len(b.items) > 0 && len(a.items)+len(b.items) <= maxItems {
			v.items = append(a.items[:len(a.items):len(a.items)], b.items...)
		}
	case "/":
		v.text = r.p.join(a.text, "/", b.text)
		if b.known {
			r.p.addJoined(v.text, r.peek().line)
		}
	case "%":
		if a.known && strings.Contains(a.text, "%") {
			v.text, v.built = fill(a.text), true
		}
	default:
		if v.text == "" || v.text == unknown {
			v.text = b.text
		}
	}
	return v
}

// fill puts unknown for the places of a %-format.
func fill(s string) string {
	return strings.NewReplacer("%s", unknown, "%d", unknown, "%r", unknown).Replace(s)
}

// operand reads one value with all that is called on it. The name is that of
// a variable when the value is nothing but one.
func (r *reader) operand() (value, string) {
	t := r.peek()
	r.pos++
	var v value
	name := ""
	switch t.kind {
	case text:
		v = value{text: clip(t.text), known: len(t.text) <= maxText}
		line := r.p.at(t.line)
		for r.lang == python && r.peek().kind == text {
			v.text = r.p.join(v.text, "", clip(r.peek().text))
			r.pos++
		}
		r.p.addText(v.text, line)
	case textStart:
		v = r.format(t)
	case number:
		v = value{text: t.text}
	case word:
		var done bool
		if v, name, done = r.word(t); done {
			return v, ""
		}
	case sign:
		switch t.text {
		case "(":
			vs := r.list(")")
			if len(vs) == 1 {
				v = vs[0]
			} else {
				v = value{text: unknown, items: vs, flow: flows(vs)}
			}
		case "[":
			vs := r.list("]")
			v = value{text: unknown, items: vs, flow: flows(vs)}
		case "{":
			vs := r.list("}")
			v = value{text: unknown, flow: flows(vs)}
			if r.lang == javascript {
				return v, "" // a block, most often
			}
		}
	}
	v.key = ""
	return r.trailers(v, name, t.line)
}

func clip(s string) string {
	if len(s) > maxText {
		return s[:maxText]
	}
	return s
}

func flows(vs []value) flow {
	var f flow
	for _, v := range vs {
		f |= v.flow
	}
	return f
}

// word reads what starts with a name. done says that nothing can be called on it.
func (r *reader) word(t token) (v value, name string, done bool) {
	switch t.text {
	case "lambda":
		for r.pos < len(r.tokens) && r.peek().kind != newline && !r.accept(":") {
			if r.peek().kind == sign && strings.Contains("()[]{}", r.peek().text) {
				break
			}
			r.pos++
		}
		return value{text: unknown}, "", true
	case "function":
		r.accept("*")
		if r.peek().kind == word {
			r.pos++
		}
		return value{text: unknown}, "", true
	case "True", "False", "None", "true", "false", "null", "undefined", "this", "self":
		return value{text: unknown, ref: t.text}, "", false
	}
	if v, ok := r.vars[t.text]; ok {
		if v.ref == "" && v.known {
			return v, t.text, false
		}
		if v.ref == "" {
			v.ref = t.text
		}
		return v, t.text, false
	}
	return value{text: unknown, ref: t.text}, t.text, false
}

// format reads a string with expressions in it.
func (r *reader) format(t token) value {
	v := value{text: clip(t.text), known: true}
	for r.pos < len(r.tokens) {
		part := r.peek()
		if part.kind == textMiddle || part.kind == textEnd {
			r.pos++
			v.text = r.p.join(v.text, "", clip(part.text))
			if part.kind == textEnd {
				break
			}
			continue
		}
		before := r.pos
		e := r.expr()
		if r.pos == before {
			r.pos++
			continue
		}
		if e.text == "" {
			e.text = unknown
		}
		v.text = r.p.join(v.text, "", e.text)
		v.flow |= e.flow
		if !e.known {
			v.known, v.built = false, true
		}
	}
	r.p.addText(v.text, r.p.at(t.line))
	return v
}

// trailers reads .name, [index] and (arguments) as often as they follow.
func (r *reader) trailers(v value, name string, line int) (value, string) {
	for r.pos < len(r.tokens) {
		t := r.peek()
		if t.kind != sign {
			break
		}
		switch t.text {
		case ".", "?.":
			n := r.peekAt(1)
			if n.kind != word {
				if t.text == "?." && n.kind == sign {
					r.pos++
					continue
				}
				return r.whole(v), name
			}
			r.pos += 2
			v = r.member(v, n.text)
		case "[":
			r.pos++
			index := r.list("]")
			if len(index) == 1 && index[0].known && identifier(index[0].text) {
				v = r.member(v, index[0].text)
			} else {
				v = value{text: unknown, flow: v.flow | flows(index), ref: v.ref + "[]"}
			}
		case "(":
			r.pos++
			args := r.list(")")
			if r.lang == javascript && r.is("{") && !strings.Contains(v.ref, ".") {
				return value{text: unknown}, "" // a method being defined
			}
			v = r.called(v, args, line)
		case "!":
			// TypeScript's "surely not null"; an operator never follows directly.
			if n := r.peekAt(1); r.lang == javascript && n.kind == sign && (n.text == "." || n.text == "[") {
				r.pos++
				continue
			}
			return r.whole(v), name
		default:
			return r.whole(v), name
		}
		name = ""
	}
	return r.whole(v), name
}

// whole marks the environment when it is taken as one, and not asked for one
// variable.
func (r *reader) whole(v value) value {
	if v.ref == "os.environ" || v.ref == "process.env" {
		v.flow |= fromEnv
	}
	return v
}

func (r *reader) member(v value, name string) value {
	ref := v.ref
	if ref == "" {
		ref = "?" // a method of something without a name: "?.join"
	}
	if len(ref)+len(name) > 200 {
		ref = "?"
	}
	return value{text: v.text, known: v.known, built: v.built, items: v.items, flow: v.flow, ref: ref + "." + name}
}

func identifier(s string) bool {
	for i := range len(s) {
		if !nameByte(s[i]) {
			return false
		}
	}
	return s != "" && len(s) < 64
}

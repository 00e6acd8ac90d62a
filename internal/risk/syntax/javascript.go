package syntax

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/js"
)

// readJavaScript reads JavaScript, and TypeScript as far as it looks the same.
func readJavaScript(p *program, code string, depth int) {
	r := newReader(p, javascript, scanJavaScript(p, code), depth)
	r.statements()
}

// maxFaults are the unknown characters after which code is given up.
const maxFaults = 20

// scanJavaScript splits JavaScript into tokens. The library's syntax tree has
// no positions and stops at the first error; its tokens have neither fault.
func scanJavaScript(p *program, code string) (tokens []token) {
	if strings.HasPrefix(code, "#!") {
		code = "//" + code[2:]
	}
	lex := js.NewLexer(parse.NewInputString(code))
	line, open, faults := 1, 0, 0
	defer func() {
		// The lexer reads past the end after some half tokens, a last "#" for one.
		if recover() != nil {
			p.fail(p.at(line))
			p.partly = true
		}
	}()
	operand := false // the last token ended an operand, so a slash divides
	for {
		tt, data := lex.Next()
		if (tt == js.DivToken || tt == js.DivEqToken) && !operand {
			tt, data = lex.RegExp()
		}
		t := token{line: line, indent: -1, text: string(data)}
		line += bytes.Count(data, []byte("\n"))
		switch {
		case tt == js.ErrorToken:
			end := errors.Is(lex.Err(), io.EOF)
			if !end || open != 0 {
				p.fail(p.at(line))
			}
			if end || len(data) == 0 {
				return tokens
			}
			// The lexer has stepped over what it did not know. Each fault costs
			// it a look at all the code before, so there cannot be many.
			if faults++; faults > maxFaults {
				p.partly = true
				return tokens
			}
			continue
		case tt == js.WhitespaceToken || tt == js.LineTerminatorToken || tt == js.CommentToken || tt == js.CommentLineTerminatorToken:
			continue
		case tt == js.StringToken:
			t.kind, t.text = text, jsText(p, data, 1, 1)
		case tt == js.TemplateToken:
			t.kind, t.text = text, jsText(p, data, 1, 1)
		case tt == js.TemplateStartToken:
			t.kind, t.text = textStart, jsText(p, data, 1, 2)
		case tt == js.TemplateMiddleToken:
			t.kind, t.text = textMiddle, jsText(p, data, 1, 2)
		case tt == js.TemplateEndToken:
			t.kind, t.text = textEnd, jsText(p, data, 1, 1)
		case tt == js.RegExpToken:
			t.kind = pattern
		case js.IsNumeric(tt):
			t.kind = number
		case js.IsIdentifierName(tt) || tt == js.PrivateIdentifierToken:
			t.kind = word
			if strings.IndexByte(t.text, '\\') >= 0 {
				var hidden int
				t.text, hidden = unescape(t.text)
				p.escapes += hidden
			}
			p.judgeName(t.text, p.at(t.line))
		default:
			t.kind = sign
			switch t.text {
			case "(", "[", "{":
				open++
			case ")", "]", "}":
				open--
			}
			if open < 0 {
				p.fail(p.at(line))
				open = 0
			}
		}
		operand = t.kind == number || t.kind == text || t.kind == textEnd || t.kind == pattern ||
			t.kind == word && !beforeOperand[t.text] ||
			t.kind == sign && (t.text == ")" || t.text == "]" || t.text == "}")
		tokens = append(tokens, t)
	}
}

// beforeOperand are the keywords after which a slash starts a pattern.
var beforeOperand = set("return", "typeof", "case", "in", "of", "do", "else", "delete", "void", "throw", "new", "instanceof", "await", "yield")

// jsText decodes a literal without its first and last bytes.
func jsText(p *program, data []byte, head, tail int) string {
	if len(data) < head+tail {
		return ""
	}
	s := string(data[head : len(data)-tail])
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	s, hidden := unescape(s)
	p.escapes += hidden
	return s
}

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

package session

import (
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// An unsupported is why code that is right bash does not run here.
type unsupported struct {
	pos  syntax.Pos
	what string
}

func (e unsupported) Error() string {
	return fmt.Sprintf("line %d: not available here: %s", e.pos.Line(), e.what)
}

// arithmetic turns assignments to elements of arrays within (( )) and let into
// plain ones, as the interpreter assigns only names there. Such an assignment
// always succeeds, where bash looks at its value.
func arithmetic(st *syntax.Stmt) (changed bool) {
	var pieces []syntax.ArithmExpr
	switch c := st.Cmd.(type) {
	case *syntax.ArithmCmd:
		pieces = commas(c.X)
	case *syntax.LetClause:
		for _, x := range c.Exprs {
			pieces = append(pieces, commas(unquote(x))...)
		}
	default:
		return false
	}
	var stmts []*syntax.Stmt
	for _, x := range pieces {
		if as := elementAssign(x); as != nil {
			stmts = append(stmts, &syntax.Stmt{Position: st.Position, Cmd: &syntax.CallExpr{Assigns: []*syntax.Assign{as}}})
			changed = true
			continue
		}
		stmts = append(stmts, &syntax.Stmt{Position: st.Position, Cmd: &syntax.ArithmCmd{X: x}})
	}
	if changed {
		st.Cmd = &syntax.Block{Stmts: stmts}
	}
	return changed
}

// unquote reads the expression within quotes, as let gets them.
func unquote(x syntax.ArithmExpr) syntax.ArithmExpr {
	w, ok := x.(*syntax.Word)
	if !ok || len(w.Parts) != 1 {
		return x
	}
	text := ""
	switch p := w.Parts[0].(type) {
	case *syntax.SglQuoted:
		text = p.Value
	case *syntax.DblQuoted:
		text = (&syntax.Word{Parts: p.Parts}).Lit()
	}
	file, err := syntax.NewParser().Parse(strings.NewReader("(("+text+"))"), "")
	if text == "" || err != nil || len(file.Stmts) != 1 {
		return x
	}
	if c, ok := file.Stmts[0].Cmd.(*syntax.ArithmCmd); ok {
		return c.X
	}
	return x
}

func commas(x syntax.ArithmExpr) []syntax.ArithmExpr {
	if b, ok := x.(*syntax.BinaryArithm); ok && b.Op == syntax.Comma {
		return append(commas(b.X), commas(b.Y)...)
	}
	return []syntax.ArithmExpr{x}
}

var assignOps = map[syntax.BinAritOperator]syntax.BinAritOperator{
	syntax.Assgn: 0, syntax.AddAssgn: syntax.Add, syntax.SubAssgn: syntax.Sub, syntax.MulAssgn: syntax.Mul, syntax.QuoAssgn: syntax.Quo, syntax.RemAssgn: syntax.Rem,
	syntax.AndAssgn: syntax.And, syntax.OrAssgn: syntax.Or, syntax.XorAssgn: syntax.Xor, syntax.ShlAssgn: syntax.Shl, syntax.ShrAssgn: syntax.Shr,
}

// elementAssign returns a[i]++, a[i]=x and their like as an assignment; nil
// when the expression is none of them.
func elementAssign(x syntax.ArithmExpr) *syntax.Assign {
	var target, value syntax.ArithmExpr
	switch x := x.(type) {
	case *syntax.UnaryArithm:
		if x.Op != syntax.Inc && x.Op != syntax.Dec {
			return nil
		}
		op := syntax.Add
		if x.Op == syntax.Dec {
			op = syntax.Sub
		}
		one := &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: "1"}}}
		target, value = x.X, &syntax.BinaryArithm{Op: op, X: x.X, Y: one}
	case *syntax.BinaryArithm:
		op, ok := assignOps[x.Op]
		if !ok {
			return nil
		}
		target, value = x.X, x.Y
		if op != 0 {
			value = &syntax.BinaryArithm{Op: op, X: x.X, Y: &syntax.ParenArithm{X: x.Y}}
		}
	}
	p := element(target)
	if p == nil {
		return nil
	}
	return &syntax.Assign{Name: p.Param, Index: p.Index, Value: &syntax.Word{Parts: []syntax.WordPart{&syntax.ArithmExp{X: value}}}}
}

// element returns the array element that an expression is, or nil.
func element(x syntax.ArithmExpr) *syntax.ParamExp {
	w, ok := x.(*syntax.Word)
	if !ok || len(w.Parts) != 1 {
		return nil
	}
	p, ok := w.Parts[0].(*syntax.ParamExp)
	if !ok || p.Index == nil || p.Param == nil {
		return nil
	}
	return p
}

// refuse panics with an unsupported for assignments that the interpreter would
// not survive.
func refuse(n syntax.Node) {
	var target syntax.ArithmExpr
	switch n := n.(type) {
	case *syntax.UnaryArithm:
		if n.Op == syntax.Inc || n.Op == syntax.Dec {
			target = n.X
		}
	case *syntax.BinaryArithm:
		if _, ok := assignOps[n.Op]; ok {
			target = n.X
		}
	}
	if target == nil {
		return
	}
	if w, ok := target.(*syntax.Word); !ok || !syntax.ValidName(w.Lit()) {
		panic(unsupported{n.Pos(), "to assign an array element within a larger expression; write a[i]=$((...))"})
	}
}

// testSet turns [[ -v a[i] ]] into a test of the element, which the
// interpreter knows only for names. An empty element counts as none.
func testSet(t *syntax.UnaryTest) bool {
	w, ok := t.X.(*syntax.Word)
	if t.Op != syntax.TsVarSet || !ok {
		return false
	}
	var b strings.Builder
	if syntax.NewPrinter().Print(&b, w) != nil || !strings.Contains(b.String(), "[") {
		return false
	}
	text := strings.Trim(b.String(), `'"`)
	file, err := syntax.NewParser().Parse(strings.NewReader(`echo "${`+text+`}"`), "")
	if err != nil {
		return false
	}
	t.Op, t.X = syntax.TsNempStr, file.Stmts[0].Cmd.(*syntax.CallExpr).Args[1]
	return true
}

// anchored turns ${v/#old/new} and ${v/%old/new} into what the interpreter
// knows; nil when p is none of these.
func anchored(p *syntax.ParamExp) syntax.WordPart {
	if p.Repl == nil || p.Repl.All || p.Repl.Orig == nil || len(p.Repl.Orig.Parts) == 0 {
		return nil
	}
	first, ok := p.Repl.Orig.Parts[0].(*syntax.Lit)
	if !ok || first.Value == "" || first.Value[0] != '#' && first.Value[0] != '%' {
		return nil
	}
	if w, ok := p.Index.(*syntax.Word); ok && (w.Lit() == "@" || w.Lit() == "*") || p.Param.Value == "@" || p.Param.Value == "*" {
		panic(unsupported{p.Pos(), "to replace at the start or end of all elements at once; use a loop"})
	}
	atEnd := first.Value[0] == '%'
	pattern := append([]syntax.WordPart{&syntax.Lit{Value: first.Value[1:]}}, p.Repl.Orig.Parts[1:]...)
	if first.Value == "#" || first.Value == "%" {
		pattern = pattern[1:]
	}
	return fillAnchored(p, pattern, atEnd)
}

// fillAnchored builds "$(case ${v} in old*) ... esac)" around a parameter.
func fillAnchored(p *syntax.ParamExp, pattern []syntax.WordPart, atEnd bool) syntax.WordPart {
	lit := func(s string) syntax.WordPart { return &syntax.Lit{ValuePos: p.Pos(), ValueEnd: p.End(), Value: s} }
	bare, cut := *p, *p
	bare.Repl, bare.Short, cut.Repl, cut.Short = nil, false, nil, false
	cut.Exp = &syntax.Expansion{Op: syntax.RemLargePrefix, Word: &syntax.Word{Parts: pattern}}
	match := append(append([]syntax.WordPart{}, pattern...), lit("*"))
	if atEnd {
		cut.Exp.Op = syntax.RemLargeSuffix
		match = append([]syntax.WordPart{lit("*")}, pattern...)
	}
	quote := func(part syntax.WordPart) syntax.WordPart { return &syntax.DblQuoted{Parts: []syntax.WordPart{part}} }
	var result []syntax.WordPart
	if p.Repl.With != nil {
		result = append(result, p.Repl.With.Parts...)
	}
	if atEnd {
		result = append([]syntax.WordPart{quote(&cut)}, result...)
	} else {
		result = append(result, quote(&cut))
	}
	print := func(parts []syntax.WordPart) []*syntax.Stmt {
		word := func(parts ...syntax.WordPart) *syntax.Word { return &syntax.Word{Parts: parts} }
		return []*syntax.Stmt{{Position: p.Pos(), Cmd: &syntax.CallExpr{Args: []*syntax.Word{word(lit("printf")), word(lit("%s")), word(parts...)}}}}
	}
	choice := &syntax.CaseClause{
		Word: &syntax.Word{Parts: []syntax.WordPart{quote(&bare)}},
		Items: []*syntax.CaseItem{
			{Op: syntax.Break, Patterns: []*syntax.Word{{Parts: match}}, Stmts: print(result)},
			{Op: syntax.Break, Patterns: []*syntax.Word{{Parts: []syntax.WordPart{lit("*")}}}, Stmts: print([]syntax.WordPart{quote(&bare)})},
		},
	}
	return &syntax.CmdSubst{Stmts: []*syntax.Stmt{{Position: p.Pos(), Cmd: choice}}}
}

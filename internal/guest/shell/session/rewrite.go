package session

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/caisson-dev/caisson/internal/guest/shell/tools"
	"mvdan.cc/sh/v3/syntax"
)

// rewrite changes what the interpreter could not do here: <(command) becomes
// the name of a file with the command's output, LINENO and FUNCNAME become what
// they are at their place, and see the other functions of this file and of
// arrays.go. It reports whether anything changed; the error is an unsupported.
func (s *Session) rewrite(node syntax.Node) (changed bool, err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case unsupported:
			err = e
		default:
			panic(e)
		}
	}()
	syntax.Walk(node, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.DeclClause:
			s.noteArrays(n)
		case *syntax.FuncDecl:
			if n.Name != nil {
				nameFunction(n.Body, n.Name.Value)
			}
		case *syntax.ForClause:
			// The interpreter leaves (( ; ; )) when a body ends with a failure.
			if _, ok := n.Loop.(*syntax.CStyleLoop); ok {
				n.Do = append(n.Do, &syntax.Stmt{Position: n.Pos(), Cmd: &syntax.CallExpr{Args: []*syntax.Word{{Parts: []syntax.WordPart{&syntax.Lit{Value: ":"}}}}}})
			}
		case *syntax.BinaryCmd:
			changed = ownLast(n) || changed
		case *syntax.Stmt:
			changed = arithmetic(n) || changed
		case *syntax.Assign:
			changed = unescape(n.Value) || changed
		case *syntax.CaseClause:
			changed = unescape(n.Word) || changed
		case *syntax.Redirect:
			if n.Op == syntax.RdrClob { // nothing refuses to write over files here
				n.Op, changed = syntax.RdrOut, true
			}
			if n.Op != syntax.Hdoc && n.Op != syntax.DashHdoc {
				changed = unescape(n.Word) || changed
			}
		case *syntax.UnaryTest:
			changed = testSet(n) || changed
		case *syntax.Word:
			changed = s.rewriteParts(n.Parts) || changed
		case *syntax.DblQuoted:
			changed = s.rewriteParts(n.Parts) || changed
		}
		refuse(n)
		return true
	})
	return changed, nil
}

// ownLast gives the last command of a pipe a shell of its own, as bash does:
// the interpreter runs it in the shell itself, where it could change variables.
// The tools need none.
func ownLast(pipe *syntax.BinaryCmd) bool {
	if pipe.Op != syntax.Pipe && pipe.Op != syntax.PipeAll {
		return false
	}
	if call, ok := pipe.Y.Cmd.(*syntax.CallExpr); ok && len(call.Args) > 0 {
		if _, ok := tools.Lookup(call.Args[0].Lit()); ok {
			return false
		}
	}
	pipe.Y = &syntax.Stmt{Position: pipe.Y.Position, Cmd: &syntax.Subshell{Lparen: pipe.Y.Pos(), Rparen: pipe.Y.End(), Stmts: []*syntax.Stmt{pipe.Y}}}
	return true
}

// noteArrays remembers which names are associative arrays, by declare -A.
func (s *Session) noteArrays(d *syntax.DeclClause) {
	associative := false
	for _, as := range d.Args {
		switch {
		case as.Naked && as.Name == nil && as.Value != nil:
			if f := as.Value.Lit(); strings.HasPrefix(f, "-") && strings.Contains(f, "A") {
				associative = true
			}
		case as.Name != nil && associative:
			s.associative.Store(as.Name.Value, true)
		}
	}
}

// unescape puts characters behind a backslash between quotes, as the
// interpreter forgets to take the backslash away where a word becomes one
// string: in assignments, redirections and case.
func unescape(w *syntax.Word) (changed bool) {
	if w == nil {
		return false
	}
	var parts []syntax.WordPart
	for _, part := range w.Parts {
		l, ok := part.(*syntax.Lit)
		if !ok || !strings.Contains(l.Value, `\`) {
			parts = append(parts, part)
			continue
		}
		changed = true
		text := l.Value
		for {
			before, after, found := strings.Cut(text, `\`)
			if before != "" {
				parts = append(parts, &syntax.Lit{ValuePos: l.Pos(), ValueEnd: l.End(), Value: before})
			}
			if !found {
				break
			}
			r, size := utf8.DecodeRuneInString(after)
			if size > 0 && r != '\n' {
				parts = append(parts, quotedRune(l, after[:size]))
			}
			text = after[size:]
		}
	}
	if changed {
		w.Parts = parts
	}
	return changed
}

// quotedRune quotes one character so that it can also be printed as code.
func quotedRune(at *syntax.Lit, s string) syntax.WordPart {
	if s == "'" {
		return &syntax.DblQuoted{Left: at.Pos(), Right: at.End(), Parts: []syntax.WordPart{&syntax.Lit{ValuePos: at.Pos(), ValueEnd: at.End(), Value: s}}}
	}
	return &syntax.SglQuoted{Left: at.Pos(), Right: at.End(), Value: s}
}

// nameFunction puts a function's name where its body asks for it.
func nameFunction(body *syntax.Stmt, name string) {
	put := func(parts []syntax.WordPart) {
		for i, part := range parts {
			if p, ok := part.(*syntax.ParamExp); ok && plain(p, "FUNCNAME") {
				parts[i] = &syntax.Lit{ValuePos: p.Pos(), ValueEnd: p.End(), Value: name}
			}
		}
	}
	syntax.Walk(body, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.FuncDecl:
			return false
		case *syntax.Word:
			put(n.Parts)
		case *syntax.DblQuoted:
			put(n.Parts)
		}
		return true
	})
}

// plain reports whether a parameter is a name alone, or its element 0.
func plain(p *syntax.ParamExp, name string) bool {
	if p.Param == nil || p.Param.Value != name || p.Length || p.Excl || p.Width || p.Slice != nil || p.Repl != nil || p.Exp != nil || p.Names != 0 {
		return false
	}
	w, ok := p.Index.(*syntax.Word)
	return p.Index == nil || ok && w.Lit() == "0"
}

func (s *Session) rewriteParts(parts []syntax.WordPart) (changed bool) {
	for i, part := range parts {
		switch p := part.(type) {
		case *syntax.ParamExp:
			if plain(p, "LINENO") {
				parts[i] = &syntax.Lit{ValuePos: p.Pos(), ValueEnd: p.End(), Value: strconv.Itoa(int(p.Pos().Line()))}
				changed = true
			} else if sub := anchored(p); sub != nil {
				parts[i] = sub
				changed = true
			} else if s.countsArray(p) {
				parts[i] = countSubstitute(p.Param.Value)
				changed = true
			}
		case *syntax.ProcSubst:
			if sub := substitute(p); sub != nil {
				parts[i] = sub
				changed = true
			}
		}
	}
	return changed
}

// countsArray reports whether p is ${#a[@]} of an associative array, which the
// interpreter counts as one.
func (s *Session) countsArray(p *syntax.ParamExp) bool {
	w, ok := p.Index.(*syntax.Word)
	if !p.Length || !ok || w.Lit() != "@" && w.Lit() != "*" {
		return false
	}
	_, known := s.associative.Load(p.Param.Value)
	return known
}

// countSubstitute is $(count name).
func countSubstitute(name string) syntax.WordPart {
	word := func(s string) *syntax.Word { return &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: s}}} }
	call := &syntax.CallExpr{Args: []*syntax.Word{word(ownPrefix + "count"), word(name)}}
	return &syntax.CmdSubst{Stmts: []*syntax.Stmt{{Cmd: call}}}
}

// What stands for <(command): it runs the command into a new file and expands
// to its name. The variable is that of a subshell, so nobody else sees it.
const (
	inTemplate  = `"$(__caisson_file=$(` + ownPrefix + `substitute) && { :; } >"$__caisson_file"; printf %s "$__caisson_file")"`
	outTemplate = `"$(` + ownPrefix + `refuse)"`
)

func substitute(p *syntax.ProcSubst) syntax.WordPart {
	text := inTemplate
	if p.Op != syntax.CmdIn {
		text = outTemplate
	}
	file, err := syntax.NewParser().Parse(strings.NewReader("echo "+text), "")
	if err != nil {
		panic("session: internal error: bad template: " + err.Error())
	}
	quoted := file.Stmts[0].Cmd.(*syntax.CallExpr).Args[1].Parts[0]
	if p.Op == syntax.CmdIn {
		syntax.Walk(quoted, func(n syntax.Node) bool {
			if b, ok := n.(*syntax.Block); ok {
				b.Stmts = p.Stmts
				return false
			}
			return true
		})
	}
	return quoted
}

// The substitutes are the files of one execution's process substitutions.
type substitutes struct {
	mu    sync.Mutex
	paths []string
}

// create makes one more file and returns its name.
func (s *substitutes) create() (string, error) {
	path := filepath.Join(os.TempDir(), "caisson-substitute-"+rand.Text())
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paths = append(s.paths, path)
	return path, f.Close()
}

// remove removes them all.
func (s *substitutes) remove() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, path := range s.paths {
		os.Remove(path) // where the code did not
	}
	s.paths = nil
}

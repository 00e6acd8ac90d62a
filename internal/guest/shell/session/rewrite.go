package session

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// rewrite changes what the interpreter could not do here: <(command) becomes
// the name of a file with the command's output, and LINENO and FUNCNAME become
// what they are at their place. It reports whether anything changed.
func rewrite(node syntax.Node) (changed bool) {
	syntax.Walk(node, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.FuncDecl:
			if n.Name != nil {
				nameFunction(n.Body, n.Name.Value)
			}
		case *syntax.Word:
			changed = rewriteParts(n.Parts) || changed
		case *syntax.DblQuoted:
			changed = rewriteParts(n.Parts) || changed
		}
		return true
	})
	return changed
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

func rewriteParts(parts []syntax.WordPart) (changed bool) {
	for i, part := range parts {
		switch p := part.(type) {
		case *syntax.ParamExp:
			if plain(p, "LINENO") {
				parts[i] = &syntax.Lit{ValuePos: p.Pos(), ValueEnd: p.End(), Value: strconv.Itoa(int(p.Pos().Line()))}
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

const substitutePrefix = "caisson-substitute-"

// newSubstitute makes the file of one process substitution.
func newSubstitute() (string, error) {
	path := filepath.Join(os.TempDir(), substitutePrefix+rand.Text())
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	return path, f.Close()
}

// removeSubstitutes removes the files of an execution that is over.
func removeSubstitutes() {
	list, err := os.ReadDir(os.TempDir())
	if err != nil {
		return // there is no such folder, and so there are no files
	}
	for _, e := range list {
		if strings.HasPrefix(e.Name(), substitutePrefix) {
			os.Remove(filepath.Join(os.TempDir(), e.Name()))
		}
	}
}

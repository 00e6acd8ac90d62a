package housetest

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// packages checks what is asked of each package as a whole.
func (h *house) packages() {
	type key struct{ folder, name string }
	docs := map[key][]string{}
	for _, s := range h.sources {
		if s.test {
			continue
		}
		k := key{s.pkg, s.ast.Name.Name}
		var in []string
		if s.ast.Doc != nil {
			in = append(in, s.name)
			if n := strings.Count(s.ast.Doc.Text(), "\n"); n < 1 || n > maxDoc {
				h.fault("%s has a package doc of %d lines: 1 to %d are meant", s.name, n, maxDoc)
			}
		}
		docs[k] = append(docs[k], in...)
	}
	for k, in := range docs {
		if len(in) != 1 {
			h.fault("%s has %d package docs, not one: %s", k.folder, len(in), strings.Join(in, ", "))
		}
		for _, name := range []string{k.name, path.Base(k.folder)} {
			if slices.Contains(badNames, name) {
				h.fault("%s is named %s: name a package by what it gives", k.folder, name)
			}
		}
	}
	h.variables()
}

// variables checks that no package variable can change.
func (h *house) variables() {
	byPkg := map[string][]source{}
	for _, s := range h.sources {
		if !s.test {
			byPkg[s.pkg] = append(byPkg[s.pkg], s)
		}
	}
	for pkg, sources := range byPkg {
		vars := map[string]bool{}
		for _, s := range sources {
			for name, why := range packageVars(s.ast) {
				vars[name] = true
				if why != "" && changing[pkg+"."+name] == "" {
					h.fault("%s: variable %s %s: nothing global changes", s.name, name, why)
				}
			}
		}
		for _, s := range sources {
			for _, name := range assigned(s.ast, vars) {
				if changing[pkg+"."+name] == "" {
					h.fault("%s: variable %s is assigned to: nothing global changes", s.name, name)
				}
			}
		}
	}
}

// packageVars returns the names of a file's package variables, each with what
// makes it look as if it changed, or "".
func packageVars(f *ast.File) map[string]string {
	vars := map[string]string{}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, spec := range g.Specs {
			v := spec.(*ast.ValueSpec)
			for _, name := range v.Names {
				if name.Name != "_" {
					vars[name.Name] = looksChanging(v, embeds(g.Doc) || embeds(v.Doc))
				}
			}
		}
	}
	return vars
}

func embeds(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool {
		return strings.HasPrefix(c.Text, "//go:embed ")
	})
}

func looksChanging(v *ast.ValueSpec, embedded bool) string {
	if len(v.Values) == 0 && !embedded {
		return "has no value"
	}
	for _, e := range append([]ast.Expr{v.Type}, v.Values...) {
		if u, ok := e.(*ast.UnaryExpr); ok {
			e = u.X
		}
		switch x := e.(type) {
		case *ast.CompositeLit:
			e = x.Type
		case *ast.CallExpr:
			if id, ok := x.Fun.(*ast.Ident); ok && (id.Name == "make" || id.Name == "new") {
				return "is made to be filled"
			}
		}
		if p := selector(e); strings.HasPrefix(p, "sync.") || strings.HasPrefix(p, "atomic.") {
			return "is a " + p
		}
	}
	return ""
}

// selector returns "x.Y" for such an expression, without type arguments.
func selector(e ast.Expr) string {
	if i, ok := e.(*ast.IndexExpr); ok {
		e = i.X
	}
	if s, ok := e.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok {
			return x.Name + "." + s.Sel.Name
		}
	}
	return ""
}

// assigned returns which of vars the functions of a file assign to, or to a
// part of. A function that has a name of its own for something else is taken
// to mean that.
func assigned(f *ast.File, vars map[string]bool) []string {
	var names []string
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		own := ownNames(fn)
		hit := func(e ast.Expr) {
			if id := root(e); id != nil && vars[id.Name] && !own[id.Name] {
				names = append(names, id.Name)
			}
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, e := range n.Lhs {
					hit(e)
				}
			case *ast.IncDecStmt:
				hit(n.X)
			case *ast.CallExpr:
				if id, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && slices.Contains([]string{"delete", "clear", "copy"}, id.Name) {
					hit(n.Args[0])
				}
			}
			return true
		})
	}
	return names
}

// ownNames returns the names that a function declares anywhere in it.
func ownNames(fn *ast.FuncDecl) map[string]bool {
	own := map[string]bool{}
	add := func(e ast.Expr) {
		if id, ok := e.(*ast.Ident); ok {
			own[id.Name] = true
		}
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, e := range n.Lhs {
					add(e)
				}
			}
		case *ast.RangeStmt:
			if n.Tok == token.DEFINE {
				add(n.Key)
				add(n.Value)
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				add(id)
			}
		case *ast.Field:
			for _, id := range n.Names {
				add(id)
			}
		}
		return true
	})
	return own
}

// root returns the variable of which e is a part; nil when there is none.
func root(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

var nolint = regexp.MustCompile(`^//nolint:[a-z][a-z0-9,]* // \S`)

// code checks one file.
func (h *house) code(s source) {
	for _, g := range s.ast.Comments {
		for _, c := range g.List {
			if strings.HasPrefix(c.Text, "//nolint") && !nolint.MatchString(c.Text) {
				h.fault("%s: //nolint names its linters and a reason: //nolint:errcheck // why", s.at(h.files, c))
			}
		}
	}
	if s.made {
		return
	}
	if s.lines > maxFile {
		h.fault("%s has %d lines: split it by idea, at most %d", s.name, s.lines, maxFile)
	}
	if s.test {
		return
	}
	for _, d := range s.ast.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			h.fault("%s: init() runs where nobody sees it: call it by name", s.at(h.files, fn))
		}
	}
	ast.Inspect(s.ast, func(n ast.Node) bool {
		h.node(s, n)
		return true
	})
}

func (h *house) node(s source, n ast.Node) {
	switch n := n.(type) {
	case *ast.CallExpr:
		call := selector(n.Fun)
		ends := call == "os.Exit" || strings.HasPrefix(call, "log.Fatal") || call == "syscall.Exit" || call == "unix.Exit"
		if ends && !(s.ast.Name.Name == "main" && path.Base(s.name) == "main.go") {
			h.fault("%s: %s stands in main.go alone: return an error", s.at(h.files, n), call)
		}
	case *ast.FuncType:
		if p := n.Params.NumFields(); p > maxParams {
			h.fault("%s: a function of %d parameters: at most %d, or a struct named for what it is", s.at(h.files, n), p, maxParams)
		}
	case *ast.InterfaceType:
		if m := n.Methods.NumFields(); m > maxMethods {
			h.fault("%s: an interface of %d methods cannot be faked: at most %d", s.at(h.files, n), m, maxMethods)
		}
	case *ast.TypeSpec:
		h.context(s, n)
	}
}

// context checks that a struct keeps no context.
func (h *house) context(s source, spec *ast.TypeSpec) {
	st, ok := spec.Type.(*ast.StructType)
	if !ok || keepsContext[s.pkg+"."+spec.Name.Name] != "" {
		return
	}
	for _, f := range st.Fields.List {
		if selector(f.Type) == "context.Context" {
			h.fault("%s: %s keeps a context: hand it on as the first parameter", s.at(h.files, f), spec.Name.Name)
		}
	}
}

package housetest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A source is one Go file.
type source struct {
	name  string // below the repository
	pkg   string // its folder, which is the package's path below the module
	test  bool
	lines int
	made  bool // by a generator
	ast   *ast.File
}

// at says where in a source something stands.
func (s source) at(f *token.FileSet, n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.name, f.Position(n.Pos()).Line)
}

// A house is all that the rules are about.
type house struct {
	files   *token.FileSet
	sources []source
	faults  []string
}

func (h *house) fault(format string, args ...any) {
	h.faults = append(h.faults, fmt.Sprintf(format, args...))
}

// Check returns every fault of the repository in fsys, sorted.
func Check(fsys fs.FS) ([]string, error) {
	h := &house{files: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return h.folder(name)
		}
		return h.file(fsys, name, d)
	})
	if err != nil {
		return nil, err
	}
	h.imports()
	h.packages()
	for _, s := range h.sources {
		h.code(s)
	}
	slices.Sort(h.faults)
	return slices.Compact(h.faults), nil
}

// folder says which folders are no part of the house.
func (h *house) folder(name string) error {
	base := path.Base(name)
	switch {
	case name == ".":
		return nil
	// What is built lies here, with the sources of others.
	case name == "build", name == "bin", base == "node_modules", base[0] == '.', base[0] == '_':
		return fs.SkipDir
	}
	return nil
}

func (h *house) file(fsys fs.FS, name string, d fs.DirEntry) error {
	testdata := slices.Contains(strings.Split(path.Dir(name), "/"), "testdata")
	isGo := path.Ext(name) == ".go" && !testdata
	if !d.Type().IsRegular() || !isGo && !testdata {
		return nil
	}
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	if testdata {
		h.secrets(name, b)
		return nil
	}
	f, err := parser.ParseFile(h.files, name, b, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		h.fault("%s cannot be parsed: %v", name, err)
		return nil
	}
	h.sources = append(h.sources, source{
		name: name, pkg: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
		lines: bytes.Count(b, []byte("\n")), made: ast.IsGenerated(f), ast: f,
	})
	return nil
}

func (h *house) secrets(name string, b []byte) {
	for _, s := range secrets {
		m := s.re.Find(b)
		// Vendors mark the keys of their manuals so.
		if m != nil && !bytes.HasSuffix(m, []byte("EXAMPLE")) {
			h.fault("%s holds what looks like %s: %.8s…", name, s.what, m)
		}
	}
}

// matches reports whether a path is one that the pattern stands for: with "*"
// at its end, all that begin so.
func matches(pattern, name string) bool {
	begin, any := strings.CutSuffix(pattern, "*")
	if any && strings.HasSuffix(begin, "/") {
		return strings.HasPrefix(name, begin)
	}
	if any {
		return name == begin || strings.HasPrefix(name, begin+"/")
	}
	return name == pattern
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, name) })
}

package syntax

import (
	"errors"
	"io"
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// maxStatement is how much shell may pass without one complete statement. The
// parser recurses as deep as a statement nests, and this bounds it.
const maxStatement = 64 << 10

var errStatement = errors.New("statement too long")

// A ration hands code to the parser, a statement's worth at a time.
type ration struct {
	r    *strings.Reader
	left int
}

func (r *ration) Read(b []byte) (int, error) {
	if r.left <= 0 && r.r.Len() > 0 {
		return 0, errStatement
	}
	n, err := r.r.Read(b[:min(len(b), max(r.left, 1))])
	r.left -= n
	return n, err
}

var _ io.Reader = (*ration)(nil)

// readShell reads bash, which is POSIX shell and more.
func readShell(p *program, code string, depth int) {
	in := &ration{r: strings.NewReader(code), left: maxStatement}
	s := &shellReader{p: p, depth: depth, vars: map[string]value{}, fetched: map[string]bool{}}
	line, broken := 1, false
	for stmt, err := range syntax.NewParser(syntax.Variant(syntax.LangBash)).StmtsSeq(in) {
		if broken {
			continue // the parser's iterator goes on after its error
		}
		if err != nil {
			at := line
			var pe syntax.ParseError
			if errors.As(err, &pe) {
				at = int(pe.Pos.Line())
			}
			p.fail(p.at(at))
			s.rest(code, line)
			broken = true
			continue
		}
		in.left = maxStatement
		s.stmt(stmt, 0)
		line = int(stmt.End().Line()) + 1
	}
}

// A shellReader follows the statements of a script in the order of the text.
type shellReader struct {
	p       *program
	depth   int
	nest    int
	vars    map[string]value
	fetched map[string]bool // base names of files that were downloaded
	endless int
}

// rest looks at what the parser could not read, from a line on and word by
// word: a broken line is no cover for the others.
func (s *shellReader) rest(code string, line int) {
	for i, l := range strings.Split(code, "\n") {
		if i+1 < line || len(l) > 4096 {
			continue
		}
		var argv []value
		for w := range strings.FieldsSeq(l) {
			argv = append(argv, value{text: strings.Trim(w, `"';`), known: true})
			if len(argv) == 32 {
				break
			}
		}
		if len(argv) > 0 {
			s.p.command(argv, s.p.at(i+1), 0, maxNested)
		}
	}
}

// stmt reads a statement. in is what a pipe feeds it; the result is what it
// writes to its output.
func (s *shellReader) stmt(st *syntax.Stmt, in flow) flow {
	if st == nil {
		return 0
	}
	s.nest++
	defer func() { s.nest-- }()
	if s.nest > maxDepth {
		s.p.partly = true
		return 0
	}
	line := s.p.at(int(st.Pos().Line()))
	for _, r := range st.Redirs {
		if r.Hdoc != nil {
			v := s.word(r.Hdoc)
			in |= v.flow
			s.hereDocument(st, v, line)
		}
		if r.Word == nil {
			continue
		}
		w := s.word(r.Word)
		switch r.Op {
		case syntax.RdrIn, syntax.WordHdoc, syntax.RdrInOut:
			in |= w.flow
		}
		if r.Op != syntax.RdrIn && r.Op != syntax.Hdoc && r.Op != syntax.DashHdoc && r.Op != syntax.WordHdoc &&
			r.Op != syntax.DplIn && r.Op != syntax.DplOut {
			s.p.writes = append(s.p.writes, touch{path: w.text, line: line})
		}
		if strings.HasPrefix(w.text, "/dev/tcp/") || strings.HasPrefix(w.text, "/dev/udp/") {
			s.p.addCall(call{name: "/dev/tcp", line: line, command: true, args: []value{{text: commandName(st.Cmd)}}})
			in |= fromNet
		}
	}
	out := s.cmd(st.Cmd, in, line)
	for _, r := range st.Redirs {
		if r.Word != nil && out&fromNet != 0 && (r.Op == syntax.RdrOut || r.Op == syntax.AppOut) {
			s.fetched[path.Base(s.word(r.Word).text)] = true
		}
	}
	return out
}

// hereDocument reads the code that is fed to an interpreter.
func (s *shellReader) hereDocument(st *syntax.Stmt, v value, line int) {
	call, ok := st.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 {
		return
	}
	for _, a := range call.Args {
		if lang, ok := interpreters[path.Base(a.Lit())]; ok {
			s.p.readNested(lang, v.text, line, s.depth)
			return
		}
	}
}

func commandName(c syntax.Command) string {
	if call, ok := c.(*syntax.CallExpr); ok && len(call.Args) > 0 {
		var b strings.Builder
		for _, a := range call.Args {
			b.WriteString(a.Lit())
			b.WriteByte(' ')
		}
		return strings.TrimSpace(b.String())
	}
	return ""
}

func (s *shellReader) stmts(list []*syntax.Stmt, in flow) flow {
	var out flow
	for _, st := range list {
		out |= s.stmt(st, in)
	}
	return out
}

func (s *shellReader) cmd(c syntax.Command, in flow, line int) flow {
	switch c := c.(type) {
	case *syntax.CallExpr:
		return s.call(c, in, line)
	case *syntax.BinaryCmd:
		if c.Op == syntax.Pipe || c.Op == syntax.PipeAll {
			return s.stmt(c.Y, s.stmt(c.X, in))
		}
		return s.stmt(c.X, in) | s.stmt(c.Y, in)
	case *syntax.Subshell:
		return s.stmts(c.Stmts, in)
	case *syntax.Block:
		return s.stmts(c.Stmts, in)
	case *syntax.IfClause:
		var out flow
		for e := c; e != nil; e = e.Else {
			out |= s.stmts(e.Cond, in) | s.stmts(e.Then, in)
		}
		return out
	case *syntax.WhileClause:
		out := s.stmts(c.Cond, in)
		endless := len(c.Cond) == 1 && (commandName(c.Cond[0].Cmd) == "true" || commandName(c.Cond[0].Cmd) == ":")
		if endless {
			s.endless++
			defer func() { s.endless-- }()
		}
		return out | s.stmts(c.Do, in)
	case *syntax.ForClause:
		if w, ok := c.Loop.(*syntax.WordIter); ok {
			v := value{text: unknown}
			for _, it := range w.Items {
				iv := s.word(it)
				v.flow |= iv.flow
				if len(w.Items) == 1 {
					v.text = iv.text
				}
			}
			s.vars[w.Name.Value] = v
		}
		return s.stmts(c.Do, in)
	case *syntax.CaseClause:
		s.word(c.Word)
		var out flow
		for _, it := range c.Items {
			out |= s.stmts(it.Stmts, in)
		}
		return out
	case *syntax.FuncDecl:
		if c.Name != nil {
			s.p.functions[c.Name.Value] = true
			if startsItself(c) {
				s.p.bomb = first(s.p.bomb, line)
			}
		}
		return s.stmt(c.Body, in)
	case *syntax.DeclClause:
		for _, a := range c.Args {
			s.assign(a)
		}
	case *syntax.TimeClause:
		return s.stmt(c.Stmt, in)
	case *syntax.CoprocClause:
		return s.stmt(c.Stmt, in)
	case *syntax.TestClause:
		syntax.Walk(c, func(n syntax.Node) bool {
			if w, ok := n.(*syntax.Word); ok {
				s.word(w)
				return false
			}
			return true
		})
	}
	return 0
}

// startsItself reports whether a function calls itself into a pipe or into
// the background: each run then starts two.
func startsItself(f *syntax.FuncDecl) bool {
	background, pipe, calls := false, false, 0
	syntax.Walk(f.Body, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Stmt:
			background = background || n.Background
		case *syntax.BinaryCmd:
			pipe = pipe || n.Op == syntax.Pipe || n.Op == syntax.PipeAll
		case *syntax.CallExpr:
			if len(n.Args) > 0 && n.Args[0].Lit() == f.Name.Value {
				calls++
			}
		}
		return true
	})
	return calls > 1 && (background || pipe) || calls == 1 && background
}

func (s *shellReader) assign(a *syntax.Assign) {
	if a.Name == nil || a.Value == nil {
		return
	}
	v := s.word(a.Value)
	s.vars[a.Name.Value] = v
	s.p.addCall(call{name: a.Name.Value + "=", args: []value{v}, line: s.p.at(int(a.Pos().Line())), command: true})
}

func (s *shellReader) call(c *syntax.CallExpr, in flow, line int) flow {
	for _, a := range c.Assigns {
		s.assign(a)
	}
	if len(c.Args) == 0 {
		return 0
	}
	argv := make([]value, 0, len(c.Args))
	for _, w := range c.Args {
		if v := s.word(w); len(argv) < 256 {
			// One variable may hold a whole command line.
			if len(argv) == 0 && strings.IndexByte(v.text, ' ') > 0 {
				for f := range strings.FieldsSeq(v.text) {
					argv = append(argv, value{text: f, known: v.known, flow: v.flow})
				}
				continue
			}
			argv = append(argv, v)
		}
	}
	if len(argv) == 0 {
		return 0
	}
	if s.endless > 0 {
		s.p.addCall(call{name: "while:", args: argv, line: line, command: true, endless: true})
	}
	out := s.p.command(argv, line, in, s.depth)
	s.follow(argv, line, out)
	return out
}

// follow keeps track of downloaded files up to the command that runs one.
func (s *shellReader) follow(argv []value, line int, out flow) {
	name, args := unwrap(argv)
	if name == "curl" || name == "wget" {
		if f := downloadTarget(name, args); f != "" {
			s.fetched[f] = true
		}
		return
	}
	run := ""
	_, interprets := interpreters[name]
	switch {
	case interprets || name == "perl" || name == "ruby" || name == "source" || name == ".":
		for _, a := range args {
			if !strings.HasPrefix(a.text, "-") {
				run = a.text
				break
			}
		}
	case name == "chmod" && len(args) > 1 && (strings.Contains(args[0].text, "x") || strings.HasPrefix(args[0].text, "7")):
		run = args[len(args)-1].text
	case len(argv) > 0 && strings.Contains(argv[0].text, "/"):
		run = argv[0].text
	}
	if run != "" && s.fetched[path.Base(run)] {
		s.p.addCall(call{name: "run-downloaded", line: line, command: true})
	}
}

func downloadTarget(name string, args []value) string {
	url := ""
	for i, a := range args {
		t := a.text
		switch {
		case (name == "curl" && (t == "-o" || t == "--output") || name == "wget" && (t == "-O" || t == "--output-document")) && i+1 < len(args):
			return path.Base(args[i+1].text)
		case strings.Contains(t, "://"):
			url = t
		}
	}
	for _, a := range args {
		if name == "wget" || a.text == "--remote-name" || strings.HasPrefix(a.text, "-") && !strings.HasPrefix(a.text, "--") && strings.Contains(a.text, "O") {
			if url != "" {
				return path.Base(url)
			}
		}
	}
	return ""
}

// word says what is known of a word, and reads the commands in it.
func (s *shellReader) word(w *syntax.Word) value {
	if w == nil {
		return value{}
	}
	v := value{known: true}
	s.parts(w.Parts, &v)
	if strings.IndexByte(v.text, '\\') >= 0 {
		v.text = strings.ReplaceAll(v.text, "\\", "")
	}
	s.p.addText(v.text, s.p.at(int(w.Pos().Line())))
	return v
}

func (s *shellReader) parts(parts []syntax.WordPart, v *value) {
	s.nest++
	defer func() { s.nest-- }()
	if s.nest > maxDepth {
		s.p.partly = true
		v.known = false
		return
	}
	for _, part := range parts {
		switch part := part.(type) {
		case *syntax.Lit:
			v.text = s.p.join(v.text, "", part.Value)
		case *syntax.SglQuoted:
			t := part.Value
			if part.Dollar {
				var hidden int
				t, hidden = unescape(t)
				s.p.escapes += hidden
			}
			v.text = s.p.join(v.text, "", t)
		case *syntax.DblQuoted:
			s.parts(part.Parts, v)
		case *syntax.ParamExp:
			s.param(part, v)
		case *syntax.CmdSubst:
			v.flow |= s.stmts(part.Stmts, 0)
			v.text, v.known, v.built = s.p.join(v.text, "", unknown), false, true
		case *syntax.ProcSubst:
			v.flow |= s.stmts(part.Stmts, 0)
			v.text, v.known, v.built = s.p.join(v.text, "", unknown), false, true
		default:
			v.text, v.known = s.p.join(v.text, "", unknown), false
		}
	}
}

func (s *shellReader) param(e *syntax.ParamExp, v *value) {
	name := ""
	if e.Param != nil {
		name = e.Param.Value
	}
	known, ok := s.vars[name]
	switch {
	case ok:
		v.text = s.p.join(v.text, "", known.text)
		v.flow |= known.flow
		v.known = v.known && known.known
	case name == "HOME":
		v.text, v.known = s.p.join(v.text, "", "~"), false
	default:
		v.text, v.known, v.built = s.p.join(v.text, "", unknown), false, true
	}
	if e.Exp != nil && e.Exp.Word != nil {
		w := s.word(e.Exp.Word)
		v.flow |= w.flow
	}
}

package syntax

import (
	"strings"

	"github.com/caisson-dev/caisson"
)

// A language is a way to read code.
type language int

const (
	python language = iota
	javascript
	shell
)

const (
	maxDepth   = 150      // brackets in brackets, statements in statements
	maxNested  = 4        // code in code in code
	maxCalls   = 50_000   // kept of one program
	maxItems   = 64       // kept of one list
	maxText    = 64 << 10 // bytes of one value's text
	textBudget = 4 << 20  // bytes of all texts put together from parts
)

// unknown stands in a value's text for what only a run could tell.
const unknown = "_"

// A flow says where a value came from, as a set.
type flow uint8

const (
	fromNet    flow = 1 << iota // downloaded or received
	fromDecode                  // decoded, decompressed, decrypted, built from character codes
	fromEnv                     // the whole environment
	fromImage                   // hidden in a picture
	fromFile                    // read from a file with a secret in it
)

// A value is what is known of an expression.
type value struct {
	text  string  // best guess of its text, with unknown for the rest
	known bool    // text is all of it
	built bool    // put together from fixed and unknown parts
	items []value // of a literal list
	ref   string  // its full dotted name, when it is a name
	key   string  // the keyword it is passed under; empty when none
	flow  flow
}

// A call is one place where code calls something, or runs a command.
type call struct {
	name    string // "os.system", "socket.socket().connect"; of a command its base name, "rm"
	args    []value
	line    int
	command bool // a program started by a shell or by argument list
	endless bool // inside a loop without end
	stdin   flow // what a pipe feeds to a command
}

// A touch is one file written or removed.
type touch struct {
	path string
	line int
	tree bool // with all below it
}

// A program is what was seen in code, in the form the rules look at.
type program struct {
	runtime   string
	calls     []call
	byName    map[string][]int // indices into calls; of programs started, under "$name"
	functions map[string]bool  // of shell
	texts     []touch          // literal strings that are not documentation
	modules   []touch          // imported, by their first name
	writes    []touch
	removes   []touch

	cut       bool // more code than was read
	unparsed  int  // line of the first thing no reader understood; 0 when none
	partly    bool // nesting was cut, or a reader gave up
	escapes   int  // letters spelled as escapes
	blobs     int  // long literals without a space in them
	disguised int  // line of a name in look-alike letters; 0 when none
	mangled   int  // names such as _0x3fa2
	bomb      int  // line of a function that starts itself twice over; 0 when none
	unread    int  // line of embedded code past the budget; 0 when none

	base   int // line before the first of the code that is being read
	fixed  bool
	budget int // bytes that may still be put together
	nested int // bytes of embedded code that may still be read
}

func newProgram(runtime string) *program {
	return &program{runtime: runtime, byName: map[string][]int{}, functions: map[string]bool{}, budget: textBudget, nested: Limit}
}

// read adds what code does. Code that was found inside other code is one level
// deeper, and all of it counts as standing on the line where it was found.
func (p *program) read(lang language, code string, depth int) {
	switch lang {
	case python:
		readPython(p, code, depth)
	case javascript:
		readJavaScript(p, code, depth)
	case shell:
		readShell(p, code, depth)
	}
}

// readNested reads code that stands in a string on the given line.
func (p *program) readNested(lang language, code string, line, depth int) {
	if strings.TrimSpace(code) == "" {
		return
	}
	if depth >= maxNested || len(code) > p.nested {
		p.unread = first(p.unread, line)
		return
	}
	p.nested -= len(code)
	base, fixed, unparsed := p.base, p.fixed, p.unparsed
	p.base, p.fixed = line, true
	p.read(lang, code, depth+1)
	// Half of a string that is filled in later need not parse.
	p.base, p.fixed, p.unparsed = base, fixed, unparsed
}

// at turns a line of the code being read into a line of the whole.
func (p *program) at(line int) int {
	if p.fixed {
		return p.base
	}
	return line
}

func (p *program) addCall(c call) {
	if c.name == "" || len(p.calls) >= maxCalls {
		return
	}
	key := c.name
	if c.command {
		key = "$" + key // a function named rm is no rm
	}
	p.byName[key] = append(p.byName[key], len(p.calls))
	p.calls = append(p.calls, c)
}

func (p *program) addText(s string, line int) {
	if len(s) < 3 {
		return
	}
	if len(s) >= 200 && !strings.ContainsAny(s, " \n\t") && strings.Trim(s, "0123456789abcdefABCDEF") != "" {
		p.blobs++ // numbers alone may be as long as they like
	}
	p.texts = append(p.texts, touch{path: s, line: line})
}

func (p *program) fail(line int) { p.unparsed = first(p.unparsed, max(line, 1)) }

func first(old, line int) int {
	if old == 0 {
		return line
	}
	return old
}

// addJoined adds a text that was put together from several.
func (p *program) addJoined(s string, line int) {
	if len(s) >= 3 && len(s) < 1024 {
		p.texts = append(p.texts, touch{path: s, line: p.at(line)})
	}
}

// join puts two texts together, within the budget.
func (p *program) join(a, sep, b string) string {
	n := len(a) + len(sep) + len(b)
	if n > maxText || n > p.budget {
		return unknown
	}
	p.budget -= n
	return a + sep + b
}

// internal are calls of our own making, that start nothing.
var internal = set("/dev/tcp", "while:", "run-downloaded")

// needs says what the code must have to work, in a fixed order.
func (p *program) needs() []caisson.Need {
	has := map[caisson.Need]bool{}
	for _, m := range p.modules {
		if n, ok := moduleNeeds[m.path]; ok {
			has[n] = true
		}
	}
	for i := range p.calls {
		c := &p.calls[i]
		if c.command {
			if networkCommands[c.name] {
				has[caisson.NeedNetwork] = true
			}
			if c.name == "/dev/tcp" {
				has[caisson.NeedNetwork] = true
			}
			inside := builtinCommands[c.name] || p.functions[c.name] || strings.HasSuffix(c.name, "=") || internal[c.name]
			if p.runtime != "shell" || !inside {
				has[caisson.NeedSubprocess] = true
			}
			continue
		}
		if n, ok := callNeeds[c.name]; ok {
			has[n] = true
		}
	}
	var needs []caisson.Need
	for _, n := range []caisson.Need{caisson.NeedNetwork, caisson.NeedSubprocess, caisson.NeedNative, caisson.NeedThreads} {
		if has[n] {
			needs = append(needs, n)
		}
	}
	return needs
}

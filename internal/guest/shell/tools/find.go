package tools

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A finder is one run of find.
type finder struct {
	*Call
	args     []string // the expression that is left to read
	minDepth int
	maxDepth int // negative: none
	post     bool
	acts     bool // the expression does something beside judging
	batches  []*findBatch
	now      time.Time
	status   int
	quit     bool
}

// A found is one file that find looks at.
type found struct {
	path  string // as shown
	base  string
	root  string // the operand it was found under
	depth int
	fs.FileInfo
	prune bool
}

// A test judges a file, or does something with it.
type findTest func(ctx context.Context, f *found) bool

// A findBatch collects the files of one -exec ... +.
type findBatch struct {
	command []string
	files   []string
	size    int
	dir     string
}

// batchBytes is how many bytes of names one command gets at most.
const batchBytes = 128 << 10

func find(ctx context.Context, c *Call) int {
	f := finder{Call: c, maxDepth: -1, now: time.Now()}
	args := c.Args
	for len(args) > 0 && (args[0] == "-L" || args[0] == "-H" || args[0] == "-P") {
		args = args[1:]
	}
	var roots []string
	for len(args) > 0 && !(strings.HasPrefix(args[0], "-") && len(args[0]) > 1) && args[0] != "(" && args[0] != ")" && args[0] != "!" && args[0] != "," {
		roots, args = append(roots, args[0]), args[1:]
	}
	if len(roots) == 0 {
		roots = []string{"."}
	}
	f.args = args
	test := f.expression()
	if len(f.args) > 0 {
		if f.args[0] == ")" {
			c.die(1, "you have too many ')'")
		}
		c.die(1, "paths must precede expression: `%s'", f.args[0])
	}
	if !f.acts {
		judge := test
		test = func(ctx context.Context, e *found) bool {
			if judge(ctx, e) {
				f.print(e.path + "\n")
			}
			return true
		}
	}
	for _, root := range roots {
		fi, err := stat(c.path(root))
		if err != nil {
			c.warn("‘%s’: %s", root, reason(err))
			f.status = 1
			continue
		}
		f.walk(ctx, &found{path: root, base: filepath.Base(root), root: root, FileInfo: fi}, test)
	}
	for _, b := range f.batches {
		f.flush(ctx, b)
	}
	return f.status
}

func (f *finder) walk(ctx context.Context, e *found, test findTest) {
	check(ctx)
	if f.quit {
		return
	}
	if !f.post && e.depth >= f.minDepth {
		test(ctx, e)
	}
	if e.IsDir() && !e.prune && (f.maxDepth < 0 || e.depth < f.maxDepth) && !f.quit {
		list, err := os.ReadDir(f.path(e.path))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			f.warn("‘%s’: %s", e.path, reason(err))
			f.status = 1
		}
		for _, d := range list {
			path := strings.TrimSuffix(e.path, "/") + "/" + d.Name()
			fi, err := stat(f.path(path))
			if err != nil {
				continue // gone meanwhile
			}
			f.walk(ctx, &found{path: path, base: d.Name(), root: e.root, depth: e.depth + 1, FileInfo: fi}, test)
		}
	}
	if f.post && e.depth >= f.minDepth {
		test(ctx, e)
	}
}

func (f *finder) peek() string {
	if len(f.args) == 0 {
		return ""
	}
	return f.args[0]
}

func (f *finder) take() string {
	a := f.args[0]
	f.args = f.args[1:]
	return a
}

func (f *finder) value(of string) string {
	if len(f.args) == 0 {
		f.die(1, "missing argument to `%s'", of)
	}
	return f.take()
}

// expression reads terms joined by "," and -o.
func (f *finder) expression() findTest {
	t := f.conjunction()
	for {
		switch f.peek() {
		case "-o", "-or":
			f.take()
			a, b := t, f.conjunction()
			t = func(ctx context.Context, e *found) bool { return a(ctx, e) || b(ctx, e) }
		case ",":
			f.take()
			a, b := t, f.conjunction()
			t = func(ctx context.Context, e *found) bool { a(ctx, e); return b(ctx, e) }
		default:
			return t
		}
	}
}

func (f *finder) conjunction() findTest {
	t := findTest(func(context.Context, *found) bool { return true })
	for n := 0; ; n++ {
		switch f.peek() {
		case "", "-o", "-or", ",", ")":
			if n == 0 && f.peek() != "" {
				f.die(1, "invalid expression; you have used a binary operator '%s' with nothing before it.", f.peek())
			}
			return t
		case "-a", "-and":
			f.take()
			continue
		}
		a, b := t, f.term()
		t = func(ctx context.Context, e *found) bool { return a(ctx, e) && b(ctx, e) }
	}
}

func (f *finder) term() findTest {
	switch arg := f.take(); arg {
	case "!", "-not":
		if len(f.args) == 0 {
			f.die(1, "expected an expression after '%s'", arg)
		}
		t := f.term()
		return func(ctx context.Context, e *found) bool { return !t(ctx, e) }
	case "(":
		t := f.expression()
		if f.peek() != ")" {
			f.die(1, "invalid expression; I was expecting to find a ')' somewhere but did not see one.")
		}
		f.take()
		return t
	default:
		return f.primary(arg)
	}
}

func always(context.Context, *found) bool { return true }

func (f *finder) primary(arg string) findTest {
	switch arg {
	case "-maxdepth", "-mindepth":
		n, err := strconv.Atoi(f.value(arg))
		if err != nil || n < 0 {
			f.die(1, "Expected a positive decimal integer argument to %s", arg)
		}
		if arg == "-maxdepth" {
			f.maxDepth = n
		} else {
			f.minDepth = n
		}
		return always
	case "-depth":
		f.post = true
		return always
	case "-xdev", "-mount", "-noleaf", "-follow", "-daystart", "-ignore_readdir_race", "-true":
		return always
	case "-false":
		return func(context.Context, *found) bool { return false }
	case "-name", "-iname":
		glob, fold := f.value(arg), arg == "-iname"
		return func(_ context.Context, e *found) bool { return globMatch(glob, e.base, fold) }
	case "-path", "-ipath", "-wholename":
		glob, fold := f.value(arg), arg == "-ipath"
		return func(_ context.Context, e *found) bool { return globMatch(glob, e.path, fold) }
	case "-regex", "-iregex":
		s := syntax{fold: arg == "-iregex", whole: true}
		text := f.value(arg)
		re, err := s.compile(text)
		if err != nil {
			f.die(1, "%v", err)
		}
		return func(_ context.Context, e *found) bool { return re.Match([]byte(e.path)) }
	case "-regextype", "-fstype":
		f.value(arg)
		return always
	case "-type":
		kinds := f.value(arg)
		return func(_ context.Context, e *found) bool {
			return strings.Contains(kinds, "d") && e.IsDir() || strings.Contains(kinds, "f") && e.Mode().IsRegular()
		}
	case "-empty":
		return func(_ context.Context, e *found) bool {
			if !e.IsDir() {
				return e.Size() == 0
			}
			list, err := os.ReadDir(f.path(e.path))
			return err == nil && len(list) == 0
		}
	case "-size":
		return f.size(f.value(arg))
	case "-mtime", "-ctime", "-atime", "-mmin", "-cmin", "-amin":
		return f.age(arg, f.value(arg))
	case "-newer", "-anewer", "-cnewer", "-newermt":
		v := f.value(arg)
		when, err := parseDate(v, f.now, f.zone())
		if arg != "-newermt" {
			var fi fs.FileInfo
			if fi, err = stat(f.path(v)); err == nil {
				when = fi.ModTime()
			}
		}
		if err != nil {
			f.die(1, "‘%s’: %s", v, reason(err))
		}
		return func(_ context.Context, e *found) bool { return e.ModTime().After(when) }
	case "-perm":
		return f.perm(f.value(arg))
	case "-readable", "-writable":
		return always
	case "-executable":
		return func(_ context.Context, e *found) bool { return e.Mode()&0o111 != 0 }
	case "-user", "-group", "-uid", "-gid":
		v := f.value(arg)
		return func(context.Context, *found) bool { return v == "user" || v == "1000" }
	case "-links":
		v := f.value(arg)
		return func(context.Context, *found) bool { return v == "1" }
	}
	f.acts = true
	return f.action(arg)
}

func (f *finder) action(arg string) findTest {
	switch arg {
	case "-print":
		return func(_ context.Context, e *found) bool { f.print(e.path + "\n"); return true }
	case "-print0":
		return func(_ context.Context, e *found) bool { f.print(e.path + "\x00"); return true }
	case "-printf":
		format := f.value(arg)
		return func(_ context.Context, e *found) bool { f.print(f.format(format, e)); return true }
	case "-ls":
		return func(_ context.Context, e *found) bool {
			f.printf("%9d %6d %s %3d user     user     %8d %s %s\n", 0, blocksOf(e), modeString(e.Mode()), 1, sizeOf(e),
				e.ModTime().In(f.zone()).Format("Jan _2 15:04"), e.path)
			return true
		}
	case "-prune":
		f.acts = false // it does not stand for -print
		return func(_ context.Context, e *found) bool { e.prune = true; return true }
	case "-quit":
		return func(context.Context, *found) bool { f.quit = true; return true }
	case "-delete":
		f.post = true
		return func(_ context.Context, e *found) bool {
			if e.path == "." {
				return true
			}
			if err := os.Remove(f.path(e.path)); err != nil {
				f.warn("cannot delete ‘%s’: %s", e.path, reason(err))
				f.status = 1
				return false
			}
			forget(f.path(e.path))
			return true
		}
	case "-exec", "-execdir", "-ok", "-okdir":
		return f.exec(arg)
	}
	f.die(1, "unknown predicate `%s'", arg)
	return nil
}

func (f *finder) exec(arg string) findTest {
	var command []string
	end := ""
	for {
		if len(f.args) == 0 {
			f.die(1, "missing argument to `%s'", arg)
		}
		a := f.take()
		if a == ";" || a == "+" && len(command) > 0 && command[len(command)-1] == "{}" {
			end = a
			break
		}
		command = append(command, a)
	}
	if len(command) == 0 {
		f.die(1, "invalid argument `%s' to `%s'", end, arg)
	}
	inDir := arg == "-execdir" || arg == "-okdir"
	if end == "+" {
		b := &findBatch{command: command[:len(command)-1]}
		f.batches = append(f.batches, b)
		return func(ctx context.Context, e *found) bool {
			name := e.path
			if inDir {
				dir := filepath.Dir(f.path(e.path))
				if b.dir != dir {
					f.flush(ctx, b)
				}
				b.dir, name = dir, "./"+e.base
			}
			b.files = append(b.files, name)
			if b.size += len(name) + 1; b.size > batchBytes {
				f.flush(ctx, b)
			}
			return true
		}
	}
	return func(ctx context.Context, e *found) bool {
		r := Run{In: f.In}
		name := e.path
		if inDir {
			r.Dir, name = filepath.Dir(f.path(e.path)), "./"+e.base
		}
		for _, a := range command {
			r.Args = append(r.Args, strings.ReplaceAll(a, "{}", name))
		}
		return f.start(ctx, r) == 0
	}
}

func (f *finder) flush(ctx context.Context, b *findBatch) {
	if len(b.files) == 0 {
		return
	}
	args := append(b.command[:len(b.command):len(b.command)], b.files...)
	b.files, b.size = nil, 0
	if f.start(ctx, Run{Args: args, Dir: b.dir, In: f.In}) != 0 {
		f.status = 1
	}
}

// compareSigned reads "+n", "-n" or "n" and returns how to compare with it.
func (f *finder) compareSigned(v string) (func(n int64) bool, string) {
	sign := byte(0)
	text := v
	if v != "" && (v[0] == '+' || v[0] == '-') {
		sign, text = v[0], v[1:]
	}
	num := digits(text)
	want, err := strconv.ParseInt(num, 10, 64)
	if err != nil {
		f.die(1, "invalid argument `%s'", v)
	}
	return func(n int64) bool {
		switch sign {
		case '+':
			return n > want
		case '-':
			return n < want
		}
		return n == want
	}, text[len(num):]
}

func (f *finder) size(v string) findTest {
	fits, unit := f.compareSigned(v)
	size := map[string]int64{"": 512, "b": 512, "c": 1, "w": 2, "k": 1 << 10, "M": 1 << 20, "G": 1 << 30}[unit]
	if size == 0 {
		f.die(1, "invalid -size type `%s'", unit)
	}
	return func(_ context.Context, e *found) bool { return fits((sizeOf(e) + size - 1) / size) }
}

func (f *finder) age(arg, v string) findTest {
	fits, rest := f.compareSigned(v)
	if rest != "" {
		f.die(1, "invalid argument `%s' to `%s'", v, arg)
	}
	unit := 24 * time.Hour
	minutes := strings.HasSuffix(arg, "min")
	if minutes {
		unit = time.Minute
	}
	return func(_ context.Context, e *found) bool {
		d := f.now.Sub(e.ModTime())
		n := int64(d / unit)
		if minutes && d%unit > 0 {
			n++ // find counts begun minutes, but whole days
		}
		return fits(n)
	}
}

func (f *finder) perm(v string) findTest {
	kind := byte(0)
	if v != "" && (v[0] == '-' || v[0] == '/') {
		kind, v = v[0], v[1:]
	}
	want := f.mode(v, 0)
	return func(_ context.Context, e *found) bool {
		have := e.Mode().Perm()
		switch kind {
		case '-':
			return have&want == want
		case '/':
			return want == 0 || have&want != 0
		}
		return have == want
	}
}

func (f *finder) format(format string, e *found) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		ch := format[i]
		next := byteAt(format, i+1)
		switch {
		case ch == '\\' && next != 0:
			i++
			if k := strings.IndexByte("abfnrtv\\", next); k >= 0 {
				b.WriteByte("\a\b\f\n\r\t\v\\"[k])
			} else if next == '0' {
				b.WriteByte(0)
			} else {
				b.WriteString(format[i-1 : i+1])
			}
		case ch == '%' && next != 0:
			i++
			switch next {
			case 'p':
				b.WriteString(e.path)
			case 'f':
				b.WriteString(e.base)
			case 'h':
				b.WriteString(filepath.Dir(e.path))
			case 'P':
				b.WriteString(strings.TrimPrefix(strings.TrimPrefix(e.path, e.root), "/"))
			case 'H':
				b.WriteString(e.root)
			case 's':
				b.WriteString(strconv.FormatInt(sizeOf(e), 10))
			case 'd':
				b.WriteString(strconv.Itoa(e.depth))
			case 'y':
				b.WriteString(map[bool]string{true: "d", false: "f"}[e.IsDir()])
			case 'm':
				b.WriteString(strconv.FormatUint(uint64(e.Mode().Perm()), 8))
			case 'M':
				b.WriteString(modeString(e.Mode()))
			case 'u', 'g':
				b.WriteString("user")
			case 't':
				b.WriteString(e.ModTime().In(f.zone()).Format("Mon Jan _2 15:04:05.0000000000 2006"))
			case 'T':
				i++
				if k := byteAt(format, i); k == '@' {
					b.WriteString(strconv.FormatInt(e.ModTime().Unix(), 10) + ".0000000000")
				} else {
					b.WriteString(formatDate("%"+string(rune(k)), e.ModTime().In(f.zone())))
				}
			case '%':
				b.WriteByte('%')
			default:
				b.WriteString(format[i-1 : i+1])
			}
		default:
			b.WriteByte(ch)
		}
	}
	return b.String()
}

func xargs(ctx context.Context, c *Call) int {
	perCall, perLine, replace, noRun, trace, delim, file := 0, 0, "", false, false, -1, ""
	o := c.options("n=max-args L=max-lines I= i?replace 0,null r,no-run-if-empty t,verbose d=delimiter P=max-procs s=max-chars p,interactive a=arg-file x,exit E= e? l?").operandsEnd()
	for o.next() {
		switch o.name {
		case "n":
			if perCall, _ = strconv.Atoi(o.value); perCall < 1 {
				c.usage(1, "value %s for -n option should be >= 1", o.value)
			}
		case "L", "l":
			perLine = max(1, int(parseOr(o.value, 1)))
		case "I", "i":
			replace = cmpOr(o.value, "{}")
		case "0":
			delim = 0
		case "d":
			v := strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\0`, "\x00", `\\`, `\`).Replace(o.value)
			if len(v) != 1 {
				c.die(1, "Invalid input delimiter specification %s", o.value)
			}
			delim = int(v[0])
		case "r":
			noRun = true
		case "t":
			trace = true
		case "a":
			file = o.value
		}
	}
	command := o.args
	if len(command) == 0 {
		command = []string{"echo"}
	}
	data := c.readAll(cmpOr(file, "-"))
	items, lineOf := xargsItems(c, string(data), delim, replace != "")
	x := xargsRun{c: c, trace: trace}
	switch {
	case replace != "":
		for _, item := range items {
			args := make([]string, len(command))
			for i, a := range command {
				args[i] = strings.ReplaceAll(a, replace, item)
			}
			if !x.run(ctx, args) {
				break
			}
		}
	case len(items) == 0:
		if !noRun {
			x.run(ctx, command)
		}
	default:
		for len(items) > 0 {
			n, size := 0, 0
			for n < len(items) && (perCall == 0 || n < perCall) && (perLine == 0 || lineOf[n] < lineOf[0]+perLine) && (n == 0 || size < batchBytes) {
				size += len(items[n]) + 1
				n++
			}
			args := append(command[:len(command):len(command)], items[:n]...)
			items, lineOf = items[n:], lineOf[n:]
			if !x.run(ctx, args) {
				break
			}
		}
	}
	return x.status
}

func parseOr(s string, or int64) int64 {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	return or
}

type xargsRun struct {
	c      *Call
	trace  bool
	status int
}

// run runs one command and reports whether to go on.
func (x *xargsRun) run(ctx context.Context, args []string) bool {
	check(ctx)
	if x.trace {
		io.WriteString(x.c.Err, strings.Join(args, " ")+"\n")
	}
	switch s := x.c.run(ctx, args, nil); {
	case s == 0:
	case s == 255:
		x.c.warn("%s: exited with status 255; aborting", args[0])
		x.status = 124
		return false
	case s == 126 || s == 127:
		x.status = s
		return false
	case s > 128:
		x.status = 125
		return false
	default:
		x.status = 123
	}
	return true
}

// xargsItems splits the input: at a delimiter, at line ends for -I, else at
// blanks outside of quotes. It returns the line of each item, too.
func xargsItems(c *Call, s string, delim int, whole bool) (items []string, lineOf []int) {
	if delim >= 0 {
		s = strings.TrimSuffix(s, string(rune(delim)))
		if s == "" {
			return nil, nil
		}
		items = strings.Split(s, string(rune(delim)))
		for i := range items {
			lineOf = append(lineOf, i)
		}
		return items, lineOf
	}
	var b strings.Builder
	in, quote, line := false, byte(0), 0
	end := func() {
		if in {
			items, lineOf = append(items, b.String()), append(lineOf, line)
		}
		b.Reset()
		in = false
	}
	for i := 0; i < len(s); i++ {
		ch := s[i]
		switch {
		case quote != 0 && ch == quote:
			quote = 0
		case quote != 0:
			if ch == '\n' {
				c.die(1, "unmatched %s quote; by default quotes are special to xargs unless you use the -0 option", map[byte]string{'\'': "single", '"': "double"}[quote])
			}
			b.WriteByte(ch)
		case ch == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
			in = true
		case ch == '\'' || ch == '"':
			quote, in = ch, true
		case ch == '\n':
			if in {
				end()
				line++
			}
		case ch == ' ' || ch == '\t':
			if whole && in {
				b.WriteByte(ch)
			} else if !whole {
				end()
			}
		default:
			b.WriteByte(ch)
			in = true
		}
	}
	if quote != 0 {
		c.die(1, "unmatched %s quote; by default quotes are special to xargs unless you use the -0 option", map[byte]string{'\'': "single", '"': "double"}[quote])
	}
	end()
	return items, lineOf
}

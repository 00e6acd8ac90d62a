package tools

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func clean(path string) string { return filepath.Clean(path) }

func mkdir(ctx context.Context, c *Call) int {
	parents, verbose := false, false
	perm := fs.FileMode(0)
	o := c.options("p,parents v,verbose m=mode")
	for o.next() {
		switch o.name {
		case "p":
			parents = true
		case "v":
			verbose = true
		case "m":
			perm = c.mode(o.value, 0o777)
		}
	}
	if len(o.args) == 0 {
		c.usage(1, "missing operand")
	}
	status := 0
	for _, name := range o.args {
		make := os.Mkdir
		if parents {
			make = os.MkdirAll
		}
		if err := make(c.path(name), 0o777); err != nil {
			c.warn("cannot create directory ‘%s’: %s", name, reason(err))
			status = 1
			continue
		}
		if verbose {
			c.printf("mkdir: created directory '%s'\n", name)
		}
		if perm != 0 {
			chmod(c.path(name), perm)
		}
	}
	return status
}

func rmdir(ctx context.Context, c *Call) int {
	parents, ignore := false, false
	o := c.options("p,parents v,verbose ,ignore-fail-on-non-empty")
	for o.next() {
		parents = parents || o.name == "p"
		ignore = ignore || o.name == "ignore-fail-on-non-empty"
	}
	if len(o.args) == 0 {
		c.usage(1, "missing operand")
	}
	status := 0
	for _, name := range o.args {
		for dir := name; ; dir = filepath.Dir(dir) {
			fi, err := stat(c.path(dir))
			if err == nil && !fi.IsDir() {
				err = syscall.ENOTDIR
			}
			if err == nil {
				err = os.Remove(c.path(dir))
			}
			if err != nil && !(ignore && errors.Is(err, syscall.ENOTEMPTY)) {
				c.warn("failed to remove '%s': %s", dir, reason(err))
				status = 1
			}
			if err != nil || !parents || filepath.Dir(dir) == "." || filepath.Dir(dir) == "/" {
				break
			}
		}
	}
	return status
}

func rm(ctx context.Context, c *Call) int {
	recursive, force, dirs, verbose := false, false, false, false
	o := c.options("r,recursive R f,force i I d,dir v,verbose ?interactive ?preserve-root ,no-preserve-root ,one-file-system")
	for o.next() {
		switch o.name {
		case "r", "R":
			recursive = true
		case "f":
			force = true
		case "d":
			dirs = true
		case "v":
			verbose = true
		}
	}
	if len(o.args) == 0 && !force {
		c.usage(1, "missing operand")
	}
	status := 0
	for _, name := range o.args {
		path := c.path(name)
		base := filepath.Base(name)
		if base == "." || base == ".." {
			c.warn("refusing to remove '.' or '..' directory: skipping '%s'", name)
			status = 1
			continue
		}
		if clean(path) == "/" {
			c.warn("it is dangerous to operate recursively on '/'")
			status = 1
			continue
		}
		fi, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && force:
			continue
		case err == nil && fi.IsDir() && !recursive && !dirs:
			err = syscall.EISDIR
		case err == nil && fi.IsDir() && recursive:
			err = c.removeTree(ctx, name, path, verbose)
		case err == nil:
			err = os.Remove(path)
			forget(path)
			if verbose && err == nil {
				c.printf("removed '%s'\n", name)
			}
		}
		if err != nil {
			c.warn("cannot remove '%s': %s", name, reason(err))
			status = 1
		}
	}
	return status
}

func (c *Call) removeTree(ctx context.Context, name, path string, verbose bool) error {
	check(ctx)
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		p, n := path+"/"+e.Name(), name+"/"+e.Name()
		if e.IsDir() {
			err = c.removeTree(ctx, n, p, verbose)
		} else if err = os.Remove(p); err == nil && verbose {
			c.printf("removed '%s'\n", n)
		}
		if err != nil {
			return err
		}
		forget(p)
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	if verbose {
		c.printf("removed directory '%s'\n", name)
	}
	return nil
}

func touch(ctx context.Context, c *Call) int {
	create, mtime, atime := true, true, true
	when := time.Now()
	o := c.options("c,no-create a m r=reference d=date t= h,no-dereference f =time")
	for o.next() {
		switch o.name {
		case "c":
			create = false
		case "a":
			mtime = false
		case "m":
			atime = false
		case "r":
			fi, err := stat(c.path(o.value))
			if err != nil {
				c.die(1, "failed to get attributes of '%s': %s", o.value, reason(err))
			}
			when = fi.ModTime()
		case "d":
			t, err := parseDate(o.value, time.Now(), c.zone())
			if err != nil {
				c.die(1, "invalid date format ‘%s’", o.value)
			}
			when = t
		case "t":
			t, err := touchTime(o.value, c.zone())
			if err != nil {
				c.die(1, "invalid date format ‘%s’", o.value)
			}
			when = t
		}
	}
	if len(o.args) == 0 {
		c.usage(1, "missing file operand")
	}
	status := 0
	for _, name := range o.args {
		path := c.path(name)
		_, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			if !create {
				continue
			}
			var f *os.File
			if f, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o666); err == nil {
				f.Close()
			}
		}
		if err == nil {
			var m, a time.Time // zero leaves a time as it is
			if mtime || !atime {
				m = when
			}
			if atime || !mtime {
				a = when
			}
			err = os.Chtimes(path, a, m)
		}
		if err != nil {
			c.warn("cannot touch '%s': %s", name, reason(err))
			status = 1
		}
	}
	return status
}

// touchTime reads [[CC]YY]MMDDhhmm[.ss].
func touchTime(s string, zone *time.Location) (time.Time, error) {
	main, sec, _ := strings.Cut(s, ".")
	switch len(main) {
	case 8:
		main = strconv.Itoa(time.Now().Year()) + main
	case 10:
		century := "20"
		if main[:2] >= "69" {
			century = "19"
		}
		main = century + main
	}
	return time.ParseInLocation("20060102150405", main+cmpOr(sec, "00"), zone)
}

func ln(ctx context.Context, c *Call) int {
	names := c.options("s,symbolic f,force n,no-dereference v,verbose r,relative T,no-target-directory t=target-directory b i P L").end()
	if len(names) == 0 {
		c.usage(1, "missing file operand")
	}
	c.warn("failed to create link ‘%s’: this file system has no links; copy with cp instead", names[len(names)-1])
	return 1
}

func chmodTool(ctx context.Context, c *Call) int {
	recursive, verbose := false, false
	// A mode such as "-x" looks like an option.
	for i, a := range c.Args {
		if len(a) > 1 && a[0] == '-' && strings.Trim(a[1:], "rwxXst,+-=ugoa") == "" {
			c.Args[i] = "a" + a
			break
		}
	}
	o := c.options("R,recursive v,verbose c,changes f,silent ,quiet =reference")
	for o.next() {
		recursive = recursive || o.name == "R"
		verbose = verbose || o.name == "v"
	}
	if len(o.args) == 0 {
		c.usage(1, "missing operand")
	}
	if len(o.args) == 1 {
		c.usage(1, "missing operand after ‘%s’", o.args[0])
	}
	status := 0
	change := func(name, path string) {
		fi, err := stat(path)
		if err != nil {
			c.warn("cannot access '%s': %s", name, reason(err))
			status = 1
			return
		}
		perm := changeMode(c, o.args[0], fi)
		if err := chmod(path, perm); err != nil {
			c.warn("changing permissions of '%s': %s", name, reason(err))
			status = 1
		}
		old := fi.Mode().Perm()
		switch {
		case !verbose:
		case old == perm:
			c.printf("mode of '%s' retained as %04o (%s)\n", name, perm, perm.String()[1:])
		default:
			c.printf("mode of '%s' changed from %04o (%s) to %04o (%s)\n", name, old, old.String()[1:], perm, perm.String()[1:])
		}
	}
	for _, name := range o.args[1:] {
		path := c.path(name)
		if !recursive {
			change(name, path)
			continue
		}
		filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
			change(name+strings.TrimPrefix(p, path), p)
			return nil
		})
	}
	return status
}

// mode reads a mode for something new.
func (c *Call) mode(text string, from fs.FileMode) fs.FileMode {
	return changeMode(c, text, plainMode(from))
}

type plainMode fs.FileMode

func (m plainMode) Mode() fs.FileMode { return fs.FileMode(m) }
func (m plainMode) IsDir() bool       { return true }

// changeMode applies a mode in octal or symbols, such as "u+x,go-w".
func changeMode(c *Call, text string, of interface {
	Mode() fs.FileMode
	IsDir() bool
}) fs.FileMode {
	if n, err := strconv.ParseUint(text, 8, 12); err == nil {
		return fs.FileMode(n).Perm()
	}
	perm := of.Mode().Perm()
	bad := func() { c.usage(1, "invalid mode: ‘%s’", text) }
	for clause := range strings.SplitSeq(text, ",") {
		i := strings.IndexAny(clause, "+-=")
		if i < 0 {
			bad()
		}
		who := fs.FileMode(0)
		for _, w := range clause[:i] {
			k := strings.IndexRune("ugoa", w)
			if k < 0 {
				bad()
			}
			who |= []fs.FileMode{0o700, 0o070, 0o007, 0o777}[k]
		}
		if clause[:i] == "" {
			who = 0o777
		}
		for rest := clause[i:]; rest != ""; {
			op := rest[0]
			n := strings.IndexAny(rest[1:], "+-=") + 1
			if n == 0 {
				n = len(rest)
			}
			bits := fs.FileMode(0)
			for _, p := range rest[1:n] {
				switch p {
				case 'r':
					bits |= 0o444
				case 'w':
					bits |= 0o222
				case 'x':
					bits |= 0o111
				case 'X':
					if of.IsDir() || perm&0o111 != 0 {
						bits |= 0o111
					}
				case 'u', 'g', 'o':
					bits |= perm >> map[rune]uint{'u': 6, 'g': 3, 'o': 0}[p] & 7 * 0o111
				case 's', 't':
				default:
					bad()
				}
			}
			switch op {
			case '+':
				perm |= bits & who
			case '-':
				perm &^= bits & who
			case '=':
				perm = perm&^who | bits&who
			}
			rest = rest[n:]
		}
	}
	return perm
}

func mktemp(ctx context.Context, c *Call) int {
	dir, inTmp, dry, quiet, base, suffix := false, false, false, false, "", ""
	o := c.options("d,directory u,dry-run q,quiet p? t ?tmpdir =suffix")
	for o.next() {
		switch o.name {
		case "d":
			dir = true
		case "u":
			dry = true
		case "q":
			quiet = true
		case "t":
			inTmp = true
		case "p":
			inTmp, base = true, o.value
			if base == "" && len(o.todo) > 0 { // its value may stand apart
				base, o.todo = o.todo[0], o.todo[1:]
			}
		case "tmpdir":
			inTmp, base = true, o.value
		case "suffix":
			suffix = o.value
		}
	}
	template := "tmp.XXXXXXXXXX"
	if len(o.args) > 0 {
		template = o.args[0]
	} else {
		inTmp = true
	}
	if inTmp {
		template = cmpOr(base, cmpOr(c.env("TMPDIR"), "/tmp")) + "/" + template
	}
	x := strings.LastIndex(template, "XXX")
	if x < 0 {
		c.die(1, "too few X's in template ‘%s’", template)
	}
	end := x + 3
	for x > 0 && template[x-1] == 'X' {
		x--
	}
	for range 100 {
		name := template[:x] + rand.Text()[:min(26, end-x)] + template[end:] + suffix
		var err error
		switch {
		case dry:
			_, err = os.Lstat(c.path(name))
			if err == nil {
				err = fs.ErrExist
			} else if errors.Is(err, fs.ErrNotExist) {
				err = nil
			}
		case dir:
			err = os.Mkdir(c.path(name), 0o700)
		default:
			var f *os.File
			if f, err = os.OpenFile(c.path(name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err == nil {
				f.Close()
			}
		}
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			if !quiet {
				c.warn("failed to create file via template ‘%s’: %s", template, reason(err))
			}
			return 1
		}
		c.print(name + "\n")
		return 0
	}
	c.die(1, "failed to create file via template ‘%s’: File exists", template)
	return 1
}

func truncate(ctx context.Context, c *Call) int {
	size, create, text := int64(-1), true, ""
	o := c.options("s=size c,no-create r=reference o")
	for o.next() {
		switch o.name {
		case "s":
			text = o.value
			v := *o
			v.value = strings.TrimLeft(o.value, "+-<>/%")
			size = v.number("number")
		case "c":
			create = false
		case "r":
			fi, err := stat(c.path(o.value))
			if err != nil {
				c.die(1, "cannot stat '%s': %s", o.value, reason(err))
			}
			size = fi.Size()
		}
	}
	if size < 0 {
		c.usage(1, "you must specify either ‘--size’ or ‘--reference’")
	}
	status := 0
	for _, name := range o.args {
		flag := os.O_WRONLY
		if create {
			flag |= os.O_CREATE
		}
		f, err := os.OpenFile(c.path(name), flag, 0o666)
		if err != nil {
			if !create && errors.Is(err, fs.ErrNotExist) {
				continue
			}
			c.warn("cannot open '%s' for writing: %s", name, reason(err))
			status = 1
			continue
		}
		n := size
		if fi, err := f.Stat(); err == nil && strings.HasPrefix(text, "+") {
			n += fi.Size()
		} else if err == nil && strings.HasPrefix(text, "-") {
			n = max(0, fi.Size()-n)
		}
		err = errors.Join(f.Truncate(n), f.Close())
		if err != nil {
			c.warn("failed to truncate '%s' at %d bytes: %s", name, n, reason(err))
			status = 1
		}
	}
	return status
}

// statTool shows what is known of files.
func statTool(ctx context.Context, c *Call) int {
	format, end := "", "\n"
	o := c.options("c=format =printf f,file-system L,dereference t,terse")
	for o.next() {
		switch o.name {
		case "c":
			format = o.value
		case "printf":
			format, end = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`, `\0`, "\x00").Replace(o.value), ""
		}
	}
	if len(o.args) == 0 {
		c.usage(1, "missing operand")
	}
	status := 0
	for _, name := range o.args {
		fi, err := stat(c.path(name))
		if err != nil {
			c.warn("cannot statx '%s': %s", name, reason(err))
			status = 1
			continue
		}
		if format != "" {
			c.print(statFormat(format, name, fi, c.zone()) + end)
			continue
		}
		f := "  File: %n\n  Size: %-15s Blocks: %-10b IO Block: %o   %F\nAccess: (%04a/%A)  Uid: (%u/%U)   Gid: (%g/%G)\nAccess: %x\nModify: %y\nChange: %z\n Birth: -\n"
		f = strings.Replace(f, "%-15s", fmt.Sprintf("%-15d", fi.Size()), 1)
		f = strings.Replace(f, "%-10b", fmt.Sprintf("%-10d", (fi.Size()+511)/512), 1)
		f = strings.Replace(f, "%04a", fmt.Sprintf("%04o", fi.Mode().Perm()), 1)
		c.print(statFormat(f, name, fi, c.zone()))
	}
	return status
}

func statFormat(format, name string, fi fs.FileInfo, zone *time.Location) string {
	kind := "regular file"
	switch {
	case fi.IsDir():
		kind = "directory"
	case fi.Mode()&fs.ModeCharDevice != 0:
		kind = "character special file"
	case fi.Size() == 0:
		kind = "regular empty file"
	}
	t := fi.ModTime().In(zone)
	stamp := t.Format("2006-01-02 15:04:05.000000000 -0700")
	unix := strconv.FormatInt(t.Unix(), 10)
	return strings.NewReplacer("%%", "%", "%n", name, "%N", "'"+name+"'", "%s", strconv.FormatInt(fi.Size(), 10),
		"%a", strconv.FormatUint(uint64(fi.Mode().Perm()), 8), "%A", modeString(fi.Mode()), "%F", kind,
		"%f", strconv.FormatUint(uint64(fi.Mode().Perm())|map[bool]uint64{true: 0o40000, false: 0o100000}[fi.IsDir()], 16),
		"%u", "1000", "%g", "1000", "%U", "user", "%G", "user", "%h", "1", "%i", "0", "%d", "0", "%m", "/",
		"%b", strconv.FormatInt((fi.Size()+511)/512, 10), "%B", "512", "%o", "4096",
		"%y", stamp, "%x", stamp, "%z", stamp, "%w", "-", "%Y", unix, "%X", unix, "%Z", unix, "%W", "0").Replace(format)
}

func modeString(m fs.FileMode) string {
	s := m.Perm().String()
	switch {
	case m.IsDir():
		return "d" + s[1:]
	case m&fs.ModeSymlink != 0:
		return "l" + s[1:]
	case m&fs.ModeCharDevice != 0:
		return "c" + s[1:]
	}
	return s
}

func cp(ctx context.Context, c *Call) int { return c.transfer(ctx, false) }
func mv(ctx context.Context, c *Call) int { return c.transfer(ctx, true) }

// A transfer is one run of cp or mv.
type transfer struct {
	*Call
	move, recursive, keep, noClobber, update, verbose, parents bool
	status                                                     int
}

func (c *Call) transfer(ctx context.Context, move bool) int {
	t := transfer{Call: c, move: move}
	target, plain := "", false
	o := c.options("r,recursive R a,archive p ?preserve f,force i,interactive n,no-clobber u?update v,verbose t=target-directory T,no-target-directory d L,dereference P,no-dereference H x l,link s,symbolic-link ,parents =no-preserve b S= ,strip-trailing-slashes ?reflink ?sparse")
	for o.next() {
		switch o.name {
		case "r", "R":
			t.recursive = true
		case "a":
			t.recursive, t.keep = true, true
		case "p", "preserve":
			t.keep = true
		case "n":
			t.noClobber = true
		case "u":
			t.update = true
		case "v":
			t.verbose = true
		case "t":
			target = o.value
		case "T":
			plain = true
		case "parents":
			t.parents = true
		case "l", "s":
			c.die(1, "cannot make links: this file system has none")
		}
	}
	args := o.args
	if len(args) == 0 {
		c.usage(1, "missing file operand")
	}
	if target == "" {
		if len(args) == 1 {
			c.usage(1, "missing destination file operand after '%s'", args[0])
		}
		target, args = args[len(args)-1], args[:len(args)-1]
		fi, err := stat(c.path(target))
		isDir := err == nil && fi.IsDir()
		if !isDir || plain {
			if len(args) > 1 {
				if plain {
					c.usage(1, "extra operand '%s'", target)
				}
				c.die(1, "target '%s': %s", target, map[bool]string{true: "Not a directory", false: "No such file or directory"}[err == nil])
			}
			if strings.HasSuffix(target, "/") && err != nil && !dirExists(c.path(args[0])) {
				c.die(1, "cannot create regular file '%s': Not a directory", target)
			}
			t.one(ctx, args[0], strings.TrimSuffix(target, "/"))
			return t.status
		}
	}
	for _, name := range args {
		to := strings.TrimSuffix(target, "/") + "/" + filepath.Base(clean(c.path(name)))
		if t.parents {
			to = strings.TrimSuffix(target, "/") + "/" + name
			os.MkdirAll(filepath.Dir(c.path(to)), 0o777)
		}
		t.one(ctx, name, to)
	}
	return t.status
}

func dirExists(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.IsDir()
}

func (t *transfer) fail(format string, a ...any) {
	t.warn(format, a...)
	t.status = 1
}

func (t *transfer) one(ctx context.Context, from, to string) {
	check(ctx)
	src, dst := t.path(from), t.path(to)
	fi, err := stat(src)
	if err != nil {
		t.fail("cannot stat '%s': %s", from, reason(err))
		return
	}
	old, oldErr := stat(dst)
	switch {
	case oldErr == nil && clean(src) == clean(dst):
		t.fail("'%s' and '%s' are the same file", from, to)
		return
	case fi.IsDir() && strings.HasPrefix(clean(dst)+"/", clean(src)+"/"):
		if t.move {
			t.fail("cannot move '%s' to a subdirectory of itself, '%s'", from, to)
		} else {
			t.fail("cannot copy a directory, '%s', into itself, '%s'", from, to)
		}
		return
	case fi.IsDir() && !t.move && !t.recursive:
		t.fail("-r not specified; omitting directory '%s'", from)
		return
	case oldErr == nil && t.noClobber && !old.IsDir():
		return
	case oldErr == nil && t.update && !fi.IsDir() && !fi.ModTime().After(old.ModTime()):
		return
	case oldErr == nil && old.IsDir() && !fi.IsDir():
		t.fail("cannot overwrite directory '%s' with non-directory", to)
		return
	case oldErr == nil && fi.IsDir() && !old.IsDir():
		t.fail("cannot overwrite non-directory '%s' with directory '%s'", to, from)
		return
	}
	if t.move {
		if err := rename(src, dst); err != nil {
			t.fail("cannot move '%s' to '%s': %s", from, to, reason(err))
			return
		}
		if t.verbose {
			t.printf("renamed '%s' -> '%s'\n", from, to)
		}
		return
	}
	if t.verbose {
		t.printf("'%s' -> '%s'\n", from, to)
	}
	if fi.IsDir() {
		t.dir(ctx, from, to, fi)
		return
	}
	t.file(from, to, fi)
}

func (t *transfer) dir(ctx context.Context, from, to string, fi fs.FileInfo) {
	if err := os.Mkdir(t.path(to), 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		t.fail("cannot create directory '%s': %s", to, reason(err))
		return
	}
	entries, err := os.ReadDir(t.path(from))
	if err != nil {
		t.fail("cannot access '%s': %s", from, reason(err))
	}
	for _, e := range entries {
		t.one(ctx, from+"/"+e.Name(), to+"/"+e.Name())
	}
	t.attributes(to, fi)
}

func (t *transfer) file(from, to string, fi fs.FileInfo) {
	r, err := openFile(t.path(from))
	if err != nil {
		t.fail("cannot open '%s' for reading: %s", from, reason(err))
		return
	}
	defer r.Close()
	_, statErr := os.Stat(t.path(to))
	w, err := os.OpenFile(t.path(to), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fi.Mode().Perm()|0o200)
	if err != nil {
		t.fail("cannot create regular file '%s': %s", to, reason(err))
		return
	}
	_, err = io.Copy(w, r)
	if err = errors.Join(err, w.Close()); err != nil {
		t.fail("error writing '%s': %s", to, reason(err))
		return
	}
	if statErr != nil || t.keep {
		chmod(t.path(to), fi.Mode().Perm())
	}
	t.attributes(to, fi)
}

func (t *transfer) attributes(to string, fi fs.FileInfo) {
	if t.keep {
		chmod(t.path(to), fi.Mode().Perm())
		os.Chtimes(t.path(to), fi.ModTime(), fi.ModTime())
	}
}

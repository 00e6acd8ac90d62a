package tools

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A lister is one run of ls.
type lister struct {
	*Call
	all, almost, long, human, recursive, dir, reverse, classify, slash, columns, comma bool
	inode, blocks, groupOnly, noOwner, numeric, si, dirsFirst, quote                   bool
	sort                                                                               byte // n name, t time, S size, U none, X extension, v version
	style                                                                              string
	status                                                                             int
}

// An entry is one line of ls.
type entry struct {
	name string
	fs.FileInfo
}

func ls(ctx context.Context, c *Call) int {
	l := lister{Call: c, sort: 'n'}
	o := c.options("a,all A,almost-all l 1 h,human-readable R,recursive t S r,reverse d,directory F?classify p U X v i,inode s,size g o n,numeric-uid-gid G,no-group " +
		"C x m k,kibibytes L,dereference H N,literal Q,quote-name b q u c f ?color =time-style =time =sort ,group-directories-first ,full-time =format ,si =block-size w=width I=ignore Z")
	var ignore []string
	for o.next() {
		switch o.name {
		case "a":
			l.all = true
		case "f":
			l.all, l.sort = true, 'U'
		case "A":
			l.almost = true
		case "l":
			l.long = true
		case "n":
			l.long, l.numeric = true, true
		case "g":
			l.long, l.noOwner = true, true
		case "o", "G":
			l.long, l.groupOnly = l.long || o.name == "o", true
		case "h":
			l.human = true
		case "si":
			l.human, l.si = true, true
		case "R":
			l.recursive = true
		case "d":
			l.dir = true
		case "r":
			l.reverse = true
		case "F":
			l.classify = true
		case "p":
			l.slash = true
		case "i":
			l.inode = true
		case "s":
			l.blocks = true
		case "C", "x":
			l.columns = true
		case "1":
			l.columns = false
		case "m":
			l.comma = true
		case "Q":
			l.quote = true
		case "I":
			ignore = append(ignore, o.value)
		case "t", "S", "U", "X", "v":
			l.sort = o.name[0]
		case "sort":
			l.sort = map[string]byte{"time": 't', "size": 'S', "none": 'U', "extension": 'X', "version": 'v', "name": 'n'}[o.value]
		case "group-directories-first":
			l.dirsFirst = true
		case "full-time":
			l.long, l.style = true, "full-iso"
		case "time-style":
			l.style = o.value
		}
	}
	names := o.args
	if len(names) == 0 {
		names = []string{"."}
	}
	var files []entry
	var dirs []entry
	for _, n := range names {
		fi, err := stat(c.path(n))
		switch {
		case err != nil:
			c.warn("cannot access '%s': %s", n, reason(err))
			l.status = 2
		case fi.IsDir() && !l.dir:
			dirs = append(dirs, entry{n, fi})
		default:
			files = append(files, entry{n, fi})
		}
	}
	l.order(files)
	l.order(dirs)
	l.show(files)
	for i, d := range dirs {
		if len(names) > 1 || l.recursive {
			if i > 0 || len(files) > 0 {
				c.print("\n")
			}
			c.print(d.name + ":\n")
		}
		l.folder(ctx, d.name, ignore)
	}
	return l.status
}

func (l *lister) folder(ctx context.Context, name string, ignore []string) {
	check(ctx)
	path := l.path(name)
	list, err := os.ReadDir(path)
	if err != nil {
		l.warn("cannot open directory '%s': %s", name, reason(err))
		l.status = 2
		return
	}
	var entries []entry
	total := int64(0)
	add := func(n, p string) {
		if fi, err := stat(p); err == nil {
			entries = append(entries, entry{n, fi})
			total += blocksOf(fi)
		}
	}
	if l.all {
		add(".", path)
		add("..", filepath.Dir(clean(path)))
	}
	for _, d := range list {
		hidden := strings.HasPrefix(d.Name(), ".") && !l.all && !l.almost
		if !hidden && !anyGlob(ignore, d.Name()) {
			add(d.Name(), path+"/"+d.Name())
		}
	}
	l.order(entries)
	if l.long || l.blocks {
		if l.human {
			l.print("total " + humanSize(total*1024, l.si) + "\n")
		} else {
			l.printf("total %d\n", total)
		}
	}
	l.show(entries)
	if !l.recursive {
		return
	}
	for _, e := range entries {
		if e.IsDir() && e.name != "." && e.name != ".." {
			sub := strings.TrimSuffix(name, "/") + "/" + e.name
			l.print("\n" + sub + ":\n")
			l.folder(ctx, sub, ignore)
		}
	}
}

// blocksOf is what a file takes on the disk in KiB, were it kept in pages.
func blocksOf(fi fs.FileInfo) int64 {
	if fi.IsDir() {
		return 4
	}
	return (fi.Size() + 4095) / 4096 * 4
}

func (l *lister) order(es []entry) {
	slices.SortStableFunc(es, func(a, b entry) int {
		d := 0
		if l.dirsFirst && a.IsDir() != b.IsDir() {
			if a.IsDir() {
				return -1
			}
			return 1
		}
		switch l.sort {
		case 't':
			d = b.ModTime().Compare(a.ModTime())
		case 'S':
			d = cmp.Compare(b.Size(), a.Size())
		case 'X':
			d = cmp.Compare(filepath.Ext(a.name), filepath.Ext(b.name))
		case 'v':
			d = compareVersions(a.name, b.name)
		case 'U':
			return 0
		}
		if d == 0 {
			d = cmp.Compare(a.name, b.name)
		}
		if l.reverse {
			return -d
		}
		return d
	})
}

func (l *lister) label(e entry) string {
	n := e.name
	if l.quote {
		n = strconv.Quote(n)
	}
	switch {
	case e.IsDir() && (l.classify || l.slash):
		n += "/"
	case l.classify && e.Mode()&0o111 != 0:
		n += "*"
	}
	return n
}

func (l *lister) show(es []entry) {
	if len(es) == 0 {
		return
	}
	switch {
	case l.long:
		l.table(es)
	case l.comma:
		var names []string
		for _, e := range es {
			names = append(names, l.label(e))
		}
		l.print(strings.Join(names, ", ") + "\n")
	case l.columns:
		l.lay(es)
	default:
		for _, e := range es {
			if l.inode {
				l.print("0 ")
			}
			if l.blocks {
				l.printf("%d ", blocksOf(e))
			}
			l.print(l.label(e) + "\n")
		}
	}
}

// lay puts names into columns within 80 characters.
func (l *lister) lay(es []entry) {
	widths := make([]int, len(es))
	for i, e := range es {
		widths[i] = utf8.RuneCountInString(l.label(e))
	}
	for high := 1; ; high++ {
		var cols []int
		sum := 0
		for x := 0; x < len(es); x += high {
			w := slices.Max(widths[x:min(len(es), x+high)]) + 2
			cols = append(cols, w)
			sum += w
		}
		if sum-2 > 80 && high < len(es) {
			continue
		}
		for y := range high {
			for x, i := 0, y; i < len(es); x, i = x+1, i+high {
				l.print(l.label(es[i]))
				if i+high < len(es) {
					l.print(strings.Repeat(" ", cols[x]-widths[i]))
				}
			}
			l.print("\n")
		}
		return
	}
}

func (l *lister) table(es []entry) {
	sizes, links := make([]string, len(es)), make([]string, len(es))
	ws, wl := 0, 0
	for i, e := range es {
		sizes[i] = strconv.FormatInt(sizeOf(e), 10)
		if l.human {
			sizes[i] = humanSize(sizeOf(e), l.si)
		}
		links[i] = "1"
		if e.IsDir() {
			links[i] = "2"
		}
		ws, wl = max(ws, len(sizes[i])), max(wl, len(links[i]))
	}
	for i, e := range es {
		owner := "user user"
		if l.numeric {
			owner = "1000 1000"
		}
		if l.noOwner || l.groupOnly {
			owner, _, _ = strings.Cut(owner, " ")
		}
		if l.blocks {
			l.printf("%d ", blocksOf(e))
		}
		l.printf("%s %*s %s %*s %s %s\n", modeString(e.Mode()), wl, links[i], owner, ws, sizes[i], l.time(e.ModTime().In(l.zone())), l.label(e))
	}
}

func sizeOf(fi fs.FileInfo) int64 {
	if fi.IsDir() {
		return 4096
	}
	return fi.Size()
}

func (l *lister) time(t time.Time) string {
	switch {
	case l.style == "full-iso":
		return t.Format("2006-01-02 15:04:05.000000000 -0700")
	case l.style == "long-iso":
		return t.Format("2006-01-02 15:04")
	case strings.HasPrefix(l.style, "+"):
		return formatDate(l.style[1:], t)
	case time.Since(t) > 182*24*time.Hour || time.Until(t) > time.Hour:
		return t.Format("Jan _2  2006")
	}
	return t.Format("Jan _2 15:04")
}

// humanSize writes a size the way ls -h and du -h do: rounded up, with one
// decimal under ten.
func humanSize(n int64, si bool) string {
	base, units := 1024.0, "KMGTPE"
	if si {
		base, units = 1000, "kMGTPE"
	}
	if float64(n) < base {
		return strconv.FormatInt(n, 10)
	}
	f := float64(n)
	i := -1
	for f >= base && i < len(units)-1 {
		f /= base
		i++
	}
	up := ceil(f*10) / 10
	if up < 10 {
		return fmt.Sprintf("%.1f%c", up, units[i])
	}
	if up = ceil(f); up >= base && i < len(units)-1 {
		return fmt.Sprintf("1.0%c", units[i+1])
	}
	return fmt.Sprintf("%.0f%c", up, units[i])
}

func ceil(f float64) float64 {
	n := float64(int64(f))
	if n < f {
		n++
	}
	return n
}

func du(ctx context.Context, c *Call) int {
	human, summary, all, apparent, total, depth, unit := false, false, false, false, false, -1, int64(1024)
	o := c.options("h,human-readable s,summarize a,all c,total b,bytes k m d=max-depth ,apparent-size x L S =exclude 0 B=block-size")
	for o.next() {
		switch o.name {
		case "h":
			human = true
		case "s":
			summary = true
		case "a":
			all = true
		case "c":
			total = true
		case "b":
			apparent, unit = true, 1
		case "k":
			unit = 1 << 10
		case "m":
			unit = 1 << 20
		case "B":
			unit = max(1, o.number("block size"))
		case "d":
			depth = int(o.number("maximum depth"))
		case "apparent-size":
			apparent = true
		}
	}
	names := o.args
	if len(names) == 0 {
		names = []string{"."}
	}
	size := func(fi fs.FileInfo) int64 {
		if apparent {
			return sizeOf(fi)
		}
		return blocksOf(fi) * 1024
	}
	show := func(n int64, name string) {
		if human {
			c.print(humanSize(n, false) + "\t" + name + "\n")
			return
		}
		c.printf("%d\t%s\n", (n+unit-1)/unit, name)
	}
	var walk func(name string, fi fs.FileInfo, level int) int64
	walk = func(name string, fi fs.FileInfo, level int) int64 {
		check(ctx)
		n := size(fi)
		if fi.IsDir() {
			list, _ := os.ReadDir(c.path(name))
			for _, e := range list {
				if sub, err := stat(c.path(name) + "/" + e.Name()); err == nil {
					n += walk(strings.TrimSuffix(name, "/")+"/"+e.Name(), sub, level+1)
				}
			}
		}
		if (level == 0 || (fi.IsDir() || all) && !summary) && (depth < 0 || level <= depth) {
			show(n, name)
		}
		return n
	}
	status, sum := 0, int64(0)
	for _, name := range names {
		fi, err := stat(c.path(name))
		if err != nil {
			c.warn("cannot access '%s': %s", name, reason(err))
			status = 1
			continue
		}
		sum += walk(name, fi, 0)
	}
	if total {
		show(sum, "total")
	}
	return status
}

// tree draws folders; models like to look at a project with it.
func tree(ctx context.Context, c *Call) int {
	all, dirsOnly, depth := false, false, -1
	var skip []string
	o := c.options("a d L= I= F C n ,noreport ,dirsfirst f h s")
	for o.next() {
		switch o.name {
		case "a":
			all = true
		case "d":
			dirsOnly = true
		case "L":
			depth = int(o.number("level"))
		case "I":
			skip = append(skip, strings.Split(o.value, "|")...)
		}
	}
	names := o.args
	if len(names) == 0 {
		names = []string{"."}
	}
	dirs, files := 0, 0
	var walk func(path, indent string, level int)
	walk = func(path, indent string, level int) {
		check(ctx)
		list, err := os.ReadDir(path)
		if err != nil || depth >= 0 && level >= depth {
			return
		}
		list = slices.DeleteFunc(list, func(e fs.DirEntry) bool {
			return strings.HasPrefix(e.Name(), ".") && !all || dirsOnly && !e.IsDir() || anyGlob(skip, e.Name())
		})
		for i, e := range list {
			branch, next := "├── ", "│\u00a0\u00a0 "
			if i == len(list)-1 {
				branch, next = "└── ", "    "
			}
			c.print(indent + branch + e.Name() + "\n")
			if e.IsDir() {
				dirs++
				walk(path+"/"+e.Name(), indent+next, level+1)
			} else {
				files++
			}
		}
	}
	for _, n := range names {
		c.print(n + "\n")
		if !dirExists(c.path(n)) {
			c.warn("%s: No such file or directory", n)
			continue
		}
		walk(c.path(n), "", 0)
	}
	plural := func(n int, one, many string) string {
		if n == 1 {
			return one
		}
		return many
	}
	c.printf("\n%d %s", dirs, plural(dirs, "directory", "directories"))
	if !dirsOnly {
		c.printf(", %d %s", files, plural(files, "file", "files"))
	}
	c.print("\n")
	return 0
}

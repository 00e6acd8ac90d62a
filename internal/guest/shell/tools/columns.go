package tools

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A span is one part of a list such as "1,3-5,7-"; to of 0 is open.
type span struct{ from, to int }

func (c *Call) spans(list, what string) (all []span) {
	for p := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		a, b, both := strings.Cut(p, "-")
		from, err1 := strconv.Atoi(a)
		to, err2 := strconv.Atoi(b)
		switch {
		case !both && err1 == nil:
			to = from
		case both && a == "" && err2 == nil:
			from = 1
		case both && b == "" && err1 == nil:
			to = 0
		case both && err1 == nil && err2 == nil && to < from:
			c.usage(1, "invalid decreasing range")
		case err1 != nil || both && err2 != nil:
			c.usage(1, "invalid %s value ‘%s’", what, p)
		}
		if from == 0 {
			c.usage(1, "%ss are numbered from 1", what)
		}
		all = append(all, span{from, to})
	}
	if len(all) == 0 {
		c.usage(1, "fields are numbered from 1")
	}
	return all
}

func has(spans []span, n int) bool {
	for _, s := range spans {
		if n >= s.from && (n <= s.to || s.to == 0) {
			return true
		}
	}
	return false
}

func cut(ctx context.Context, c *Call) int {
	var mode, list string
	delim, outDelim := "\t", ""
	only, complement, setOut := false, false, false
	sep := byte('\n')
	o := c.options("b=bytes c=characters f=fields d=delimiter s,only-delimited n ,complement =output-delimiter z,zero-terminated")
	for o.next() {
		switch o.name {
		case "b", "c", "f":
			if mode != "" {
				c.usage(1, "only one list may be specified")
			}
			mode, list = o.name, o.value
		case "d":
			if utf8.RuneCountInString(o.value) > 1 {
				c.usage(1, "the delimiter must be a single character")
			}
			delim = o.value
		case "s":
			only = true
		case "complement":
			complement = true
		case "output-delimiter":
			outDelim, setOut = o.value, true
		case "z":
			sep = 0
		}
	}
	if mode == "" {
		c.usage(1, "you must specify a list of bytes, characters, or fields")
	}
	if delim == "" {
		delim = "\x00"
	}
	what := map[string]string{"b": "byte/character position", "c": "byte/character position", "f": "field"}[mode]
	spans := c.spans(list, what)
	if !setOut && mode == "f" {
		outDelim = delim
	}
	return c.inputs(o.args, func(name string, r io.Reader) {
		lines(r, sep, func(l []byte) bool {
			if mode == "f" {
				c.cutFields(l, spans, delim, outDelim, only, complement, sep)
				return true
			}
			n, last := 0, 0
			for i := 0; i < len(l); {
				size := 1
				if mode == "c" {
					_, size = utf8.DecodeRune(l[i:])
				}
				n++
				if has(spans, n) != complement {
					if last > 0 && last != n-1 {
						c.print(outDelim)
					}
					c.out.Write(l[i : i+size])
					last = n
				}
				i += size
			}
			c.out.WriteByte(sep)
			return true
		})
	})
}

func (c *Call) cutFields(l []byte, spans []span, delim, outDelim string, only, complement bool, sep byte) {
	if !bytes.Contains(l, []byte(delim)) {
		if !only {
			c.printLine(l, sep)
		}
		return
	}
	first := true
	for i, f := range bytes.Split(l, []byte(delim)) {
		if has(spans, i+1) == complement {
			continue
		}
		if !first {
			c.print(outDelim)
		}
		first = false
		c.out.Write(f)
	}
	c.out.WriteByte(sep)
}

func paste(ctx context.Context, c *Call) int {
	delims := []rune{'\t'}
	serial := false
	sep := byte('\n')
	o := c.options("d=delimiters s,serial z,zero-terminated")
	for o.next() {
		switch o.name {
		case "d":
			delims = []rune(strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`, `\0`, "\x00").Replace(o.value))
		case "s":
			serial = true
		case "z":
			sep = 0
		}
	}
	between := func(i int) {
		if len(delims) > 0 && delims[i%len(delims)] != 0 {
			c.print(string(delims[i%len(delims)]))
		}
	}
	names := o.args
	if len(names) == 0 {
		names = []string{"-"}
	}
	if serial {
		return c.inputs(names, func(name string, r io.Reader) {
			i := 0
			lines(r, sep, func(l []byte) bool {
				if i > 0 {
					between(i - 1)
				}
				i++
				c.out.Write(l)
				return true
			})
			c.out.WriteByte(sep)
		})
	}
	files := make([]*bufio.Reader, len(names))
	for i, n := range names {
		r, err := c.open(n)
		if err != nil {
			c.die(1, "%s: %s", n, reason(err))
		}
		defer r.Close()
		if files[i] = bufio.NewReader(r); n == "-" {
			files[i] = c.stdin()
		}
	}
	for {
		row := make([]string, len(files))
		alive := false
		for i, f := range files {
			l, end, _ := readLine(f, sep)
			row[i] = string(l)
			alive = alive || end || len(l) > 0
		}
		if !alive {
			return 0
		}
		for i, l := range row {
			if i > 0 {
				between(i - 1)
			}
			c.print(l)
		}
		c.out.WriteByte(sep)
	}
}

func comm(ctx context.Context, c *Call) int {
	hide := [4]bool{}
	delim := "\t"
	o := c.options("1 2 3 i z,zero-terminated ,check-order ,nocheck-order =output-delimiter ,total")
	sep := byte('\n')
	total := false
	for o.next() {
		switch o.name {
		case "1", "2", "3":
			hide[o.name[0]-'0'] = true
		case "output-delimiter":
			delim = o.value
		case "z":
			sep = 0
		case "total":
			total = true
		}
	}
	c.needTwo(o.args)
	a, b := c.fileLines(o.args[0], sep), c.fileLines(o.args[1], sep)
	var n [4]int
	put := func(col int, line string) {
		n[col]++
		if hide[col] {
			return
		}
		for i := 1; i < col; i++ {
			if !hide[i] {
				c.print(delim)
			}
		}
		c.print(line)
		c.out.WriteByte(sep)
	}
	disorder := [3]bool{}
	next := func(file int, lines []string) []string {
		if !disorder[file] && len(lines) > 1 && lines[1] < lines[0] {
			disorder[file] = true
			c.warn("file %d is not in sorted order", file)
		}
		return lines[1:]
	}
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0] < b[0]:
			put(1, a[0])
			a = next(1, a)
		case len(a) == 0 || b[0] < a[0]:
			put(2, b[0])
			b = next(2, b)
		default:
			put(3, a[0])
			a, b = next(1, a), next(2, b)
		}
	}
	if total {
		c.printf("%d%s%d%s%d%stotal\n", n[1], delim, n[2], delim, n[3], delim)
	}
	if disorder[1] || disorder[2] {
		c.warn("input is not in sorted order")
		return 1
	}
	return 0
}

func (c *Call) needTwo(args []string) {
	if len(args) == 0 {
		c.usage(max(1, c.tool.Bad), "missing operand")
	}
	if len(args) == 1 {
		c.usage(max(1, c.tool.Bad), "missing operand after ‘%s’", args[0])
	}
	if len(args) > 2 {
		c.usage(max(1, c.tool.Bad), "extra operand ‘%s’", args[2])
	}
}

// A joiner is one run of join.
type joiner struct {
	delim      string // "" splits at blanks
	field      [2]int
	fold       bool
	unpaired   [2]bool
	onlySingle bool
	empty      string
	format     []string
	auto       bool
}

func join(ctx context.Context, c *Call) int {
	j := joiner{field: [2]int{1, 1}}
	header := false
	o := c.options("1= 2= j= t= a= v= i,ignore-case e= o= z,zero-terminated ,header ,check-order ,nocheck-order")
	for o.next() {
		n, _ := strconv.Atoi(o.value)
		switch o.name {
		case "1", "2":
			j.field[o.name[0]-'1'] = n
		case "j":
			j.field = [2]int{n, n}
		case "t":
			j.delim = o.value
		case "a", "v":
			if n != 1 && n != 2 {
				c.usage(1, "invalid file number in field spec: ‘%s’", o.value)
			}
			j.unpaired[n-1] = true
			j.onlySingle = j.onlySingle || o.name == "v"
		case "i":
			j.fold = true
		case "e":
			j.empty = o.value
		case "o":
			j.auto = o.value == "auto"
			j.format = append(j.format, strings.FieldsFunc(o.value, func(r rune) bool { return r == ',' || r == ' ' })...)
		case "header":
			header = true
		}
	}
	if j.field[0] < 1 || j.field[1] < 1 {
		c.usage(1, "invalid field number")
	}
	c.needTwo(o.args)
	var rows [2][][]string
	for i := range rows {
		for _, l := range c.fileLines(o.args[i], '\n') {
			rows[i] = append(rows[i], j.split(l))
		}
	}
	a, b := rows[0], rows[1]
	if header && len(a) > 0 && len(b) > 0 {
		c.print(j.row(a[0], b[0]))
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 || len(b) > 0 {
		d := 0
		switch {
		case len(b) == 0:
			d = -1
		case len(a) == 0:
			d = 1
		default:
			d = strings.Compare(j.key(a[0], 0), j.key(b[0], 1))
		}
		switch {
		case d < 0:
			if j.unpaired[0] {
				c.print(j.row(a[0], nil))
			}
			a = a[1:]
		case d > 0:
			if j.unpaired[1] {
				c.print(j.row(nil, b[0]))
			}
			b = b[1:]
		default:
			k := j.key(a[0], 0)
			na, nb := 0, 0
			for na < len(a) && j.key(a[na], 0) == k {
				na++
			}
			for nb < len(b) && j.key(b[nb], 1) == k {
				nb++
			}
			for _, x := range a[:na] {
				for _, y := range b[:nb] {
					if !j.onlySingle {
						c.print(j.row(x, y))
					}
				}
			}
			a, b = a[na:], b[nb:]
		}
	}
	return 0
}

func (j *joiner) split(l string) []string {
	if j.delim == "" {
		return strings.Fields(l)
	}
	return strings.Split(l, j.delim)
}

func (j *joiner) key(row []string, file int) string {
	k := j.at(row, j.field[file])
	if j.fold {
		return strings.ToLower(k)
	}
	return k
}

func (j *joiner) at(row []string, n int) string {
	if n < 1 || n > len(row) {
		return ""
	}
	return row[n-1]
}

// row makes one line of output; a or b may be missing.
func (j *joiner) row(a, b []string) string {
	key := j.at(a, j.field[0])
	if a == nil {
		key = j.at(b, j.field[1])
	}
	var out []string
	if len(j.format) > 0 && !j.auto {
		for _, f := range j.format {
			file, field, _ := strings.Cut(f, ".")
			n, _ := strconv.Atoi(field)
			v := key
			switch file {
			case "1":
				v = j.at(a, n)
			case "2":
				v = j.at(b, n)
			}
			out = append(out, cmpOr(v, j.empty))
		}
	} else {
		out = append(out, key)
		for i, row := range [][]string{a, b} {
			for k, v := range row {
				if k != j.field[i]-1 {
					out = append(out, cmpOr(v, j.empty))
				}
			}
		}
	}
	return strings.Join(out, cmpOr(j.delim, " ")) + "\n"
}

func column(ctx context.Context, c *Call) int {
	table, sep, out, width := false, "", "  ", 80
	o := c.options("t,table s=separator o=output-separator c=output-width n x,fillrows N=table-columns R=table-right L,keep-empty-lines")
	var heads []string
	right := map[string]bool{}
	for o.next() {
		switch o.name {
		case "t":
			table = true
		case "s":
			sep = o.value
		case "o":
			out = o.value
		case "c":
			width = int(o.number("columns"))
		case "N":
			heads = strings.Split(o.value, ",")
		case "R":
			for n := range strings.SplitSeq(o.value, ",") {
				right[n] = true
			}
		}
	}
	var rows [][]string
	if heads != nil {
		rows = append(rows, heads)
	}
	status := c.inputs(o.args, func(name string, r io.Reader) {
		lines(r, '\n', func(l []byte) bool {
			s := string(l)
			if strings.TrimSpace(s) == "" {
				return true
			}
			switch {
			case !table:
				rows = append(rows, []string{s})
			case sep == "":
				rows = append(rows, strings.Fields(s))
			default:
				rows = append(rows, strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(sep, r) }))
				if strings.Contains(s, sep+sep) || strings.HasPrefix(s, sep) {
					rows[len(rows)-1] = strings.Split(s, sep)
				}
			}
			return true
		})
	})
	if !table {
		c.fillColumns(rows, width)
		return status
	}
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			name := ""
			if i < len(heads) {
				name = heads[i]
			}
			switch {
			case right[strconv.Itoa(i+1)] || name != "" && right[name]:
				c.print(gap + cell)
			case i == len(row)-1:
				c.print(cell)
			default:
				c.print(cell + gap)
			}
			if i < len(row)-1 {
				c.print(out)
			}
		}
		c.print("\n")
	}
	return status
}

// fillColumns lays entries out in columns, down and then across.
func (c *Call) fillColumns(rows [][]string, width int) {
	longest := 0
	for _, r := range rows {
		longest = max(longest, utf8.RuneCountInString(r[0]))
	}
	step := (longest/8 + 1) * 8
	cols := max(1, width/step)
	high := (len(rows) + cols - 1) / cols
	for y := range high {
		for x := y; x < len(rows); x += high {
			cell := rows[x][0]
			c.print(cell)
			if x+high < len(rows) {
				c.print(strings.Repeat("\t", (step-utf8.RuneCountInString(cell)+7)/8))
			}
		}
		c.print("\n")
	}
}

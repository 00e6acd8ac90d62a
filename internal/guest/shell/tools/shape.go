package tools

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

func nl(ctx context.Context, c *Call) int {
	body, sep, width, start, step, format := "t", "\t", 6, 1, 1, "rn"
	o := c.options("b=body-numbering s=number-separator w=number-width v=starting-line-number i=line-increment n=number-format h= f= d= l= p")
	for o.next() {
		switch o.name {
		case "b":
			body = o.value
		case "s":
			sep = o.value
		case "w":
			width = int(o.number("line number field width"))
		case "v":
			start = int(o.number("starting line number"))
		case "i":
			step = int(o.number("line number increment"))
		case "n":
			format = o.value
		}
	}
	var only *regexp.Regexp
	if strings.HasPrefix(body, "p") {
		var err error
		if only, err = compileBasic(body[1:]); err != nil {
			c.die(1, "%v", err)
		}
	}
	n := start
	return c.inputs(o.args, func(name string, r io.Reader) {
		lines(r, '\n', func(l []byte) bool {
			if body == "a" || body == "t" && len(l) > 0 || only != nil && only.Match(l) {
				verb := map[string]string{"ln": "%-*d", "rz": "%0*d"}[format]
				c.printf(cmpOr(verb, "%*d")+"%s%s\n", width, n, sep, l)
				n += step
			} else {
				c.printf("%s%s\n", strings.Repeat(" ", width+len(sep)), l)
			}
			return true
		})
	})
}

func fold(ctx context.Context, c *Call) int {
	width, words, byBytes := 80, false, false
	c.Args = oldWidth(c.Args)
	o := c.options("w=width s,spaces b,bytes c,characters")
	for o.next() {
		switch o.name {
		case "w":
			if width = int(o.number("number of columns")); width < 1 {
				c.die(1, "invalid number of columns: ‘%s’", o.value)
			}
		case "s":
			words = true
		case "b":
			byBytes = true
		}
	}
	return c.inputs(o.args, func(name string, r io.Reader) {
		b := bufioReader(r)
		for {
			l, end, err := readLine(b, '\n')
			c.foldLine(l, width, words, byBytes)
			if end {
				c.print("\n")
			}
			if err != nil {
				return
			}
		}
	})
}

// oldWidth rewrites "-40" as "-w 40".
func oldWidth(args []string) []string {
	a := oldCount(args)
	if len(a) > 0 && a[0] == "-n" && len(args) > 0 && args[0] != "-n" {
		a[0] = "-w"
	}
	return a
}

func (c *Call) foldLine(l []byte, width int, words, byBytes bool) {
	for len(l) > 0 {
		col, at, space := 0, 0, 0
		for at < len(l) {
			r, size := rune(l[at]), 1
			if !byBytes {
				r, size = utf8.DecodeRune(l[at:])
			}
			next := col + 1
			switch {
			case byBytes:
			case r == '\t':
				next = col + 8 - col%8
			case r == '\b':
				next = max(0, col-1)
			case r == '\r':
				next = 0
			}
			if next > width {
				break
			}
			col = next
			at += size
			if r == ' ' || r == '\t' {
				space = at
			}
		}
		if at == len(l) {
			c.out.Write(l)
			return
		}
		if words && space > 0 {
			at = space
		}
		at = max(at, 1)
		c.out.Write(l[:at])
		c.print("\n")
		l = l[at:]
	}
}

func fmtTool(ctx context.Context, c *Call) int {
	width := 75
	c.Args = oldWidth(c.Args)
	o := c.options("w=width s,split-only u,uniform-spacing c t p= g=")
	for o.next() {
		if o.name == "w" {
			width = int(o.number("width"))
		}
	}
	return c.inputs(o.args, func(name string, r io.Reader) {
		var words []string
		indent := ""
		flush := func() {
			c.fill(words, indent, width)
			words = nil
		}
		lines(r, '\n', func(l []byte) bool {
			s := string(l)
			lead := s[:len(s)-len(strings.TrimLeft(s, " \t"))]
			if strings.TrimSpace(s) == "" {
				flush()
				c.print("\n")
				return true
			}
			if len(words) > 0 && lead != indent {
				flush()
			}
			indent = lead
			words = append(words, strings.Fields(s)...)
			return true
		})
		flush()
	})
}

// fill writes words in lines the way GNU fmt does: of all ways to break them,
// the one that costs least by its rules, which want lines near 93 % of the
// width, of like lengths, and not ended by a word that stands alone in a clause.
func (c *Call) fill(words []string, indent string, width int) {
	n := len(words)
	if n == 0 {
		return
	}
	goal := width * 187 / 200
	lead := utf8.RuneCountInString(indent)
	square := func(x int) int { return x * x }
	cost, next, length := make([]int, n+1), make([]int, n+1), make([]int, n+1)
	for i := n - 1; i >= 0; i-- {
		cost[i] = 1 << 60
		size := lead
		for j := i; j < n; j++ {
			if j > i {
				size++
			}
			if size += utf8.RuneCountInString(words[j]); size >= width && j > i {
				break
			}
			total := cost[j+1]
			if j+1 < n {
				total += square(10 * (goal - size))
				if next[j+1] < n {
					total += square(10*(size-length[j+1])) / 2
				}
			}
			if total < cost[i] {
				cost[i], next[i], length[i] = total, j+1, size
			}
		}
		cost[i] += square(70)
		if i > 0 && strings.ContainsAny(words[i-1][len(words[i-1])-1:], ",;:)") {
			cost[i] -= square(40)
		}
	}
	for i := 0; i < n; i = next[i] {
		c.print(indent + strings.Join(words[i:next[i]], " ") + "\n")
	}
}

func expand(ctx context.Context, c *Call) int {
	tab, initial := 8, false
	o := c.options("t=tabs i,initial")
	for o.next() {
		switch o.name {
		case "t":
			if tab = int(o.number("tab size")); tab < 1 {
				c.die(1, "tab size cannot be 0")
			}
		case "i":
			initial = true
		}
	}
	return c.inputs(o.args, func(name string, r io.Reader) {
		lines(r, '\n', func(l []byte) bool {
			col, lead := 0, true
			for _, ch := range string(l) {
				if ch == '\t' && (lead || !initial) {
					n := tab - col%tab
					c.print(strings.Repeat(" ", n))
					col += n
					continue
				}
				lead = lead && (ch == ' ' || ch == '\t')
				c.out.WriteRune(ch)
				col++
			}
			c.print("\n")
			return true
		})
	})
}

func unexpand(ctx context.Context, c *Call) int {
	tab, all := 8, false
	o := c.options("t=tabs a,all ,first-only")
	for o.next() {
		switch o.name {
		case "t":
			tab, all = max(1, int(o.number("tab size"))), true
		case "a":
			all = true
		}
	}
	return c.inputs(o.args, func(name string, r io.Reader) {
		lines(r, '\n', func(l []byte) bool {
			col, gap, lead := 0, 0, true
			flush := func() {
				c.print(strings.Repeat(" ", gap))
				gap = 0
			}
			for _, ch := range string(l) {
				if ch == ' ' && (lead || all) {
					col++
					if gap++; col%tab == 0 && (gap > 1 || lead) {
						c.print("\t")
						gap = 0
					}
					continue
				}
				if ch == '\t' {
					gap = 0
					col += tab - col%tab
					c.print("\t")
					continue
				}
				flush()
				lead = false
				col++
				c.out.WriteRune(ch)
			}
			flush()
			c.print("\n")
			return true
		})
	})
}

func split(ctx context.Context, c *Call) int {
	perFile, perBytes, chunks := 1000, int64(0), 0
	suffix, numeric, extra := 2, false, ""
	o := c.options("l=lines b=bytes n=number a=suffix-length d ?numeric-suffixes =additional-suffix C=line-bytes e")
	for o.next() {
		switch o.name {
		case "l":
			perFile = int(o.number("number of lines"))
		case "b", "C":
			perBytes = o.number("number of bytes")
		case "n":
			k, err := strconv.Atoi(strings.TrimPrefix(o.value, "l/"))
			if err != nil || k < 1 {
				c.die(1, "invalid number of chunks: ‘%s’", o.value)
			}
			if chunks = k; strings.HasPrefix(o.value, "l/") {
				chunks = -k
			}
		case "a":
			suffix = int(o.number("suffix length"))
		case "d", "numeric-suffixes":
			numeric = true
		case "additional-suffix":
			extra = o.value
		}
	}
	name, prefix := "-", "x"
	if len(o.args) > 0 {
		name = o.args[0]
	}
	if len(o.args) > 1 {
		prefix = o.args[1]
	}
	if perFile < 1 || perBytes < 0 {
		c.die(1, "invalid number of lines: ‘0’")
	}
	data := c.readAll(name)
	n := 0
	write := func(part []byte) {
		path := prefix + c.splitSuffix(n, suffix, numeric) + extra
		n++
		if err := os.WriteFile(c.path(path), part, 0o666); err != nil {
			c.die(1, "%s: %s", path, reason(err))
		}
	}
	switch {
	case chunks != 0:
		k := max(chunks, -chunks)
		at := 0
		for i := range k {
			to := len(data) * (i + 1) / k
			for chunks < 0 && to < len(data) && to > at && data[to-1] != '\n' {
				to++
			}
			to = max(at, to)
			write(data[at:to])
			at = to
		}
	case perBytes > 0:
		for len(data) > 0 {
			k := min(int64(len(data)), perBytes)
			write(data[:k])
			data = data[k:]
		}
	default:
		for len(data) > 0 {
			at := 0
			for range perFile {
				i := strings.IndexByte(string(data[at:]), '\n')
				if i < 0 {
					at = len(data)
					break
				}
				at += i + 1
			}
			write(data[:at])
			data = data[at:]
		}
	}
	return 0
}

func (c *Call) splitSuffix(n, width int, numeric bool) string {
	if numeric {
		s := fmt.Sprintf("%0*d", width, n)
		if len(s) > width {
			c.die(1, "output file suffixes exhausted")
		}
		return s
	}
	b := make([]byte, width)
	for i := width - 1; i >= 0; i-- {
		b[i] = byte('a' + n%26)
		n /= 26
	}
	if n > 0 {
		c.die(1, "output file suffixes exhausted")
	}
	return string(b)
}

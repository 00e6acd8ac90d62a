package tools

import (
	"bufio"
	"context"
	"io"
	"strings"
)

// bufioReader returns r as a buffered reader, standard input always as the same
// one.
func bufioReader(r io.Reader) *bufio.Reader {
	switch b := r.(type) {
	case *bufio.Reader:
		return b
	case sharedStdin:
		return b.Reader
	}
	return bufio.NewReaderSize(r, 32<<10)
}

// oldCount rewrites the old form "-5" of "-n 5", where only it can be meant.
func oldCount(args []string) []string {
	if len(args) == 0 || len(args[0]) < 2 || args[0][0] != '-' || args[0][1] < '0' || args[0][1] > '9' {
		return args
	}
	i := strings.IndexFunc(args[0][1:], func(r rune) bool { return r < '0' || r > '9' })
	out := []string{"-n", args[0][1:]}
	if i >= 0 {
		out = []string{"-n", args[0][1 : i+1], "-" + args[0][i+1:]}
	}
	return append(out, args[1:]...)
}

// An extent says how much of a file head or tail shows.
type extent struct {
	count int64
	sign  byte // '-' or '+' before the number, or 0
	bytes bool
	sep   byte
}

func (c *Call) extent(spec string) (e extent, names []string, quiet, verbose bool) {
	c.Args = oldCount(c.Args)
	e = extent{count: 10, sep: '\n'}
	o := c.options(spec)
	for o.next() {
		switch o.name {
		case "n", "c":
			e.bytes = o.name == "c"
			v := o.value
			e.sign = 0
			if v != "" && (v[0] == '-' || v[0] == '+') {
				e.sign, v = v[0], v[1:]
			}
			n, err := parseSize(v)
			if err != nil || n < 0 {
				what := "lines"
				if e.bytes {
					what = "bytes"
				}
				c.die(1, "invalid number of %s: ‘%s’", what, o.value)
			}
			e.count = n
		case "q":
			quiet, verbose = true, false
		case "v":
			verbose = true
		case "z":
			e.sep = 0
		case "f", "F", "follow":
			c.die(1, "-%s cannot follow a file here: nothing else writes while a command runs", o.name)
		}
	}
	return e, o.args, quiet, verbose
}

func (c *Call) show(e extent, names []string, quiet, verbose bool, one func(r *bufio.Reader, e extent)) int {
	first := true
	return c.inputsSaying("cannot open '%s' for reading: %s", names, func(name string, r io.Reader) {
		if verbose || len(names) > 1 && !quiet {
			if !first {
				c.print("\n")
			}
			if name == "-" {
				name = "standard input"
			}
			c.printf("==> %s <==\n", name)
		}
		first = false
		one(bufioReader(r), e)
	})
}

func head(ctx context.Context, c *Call) int {
	e, names, quiet, verbose := c.extent("n=lines c=bytes q,quiet ,silent v,verbose z,zero-terminated")
	return c.show(e, names, quiet, verbose, c.headOne)
}

func (c *Call) headOne(r *bufio.Reader, e extent) {
	switch {
	case e.sign == '-' && e.bytes:
		b, _ := io.ReadAll(r)
		c.out.Write(b[:max(0, int64(len(b))-e.count)])
	case e.sign == '-':
		all := splitLines(r, e.sep)
		for _, l := range all[:max(0, int64(len(all))-e.count)] {
			c.out.Write(l)
		}
	case e.bytes:
		io.CopyN(c.out, r, e.count)
	default:
		for range e.count {
			line, end, err := readLine(r, e.sep)
			c.out.Write(line)
			if end {
				c.out.WriteByte(e.sep)
			}
			if err != nil {
				return
			}
		}
	}
}

// splitLines returns the lines of r with their ends.
func splitLines(r *bufio.Reader, sep byte) (all [][]byte) {
	for {
		line, err := r.ReadBytes(sep)
		if len(line) > 0 {
			all = append(all, line)
		}
		if err != nil {
			return all
		}
	}
}

func tail(ctx context.Context, c *Call) int {
	if len(c.Args) > 0 && len(c.Args[0]) > 1 && c.Args[0][0] == '+' && c.Args[0][1] >= '0' && c.Args[0][1] <= '9' {
		c.Args = append([]string{"-n", c.Args[0]}, c.Args[1:]...)
	}
	e, names, quiet, verbose := c.extent("n=lines c=bytes q,quiet ,silent v,verbose z,zero-terminated f F ?follow s=sleep-interval =pid ,retry")
	return c.show(e, names, quiet, verbose, c.tailOne)
}

func (c *Call) tailOne(r *bufio.Reader, e extent) {
	switch {
	case e.sign == '+' && e.bytes:
		io.CopyN(io.Discard, r, e.count-1)
		io.Copy(c.out, onlyReader{r})
	case e.sign == '+':
		for range e.count - 1 {
			if _, _, err := readLine(r, e.sep); err != nil {
				return
			}
		}
		io.Copy(c.out, onlyReader{r})
	case e.bytes:
		c.tailBytes(r, e.count)
	case e.count > 0:
		var ring [][]byte
		at := 0
		for {
			line, err := r.ReadBytes(e.sep)
			if len(line) > 0 && int64(len(ring)) < e.count {
				ring = append(ring, line)
			} else if len(line) > 0 {
				ring[at] = line
				at = (at + 1) % len(ring)
			}
			if err != nil {
				break
			}
		}
		for i := range ring {
			c.out.Write(ring[(at+i)%len(ring)])
		}
	}
}

// tailBytes keeps at most twice of what it shows.
func (c *Call) tailBytes(r io.Reader, n int64) {
	var kept []byte
	chunk := make([]byte, 32<<10)
	for {
		k, err := r.Read(chunk)
		kept = append(kept, chunk[:k]...)
		if int64(len(kept)) > 2*n+int64(len(chunk)) {
			kept = append(kept[:0], kept[int64(len(kept))-n:]...)
		}
		if err != nil {
			break
		}
	}
	c.out.Write(kept[max(0, int64(len(kept))-n):])
}

package tools

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"math/big"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"
)

func uniq(ctx context.Context, c *Call) int {
	var counts, repeated, unique, fold, all bool
	skipFields, skipChars, width := 0, 0, -1
	sep := byte('\n')
	o := c.options("c,count d,repeated D u,unique i,ignore-case f=skip-fields s=skip-chars w=check-chars z,zero-terminated")
	for o.next() {
		switch o.name {
		case "c":
			counts = true
		case "d":
			repeated = true
		case "D":
			repeated, all = true, true
		case "u":
			unique = true
		case "i":
			fold = true
		case "f":
			skipFields = int(o.number("number of fields to skip"))
		case "s":
			skipChars = int(o.number("number of bytes to skip"))
		case "w":
			width = int(o.number("number of bytes to compare"))
		case "z":
			sep = 0
		}
	}
	if len(o.args) > 2 {
		c.usage(1, "extra operand ‘%s’", o.args[2])
	}
	in := "-"
	if len(o.args) > 0 {
		in = o.args[0]
	}
	w := io.Writer(c.out)
	if len(o.args) == 2 {
		f, err := c.create(o.args[1], os.O_TRUNC)
		if err != nil {
			c.die(1, "%s: %s", o.args[1], reason(err))
		}
		defer f.Close()
		w = f
	}
	key := func(l []byte) []byte {
		for range skipFields {
			l = bytes.TrimLeft(l, " \t")
			if i := bytes.IndexAny(l, " \t"); i >= 0 {
				l = l[i:]
			} else {
				l = nil
			}
		}
		l = l[min(len(l), skipChars):]
		if width >= 0 {
			l = l[:min(len(l), width)]
		}
		if fold {
			l = bytes.ToLower(l)
		}
		return l
	}
	var group [][]byte // the first line, or all of them for -D
	n := 0
	flush := func() {
		if n == 0 || repeated && n < 2 || unique && n > 1 {
			return
		}
		for _, l := range group {
			if counts {
				fmt.Fprintf(w, "%7d ", n)
			}
			w.Write(append(l, sep))
		}
	}
	status := c.inputs([]string{in}, func(name string, r io.Reader) {
		var last []byte
		lines(r, sep, func(l []byte) bool {
			k := key(l)
			if n > 0 && bytes.Equal(k, last) {
				n++
				if all {
					group = append(group, bytes.Clone(l))
				}
				return true
			}
			flush()
			group, n, last = append(group[:0], bytes.Clone(l)), 1, bytes.Clone(k)
			return true
		})
	})
	flush()
	return status
}

func tr(ctx context.Context, c *Call) int {
	var complement, del, squeeze, truncate bool
	o := c.options("c,complement C d,delete s,squeeze-repeats t,truncate-set1").operandsEnd()
	for o.next() {
		switch o.name {
		case "c", "C":
			complement = true
		case "d":
			del = true
		case "s":
			squeeze = true
		case "t":
			truncate = true
		}
	}
	switch n := len(o.args); {
	case n == 0:
		c.usage(1, "missing operand")
	case n == 1 && !(del && !squeeze || squeeze && !del):
		c.usage(1, "missing operand after ‘%s’\nTwo strings must be given when translating.", o.args[0])
	case n == 2 && del && !squeeze:
		c.usage(1, "extra operand ‘%s’\nOnly one string may be given when deleting without squeezing repeats.", o.args[1])
	case n > 2:
		c.usage(1, "extra operand ‘%s’", o.args[2])
	}
	from := c.trSet(o.args[0], 0)
	var to []rune
	if len(o.args) == 2 {
		to = c.trSet(o.args[1], len(from))
	}
	translate := !del && len(o.args) == 2
	m := map[rune]rune{}
	if translate {
		if truncate && !complement {
			from = from[:min(len(from), len(to))]
		}
		if len(to) == 0 && len(from) > 0 {
			c.die(1, "when not truncating set1, string2 must be non-empty")
		}
		for i, r := range from {
			m[r] = to[min(i, len(to)-1)]
		}
	}
	inFrom := runeSet(from)
	inLast := inFrom
	lastComplement := complement
	if len(o.args) == 2 {
		inLast, lastComplement = runeSet(to), false
	}
	b := c.stdin()
	var last rune = -2
	for {
		r, size, err := b.ReadRune()
		if err != nil {
			return 0
		}
		if r == utf8.RuneError && size == 1 {
			b.UnreadRune()
			raw, _ := b.ReadByte()
			r = -1000 - rune(raw) // a byte that is no character stays as it is
		}
		in := inFrom[r] != complement
		if del && in {
			continue
		}
		if translate && in {
			if complement {
				r = to[len(to)-1]
			} else {
				r = m[r]
			}
		}
		if squeeze && r == last && inLast[r] != lastComplement {
			continue
		}
		last = r
		if r <= -1000 {
			c.out.WriteByte(byte(-r - 1000))
		} else {
			c.out.WriteRune(r)
		}
	}
}

func runeSet(rs []rune) map[rune]bool {
	m := make(map[rune]bool, len(rs))
	for _, r := range rs {
		m[r] = true
	}
	return m
}

// trSet expands a set of tr. A repeat "[x*]" fills up to size.
func (c *Call) trSet(s string, size int) []rune {
	var out []rune
	rs := []rune(s)
	one := func(i int) (rune, int) { // the character at i and where the next begins
		if rs[i] != '\\' || i+1 == len(rs) {
			return rs[i], i + 1
		}
		if e := strings.IndexRune("abfnrtv\\", rs[i+1]); e >= 0 {
			return rune("\a\b\f\n\r\t\v\\"[e]), i + 2
		}
		n, k := 0, i+1
		for k < len(rs) && k < i+4 && rs[k] >= '0' && rs[k] <= '7' {
			n = n*8 + int(rs[k]-'0')
			k++
		}
		if k > i+1 {
			return rune(n & 255), k
		}
		return rs[i+1], i + 2
	}
	for i := 0; i < len(rs); {
		rest := string(rs[i:])
		if strings.HasPrefix(rest, "[:") {
			if name, _, ok := strings.Cut(rest[2:], ":]"); ok {
				class, known := trClasses[name]
				if !known {
					c.die(1, "invalid character class ‘%s’", name)
				}
				out = append(out, []rune(class)...)
				i += len([]rune(name)) + 4
				continue
			}
		}
		if strings.HasPrefix(rest, "[=") && i+4 < len(rs) && rs[i+3] == '=' && rs[i+4] == ']' {
			out = append(out, rs[i+2])
			i += 5
			continue
		}
		if rs[i] == '[' && i+3 < len(rs) {
			r, k := one(i + 1)
			if k < len(rs) && rs[k] == '*' {
				if num, _, ok := strings.Cut(string(rs[k+1:]), "]"); ok {
					n, err := strconv.ParseInt(num, 0, 32)
					if num == "" || err == nil {
						if n == 0 {
							n = int64(max(0, size-len(out)))
						}
						for range n {
							out = append(out, r)
						}
						i = k + 1 + len(num) + 1
						continue
					}
				}
			}
		}
		r, k := one(i)
		if k+1 < len(rs) && rs[k] == '-' {
			end, next := one(k + 1)
			if end < r {
				c.die(1, "range-endpoints of '%c-%c' are in reverse collating sequence order", r, end)
			}
			for x := r; x <= end; x++ {
				out = append(out, x)
			}
			i = next
			continue
		}
		out = append(out, r)
		i = k
	}
	return out
}

var trClasses = func() map[string]string {
	const lower, upper, digit = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
	const punct = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
	control := "\x7f"
	for b := range byte(32) {
		control += string(rune(b))
	}
	return map[string]string{
		"lower": lower, "upper": upper, "digit": digit, "alpha": upper + lower, "alnum": digit + upper + lower,
		"punct": punct, "space": "\t\n\v\f\r ", "blank": "\t ", "cntrl": control, "xdigit": digit + "ABCDEFabcdef",
		"graph": punct + digit + upper + lower, "print": " " + punct + digit + upper + lower,
	}
}()

func shuf(ctx context.Context, c *Call) int {
	count, echo, repeat := -1, false, false
	rng, out := "", ""
	sep := byte('\n')
	o := c.options("n=head-count e,echo i=input-range r,repeat z,zero-terminated o=output =random-source")
	for o.next() {
		switch o.name {
		case "n":
			count = int(o.number("line count"))
		case "e":
			echo = true
		case "i":
			rng = o.value
		case "r":
			repeat = true
		case "z":
			sep = 0
		case "o":
			out = o.value
		}
	}
	var all []string
	switch {
	case rng != "":
		a, b, _ := strings.Cut(rng, "-")
		lo, err1 := strconv.Atoi(a)
		hi, err2 := strconv.Atoi(b)
		if err1 != nil || err2 != nil || hi < lo || hi-lo > 1<<24 {
			c.die(1, "invalid input range: ‘%s’", rng)
		}
		for i := lo; i <= hi; i++ {
			all = append(all, strconv.Itoa(i))
		}
	case echo:
		all = o.args
	default:
		name := "-"
		if len(o.args) > 0 {
			name = o.args[0]
		}
		all = c.fileLines(name, sep)
	}
	w := io.Writer(c.out)
	if out != "" {
		f, err := c.create(out, os.O_TRUNC)
		if err != nil {
			c.die(1, "%s: %s", out, reason(err))
		}
		defer f.Close()
		w = f
	}
	if repeat {
		if len(all) == 0 {
			c.die(1, "no lines to repeat")
		}
		for i := 0; i != count; i++ {
			io.WriteString(w, all[below(len(all))]+string(rune(sep)))
		}
		return 0
	}
	for i := range all {
		if i == count {
			break
		}
		j := i + below(len(all)-i)
		all[i], all[j] = all[j], all[i]
		io.WriteString(w, all[i]+string(rune(sep)))
	}
	return 0
}

// below returns a random number under n, drawn at this moment.
func below(n int) int {
	r, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic("tools: internal error: no randomness: " + err.Error())
	}
	return int(r.Int64())
}

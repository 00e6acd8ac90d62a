package tools

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	shell "mvdan.cc/sh/v3/syntax"
)

// echo is bash's: its only options are clusters of n, e and E.
func echo(ctx context.Context, c *Call) int {
	args := c.Args
	newline, escapes := true, false
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && strings.Trim(args[0][1:], "neE") == "" {
		for _, f := range args[0][1:] {
			switch f {
			case 'n':
				newline = false
			case 'e':
				escapes = true
			case 'E':
				escapes = false
			}
		}
		args = args[1:]
	}
	text := strings.Join(args, " ")
	if escapes {
		var stop bool
		if text, stop = unescape(text, true); stop {
			newline = false
		}
	}
	c.print(text)
	if newline {
		c.print("\n")
	}
	return 0
}

// unescape replaces backslash escapes. In the form of echo and %b, octal
// numbers begin with 0 and \c ends all output.
func unescape(s string, echo bool) (text string, stop bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		number := func(base, most, from int) (int, int) {
			n, k := 0, from
			for k < len(s) && k < from+most {
				d := strings.IndexByte("0123456789abcdef", s[k]|0x20*b2i(s[k] >= 'A'))
				if d < 0 || d >= base {
					break
				}
				n = n*base + d
				k++
			}
			return n, k
		}
		switch ch := s[i]; ch {
		case 'a', 'b', 'f', 'n', 'r', 't', 'v', '\\':
			b.WriteByte("\a\b\f\n\r\t\v\\"[strings.IndexByte(`abfnrtv\`, ch)])
		case 'e', 'E':
			b.WriteByte(27)
		case 'c':
			if echo {
				return b.String(), true
			}
			b.WriteString(`\c`)
		case '"', '\'':
			if echo {
				b.WriteByte('\\')
			}
			b.WriteByte(ch)
		case 'x':
			n, k := number(16, 2, i+1)
			if k == i+1 {
				b.WriteString(`\x`)
				break
			}
			b.WriteByte(byte(n))
			i = k - 1
		case 'u', 'U':
			n, k := number(16, map[byte]int{'u': 4, 'U': 8}[ch], i+1)
			if k == i+1 {
				b.WriteString(s[i-1 : i+1])
				break
			}
			b.WriteRune(rune(n))
			i = k - 1
		case '0', '1', '2', '3', '4', '5', '6', '7':
			from, most := i, 3
			if echo && ch == '0' {
				from++
			}
			n, k := number(8, most, from)
			b.WriteByte(byte(n))
			i = k - 1
		default:
			b.WriteByte('\\')
			b.WriteByte(ch)
		}
	}
	return b.String(), false
}

func b2i(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// A formatter is one run of printf.
type formatter struct {
	c      *Call
	args   []string
	used   bool // an argument was taken in this round
	status int
	out    strings.Builder
	stop   bool
}

func printf(ctx context.Context, c *Call) int {
	args := c.Args
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		c.die(2, "usage: printf [-v var] format [arguments]")
	}
	f := formatter{c: c, args: args[1:]}
	for {
		check(ctx)
		f.used = false
		f.round(args[0])
		c.print(f.out.String())
		f.out.Reset()
		if f.stop || len(f.args) == 0 || !f.used {
			return f.status
		}
	}
}

// round goes through the format once.
func (f *formatter) round(format string) {
	for i := 0; i < len(format) && !f.stop; {
		ch := format[i]
		if ch == '\\' {
			n := escapeLen(format[i:])
			s, stop := unescape(format[i:i+n], false)
			f.out.WriteString(s)
			f.stop = f.stop || stop
			i += n
			continue
		}
		if ch != '%' {
			f.out.WriteByte(ch)
			i++
			continue
		}
		i += f.conversion(format[i:])
	}
}

// escapeLen is how long the escape at the start of s is.
func escapeLen(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	most, set := 0, "0123456789abcdefABCDEF"
	switch s[1] {
	case 'x':
		most = 2
	case 'u':
		most = 4
	case 'U':
		most = 8
	case '0', '1', '2', '3', '4', '5', '6', '7':
		most, set = 2, "01234567"
	}
	n := 2
	for n < len(s) && n < 2+most && strings.IndexByte(set, s[n]) >= 0 {
		n++
	}
	return n
}

func (f *formatter) next() (string, bool) {
	f.used = true
	if len(f.args) == 0 {
		return "", false
	}
	a := f.args[0]
	f.args = f.args[1:]
	return a, true
}

// conversion handles what begins with "%" and returns its length.
func (f *formatter) conversion(s string) int {
	i := 1
	flags := ""
	for i < len(s) && strings.IndexByte("-+ #0'", s[i]) >= 0 {
		if s[i] != '\'' {
			flags += s[i : i+1]
		}
		i++
	}
	number := func() (int, bool) {
		if i < len(s) && s[i] == '*' {
			i++
			v, _ := f.next()
			return int(f.integer(v)), true
		}
		d := digits(s[i:])
		i += len(d)
		return min(atoi(d), 1<<20), d != ""
	}
	width, hasWidth := number()
	if width < 0 {
		flags, width = flags+"-", -width
	}
	precision, hasPrecision := 0, false
	if i < len(s) && s[i] == '.' {
		i++
		precision, _ = number()
		hasPrecision = precision >= 0
	}
	for i < len(s) && strings.IndexByte("hlLqjzt", s[i]) >= 0 && i+1 < len(s) && strings.IndexByte("hldiouxXeEfFgGaA", s[i+1]) >= 0 {
		i++
	}
	if i == len(s) {
		f.c.warn("`%s': missing format character", s[1:])
		f.status, f.stop = 1, true
		return i
	}
	verb := s[i]
	i++
	spec := "%" + flags
	if hasWidth {
		spec += strconv.Itoa(width)
	}
	if verb == '(' {
		if end := strings.Index(s[i:], ")T"); end >= 0 {
			f.date(s[i:i+end], spec)
			return i + end + 2
		}
	}
	text := func(v string) {
		if hasPrecision {
			n := 0
			for k := range v {
				if n == precision {
					v = v[:k]
					break
				}
				n++
			}
		}
		gap := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(v)))
		if strings.Contains(flags, "-") {
			f.out.WriteString(v + gap)
		} else {
			f.out.WriteString(gap + v)
		}
	}
	switch verb {
	case '%':
		f.out.WriteByte('%')
	case 's':
		v, _ := f.next()
		text(v)
	case 'c':
		v, _ := f.next()
		if len(v) > 0 {
			v = v[:1]
		}
		text(v)
	case 'b':
		v, _ := f.next()
		v, stop := unescape(v, true)
		text(v)
		f.stop = f.stop || stop
	case 'q':
		v, _ := f.next()
		text(quote(v))
	case 'd', 'i', 'o', 'u', 'x', 'X':
		v, _ := f.next()
		f.whole(spec, verb, f.integer(v), precision, hasPrecision)
	case 'e', 'E', 'f', 'F', 'g', 'G', 'a', 'A':
		v, _ := f.next()
		if hasPrecision {
			spec += "." + strconv.Itoa(precision)
		} else if verb == 'g' || verb == 'G' {
			spec += ".6"
		}
		if verb == 'a' || verb == 'A' {
			verb += 'x' - 'a'
		}
		var x any = f.float(v)
		if long, _, err := big.ParseFloat(strings.TrimSpace(v), 10, longDouble, big.ToNearestEven); err == nil && !math.IsInf(x.(float64), 0) && verb != 'x' && verb != 'X' {
			x = long
		}
		f.out.WriteString(strings.Replace(strings.Replace(fmt.Sprintf(spec+string(rune(verb)), x), "+Inf", "inf", 1), "NaN", "nan", 1))
	default:
		f.c.warn("`%c': invalid format character", verb)
		f.status, f.stop = 1, true
	}
	return i
}

// longDouble is how many bits of a number bash and GNU's printf round from.
const longDouble = 64

func (f *formatter) whole(spec string, verb byte, n int64, precision int, hasPrecision bool) {
	if hasPrecision {
		spec = strings.Replace(spec, "0", "", strings.Count(spec[:len(spec)-len(strings.TrimLeft(spec[1:], "-+ #0"))], "0"))
		spec += "." + strconv.Itoa(precision)
	}
	switch verb {
	case 'd', 'i':
		f.out.WriteString(fmt.Sprintf(spec+"d", n))
	case 'u':
		f.out.WriteString(fmt.Sprintf(spec+"d", uint64(n)))
	default:
		f.out.WriteString(fmt.Sprintf(spec+string(rune(verb)), uint64(n)))
	}
}

func (f *formatter) bad(v, why string) {
	f.c.out.WriteString(f.out.String())
	f.out.Reset()
	f.c.out.Flush()
	f.c.warn("%s: %s", v, why)
	f.status = 1
}

func (f *formatter) integer(v string) int64 {
	t := strings.TrimLeft(v, " \t\n")
	if t == "" {
		return 0
	}
	if t[0] == '\'' || t[0] == '"' {
		r, _ := utf8.DecodeRuneInString(t[1:])
		if len(t) == 1 {
			return 0
		}
		return int64(r)
	}
	sign, body := "", t
	if body[0] == '-' || body[0] == '+' {
		sign, body = body[:1], body[1:]
	}
	base, set := 10, "0123456789"
	switch {
	case strings.HasPrefix(strings.ToLower(body), "0x"):
		base, set, body = 16, "0123456789abcdefABCDEF", body[2:]
	case len(body) > 1 && body[0] == '0':
		base, set = 8, "01234567"
	}
	n := 0
	for n < len(body) && strings.IndexByte(set, body[n]) >= 0 {
		n++
	}
	if n < len(body) || n == 0 {
		f.bad(v, "invalid number")
	}
	x, err := strconv.ParseInt(sign+cmpOr(body[:n], "0"), base, 64)
	if err != nil {
		if u, uerr := strconv.ParseUint(cmpOr(body[:n], "0"), base, 64); uerr == nil && sign != "-" {
			return int64(u)
		}
		f.bad(v, "Numerical result out of range")
	}
	return x
}

func (f *formatter) float(v string) float64 {
	t := strings.TrimSpace(v)
	if t == "" {
		return 0
	}
	if t[0] == '\'' || t[0] == '"' {
		return float64(f.integer(v))
	}
	x, err := strconv.ParseFloat(t, 64)
	if err == nil {
		return x
	}
	if strings.HasPrefix(strings.ToLower(t), "0x") {
		return float64(f.integer(v))
	}
	f.bad(v, "invalid number")
	for n := len(t) - 1; n > 0; n-- {
		if x, err := strconv.ParseFloat(t[:n], 64); err == nil {
			return x
		}
	}
	return 0
}

func (f *formatter) date(format, spec string) {
	v, given := f.next()
	t := time.Now()
	if given && v != "" {
		if n := f.integer(v); n >= 0 {
			t = time.Unix(n, 0)
		}
	}
	f.out.WriteString(fmt.Sprintf(spec+"s", formatDate(cmpOr(format, "%X"), t.In(f.c.zone()))))
}

// quote quotes a word the way printf %q does.
func quote(s string) string {
	if s == "" {
		return "''"
	}
	for _, r := range s {
		if r < ' ' || r == 127 || r == utf8.RuneError {
			q, err := shell.Quote(s, shell.LangBash)
			if err != nil {
				return "''"
			}
			return q
		}
	}
	var b strings.Builder
	for i, r := range s {
		if r < utf8.RuneSelf && !letterOrDigit(byte(r)) && !strings.ContainsRune("_-./:=@%+,", r) || r == ',' || i == 0 && (r == '~' || r == '#') {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

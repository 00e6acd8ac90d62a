package tools

import (
	"context"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// A decimal number of bc: an integer and how many of its digits are behind the
// point.
type bcNumber struct {
	n     *big.Int
	scale int
}

// A calculator is one run of bc.
type calculator struct {
	*Call
	ctx   context.Context
	in    string
	pos   int
	vars  map[string]bcNumber
	scale int
	ibase int
	obase int
	last  bcNumber
}

type bcError string

const maxScale = 1000 // digits behind the point: enough for people, bounded for all

func bc(ctx context.Context, c *Call) int {
	b := calculator{Call: c, ctx: ctx, vars: map[string]bcNumber{}, ibase: 10, obase: 10, last: bcInt(0)}
	o := c.options("l,mathlib q,quiet s,standard w,warn i,interactive e=expression")
	var text strings.Builder
	for o.next() {
		switch o.name {
		case "l":
			b.scale = 20
		case "e":
			text.WriteString(o.value + "\n")
		}
	}
	for _, n := range o.args {
		text.Write(c.readAll(n))
		text.WriteByte('\n')
	}
	if text.Len() == 0 {
		text.Write(c.readAll("-"))
	}
	src := strings.ReplaceAll(text.String(), "\\\n", "")
	for {
		from := strings.Index(src, "/*")
		if from < 0 {
			break
		}
		to := strings.Index(src[from:], "*/")
		if to < 0 {
			src = src[:from]
			break
		}
		src = src[:from] + src[from+to+2:]
	}
	for line := range strings.SplitSeq(src, "\n") {
		line, _, _ = strings.Cut(line, "#")
		if b.line(line) {
			break
		}
	}
	return 0 // after errors, too: GNU bc goes on and ends well
}

// line runs the statements of one line, up to one that fails, and says whether
// bc is to quit.
func (b *calculator) line(line string) (quit bool) {
	b.in, b.pos = line, 0
	defer func() {
		switch e := recover().(type) {
		case nil:
		case bcError:
			b.out.Flush()
			fmt.Fprintf(b.Err, "(standard_in) 1: %s\n", string(e))
		default:
			panic(e)
		}
	}()
	for {
		check(b.ctx)
		b.blanks()
		if b.pos == len(b.in) {
			return false
		}
		if b.accept(";") {
			continue
		}
		if b.in[b.pos] == '"' {
			end := strings.IndexByte(b.in[b.pos+1:], '"')
			if end < 0 {
				b.fail("syntax error")
			}
			b.print(b.in[b.pos+1 : b.pos+1+end])
			b.pos += end + 2
			continue
		}
		switch w := b.peekWord(); w {
		case "quit", "halt":
			return true
		case "if", "while", "for", "define", "return", "break", "auto":
			b.fail("`" + w + "' is not available here: use awk")
		case "print":
			b.pos += len(w)
			b.printList()
		default:
			start := b.pos
			v := b.expression(0)
			if !b.assigned(b.in[start:b.pos]) {
				b.last = v
				b.print(b.show(v) + "\n")
			}
		}
		b.blanks()
		if b.pos < len(b.in) && b.in[b.pos] != ';' {
			b.fail("syntax error")
		}
	}
}

// assigned reports whether a statement is an assignment, which prints nothing.
func (b *calculator) assigned(s string) bool {
	i := strings.IndexByte(s, '=')
	if i < 0 || i+1 < len(s) && s[i+1] == '=' {
		return false
	}
	name := strings.TrimSpace(strings.TrimRight(s[:i], "+-*/%^"))
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_0123456789[]") == "" && !digit(name[0])
}

func (b *calculator) printList() {
	for {
		b.blanks()
		if b.pos < len(b.in) && b.in[b.pos] == '"' {
			end := strings.IndexByte(b.in[b.pos+1:], '"')
			if end < 0 {
				b.fail("syntax error")
			}
			s, _ := unescape(b.in[b.pos+1:b.pos+1+end], false)
			b.print(s)
			b.pos += end + 2
		} else {
			b.print(b.show(b.expression(0)))
		}
		b.blanks()
		if !b.accept(",") {
			return
		}
	}
}

func (b *calculator) fail(why string) { panic(bcError(why)) }

func (b *calculator) blanks() {
	for b.pos < len(b.in) && (b.in[b.pos] == ' ' || b.in[b.pos] == '\t' || b.in[b.pos] == '\r') {
		b.pos++
	}
}

func (b *calculator) accept(s string) bool {
	b.blanks()
	if strings.HasPrefix(b.in[b.pos:], s) {
		b.pos += len(s)
		return true
	}
	return false
}

func (b *calculator) peekWord() string {
	n := b.pos
	for n < len(b.in) && (b.in[n] >= 'a' && b.in[n] <= 'z' || n > b.pos && (digit(b.in[n]) || b.in[n] == '_')) {
		n++
	}
	return b.in[b.pos:n]
}

var bcLevels = [][]string{{"||"}, {"&&"}, {"==", "!=", "<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/", "%"}}

func (b *calculator) expression(level int) bcNumber {
	if level == len(bcLevels) {
		return b.power()
	}
	if level == 0 && b.accept("!") {
		return bcBool(b.expression(2).n.Sign() == 0)
	}
	v := b.expression(level + 1)
	for {
		b.blanks()
		op := ""
		for _, o := range bcLevels[level] {
			if op == "" && strings.HasPrefix(b.in[b.pos:], o) {
				op = o
			}
		}
		if op == "" {
			return v
		}
		b.pos += len(op)
		v = b.apply(op, v, b.expression(level+1))
	}
}

func (b *calculator) power() bcNumber {
	b.blanks()
	if !strings.HasPrefix(b.in[b.pos:], "--") && b.accept("-") {
		v := b.power()
		return bcNumber{new(big.Int).Neg(v.n), v.scale}
	}
	v := b.primary()
	if b.accept("^") {
		return b.apply("^", v, b.power())
	}
	return v
}

func (b *calculator) primary() bcNumber {
	b.blanks()
	if b.accept("(") {
		v := b.expression(0)
		if !b.accept(")") {
			b.fail("syntax error")
		}
		return v
	}
	for _, op := range []string{"++", "--"} {
		if b.accept(op) {
			b.blanks()
			name := b.peekWord()
			b.pos += len(name)
			v := b.apply(op[:1], b.get(name), bcInt(1))
			b.set(name, v)
			return v
		}
	}
	if w := b.peekWord(); w != "" {
		b.pos += len(w)
		return b.word(w)
	}
	start := b.pos
	for b.pos < len(b.in) && (digit(b.in[b.pos]) || b.in[b.pos] == '.' || b.in[b.pos] >= 'A' && b.in[b.pos] <= 'F') {
		b.pos++
	}
	text := b.in[start:b.pos]
	if text == "" || text == "." || strings.Count(text, ".") > 1 {
		b.fail("syntax error")
	}
	return b.number(text)
}

func (b *calculator) number(text string) bcNumber {
	whole, frac, _ := strings.Cut(text, ".")
	if b.ibase == 10 && strings.Trim(whole+frac, "0123456789") == "" {
		n, _ := new(big.Int).SetString(cmpOr(whole+frac, "0"), 10)
		return bcNumber{n, len(frac)}
	}
	n := new(big.Int)
	for _, r := range whole + frac {
		d := int64(strings.IndexRune("0123456789ABCDEF", r))
		n.Add(n.Mul(n, big.NewInt(int64(b.ibase))), big.NewInt(d))
	}
	if frac == "" {
		return bcNumber{n, 0}
	}
	v := bcNumber{n.Mul(n, ten(len(frac))), len(frac)}
	v.n.Quo(v.n, new(big.Int).Exp(big.NewInt(int64(b.ibase)), big.NewInt(int64(len(frac))), nil))
	return v
}

func (b *calculator) word(w string) bcNumber {
	if b.accept("(") {
		if w == "read" {
			b.fail("read() is not available here")
		}
		v := b.expression(0)
		if !b.accept(")") {
			b.fail("syntax error")
		}
		return b.function(w, v)
	}
	if b.accept("[") {
		v := b.expression(0)
		if !b.accept("]") {
			b.fail("syntax error")
		}
		w += "[" + b.show(v) + "]"
	}
	b.blanks()
	rest := b.in[b.pos:]
	for _, op := range []string{"=", "+=", "-=", "*=", "/=", "%=", "^="} {
		if strings.HasPrefix(rest, op) && !strings.HasPrefix(rest, "==") {
			b.pos += len(op)
			v := b.expression(0)
			if op != "=" {
				v = b.apply(op[:1], b.get(w), v)
			}
			b.set(w, v)
			return v
		}
	}
	v := b.get(w)
	switch {
	case b.accept("++"):
		b.set(w, b.apply("+", v, bcInt(1)))
	case b.accept("--"):
		b.set(w, b.apply("-", v, bcInt(1)))
	}
	return v
}

func (b *calculator) get(name string) bcNumber {
	switch name {
	case "scale":
		return bcInt(b.scale)
	case "ibase":
		return bcInt(b.ibase)
	case "obase":
		return bcInt(b.obase)
	case "last":
		return b.last
	}
	if v, ok := b.vars[name]; ok {
		return v
	}
	return bcInt(0)
}

func (b *calculator) set(name string, v bcNumber) {
	n := int(v.rescale(0).n.Int64())
	switch name {
	case "scale":
		if n < 0 || n > maxScale {
			b.fail(fmt.Sprintf("scale must be from 0 to %d", maxScale))
		}
		b.scale = n
	case "ibase":
		b.ibase = max(2, min(16, n))
	case "obase":
		b.obase = max(2, min(16, n))
	default:
		b.vars[name] = v
	}
}

func bcInt(n int) bcNumber { return bcNumber{big.NewInt(int64(n)), 0} }

func bcBool(t bool) bcNumber {
	if t {
		return bcInt(1)
	}
	return bcInt(0)
}

func ten(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// rescale returns the number with so many digits behind the point, cut off.
func (v bcNumber) rescale(scale int) bcNumber {
	n := new(big.Int)
	if scale >= v.scale {
		return bcNumber{n.Mul(v.n, ten(scale-v.scale)), scale}
	}
	return bcNumber{n.Quo(v.n, ten(v.scale-scale)), scale}
}

func (b *calculator) apply(op string, x, y bcNumber) bcNumber {
	s := max(x.scale, y.scale)
	a, c := x.rescale(s).n, y.rescale(s).n
	switch op {
	case "+":
		return bcNumber{a.Add(a, c), s}
	case "-":
		return bcNumber{a.Sub(a, c), s}
	case "*":
		full := bcNumber{new(big.Int).Mul(x.n, y.n), x.scale + y.scale}
		return full.rescale(min(full.scale, max(b.scale, s)))
	case "/":
		return b.divide(x, y, b.scale)
	case "%":
		q := b.divide(x, y, b.scale)
		r := bcNumber{new(big.Int).Mul(q.n, y.n), q.scale + y.scale}
		to := max(b.scale+y.scale, x.scale)
		r = r.rescale(max(to, r.scale))
		xs := x.rescale(r.scale)
		return bcNumber{xs.n.Sub(xs.n, r.n), r.scale}.rescale(to)
	case "^":
		return b.raise(x, y)
	case "||":
		return bcBool(x.n.Sign() != 0 || y.n.Sign() != 0)
	case "&&":
		return bcBool(x.n.Sign() != 0 && y.n.Sign() != 0)
	}
	d := a.Cmp(c)
	return bcBool(map[string]bool{"==": d == 0, "!=": d != 0, "<": d < 0, "<=": d <= 0, ">": d > 0, ">=": d >= 0}[op])
}

func (b *calculator) divide(x, y bcNumber, scale int) bcNumber {
	if y.n.Sign() == 0 {
		b.fail("divide by zero")
	}
	n := new(big.Int).Mul(x.n, ten(scale+y.scale))
	d := new(big.Int).Mul(y.n, ten(x.scale))
	return bcNumber{n.Quo(n, d), scale}
}

func (b *calculator) raise(x, y bcNumber) bcNumber {
	e := y.rescale(0).n
	if !e.IsInt64() || e.BitLen() > 20 || int64(x.n.BitLen())*abs(e.Int64()) > 1<<24 {
		b.fail("exponent too large")
	}
	k := e.Int64()
	full := bcNumber{new(big.Int).Exp(x.n, big.NewInt(abs(k)), nil), x.scale * int(abs(k))}
	if k < 0 {
		return b.divide(bcInt(1), full, b.scale)
	}
	return full.rescale(min(full.scale, max(b.scale, x.scale)))
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

func (b *calculator) function(name string, x bcNumber) bcNumber {
	switch name {
	case "sqrt":
		if x.n.Sign() < 0 {
			b.fail("square root of a negative number")
		}
		s := max(b.scale, x.scale)
		n := x.rescale(2 * s).n
		return bcNumber{n.Sqrt(n), s}
	case "length":
		return bcInt(max(len(new(big.Int).Abs(x.n).String()), x.scale))
	case "scale":
		return bcInt(x.scale)
	case "s", "c", "a", "l", "e":
		return b.series(name, x)
	}
	b.fail("Function " + name + " not defined.")
	return x
}

// series computes the functions of bc -l by their power series.
func (b *calculator) series(name string, x bcNumber) bcNumber {
	prec := uint(float64(b.scale+20)*3.33) + uint(x.n.BitLen()) + 64
	f := func(n int64) *big.Float { return new(big.Float).SetPrec(prec).SetInt64(n) }
	v := new(big.Float).SetPrec(prec).SetInt(x.n)
	v.Quo(v, new(big.Float).SetPrec(prec).SetInt(ten(x.scale)))
	tiny := new(big.Float).SetPrec(prec).SetMantExp(f(1), -int(prec))
	mul := func(a, c *big.Float) *big.Float { return f(0).Mul(a, c) }
	sum := func(first *big.Float, next func(k int64, term *big.Float) *big.Float, weight func(k int64) *big.Float) *big.Float {
		total, term := f(0), f(0).Set(first)
		for k := int64(0); ; k++ {
			check(b.ctx)
			part := term
			if weight != nil {
				part = mul(term, weight(k))
			}
			total.Add(total, part)
			term = next(k, term)
			if f(0).Abs(term).Cmp(tiny) < 0 {
				return total
			}
		}
	}
	exp := func(v *big.Float) *big.Float {
		halvings := max(0, v.MantExp(nil)+8)
		small := f(0).SetMantExp(v, -halvings)
		r := sum(f(1), func(k int64, t *big.Float) *big.Float { return f(0).Quo(mul(t, small), f(k+1)) }, nil)
		for range halvings {
			r = mul(r, r)
		}
		return r
	}
	var atan func(v *big.Float) *big.Float
	atan = func(v *big.Float) *big.Float {
		if f(0).Abs(v).Cmp(big.NewFloat(0.1)) > 0 { // atan v = 2 atan(v / (1 + sqrt(1 + v^2)))
			half := atan(f(0).Quo(v, f(0).Add(f(1), f(0).Sqrt(f(0).Add(f(1), mul(v, v))))))
			return half.Add(half, half)
		}
		square := f(0).Neg(mul(v, v))
		return sum(v, func(k int64, t *big.Float) *big.Float { return mul(t, square) }, func(k int64) *big.Float { return f(0).Quo(f(1), f(2*k+1)) })
	}
	r := f(0)
	switch name {
	case "e":
		if v.MantExp(nil) > 14 {
			b.fail("exponent too large")
		}
		r = exp(v)
	case "l":
		if v.Sign() <= 0 { // as bc has it: the smallest number there is
			n := bcNumber{ten(b.scale), 0}
			return bcNumber{n.n.Neg(n.n.Sub(n.n, big.NewInt(1))), 0}
		}
		// ln v = 2 atanh((v-1)/(v+1)), near 1; the power of two apart.
		m := f(0)
		e := v.MantExp(m)
		atanh := func(v *big.Float) *big.Float {
			u := f(0).Quo(f(0).Sub(v, f(1)), f(0).Add(v, f(1)))
			square := mul(u, u)
			s := sum(u, func(k int64, t *big.Float) *big.Float { return mul(t, square) }, func(k int64) *big.Float { return f(0).Quo(f(1), f(2*k+1)) })
			return s.Add(s, s)
		}
		r = f(0).Add(atanh(m), mul(f(int64(e)), atanh(f(2))))
	case "a":
		r = atan(v)
	case "s", "c":
		pi := mul(f(4), atan(f(1)))
		if name == "c" {
			v = f(0).Add(v, f(0).Quo(pi, f(2)))
		}
		turns, _ := f(0).Quo(v, f(0).Add(pi, pi)).Int(nil)
		v = f(0).Sub(v, mul(f(0).SetInt(turns), f(0).Add(pi, pi)))
		square := f(0).Neg(mul(v, v))
		r = sum(v, func(k int64, t *big.Float) *big.Float { return f(0).Quo(mul(t, square), f((2*k+2)*(2*k+3))) }, nil)
	}
	// What is a hair below a digit's end, as the cosine of 0 comes out, is there.
	hair := f(0).Quo(f(int64(r.Sign())), f(0).SetInt(ten(b.scale+10)))
	n, _ := mul(r.Add(r, hair), f(0).SetInt(ten(b.scale))).Int(nil)
	return bcNumber{n, b.scale}
}

// show writes a number: no zero before the point, long ones in several lines.
func (b *calculator) show(v bcNumber) string {
	s := new(big.Int).Abs(v.n).String()
	if b.obase != 10 {
		s = strings.ToUpper(v.rescale(0).n.Text(b.obase))
		s = strings.TrimPrefix(s, "-")
		if v.scale > 0 {
			s += "." + b.fraction(v)
		}
	} else if v.scale > 0 {
		for len(s) < v.scale {
			s = "0" + s
		}
		s = s[:len(s)-v.scale] + "." + s[len(s)-v.scale:]
	}
	if v.n.Sign() == 0 {
		s = "0"
	}
	if v.n.Sign() < 0 {
		s = "-" + s
	}
	var out strings.Builder
	limit := 69
	if n, err := strconv.Atoi(b.env("BC_LINE_LENGTH")); err == nil {
		limit = n - 1
	}
	for limit > 0 && len(s) > limit {
		out.WriteString(s[:limit] + "\\\n")
		s = s[limit:]
	}
	return out.String() + s
}

// fraction writes what is behind the point in the output base.
func (b *calculator) fraction(v bcNumber) string {
	unit := ten(v.scale)
	rest := new(big.Int).Rem(new(big.Int).Abs(v.n), unit)
	var out strings.Builder
	base, weight := big.NewInt(int64(b.obase)), big.NewInt(1)
	for weight.Cmp(unit) < 0 {
		rest.Mul(rest, base)
		d := new(big.Int)
		d.QuoRem(rest, unit, rest)
		out.WriteString(strings.ToUpper(d.Text(b.obase)))
		weight.Mul(weight, base)
	}
	return out.String()
}

package tools

import (
	"context"
	"fmt"

	"math"
	"math/big"
	"strconv"
	"strings"
)

func seq(ctx context.Context, c *Call) int {
	sep, format, equal := "\n", "", false
	args := c.Args
	for len(args) > 0 { // a negative number is no option
		a := args[0]
		value := func(short, long string) (string, bool) {
			switch {
			case a == short || a == long:
				if len(args) < 2 {
					c.usage(1, "option requires an argument -- '%s'", short[1:])
				}
				args = args[1:]
				return args[0], true
			case strings.HasPrefix(a, long+"="):
				return a[len(long)+1:], true
			case strings.HasPrefix(a, short) && !strings.HasPrefix(a, "--"):
				return a[2:], true
			}
			return "", false
		}
		if v, ok := value("-s", "--separator"); ok {
			sep = strings.NewReplacer(`\n`, "\n", `\t`, "\t").Replace(v)
		} else if v, ok := value("-f", "--format"); ok {
			format = v
		} else if a == "-w" || a == "--equal-width" {
			equal = true
		} else if a == "--help" {
			c.help()
		} else if a == "--" {
			args = args[1:]
			break
		} else if len(a) > 1 && a[0] == '-' && !digit(a[1]) && a[1] != '.' {
			c.usage(1, "invalid option -- '%s'", strings.TrimLeft(a, "-"))
		} else {
			break
		}
		args = args[1:]
	}
	if len(args) == 0 {
		c.usage(1, "missing operand")
	}
	if len(args) > 3 {
		c.usage(1, "extra operand ‘%s’", args[3])
	}
	nums := []*big.Rat{big.NewRat(1, 1), big.NewRat(1, 1), nil}
	places := 0
	for i, a := range args {
		r, ok := new(big.Rat).SetString(a)
		if !ok || strings.ContainsAny(a, "/_") {
			c.usage(1, "invalid floating point argument: ‘%s’", a)
		}
		if _, frac, ok := strings.Cut(a, "."); ok && (i < 2 || len(args) == 1) && !strings.ContainsAny(a, "eE") {
			places = max(places, len(frac))
		}
		switch {
		case i == len(args)-1:
			nums[2] = r
		case i == 0:
			nums[0] = r
		default:
			nums[1] = r
		}
	}
	x, step, last := nums[0], nums[1], nums[2]
	if step.Sign() == 0 {
		c.usage(1, "invalid Zero increment value: ‘%s’", args[1])
	}
	width := 0
	if equal {
		width = max(len(x.FloatString(places)), len(last.FloatString(places)))
	}
	out := c.seqFormat(format, places, width)
	first := true
	if x.IsInt() && step.IsInt() && last.IsInt() && format == "" && width == 0 && x.Num().IsInt64() && step.Num().IsInt64() && last.Num().IsInt64() && places == 0 {
		a, s, b := x.Num().Int64(), step.Num().Int64(), last.Num().Int64()
		for i := a; s > 0 && i <= b || s < 0 && i >= b; i += s {
			if !first {
				c.print(sep)
			}
			first = false
			c.print(strconv.FormatInt(i, 10))
		}
	} else {
		for x := new(big.Rat).Set(x); x.Cmp(last)*step.Sign() <= 0; x.Add(x, step) {
			if !first {
				c.print(sep)
			}
			first = false
			c.print(out(x))
		}
	}
	if !first {
		c.print("\n")
	}
	return 0
}

func (c *Call) seqFormat(format string, places, width int) func(*big.Rat) string {
	if format == "" {
		return func(r *big.Rat) string {
			s := r.FloatString(places)
			if n := width - len(s); n > 0 {
				sign := ""
				if s[0] == '-' {
					sign, s = "-", s[1:]
				}
				s = sign + strings.Repeat("0", n) + s
			}
			return s
		}
	}
	i := strings.IndexByte(format, '%')
	verb := -1
	if i >= 0 {
		verb = strings.IndexAny(format[i:], "efgEFG")
	}
	if verb < 0 {
		c.die(1, "format ‘%s’ has no %% directive", format)
	}
	return func(r *big.Rat) string {
		f, _ := r.Float64()
		return formatFloat(format[:i+verb+1], f) + format[i+verb+1:]
	}
}

// formatFloat formats one number with a C format.
func formatFloat(format string, f float64) string {
	i := strings.IndexByte(format, '%')
	spec := format[i:]
	if strings.HasSuffix(spec, "g") && !strings.Contains(spec, ".") {
		spec = spec[:len(spec)-1] + ".6g"
	}
	return format[:i] + fmt.Sprintf(spec, f)
}

func factor(ctx context.Context, c *Call) int {
	status := 0
	one := func(s string) {
		n, ok := new(big.Int).SetString(s, 10)
		if !ok || n.Sign() < 0 {
			c.warn("‘%s’ is not a valid positive integer", s)
			status = 1
			return
		}
		c.print(n.String() + ":")
		for _, p := range factors(ctx, n) {
			c.print(" " + p.String())
		}
		c.print("\n")
	}
	args := c.options("h,exponents").end()
	if len(args) == 0 {
		lines(c.stdin(), '\n', func(l []byte) bool {
			for w := range strings.FieldsSeq(string(l)) {
				one(w)
			}
			return true
		})
	}
	for _, a := range args {
		one(a)
	}
	return status
}

func factors(ctx context.Context, n *big.Int) (all []*big.Int) {
	n = new(big.Int).Set(n)
	d, q, r := big.NewInt(2), new(big.Int), new(big.Int)
	for n.Cmp(big.NewInt(1)) > 0 {
		if d.BitLen() > 10 && n.ProbablyPrime(20) {
			return append(all, n)
		}
		if new(big.Int).Mul(d, d).Cmp(n) > 0 {
			return append(all, n)
		}
		if q.QuoRem(n, d, r); r.Sign() == 0 {
			all = append(all, new(big.Int).Set(d))
			n.Set(q)
			continue
		}
		step := int64(2)
		if d.Int64() == 2 {
			step = 1
		}
		d.Add(d, big.NewInt(step))
		check(ctx)
	}
	return all
}

// An exprReader evaluates what expr is given, by precedence.
type exprReader struct {
	*Call
	args []string
}

func exprTool(ctx context.Context, c *Call) int {
	args := c.Args
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 1 && args[0] == "--help" {
		c.help()
	}
	if len(args) == 0 {
		c.usage(2, "missing operand")
	}
	e := exprReader{c, args}
	v := e.binary(0)
	if len(e.args) > 0 {
		c.die(2, "syntax error: unexpected argument ‘%s’", e.args[0])
	}
	c.print(v + "\n")
	if exprFalse(v) {
		return 1
	}
	return 0
}

func exprFalse(v string) bool {
	n, ok := new(big.Int).SetString(v, 10)
	return v == "" || ok && n.Sign() == 0
}

var exprLevels = [][]string{{"|"}, {"&"}, {"<", "<=", "=", "==", "!=", ">=", ">"}, {"+", "-"}, {"*", "/", "%"}, {":"}}

func (e *exprReader) binary(level int) string {
	if level == len(exprLevels) {
		return e.primary()
	}
	v := e.binary(level + 1)
	for len(e.args) > 0 {
		op := ""
		for _, o := range exprLevels[level] {
			if e.args[0] == o {
				op = o
			}
		}
		if op == "" {
			break
		}
		e.args = e.args[1:]
		if len(e.args) == 0 {
			e.die(2, "syntax error: missing argument after ‘%s’", op)
		}
		v = e.apply(op, v, e.binary(level+1))
	}
	return v
}

func (e *exprReader) apply(op, a, b string) string {
	x, ok1 := new(big.Int).SetString(a, 10)
	y, ok2 := new(big.Int).SetString(b, 10)
	truth := func(t bool) string {
		if t {
			return "1"
		}
		return "0"
	}
	switch op {
	case "|":
		if !exprFalse(a) {
			return a
		}
		if exprFalse(b) {
			return "0"
		}
		return b
	case "&":
		if exprFalse(a) || exprFalse(b) {
			return "0"
		}
		return a
	case ":":
		return e.match(a, b)
	case "<", "<=", "=", "==", "!=", ">=", ">":
		d := strings.Compare(a, b)
		if ok1 && ok2 {
			d = x.Cmp(y)
		}
		return truth(map[string]bool{"<": d < 0, "<=": d <= 0, "=": d == 0, "==": d == 0, "!=": d != 0, ">=": d >= 0, ">": d > 0}[op])
	}
	if !ok1 || !ok2 {
		e.die(2, "non-integer argument")
	}
	switch op {
	case "+":
		return x.Add(x, y).String()
	case "-":
		return x.Sub(x, y).String()
	case "*":
		return x.Mul(x, y).String()
	}
	if y.Sign() == 0 {
		e.die(2, "division by zero")
	}
	if op == "/" {
		return x.Quo(x, y).String()
	}
	return x.Rem(x, y).String()
}

func (e *exprReader) match(s, re string) string {
	r, err := syntax{}.compile("^" + strings.TrimPrefix(re, "^"))
	if err != nil {
		e.die(2, "%v", err)
	}
	found := r.all([]byte(s), 1)
	switch {
	case r.groups() > 0 && len(found) > 0 && found[0][2] >= 0:
		return s[found[0][2]:found[0][3]]
	case r.groups() > 0:
		return ""
	case len(found) > 0:
		return strconv.Itoa(len([]rune(s[:found[0][1]])))
	}
	return "0"
}

func (e *exprReader) primary() string {
	take := func() string {
		if len(e.args) == 0 {
			e.die(2, "syntax error: missing argument")
		}
		a := e.args[0]
		e.args = e.args[1:]
		return a
	}
	switch a := take(); {
	case a == "(":
		v := e.binary(0)
		if len(e.args) == 0 || e.args[0] != ")" {
			e.die(2, "syntax error: expecting ')' after ‘%s’", v)
		}
		e.args = e.args[1:]
		return v
	case a == "length" && len(e.args) > 0:
		return strconv.Itoa(len([]rune(e.primary())))
	case a == "match" && len(e.args) > 1:
		s := e.primary()
		return e.match(s, e.primary())
	case a == "index" && len(e.args) > 1:
		s, set := e.primary(), e.primary()
		for i, r := range []rune(s) {
			if strings.ContainsRune(set, r) {
				return strconv.Itoa(i + 1)
			}
		}
		return "0"
	case a == "substr" && len(e.args) > 2:
		s := []rune(e.primary())
		pos, err1 := strconv.Atoi(e.primary())
		n, err2 := strconv.Atoi(e.primary())
		if err1 != nil || err2 != nil || pos < 1 || n < 1 || pos > len(s) {
			return ""
		}
		return string(s[pos-1 : min(len(s), pos-1+n)])
	case a == "+":
		return take()
	default:
		return a
	}
}

func numfmt(ctx context.Context, c *Call) int {
	from, to, suffix, field, delim, format, round, padding, header := "none", "none", "", "1", "", "", "from-zero", 0, 0
	o := c.options("d=delimiter =from =to =suffix =field =format =round =padding ?header =invalid =from-unit =to-unit z")
	fromUnit, toUnit := 1.0, 1.0
	for o.next() {
		switch o.name {
		case "d":
			delim = o.value
		case "from":
			from = o.value
		case "to":
			to = o.value
		case "suffix":
			suffix = o.value
		case "field":
			field = o.value
		case "format":
			format = o.value
		case "round":
			round = o.value
		case "padding":
			padding, _ = strconv.Atoi(o.value)
		case "header":
			header = int(parseOr(o.value, 1))
		case "from-unit":
			fromUnit = float64(o.number("unit size"))
		case "to-unit":
			toUnit = float64(o.number("unit size"))
		}
	}
	fields := []span{{1, 0}}
	if field != "-" {
		fields = c.spans(field, "field")
	}
	convert := func(s string) string {
		f, ok := parseUnit(strings.TrimSuffix(s, suffix), from)
		if !ok {
			c.die(2, "invalid number: ‘%s’", s)
		}
		out := formatUnit(f*fromUnit/toUnit, to, format, round) + suffix
		if padding != 0 {
			out = fmt.Sprintf("%*s", padding, out)
		}
		return out
	}
	line := func(s string) {
		if header > 0 {
			header--
			c.print(s + "\n")
			return
		}
		if delim != "" {
			parts := strings.Split(s, delim)
			for i := range parts {
				if has(fields, i+1) {
					parts[i] = convert(parts[i])
				}
			}
			c.print(strings.Join(parts, delim) + "\n")
			return
		}
		n := 0
		for s != "" {
			rest := strings.TrimLeft(s, " \t")
			gap := s[:len(s)-len(rest)]
			w := rest
			if i := strings.IndexAny(rest, " \t"); i >= 0 {
				w = rest[:i]
			}
			s = rest[len(w):]
			if n++; w != "" && has(fields, n) {
				v := convert(w)
				if len(gap) > 1 { // keep columns where they are
					v = fmt.Sprintf("%*s", len(gap)+len(w), v)
					gap = ""
				}
				w = v
			}
			c.print(gap + w)
		}
		c.print("\n")
	}
	if len(o.args) > 0 {
		for _, a := range o.args {
			line(a)
		}
		return 0
	}
	lines(c.stdin(), '\n', func(l []byte) bool { line(string(l)); return true })
	return 0
}

func parseUnit(s, from string) (float64, bool) {
	i := strings.IndexFunc(s, func(r rune) bool { return r != '-' && r != '+' && r != '.' && (r < '0' || r > '9') })
	unit := ""
	if i > 0 {
		s, unit = s[:i], s[i:]
	}
	f, err := strconv.ParseFloat(s, 64)
	if unit == "" || err != nil {
		return f, err == nil
	}
	base := 1024.0
	if from == "si" || from == "auto" && !strings.HasSuffix(unit, "i") {
		base = 1000
	}
	p := strings.IndexByte("KMGTPEZY", unit[0]&^0x20)
	if p < 0 || from == "none" || len(strings.TrimSuffix(unit, "i")) != 1 {
		return 0, false
	}
	return f * math.Pow(base, float64(p+1)), true
}

func formatUnit(f float64, to, format, round string) string {
	base := map[string]float64{"si": 1000, "iec": 1024, "iec-i": 1024}[to]
	unit := ""
	if base > 0 {
		for p := 0; math.Abs(f) >= base && p < 8; p++ {
			f /= base
			unit = "KMGTPEZY"[p : p+1]
		}
		if to == "iec-i" && unit != "" {
			unit += "i"
		}
	}
	if format != "" {
		i := strings.IndexByte(format, 'f')
		if i >= 0 {
			if !strings.Contains(format, ".") && base == 0 {
				return fmt.Sprintf(format[:i]+".0f", f) + unit + format[i+1:]
			}
			return fmt.Sprintf(format[:i+1], f) + unit + format[i+1:]
		}
	}
	places := 0
	if unit != "" && math.Abs(f) < 10 {
		places = 1
	}
	if base == 0 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	scale := math.Pow(10, float64(places))
	switch v := f * scale; round {
	case "up":
		f = math.Ceil(v) / scale
	case "down":
		f = math.Floor(v) / scale
	case "nearest":
		f = math.Round(v) / scale
	case "towards-zero":
		f = math.Trunc(v) / scale
	default:
		f = math.Copysign(math.Ceil(math.Abs(v)-1e-9), v) / scale
	}
	if places == 1 && math.Abs(f) >= 10 {
		places = 0
	}
	return strconv.FormatFloat(f, 'f', places, 64) + unit
}

func joinArgs(args []string) string { return strings.Join(args, " ") }

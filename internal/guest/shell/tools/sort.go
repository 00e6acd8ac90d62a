package tools

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A sortKey is one -k of sort: from a field to a field, and how to compare.
type sortKey struct {
	from, fromChar int // counted from 1; a character of 0 is the whole field
	to, toChar     int // to of 0 is the end of the line
	order
}

// An order is how sort compares.
type order struct {
	numeric, general, human, version, month, fold, reverse, dictionary, printable, random bool
	skipStart, skipEnd                                                                    bool
}

func (o order) plain() bool {
	o.reverse = false
	return o == order{}
}

func (o *order) set(letter byte) bool {
	switch letter {
	case 'n':
		o.numeric = true
	case 'g':
		o.general = true
	case 'h':
		o.human = true
	case 'V':
		o.version = true
	case 'M':
		o.month = true
	case 'f':
		o.fold = true
	case 'r':
		o.reverse = true
	case 'd':
		o.dictionary = true
	case 'i':
		o.printable = true
	case 'R':
		o.random = true
	case 'b':
		o.skipStart, o.skipEnd = true, true
	default:
		return false
	}
	return true
}

type sorter struct {
	keys   []sortKey
	global order
	tab    int // the byte between fields, or -1
	stable bool
	unique bool
	seed   string // for -R: drawn at each run
}

func sortTool(ctx context.Context, c *Call) int {
	s := sorter{tab: -1, seed: rand.Text()}
	sep := byte('\n')
	out, from := "", ""
	checkOnly, quiet := false, false
	o := c.options("n,numeric-sort r,reverse u,unique k=key t=field-separator f,ignore-case h,human-numeric-sort V,version-sort " +
		"s,stable c?check C o=output b,ignore-leading-blanks d,dictionary-order i,ignore-nonprinting g,general-numeric-sort " +
		"M,month-sort R,random-sort z,zero-terminated m,merge S=buffer-size T=temporary-directory =parallel =files0-from =sort")
	for o.next() {
		switch o.name {
		case "u":
			s.unique = true
		case "k":
			s.keys = append(s.keys, c.sortKey(o.value))
		case "t":
			switch {
			case o.value == `\0`:
				s.tab = 0
			case len(o.value) != 1:
				c.die(2, "multi-character tab ‘%s’", o.value)
			default:
				s.tab = int(o.value[0])
			}
		case "s":
			s.stable = true
		case "c":
			checkOnly, quiet = true, o.value == "quiet" || o.value == "silent"
			if o.given && len(o.value) == 1 { // a bundle such as -cn
				s.global.set(o.value[0])
			}
		case "C":
			checkOnly, quiet = true, true
		case "o":
			out = o.value
		case "z":
			sep = 0
		case "files0-from":
			from = o.value
		case "sort":
			if o.value != "" {
				kind := map[string]byte{"numeric": 'n', "general-numeric": 'g', "human-numeric": 'h', "version": 'V', "month": 'M', "random": 'R'}[o.value]
				if !s.global.set(kind) {
					c.usage(2, "invalid argument ‘%s’ for ‘--sort’", o.value)
				}
			}
		default:
			s.global.set(o.name[0])
		}
	}
	names := o.args
	if from != "" {
		names = c.fileLines(from, 0)
	}
	for i, k := range s.keys {
		if k.order == (order{}) {
			s.keys[i].order = s.global
		}
	}
	if len(s.keys) == 0 && !(s.global.plain() && !s.global.reverse) {
		s.keys = []sortKey{{from: 1, order: s.global}}
	}
	var all [][]byte
	if len(names) == 0 {
		names = []string{"-"}
	}
	for _, name := range names {
		r, err := c.open(name)
		if err != nil {
			c.die(2, "cannot read: %s: %s", name, reason(err))
		}
		all = append(all, cutLines(r, sep)...)
		r.Close()
	}
	if checkOnly {
		return c.sorted(&s, all, names[0], quiet)
	}
	check(ctx)
	s.sort(all)
	w := io.Writer(c.out)
	if out != "" {
		f, err := c.create(out, os.O_TRUNC)
		if err != nil {
			c.die(2, "open failed: %s: %s", out, reason(err))
		}
		defer f.Close()
		w = f
	}
	var buf bytes.Buffer
	for i, l := range all {
		if s.unique && i > 0 && s.compareKeys(all[i-1], l) == 0 {
			all[i] = all[i-1]
			continue
		}
		buf.Write(l)
		buf.WriteByte(sep)
		if buf.Len() > 32<<10 {
			w.Write(buf.Bytes())
			buf.Reset()
		}
	}
	if _, err := w.Write(buf.Bytes()); err != nil {
		c.die(2, "write failed: %s: %s", out, reason(err))
	}
	return 0
}

// cutLines reads all of r and returns its lines, which share one array.
func cutLines(r io.Reader, sep byte) [][]byte {
	b, _ := io.ReadAll(r)
	if len(b) == 0 {
		return nil
	}
	b = bytes.TrimSuffix(b, []byte{sep})
	return bytes.Split(b, []byte{sep})
}

func (c *Call) sorted(s *sorter, all [][]byte, name string, quiet bool) int {
	for i := 1; i < len(all); i++ {
		d := s.compare(all[i-1], all[i])
		if d > 0 || s.unique && s.compareKeys(all[i-1], all[i]) == 0 {
			if !quiet {
				c.warn("%s:%d: disorder: %s", name, i+1, all[i])
			}
			return 1
		}
	}
	return 0
}

func (s *sorter) sort(all [][]byte) {
	if len(s.keys) == 0 {
		slices.SortFunc(all, bytes.Compare)
		return
	}
	rows := make([]sortRow, len(all))
	first := &s.keys[0]
	for i, l := range all {
		rows[i] = sortRow{line: l, part: s.part(l, first), at: i}
		if first.numeric {
			rows[i].number()
		}
	}
	slices.SortFunc(rows, func(a, b sortRow) int {
		d := 0
		if a.exact && b.exact {
			d = cmp.Compare(a.value, b.value)
		} else {
			d = first.order.compare(s, a.part, b.part)
		}
		switch {
		case d != 0 && first.reverse:
			return -d
		case d != 0:
			return d
		case len(s.keys) > 1:
			d = s.compareKeys(a.line, b.line)
		}
		if d == 0 && !s.stable && !s.unique {
			if d = bytes.Compare(a.line, b.line); s.global.reverse {
				d = -d
			}
		}
		if d == 0 {
			d = a.at - b.at
		}
		return d
	})
	for i, r := range rows {
		all[i] = r.line
	}
}

// A sortRow is a line with its first key, found once, as there are many more
// comparisons than lines.
type sortRow struct {
	line, part []byte
	at         int // where it stood, as equal lines keep their order
	value      float64
	exact      bool // value is all of a numeric key
}

func (r *sortRow) number() {
	n := numberOf(r.part)
	if len(n) > 15 {
		return
	}
	r.exact = true
	if len(n) > 0 {
		r.value, _ = strconv.ParseFloat(string(n), 64) // "-" is zero
	}
}

// compare compares by keys, then by whole lines.
func (s *sorter) compare(a, b []byte) int {
	if d := s.compareKeys(a, b); d != 0 || s.stable {
		return d
	}
	d := bytes.Compare(a, b)
	if s.global.reverse {
		return -d
	}
	return d
}

func (s *sorter) compareKeys(a, b []byte) int {
	if len(s.keys) == 0 {
		return bytes.Compare(a, b)
	}
	for i := range s.keys {
		k := &s.keys[i]
		d := k.order.compare(s, s.part(a, k), s.part(b, k))
		if d != 0 {
			if k.reverse {
				return -d
			}
			return d
		}
	}
	return 0
}

// field returns where a field begins and ends. Without a separator, the blanks
// before a field belong to it.
func (s *sorter) field(l []byte, n int) (from, to int) {
	at := 0
	for i := 1; ; i++ {
		end := at
		if s.tab >= 0 {
			if j := bytes.IndexByte(l[at:], byte(s.tab)); j >= 0 {
				end = at + j
			} else {
				end = len(l)
			}
		} else {
			for end < len(l) && blank(l[end]) {
				end++
			}
			for end < len(l) && !blank(l[end]) {
				end++
			}
		}
		if i == n {
			return at, end
		}
		if end >= len(l) {
			return len(l), len(l)
		}
		at = end
		if s.tab >= 0 {
			at++
		}
	}
}

func blank(b byte) bool { return b == ' ' || b == '\t' }

func (s *sorter) part(l []byte, k *sortKey) []byte {
	if k.from == 1 && k.fromChar == 0 && k.to == 0 && !k.skipStart {
		return l
	}
	from, _ := s.field(l, k.from)
	if k.skipStart {
		for from < len(l) && blank(l[from]) {
			from++
		}
	}
	if k.fromChar > 0 {
		from = min(len(l), from+k.fromChar-1)
	}
	to := len(l)
	if k.to > 0 {
		begin, end := s.field(l, k.to)
		to = end
		if k.toChar > 0 {
			if k.skipEnd {
				for begin < len(l) && blank(l[begin]) {
					begin++
				}
			}
			to = min(len(l), begin+k.toChar)
		}
	}
	return l[from:max(from, to)]
}

func (o order) compare(s *sorter, a, b []byte) int {
	switch {
	case o.numeric:
		return compareNumbers(numberOf(a), numberOf(b))
	case o.human:
		na, sa := humanOf(a)
		nb, sb := humanOf(b)
		if d := cmp.Compare(sa, sb); d != 0 {
			return d
		}
		return compareNumbers(na, nb)
	case o.general:
		return cmp.Compare(generalOf(a), generalOf(b))
	case o.month:
		return cmp.Compare(monthOf(a), monthOf(b))
	case o.version:
		return compareVersions(string(a), string(b))
	case o.random:
		return cmp.Compare(s.scramble(a), s.scramble(b))
	}
	if o.skipStart {
		a, b = bytes.TrimLeft(a, " \t"), bytes.TrimLeft(b, " \t")
	}
	if o.dictionary || o.printable {
		a, b = bytes.Map(o.kept, a), bytes.Map(o.kept, b)
	}
	if o.fold {
		a, b = bytes.ToUpper(a), bytes.ToUpper(b)
	}
	return bytes.Compare(a, b)
}

func (s *sorter) scramble(b []byte) string {
	sum := sha256.Sum256([]byte(s.seed + string(b)))
	return string(sum[:])
}

func (o order) kept(r rune) rune {
	if o.dictionary && !(r == ' ' || r == '\t' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') || r < ' ' {
		return -1
	}
	return r
}

// numberOf returns the number a field begins with, "" being zero.
func numberOf(b []byte) []byte {
	b = bytes.TrimLeft(b, " \t\n")
	i := 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	if i < len(b) && b[i] == '.' {
		i++
		for i < len(b) && b[i] >= '0' && b[i] <= '9' {
			i++
		}
	}
	return b[:i]
}

// compareNumbers compares decimal numbers of any length.
func compareNumbers(a, b []byte) int {
	na, ia, fa := decimal(a)
	nb, ib, fb := decimal(b)
	if na != nb {
		if na {
			return -1
		}
		return 1
	}
	d := cmp.Compare(len(ia), len(ib))
	if d == 0 {
		d = bytes.Compare(ia, ib)
	}
	if d == 0 {
		d = bytes.Compare(fa, fb)
	}
	if na {
		return -d
	}
	return d
}

func decimal(b []byte) (negative bool, whole, fraction []byte) {
	if len(b) > 0 && b[0] == '-' {
		negative, b = true, b[1:]
	}
	whole, fraction, _ = bytes.Cut(b, []byte("."))
	whole, fraction = bytes.TrimLeft(whole, "0"), bytes.TrimRight(fraction, "0")
	return negative && len(whole)+len(fraction) > 0, whole, fraction
}

// humanOf returns a number and the rank of its suffix, signed.
func humanOf(b []byte) ([]byte, int) {
	b = bytes.TrimLeft(b, " \t\n")
	n := numberOf(b)
	_, whole, fraction := decimal(n)
	rank := 0
	if len(n) < len(b) && len(whole)+len(fraction) > 0 {
		rank = strings.IndexByte("KMGTPEZY", bytes.ToUpper(b[len(n) : len(n)+1])[0]) + 1
	}
	if len(n) > 0 && n[0] == '-' {
		rank = -rank
	}
	return n, rank
}

func generalOf(b []byte) float64 {
	s := strings.TrimSpace(string(b))
	for n := len(s); n > 0; n-- {
		if f, err := strconv.ParseFloat(s[:n], 64); err == nil {
			return f
		}
	}
	return -1e308
}

func monthOf(b []byte) int {
	b = bytes.ToUpper(bytes.TrimLeft(b, " \t"))
	if len(b) < 3 {
		return 0
	}
	i := strings.Index("JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", string(b[:3]))
	if i < 0 || i%3 != 0 {
		return 0
	}
	return i/3 + 1
}

// compareVersions compares as sort -V and ls -v do: digits by value, letters
// before other characters, "~" before everything.
func compareVersions(a, b string) int {
	full := cmp.Compare(a, b)
	for a != "" || b != "" {
		for (a != "" && !digit(a[0])) || (b != "" && !digit(b[0])) {
			ra, rb := versionRank(a), versionRank(b)
			if ra != rb {
				return ra - rb
			}
			a, b = a[1:], b[1:]
		}
		da, db := digits(a), digits(b)
		a, b = a[len(da):], b[len(db):]
		da, db = strings.TrimLeft(da, "0"), strings.TrimLeft(db, "0")
		if d := cmp.Compare(len(da), len(db)); d != 0 {
			return d
		}
		if d := cmp.Compare(da, db); d != 0 {
			return d
		}
	}
	return full
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

func digits(s string) string {
	i := 0
	for i < len(s) && digit(s[i]) {
		i++
	}
	return s[:i]
}

func versionRank(s string) int {
	switch {
	case s == "" || digit(s[0]):
		return 0
	case s[0] == '~':
		return -1
	case s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z':
		return int(s[0])
	}
	return int(s[0]) + 256
}

// sortKey reads the value of -k: F[.C][OPTS][,F[.C][OPTS]].
func (c *Call) sortKey(text string) sortKey {
	var k sortKey
	bad := func(why string) { c.die(2, "%s: invalid field specification ‘%s’", why, text) }
	position := func(s string, end bool) (field, char int, letters string) {
		d := digits(s)
		field, _ = strconv.Atoi(d)
		if field == 0 {
			bad("field number is zero")
		}
		s = s[len(d):]
		if strings.HasPrefix(s, ".") {
			d = digits(s[1:])
			char, _ = strconv.Atoi(d)
			if char == 0 && !end {
				bad("character offset is zero")
			}
			s = s[1+len(d):]
		}
		return field, char, s
	}
	first, second, both := strings.Cut(text, ",")
	var letters string
	k.from, k.fromChar, letters = position(first, false)
	for i := range len(letters) {
		if letters[i] == 'b' {
			k.skipStart = true
		} else if !k.set(letters[i]) {
			bad("stray character in field spec")
		}
	}
	if both {
		k.to, k.toChar, letters = position(second, true)
		for i := range len(letters) {
			if letters[i] == 'b' {
				k.skipEnd = true
			} else if !k.set(letters[i]) {
				bad("stray character in field spec")
			}
		}
	}
	return k
}

package tools

import (
	"bufio"
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

var digests = map[string]func() hash.Hash{
	"md5sum": md5.New, "sha1sum": sha1.New, "sha224sum": sha256.New224, "sha256sum": sha256.New, "sha384sum": sha512.New384, "sha512sum": sha512.New,
}

var digestLine = regexp.MustCompile(`^\\?([0-9a-fA-F]+) [ *](.+)$`)
var digestTag = regexp.MustCompile(`^([A-Z0-9]+) \((.+)\) = ([0-9a-fA-F]+)$`)

func digest(ctx context.Context, c *Call) int {
	name := c.Name
	verify, quiet, status, tag, strict, end, mark := false, false, false, false, false, "\n", " "
	o := c.options("c,check b,binary t,text w,warn ,quiet ,status ,tag ,strict z,zero ,ignore-missing a=algorithm")
	for o.next() {
		switch o.name {
		case "c":
			verify = true
		case "b":
			mark = "*"
		case "quiet":
			quiet = true
		case "status":
			quiet, status = true, true
		case "tag":
			tag = true
		case "strict":
			strict = true
		case "z":
			end = "\x00"
		case "a":
			if name == "shasum" {
				name = "sha" + o.value + "sum"
			}
		}
	}
	if name == "shasum" {
		name = "sha1sum"
	}
	make := digests[name]
	if make == nil {
		c.die(1, "unknown algorithm")
	}
	sum := func(r io.Reader) (string, error) {
		h := make()
		_, err := io.Copy(h, r)
		return hex.EncodeToString(h.Sum(nil)), err
	}
	if verify {
		return c.verifyDigests(o.args, sum, quiet, status, strict)
	}
	return c.inputs(o.args, func(file string, r io.Reader) {
		s, err := sum(r)
		switch {
		case err != nil:
			c.die(1, "%s: %s", file, reason(err))
		case tag:
			c.printf("%s (%s) = %s%s", strings.ToUpper(strings.TrimSuffix(name, "sum")), file, s, end)
		default:
			c.print(s + " " + mark + file + end)
		}
	})
}

func (c *Call) verifyDigests(names []string, sum func(io.Reader) (string, error), quiet, silent, strict bool) int {
	failed, unread, bad, good := 0, 0, 0, 0
	result := c.inputs(names, func(list string, r io.Reader) {
		for _, l := range allLines(r, '\n') {
			want, file := "", ""
			if m := digestLine.FindStringSubmatch(l); m != nil {
				want, file = m[1], m[2]
			} else if m := digestTag.FindStringSubmatch(l); m != nil {
				want, file = m[3], m[2]
			} else {
				if l != "" {
					bad++
				}
				continue
			}
			f, err := c.open(file)
			if err != nil {
				c.warn("%s: %s", file, reason(err))
				if !silent {
					c.print(file + ": FAILED open or read\n")
				}
				unread++
				continue
			}
			got, err := sum(f)
			f.Close()
			if err != nil || !strings.EqualFold(got, want) {
				failed++
				if !silent {
					c.print(file + ": FAILED\n")
				}
				continue
			}
			good++
			if !quiet {
				c.print(file + ": OK\n")
			}
		}
		if good+failed+unread == 0 {
			c.warn("%s: no properly formatted checksum lines found", list)
			bad = 0
			failed = -1
		}
	})
	plural := func(n int, one, many string) string {
		if n == 1 {
			return "1 " + one
		}
		return strconv.Itoa(n) + " " + many
	}
	c.out.Flush()
	if bad > 0 && !silent {
		c.warn("WARNING: %s improperly formatted", plural(bad, "line is", "lines are"))
	}
	if unread > 0 && !silent {
		c.warn("WARNING: %s could not be read", plural(unread, "listed file", "listed files"))
	}
	if failed > 0 && !silent {
		c.warn("WARNING: %s did NOT match", plural(failed, "computed checksum", "computed checksums"))
	}
	if failed != 0 || unread > 0 || strict && bad > 0 {
		return 1
	}
	return result
}

// cksum is the checksum of POSIX: a CRC over the bytes and their number.
func cksum(ctx context.Context, c *Call) int {
	names := c.options("a=algorithm").end()
	return c.inputs(names, func(name string, r io.Reader) {
		crc, n := uint32(0), uint64(0)
		chunk := make([]byte, 32<<10)
		for {
			k, err := r.Read(chunk)
			for _, b := range chunk[:k] {
				crc = posixCRC(crc, b)
			}
			n += uint64(k)
			if err != nil {
				break
			}
		}
		for left := n; left > 0; left >>= 8 {
			crc = posixCRC(crc, byte(left))
		}
		if name == "-" && len(names) == 0 {
			c.printf("%d %d\n", ^crc, n)
		} else {
			c.printf("%d %d %s\n", ^crc, n, name)
		}
	})
}

func posixCRC(crc uint32, b byte) uint32 {
	crc ^= uint32(b) << 24
	for range 8 {
		if crc&(1<<31) != 0 {
			crc = crc<<1 ^ 0x04c11db7
		} else {
			crc <<= 1
		}
	}
	return crc
}

func baseEncode(ctx context.Context, c *Call) int {
	decode, ignore, width := false, false, 76
	o := c.options("d,decode D i,ignore-garbage w=wrap")
	for o.next() {
		switch o.name {
		case "d", "D":
			decode = true
		case "i":
			ignore = true
		case "w":
			width = int(o.number("wrap size"))
		}
	}
	if len(o.args) > 1 {
		c.usage(1, "extra operand ‘%s’", o.args[1])
	}
	name := "-"
	if len(o.args) == 1 {
		name = o.args[0]
	}
	data := c.readAll(name)
	if !decode {
		s := base64.StdEncoding.EncodeToString(data)
		if c.Name == "base32" {
			s = base32.StdEncoding.EncodeToString(data)
		}
		for width > 0 && len(s) > width {
			c.print(s[:width] + "\n")
			s = s[width:]
		}
		c.print(s)
		if width > 0 && s != "" {
			c.print("\n")
		}
		return 0
	}
	text := strings.Map(func(r rune) rune {
		if r == '\n' || ignore && !strings.ContainsRune("+/=", r) && (r > 'z' || !letterOrDigit(byte(r))) {
			return -1
		}
		return r
	}, string(data))
	out, err := base64.StdEncoding.DecodeString(text)
	if c.Name == "base32" {
		out, err = base32.StdEncoding.DecodeString(text)
	}
	if err != nil && c.Name == "base64" { // what is right before the fault, as GNU does
		var corrupt base64.CorruptInputError
		if raw, rerr := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "=")); rerr == nil {
			out = raw
		} else if errors.As(rerr, &corrupt) {
			out, _ = base64.RawStdEncoding.DecodeString(text[:int(corrupt)/4*4])
		}
	}
	c.out.Write(out)
	if err != nil {
		c.out.Flush()
		c.die(1, "invalid input")
	}
	return 0
}

func letterOrDigit(b byte) bool {
	return digit(b) || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// dump gives the bytes of the named files, after skip and at most limit.
func (c *Call) dump(names []string, skip, limit int64) (*bufio.Reader, int) {
	var all []io.Reader
	status := 0
	if len(names) == 0 {
		names = []string{"-"}
	}
	for _, n := range names {
		r, err := c.open(n)
		if err != nil {
			c.warn("%s: %s", n, reason(err))
			status = 1
			continue
		}
		all = append(all, r)
	}
	r := io.MultiReader(all...)
	io.CopyN(io.Discard, r, skip)
	if limit >= 0 {
		r = io.LimitReader(r, limit)
	}
	return bufio.NewReader(r), status
}

// An odType is one -t of od.
type odType struct {
	kind  byte // a c d u o x f
	size  int
	width int  // of one value
	text  bool // what is printable stands behind
}

func od(ctx context.Context, c *Call) int {
	radix, skip, limit, perLine, every := byte('o'), int64(0), int64(-1), 16, false
	var types []odType
	o := c.options("A=address-radix t=format j=skip-bytes N=read-bytes w?width v,output-duplicates b c d o s x i l a")
	for o.next() {
		switch o.name {
		case "A":
			radix = byteAt(o.value, 0)
		case "t":
			types = append(types, c.odTypes(o.value)...)
		case "j":
			skip = o.number("skip")
		case "N":
			limit = o.number("limit")
		case "w":
			perLine = int(parseOr(o.value, 32))
		case "v":
			every = true
		default:
			types = append(types, c.odTypes(map[string]string{"b": "o1", "c": "c", "d": "u2", "o": "o2", "s": "d2", "x": "x2", "i": "d4", "l": "d8", "a": "a"}[o.name])...)
		}
	}
	if types == nil {
		types = c.odTypes("o2")
	}
	if perLine < 1 {
		c.die(1, "invalid width")
	}
	width := 0 // of one byte, common to all types
	for _, t := range types {
		width = max(width, (t.width+1)*8/t.size)
	}
	address := func(n int64) string {
		switch radix {
		case 'd':
			return fmt.Sprintf("%07d", n)
		case 'x':
			return fmt.Sprintf("%06x", n)
		case 'n':
			return ""
		}
		return fmt.Sprintf("%07o", n)
	}
	r, status := c.dump(o.args, skip, limit)
	at := skip
	var last []byte
	starred := false
	line := make([]byte, perLine)
	for {
		n, err := io.ReadFull(r, line)
		if n == 0 {
			break
		}
		if !every && n == perLine && bytes.Equal(line, last) {
			if !starred {
				c.print("*\n")
			}
			starred = true
		} else {
			starred = false
			for i, t := range types {
				if i == 0 {
					c.print(address(at))
				} else if radix != 'n' {
					c.print(strings.Repeat(" ", len(address(at))))
				}
				for k := 0; k < n; k += t.size {
					v := make([]byte, t.size)
					copy(v, line[k:n])
					c.print(pad(t.show(v), width*t.size/8))
				}
				if t.text {
					c.print(strings.Repeat(" ", (perLine-n)/t.size*(width*t.size/8)) + "  >" + printable(line[:n]) + "<")
				}
				c.print("\n")
			}
		}
		last = append(last[:0], line[:n]...)
		at += int64(n)
		if err != nil {
			break
		}
	}
	if a := address(at); a != "" {
		c.print(a + "\n")
	}
	return status
}

func (c *Call) odTypes(s string) (types []odType) {
	for s != "" {
		t := odType{kind: s[0], size: 1}
		s = s[1:]
		n := digits(s)
		s = s[len(n):]
		switch {
		case n != "":
			t.size, _ = strconv.Atoi(n)
		case strings.IndexByte("duox", t.kind) >= 0:
			t.size = 4
		case t.kind == 'f':
			t.size = 8
		}
		if k := byteAt(s, 0); n == "" && k != 0 && strings.IndexByte("CSIL", k) >= 0 {
			t.size = map[byte]int{'C': 1, 'S': 2, 'I': 4, 'L': 8}[k]
			s = s[1:]
		}
		s, t.text = strings.CutPrefix(s, "z")
		widths := map[byte][9]int{'o': {1: 3, 2: 6, 4: 11, 8: 22}, 'x': {1: 2, 2: 4, 4: 8, 8: 16}, 'u': {1: 3, 2: 5, 4: 10, 8: 20},
			'd': {1: 4, 2: 6, 4: 11, 8: 20}, 'a': {1: 3}, 'c': {1: 3}}[t.kind]
		if t.size > 8 || widths[t.size] == 0 {
			c.die(1, "invalid type string ‘%c%s’", t.kind, n)
		}
		t.width = widths[t.size]
		types = append(types, t)
	}
	return types
}

func (t odType) show(v []byte) string {
	n := uint64(0)
	for i, b := range v {
		n |= uint64(b) << (8 * i)
	}
	switch t.kind {
	case 'o':
		return fmt.Sprintf("%0*o", t.width, n)
	case 'x':
		return fmt.Sprintf("%0*x", t.width, n)
	case 'u':
		return strconv.FormatUint(n, 10)
	case 'd':
		shift := 64 - 8*t.size
		return strconv.FormatInt(int64(n<<shift)>>shift, 10)
	case 'a':
		names := strings.Fields("nul soh stx etx eot enq ack bel bs ht nl vt ff cr so si dle dc1 dc2 dc3 dc4 nak syn etb can em sub esc fs gs rs us sp")
		if b := v[0] & 127; int(b) < len(names) {
			return names[b]
		} else if b == 127 {
			return "del"
		}
		return string(rune(v[0] & 127))
	}
	if k := strings.IndexByte("\x00\a\b\t\n\v\f\r", v[0]); k >= 0 {
		return `\` + string("0abtnvfr"[k])
	}
	if v[0] < 32 || v[0] > 126 {
		return fmt.Sprintf("%03o", v[0])
	}
	return string(rune(v[0]))
}

func hexdump(ctx context.Context, c *Call) int {
	canonical, skip, limit, every := c.Name == "hd", int64(0), int64(-1), false
	o := c.options("C,canonical n=length s=skip v,no-squeezing x")
	for o.next() {
		switch o.name {
		case "C":
			canonical = true
		case "n":
			limit = o.number("length")
		case "s":
			skip = o.number("offset")
		case "v":
			every = true
		}
	}
	r, status := c.dump(o.args, skip, limit)
	at := skip
	line, last, starred := make([]byte, 16), []byte(nil), false
	digitsOf := 7
	if canonical {
		digitsOf = 8
	}
	for {
		n, err := io.ReadFull(r, line)
		if n == 0 {
			break
		}
		if !every && n == 16 && bytes.Equal(line, last) {
			if !starred {
				c.print("*\n")
			}
			starred = true
		} else {
			starred = false
			c.printf("%0*x", digitsOf, at)
			if canonical {
				hexColumns(c, line[:n])
			} else {
				for k := 0; k < n; k += 2 {
					v := uint16(line[k])
					if k+1 < n {
						v |= uint16(line[k+1]) << 8
					}
					c.printf(" %04x", v)
				}
				c.print(strings.Repeat("     ", (16-n)/2) + "\n")
			}
		}
		last = append(last[:0], line[:n]...)
		at += int64(n)
		if err != nil {
			break
		}
	}
	if at > skip {
		c.printf("%0*x\n", digitsOf, at)
	}
	return status
}

func hexColumns(c *Call, b []byte) {
	for k := range 16 {
		if k%8 == 0 {
			c.print(" ")
		}
		if k < len(b) {
			c.printf(" %02x", b[k])
		} else {
			c.print("   ")
		}
	}
	c.print("  |" + printable(b) + "|\n")
}

func printable(b []byte) string {
	out := make([]byte, len(b))
	for i, ch := range b {
		out[i] = ch
		if ch < 32 || ch > 126 {
			out[i] = '.'
		}
	}
	return string(out)
}

func xxd(ctx context.Context, c *Call) int {
	plain, reverse, upper, include, cols, group, skip, limit := false, false, false, false, 0, 2, int64(0), int64(-1)
	o := c.options("p r u i b c=cols g=groupsize l=len s=seek")
	for o.next() {
		switch o.name {
		case "p":
			plain = true
		case "r":
			reverse = true
		case "u":
			upper = true
		case "i":
			include = true
		case "b":
			c.die(1, "-b is not available here")
		case "c":
			cols = int(o.number("columns"))
		case "g":
			group = int(o.number("group size"))
		case "l":
			n, err := strconv.ParseInt(o.value, 0, 64)
			if err != nil {
				c.die(1, "invalid length: %s", o.value)
			}
			limit = n
		case "s":
			n, err := strconv.ParseInt(o.value, 0, 64)
			if err != nil {
				c.die(1, "invalid offset: %s", o.value)
			}
			skip = n
		}
	}
	args := o.args
	if len(args) == 2 {
		f, err := c.create(args[1], os.O_TRUNC)
		if err != nil {
			c.die(2, "%s: %s", args[1], reason(err))
		}
		defer f.Close()
		c.out.Flush()
		c.out = bufio.NewWriter(f)
		defer c.out.Flush()
		args = args[:1]
	}
	if reverse {
		return c.xxdReverse(args, plain)
	}
	r, status := c.dump(args, skip, limit)
	if cols <= 0 {
		cols = map[bool]int{true: 30, false: 16}[plain]
		if include {
			cols = 12
		}
	}
	hexFormat := "%02x"
	if upper {
		hexFormat = "%02X"
	}
	if include {
		return c.xxdInclude(r, args, cols)
	}
	line := make([]byte, cols)
	at := skip
	for {
		n, err := io.ReadFull(r, line)
		if n == 0 {
			return status
		}
		if plain {
			for _, b := range line[:n] {
				c.printf(hexFormat, b)
			}
			c.print("\n")
		} else {
			c.printf("%08x:", at)
			for k := range cols {
				if group == 0 && k == 0 || group > 0 && k%group == 0 {
					c.print(" ")
				}
				if k < n {
					c.printf(hexFormat, line[k])
				} else {
					c.print("  ")
				}
			}
			c.print("  " + printable(line[:n]) + "\n")
		}
		at += int64(n)
		if err != nil {
			return status
		}
	}
}

func (c *Call) xxdInclude(r io.Reader, args []string, cols int) int {
	b, _ := io.ReadAll(r)
	name := ""
	if len(args) > 0 {
		name = regexp.MustCompile(`[^0-9A-Za-z]`).ReplaceAllString(args[0], "_")
		c.printf("unsigned char %s[] = {\n", name)
	}
	for i, ch := range b {
		switch {
		case i == 0:
			c.print("  ")
		case i%cols == 0:
			c.print(",\n  ")
		default:
			c.print(", ")
		}
		c.printf("0x%02x", ch)
	}
	if len(b) > 0 {
		c.print("\n")
	}
	if name != "" {
		c.printf("};\nunsigned int %s_len = %d;\n", name, len(b))
	}
	return 0
}

func (c *Call) xxdReverse(args []string, plain bool) int {
	return c.inputs(args, func(name string, r io.Reader) {
		for _, l := range allLines(r, '\n') {
			if !plain {
				_, rest, ok := strings.Cut(l, ":")
				if !ok {
					continue
				}
				l, _, _ = strings.Cut(strings.TrimPrefix(rest, " "), "  ")
			}
			l = strings.Join(strings.Fields(l), "")
			b, err := hex.DecodeString(l[:len(l)/2*2])
			c.out.Write(b)
			if err != nil {
				return
			}
		}
	})
}

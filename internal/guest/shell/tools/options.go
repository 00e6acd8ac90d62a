package tools

import (
	"fmt"
	"strconv"
	"strings"
)

// Options are read the way getopt_long reads them: they may stand anywhere, be
// bundled, be cut short where that is clear, and end at "--".
type options struct {
	c    *Call
	spec []option
	todo []string // what is left to look at
	rest string   // of a bundle of short options
	args []string // operands

	posix bool // operands end the options

	name  string // the current option: its letter, or its long name when it has none
	value string
	given bool // whether it has a value
}

type option struct {
	short, long string
	value       byte // 0 none, '=' one, '?' perhaps one, in the same word
}

func (o option) key() string { return cmpOr(o.short, o.long) }

// options begins to read the arguments. The specification lists options such
// as "n,number" (a flag), "c=bytes" (with a value), "i?in-place" (perhaps with
// one), and ",color" (with a long name alone).
func (c *Call) options(spec string) *options {
	o := &options{c: c, todo: c.Args}
	for s := range strings.FieldsSeq(spec) {
		i := strings.IndexAny(s, ",=?")
		if i < 0 {
			o.spec = append(o.spec, option{short: s})
			continue
		}
		opt := option{short: s[:i], long: s[i+1:]}
		if s[i] != ',' {
			opt.value = s[i]
		}
		o.spec = append(o.spec, opt)
	}
	return o
}

// operandsEnd makes the first operand end the options.
func (o *options) operandsEnd() *options {
	o.posix = true
	return o
}

// next goes to the next option.
func (o *options) next() bool {
	if o.rest != "" {
		return o.shortOption()
	}
	for len(o.todo) > 0 {
		a := o.todo[0]
		o.todo = o.todo[1:]
		switch {
		case a == "--":
			o.args = append(o.args, o.todo...)
			o.todo = nil
		case strings.HasPrefix(a, "--"):
			return o.longOption(a[2:])
		case len(a) > 1 && a[0] == '-':
			o.rest = a[1:]
			return o.shortOption()
		default:
			o.args = append(o.args, a)
			if o.posix {
				o.args = append(o.args, o.todo...)
				o.todo = nil
			}
		}
	}
	return false
}

func (o *options) shortOption() bool {
	letter := o.rest[:1]
	o.rest = o.rest[1:]
	for _, s := range o.spec {
		if s.short != letter {
			continue
		}
		o.name, o.value, o.given = letter, "", false
		switch {
		case s.value == '=' && o.rest == "":
			if len(o.todo) == 0 {
				o.bad("option requires an argument -- '%s'", letter)
			}
			o.value, o.todo, o.given = o.todo[0], o.todo[1:], true
		case s.value != 0 && o.rest != "":
			o.value, o.rest, o.given = o.rest, "", true
		}
		return true
	}
	o.bad("invalid option -- '%s'", letter)
	return false
}

func (o *options) longOption(a string) bool {
	name, value, given := strings.Cut(a, "=")
	var found []option
	for _, s := range o.spec {
		if s.long == name {
			found = []option{s}
			break
		}
		if s.long != "" && strings.HasPrefix(s.long, name) {
			found = append(found, s)
		}
	}
	if len(found) == 0 && name == "help" {
		o.c.help()
	}
	if len(found) == 0 && name == "version" {
		o.c.print(o.c.Name + " (caisson shell)\n")
		panic(abort{0})
	}
	if len(found) == 0 {
		o.bad("unrecognized option '--%s'", a)
	}
	if len(found) > 1 {
		o.bad("option '--%s' is ambiguous", name)
	}
	s := found[0]
	switch {
	case s.value == 0 && given:
		o.bad("option '--%s' doesn't allow an argument", s.long)
	case s.value == '=' && !given:
		if len(o.todo) == 0 {
			o.bad("option '--%s' requires an argument", s.long)
		}
		value, o.todo, given = o.todo[0], o.todo[1:], true
	}
	o.name, o.value, o.given = s.key(), value, given
	return true
}

func (o *options) bad(format string, a ...any) {
	o.c.usage(max(o.c.tool.Bad, 1), "%s", fmt.Sprintf(format, a...))
}

// help writes how a command is used and ends it.
func (c *Call) help() {
	c.printf("Usage: %s %s\n", c.Name, c.tool.Usage)
	panic(abort{0})
}

// end reads to the end, for commands without options of their own, and returns
// the operands.
func (o *options) end() []string {
	for o.next() {
	}
	return o.args
}

// number reads a value as a whole number, with the suffixes of GNU sizes.
func (o *options) number(what string) int64 {
	n, err := parseSize(o.value)
	if err != nil {
		o.c.die(1, "invalid %s: ‘%s’", what, o.value)
	}
	return n
}

// parseSize reads a whole number with a suffix such as K, MB or GiB.
func parseSize(s string) (int64, error) {
	i := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '-' && r != '+' })
	if i < 0 {
		return strconv.ParseInt(s, 10, 64)
	}
	suffix := s[i:]
	n := int64(1)
	if i > 0 {
		var err error
		if n, err = strconv.ParseInt(s[:i], 10, 64); err != nil {
			return 0, err
		}
	}
	if suffix == "b" {
		return n * 512, nil
	}
	base := int64(1024)
	if strings.HasSuffix(suffix, "iB") {
		suffix = suffix[:len(suffix)-2]
	} else if strings.HasSuffix(suffix, "B") {
		base, suffix = 1000, suffix[:len(suffix)-1]
	}
	power := strings.Index("KMGTPE", strings.ToUpper(suffix))
	if len(suffix) != 1 || power < 0 {
		return 0, strconv.ErrSyntax
	}
	for range power + 1 {
		if n > 1<<62/base || n < -(1<<62/base) {
			return 0, strconv.ErrRange
		}
		n *= base
	}
	return n, nil
}

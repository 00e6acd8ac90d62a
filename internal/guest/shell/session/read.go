package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mvdan.cc/sh/v3/interp"
)

// A readCall is one run of read.
type readCall struct {
	raw   bool
	array string
	delim byte
	limit int // characters, 0 for no limit
	exact bool
	wait  time.Duration // negative for ever
	names []string
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\[[^]]*\])?$`)

// read reads a line and sets variables from it.
func read(ctx context.Context, hc interp.HandlerContext, args []string) error {
	r, err := parseRead(args)
	if err != nil {
		fmt.Fprintf(hc.Stderr, "bash: read: %v\n", err)
		return interp.ExitStatus(2)
	}
	for _, n := range append([]string{r.array}, r.names...) {
		if n != "" && !identifier.MatchString(n) {
			fmt.Fprintf(hc.Stderr, "bash: read: `%s': not a valid identifier\n", n)
			return interp.ExitStatus(1)
		}
	}
	text, escaped, status := r.line(ctx, hc.Stdin)
	ifs := " \t\n"
	if v := hc.Env.Get("IFS"); v.IsSet() {
		ifs = v.String()
	}
	var code strings.Builder
	if r.array != "" {
		code.WriteString(r.array + "=(")
		for _, w := range split(text, escaped, ifs, 0) {
			q, _ := quoted(w)
			code.WriteString(q + " ")
		}
		code.WriteString(")\n")
	} else {
		words := []string{text}
		if len(r.names) == 0 {
			r.names = []string{"REPLY"}
		} else if !r.exact {
			words = split(text, escaped, ifs, len(r.names))
		}
		for i, n := range r.names {
			w := ""
			if i < len(words) {
				w = words[i]
			}
			q, _ := quoted(w)
			code.WriteString(n + "=" + q + "\n")
		}
	}
	if err := hc.Builtin(ctx, []string{"eval", code.String()}); err != nil {
		return err
	}
	return exit(status)
}

func parseRead(args []string) (r readCall, err error) {
	r.delim, r.wait = '\n', -1
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		flags := args[0][1:]
		args = args[1:]
		if flags == "-" {
			break
		}
		for flags != "" {
			f := flags[0]
			flags = flags[1:]
			value := ""
			if strings.IndexByte("adinNptu", f) >= 0 {
				value, flags = flags, ""
				if value == "" {
					if len(args) == 0 {
						return r, fmt.Errorf("-%c: option requires an argument", f)
					}
					value, args = args[0], args[1:]
				}
			}
			switch f {
			case 'r':
				r.raw = true
			case 's', 'e', 'p', 'i':
			case 'a':
				r.array = value
			case 'd':
				r.delim = 0
				if value != "" {
					r.delim = value[0]
				}
			case 'n', 'N':
				if r.limit, err = strconv.Atoi(value); err != nil || r.limit < 0 {
					return r, fmt.Errorf("%s: invalid number", value)
				}
				r.exact = f == 'N'
			case 't':
				seconds, err := strconv.ParseFloat(value, 64)
				if err != nil || seconds < 0 {
					return r, fmt.Errorf("%s: invalid timeout specification", value)
				}
				r.wait = time.Duration(seconds * float64(time.Second))
			case 'u':
				if value != "0" {
					return r, fmt.Errorf("%s: invalid file descriptor: only 0 can be read here", value)
				}
			default:
				return r, fmt.Errorf("-%c: invalid option", f)
			}
		}
	}
	r.names = args
	return r, nil
}

// line reads up to the delimiter. It returns which bytes a backslash protects,
// and the status of read.
func (r *readCall) line(ctx context.Context, in io.Reader) (text string, escaped []bool, status int) {
	if in == nil {
		return "", nil, 1
	}
	b := newByteReader(in, func() bool { return ctx.Err() != nil })
	defer b.giveBack()
	if f, ok := in.(*os.File); ok {
		stop := context.AfterFunc(ctx, func() { f.SetReadDeadline(time.Now()) })
		defer stop()
		if r.wait >= 0 && f.SetReadDeadline(time.Now().Add(r.wait)) == nil {
			defer f.SetReadDeadline(time.Time{})
		}
	}
	var out []byte
	n, skip := 0, false
	for {
		ch, err := b.next()
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return string(out), escaped, 128 + 14
			}
			return string(out), escaped, 1
		}
		switch {
		case skip:
			skip = false
			if ch == '\n' {
				continue
			}
			out, escaped = append(out, ch), append(escaped, true)
		case ch == '\\' && !r.raw:
			skip = true
			continue
		case ch == r.delim && !r.exact:
			return string(out), escaped, 0
		case ch == 0:
			continue
		default:
			out, escaped = append(out, ch), append(escaped, false)
		}
		if r.limit > 0 && utf8.FullRune(out[lastRune(out):]) {
			if n = utf8.RuneCount(out); n >= r.limit {
				return string(out), escaped, 0
			}
		}
	}
}

// lastRune is where the last character of b begins, complete or not.
func lastRune(b []byte) int {
	i := len(b) - 1
	for i > 0 && !utf8.RuneStart(b[i]) {
		i--
	}
	return max(i, 0)
}

// split splits a line at the characters of IFS. With a limit, the last part is
// the rest of the line.
func split(text string, escaped []bool, ifs string, limit int) (words []string) {
	sep := func(i int) bool { return !escaped[i] && strings.IndexByte(ifs, text[i]) >= 0 }
	space := func(i int) bool { return sep(i) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n') }
	i, end := 0, len(text)
	for i < end && space(i) {
		i++
	}
	for end > i && space(end-1) {
		end--
	}
	for i < end {
		if limit > 0 && len(words) == limit-1 {
			rest := text[i:end]
			// One separator at the end goes, when it is the only one in there.
			if k := strings.IndexAny(rest, cmpOr(ifs, "\x00")); k == len(rest)-1 && sep(end-1) {
				rest = rest[:k]
			}
			return append(words, rest)
		}
		start := i
		for i < end && !sep(i) {
			i++
		}
		words = append(words, text[start:i])
		for i < end && space(i) {
			i++
		}
		if i < end && sep(i) && !space(i) {
			i++
			for i < end && space(i) {
				i++
			}
		}
	}
	return words
}

// A byteReader reads ahead where it can give back what it did not need, and
// byte by byte where it cannot: others read on from the same place.
type byteReader struct {
	r    io.Reader
	stop func() bool // asked right before each read: an interrupt that came wakes nobody who waits after it
	seek io.Seeker
	buf  []byte
	n    int
}

func newByteReader(r io.Reader, stop func() bool) *byteReader {
	b := &byteReader{r: r, stop: stop}
	if s, ok := r.(io.Seeker); ok {
		if _, err := s.Seek(0, io.SeekCurrent); err == nil {
			b.seek = s
		}
	}
	return b
}

func (b *byteReader) next() (byte, error) {
	if b.n < len(b.buf) {
		b.n++
		return b.buf[b.n-1], nil
	}
	size := 1
	if b.seek != nil {
		size = 256
	}
	buf := make([]byte, size)
	if b.stop() {
		return 0, context.Canceled
	}
	n, err := b.r.Read(buf)
	b.buf, b.n = buf[:n], 0
	if n == 0 {
		if err == nil {
			err = io.EOF
		}
		return 0, err
	}
	b.n = 1
	return b.buf[0], nil
}

func (b *byteReader) giveBack() {
	if left := len(b.buf) - b.n; left > 0 {
		b.seek.Seek(-int64(left), io.SeekCurrent)
	}
}

package tools

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A tally is what wc counts in a file.
type tally struct{ lines, words, chars, bytes, longest int64 }

func wc(ctx context.Context, c *Call) int {
	show := ""
	from := ""
	o := c.options("l,lines w,words c,bytes m,chars L,max-line-length =files0-from")
	for o.next() {
		if o.name == "files0-from" {
			from = o.value
			continue
		}
		show += o.name
	}
	names := o.args
	if from != "" {
		names = c.fileLines(from, 0)
	}
	if show == "" {
		show = "lwc"
	}
	var rows []tally
	var labels []string
	var total tally
	width := c.countWidth(names, show)
	status := c.inputs(names, func(name string, r io.Reader) {
		t := count(r, strings.Contains(show, "w") || strings.ContainsAny(show, "mL"))
		rows, labels = append(rows, t), append(labels, name)
		total.lines += t.lines
		total.words += t.words
		total.chars += t.chars
		total.bytes += t.bytes
		total.longest = max(total.longest, t.longest)
	})
	if len(names) > 1 {
		rows, labels = append(rows, total), append(labels, "total")
	}
	for i, t := range rows {
		var cells []string
		for _, f := range []struct {
			key string
			n   int64
		}{{"l", t.lines}, {"w", t.words}, {"m", t.chars}, {"c", t.bytes}, {"L", t.longest}} {
			if strings.Contains(show, f.key) {
				cells = append(cells, pad(strconv.FormatInt(f.n, 10), width))
			}
		}
		line := strings.Join(cells, " ")
		if len(names) > 0 {
			line += " " + labels[i]
		}
		c.print(line + "\n")
	}
	return status
}

// countWidth is how wide the columns of wc are: as the total size of regular
// files needs, and at least 7 where a size is not known before.
func (c *Call) countWidth(names []string, show string) int {
	if len(show) == 1 && len(names) < 2 {
		return 1
	}
	size, width := int64(0), 1
	if len(names) == 0 {
		return 7
	}
	for _, n := range names {
		fi, err := stat(c.path(n))
		if n == "-" || err == nil && !fi.Mode().IsRegular() {
			width = 7
		} else if err == nil {
			size += fi.Size()
		}
	}
	return max(width, len(strconv.FormatInt(size, 10)))
}

func pad(s string, width int) string {
	return strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s))) + s
}

func count(r io.Reader, text bool) (t tally) {
	chunk := make([]byte, 32<<10)
	kept := 0
	word := false
	col := int64(0)
	for {
		n, err := r.Read(chunk[kept:])
		b := chunk[:kept+n]
		t.bytes += int64(n)
		t.lines += int64(bytes.Count(b[kept:], []byte("\n")))
		kept = 0
		for text && len(b) > 0 {
			ch, size := rune(b[0]), 1
			if ch >= utf8.RuneSelf {
				if err == nil && !utf8.FullRune(b) {
					kept = copy(chunk, b)
					break
				}
				ch, size = utf8.DecodeRune(b)
			}
			b = b[size:]
			if ch == utf8.RuneError && size == 1 {
				continue // not a character; GNU counts none either
			}
			t.chars++
			switch {
			case ch == '\n' || ch == '\r' || ch == '\f':
				t.longest = max(t.longest, col)
				col = 0
			case ch == '\t':
				col += 8 - col%8
			case unicode.IsPrint(ch):
				col++
			}
			space := ch == ' ' || ch >= '\t' && ch <= '\r' || ch >= utf8.RuneSelf && unicode.IsSpace(ch)
			if !space && !word {
				t.words++
			}
			word = !space
		}
		if err != nil {
			t.longest = max(t.longest, col)
			return t
		}
	}
}

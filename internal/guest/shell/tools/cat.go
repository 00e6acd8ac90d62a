package tools

import (
	"bytes"
	"context"
	"io"
	"os"
	"slices"
)

func cat(ctx context.Context, c *Call) int {
	var number, nonblank, ends, tabs, marks, squeeze bool
	o := c.options("n,number b,number-nonblank A,show-all E,show-ends T,show-tabs v,show-nonprinting s,squeeze-blank e t u")
	for o.next() {
		switch o.name {
		case "n":
			number = true
		case "b":
			number, nonblank = true, true
		case "A":
			ends, tabs, marks = true, true, true
		case "E":
			ends = true
		case "e":
			ends, marks = true, true
		case "T":
			tabs = true
		case "t":
			tabs, marks = true, true
		case "v":
			marks = true
		case "s":
			squeeze = true
		}
	}
	n, blank, begin := 0, false, true
	return c.inputs(o.args, func(name string, r io.Reader) {
		if !number && !ends && !tabs && !marks && !squeeze {
			c.copy(name, r)
			return
		}
		b := bufioReader(r)
		for {
			line, end, err := readLine(b, '\n')
			if len(line) == 0 && !end {
				return
			}
			empty := begin && len(line) == 0
			if squeeze && empty && blank {
				continue
			}
			blank = empty
			if number && begin && !(nonblank && empty) {
				n++
				c.printf("%6d\t", n)
			}
			if marks || tabs {
				line = visible(line, marks, tabs)
			}
			c.out.Write(line)
			if end && ends {
				c.print("$")
			}
			if end {
				c.print("\n")
			}
			begin = end
			if err != nil {
				return
			}
		}
	})
}

// copy copies a file to the output.
func (c *Call) copy(name string, r io.Reader) {
	c.out.Flush()
	if _, err := io.Copy(c.out, onlyReader{r}); err != nil {
		c.die(1, "%s: %s", name, reason(err))
	}
}

// An onlyReader hides WriteTo, which would go around the buffer.
type onlyReader struct{ io.Reader }

// visible shows bytes that are not printable the way cat -v does.
func visible(line []byte, marks, tabs bool) []byte {
	var out []byte
	for _, b := range line {
		if b == '\t' {
			if tabs {
				out = append(out, "^I"...)
			} else {
				out = append(out, b)
			}
			continue
		}
		if !marks {
			out = append(out, b)
			continue
		}
		if b >= 128 {
			out = append(out, "M-"...)
			b -= 128
		}
		switch {
		case b < 32:
			out = append(out, '^', b+64)
		case b == 127:
			out = append(out, "^?"...)
		default:
			out = append(out, b)
		}
	}
	return out
}

func tac(ctx context.Context, c *Call) int {
	names := c.options("s=separator b,before r,regex").end()
	return c.inputs(names, func(name string, r io.Reader) {
		b, err := io.ReadAll(r)
		if err != nil {
			c.die(1, "%s: %s", name, reason(err))
		}
		parts := bytes.SplitAfter(b, []byte("\n"))
		for _, p := range slices.Backward(parts) {
			c.out.Write(p)
		}
	})
}

func rev(ctx context.Context, c *Call) int {
	return c.inputs(c.options("").end(), func(name string, r io.Reader) {
		lines(r, '\n', func(l []byte) bool {
			s := []rune(string(l))
			slices.Reverse(s)
			c.print(string(s) + "\n")
			return true
		})
	})
}

func tee(ctx context.Context, c *Call) int {
	flag := os.O_TRUNC
	o := c.options("a,append i,ignore-interrupts p ?output-error")
	for o.next() {
		if o.name == "a" {
			flag = os.O_APPEND
		}
	}
	status := 0
	var to []io.Writer
	for _, name := range o.args {
		f, err := c.create(name, flag)
		if err != nil {
			c.warn("%s: %s", name, reason(err))
			status = 1
			continue
		}
		defer f.Close()
		to = append(to, f)
	}
	b := make([]byte, 32<<10)
	for {
		n, err := c.In.Read(b)
		to = slices.DeleteFunc(to, func(f io.Writer) bool { // what cannot be written is left out from then on
			_, err := f.Write(b[:n])
			if err != nil {
				c.warn("%s", reason(err))
				status = 1
			}
			return err != nil
		})
		c.out.Write(b[:n])
		c.out.Flush()
		if err != nil {
			return status
		}
	}
}

func yes(ctx context.Context, c *Call) int {
	line := "y\n"
	if args := c.options("").end(); len(args) > 0 {
		line = joinArgs(args) + "\n"
	}
	block := bytes.Repeat([]byte(line), 1+4096/len(line))
	for {
		c.out.Write(block)
	}
}

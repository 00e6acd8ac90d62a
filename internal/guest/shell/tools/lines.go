package tools

import (
	"bufio"
	"bytes"
	"io"
)

// lines calls f with each line of r, without its end, which is the byte sep,
// until f returns false. The line is valid until the next call.
func lines(r io.Reader, sep byte, f func(line []byte) bool) {
	b := bufioReader(r)
	for {
		line, end, err := readLine(b, sep)
		if len(line) > 0 || end {
			if !f(line) {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// readLine reads one line and says whether it was ended.
func readLine(b *bufio.Reader, sep byte) (line []byte, end bool, err error) {
	line, err = b.ReadSlice(sep)
	if err == bufio.ErrBufferFull {
		line = bytes.Clone(line)
		var more []byte
		for err == bufio.ErrBufferFull {
			more, err = b.ReadSlice(sep)
			line = append(line, more...)
		}
	}
	if n := len(line); n > 0 && line[n-1] == sep {
		return line[:n-1], true, err
	}
	return line, false, err
}

// allLines returns the lines of r as strings.
func allLines(r io.Reader, sep byte) []string {
	var all []string
	lines(r, sep, func(l []byte) bool {
		all = append(all, string(l))
		return true
	})
	return all
}

// fileLines returns the lines of a named file, or ends the command.
func (c *Call) fileLines(name string, sep byte) []string {
	r, err := c.open(name)
	if err != nil {
		c.die(1, "%s: %s", name, reason(err))
	}
	defer r.Close()
	return allLines(r, sep)
}

// readAll returns the content of a named file, or ends the command.
func (c *Call) readAll(name string) []byte {
	r, err := c.open(name)
	if err != nil {
		c.die(1, "%s: %s", name, reason(err))
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		c.die(1, "%s: %s", name, reason(err))
	}
	return b
}

func (c *Call) printLine(line []byte, sep byte) {
	c.out.Write(line)
	c.out.WriteByte(sep)
}

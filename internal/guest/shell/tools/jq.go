package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"sort"
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

// A jqRun is one run of jq. Keys of objects come out sorted, as its library
// does not keep their order.
type jqRun struct {
	*Call
	raw, join, compact, null, slurp, exit, ascii, rawIn, tab bool
	indent                                                   int
	last                                                     any
	any                                                      bool
	status                                                   int
}

func jq(ctx context.Context, c *Call) int {
	j := jqRun{Call: c, indent: 2}
	names, values := []string{}, []any{}
	named := map[string]any{}
	positional := []any{}
	var rest []string
	file := ""
	asJSON, asArgs := false, false
	args := c.Args
	take := func(of string) string {
		if len(args) == 0 {
			c.die(2, "%s takes more parameters", of)
		}
		a := args[0]
		args = args[1:]
		return a
	}
	set := func(name string, v any) {
		if _, ok := named[name]; !ok {
			named[name] = v
			names, values = append(names, "$"+name), append(values, v)
		}
	}
	for len(args) > 0 {
		a := take("")
		if len(a) < 2 || a[0] != '-' {
			switch {
			case (asArgs || asJSON) && (len(rest) > 0 || file != ""):
				if asJSON {
					positional = append(positional, j.parse(a, "--jsonargs"))
				} else {
					positional = append(positional, a)
				}
			default:
				rest = append(rest, a)
			}
			continue
		}
		switch a {
		case "--arg":
			name := take(a)
			set(name, take(a))
		case "--argjson":
			name := take(a)
			set(name, j.parse(take(a), a))
		case "--slurpfile", "--rawfile":
			name, path := take(a), take(a)
			data := c.readAll(path)
			if a == "--rawfile" {
				set(name, string(data))
			} else {
				set(name, j.values(bytes.NewReader(data)))
			}
		case "--args":
			asArgs, asJSON = true, false
		case "--jsonargs":
			asArgs, asJSON = false, true
		case "--tab":
			j.tab = true
		case "--indent":
			j.indent, _ = strconv.Atoi(take(a))
		case "--raw-output", "--join-output", "--compact-output", "--null-input", "--slurp", "--exit-status", "--ascii-output", "--raw-input", "--sort-keys",
			"--color-output", "--monochrome-output", "--unbuffered", "--from-file", "--raw-output0":
			if a == "--from-file" {
				file = take(a)
				break
			}
			j.flag(map[string]byte{"--raw-output": 'r', "--join-output": 'j', "--compact-output": 'c', "--null-input": 'n', "--slurp": 's',
				"--exit-status": 'e', "--ascii-output": 'a', "--raw-input": 'R', "--raw-output0": 'r'}[a])
		case "--help":
			c.help()
		default:
			if strings.HasPrefix(a, "--") {
				c.usage(2, "Unknown option: %s", a)
			}
			for i := 1; i < len(a); i++ {
				if a[i] == 'f' {
					file = take("-f")
				} else if !j.flag(a[i]) {
					c.usage(2, "Unknown option: %s", a)
				}
			}
		}
	}
	filter := "."
	switch {
	case file != "":
		filter = string(c.readAll(file))
	case len(rest) > 0:
		filter, rest = rest[0], rest[1:]
	}
	names, values = append(names, "$ARGS"), append(values, map[string]any{"positional": positional, "named": named})
	query, err := gojq.Parse(filter)
	if err != nil {
		c.die(3, "error: %v\njq: 1 compile error", err)
	}
	var environ []string
	environ = append(environ, c.Shell.Environ()...)
	inputs := &jqInputs{run: &j, names: rest}
	code, err := gojq.Compile(query, gojq.WithVariables(names), gojq.WithEnvironLoader(func() []string { return environ }), gojq.WithInputIter(inputs))
	if err != nil {
		c.die(3, "error: %v\njq: 1 compile error", err)
	}
	j.all(ctx, code, inputs, values)
	inputs.close()
	if j.status == 0 && j.exit {
		switch {
		case !j.any:
			return 4
		case j.last == nil || j.last == false:
			return 1
		}
	}
	return j.status
}

func (j *jqRun) flag(f byte) bool {
	switch f {
	case 'r':
		j.raw = true
	case 'j':
		j.raw, j.join = true, true
	case 'c':
		j.compact = true
	case 'n':
		j.null = true
	case 's':
		j.slurp = true
	case 'e':
		j.exit = true
	case 'a':
		j.ascii = true
	case 'R':
		j.rawIn = true
	case 'S', 'C', 'M', 0:
	default:
		return false
	}
	return true
}

func (j *jqRun) parse(text, of string) any {
	v := j.values(strings.NewReader(text))
	if len(v) != 1 {
		j.die(2, "Invalid JSON text passed to %s", of)
	}
	return v[0]
}

func (j *jqRun) values(r io.Reader) []any {
	out := []any{}
	d := json.NewDecoder(r)
	d.UseNumber()
	for {
		var v any
		if err := d.Decode(&v); err == io.EOF {
			return out
		} else if err != nil {
			j.die(2, "error: %s", jsonReason(err))
		}
		out = append(out, v)
	}
}

func jsonReason(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "Unfinished JSON term at end of input"
	}
	return err.Error()
}

// A jqInputs gives the values of the input files one by one.
type jqInputs struct {
	run   *jqRun
	names []string
	began bool
	file  io.ReadCloser
	dec   *json.Decoder
}

func (in *jqInputs) close() {
	if in.file != nil {
		in.file.Close()
	}
}

func (in *jqInputs) nextFile() bool {
	in.close()
	in.file, in.dec = nil, nil
	if !in.began && len(in.names) == 0 {
		in.names = []string{"-"}
	}
	in.began = true
	for len(in.names) > 0 {
		name := in.names[0]
		in.names = in.names[1:]
		r, err := in.run.open(name)
		if err != nil {
			in.run.warn("error: Could not open file %s: %s", name, reason(err))
			in.run.status = 2
			continue
		}
		in.file = r
		if in.run.rawIn {
			return true
		}
		in.dec = json.NewDecoder(r)
		in.dec.UseNumber()
		return true
	}
	return false
}

func (in *jqInputs) Next() (any, bool) {
	for {
		if in.file == nil && !in.nextFile() {
			return nil, false
		}
		if in.run.rawIn {
			b := bufioReader(in.file)
			in.file = struct {
				io.Reader
				io.Closer
			}{b, in.file}
			l, end, _ := readLine(b, '\n')
			if len(l) > 0 || end {
				return string(l), true
			}
			in.file = nil
			continue
		}
		var v any
		err := in.dec.Decode(&v)
		if err == nil {
			return v, true
		}
		in.close()
		in.file = nil
		if err != io.EOF {
			in.names, in.began = nil, true
			return fmt.Errorf("parse error: %s", jsonReason(err)), true
		}
	}
}

func (j *jqRun) all(ctx context.Context, code *gojq.Code, in *jqInputs, values []any) {
	switch {
	case j.null:
		j.one(ctx, code, nil, values)
	case j.slurp && j.rawIn:
		var b strings.Builder
		for in.nextFile() {
			io.Copy(&b, in.file)
		}
		in.file = nil
		j.one(ctx, code, b.String(), values)
	case j.slurp:
		list := []any{}
		for {
			v, ok := in.Next()
			if !ok {
				break
			}
			if err, bad := v.(error); bad {
				j.warn("%v", err)
				j.status = 2
				return
			}
			list = append(list, v)
		}
		j.one(ctx, code, list, values)
	default:
		for {
			v, ok := in.Next()
			if !ok {
				return
			}
			if err, bad := v.(error); bad {
				j.out.Flush()
				j.warn("%v", err)
				j.status = 2
				return
			}
			if !j.one(ctx, code, v, values) {
				return
			}
		}
	}
}

// one runs the filter on one value and reports whether to go on.
func (j *jqRun) one(ctx context.Context, code *gojq.Code, v any, values []any) bool {
	it := code.RunWithContext(ctx, v, values...)
	for {
		check(ctx)
		v, ok := it.Next()
		if !ok {
			return true
		}
		if err, bad := v.(error); bad {
			check(ctx)
			var halt *gojq.HaltError
			if errors.As(err, &halt) {
				return j.halt(halt)
			}
			j.out.Flush()
			j.warn("error (at <unknown>): %v", err)
			j.status = 5
			return true
		}
		j.last, j.any = v, true
		j.emit(v)
	}
}

func (j *jqRun) halt(h *gojq.HaltError) bool {
	j.status = h.ExitCode()
	j.exit = false
	j.out.Flush()
	switch v := h.Value().(type) {
	case nil:
	case string:
		io.WriteString(j.Err, v)
	default:
		b, _ := gojq.Marshal(v)
		fmt.Fprintf(j.Err, "%s\n", b)
	}
	return false
}

func (j *jqRun) emit(v any) {
	if s, ok := v.(string); ok && j.raw {
		j.print(s)
	} else {
		j.value(v, 0)
	}
	if !j.join {
		j.print("\n")
	}
}

func (j *jqRun) newline(depth int) {
	if j.compact || j.indent == 0 && !j.tab {
		return
	}
	j.print("\n")
	if j.tab {
		j.print(strings.Repeat("\t", depth))
		return
	}
	j.print(strings.Repeat(" ", depth*j.indent))
}

func (j *jqRun) value(v any, depth int) {
	switch v := v.(type) {
	case []any:
		if len(v) == 0 {
			j.print("[]")
			return
		}
		for i, x := range v {
			j.print(map[bool]string{true: "[", false: ","}[i == 0])
			j.newline(depth + 1)
			j.value(x, depth+1)
		}
		j.newline(depth)
		j.print("]")
	case map[string]any:
		if len(v) == 0 {
			j.print("{}")
			return
		}
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for i, k := range keys {
			j.print(map[bool]string{true: "{", false: ","}[i == 0])
			j.newline(depth + 1)
			j.text(k)
			j.print(":")
			if !(j.compact || j.indent == 0 && !j.tab) {
				j.print(" ")
			}
			j.value(v[k], depth+1)
		}
		j.newline(depth)
		j.print("}")
	case string:
		j.text(v)
	case *big.Int:
		j.print(v.String())
	case float64:
		if math.IsNaN(v) {
			j.print("null")
			return
		}
		b, _ := gojq.Marshal(v)
		j.out.Write(b)
	default:
		b, _ := gojq.Marshal(v)
		j.out.Write(b)
	}
}

func (j *jqRun) text(s string) {
	b, _ := gojq.Marshal(s)
	if !j.ascii {
		j.out.Write(b)
		return
	}
	for _, r := range string(b) {
		switch {
		case r < 128:
			j.out.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			j.printf(`\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			j.printf(`\u%04x`, r)
		}
	}
}

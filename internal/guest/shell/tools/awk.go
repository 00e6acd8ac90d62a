package tools

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"

	"github.com/benhoyt/goawk/interp"
	"github.com/benhoyt/goawk/parser"
)

// workdir is held while programs use relative names that only the process as a
// whole can resolve: awk's library opens files by itself.
var workdir sync.Mutex

func awk(ctx context.Context, c *Call) int {
	config := &interp.Config{Argv0: c.Name, Stdin: c.stdin(), Output: c.out, Error: c.Err, Chars: true, NoExec: true, Environ: []string{}}
	var source []string
	o := c.options("F=field-separator v=assign f=file e=source b c V ,posix ,csv").operandsEnd()
	given := false
	for o.next() {
		switch o.name {
		case "F":
			if o.value == "t" {
				o.value = `\t`
			}
			config.Vars = append(config.Vars, "FS", awkEscapes(o.value))
		case "v":
			k, v, ok := strings.Cut(o.value, "=")
			if !ok {
				c.die(2, "`%s' argument to `-v' not in `var=value' form", o.value)
			}
			config.Vars = append(config.Vars, k, awkEscapes(v))
		case "f":
			source, given = append(source, string(c.readAll(o.value))), true
		case "e":
			source, given = append(source, o.value), true
		case "csv":
			config.InputMode = interp.CSVMode
		}
	}
	args := o.args
	if !given {
		if len(args) == 0 {
			c.usage(2, "no program; usage: %s %s", c.Name, c.tool.Usage)
		}
		source, args = args[:1], args[1:]
	}
	config.Args = args
	for _, kv := range c.Shell.Environ() {
		k, v, _ := strings.Cut(kv, "=")
		config.Environ = append(config.Environ, k, v)
	}
	program, err := parser.ParseProgram([]byte(strings.Join(source, "\n")), nil)
	if err != nil {
		var pe *parser.ParseError
		if errors.As(err, &pe) {
			c.die(2, "syntax error at source line %d: %s", pe.Position.Line, pe.Message)
		}
		c.die(2, "%v", err)
	}
	in, err := interp.New(program)
	if err != nil {
		c.die(2, "%v", err)
	}
	if leave, err := enter(c.Dir); err == nil {
		defer leave()
	}
	status, err := in.ExecuteContext(ctx, config)
	if err != nil {
		c.out.Flush()
		if ctx.Err() != nil {
			panic(abort{130})
		}
		text := err.Error()
		if strings.Contains(text, "NoExec") {
			text = "system() and pipes to commands are not available in awk here; pipe its output in the shell"
		}
		c.die(2, "%s", text)
	}
	return status
}

// enter makes dir the folder of the process, unless another command needs its
// own just now.
func enter(dir string) (leave func(), err error) {
	was, err := os.Getwd()
	if err == nil && was == dir {
		return func() {}, nil
	}
	if err != nil || !workdir.TryLock() {
		return nil, errors.New("the folder of the process is in use")
	}
	if err := os.Chdir(dir); err != nil {
		workdir.Unlock()
		return nil, err
	}
	return func() {
		os.Chdir(was)
		workdir.Unlock()
	}, nil
}

func awkEscapes(s string) string {
	return strings.NewReplacer(`\t`, "\t", `\n`, "\n", `\\`, `\`, `\"`, `"`, `\/`, "/").Replace(s)
}

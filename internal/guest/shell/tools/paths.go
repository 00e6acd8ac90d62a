package tools

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

func basename(ctx context.Context, c *Call) int {
	multiple, suffix, end := false, "", "\n"
	o := c.options("a,multiple s=suffix z,zero").operandsEnd()
	for o.next() {
		switch o.name {
		case "a":
			multiple = true
		case "s":
			multiple, suffix = true, o.value
		case "z":
			end = "\x00"
		}
	}
	names := o.args
	if len(names) == 0 {
		c.usage(1, "missing operand")
	}
	if !multiple {
		if len(names) > 2 {
			c.usage(1, "extra operand ‘%s’", names[2])
		}
		if len(names) == 2 {
			suffix = names[1]
		}
		names = names[:1]
	}
	for _, n := range names {
		b := n
		if n != "" {
			b = filepath.Base(n)
		}
		if b != suffix {
			b = strings.TrimSuffix(b, suffix)
		}
		c.print(b + end)
	}
	return 0
}

func dirname(ctx context.Context, c *Call) int {
	end := "\n"
	o := c.options("z,zero").operandsEnd()
	for o.next() {
		end = "\x00"
	}
	if len(o.args) == 0 {
		c.usage(1, "missing operand")
	}
	for _, n := range o.args {
		t := strings.TrimRight(n, "/")
		i := strings.LastIndexByte(t, '/')
		switch {
		case t == "" && n != "":
			t = "/"
		case i < 0:
			t = "."
		default:
			t = cmpOr(strings.TrimRight(t[:i], "/"), "/")
		}
		c.print(t + end)
	}
	return 0
}

func realpath(ctx context.Context, c *Call) int {
	mustExist, anything, quiet, relative := c.Name == "readlink", false, false, ""
	follow := c.Name == "realpath"
	end := "\n"
	o := c.options("e,canonicalize-existing m,canonicalize-missing q,quiet s,no-symlinks ,strip L P z,zero =relative-to =relative-base f,canonicalize n,no-newline v,verbose")
	for o.next() {
		switch o.name {
		case "e":
			mustExist, follow = true, true
		case "m":
			mustExist, anything, follow = false, true, true
		case "f":
			mustExist, follow = false, true
		case "q":
			quiet = true
		case "z":
			end = "\x00"
		case "n":
			end = ""
		case "relative-to":
			relative = clean(c.path(o.value))
		}
	}
	if len(o.args) == 0 {
		c.usage(1, "missing operand")
	}
	status := 0
	for _, n := range o.args {
		path := clean(c.path(n))
		_, err := os.Stat(path)
		if err != nil && !mustExist {
			_, err = os.Stat(filepath.Dir(path))
		}
		if n == "" || err != nil && !anything || !follow { // without -f, readlink wants a link, and there are none
			if !quiet && follow {
				if n == "" || err == nil {
					c.warn("'%s': No such file or directory", n)
				} else {
					c.warn("%s: %s", n, reason(err))
				}
			}
			status = 1
			continue
		}
		if relative != "" {
			path, _ = filepath.Rel(relative, path)
		}
		c.print(path + end)
	}
	return status
}

func pwd(ctx context.Context, c *Call) int {
	c.options("L P").end()
	c.print(c.Dir + "\n")
	return 0
}

func which(ctx context.Context, c *Call) int {
	silent := false
	o := c.options("a s")
	for o.next() {
		silent = silent || o.name == "s"
	}
	status := 0
	for _, n := range o.args {
		p := c.Shell.Which(n)
		if p == "" {
			status = 1
		} else if !silent {
			c.print(p + "\n")
		}
	}
	return status
}

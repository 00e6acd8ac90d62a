package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/caisson-dev/caisson"
)

// maxSource bounds code. What is longer is data, and goes in with --file.
const maxSource = 32 << 20

// A source is the code that the command line brings.
type source struct {
	code   string
	name   string   // file name in the sandbox; empty for -c and -
	args   []string // what the code sees
	lang   string   // by its name; empty when that does not say
	stdin  bool     // the code came on stdin, so the program has none
	inline bool     // it came with -c
}

// readSource reads the code that the command line names: FILE, -c CODE or -.
func readSource(in io.Reader, code *string, args []string) (source, error) {
	switch {
	case code != nil:
		s := source{code: *code, args: args, inline: true}
		return s, s.check("-c")
	case len(args) == 0:
		return source{}, caisson.Errorf(caisson.Invalid, "no code is given: name a FILE, use -c CODE, or - to read it from stdin")
	case args[0] == "-":
		text, err := readCode(in, "stdin")
		s := source{code: text, args: args[1:], stdin: true}
		if err == nil {
			err = s.check("stdin")
		}
		return s, err
	}
	text, err := readFile(args[0])
	name := filepath.Base(args[0])
	s := source{code: text, name: name, args: args[1:], lang: byExtension(name)}
	if err == nil {
		err = s.check(args[0])
	}
	return s, err
}

func readFile(name string) (string, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return "", caisson.Errorf(caisson.NotFound, "read the code: %w", err)
	case info.IsDir():
		return "", caisson.Errorf(caisson.Invalid, "%s is a folder: name the file to run, and bring the folder in with --file", name)
	case info.Size() > maxSource:
		return "", tooLong(name)
	}
	f, err := os.Open(name)
	if err != nil {
		return "", caisson.Errorf(caisson.Invalid, "read the code: %w", err)
	}
	defer f.Close()
	return readCode(f, name)
}

func readCode(r io.Reader, from string) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSource+1))
	if err != nil {
		return "", caisson.Errorf(caisson.Invalid, "read the code: %w", err)
	}
	if len(text) > maxSource {
		return "", tooLong(from)
	}
	return string(bytes.TrimPrefix(text, []byte("\uFEFF"))), nil
}

func tooLong(name string) error {
	return caisson.Errorf(caisson.Invalid, "%s is longer than the %s that code may have: bring data in with --file", name, showBytes(maxSource))
}

// check refuses what is no text.
func (s source) check(from string) error {
	if i := strings.IndexByte(s.code, 0); i >= 0 {
		return caisson.Errorf(caisson.Invalid, "%s is no text: byte %d, in line %d, is NUL", from, i+1, lineOf(s.code, i))
	}
	if utf8.ValidString(s.code) {
		return nil
	}
	for i, r := range s.code {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s.code[i:]); n == 1 {
				return caisson.Errorf(caisson.Invalid, "%s is not UTF-8: byte %d, in line %d, is 0x%02x", from, i+1, lineOf(s.code, i), s.code[i])
			}
		}
	}
	return nil
}

func lineOf(code string, at int) int { return strings.Count(code[:at], "\n") + 1 }

// language settles which runtime the code is for: as asked, by the file's
// name, by its first line, by what it looks like.
func (s source) language(asked string) (string, error) {
	if asked != "" {
		if lang := byName(asked); lang != "" {
			return lang, nil
		}
		return "", caisson.Errorf(caisson.Invalid, "language %q is not known: use %s", asked, strings.Join(everything(), ", "))
	}
	for _, lang := range []string{s.lang, byShebang(s.code), byLook(s.code)} {
		if lang != "" {
			return lang, nil
		}
	}
	if s.inline {
		// A line as short as x = 1 fits several; whoever types it means Python,
		// as with python3 -c.
		return "python", nil
	}
	what := "the code"
	if s.name != "" {
		what = fmt.Sprintf("%q", s.name)
	}
	return "", caisson.Errorf(caisson.Invalid, "nothing says which language %s is in: pass --lang %s", what, strings.Join(catalogue(), ", --lang "))
}

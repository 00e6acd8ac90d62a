package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestScreenKeepsToItself(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"text", "a\tb\r\nc\b\n", "a\tb\r\nc\b\n"},
		{"other scripts", "grüße 漢字 🙂\u00a0", "grüße 漢字 🙂\u00a0"},
		{"colour", "\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m"},
		{"progress", "\x1b[2K\x1b[1G50%", "\x1b[2K\x1b[1G50%"},
		{"clipboard", "a\x1b]52;c;cm0gLXJmIC8=\x07b", "ab"},
		{"clipboard, other end", "a\x1b]52;c;eA==\x1b\\b", "ab"},
		{"title", "a\x1b]0;you\x07b", "ab"},
		{"link", "\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\", "text"},
		{"device string", "a\x1bP$q\"p\x1b\\b", "ab"},
		{"privacy and application strings", "a\x1b^x\x1b\\b\x1b_y\x1b\\c\x1bXz\x1b\\d", "abcd"},
		{"question", "a\x1b[6nb\x1b[cc\x1b[>cd", "abcd"},
		{"modes", "a\x1b[?1049hb\x1b[4hc", "abc"},
		{"window", "a\x1b[3;1;1tb", "ab"},
		{"reset and character sets", "a\x1bcb\x1b(0c\x1b#8d", "abcd"},
		{"media copy", "a\x1b[5ib", "ab"},
		{"bell and other controls", "a\x07\x00\x0e\x7fb", "ab"},
		{"eight-bit controls", "a\u009b31mb\u009d0;x\u009cc\u0090q\u009cd\u0085", "a\x1b[31mbcd"},
		{"escape in a string", "\x1b]0;x\x1b[31mred", "\x1b[31mred"},
		{"escape twice", "\x1b\x1b[31mred", "\x1b[31mred"},
		{"endless sequence", "a\x1b[" + strings.Repeat("1;", 200) + "mb", "ab"},
	} {
		var whole, pieces bytes.Buffer
		if _, err := (&filter{w: &whole}).Write([]byte(c.in)); err != nil {
			t.Fatal(err)
		}
		f := &filter{w: &pieces}
		for i := range len(c.in) {
			if n, err := f.Write([]byte{c.in[i]}); n != 1 || err != nil {
				t.Fatalf("%s: Write = %d, %v", c.name, n, err)
			}
		}
		if whole.String() != c.want || pieces.String() != c.want {
			t.Errorf("%s: %q shows %q, and %q in pieces; want %q", c.name, c.in, whole.String(), pieces.String(), c.want)
		}
	}
}

func TestOnlyATerminalIsFiltered(t *testing.T) {
	var b bytes.Buffer
	if w := screen(&b); w != &b {
		t.Errorf("screen of a buffer = %T, want the buffer itself", w)
	}
}

func FuzzScreen(f *testing.F) {
	f.Add([]byte("a\x1b]52;c;x\x07\x1b[31mb\u009b1m"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var b bytes.Buffer
		if _, err := (&filter{w: &b}).Write(in); err != nil {
			t.Fatal(err)
		}
		out := b.Bytes()
		for i, c := range out {
			if c == 0x1b && (i+1 >= len(out) || out[i+1] != '[') {
				t.Fatalf("%q lets an escape through: %q", in, out)
			}
		}
		for s := out; len(s) > 0; {
			r, n := utf8.DecodeRune(s)
			if n > 1 && r >= 0x80 && r < 0xa0 {
				t.Fatalf("%q lets a control through: %q", in, out)
			}
			s = s[n:]
		}
	})
}

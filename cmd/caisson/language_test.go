package main

import (
	"strings"
	"testing"

	"github.com/caisson-dev/caisson"
)

func TestLanguageIsThatOfNameFirstLineOrLook(t *testing.T) {
	for _, c := range []struct{ name, code, want string }{
		{"a.py", "", "python"},
		{"a.PY", "", "python"},
		{"a.mjs", "", "javascript"},
		{"a.cjs", "", "javascript"},
		{"a.bash", "", "shell"},
		{"tool", "#!/usr/bin/env python3\n", "python"},
		{"tool", "#!/usr/bin/env -S node --flag\n", "javascript"},
		{"tool", "#!/bin/dash\n", "shell"},
		{"tool", "#!/usr/bin/perl\n", "perl"},
		{"tool", "#!/usr/bin/expect\n", ""},
		{"a.cc", "", "cpp"},
		{"a.R", "", "r"},
		{"tool", "#!\n", ""},
		{"", "print(1)", "python"},
		{"", "import csv\nfor row in csv.reader(open('x')):\n    print(row)\n", "python"},
		{"", "while True: pass", "python"},
		{"", "import os; os.remove('x')", "python"},
		{"", "console.log(1)", "javascript"},
		{"", "const a = [1, 2];\nfor (const x of a) { console.log(x); }\n", "javascript"},
		{"", "import fs from 'fs';\nexport default function f() {\n}\n", "javascript"},
		{"", "echo hello", "shell"},
		{"", "for f in *.txt; do\n  wc -l \"$f\"\ndone\n", "shell"},
		{"", "cat data.csv | sort | head", "shell"},
		{"", "x = 1", ""},
		{"", "1 + 1", ""},
		{"", "", ""},
		{"notes.txt", "some words", ""},
	} {
		got, err := source{name: c.name, code: c.code, lang: byExtension(c.name)}.language("")
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("language of %q with %q = %q, %v, want %q", c.name, c.code, got, err, c.want)
		}
		if err != nil && (caisson.CodeOf(err) != caisson.Invalid || !strings.Contains(err.Error(), "--lang")) {
			t.Errorf("language of %q = %v, want what to do", c.code, err)
		}
	}
}

func TestSizesAndTimesAreAboveZero(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 1, "4096B": 4096, "64K": 64 << 10, "64kb": 64 << 10, "256MiB": 256 << 20, "2G": 2 << 30,
		"": 0, "0": 0, "-1": 0, "1T": 0, "K": 0, "1.5M": 0, "9999999999G": 0, "1 M": 0, "0x10": 0,
	} {
		var s size
		err := s.Set(text)
		if int64(s) != want || (err == nil) != (want > 0) {
			t.Errorf("size %q = %d, %v, want %d", text, s, err, want)
		}
	}
	for text, want := range map[string]string{"500ms": "500ms", "2m": "2m0s", "0s": "", "-1s": "", "5": "", "": ""} {
		var s span
		err := s.Set(text)
		if s.String() != want || (err == nil) != (want != "") {
			t.Errorf("time %q = %v, %v, want %q", text, s.String(), err, want)
		}
	}
}

package syntax_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/risk"
	"github.com/caisson-dev/caisson/internal/risk/syntax"
)

var _ risk.Assessor = syntax.Assessor{}

func TestNeedsSayWhatCodeMustHave(t *testing.T) {
	const network, subprocess, native, threads = caisson.NeedNetwork, caisson.NeedSubprocess, caisson.NeedNative, caisson.NeedThreads
	for _, tt := range []struct {
		runtime, code string
		want          []caisson.Need
	}{
		{"python", "import json, re\nprint(json.dumps({'a': 1}))", nil},
		{"python", "import numpy as np", []caisson.Need{native}},
		{"python", "from pandas.io import sql", []caisson.Need{native}},
		{"python", "import requests, subprocess", []caisson.Need{network, subprocess}},
		{"python", "# import requests\n'''import numpy'''", nil},
		{"python", "import os\nos.system('ls')", []caisson.Need{subprocess}},
		{"python", "import os.path\nos.path.join('a', 'b')", nil},
		{"python", "import urllib.request as r\nr.urlopen('https://example.com')", []caisson.Need{network}},
		{"python", "import importlib\nimportlib.import_module('torch')", []caisson.Need{native}},
		{"python", "import threading\nthreading.Thread(target=f).start()", []caisson.Need{threads}},
		{"python@3.14", "import scipy.stats", []caisson.Need{native}},
		{"javascript", "console.log([1, 2].map(x => x * 2))", nil},
		{"javascript", "const cp = require('child_process')", []caisson.Need{subprocess}},
		{"javascript", "import axios from 'axios'; import { Worker } from 'node:worker_threads'", []caisson.Need{network, threads}},
		{"javascript", "await fetch('https://example.com')", []caisson.Need{network}},
		{"javascript", "class A { fetch(url) { return 1 } }", nil},
		{"shell", "ls | grep x | wc -l; f() { echo; }; x=1", nil},
		{"shell", "curl https://example.com", []caisson.Need{network, subprocess}},
		{"shell", "for f in *; do gcc $f; done", []caisson.Need{subprocess}},
	} {
		a, err := syntax.Assessor{}.Assess(t.Context(), tt.runtime, tt.code)
		if err != nil || !slices.Equal(a.Needs, tt.want) {
			t.Errorf("Assess(%s, %q) needs %v, %v, want %v", tt.runtime, tt.code, a.Needs, err, tt.want)
		}
	}
}

func TestOrdinaryCodeHasNoFindings(t *testing.T) {
	for runtime, code := range map[string]string{"python": ordinaryPython, "javascript": ordinaryJavaScript, "shell": ordinaryShell} {
		a, err := syntax.Assessor{}.Assess(t.Context(), runtime, code)
		if err != nil || len(a.Findings) > 0 {
			t.Errorf("Assess(%s) = %+v, %v, want no findings", runtime, a.Findings, err)
		}
	}
}

func TestFindingsComeGravestFirst(t *testing.T) {
	a, err := syntax.Assessor{}.Assess(t.Context(), "shell", "cat /etc/passwd\ncrontab x\nrm -rf /\ncat /etc/shadow")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range a.Findings {
		got = append(got, f.Rule)
	}
	want := []string{"any.mass-deletion", "any.credential-read", "any.persistence", "any.account-list"}
	if !slices.Equal(got, want) {
		t.Errorf("findings = %v, want %v", got, want)
	}
}

func TestCodeNobodyLookedAtIsAnError(t *testing.T) {
	a, err := syntax.Assessor{Unread: []string{"cobol"}}.Assess(t.Context(), "cobol@image", "DISPLAY 'x'")
	if err != nil || len(a.Findings) != 1 || a.Findings[0].Rule != "any.unread-language" {
		t.Errorf("Assess(a language that is known to have no reader) = %+v, %v; want a finding", a, err)
	}
	if a, err := (syntax.Assessor{}).Assess(t.Context(), "cobol", "DISPLAY 'x'"); err == nil {
		t.Errorf("Assess of an unknown runtime = %+v, want an error", a)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if a, err := (syntax.Assessor{}).Assess(ctx, "python", "x = 1"); err == nil {
		t.Errorf("Assess after its end = %+v, want an error", a)
	}
}

// Each would take minutes, gigabytes or the whole stack of a reader without
// bounds.
func TestHostileSizesAreBounded(t *testing.T) {
	fill := func(unit string) string { return strings.Repeat(unit, syntax.Limit/4/len(unit)) }
	whole := func(unit string) string { return strings.Repeat(unit, syntax.Limit/len(unit)) }
	for _, tt := range []struct{ runtime, code string }{
		{"python", whole("(")}, {"python", fill("f(")}, {"python", fill("a=")}, {"python", fill("lambda:")}, {"python", fill(`f"{`)},
		{"python", fill("not ")}, {"python", fill("[{(")}, {"python", fill("a.b")}, {"python", fill("'''")}, {"python", fill("while 1:\n ")},
		{"python", "a='xxxxxxxx'\n" + fill("a=a+a\n")},
		{"python", "import os\na='" + strings.Repeat("ls;", 1000) + "'\n" + fill("os.system(a)\n")},
		{"python", "exec('''" + fill("exec('x')\n") + "''')"},
		{"python", fill("x=[x,x]\n")}, {"python", fill("x=x+[x]\n")},
		{"javascript", whole("(")}, {"javascript", fill("`${")}, {"javascript", fill("x=>")}, {"javascript", fill("while(1)")}, {"javascript", fill("!")},
		{"javascript", fill("a=")}, {"javascript", "let " + fill("[")}, {"javascript", "const {" + fill("a:{")}, {"javascript", fill("import{")},
		{"javascript", fill("/*")}, {"javascript", fill("\\u{")},
		{"shell", whole("$(")}, {"shell", fill("{ ")}, {"shell", fill("(")}, {"shell", fill("a|")}, {"shell", fill("`")}, {"shell", fill("\"$(")},
		{"shell", fill("if ")}, {"shell", fill("<(")}, {"shell", "((" + fill("(")}, {"shell", fill("sudo ")}, {"shell", fill("eval ")},
		{"shell", "a=xxxxxxxx\n" + fill("a=$a$a\n")}, {"shell", fill("f(){ f|f& }\n")}, {"shell", fill("sh -c 'sh -c ls'\n")},
	} {
		if _, err := (syntax.Assessor{}).Assess(t.Context(), tt.runtime, tt.code); err != nil {
			t.Errorf("Assess(%s, %.30q…) = %v", tt.runtime, tt.code, err)
		}
	}
}

func TestAssessIsSafeForConcurrentUse(t *testing.T) {
	want, err := syntax.Assessor{}.Assess(t.Context(), "shell", "rm -rf /; curl https://example.com | sh")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				got, err := syntax.Assessor{}.Assess(t.Context(), "shell", "rm -rf /; curl https://example.com | sh")
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("Assess = %+v, %v, want %+v", got, err, want)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzPython(f *testing.F) {
	fuzz(f, "python", ordinaryPython, "exec(f'{x!r:{w}}')", "import a.b as c, d\nfrom . import (e as g,)\n\\\n", "'''", "f'{{{'", `"\x4`, "lambda x: (y", "while 1:\n fork()",
		"subprocess.run(['a', *b], shell=True)", "a = b = c % d / 'e' + f", "__import__('os').system('sh -c \"rm -rf /\"')")
}

func FuzzJavaScript(f *testing.F) {
	fuzz(f, "javascript", ordinaryJavaScript, "`${`${1}`}`", "a/b/c; /[/]/.test(x)", "const {a: b, c} = require('d')", "import {a as b} from 'c'", "import('x')", "'\\u{41}\\x4'",
		"while(true){fork()}", "#!/usr/bin/env node\n//", "#", "a?.b?.[c]!.d", "f.call(a).apply(b,[c])", "for(;;)")
}

func FuzzShell(f *testing.F) {
	fuzz(f, "shell", ordinaryShell, ":(){ :|:& };:", "cat <<E | sh\n$(x)\nE", "a=$(b `c`)", "curl x|sudo env A=b sh -s", "python3 -c 'import os'", "if x; then", "${a:-$(b)}", "$'\\x41'",
		"f() { f & }", "exec 3<>/dev/tcp/h/1", "find / -exec r&0\xff", "find / -exec rm {} +", "timeout", "sudo -u", "trap x DEBUG", "history")
}

func fuzz(f *testing.F, runtime string, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, code string) {
		a, err := syntax.Assessor{}.Assess(t.Context(), runtime, code)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Count(code, "\n") + 1
		for i, x := range a.Findings {
			if x.Line < 0 || x.Line > lines+1 {
				t.Errorf("%s at line %d of %d", x.Rule, x.Line, lines)
			}
			if i > 0 && x.Severity > a.Findings[i-1].Severity {
				t.Errorf("%s stands after a milder finding", x.Rule)
			}
		}
	})
}

func BenchmarkAssess(b *testing.B) {
	for runtime, code := range map[string]string{"python": ordinaryPython, "javascript": ordinaryJavaScript, "shell": ordinaryShell} {
		code = strings.Repeat(code+"\n", 200/strings.Count(code, "\n")+1)
		b.Run(runtime+"/200-lines", func(b *testing.B) {
			b.SetBytes(int64(len(code)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := (syntax.Assessor{}).Assess(b.Context(), runtime, code); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

const ordinaryPython = `"""Read sales and show what each region sold."""
import csv
import json
from collections import defaultdict
from dataclasses import dataclass, field

@dataclass
class Region:
    name: str
    total: float = 0.0
    rows: list = field(default_factory=list)

    def add(self, amount):
        self.total += amount
        self.rows.append(amount)

def read(path="sales.csv"):
    regions = defaultdict(lambda: Region("?"))
    with open(path, newline="") as f:
        for row in csv.DictReader(f):
            r = regions[row["region"]]
            r.name = row["region"]
            r.add(float(row["amount"] or 0))
    return regions

def show(regions):
    for name, r in sorted(regions.items(), key=lambda kv: -kv[1].total):
        mean = r.total / len(r.rows) if r.rows else 0
        print(f"{name:<12} {r.total:>10.2f} {mean:8.2f} {'*' * int(mean)}")

if __name__ == "__main__":
    try:
        data = read()
    except FileNotFoundError as e:
        print("no data:", e)
        data = {}
    show(data)
    with open("out.json", "w") as f:
        json.dump({k: v.total for k, v in data.items()}, f, indent=2)
`

const ordinaryJavaScript = `// Count words and show the commonest.
const fs = require('fs');
const path = require('path');

class Counter {
  constructor() { this.counts = new Map(); }
  add(word) {
    const w = word.toLowerCase().replace(/[^a-z']/g, '');
    if (w) this.counts.set(w, (this.counts.get(w) || 0) + 1);
    return this;
  }
  top(n = 10) {
    return [...this.counts].sort(([, a], [, b]) => b - a).slice(0, n);
  }
}

async function main(file) {
  const text = fs.readFileSync(path.join(__dirname, file), 'utf8');
  const c = new Counter();
  for (const word of text.split(/\s+/)) {
    c.add(word);
  }
  c.top(5).forEach(([w, n], i) => console.log(` + "`${i + 1}. ${w.padEnd(10)} ${n}`" + `));
  let total = 0, ratio;
  for (let i = 0; i < 10; i++) { total += i / 2; }
  ratio = total > 3 ? total / 3 : null;
  fs.writeFileSync('out.json', JSON.stringify({ total, ratio }));
}

main(process.argv[2] ?? 'text.txt').catch(e => console.error(e));
`

const ordinaryShell = `#!/bin/bash
# Sum the sizes of the reports of each month.
set -euo pipefail
dir=${1:-reports}
out=$(mktemp)
for f in "$dir"/*.csv; do
  [ -f "$f" ] || continue
  month=$(basename "$f" .csv | cut -d- -f2)
  lines=$(wc -l < "$f")
  if [ "$lines" -gt 1 ]; then
    printf '%s %d\n' "$month" "$lines" >> "$out"
  else
    echo "skipped $f" >&2
  fi
done
sort -k1,1 "$out" | awk '{ s[$1] += $2 } END { for (m in s) print m, s[m] }' | sort -n > totals.txt
head -n 5 totals.txt
rm -f "$out"
`

package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/caisson-dev/caisson/internal/image"
)

// languages are the names by which a runtime can be asked for.
var languages = map[string]string{
	"python": "python", "python3": "python", "py": "python",
	"javascript": "javascript", "js": "javascript", "node": "javascript",
	"shell": "shell", "sh": "shell", "bash": "shell",
}

// byName returns the runtime of a name that people use for it, or "".
func byName(name string) string {
	name = strings.ToLower(name)
	if lang, ok := languages[name]; ok {
		return lang
	}
	for runtime, l := range image.Languages() {
		if name == runtime || slices.Contains(l.Aliases, name) {
			return runtime
		}
	}
	return ""
}

// byExtension returns the runtime that a file's name speaks of, or "".
func byExtension(file string) string {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".py":
		return "python"
	case ".js", ".mjs", ".cjs":
		return "javascript"
	case ".sh", ".bash":
		return "shell"
	}
	for name, l := range image.Languages() {
		if l.Owns(file) {
			return name
		}
	}
	return ""
}

// byShebang returns the runtime that the first line names, or "".
func byShebang(code string) string {
	line, _, _ := strings.Cut(code, "\n")
	line, ok := strings.CutPrefix(line, "#!")
	if !ok {
		return ""
	}
	words := strings.Fields(line)
	for len(words) > 1 && (filepath.Base(words[0]) == "env" || strings.HasPrefix(words[0], "-") || strings.Contains(words[0], "=")) {
		words = words[1:]
	}
	if len(words) == 0 {
		return ""
	}
	name := filepath.Base(words[0])
	if lang := byName(name); lang != "" {
		return lang
	}
	switch {
	case strings.HasPrefix(name, "python"):
		return "python"
	case name == "nodejs" || name == "qjs" || name == "deno" || name == "bun":
		return "javascript"
	case name == "dash" || name == "ash" || name == "ksh" || name == "zsh":
		return "shell"
	}
	return ""
}

// looks are lines that hardly occur in another of the languages. They are
// patterns and not compiled, so that a start pays for none that it does not use.
var looks = []struct{ lang, line string }{
	{"python", `^\s*(def\s+\w+\(.*\).*:|class\s+\w+(\(.*\))?:|(if|elif|while|for|with|try|else|except)\b.*:)\s*(#.*)?$`},
	{"python", `^\s*(import\s+\w+(\.\w+)*(\s+as\s+\w+)?(\s*,\s*\w+)*|from\s+[\w.]+\s+import\s.+)\s*(;.*|#.*)?$`},
	{"python", `^\s*(async\s+def\s|@\w+|print\(.*\)\s*(;.*|#.*)?$|raise\s+\w+|pass\s*$|\w+\s*=\s*(None|True|False)\b)`},
	{"python", `\b(lambda(\s+\w+)?\s*:|for\s+\w+(,\s*\w+)*\s+in\s+\w+.*[\])}]|if\s.+\selse\s|f"[^"]*\{)`},
	{"python", `\b(True|False|None|elif|self)\b|^\s*(while|if|for|with)\s[^{};]*:\s*\w|\bopen\(['"]|\b(len|range|str|int|sorted)\(|^\s*import\s+\w+\s*;|^\s*print\(`},
	{"javascript", `^\s*(const|let|var)\s+[\w{\[].*=`},
	{"javascript", `^\s*(async\s+)?function\b.*\{`},
	{"javascript", `\bconsole\.(log|error|warn|info)\(|=>|===|!==|\brequire\(['"]`},
	{"javascript", `^\s*import\s+([\w*{].*\sfrom\s+)?['"]|^\s*export\s+(default|const|let|function|class|async|\{)|^\s*//|\bawait\s+\w+\(.*;\s*$|\}\s*;?\s*$`},
	{"shell", `^\s*(echo|export|cd|ls|cat|grep|sed|awk|mkdir|rm|cp|mv|touch|printf|set|test|seq|head|tail|sort|wc|find|pwd|true|false|read)(\s+[^=(\s].*)?$`},
	{"shell", `^\s*(if\s+(\[|test\b).*|.*;\s*then\b.*|fi|done|esac|for\s+\w+\s+in\s.*;\s*do.*|while\s.*;\s*do.*|\w+\(\)\s*\{.*)\s*$`},
	{"shell", `\$\(|\$\{?[A-Za-z_0-9@#?]+|^\s*[A-Z_]+=\S*\s*$|\s\|\s*(grep|sed|awk|sort|wc|head|tail|cat|tr|cut|xargs|jq|uniq)\b`},
}

// lookLines is how many lines are looked at.
const lookLines = 200

// byLook returns the runtime that the code looks as if it were for, or "" when
// it could be for several.
func byLook(code string) string {
	scores := map[string]int{}
	lines := strings.SplitN(code, "\n", lookLines+1)
	lines = lines[:min(len(lines), lookLines)]
	for _, look := range looks {
		re := regexp.MustCompile(look.line)
		for _, line := range lines {
			if line = cutLine(line); re.MatchString(line) {
				scores[look.lang]++
			}
		}
	}
	best, second := "", 0
	for lang, n := range scores {
		switch {
		case best == "" || n > scores[best]:
			best, second = lang, scores[best]
		case n > second:
			second = n
		}
	}
	// Twice the runner-up, or it is no more than a guess.
	if best == "" || scores[best] < 2*second || scores[best] == second {
		return ""
	}
	return best
}

// cutLine bounds what a pattern has to look at.
func cutLine(line string) string { return line[:min(len(line), 500)] }

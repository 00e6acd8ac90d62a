package syntax

import (
	"path"
	"strings"
)

// interpreters are the programs whose code we can read.
var interpreters = map[string]language{
	"sh": shell, "bash": shell, "dash": shell, "zsh": shell, "ash": shell, "ksh": shell,
	"python": python, "python2": python, "python3": python,
	"node": javascript, "nodejs": javascript,
}

// wrappers run the command that follows them.
var wrappers = set("sudo", "doas", "env", "nohup", "nice", "time", "exec", "command", "builtin", "xargs", "timeout", "stdbuf",
	"setsid", "busybox", "ionice", "watch", "unbuffer", "eatmydata", "chronic", "ltrace", "strace")

// wrapperFlags take a value of their own.
var wrapperFlags = set("-u", "-g", "-n", "-I", "-P", "-L", "-c", "-s", "-k", "--user")

// unwrap returns the program that a command line comes down to, by its base
// name, and its arguments.
func unwrap(argv []value) (string, []value) {
	for range 5 {
		if len(argv) == 0 {
			return "", nil
		}
		name := path.Base(argv[0].text)
		if !wrappers[name] || len(argv) == 1 {
			return name, argv[1:]
		}
		i := 1
		for i < len(argv) && (strings.HasPrefix(argv[i].text, "-") || strings.Contains(argv[i].text, "=") ||
			name == "timeout" && i == 1) {
			if wrapperFlags[argv[i].text] && name != "exec" && name != "time" {
				i++
			}
			i++
		}
		if i >= len(argv) {
			return name, argv[1:]
		}
		argv = argv[i:]
	}
	return path.Base(argv[0].text), argv[1:]
}

// command records a program that is started, with the files it touches and the
// code it is given, and says what it writes to its output.
func (p *program) command(argv []value, line int, stdin flow, depth int) flow {
	name, args := unwrap(argv)
	if name == "" || name == unknown {
		return stdin
	}
	p.addCall(call{name: name, args: args, line: line, command: true, stdin: stdin})
	p.commandFiles(name, args, line)
	if lang, ok := interpreters[name]; ok {
		flag := map[language]string{python: "c", javascript: "e", shell: "c"}[lang]
		for i, a := range args[:max(len(args)-1, 0)] {
			t := a.text
			if strings.HasPrefix(t, "-") && !strings.HasPrefix(t, "--") && strings.HasSuffix(t, flag) {
				if args[i+1].text != unknown {
					p.readNested(lang, args[i+1].text, line, depth)
				}
				break
			}
			if !strings.HasPrefix(t, "-") {
				break
			}
		}
	}
	switch name {
	case "eval":
		p.readNested(shell, texted(args), line, depth)
	case "trap":
		if len(args) > 1 {
			p.readNested(shell, args[0].text, line, depth)
		}
	case "watch", "su", "ssh", "docker", "podman", "kubectl":
		for i, a := range args {
			if a.text == "-c" && i+1 < len(args) {
				p.readNested(shell, args[i+1].text, line, depth)
			}
		}
	}
	return output(name, args, stdin)
}

func texted(args []value) string {
	ts := make([]string, len(args))
	for i, a := range args {
		ts[i] = a.text
	}
	return strings.Join(ts, " ")
}

// output says where the bytes that a program writes come from.
func output(name string, args []value, stdin flow) flow {
	out := stdin | flows(args)
	switch name {
	case "curl", "wget", "nc", "ncat", "netcat", "socat", "lwp-download", "fetch", "aria2c", "dig", "ftp", "scp":
		return fromNet
	case "base64", "base32", "openssl", "gpg", "xxd", "uudecode", "b64decode", "basenc":
		if name == "uudecode" || name == "b64decode" || has(args, "-d", "-D", "--decode", "-r", "-dc", "-di", "--decrypt") ||
			hasPrefix(args, "-d") {
			return out | fromDecode
		}
	case "zcat", "gunzip", "bzcat", "xzcat", "rev":
		return out | fromDecode
	case "env", "printenv", "set", "export":
		if len(args) == 0 || name == "export" && has(args, "-p") {
			return out | fromEnv
		}
	case "cat", "head", "tail", "cp", "tar", "dd", "strings", "grep", "less":
		for _, a := range args {
			if secretPath(strings.TrimPrefix(a.text, "if=")) != 0 {
				return out | fromFile
			}
		}
	case "cd", "rm", "mkdir", "touch", "chmod", "chown", "sleep", "test", "[":
		return 0
	}
	return out
}

// has reports whether one of the words is among the arguments.
func has(args []value, words ...string) bool {
	for _, a := range args {
		for _, s := range words {
			if a.text == s {
				return true
			}
		}
	}
	return false
}

func hasPrefix(args []value, prefix string) bool {
	for _, a := range args {
		if strings.HasPrefix(a.text, prefix) {
			return true
		}
	}
	return false
}

// flagged reports whether one of the letters is among the short flags.
func flagged(args []value, letters string) bool {
	for _, a := range args {
		if len(a.text) > 1 && a.text[0] == '-' && a.text[1] != '-' && strings.ContainsAny(a.text[1:], letters) {
			return true
		}
	}
	return false
}

// plain returns the arguments that are not flags.
func plain(args []value) []value {
	var vs []value
	for _, a := range args {
		if !strings.HasPrefix(a.text, "-") {
			vs = append(vs, a)
		}
	}
	return vs
}

// commandFiles records the files that a program writes and removes.
func (p *program) commandFiles(name string, args []value, line int) {
	write := func(path string) { p.writes = append(p.writes, touch{path: path, line: line}) }
	remove := func(path string, tree bool) {
		p.removes = append(p.removes, touch{path: path, line: line, tree: tree})
	}
	files := plain(args)
	switch name {
	case "tee", "truncate":
		for _, f := range files {
			write(f.text)
		}
	case "cp", "mv", "install", "ln":
		if len(files) > 1 {
			write(files[len(files)-1].text)
		}
	case "dd":
		for _, a := range args {
			if f, ok := strings.CutPrefix(a.text, "of="); ok {
				write(f)
			}
		}
	case "sed", "perl":
		if flagged(args, "i") || has(args, "--in-place") {
			for _, f := range files {
				write(f.text)
			}
		}
	case "rm", "shred", "unlink", "srm", "wipe":
		tree := name == "rm" && (flagged(args, "rR") || has(args, "--recursive"))
		for _, f := range files {
			remove(f.text, tree)
		}
	case "find":
		if len(files) > 0 && (has(args, "-delete") || has(args, "-exec") && has(args, "rm")) {
			// Only a search that names nothing removes all it meets.
			if !has(args, "-name", "-iname", "-type", "-mtime", "-size", "-empty", "-user", "-path", "-regex") {
				remove(files[0].text, true)
			}
		}
	}
}

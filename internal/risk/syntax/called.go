package syntax

import (
	"slices"
	"strings"
)

// called records a call and says what is known of its result.
func (r *reader) called(f value, args []value, line int) value {
	p := r.p
	name, args := plainName(f.ref, args)
	at := p.at(line)
	p.addCall(call{name: name, args: args, line: at, endless: len(r.loops) > 0 || r.forced > 0})

	v := value{text: unknown, ref: name + "()", flow: f.flow | flows(args)}
	if len(v.ref) > 200 {
		v.ref = "?()"
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	switch {
	case name == "getattr" && len(args) > 1 && args[1].known && args[0].ref != "":
		return value{text: unknown, ref: args[0].ref + "." + args[1].text}
	case imports[name] && len(args) > 0 && args[0].known:
		m := strings.TrimPrefix(args[0].text, "node:")
		r.module(m, line)
		return value{text: unknown, ref: m}
	case name == "os.getenv" || strings.HasPrefix(name, "os.environ."):
		v.flow &^= fromEnv // one variable
		if last == "copy" || last == "items" || last == "values" {
			v.flow |= fromEnv
		}
		return v
	case homes[name]:
		v.text = "~"
		return v
	case paths[name] && len(args) > 0:
		v.text, v.known = args[0].text, args[0].known
		for _, a := range args[1:] {
			v.text = p.join(v.text, "/", a.text)
			v.known = v.known && a.known
		}
		p.addJoined(v.text, line)
		return v
	case last == "joinpath" && len(args) > 0:
		v.text = p.join(f.text, "/", args[0].text)
		return v
	case last == "format" && f.text != "":
		v.text, v.built = strings.NewReplacer("{}", unknown, "{0}", unknown).Replace(f.text), true
		return v
	case texts[last] && f.text != "":
		v.text, v.known = f.text, f.known
		if last == "split" {
			for w := range strings.FieldsSeq(clip(f.text)) {
				v.items = append(v.items, value{text: w, known: true})
			}
		}
	case last == "join" && len(args) == 1:
		v.text, v.built = r.joined(f, args[0])
	case decodes(name, last, args):
		v.flow |= fromDecode
	case hiding[last]:
		v.flow |= fromImage
	}
	if fetches[name] || fetches[last] && strings.Contains(name, "socket") {
		v.flow |= fromNet
	}
	if name == "open" || last == "read_text" || last == "read_bytes" || strings.HasPrefix(name, "fs.readFile") {
		path := f.text
		if len(args) > 0 && last != "read_text" && last != "read_bytes" {
			path = args[0].text
		}
		if secretPath(path) != 0 {
			v.flow |= fromFile
		}
	}
	r.effects(name, last, f, args, at)
	return v
}

// plainName takes the disguises off a call: builtins.exec, f.call(this, …).
func plainName(name string, args []value) (string, []value) {
	for _, prefix := range []string{"builtins.", "__builtins__.", "globalThis.", "window.", "global.", "process.mainModule."} {
		name = strings.TrimPrefix(name, prefix)
	}
	switch {
	case strings.HasSuffix(name, ".call"), strings.HasSuffix(name, ".bind"):
		if strings.HasPrefix(name, "subprocess.") {
			break
		}
		return name[:len(name)-5], args[min(1, len(args)):]
	case strings.HasSuffix(name, ".apply"):
		if len(args) > 1 {
			args = args[1].items
		}
		return name[:len(name)-6], args
	}
	return strings.TrimSuffix(name, ".promises"), args
}

func (r *reader) joined(sep, list value) (string, bool) {
	if len(list.items) == 0 || !sep.known {
		return unknown, false
	}
	s := list.items[0].text
	for _, it := range list.items[1:] {
		s = r.p.join(s, sep.text, it.text)
	}
	return s, true
}

func decodes(name, last string, args []value) bool {
	if decoders[name] {
		return true
	}
	if name == "Buffer.from" && len(args) > 1 {
		return args[1].text == "base64" || args[1].text == "hex" || !args[1].known
	}
	if last == "decode" && len(args) > 0 {
		return slices.Contains([]string{"hex", "base64", "rot13", "rot_13", "zlib", "cp1026"}, args[0].text)
	}
	return last == "decrypt" || last == "fromCharCode" || last == "fromhex" || last == "decompress"
}

// effects follows what a call does outside the language: commands, code,
// files.
func (r *reader) effects(name, last string, f value, args []value, at int) {
	p := r.p
	var arg value
	if len(args) > 0 {
		arg = args[0]
	}
	switch {
	case evaluators[name]:
		if arg.known {
			p.readNested(r.lang, arg.text, at, r.depth)
		}
	case commandCalls[name]:
		switch {
		case len(arg.items) > 0:
			if keyword(args, "shell").ref == "True" {
				p.readNested(shell, arg.items[0].text, at, r.depth)
				return
			}
			p.command(arg.items, at, 0, r.depth)
		case programCalls[name] && arg.text != unknown: // a program, then its arguments
			argv := []value{arg}
			if len(args) > 1 && len(args[1].items) > 0 {
				argv = append(argv, args[1].items...)
			} else if r.lang == python {
				argv = append(argv, args[min(len(args), 1):]...)
			}
			p.command(argv, at, 0, r.depth)
		case arg.text != unknown && arg.text != "":
			p.readNested(shell, arg.text, at, r.depth)
		}
	case name == "open" || name == "io.open" || name == "codecs.open":
		mode := keyword(args, "mode")
		if len(args) > 1 && args[1].key == "" {
			mode = args[1]
		}
		if strings.ContainsAny(mode.text, "wax+") && mode.known {
			p.writes = append(p.writes, touch{path: arg.text, line: at})
		}
	case last == "write_text" || last == "write_bytes":
		p.writes = append(p.writes, touch{path: f.text, line: at})
	case writerNames[name] && writers[name] < len(args):
		p.writes = append(p.writes, touch{path: args[writers[name]].text, line: at})
	case treeRemovers[name]:
		p.removes = append(p.removes, touch{path: arg.text, line: at, tree: true})
	case removers[name]:
		p.removes = append(p.removes, touch{path: arg.text, line: at})
	case last == "unlink" && f.text != unknown && f.text != "":
		p.removes = append(p.removes, touch{path: f.text, line: at})
	}
}

func keyword(args []value, key string) value {
	for _, a := range args {
		if a.key == key {
			return a
		}
	}
	return value{}
}

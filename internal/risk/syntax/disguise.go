package syntax

import "strings"

// What hides, or cannot be judged by reading: code from elsewhere, code in disguise.

func (p *program) downloadRun() (int, bool) {
	return either(
		func() (int, bool) { return p.runs(fromNet) },
		func() (int, bool) { return p.started([]string{"run-downloaded"}, nil) },
		func() (int, bool) { // downloaded, written, made executable or started
			if _, ok := p.findIn(fetches, nil); !ok || p.runtime == "shell" {
				return 0, false
			}
			if len(p.writes) == 0 {
				return 0, false
			}
			return either(
				func() (int, bool) {
					return p.find([]string{"os.chmod", "fs.chmodSync", "fs.chmod", "os.startfile"}, func(c *call) bool {
						return c.name == "os.startfile" || len(c.args) > 1 && strings.ContainsAny(c.args[1].text+c.args[1].ref, "7X")
					})
				},
				func() (int, bool) {
					return p.each(func(c *call) bool { return c.command && c.name == "chmod" && hasPrefix(c.args, "+x") })
				},
			)
		},
	)
}

// runs finds where something of the given origin is run as code.
func (p *program) runs(f flow) (int, bool) {
	return p.each(func(c *call) bool {
		if !c.command {
			// What the caller compiles for itself is not run from elsewhere.
			return (evaluators[c.name] || commandCalls[c.name]) && len(c.args) > 0 && c.args[0].flow&f != 0
		}
		_, interprets := interpreters[c.name]
		if !interprets && c.name != "perl" && c.name != "ruby" && c.name != "php" {
			return (c.name == "eval" || c.name == "source" || c.name == ".") && flows(c.args)&f != 0
		}
		if c.stdin&f != 0 && (len(plain(c.args)) == 0 || has(c.args, "-s", "-")) {
			return true
		}
		return flows(c.args)&f != 0 && (len(c.args) == 1 || flagged(c.args, "ce"))
	})
}

func (p *program) decodedRun() (int, bool) {
	return either(
		func() (int, bool) { return p.runs(fromDecode) },
		func() (int, bool) { return p.runs(fromImage) },
	)
}

var rawMemory = set("ctypes.memmove", "ctypes.memset", "ctypes.string_at", "ctypes.CFUNCTYPE", "ctypes.PYFUNCTYPE", "ctypes.pythonapi.PyRun_SimpleString",
	"ctypes.CDLL().mprotect", "ctypes.CDLL().ptrace", "ctypes.CDLL().syscall", "ctypes.windll.kernel32.VirtualAlloc", "ctypes.CDLL().system",
	"ctypes.CDLL().mmap", "ctypes.CDLL().execve", "ctypes.windll.kernel32.RtlMoveMemory", "ctypes.windll.kernel32.CreateThread")

func (p *program) nativeMemory() (int, bool) {
	return either(
		func() (int, bool) { return p.findIn(rawMemory, nil) },
		func() (int, bool) {
			return p.find([]string{"ctypes.CDLL", "ctypes.cdll.LoadLibrary", "ctypes.PyDLL", "ffi-napi.Library", "process.dlopen", "process.binding"}, func(c *call) bool {
				return c.name == "process.binding" || c.name == "process.dlopen" || len(c.args) == 0 || c.args[0].ref == "None" ||
					strings.Contains(c.args[0].text, "libc") || !c.args[0].known
			})
		},
		func() (int, bool) {
			return p.find([]string{"mmap.mmap"}, func(c *call) bool { return strings.Contains(keyword(c.args, "prot").ref, "EXEC") })
		},
		func() (int, bool) {
			return p.started([]string{"gdb"}, func(c *call) bool { return flagged(c.args, "p") })
		},
	)
}

func (p *program) obfuscated() (int, bool) {
	if p.disguised > 0 {
		return p.disguised, true
	}
	if p.mangled >= 5 || p.escapes >= 12 || p.blobs >= 5 {
		return 0, true
	}
	return p.each(func(c *call) bool {
		return c.name == "__pyarmor__" || strings.HasSuffix(c.name, ".__pyarmor__") || c.name == "pyarmor_runtime" ||
			strings.HasPrefix(c.name, "getattr") && len(c.args) > 1 && c.args[1].flow&fromDecode != 0 ||
			imports[c.name] && len(c.args) > 0 && c.args[0].flow&fromDecode != 0
	})
}

func (p *program) hiddenProcess() (int, bool) {
	return either(
		func() (int, bool) {
			return p.find([]string{"subprocess.Popen", "subprocess.run", "subprocess.call"}, func(c *call) bool {
				n := 0
				for _, key := range []string{"stdin", "stdout", "stderr"} {
					if strings.HasSuffix(keyword(c.args, key).ref, "DEVNULL") {
						n++
					}
				}
				return n == 3 || n == 2 && keyword(c.args, "start_new_session").ref == "True"
			})
		},
		func() (int, bool) {
			return p.find([]string{"child_process.spawn().unref", "child_process.fork().unref", "child_process.spawnSync().unref", "child_process.exec().unref"}, nil)
		},
	)
}

func (p *program) unsafeLoad() (int, bool) {
	return p.find([]string{"pickle.loads", "pickle.load", "cPickle.loads", "marshal.loads", "dill.loads", "yaml.unsafe_load", "jsonpickle.decode"}, func(c *call) bool {
		return flows(c.args)&fromNet != 0
	})
}

func (p *program) builtCommand() (int, bool) {
	return p.findIn(commandCalls, func(c *call) bool {
		return len(c.args) > 0 && c.args[0].built && !programCalls[c.name]
	})
}

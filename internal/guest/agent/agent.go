// Package agent gives the programs that run executions inside containers,
// gVisor and microVMs: one for each language, written in it, for the
// interpreter of an image. Where WebAssembly guests and agents can share a
// kernel they do, so that one behaviour is promised and written once.
//
// A host puts an agent's files into a folder that the sandbox can read, and
// starts it as the leader of a process group of its own, with
//
//	0        /dev/null
//	1, 2     pipes, which stay the agent's for life
//	3        one end of a stream socket, on which frames go both ways
//
// and reads its frames with package guest. For each execution it sends one
// [guest.Request]. All that the code has written to 1 and 2 is in the pipes
// when [guest.FrameDone] is sent. Where the request names a FIFO, that is
// descriptor 0 for as long as the execution lasts; the host opens it for
// writing, and closes it at the end of the input.
//
// To interrupt, the host sends SIGINT to the process group, as a terminal does
// for Ctrl-C, and closes the FIFO. The execution ends, with exit code 130, and
// the session goes on. A program that is just being started can miss the signal,
// so a host that sees no end sends it again, after half a second and not
// earlier. Between executions SIGINT is ignored. Code can ignore it, too, and a
// host that has waited in vain kills.
//
// An agent ends when the host closes the socket. Guest code can reach the
// socket if it looks for it: nothing that comes from there is to be believed.
package agent

import (
	"embed"
	"io/fs"
	"path"

	"github.com/caisson-dev/caisson/internal/guest"
)

//go:embed all:python shell
var sources embed.FS

// An Agent is one language's agent.
type Agent struct {
	Files map[string][]byte // by slash-separated name below the agent's folder
	Env   []string          // what its environment has at least, each as NAME=value

	command []string // program and arguments before the main file
	main    string
}

// Args returns the command line of an agent whose files are in a folder. Its
// first word is the name of a program, to be looked for in the image.
func (a Agent) Args(folder string) []string {
	return append(append([]string{}, a.command...), path.Join(folder, a.main))
}

// Environment returns what every program in a sandbox has as its environment at
// least, each as NAME=value.
func Environment() []string {
	return []string{
		"HOME=/workspace", "TMPDIR=/tmp", "USER=user", "LOGNAME=user", "LANG=C.UTF-8", "TERM=dumb",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/go/bin",
	}
}

// New returns the agent of a runtime; false when there is none.
func New(runtime string) (Agent, bool) {
	a := Agent{Files: map[string][]byte{}, Env: Environment()}
	switch runtime {
	case "python":
		a.command, a.main = []string{"python3", "-X", "utf8", "-B"}, "main.py"
		a.share("python", "_kernel/", "execute.py", "show.py", "errors.py")
	case "shell":
		a.command, a.main = []string{"bash", "--noprofile", "--norc", "-c", shellLoop, "bash"}, "agent.sh"
	default:
		return Agent{}, false
	}
	a.own(runtime)
	return a, true
}

// shellLoop is the program of a shell session. It is one line: see agent.sh.
const shellLoop = `builtin . "$1" "$1" "${2-}" "${3-}"; ` +
	`while __caisson_next || __caisson_gone; do ` +
	`builtin set -- "${__caisson_args[@]}"; ` +
	`builtin eval "${__caisson_options:+builtin set -$__caisson_options; }$__caisson_code"; ` +
	`{ __caisson_done "$?"; } 2>/dev/null; exec 2>&29; ` +
	`done`

// share adds files of a language's kernel, below a folder.
func (a Agent) share(language, folder string, names ...string) {
	for _, name := range names {
		a.Files[folder+name] = guest.Kernel(language, name)
	}
}

// own adds the files that only the agent has.
func (a Agent) own(runtime string) {
	err := fs.WalkDir(sources, runtime, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := sources.ReadFile(name)
		a.Files[name[len(runtime)+1:]] = text
		return err
	})
	if err != nil {
		panic("agent: internal error: " + err.Error()) // unreachable: the files are in the program
	}
}

package container

import (
	"path"
	"strings"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/guest/agent"
	"github.com/caisson-dev/caisson/internal/image"
)

// agents are the runtimes that have one.
var agents = []string{"javascript", "python", "shell"}

// A base is an image, with what containers start for each runtime that it has
// the programs of.
type base struct {
	tree     image.Tree
	commands map[string]command
}

func newBase(tree image.Tree) *base {
	b := &base{tree: tree, commands: map[string]command{}}
	for _, name := range agents {
		a, ok := agent.New(name)
		if !ok {
			continue
		}
		args := a.Args(path.Join(agentFolder, name))
		if args[0], ok = tree.Program(args[0]); ok {
			b.commands[name] = command{args: args, env: a.Env, data: name == "python", insist: name == "shell"}
		}
	}
	for name, l := range image.Languages() {
		if l, ok := l.In(tree); ok {
			b.commands[name] = command{language: &l}
		}
	}
	return b
}

// base finds the image of a runtime, such as "python" or "python@science", and
// the runtime's name in there.
func (p *parts) base(runtime string) (_ *base, name string, err error) {
	name, of, named := strings.Cut(runtime, "@")
	switch {
	case !named || of == image.HostName:
		return p.host, name, nil
	case p.images == nil:
		return nil, "", caisson.Errorf(caisson.Unsupported, "the container backend has no images, and %q names one", runtime)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if b, ok := p.named[of]; ok {
		return b, name, nil
	}
	tree, err := p.images(of)
	if err != nil {
		return nil, "", err
	}
	b := newBase(tree)
	p.named[of] = b
	return b, name, nil
}

// layAgents writes the agents' files, and returns the folder that has a folder
// for each.
func layAgents(state string) (string, error) {
	files := map[string][]byte{}
	for _, name := range agents {
		a, _ := agent.New(name)
		for file, text := range a.Files {
			files[path.Join(name, file)] = text
		}
	}
	return image.Lay(state, "agents", files)
}

package image

import (
	_ "embed"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/caisson-dev/caisson"
)

//go:embed runtimes.toml
var runtimes []byte

// A Language says how an image runs programs of a language that has no agent:
// each is a process of its own, of a file that is compiled before where the
// language needs it.
type Language struct {
	Name       string   `toml:"-"`          // of the runtime
	Title      string   `toml:"title"`      // for people
	Aliases    []string `toml:"aliases"`    // other names for it
	Extensions []string `toml:"extensions"` // of its files, in lower case
	File       string   `toml:"file"`       // what a source is called that came without a name
	Compile    []string `toml:"compile"`    // command; none when empty
	Run        []string `toml:"run"`        // command, before the program's arguments
	Env        []string `toml:"env"`        // each as NAME=value
	Room       Room     `toml:"room"`
}

// Room is what programs of a language take, at least. Zeros say nothing.
type Room struct {
	MemoryMiB int64 `toml:"memory_mib"`
	DiskMiB   int64 `toml:"disk_mib"`
	Processes int   `toml:"processes"`
	OpenFiles int   `toml:"open_files"`
	Seconds   int   `toml:"seconds"` // of real and of processor time
}

// Limits returns the room as limits.
func (r Room) Limits() caisson.Limits {
	span := time.Duration(r.Seconds) * time.Second
	return caisson.Limits{Wall: span, CPU: span, Memory: r.MemoryMiB << 20, Disk: r.DiskMiB << 20, OpenFiles: r.OpenFiles, Processes: r.Processes}
}

// Languages returns the languages of the table, by name. The caller must not
// change it.
func Languages() map[string]Language { return table() }

var table = sync.OnceValue(func() map[string]Language {
	list := map[string]Language{}
	if err := toml.Unmarshal(runtimes, &list); err != nil {
		panic("image: internal error: runtimes.toml: " + err.Error()) // unreachable: it is in the program
	}
	for name, l := range list {
		l.Name = name
		list[name] = l
	}
	return list
})

// Owns says that a file's name ends as those of the language do.
func (l Language) Owns(name string) bool {
	return slices.Contains(l.Extensions, strings.ToLower(path.Ext(name)))
}

// In returns the language with its commands as they are in an image; false
// when the image does not have them all.
func (l Language) In(t Tree) (Language, bool) {
	for _, command := range []*[]string{&l.Compile, &l.Run} {
		if len(*command) == 0 || strings.HasPrefix((*command)[0], "{") {
			continue
		}
		at := ""
		for name := range strings.SplitSeq((*command)[0], "|") {
			if found, ok := t.Program(name); ok {
				at = found
				break
			}
		}
		if at == "" {
			return l, false
		}
		*command = append([]string{at}, (*command)[1:]...)
	}
	return l, true
}

// Runtimes returns which languages of the table an image has, and for which of
// the others it has an interpreter, by name.
func Runtimes(t Tree) (list []string) {
	for runtime, program := range map[string]string{"python": "python3", "javascript": "node", "shell": "bash"} {
		if _, ok := t.Program(program); ok {
			list = append(list, runtime)
		}
	}
	for name, l := range Languages() {
		if _, ok := l.In(t); ok {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// For returns the language with its commands and environment for a source, and
// a folder for what is made of it.
func (l Language) For(file, folder string) Language {
	fill := strings.NewReplacer("{file}", file, "{folder}", folder, "{program}", folder+"/program")
	for _, words := range []*[]string{&l.Compile, &l.Run, &l.Env} {
		filled := make([]string, len(*words))
		for i, w := range *words {
			filled[i] = fill.Replace(w)
		}
		*words = filled
	}
	return l
}

package guest

import "embed"

//go:embed python/kernel/*.py javascript/kernel/*.js
var kernels embed.FS

// Kernel returns the text of one file of a language's kernel, such as "python"
// and "show.py". Agents of backends with a kernel of their own use the same
// text, so that one behaviour is written once. A name that is not there is an
// error of the program.
func Kernel(language, name string) []byte {
	b, err := kernels.ReadFile(language + "/kernel/" + name)
	if err != nil {
		panic("guest: internal error: no kernel file " + language + "/" + name)
	}
	return b
}

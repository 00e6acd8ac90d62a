package housetest

import "regexp"

const module = "github.com/caisson-dev/caisson"

// Patterns of packages are paths below the module, "." for its root. "*" at
// the end stands for any package below, at any depth.

// layers says what stands on what, bottom up. A package imports those of
// layers below the given one only. The first pattern that matches counts; a
// package in no layer is a fault.
var layers = []struct {
	layer, below int
	packages     []string
}{
	{0, 0, []string{"."}}, // vocabulary
	{5, 5, []string{"internal/reactor/freeze"}},
	{1, 1, []string{ // plumbing
		"internal/sys", "internal/memfs", "internal/wasi", "internal/reactor",
		"internal/guest", "internal/guest/*", "internal/image", "internal/image/*", "internal/housetest",
	}},
	{2, 2, []string{"internal/backend", "internal/event", "internal/identity", "internal/risk", "internal/store"}}, // seams
	{3, 3, []string{ // the path and its parts
		"internal/engine", "internal/policy", "internal/audit", "internal/session",
		"internal/egress", "internal/quota", "internal/pool", "internal/monitor", "internal/report",
		"internal/backend/*", "internal/event/*", "internal/identity/*", "internal/risk/*", "internal/store/*",
	}},
	{4, 3, []string{"internal/httpapi", "internal/mcpapi", "internal/e2bapi", "internal/console"}}, // doors
	{5, 5, []string{"cmd/*", "test/*"}}, // programs
	{1, 1, []string{"client"}},          // edge: so that the SDK stays small
}

// beside lists imports within a layer that are meant.
var beside = []struct {
	from, to, why string
}{
	{"internal/wasi", "internal/memfs", "files that a guest sees are those of memfs"},
	{"internal/reactor", "internal/memfs", "it runs guests on memfs and wasi"},
	{"internal/reactor", "internal/wasi", "it runs guests on memfs and wasi"},
	{"internal/reactor", "internal/sys", "guest memory is mapped"},
	{"internal/guest/shell", "internal/guest/shell/session", "one program in three packages"},
	{"internal/guest/shell/session", "internal/guest/shell/tools", "one program in three packages"},
	{"internal/image/oci", "internal/image", "its bounds are those of every image"},
	{"internal/guest/agent", "internal/guest", "agents share their kernels with the guests"},
	{"internal/httpapi", "internal/engine", "doors call the engine"},
	{"internal/mcpapi", "internal/engine", "doors call the engine"},
	{"internal/e2bapi", "internal/engine", "doors call the engine"},
	{"internal/console", "internal/engine", "doors call the engine"},
	{"cmd/*", "cmd/*", "one program"},
}

// only says who alone may import a thing, and why. The first pattern that
// matches counts. Where nobody is named, nobody may. A module that is not of
// the standard library and not named here is a fault.
var only = []struct {
	thing string
	by    []string
	why   string
}{
	{"os/exec", []string{"internal/backend/*", "cmd/*", "test/*"}, "only backends start processes"},
	{"unsafe", []string{"internal/sys", "internal/guest/shell/*", "internal/guest/shell"}, "only sys, and a guest at its host's door, look at raw memory"},
	{"C", nil, "one static binary: no cgo"},
	{"plugin", nil, "parts are listed, not loaded"},
	{"testing", []string{"internal/event/eventtest", "internal/backend/backendtest", "internal/store/storetest"}, "only suites test"},
	{"golang.org/x/sys/*", []string{"internal/sys"}, "only sys speaks to the kernel"},

	{"github.com/tetratelabs/wazero*", []string{"internal/reactor"}, "only the reactor runs WebAssembly"},
	{"mvdan.cc/sh/*", []string{"internal/guest/shell", "internal/guest/shell/*", "internal/risk/*"}, "only the shell guest and assessors parse shell"},
	{"github.com/itchyny/gojq*", []string{"internal/guest/shell", "internal/guest/shell/*"}, "only the shell guest runs jq"},
	{"github.com/benhoyt/goawk*", []string{"internal/guest/shell", "internal/guest/shell/*"}, "only the shell guest runs awk"},
	{"github.com/dlclark/regexp2*", []string{"internal/guest/shell", "internal/guest/shell/*"}, "it can take for ever: only inside a sandbox"},
	{"github.com/tdewolff/parse/*", []string{"internal/risk/*"}, "only assessors parse JavaScript"},
	{"github.com/pelletier/go-toml/*", []string{"internal/policy", "internal/image", "cmd/*"}, "only policy, languages, recipes and configuration are TOML"},
	{"github.com/google/go-containerregistry/*", []string{"internal/image/oci"}, "only one package reads OCI images"},
	{"github.com/spf13/*", []string{"cmd/*"}, "only the program has a command line"},
	{"github.com/charmbracelet/*", []string{"cmd/*"}, "only the program has a command line"},
	{"golang.org/x/term", []string{"cmd/*"}, "only the program has a terminal"},

	{module + "/internal/backend/backendtest", nil, "suites are for tests"},
	{module + "/internal/backend/fake", []string{"internal/backend/backendtest"}, "fakes are for tests"},
	{module + "/internal/event/eventtest", nil, "suites are for tests"},
	{module + "/internal/event/mem", nil, "fakes are for tests"},
	{module + "/internal/store/storetest", nil, "suites are for tests"},
}

// not says what a package must not import although its layer could.
var not = []struct {
	packages, thing, why string
}{
	{"internal/httpapi", module + "/internal/store*", "doors decide nothing and keep nothing"},
	{"internal/mcpapi", module + "/internal/store*", "doors decide nothing and keep nothing"},
	{"internal/e2bapi", module + "/internal/store*", "doors decide nothing and keep nothing"},
	{"internal/httpapi", module + "/internal/backend*", "doors call the engine"},
	{"internal/mcpapi", module + "/internal/backend*", "doors call the engine"},
	{"internal/e2bapi", module + "/internal/backend*", "doors call the engine"},
	{".", "os*", "the vocabulary does no I/O"},
	{".", "net*", "the vocabulary does no I/O"},
	{".", "log*", "the vocabulary does no I/O"},
	{".", "database/sql*", "the vocabulary does no I/O"},
	{".", "syscall", "the vocabulary does no I/O"},
	{"internal/policy", module + "/*", "policy knows nothing of ours but the vocabulary"},
	{"internal/policy", "os*", "policy does no I/O"},
	{"internal/policy", "net*", "policy does no I/O"},
	{"client", module + "/*", "the SDK stays small"},
}

// badNames are no names for a package: everything comes to live there.
var badNames = []string{
	"util", "utils", "common", "helper", "helpers", "shared", "base", "misc", "pkg",
	"models", "dto", "services", "controllers", "handlers",
}

// changing are package variables that change, "package.name", with the reason.
var changing = map[string]string{
	"internal/guest/shell.guest":         "the program is one sandbox, and this is what is frozen of it",
	"internal/guest/shell/tools.modes":   "the program is one sandbox, and file modes are its state",
	"internal/guest/shell/tools.workdir": "the program is one sandbox, and has one work folder",
	"internal/guest/shell/tools.writers": "buffers of commands that are over, of one sandbox",
}

// keepsContext are the types that may hold a context, with the reason.
var keepsContext = map[string]string{
	"internal/wasi.call":                    "lives for one host call, which has no other way to hand it on",
	"internal/reactor.execution":            "is itself the context of its host calls, for one execution",
	"internal/backend/container.listing":    "lives for one listing of files, which must end with it",
	"internal/image/oci.untilDone":          "is an io.Reader for one layer, which must end with it",
	"internal/guest/shell/session.watched":  "is an io.Reader for one execution, which must end with it",
	"internal/guest/shell/tools.input":      "is an io.Reader for one command, which must end with it",
	"internal/guest/shell/tools.output":     "is an io.Writer for one command, which must end with it",
	"internal/guest/shell/tools.Yielding":   "is an io.Reader for one command, which must end with it",
	"internal/guest/shell/tools.calculator": "lives for one command, whose loops must end with it",
	"internal/guest/shell/tools.differ":     "lives for one command, whose loops must end with it",
}

const (
	maxDoc     = 40   // lines of a package doc
	maxFile    = 1000 // lines of a file written by hand
	maxParams  = 7    // parameters of a function
	maxMethods = 7    // methods of an interface
)

// secrets look like credentials that somebody could use.
var secrets = []struct {
	what string
	re   *regexp.Regexp
}{
	{"an AWS access key", regexp.MustCompile(`\b(AKIA|ASIA)[0-9A-Z]{16}\b`)},
	{"a private key", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)},
	{"a GitHub token", regexp.MustCompile(`\b(gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{50})`)},
	{"a GitLab token", regexp.MustCompile(`\bglpat-[0-9A-Za-z_-]{20}`)},
	{"a Slack token", regexp.MustCompile(`\bxox[abprs]-[0-9A-Za-z-]{20}`)},
	{"a Google API key", regexp.MustCompile(`\bAIza[0-9A-Za-z_-]{35}`)},
	{"a model provider's key", regexp.MustCompile(`\bsk-(ant-|proj-)?[0-9A-Za-z_-]{32}`)},
}

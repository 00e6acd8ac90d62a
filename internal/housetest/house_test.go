package housetest_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/caisson-dev/caisson/internal/housetest"
)

func TestHouseRules(t *testing.T) {
	root := os.DirFS("../..")
	if _, err := root.Open("go.mod"); err != nil {
		t.Fatal(err)
	}
	faults, err := housetest.Check(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		t.Error(f)
	}
}

// module stands before our own packages in an import.
const module = "github.com/caisson-dev/caisson"

func TestCheckFindsWhatBreaksARule(t *testing.T) {
	long := strings.Repeat("// x\n", 41)
	for _, c := range []struct {
		name, file, text string
		want             string // in the one fault; none when empty
	}{
		{"good", "internal/risk/risk.go", "// Package risk looks.\npackage risk\n\nimport \"" + module + "\"\n", ""},
		{"process", "internal/risk/risk.go", "// Package risk looks.\npackage risk\n\nimport \"os/exec\"\n",
			"internal/risk imports os/exec: only backends start processes"},
		{"process in a backend", "internal/backend/wasm/w.go", "// Package wasm runs.\npackage wasm\n\nimport \"os/exec\"\n", ""},
		{"process behind a build tag", "internal/risk/r_windows.go", "//go:build ignore\n\n// Package risk looks.\npackage risk\n\nimport \"os/exec\"\n",
			"only backends start processes"},
		{"test files are free", "internal/risk/risk_test.go", "package risk\n\nimport (\n\t\"os/exec\"\n\t\"example.org/x\"\n)\n", ""},
		{"upwards", "internal/backend/backend.go", "// Package backend is.\npackage backend\n\nimport \"" + module + "/internal/engine\"\n",
			"internal/backend imports internal/engine: imports go down, from layer to layer"},
		{"sideways", "internal/engine/engine.go", "// Package engine is.\npackage engine\n\nimport \"" + module + "/internal/audit\"\n",
			"internal/engine imports internal/audit: imports go down"},
		{"sideways as meant", "internal/wasi/wasi.go", "// Package wasi is.\npackage wasi\n\nimport \"" + module + "/internal/memfs\"\n", ""},
		{"door and engine", "internal/httpapi/h.go", "// Package httpapi is.\npackage httpapi\n\nimport \"" + module + "/internal/engine\"\n", ""},
		{"door and part", "internal/httpapi/h.go", "// Package httpapi is.\npackage httpapi\n\nimport \"" + module + "/internal/audit\"\n",
			"internal/httpapi imports internal/audit: imports go down"},
		{"door and backend", "internal/httpapi/h.go", "// Package httpapi is.\npackage httpapi\n\nimport \"" + module + "/internal/backend\"\n",
			"doors call the engine"},
		{"fake in production", "cmd/caisson/main.go", "// Command caisson is.\npackage main\n\nimport \"" + module + "/internal/backend/fake\"\n",
			"cmd/caisson imports internal/backend/fake: fakes are for tests"},
		{"suite in production", "cmd/caisson/main.go", "// Command caisson is.\npackage main\n\nimport \"" + module + "/internal/event/eventtest\"\n",
			"suites are for tests"},
		{"policy and ours", "internal/policy/p.go", "// Package policy is.\npackage policy\n\nimport \"" + module + "/internal/risk\"\n",
			"policy knows nothing of ours but the vocabulary"},
		{"root and I/O", "caisson.go", "// Package caisson is.\npackage caisson\n\nimport \"net/http\"\n", ". imports net/http: the vocabulary does no I/O"},
		{"root and others", "caisson.go", "// Package caisson is.\npackage caisson\n\nimport \"example.org/x\"\n",
			". imports example.org/x: no rule says who may"},
		{"unsafe", "internal/memfs/m.go", "// Package memfs is.\npackage memfs\n\nimport \"unsafe\"\n", "internal/memfs imports unsafe: only sys"},
		{"kernel", "internal/audit/a.go", "// Package audit is.\npackage audit\n\nimport \"golang.org/x/sys/unix\"\n", "only sys speaks to the kernel"},
		{"cgo", "internal/sys/s.go", "// Package sys is.\npackage sys\n\nimport \"C\"\n", "no cgo"},
		{"no layer", "internal/thing/t.go", "// Package thing is.\npackage thing\n", "internal/thing is in no layer"},
		{"no package doc", "internal/risk/r.go", "package risk\n", "internal/risk has 0 package docs"},
		{"long package doc", "internal/risk/r.go", long + "package risk\n", "a package doc of 41 lines"},
		{"drawer", "internal/risk/util/u.go", "// Package util has things.\npackage util\n", "internal/risk/util is named util"},
		{"init", "internal/risk/r.go", "// Package risk looks.\npackage risk\n\nfunc init() {}\n", "internal/risk/r.go:4: init()"},
		{"method named init", "internal/risk/r.go", "// Package risk looks.\npackage risk\n\ntype t int\n\nfunc (t) init() {}\n", ""},
		{"empty variable", "internal/risk/r.go", "// Package risk looks.\npackage risk\n\nvar n int\n", "variable n has no value"},
		{"lock", "internal/risk/r.go", "// Package risk looks.\npackage risk\n\nimport \"sync\"\n\nvar p = sync.Pool{}\n", "variable p is a sync.Pool"},
		{"pointer to a lock", "internal/risk/r.go", "// Package risk looks.\npackage risk\n\nimport \"sync\"\n\nvar p = &sync.Map{}\n", "variable p is a sync.Map"},
		{"map to fill", "internal/risk/r.go", "// Package risk looks.\npackage risk\n\nvar m = make(map[string]int)\n", "variable m is made to be filled"},
		{"assigned", "internal/risk/r.go", "// Package risk looks.\npackage risk\n\nvar n = 1\n\nfunc f() { n = 2 }\n", "variable n is assigned to"},
		{"counted", "internal/risk/r.go", "// Package risk looks.\npackage risk\n\nvar n = 1\n\nfunc f() { n++ }\n", "variable n is assigned to"},
		{"part assigned", "internal/risk/r.go", "// Package risk looks.\npackage risk\n\nvar n = []int{1}\n\nfunc f() { n[0] = 2 }\n", "variable n is assigned to"},
		{"entry deleted", "internal/risk/r.go", "// Package risk looks.\npackage risk\n\nvar n = map[int]int{}\n\nfunc f() { delete(n, 1) }\n", "variable n is assigned to"},
		{"name of its own", "internal/risk/r.go", "// Package risk looks.\npackage risk\n\nvar n = 1\n\nfunc f() { n := 1; n = 2 }\n", ""},
		{"table", "internal/risk/r.go", "// Package risk looks.\npackage risk\n\nvar n = []string{\"a\"}\n\nvar _ = n\n", ""},
		{"embed", "internal/risk/r.go", "// Package risk looks.\npackage risk\n\nimport _ \"embed\"\n\n//go:embed x\nvar x string\n", ""},
		{"exit", "cmd/caisson/run.go", "// Command caisson is.\npackage main\n\nimport \"os\"\n\nfunc f() { os.Exit(1) }\n", "cmd/caisson/run.go:6: os.Exit stands in main.go alone"},
		{"exit in main", "cmd/caisson/main.go", "// Command caisson is.\npackage main\n\nimport \"os\"\n\nfunc main() { os.Exit(1) }\n", ""},
		{"fatal", "internal/engine/e.go", "// Package engine is.\npackage engine\n\nimport \"log\"\n\nfunc f() { log.Fatalf(\"\") }\n", "log.Fatalf stands in main.go alone"},
		{"nolint", "internal/risk/risk_test.go", "package risk\n\nfunc f() {} //nolint:unused\n", "//nolint names its linters and a reason"},
		{"nolint with reason", "internal/risk/risk_test.go", "package risk\n\nfunc f() {} //nolint:unused // for later\n", ""},
		{"kept context", "internal/engine/e.go", "// Package engine is.\npackage engine\n\nimport \"context\"\n\ntype t struct{ ctx context.Context }\n", "t keeps a context"},
		{"embedded context", "internal/engine/e.go", "// Package engine is.\npackage engine\n\nimport \"context\"\n\ntype t struct{ context.Context }\n", "t keeps a context"},
		{"many parameters", "internal/engine/e.go", "// Package engine is.\npackage engine\n\nfunc f(a, b, c, d, e, f, g, h int) {}\n", "a function of 8 parameters"},
		{"giant interface", "internal/engine/e.go", "// Package engine is.\npackage engine\n\ntype t interface { a(); b(); c(); d(); e(); f(); g(); h() }\n", "an interface of 8 methods"},
		{"long file", "internal/engine/e.go", "// Package engine is.\npackage engine\n" + strings.Repeat("\n", 1000), "has 1002 lines"},
		{"generated file", "internal/engine/e.go", "// Code generated by x. DO NOT EDIT.\n\n// Package engine is.\npackage engine\n" + strings.Repeat("\n", 1000), ""},
		{"not Go", "internal/engine/e.go", "package", "internal/engine/e.go cannot be parsed"},
		{"built", "build/x/e.go", "package util\n\nimport \"C\"\n", ""},
		{"testdata", "internal/x/testdata/e.go", "package util\n\nimport \"C\"\n", ""},
		{"cloud key", "internal/x/testdata/a/key.txt", "id = AKIA" + "ABCDEFGHIJKLMNOP\n", "holds what looks like an AWS access key: AKIAABCD…"},
		{"manual's cloud key", "internal/x/testdata/key.txt", "id = AKIA" + "IOSFODNN7EXAMPLE\n", ""},
		{"private key", "testdata/key", "-----BEGIN RSA " + "PRIVATE KEY-----\n", "a private key"},
		{"token", "testdata/key", "x=ghp_" + strings.Repeat("a1", 18), "a GitHub token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			faults, err := housetest.Check(fstest.MapFS{c.file: {Data: []byte(c.text)}})
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case c.want == "" && len(faults) > 0:
				t.Errorf("faults = %q, want none", faults)
			case c.want != "" && (len(faults) != 1 || !strings.Contains(faults[0], c.want)):
				t.Errorf("faults = %q, want one with %q", faults, c.want)
			}
		})
	}
}

func TestCheckFindsASecondPackageDoc(t *testing.T) {
	text := []byte("// Package risk looks.\npackage risk\n")
	faults, err := housetest.Check(fstest.MapFS{"internal/risk/a.go": {Data: text}, "internal/risk/b.go": {Data: text}})
	if err != nil || len(faults) != 1 || !strings.Contains(faults[0], "2 package docs") {
		t.Errorf("Check = %q, %v, want one fault", faults, err)
	}
}

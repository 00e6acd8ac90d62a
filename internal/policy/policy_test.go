package policy_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/policy"
	"github.com/caisson-dev/caisson/internal/risk/syntax"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the verdicts in testdata")

// Each archive holds code, a policy unless it is the default, and the verdict
// on it: code.py or code.js or code.sh, policy.toml, verdict.
func TestVerdictsOnCode(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata: %v, %d files", err, len(files))
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			ar, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			pol := policy.Default()
			req := caisson.Request{Tenant: caisson.TenantLocal}
			want := -1
			for i, f := range ar.Files {
				switch f.Name {
				case "policy.toml":
					if pol, err = policy.Parse(f.Data); err != nil {
						t.Fatal(err)
					}
				case "verdict":
					want = i
				default:
					req.Runtime = map[string]string{".py": "python", ".js": "javascript", ".sh": "shell"}[filepath.Ext(f.Name)]
					req.Code = string(f.Data)
				}
			}
			a, err := syntax.Assessor{}.Assess(t.Context(), req.Runtime, req.Code)
			if err != nil {
				t.Fatal(err)
			}
			got := format(pol.Decide(req, a, false))
			if *update {
				if want < 0 {
					ar.Files, want = append(ar.Files, txtar.File{Name: "verdict"}), len(ar.Files)
				}
				ar.Files[want].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want < 0 || got != string(ar.Files[want].Data) {
				t.Errorf("verdict:\n%s\nwant as in %s (go test -update rewrites it)", got, name)
			}
		})
	}
}

func format(v caisson.Verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", v.Action)
	if v.Action != caisson.Deny {
		fmt.Fprintf(&b, " %s require=%v egress=%v wall=%v memory=%d processes=%d", v.Posture.Isolation, v.Posture.Require, v.Posture.Egress,
			v.Posture.Limits.Wall, v.Posture.Limits.Memory, v.Posture.Limits.Processes)
	}
	fmt.Fprintf(&b, "\nneeds %v\n", v.Needs)
	for _, f := range v.Findings {
		fmt.Fprintf(&b, "%d %s line=%d %s\n\t%s\n", f.Severity, f.Rule, f.Line, f.Technique, f.Message)
	}
	return b.String()
}

func TestDefaultIsWhatItsDocumentSays(t *testing.T) {
	p := policy.Default()
	got := p.Fill(caisson.Posture{})
	want := caisson.Posture{Isolation: caisson.IsolationShared, Limits: caisson.Limits{
		Wall: 30 * time.Second, CPU: 30 * time.Second, Memory: 256 << 20, Disk: 64 << 20, Inodes: 4096, OpenFiles: 128, Output: 8 << 20, Processes: 64,
	}}
	if got.Isolation != want.Isolation || got.Limits != want.Limits || len(got.Egress) != 0 {
		t.Errorf("Fill(zero) = %+v, want %+v", got, want)
	}
	v := p.Decide(caisson.Request{Runtime: "python"}, caisson.Assessment{}, false)
	most := caisson.Limits{
		Wall: 10 * time.Minute, CPU: 10 * time.Minute, Memory: 2 << 30, Disk: 1 << 30, Inodes: 65536, OpenFiles: 1024, Output: 64 << 20, Processes: 256,
	}
	if v.Action != caisson.Allow || v.Posture.Limits != most || v.Posture.Isolation != caisson.IsolationShared ||
		!slices.Equal(v.Posture.Require, []string{"seccomp"}) || len(v.Posture.Egress) != 0 || len(v.Findings) != 0 {
		t.Errorf("Decide(clean python) = %+v, want allowed under the maximum", v)
	}
	if v.Policy != p.Digest() || len(p.Digest()) != 64 {
		t.Errorf("verdict names policy %q, digest is %q", v.Policy, p.Digest())
	}
}

func TestFillKeepsWhatTheRequestNames(t *testing.T) {
	want := caisson.Posture{Isolation: caisson.IsolationShared, Limits: caisson.Limits{Wall: time.Second, Memory: 7, Processes: 3}, Egress: []string{"a.example"}}
	got := policy.Default().Fill(want)
	if got.Isolation != want.Isolation || got.Limits.Wall != time.Second || got.Limits.Memory != 7 || got.Limits.Processes != 3 || got.Limits.Disk != 64<<20 ||
		!slices.Equal(got.Egress, want.Egress) {
		t.Errorf("Fill(%+v) = %+v, want the named limits kept", want, got)
	}
}

func TestWhatPolicyDoesNotKnowIsDenied(t *testing.T) {
	req := caisson.Request{Runtime: "python"}
	for name, v := range map[string]caisson.Verdict{
		"policy.unassessed":          policy.Default().Decide(req, caisson.Assessment{}, true),
		"policy.runtime-not-allowed": policy.Default().Decide(caisson.Request{Runtime: "cobol"}, caisson.Assessment{}, false),
	} {
		if v.Action != caisson.Deny || !isZero(v.Posture) || len(v.Findings) != 1 || v.Findings[0].Rule != name {
			t.Errorf("%s: verdict = %+v, want a denial with that finding", name, v)
		}
	}
	if v := new(policy.Policy).Decide(req, caisson.Assessment{}, false); v.Action != caisson.Deny {
		t.Errorf("zero policy says %v, want deny", v.Action)
	}
}

func TestTheCallerIsToldWhatTheSandboxWillNotGive(t *testing.T) {
	req := caisson.Request{Runtime: "python", Want: caisson.Posture{
		Limits: caisson.Limits{Memory: 8 << 30, Wall: time.Hour, Processes: 1}, Egress: []string{"example.com"},
	}}
	a := caisson.Assessment{Needs: []caisson.Need{caisson.NeedNetwork, caisson.NeedSubprocess}}
	v := policy.Default().Decide(req, a, false)
	var got []string
	for _, f := range v.Findings {
		got = append(got, f.Rule)
		if f.Severity >= 50 {
			t.Errorf("advice %s has severity %d, want a note", f.Rule, f.Severity)
		}
	}
	want := []string{"any.needs-network", "any.needs-subprocess", "policy.egress-closed", "policy.limit-lowered", "policy.limit-lowered"}
	if v.Action != caisson.Allow || !slices.Equal(got, want) {
		t.Errorf("verdict %v with %v, want allowed with %v", v.Action, got, want)
	}

	open, err := policy.Parse([]byte(strings.Replace(policy.DefaultDocument(), "hosts = []", `hosts = ["example.com"]`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	req = caisson.Request{Runtime: "python", Want: caisson.Posture{Egress: []string{"example.com"}, Limits: caisson.Limits{Processes: 4}}}
	if v := open.Decide(req, a, false); len(v.Findings) != 0 {
		t.Errorf("findings = %+v where all needs are met, want none", v.Findings)
	}
}

func TestReviewAndRaise(t *testing.T) {
	doc := strings.NewReplacer(
		"[review]\nrules = []", "[review]\nseverity = 80\nrules = [\"any.odd\"]",
		"[deny]\n", "[deny]\nseverity = 99\n",
		"[[raise]]\nseverity = 50", "[[raise]]\nseverity = 70\nfloor = \"virtual\"\n[[raise]]\nseverity = 50",
	).Replace(policy.DefaultDocument())
	p, err := policy.Parse([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		f      caisson.Finding
		action caisson.Action
		floor  caisson.Isolation
	}{
		{caisson.Finding{Rule: "any.x", Severity: 49}, caisson.Allow, caisson.IsolationShared},
		{caisson.Finding{Rule: "any.x", Severity: 50}, caisson.Allow, caisson.IsolationMediated},
		{caisson.Finding{Rule: "any.x", Severity: 70}, caisson.Allow, caisson.IsolationVirtual},
		{caisson.Finding{Rule: "any.x", Severity: 80}, caisson.Review, caisson.IsolationVirtual},
		{caisson.Finding{Rule: "any.odd", Severity: 1}, caisson.Review, caisson.IsolationShared},
		{caisson.Finding{Rule: "any.x", Severity: 99}, caisson.Deny, 0},
		{caisson.Finding{Rule: "any.fork-bomb", Severity: 1}, caisson.Deny, 0},
	} {
		v := p.Decide(caisson.Request{Runtime: "shell"}, caisson.Assessment{Findings: []caisson.Finding{tt.f}}, false)
		if v.Action != tt.action || v.Posture.Isolation != tt.floor {
			t.Errorf("Decide(%s, %d) = %v on %v, want %v on %v", tt.f.Rule, tt.f.Severity, v.Action, v.Posture.Isolation, tt.action, tt.floor)
		}
	}
}

func TestVerdictsShareNothingWithThePolicy(t *testing.T) {
	p := policy.Default()
	a := caisson.Assessment{Findings: []caisson.Finding{{Rule: "any.b", Severity: 1}, {Rule: "any.a", Severity: 2}}}
	v := p.Decide(caisson.Request{Runtime: "python"}, a, false)
	v.Posture.Require[0] = "nothing"
	v.Findings[0].Rule = "changed"
	if w := p.Decide(caisson.Request{Runtime: "python"}, a, false); w.Posture.Require[0] != "seccomp" || a.Findings[0].Rule != "any.b" {
		t.Errorf("a verdict changed the policy or the assessment: %+v, %+v", w, a)
	}
}

func TestParseSaysWhatIsWrongAndWhere(t *testing.T) {
	line := func(s string) string {
		for i, l := range strings.Split(policy.DefaultDocument(), "\n") {
			if strings.HasPrefix(l, s) {
				return fmt.Sprintf("line %d: ", i+1)
			}
		}
		t.Fatalf("the default document has no line %q", s)
		return ""
	}
	for _, tt := range []struct{ old, new, line, want string }{
		{"hosts = []", "host = []", "hosts = ", "egress.host: key is not known"},
		{`wall = "30s"`, `wall = "soon"`, `wall = "30s"`, `use one above zero, such as "500ms"`},
		{`wall = "30s"`, `wall = 30`, `wall = "30s"`, "limits.default.wall"},
		{`memory = "256MiB"`, `memory = "256MB"`, `memory = "256MiB"`, "256MiB"},
		{`memory = "256MiB"`, `memory = "0B"`, `memory = "256MiB"`, "above zero"},
		{`memory = "256MiB"`, `memory = "99999999999GiB"`, `memory = "256MiB"`, "above zero"},
		{`memory = "256MiB"`, `memory = "4GiB"`, "[limits.default]", "the maximum is 2GiB"},
		{`inodes = 4096`, `inodes = 0`, "inodes = 4096", "limits.default.inodes: missing or empty: give a number above zero"},
		{`disk = "1GiB"`, ``, "[limits.max]", "limits.max.disk: missing or empty: give a size"},
		{`floor = "shared"`, `floor = "tight"`, `floor = "shared"`, "use shared, mediated or virtual"},
		{`floor = "shared"`, ``, "[isolation]", "isolation.floor: missing or empty"},
		{`require = ["seccomp"]`, `require = ["moat"]`, "require = ", `"moat" is not known: use namespaces, landlock, seccomp, cgroup`},
		{`hosts = []`, `hosts = ["https://a.example"]`, "hosts = ", "use a plain name"},
		{`runtimes = [`, `runtimes = [] # [`, "runtimes", "runtimes: missing or empty"},
		{"severity = 50", "severity = 500", "severity = 50", "use 1 to 100"},
		{"[deny]", "[deny]\nseverity = 0", "[deny]", "use 1 to 100"},
		{`"any.fork-bomb"`, `"fork-bomb"`, "rules = [\n", "use a rule's whole name"},
		{"[egress]", "[egress", "[egress]", ""},
	} {
		doc := strings.Replace(policy.DefaultDocument(), tt.old, tt.new, 1)
		_, err := policy.Parse([]byte(doc))
		if caisson.CodeOf(err) != caisson.Invalid || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "line ") {
			t.Errorf("Parse with %q = %v, want a refusal that names a line and says %q", tt.new, err, tt.want)
			continue
		}
		if tt.new != "[deny]\nseverity = 0" && tt.old != `"any.fork-bomb"` && !strings.Contains(err.Error(), line(tt.line)) {
			t.Errorf("Parse with %q = %v, want it at %s", tt.new, err, line(tt.line))
		}
	}
	if _, err := policy.Parse(make([]byte, 2<<20)); caisson.CodeOf(err) != caisson.Invalid {
		t.Errorf("Parse of 2 MiB = %v, want a refusal", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(policy.DefaultDocument())
	f.Add("runtimes = [\"a\"]\n[limits]\ndefault = {wall = \"1s\"}")
	f.Add("[[raise]]\nfloor = \"virtual\"\na.b.c = 1\n\"\" = 2")
	f.Fuzz(func(t *testing.T, doc string) {
		p, err := policy.Parse([]byte(doc))
		if err != nil {
			if caisson.CodeOf(err) != caisson.Invalid {
				t.Errorf("Parse = %v, want a wrong request", err)
			}
			return
		}
		// Whatever a document says, its defaults stay within its maximum.
		got := p.Fill(caisson.Posture{})
		v := p.Decide(caisson.Request{Runtime: "python"}, caisson.Assessment{}, false)
		if v.Action == caisson.Allow && got.Limits.Tighten(v.Posture.Limits) != got.Limits {
			t.Errorf("defaults %+v exceed the maximum %+v", got.Limits, v.Posture.Limits)
		}
	})
}

// More findings, more needs or an assessment that failed never loosen a verdict.
func FuzzMoreFindingsNeverLoosen(f *testing.F) {
	f.Add([]byte{50, 1, 99, 0}, []byte{70, 2}, uint8(0))
	f.Add([]byte{}, []byte{100, 0}, uint8(7))
	rules := []string{"any.fork-bomb", "any.odd", "any.x", "python.reverse-shell"}
	needs := []caisson.Need{caisson.NeedNetwork, caisson.NeedSubprocess, caisson.NeedNative, caisson.NeedThreads}
	strict, err := policy.Parse([]byte(strings.NewReplacer("[review]\nrules = []", "[review]\nseverity = 60\nrules = [\"any.odd\"]").Replace(policy.DefaultDocument())))
	if err != nil {
		f.Fatal(err)
	}
	findings := func(b []byte) (fs []caisson.Finding) {
		for i := 0; i+1 < len(b); i += 2 {
			fs = append(fs, caisson.Finding{Severity: int(b[i]) % 101, Rule: rules[int(b[i+1])%len(rules)]})
		}
		return fs
	}
	f.Fuzz(func(t *testing.T, first, more []byte, need uint8) {
		for _, p := range []*policy.Policy{policy.Default(), strict} {
			req := caisson.Request{Runtime: "python"}
			a := caisson.Assessment{Findings: findings(first)}
			b := caisson.Assessment{Findings: append(findings(first), findings(more)...), Needs: needs[:int(need)%len(needs)]}
			less, all := p.Decide(req, a, false), p.Decide(req, b, false)
			if looser(all, less) {
				t.Errorf("%+v on %+v is looser than %+v on %+v", all, b, less, a)
			}
			if failed := p.Decide(req, b, true); looser(failed, all) {
				t.Errorf("%+v after a failed assessment is looser than %+v", failed, all)
			}
			if !slices.IsSortedFunc(all.Findings, func(x, y caisson.Finding) int { return y.Severity - x.Severity }) {
				t.Errorf("findings %+v are not gravest first", all.Findings)
			}
		}
	})
}

// looser reports whether v permits anything that w does not.
func looser(v, w caisson.Verdict) bool {
	if v.Action > w.Action {
		return true
	}
	if v.Action == caisson.Deny {
		return !isZero(v.Posture)
	}
	for _, wall := range w.Posture.Require {
		if !slices.Contains(v.Posture.Require, wall) {
			return true
		}
	}
	for _, h := range v.Posture.Egress {
		if !slices.Contains(w.Posture.Egress, h) {
			return true
		}
	}
	return v.Posture.Isolation < w.Posture.Isolation || v.Posture.Limits.Tighten(w.Posture.Limits) != v.Posture.Limits
}

func isZero(p caisson.Posture) bool {
	return p.Isolation == 0 && p.Limits == caisson.Limits{} && len(p.Egress) == 0 && len(p.Require) == 0
}

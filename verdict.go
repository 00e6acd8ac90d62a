package caisson

import "slices"

// An Action is what a [Verdict] says. The zero Action denies.
type Action int

const (
	Deny   Action = iota // refused, with findings that say why
	Review               // held until a person decides
	Allow                // may run under the verdict's posture
)

// String returns "deny", "review" or "allow"; an unknown action reads as deny,
// which is how every caller must treat it.
func (a Action) String() string {
	switch a {
	case Allow:
		return "allow"
	case Review:
		return "review"
	}
	return "deny"
}

// MarshalText writes the action's name.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads an action's name.
func (a *Action) UnmarshalText(b []byte) error {
	i := slices.Index([]string{"deny", "review", "allow"}, string(b))
	if i < 0 {
		return Errorf(Invalid, "action %q is not known: use allow, review or deny", b)
	}
	*a = Action(i)
	return nil
}

// A Verdict answers whether code may run and how tightly. The zero Verdict
// denies. A denial is an answer, not an error.
type Verdict struct {
	Action   Action    `json:"action"`
	Posture  Posture   `json:"posture"`            // what the code may do if it runs
	Findings []Finding `json:"findings,omitempty"` // why, gravest first
	Needs    []Need    `json:"needs,omitempty"`    // what the code looks as if it needs
	Policy   string    `json:"policy"`             // digest of the policy that decided
}

// A Finding is one reason, stated so that the caller can act on it.
type Finding struct {
	Rule      string `json:"rule"`                // "shell.reverse-shell"
	Severity  int    `json:"severity"`            // 0, a note, to 100, certain harm
	Line      int    `json:"line,omitempty"`      // in the submitted code, from 1; 0 when none
	Message   string `json:"message"`             // for the caller; never holds the code
	Technique string `json:"technique,omitempty"` // MITRE ATT&CK or ATLAS id, "T1059.006"; empty when none
}

// A Need is something that code must have to work. It says where the code can
// run, not that it is bad.
type Need string

const (
	NeedNetwork    Need = "network"    // opens connections or asks for names
	NeedSubprocess Need = "subprocess" // starts other programs
	NeedNative     Need = "native"     // packages with compiled parts, "numpy"
	NeedThreads    Need = "threads"    // real parallel threads
)

// An Assessment is what was seen in a piece of code. It never says "safe".
type Assessment struct {
	Findings []Finding
	Needs    []Need
}

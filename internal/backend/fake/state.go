package fake

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/caisson-dev/caisson"
)

// A state is all that a fake sandbox is.
type state struct {
	Vars  map[string]string `json:"vars"`
	Files map[string][]byte `json:"files"` // by absolute name
	Times map[string]int64  `json:"times"` // when they were written last
}

func (s state) clone() state {
	c := state{Vars: map[string]string{}, Files: map[string][]byte{}, Times: map[string]int64{}}
	maps.Copy(c.Vars, s.Vars)
	maps.Copy(c.Files, s.Files) // their bytes are never changed
	maps.Copy(c.Times, s.Times)
	return c
}

func (s state) names() []string { return slices.Sorted(maps.Keys(s.Files)) }

func (s state) usage() (n int64) {
	for _, b := range s.Files {
		n += int64(len(b))
	}
	return n
}

var errQuota = errors.New("quota")

// write makes or replaces a file, within a quota.
func (s state) write(name string, data []byte, l caisson.Limits) error {
	old, had := s.Files[name]
	if !had && len(s.Files) >= l.Inodes || s.usage()-int64(len(old))+int64(len(data)) > l.Disk {
		return errQuota
	}
	s.Files[name] = bytes.Clone(data)
	// Two writes are never at one time.
	s.Times[name] = max(time.Now().UnixNano(), s.Times[name]+1)
	return nil
}

// A saved state is the digest of what follows, and that as JSON.
type saved struct {
	Tenant  caisson.TenantID `json:"tenant"`
	Runtime string           `json:"runtime"`
	State   state            `json:"state"`
}

func (s state) writeTo(w io.Writer, spec caisson.Spec) error {
	b, err := json.Marshal(saved{spec.Tenant, spec.Runtime, s})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(b)
	_, err = w.Write(append(sum[:], b...))
	return err
}

func readState(spec caisson.Spec, r io.Reader) (state, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return state{}, err
	}
	if len(b) < sha256.Size || sha256.Sum256(b[sha256.Size:]) != [sha256.Size]byte(b) {
		return state{}, caisson.Errorf(caisson.Invalid, "no state, or a damaged one")
	}
	var s saved
	if err := json.Unmarshal(b[sha256.Size:], &s); err != nil {
		return state{}, caisson.Errorf(caisson.Invalid, "no state: %w", err)
	}
	if s.Tenant != spec.Tenant || s.Runtime != spec.Runtime {
		return state{}, caisson.Errorf(caisson.NotFound, "the state of another tenant or runtime")
	}
	return s.State, nil
}

package wasm

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"hash"
	"io"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/guest"
)

// A state at rest is: magic, length of the header (u32), header as JSON, parts
// (length as u32, bytes) up to an empty one, and the SHA-256 of all that. The
// header says whose it is and which build made it. The digest tells damage from
// a whole file; it is no signature, and need not be one: a state can do no more
// in its sandbox than the code that made it could.
const sealMagic = "caisson-state\x01"

const maxHeader = 64 << 10

type sealHeader struct {
	Tenant  caisson.TenantID `json:"tenant"`
	Runtime string           `json:"runtime"`
	Bundle  string           `json:"bundle"` // digest
}

// A sealer writes a state at rest.
type sealer struct {
	w   io.Writer
	sum hash.Hash
}

func newSealer(w io.Writer, spec caisson.Spec, b guest.Bundle) (*sealer, error) {
	s := &sealer{w: w, sum: sha256.New()}
	header, err := json.Marshal(sealHeader{spec.Tenant, spec.Runtime, b.SHA256})
	if err != nil {
		return nil, err
	}
	if err := s.put([]byte(sealMagic)); err != nil {
		return nil, err
	}
	_, err = s.Write(header)
	return s, err
}

func (s *sealer) put(b []byte) error {
	s.sum.Write(b)
	_, err := s.w.Write(b)
	return err
}

// Write writes one part.
func (s *sealer) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := s.put(binary.LittleEndian.AppendUint32(nil, uint32(len(p)))); err != nil {
		return 0, err
	}
	return len(p), s.put(p)
}

func (s *sealer) close() error {
	if err := s.put(make([]byte, 4)); err != nil {
		return err
	}
	_, err := s.w.Write(s.sum.Sum(nil))
	return err
}

// An unsealer reads the body of a state at rest. It returns io.EOF only when
// the digest is right.
type unsealer struct {
	r    *bufio.Reader
	sum  hash.Hash
	left uint32 // of the part that is being read
	end  error  // what every further Read returns, once it is known
}

// openSeal reads the header of a state and checks that it is of this tenant,
// runtime and build.
func openSeal(r io.Reader, spec caisson.Spec, b guest.Bundle) (io.Reader, error) {
	u := &unsealer{r: bufio.NewReader(r), sum: sha256.New()}
	magic := make([]byte, len(sealMagic))
	if err := u.take(magic); err != nil || string(magic) != sealMagic {
		return nil, caisson.Errorf(caisson.Invalid, "this is no saved session: it does not begin as one")
	}
	n, err := u.length()
	if err != nil || n > maxHeader {
		return nil, errDamaged()
	}
	text := make([]byte, n)
	if err := u.take(text); err != nil {
		return nil, errDamaged()
	}
	var h sealHeader
	if err := json.Unmarshal(text, &h); err != nil {
		return nil, errDamaged()
	}
	switch {
	case h.Tenant != spec.Tenant:
		// Whose it is would tell one tenant about another.
		return nil, caisson.Errorf(caisson.NotFound, "this saved session belongs to somebody else")
	case h.Runtime != spec.Runtime:
		return nil, caisson.Errorf(caisson.Invalid, "this saved session is one of %s, not of %s", cut(h.Runtime), spec.Runtime)
	case h.Bundle != b.SHA256:
		return nil, caisson.Errorf(caisson.Conflict, "this saved session was made by another build of the %s runtime, and only that can go on with it: start a new session", spec.Runtime)
	}
	return u, nil
}

func errDamaged() error {
	return caisson.Errorf(caisson.Invalid, "this saved session is damaged: it cannot be restored")
}

func (u *unsealer) take(b []byte) error {
	if _, err := io.ReadFull(u.r, b); err != nil {
		return err
	}
	u.sum.Write(b)
	return nil
}

func (u *unsealer) length() (uint32, error) {
	var b [4]byte
	err := u.take(b[:])
	return binary.LittleEndian.Uint32(b[:]), err
}

func (u *unsealer) Read(p []byte) (int, error) {
	if u.end != nil {
		return 0, u.end
	}
	if u.left == 0 {
		n, err := u.length()
		if err != nil {
			return 0, errDamaged()
		}
		if n == 0 {
			u.end = u.check()
			return 0, u.end
		}
		u.left = n
	}
	p = p[:min(len(p), int(u.left))]
	if err := u.take(p); err != nil {
		return 0, errDamaged()
	}
	u.left -= uint32(len(p))
	return len(p), nil
}

// check compares the digest.
func (u *unsealer) check() error {
	want := u.sum.Sum(nil)
	got := make([]byte, len(want))
	if _, err := io.ReadFull(u.r, got); err != nil || string(got) != string(want) {
		return errDamaged()
	}
	if _, err := u.r.ReadByte(); err != io.EOF {
		return errDamaged()
	}
	return io.EOF
}

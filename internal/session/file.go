package session

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/caisson-dev/caisson"
)

// A session in a file is a line of text, magic and the digest of the line that
// follows; a line of JSON, which describes it; and its state, which is guarded
// by its backend.
const (
	magic    = "caisson-session 1 "
	maxLines = 64 << 10
)

// WriteFile writes a session as one file.
func WriteFile(w io.Writer, meta caisson.Session, state io.Reader) error {
	line, err := json.Marshal(meta)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "%s%s\n%s\n", magic, digest(line), line); err != nil {
		return err
	}
	_, err = io.Copy(w, state)
	return err
}

// ReadFile reads what [WriteFile] wrote, up to the state, which follows in the
// returned reader. The file is not trusted: its description says what the
// session would like to be, and policy decides what it can be.
func ReadFile(r io.Reader) (caisson.Session, io.Reader, error) {
	in := bufio.NewReaderSize(r, maxLines)
	first, err := in.ReadSlice('\n')
	sum, ok := strings.CutPrefix(strings.TrimSuffix(string(first), "\n"), magic)
	if err != nil || !ok {
		return caisson.Session{}, nil, caisson.Errorf(caisson.Invalid, "this is no session that \"caisson session snapshot\" wrote")
	}
	line, err := in.ReadSlice('\n')
	if err != nil || digest(line[:len(line)-1]) != sum {
		return caisson.Session{}, nil, caisson.Errorf(caisson.Invalid, "this snapshot is damaged: it cannot be restored")
	}
	var meta caisson.Session
	if err := json.Unmarshal(line, &meta); err != nil {
		return caisson.Session{}, nil, caisson.Errorf(caisson.Invalid, "this snapshot is damaged: %w", err)
	}
	return meta, in, nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

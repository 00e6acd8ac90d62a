package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/caisson-dev/caisson"
)

// maxLine bounds a line, its newline included: what is longer was not written
// by us.
const maxLine = 1 << 20

const (
	prevMark = `,"prev":"`
	hashMark = `","hash":"`
	endMark  = `"}`
	hexLen   = 2 * sha256.Size
	sealLen  = len(prevMark) + hexLen + len(hashMark) + hexLen + len(endMark)
)

// noHash is what the first line of a record follows.
var noHash = strings.Repeat("0", hexLen)

var (
	errForm    = errors.New("is not a line of the record")
	errChanged = errors.New("was changed: its content does not match its hash")
)

// A line is one line of the record. The order of its fields is the order in
// the file.
type line struct {
	Seq       uint64              `json:"seq"`
	Time      time.Time           `json:"time"`
	Writer    string              `json:"writer"`
	Tenant    caisson.TenantID    `json:"tenant"`
	Session   caisson.SessionID   `json:"session"`
	Sandbox   caisson.SandboxID   `json:"sandbox"`
	Execution caisson.ExecutionID `json:"execution"`
	Kind      string              `json:"kind"`
	Data      json.RawMessage     `json:"data"`
	Prev      string              `json:"prev"`
	Hash      string              `json:"hash"`
}

// body is what is known of a line before its place in the record is: all but
// its number and the two digests.
type body struct {
	Time      time.Time           `json:"time"`
	Writer    string              `json:"writer"`
	Tenant    caisson.TenantID    `json:"tenant,omitempty"`
	Session   caisson.SessionID   `json:"session,omitempty"`
	Sandbox   caisson.SandboxID   `json:"sandbox,omitempty"`
	Execution caisson.ExecutionID `json:"execution,omitempty"`
	Kind      string              `json:"kind"`
	Data      any                 `json:"data"`
}

// encodeEvent returns the body of an event's line.
func encodeEvent(writer string, e caisson.Event) ([]byte, error) {
	if e.Data == nil {
		return nil, errors.New("event without data")
	}
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	return encodeBody(body{
		Time: e.Time.UTC(), Writer: writer,
		Tenant: e.Tenant, Session: e.Session, Sandbox: e.Sandbox, Execution: e.Execution,
		Kind: e.Data.Kind(), Data: e.Data,
	})
}

func encodeBody(b body) ([]byte, error) {
	j, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", b.Kind, err)
	}
	j = ascii(j)
	// 32 bytes are more than the number and the newline take.
	if n := len(j) + sealLen + 32; n > maxLine {
		return nil, fmt.Errorf("event %s takes %d bytes: at most %d go on record", b.Kind, n, maxLine)
	}
	return j[1 : len(j)-1], nil
}

// ascii escapes what is not printable ASCII in a JSON text. Events may quote
// guest text: a record that is shown on a terminal must not steer it.
func ascii(j []byte) []byte {
	odd := func(r rune) bool { return r >= 0x7f }
	if bytes.IndexFunc(j, odd) < 0 {
		return j
	}
	out := make([]byte, 0, len(j)+64)
	for len(j) > 0 {
		r, n := utf8.DecodeRune(j)
		switch {
		case !odd(r):
			out = append(out, j[0])
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		j = j[n:]
	}
	return out
}

// appendLine appends a whole line, newline included, and returns its hash.
func appendLine(dst []byte, seq uint64, body []byte, prev string) ([]byte, string) {
	start := len(dst)
	dst = append(dst, `{"seq":`...)
	dst = strconv.AppendUint(dst, seq, 10)
	dst = append(dst, ',')
	dst = append(dst, body...)
	dst = append(dst, prevMark...)
	dst = append(dst, prev...)
	dst = append(dst, '"')
	sum := sha256.Sum256(dst[start:])
	hash := hex.EncodeToString(sum[:])
	dst = append(dst, hashMark[1:]...)
	dst = append(dst, hash...)
	dst = append(dst, endMark...)
	return append(dst, '\n'), hash
}

// split finds the two digests at the end of a line without its newline. It
// believes neither.
func split(b []byte) (prev, hash string, ok bool) {
	if len(b) < sealLen {
		return "", "", false
	}
	seal := string(b[len(b)-sealLen:])
	seal, ok1 := strings.CutPrefix(seal, prevMark)
	seal, ok2 := strings.CutSuffix(seal, endMark)
	prev, hash, ok3 := strings.Cut(seal, hashMark)
	return prev, hash, ok1 && ok2 && ok3 && len(prev) == hexLen && len(hash) == hexLen
}

// decodeLine reads a line without its newline and checks it against its own
// hash. Whether it stands in its place is for the caller to see.
func decodeLine(b []byte) (line, error) {
	prev, hash, ok := split(b)
	if !ok {
		return line{}, errForm
	}
	sum := sha256.Sum256(b[:len(b)-len(hashMark)+1-hexLen-len(endMark)])
	if hex.EncodeToString(sum[:]) != hash {
		return line{}, errChanged
	}
	var l line
	if err := json.Unmarshal(b, &l); err != nil || l.Prev != prev || l.Hash != hash {
		return line{}, errForm
	}
	return l, nil
}

// event returns what the line says, or an error for a kind that this version
// does not know.
func (l line) event() (caisson.Event, error) {
	d, err := caisson.UnmarshalEventData(l.Kind, l.Data)
	if err != nil {
		return caisson.Event{}, err
	}
	return caisson.Event{
		Time: l.Time, Tenant: l.Tenant, Session: l.Session,
		Sandbox: l.Sandbox, Execution: l.Execution, Data: d,
	}, nil
}

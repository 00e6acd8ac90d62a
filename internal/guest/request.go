package guest

import (
	"encoding/json"
	"fmt"

	"github.com/caisson-dev/caisson"
)

// A Request is one execution, as a guest's kernel sees it.
type Request struct {
	Code   string   `json:"code"`
	Name   string   `json:"name"`   // file name for tracebacks; the kernel's default when empty
	Args   []string `json:"args"`   // what the code sees as its arguments
	Show   bool     `json:"show"`   // the value of a trailing expression becomes a result
	Fresh  bool     `json:"fresh"`  // the first execution of a copy: draw what is random anew
	Script bool     `json:"module"` // a whole program: it has a file name, and ends

	// Stdin is the path of the FIFO that is the standard input of this execution,
	// which is empty without. Only agents know it: other guests have their host's.
	Stdin string `json:"stdin,omitempty"`
}

// Encode returns the request as the kernel wants it.
func (r Request) Encode() ([]byte, error) {
	if r.Args == nil {
		r.Args = []string{}
	}
	return json.Marshal(r)
}

// What a guest may send at once. More is refused where it arrives.
const (
	MaxResult    = 16 << 20 // bytes of one result
	MaxException = 1 << 20  // bytes of one exception
	maxMedia     = 32       // media types of one result
	maxMediaName = 128      // bytes of a media type's name
)

// DecodeResult reads what the operation "result" brings. The bytes are the
// guest's: the error says what is wrong with them and holds none of them.
func DecodeResult(b []byte) (caisson.Result, error) {
	if len(b) > MaxResult {
		return caisson.Result{}, fmt.Errorf("a result of %d bytes; at most %d are taken", len(b), MaxResult)
	}
	var wire struct {
		Data map[string]json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(b, &wire); err != nil {
		return caisson.Result{}, fmt.Errorf("a result that is not JSON of its kind")
	}
	if len(wire.Data) == 0 || len(wire.Data) > maxMedia {
		return caisson.Result{}, fmt.Errorf("a result of %d media types; 1 to %d are taken", len(wire.Data), maxMedia)
	}
	r := caisson.Result{Data: make(map[string][]byte, len(wire.Data))}
	for media, raw := range wire.Data {
		if !mediaName(media) {
			return caisson.Result{}, fmt.Errorf("a result with a media type that is none")
		}
		data, err := decodeMedia(media, raw)
		if err != nil {
			return caisson.Result{}, err
		}
		r.Data[media] = data
	}
	return r, nil
}

func decodeMedia(media string, raw json.RawMessage) ([]byte, error) {
	if media == "application/json" {
		return raw, nil
	}
	if caisson.TextMedia(media) {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, fmt.Errorf("a result whose %s is no string", media)
		}
		return []byte(s), nil
	}
	var b []byte
	if err := json.Unmarshal(raw, &b); err != nil {
		return nil, fmt.Errorf("a result whose %s is no base64", media)
	}
	return b, nil
}

// mediaName says whether s looks like "type/subtype" (RFC 6838, 4.2).
func mediaName(s string) bool {
	slash := 0
	for _, c := range []byte(s) {
		switch {
		case c == '/':
			slash++
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '.', c == '+', c == '-', c == '_', c == '!', c == '#', c == '$', c == '&', c == '^':
		default:
			return false
		}
	}
	return slash == 1 && len(s) <= maxMediaName && s[0] != '/' && s[len(s)-1] != '/'
}

// DecodeException reads what the operation "error" brings.
func DecodeException(b []byte) (caisson.Exception, error) {
	if len(b) > MaxException {
		return caisson.Exception{}, fmt.Errorf("an exception of %d bytes; at most %d are taken", len(b), MaxException)
	}
	var e caisson.Exception
	if err := json.Unmarshal(b, &e); err != nil {
		return caisson.Exception{}, fmt.Errorf("an exception that is not JSON of its kind")
	}
	return e, nil
}

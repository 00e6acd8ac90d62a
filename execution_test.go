package caisson_test

import (
	"encoding/json"
	"testing"

	"github.com/caisson-dev/caisson"
)

func TestResultIsWrittenAsAMIMEBundle(t *testing.T) {
	for _, tt := range []struct {
		name string
		data map[string][]byte
		want string
	}{
		{"nothing", nil, `{"data":{}}`},
		{"text", map[string][]byte{"text/plain": []byte("a\"b")}, `{"data":{"text/plain":"a\"b"}}`},
		{"drawing", map[string][]byte{"image/svg+xml": []byte("x y")}, `{"data":{"image/svg+xml":"x y"}}`},
		{"JSON", map[string][]byte{"application/json": []byte(`{"a": [1]}`)}, `{"data":{"application/json":{"a":[1]}}}`},
		{"picture", map[string][]byte{"image/png": {0x89, 'P', 'N', 'G'}}, `{"data":{"image/png":"iVBORw=="}}`},
		{"several", map[string][]byte{"text/html": []byte("1"), "text/plain": []byte("1")}, `{"data":{"text/html":"1","text/plain":"1"}}`},
	} {
		got, err := json.Marshal(caisson.Result{Data: tt.data})
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: Marshal = %s, %v, want %s", tt.name, got, err, tt.want)
		}
	}
}

// The bytes are the guest's: none of them may break the document around them.
func FuzzResultIsAlwaysWholeJSON(f *testing.F) {
	f.Add("text/plain", []byte("hello"))
	f.Add("application/json", []byte(`{"a":1}`))
	f.Add("application/json", []byte(`{"a":1},"x":{`))
	f.Add("\xff", []byte("\xff\x00"))
	f.Fuzz(func(t *testing.T, media string, data []byte) {
		b, err := json.Marshal(caisson.Result{Data: map[string][]byte{media: data}})
		if err != nil {
			if media == "application/json" && !json.Valid(data) {
				return // refused rather than passed on
			}
			t.Fatalf("Marshal(%q, %q) = %v", media, data, err)
		}
		var out map[string]map[string]any
		if err := json.Unmarshal(b, &out); err != nil || len(out) != 1 || len(out["data"]) != 1 {
			t.Errorf("Marshal(%q, %q) = %s, want one bundle of one type", media, data, b)
		}
	})
}

func TestTextMedia(t *testing.T) {
	for media, want := range map[string]bool{
		"text/plain": true, "text/html": true, "image/svg+xml": true, "application/javascript": true,
		"image/png": false, "application/json": false, "text": false, "text/": false, "": false, "context/x": false,
	} {
		if got := caisson.TextMedia(media); got != want {
			t.Errorf("TextMedia(%q) = %v, want %v", media, got, want)
		}
	}
}

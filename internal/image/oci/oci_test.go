package oci_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/image"
	"github.com/caisson-dev/caisson/internal/image/oci"
)

// pack makes a layer of files: of a name and a text each.
func pack(t *testing.T, files ...[2]string) v1.Layer {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f[0], Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(f[1]))}); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, f[1])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	z.Close()
	return static.NewLayer(b.Bytes(), types.OCILayer)
}

func build(t *testing.T, layers ...v1.Layer) v1.Image {
	t.Helper()
	img, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.OCIManifestSchema1), layers...)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// take opens a source and puts it into a store of its own.
func take(t *testing.T, source string) (root string, i image.Image, err error) {
	t.Helper()
	dir := t.TempDir()
	s, err := image.OpenStore(dir, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	img, err := oci.Open(t.Context(), source)
	if err != nil {
		return "", i, err
	}
	r, err := img.Archive(t.Context(), t.TempDir(), func(string, ...any) {})
	if err != nil {
		return "", i, err
	}
	defer r.Close()
	i, err = s.Put(t.Context(), image.Image{Name: "it", Source: source, Origin: img.Digest}, r)
	return filepath.Join(dir, "roots", "sha256-"+i.Digest), i, err
}

// sources are the ways by which one image can come, each as a source.
func sources(t *testing.T, img v1.Image) map[string]string {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	ref, err := name.ParseReference(strings.TrimPrefix(server.URL, "http://") + "/team/tool:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, img); err != nil {
		t.Fatal(err)
	}
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(t.TempDir(), "layout")
	l, err := layout.Write(at, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.AppendImage(img); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(t.TempDir(), "image.tar")
	if err := tarball.WriteToFile(archive, ref, img); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"tag": ref.String(), "digest": ref.Context().Digest(digest.String()).String(), "layout": at, "archive": archive}
}

func TestImagesComeFromEverywhereAlike(t *testing.T) {
	img := build(t, pack(t, [2]string{"usr/bin/tool", "old"}, [2]string{"usr/share/gone", "x"}, [2]string{"opt/a/b", "x"}),
		pack(t, [2]string{"usr/bin/tool", "new"}, [2]string{"usr/share/.wh.gone", ""}, [2]string{"opt/a/.wh..wh..opq", ""}, [2]string{"opt/a/c", "y"}))
	digests := map[string]bool{}
	for from, source := range sources(t, img) {
		root, i, err := take(t, source)
		if err != nil {
			t.Errorf("from a %s: %v", from, err)
			continue
		}
		digests[i.Digest] = true
		for name, want := range map[string]string{"usr/bin/tool": "new", "usr/share/gone": "", "opt/a/b": "", "opt/a/c": "y"} {
			if got, _ := os.ReadFile(filepath.Join(root, name)); string(got) != want {
				t.Errorf("from a %s: %s = %q, want %q", from, name, got, want)
			}
		}
	}
	if len(digests) != 1 {
		t.Errorf("one image has %d digests: %v", len(digests), digests)
	}
}

func TestWhatIsNotWhatItsDigestSaysIsRefused(t *testing.T) {
	at := sources(t, build(t, pack(t, [2]string{"usr/bin/tool", "right"})))["layout"]
	blobs, err := filepath.Glob(filepath.Join(at, "blobs/sha256/*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, blob := range blobs {
		text, err := os.ReadFile(blob)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.HasPrefix(text, []byte("{")) {
			// The manifest and the configuration, of which the latter is not used.
			if !bytes.Contains(text, []byte(`"layers":[`)) {
				continue
			}
			text = append(text, ' ')
		} else {
			text = append([]byte(nil), text...)
			text[len(text)-1] ^= 1
		}
		was, err := os.ReadFile(blob)
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile(blob, text, 0o600)
		if _, _, err := take(t, at); caisson.CodeOf(err) != caisson.Invalid {
			t.Errorf("with %s changed: %v, want a refusal", filepath.Base(blob), err)
		}
		os.WriteFile(blob, was, 0o600)
	}
	if _, _, err := take(t, at); err != nil {
		t.Errorf("as it was: %v", err)
	}
}

func TestBombsAreRefused(t *testing.T) {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	w := tar.NewWriter(z)
	const size = 64 << 20
	w.WriteHeader(&tar.Header{Name: "usr/zeros", Typeflag: tar.TypeReg, Mode: 0o644, Size: size})
	w.Write(make([]byte, size))
	w.Close()
	z.Close()
	for from, source := range sources(t, build(t, static.NewLayer(b.Bytes(), types.OCILayer))) {
		if _, _, err := take(t, source); caisson.CodeOf(err) != caisson.Invalid || !strings.Contains(err.Error(), "unpacks to more than") {
			t.Errorf("from a %s: %v, want a refusal", from, err)
		}
	}
}

func TestWhatIsNoImageIsSaid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x")
	os.WriteFile(file, []byte("no archive"), 0o600)
	for source, want := range map[string]caisson.Code{
		file: caisson.Invalid, filepath.Dir(file): caisson.Invalid, "/nonexistent": caisson.NotFound, "UPPER/case": caisson.Invalid,
	} {
		if _, err := oci.Open(t.Context(), source); caisson.CodeOf(err) != want {
			t.Errorf("Open(%q) = %v, want code %s", source, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	img, err := oci.Open(ctx, sources(t, build(t, pack(t, [2]string{"usr/x", "y"})))["layout"])
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := img.Archive(ctx, t.TempDir(), func(string, ...any) {}); err == nil {
		t.Error("Archive after its end = nil error")
	}
}

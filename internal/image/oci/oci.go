// Package oci reads images of the OCI and Docker formats: from a registry, from
// an archive of "docker save", from an OCI layout. It needs no daemon.
//
// An image is hostile until [Image.Archive] has returned: every layer is then
// here, is what the manifest's digests say, and unpacks to no more than the
// bounds of package image, which writes the files.
package oci

import (
	"archive/tar"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/image"
)

const (
	maxLayers = 512

	// maxRatio is how many bytes one byte of a layer may unpack to, beyond
	// slack: program files reach about 20, zeros 1,000.
	maxRatio = 200
	slack    = 16 << 20
)

// An Image is one image of this host's architecture.
type Image struct {
	Digest string // of its manifest, "sha256:..."
	image  v1.Image
}

func platform() v1.Platform { return v1.Platform{OS: "linux", Architecture: runtime.GOARCH} }

// Open finds the image that a source names: the path of an archive or a layout,
// which begins with "/" or "./", or a reference such as
// "registry.example/team/python:3.12" or, better, "...@sha256:...". Layers are
// not read yet.
func Open(ctx context.Context, source string) (*Image, error) {
	img, err := open(ctx, source)
	if err != nil {
		return nil, err
	}
	digest, err := img.Digest()
	if err != nil {
		return nil, fmt.Errorf("read the image's manifest: %w", err)
	}
	return &Image{Digest: digest.String(), image: img}, nil
}

func open(ctx context.Context, source string) (v1.Image, error) {
	if filepath.IsAbs(source) || strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") {
		return openFile(source)
	}
	ref, err := name.ParseReference(source)
	if err != nil {
		return nil, caisson.Errorf(caisson.Invalid, "%q is no reference of an image, and no path that begins with / or ./: %w", source, err)
	}
	img, err := remote.Image(ref, remote.WithContext(ctx), remote.WithPlatform(platform()), remote.WithAuthFromKeychain(authn.DefaultKeychain))
	if err != nil {
		return nil, caisson.Errorf(caisson.Unavailable, "find the image %s: %w", ref, err)
	}
	return img, nil
}

func openFile(path string) (v1.Image, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, caisson.Errorf(caisson.NotFound, "read the image: %w", err)
	}
	if !info.IsDir() {
		img, err := tarball.ImageFromPath(path, nil)
		if err != nil {
			return nil, caisson.Errorf(caisson.Invalid, "%s is no archive of one image: %w", path, err)
		}
		return img, nil
	}
	index, err := layout.ImageIndexFromPath(path)
	if err != nil {
		return nil, caisson.Errorf(caisson.Invalid, "%s is no OCI layout: %w", path, err)
	}
	return choose(index, 0)
}

// choose returns the image of this host's architecture. Indexes can hold
// indexes, and one of a hostile layout itself.
func choose(index v1.ImageIndex, depth int) (v1.Image, error) {
	m, err := index.IndexManifest()
	if err != nil {
		return nil, caisson.Errorf(caisson.Invalid, "read the layout: %w", err)
	}
	for _, d := range m.Manifests {
		switch {
		case d.MediaType.IsIndex() && depth < 4:
			below, err := index.ImageIndex(d.Digest)
			if err != nil {
				return nil, caisson.Errorf(caisson.Invalid, "read the layout: %w", err)
			}
			if img, err := choose(below, depth+1); err == nil {
				return img, nil
			}
		case d.MediaType.IsImage() && (d.Platform == nil || d.Platform.Satisfies(platform())):
			img, err := index.Image(d.Digest)
			if err != nil {
				return nil, caisson.Errorf(caisson.Invalid, "read the layout: %w", err)
			}
			if is, err := img.Digest(); err != nil || is != d.Digest {
				return nil, refuse("its manifest is not what its digest says")
			}
			return img, nil
		}
	}
	return nil, caisson.Errorf(caisson.NotFound, "the layout has no image for linux/%s", runtime.GOARCH)
}

func refuse(format string, args ...any) error {
	return caisson.Errorf(caisson.Invalid, "the image is refused: "+format, args...)
}

// Archive brings all layers to a folder, which is the caller's and empty, checks
// them, and returns one tar archive of the files that are left of them. The
// caller closes it, and keeps the folder until then.
func (i *Image) Archive(ctx context.Context, dir string, say func(format string, args ...any)) (io.ReadCloser, error) {
	layers, err := i.image.Layers()
	if err != nil {
		return nil, fmt.Errorf("read the image's layers: %w", err)
	}
	manifest, err := i.image.Manifest()
	if err != nil {
		return nil, fmt.Errorf("read the image's manifest: %w", err)
	}
	if len(layers) > maxLayers || len(layers) != len(manifest.Layers) {
		return nil, refuse("it has %d layers", len(layers))
	}
	c := check{bytes: image.MaxBytes, entries: image.MaxEntries}
	checked := make([]v1.Layer, len(layers))
	for n, l := range layers {
		if len(manifest.Layers[n].URLs) > 0 || !manifest.Layers[n].MediaType.IsDistributable() {
			return nil, refuse("layer %d is to be had from elsewhere", n+1)
		}
		if checked[n], err = c.fetch(ctx, l, filepath.Join(dir, fmt.Sprint(n))); err != nil {
			return nil, fmt.Errorf("layer %d of %d: %w", n+1, len(layers), err)
		}
		say("layer %d of %d is here", n+1, len(layers))
	}
	return mutate.Extract(local{i.image, checked}), nil
}

// A local image is one whose layers are here and were checked.
type local struct {
	v1.Image
	layers []v1.Layer
}

// Layers implements [v1.Image].
func (l local) Layers() ([]v1.Layer, error) { return l.layers, nil }

// A check is what is left of an image's bounds.
type check struct {
	bytes   int64
	entries int
}

// fetch brings a layer to a file and checks it.
func (c *check) fetch(ctx context.Context, l v1.Layer, to string) (v1.Layer, error) {
	want, err := l.Digest()
	if err != nil {
		return nil, err
	}
	size, err := l.Size()
	if err != nil {
		return nil, err
	}
	if size < 0 || size > c.bytes {
		return nil, refuse("it has more than %d bytes", int64(image.MaxBytes))
	}
	from, err := l.Compressed()
	if err != nil {
		return nil, err
	}
	defer from.Close()
	stop := context.AfterFunc(ctx, func() { from.Close() })
	defer stop()
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(from, size+1))
	if err = cmp.Or(ctx.Err(), errors.Join(err, f.Close())); err != nil {
		return nil, err
	}
	if n != size || want.Algorithm != "sha256" || hex.EncodeToString(sum.Sum(nil)) != want.Hex {
		return nil, refuse("it is not what its digest says")
	}
	kind, err := l.MediaType()
	if err != nil {
		return nil, err
	}
	here, err := partial.CompressedToLayer(stored{to, want, size, kind})
	if err != nil {
		return nil, err
	}
	return here, c.scan(ctx, here, size)
}

// A stored layer is one in a file.
type stored struct {
	file   string
	digest v1.Hash
	size   int64
	kind   types.MediaType
}

// Digest implements [partial.CompressedLayer].
func (s stored) Digest() (v1.Hash, error) { return s.digest, nil }

// Size implements [partial.CompressedLayer].
func (s stored) Size() (int64, error) { return s.size, nil }

// MediaType implements [partial.CompressedLayer].
func (s stored) MediaType() (types.MediaType, error) { return s.kind, nil }

// Compressed implements [partial.CompressedLayer].
func (s stored) Compressed() (io.ReadCloser, error) { return os.Open(s.file) }

// scan counts what a layer unpacks to.
func (c *check) scan(ctx context.Context, l v1.Layer, size int64) error {
	r, err := l.Uncompressed()
	if err != nil {
		return err
	}
	defer r.Close()
	most := min(c.bytes, size*maxRatio+slack)
	left := &io.LimitedReader{R: r, N: most}
	t := tar.NewReader(left)
	for {
		_, err := t.Next()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, io.EOF) && left.N > 0:
			c.bytes -= most - left.N
			return nil
		case left.N <= 0:
			return refuse("it unpacks to more than %d bytes from %d", most, size)
		case err != nil:
			return refuse("it is no archive: %w", err)
		}
		if c.entries--; c.entries < 0 {
			return refuse("it has more than %d entries", image.MaxEntries)
		}
	}
}

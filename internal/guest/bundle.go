package guest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

//go:embed bundle
var embedded embed.FS

// ErrNoBundle is the error of a program that was built without its runtimes.
var ErrNoBundle = fmt.Errorf("this caisson was built without runtimes: build it with \"make build\"")

// A Bundle is one frozen guest that the program carries.
type Bundle struct {
	Name    string    `json:"name"`
	Version string    `json:"version"` // of the language: "3.13.5"
	SHA256  string    `json:"sha256"`  // of the packed bundle, in hex
	Mutable []int     `json:"mutable"` // these three: see package reactor
	Values  []uint64  `json:"values"`
	Flags   [4]uint32 `json:"flags"`
	Lib     []string  `json:"lib"` // paths in the guest of the files named lib0, lib1, ...
}

// The files of an unpacked bundle.
const (
	ModuleFile = "module.wasm"
	StubFile   = "stub.wasm"
	ImageFile  = "image"
)

// LibFile names the file that is i-th in Lib.
func LibFile(i int) string { return fmt.Sprintf("lib%d", i) }

const manifest = "bundle/manifest.json"

// Bundles returns what the program carries, by name. Without any the error is
// [ErrNoBundle].
func Bundles() (map[string]Bundle, error) {
	b, err := embedded.ReadFile(manifest)
	if err != nil {
		return nil, ErrNoBundle
	}
	var all map[string]Bundle
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, fmt.Errorf("read the manifest of runtimes: %w", err)
	}
	return all, nil
}

// Unpack writes a bundle's files into dir, which exists. They are checked
// against the digest on the way.
func (b Bundle) Unpack(dir string) error {
	packed, err := embedded.ReadFile("bundle/" + b.Name + ".tar.gz")
	if err != nil {
		return fmt.Errorf("unpack %s: %w", b.Name, err)
	}
	if sum := sha256.Sum256(packed); hex.EncodeToString(sum[:]) != b.SHA256 {
		return fmt.Errorf("unpack %s: the program's copy is not the one that was built", b.Name)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return fmt.Errorf("unpack %s: %w", b.Name, err)
	}
	t := tar.NewReader(z)
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("unpack %s: %w", b.Name, err)
		}
		if err := unpackFile(filepath.Join(dir, filepath.Base(h.Name)), t, h.Size); err != nil {
			return fmt.Errorf("unpack %s: %w", b.Name, err)
		}
	}
}

// unpackFile writes one file. Blocks of zeros become holes: most of an image
// is one.
func unpackFile(name string, r io.Reader, size int64) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o400)
	if err != nil {
		return err
	}
	defer f.Close()
	block, zero := make([]byte, 64<<10), make([]byte, 64<<10)
	for at := int64(0); at < size; {
		n, err := io.ReadFull(r, block[:min(int64(len(block)), size-at)])
		if err != nil {
			return err
		}
		if !bytes.Equal(block[:n], zero[:n]) {
			if _, err := f.WriteAt(block[:n], at); err != nil {
				return err
			}
		}
		at += int64(n)
	}
	if err := f.Truncate(size); err != nil {
		return err
	}
	return f.Close()
}

// Pack writes a bundle and its line in the manifest into folder. files holds
// its content by file name. The same content gives the same bytes.
func (b Bundle) Pack(folder string, files map[string][]byte) error {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o400, Size: int64(len(files[name]))}); err != nil {
			return err
		}
		if _, err := t.Write(files[name]); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	sum := sha256.Sum256(packed.Bytes())
	b.SHA256 = hex.EncodeToString(sum[:])
	if err := os.WriteFile(filepath.Join(folder, b.Name+".tar.gz"), packed.Bytes(), 0o644); err != nil {
		return err
	}
	return b.enter(filepath.Join(folder, "manifest.json"))
}

// enter puts the bundle into the manifest.
func (b Bundle) enter(name string) error {
	all := map[string]Bundle{}
	if text, err := os.ReadFile(name); err == nil {
		if err := json.Unmarshal(text, &all); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
	all[b.Name] = b
	text, err := json.MarshalIndent(all, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o644)
}

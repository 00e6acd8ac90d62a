package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/image"
)

// A recipe is caisson.image.toml: what an image is made of.
type recipe struct {
	Name     string            `toml:"name"`
	Base     string            `toml:"base"`     // "debian", or a source as of "image pull"
	Digest   string            `toml:"digest"`   // that such a source must have; any when empty
	Suite    string            `toml:"suite"`    // of Debian; this host's when empty
	Snapshot string            `toml:"snapshot"` // of Debian's archive, such as 20260101T000000Z; the host's mirror when empty
	Packages []string          `toml:"packages"` // of Debian
	Files    map[string]string `toml:"files"`    // by where they are in the image: file or folder, beside the recipe

	dir string // the recipe's
}

func newImageBuild(e env, g *globals, f *format) *cobra.Command {
	r := recipe{Base: debian}
	cmd := &cobra.Command{
		Use: "build debian|RECIPE", Short: "Make an image of Debian packages, or by a recipe", Args: cobra.ExactArgs(1),
		Long: `Make an image of Debian packages, with mmdebstrap, which must be installed: as
root, or in a user namespace. Packages come from this host's own sources, or the
mirror in CAISSON_DEBIAN_MIRROR; with --snapshot from the archive of snapshots in
CAISSON_DEBIAN_SNAPSHOTS as it was then, so that the same image can be made again.

A recipe is a file in TOML:

	name = "science"
	base = "debian"            # or an image, as for "caisson image pull"
	snapshot = "20260101T000000Z"
	packages = ["python3", "python3-numpy"]
	[files]
	"opt/model" = "model"      # a file or folder beside the recipe`,
		Example: "caisson image build debian --name science --packages python3,python3-numpy\ncaisson image build caisson.image.toml",
		RunE: func(cmd *cobra.Command, args []string) error {
			return made(e, g, *f, func(s *image.Store) (image.Image, error) {
				if args[0] != debian {
					var err error
					if r, err = readRecipe(args[0]); err != nil {
						return image.Image{}, err
					}
				}
				return r.build(cmd.Context(), e, s)
			})
		},
	}
	cmd.Flags().StringVar(&r.Name, "name", debian, "name of the image")
	cmd.Flags().StringSliceVar(&r.Packages, "packages", nil, "packages, with commas between them")
	cmd.Flags().StringVar(&r.Suite, "suite", "", "Debian's release (default this host's)")
	cmd.Flags().StringVar(&r.Snapshot, "snapshot", "", "moment of Debian's archive, such as 20260101T000000Z")
	return cmd
}

// maxRecipe bounds a recipe.
const maxRecipe = 1 << 20

func readRecipe(file string) (recipe, error) {
	f, err := os.Open(file)
	if err != nil {
		return recipe{}, caisson.Errorf(caisson.NotFound, "read the recipe: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxRecipe))
	if err != nil {
		return recipe{}, caisson.Errorf(caisson.Invalid, "read the recipe: %w", err)
	}
	r := recipe{dir: filepath.Dir(file)}
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&r); err != nil {
		return recipe{}, caisson.Errorf(caisson.Invalid, "%s: %w", file, err)
	}
	return r, nil
}

// build makes the image.
func (r recipe) build(ctx context.Context, e env, s *image.Store) (image.Image, error) {
	if err := image.CheckName(r.Name); err != nil {
		return image.Image{}, err
	}
	files := r.archive()
	defer files.Close()
	if r.Base == debian {
		return r.debian(ctx, e, s, files)
	}
	if len(r.Packages) > 0 || r.Suite != "" || r.Snapshot != "" {
		return image.Image{}, caisson.Errorf(caisson.Invalid, "packages, suite and snapshot are for the base %q, and this one is %q", debian, r.Base)
	}
	return pullImage(ctx, e, s, image.Image{Name: r.Name, Source: r.Base}, r.Digest, files)
}

// archive is the recipe's files as a tar archive.
func (r recipe) archive() io.ReadCloser {
	from, to := io.Pipe()
	go func() {
		w := tar.NewWriter(to)
		for _, at := range slices.Sorted(maps.Keys(r.Files)) {
			if err := addFiles(w, filepath.Join(r.dir, r.Files[at]), at); err != nil {
				to.CloseWithError(caisson.Errorf(caisson.Invalid, "read the recipe's files: %w", err))
				return
			}
		}
		to.CloseWithError(w.Close())
	}()
	return from
}

// addFiles adds a file, or all below a folder.
func addFiles(w *tar.Writer, from, at string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil || !info.IsDir() && !info.Mode().IsRegular() {
			return err // links and such are not brought in
		}
		h, err := tar.FileInfoHeader(info, "")
		if err != nil {
			return err
		}
		h.Name = path.Join(at, filepath.ToSlash(rel))
		if err := w.WriteHeader(h); err != nil || info.IsDir() {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.CopyN(w, f, info.Size())
		return err
	})
}

const debian = "debian"

// snapshotTime is how Debian's archive of snapshots writes a moment.
const snapshotTime = "20060102T150405Z"

// plain says that a word is a name of Debian's, and no option or address.
func plain(word string) bool {
	strange := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("+.-", r)
	}
	return word != "" && !strings.ContainsFunc(word, strange) && !strings.ContainsAny(word[:1], "+.-")
}

// debian makes an image of Debian packages, with files over them.
func (r recipe) debian(ctx context.Context, e env, s *image.Store, files io.Reader) (_ image.Image, err error) {
	args, environment, err := r.mmdebstrap()
	if err != nil {
		return image.Image{}, err
	}
	if _, err := exec.LookPath("mmdebstrap"); err != nil {
		return image.Image{}, caisson.Errorf(caisson.Unsupported, "images of Debian packages are made with mmdebstrap, which is not installed here: apt-get install mmdebstrap")
	}
	var said bytes.Buffer
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd := exec.CommandContext(ctx, "mmdebstrap", args...)
	cmd.Env = append(os.Environ(), environment...)
	cmd.Stderr = &said
	// So that it can remove what it mounted.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	archive, err := cmd.StdoutPipe()
	if err != nil {
		return image.Image{}, err
	}
	e.progress("mmdebstrap makes %q of %s", r.Name, cmp.Or(strings.Join(r.Packages, ", "), "no packages but the essential ones"))
	if err := cmd.Start(); err != nil {
		return image.Image{}, err
	}
	whole := &ending{Reader: archive, end: func() error {
		if err := cmd.Wait(); err != nil {
			return caisson.Errorf(caisson.Unavailable, "mmdebstrap: %w: %s", err, lastLines(said.String(), 10))
		}
		return nil
	}}
	source := "debian " + strings.TrimSpace(r.Suite+" "+r.Snapshot) + ": " + strings.Join(r.Packages, ",")
	i, err := s.Put(ctx, image.Image{Name: r.Name, Source: source}, whole, files)
	if err != nil && !whole.ended {
		stop()
		archive.Close()
		cmd.Wait() // the first error says why
	}
	return i, err
}

// An ending reader has a last word: what made its bytes may have failed after
// the archive looked whole.
type ending struct {
	io.Reader
	end   func() error
	ended bool
}

// Read implements [io.Reader].
func (r *ending) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if errors.Is(err, io.EOF) && !r.ended {
		r.ended = true
		if end := r.end(); end != nil {
			return n, end
		}
	}
	return n, err
}

// mmdebstrap returns the arguments and the environment of its call.
func (r *recipe) mmdebstrap() (args, environment []string, err error) {
	args = []string{"--variant=minbase", "--format=tar"}
	if os.Geteuid() != 0 {
		args = append(args, "--mode=unshare")
	}
	for _, p := range r.Packages {
		if !plain(p) {
			return nil, nil, caisson.Errorf(caisson.Invalid, "%q is no name of a Debian package", p)
		}
	}
	if len(r.Packages) > 0 {
		args = append(args, "--include="+strings.Join(r.Packages, ","))
	}
	// Without the folders of man pages, Java does not install.
	for _, folder := range []string{"doc", "locale", "info"} {
		args = append(args, "--dpkgopt=path-exclude=/usr/share/"+folder+"/*")
	}
	if r.Suite == "" {
		r.Suite = hostSuite()
	}
	if !plain(r.Suite) {
		return nil, nil, caisson.Errorf(caisson.Invalid, "%q is no release of Debian", r.Suite)
	}
	args = append(args, r.Suite, "-")
	if r.Snapshot != "" {
		at, err := time.Parse(snapshotTime, r.Snapshot)
		if err != nil {
			return nil, nil, caisson.Errorf(caisson.Invalid, "%q is no moment such as 20260101T000000Z", r.Snapshot)
		}
		archive := os.Getenv("CAISSON_DEBIAN_SNAPSHOTS")
		if archive == "" {
			return nil, nil, caisson.Errorf(caisson.Invalid, "no archive of snapshots is known: name the address under which its moments are in CAISSON_DEBIAN_SNAPSHOTS")
		}
		environment = append(environment, fmt.Sprintf("SOURCE_DATE_EPOCH=%d", at.Unix()))
		return append(args, fmt.Sprintf("deb [check-valid-until=no] %s/%s %s main", strings.TrimSuffix(archive, "/"), r.Snapshot, r.Suite)), environment, nil
	}
	for _, file := range []string{"/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"} {
		if _, err := os.Stat(file); err == nil && r.Suite == hostSuite() {
			return append(args, file), environment, nil
		}
	}
	if mirror := os.Getenv("CAISSON_DEBIAN_MIRROR"); mirror != "" {
		args = append(args, mirror) // else mmdebstrap knows one
	}
	return args, environment, nil
}

// hostSuite is the Debian release of this host, or the stable one.
func hostSuite() string {
	text, _ := os.ReadFile("/etc/os-release") // where there is none, it is no Debian
	release := map[string]string{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		release[key] = strings.Trim(value, `"`)
	}
	if release["ID"] != debian {
		return "stable"
	}
	return cmp.Or(release["VERSION_CODENAME"], "stable")
}

// lastLines returns the end of a text.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

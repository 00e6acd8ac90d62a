package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/image"
	"github.com/caisson-dev/caisson/internal/image/oci"
)

func newImageCommand(e env, g *globals) *cobra.Command {
	f := formatText
	cmd := &cobra.Command{
		Use: "image", Short: "Make, list and remove images", Args: cobra.NoArgs, RunE: showHelp,
		Long: `An image is a set of programs and libraries that containers see, read-only. The
image "host" is always there: the programs of this host.

	caisson image build debian --packages python3,python3-numpy
	caisson run --image debian analysis.py

What an image brings that sandboxes do without is dropped and counted: devices,
setuid bits, extended attributes, a /proc or /dev of its own. One whose names or
links lead out of it, or that unpacks to too much, is refused.`,
	}
	cmd.PersistentFlags().VarP(&f, "format", "o", "text or json")
	cmd.AddCommand(newImageList(e, g, &f), newImagePull(e, g, &f), newImageBuild(e, g, &f), newImageInspect(e, g, &f), newImageRemove(e, g), newImageGC(e, g, &f))
	return cmd
}

// withImages calls do with the store of images.
func withImages(g *globals, do func(*image.Store) error) (err error) {
	conf, err := loadConfig(g.config)
	if err != nil {
		return err
	}
	s, err := conf.openImages()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return do(s)
}

func newImageList(e env, g *globals, f *format) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the images", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return answered(e, *f, func() (any, string, error) {
				var list []image.Image
				err := withImages(g, func(s *image.Store) (err error) { list, err = s.List(); return err })
				return append([]image.Image{}, list...), table(func(w *tabwriter.Writer) {
					fmt.Fprintf(w, "NAME\tDIGEST\tSIZE\tMADE\tFROM\t\n")
					for _, i := range list {
						fmt.Fprintf(w, "%s\t%.12s\t%s\t%s\t%s\t\n", i.Name, i.Digest, showBytes(i.Bytes), i.Created.Format("2006-01-02 15:04"), i.Source)
					}
				}), err
			})
		},
	}
}

func newImagePull(e env, g *globals, f *format) *cobra.Command {
	var digest string
	cmd := &cobra.Command{
		Use: "pull NAME SOURCE", Short: "Take an OCI or Docker image and give it a name", Args: cobra.ExactArgs(2),
		Long: `Take an image from a registry, by its reference, or from a file: an archive of
"docker save" or an OCI layout, by its path, which begins with / or ./. A tag can
come to mean another image: a reference that ends with @sha256:... cannot, nor a
pull with --digest.`,
		Example: `caisson image pull python docker.io/library/python@sha256:...
caisson image pull tools ./tools.tar`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return made(e, g, *f, func(s *image.Store) (image.Image, error) {
				return pullImage(cmd.Context(), e, s, image.Image{Name: args[0], Source: args[1]}, digest)
			})
		},
	}
	cmd.Flags().StringVar(&digest, "digest", "", "digest that the image's manifest must have, as sha256:...")
	return cmd
}

// pullImage takes an image from where its source says. More archives are put
// over it.
func pullImage(ctx context.Context, e env, s *image.Store, i image.Image, digest string, more ...io.Reader) (_ image.Image, err error) {
	img, err := oci.Open(ctx, i.Source)
	if err != nil {
		return i, err
	}
	if digest != "" && digest != img.Digest {
		return i, caisson.Errorf(caisson.Forbidden, "%s is %s and not %s", i.Source, img.Digest, digest)
	}
	dir, err := os.MkdirTemp("", "caisson-image-")
	if err != nil {
		return i, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	archive, err := img.Archive(ctx, dir, e.progress)
	if err != nil {
		return i, err
	}
	defer archive.Close()
	i.Origin = img.Digest
	return s.Put(ctx, i, append([]io.Reader{archive}, more...)...)
}

// made answers with an image that was made.
func made(e env, g *globals, f format, do func(*image.Store) (image.Image, error)) error {
	return answered(e, f, func() (any, string, error) {
		var i image.Image
		err := withImages(g, func(s *image.Store) (err error) { i, err = do(s); return err })
		return i, describe(i), err
	})
}

// describe says in words what an image is.
func describe(i image.Image) string {
	var b strings.Builder
	fmt.Fprintf(&b, "image     %s\ndigest    sha256:%s\nfrom      %s\n", i.Name, i.Digest, i.Source)
	if i.Origin != "" {
		fmt.Fprintf(&b, "origin    %s\n", i.Origin)
	}
	fmt.Fprintf(&b, "size      %s in %d entries\n", showBytes(i.Bytes), i.Entries)
	for _, kind := range slices.Sorted(maps.Keys(i.Dropped)) {
		fmt.Fprintf(&b, "dropped   %d %s\n", i.Dropped[kind], kind)
	}
	return b.String()
}

func newImageInspect(e env, g *globals, f *format) *cobra.Command {
	return &cobra.Command{
		Use: "inspect NAME", Short: "Show an image, and which languages it has", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return answered(e, *f, func() (any, string, error) {
				var shown struct {
					image.Image
					Runtimes []string `json:"runtimes"`
				}
				err := withImages(g, func(s *image.Store) (err error) {
					if shown.Image, err = s.Get(args[0]); err != nil {
						return err
					}
					tree, err := s.Tree(args[0])
					shown.Runtimes = image.Runtimes(tree)
					return err
				})
				return shown, describe(shown.Image) + "languages " + cmp.Or(strings.Join(shown.Runtimes, ", "), "none") + "\n", err
			})
		},
	}
}

func newImageRemove(e env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME...", Short: "Remove images", Args: cobra.MinimumNArgs(1),
		Long: "Remove images. Files of one that is in use stay until it is not, and go with\n\"caisson image gc\" or the next image.",
		RunE: func(_ *cobra.Command, args []string) error {
			return withImages(g, func(s *image.Store) error {
				for _, name := range args {
					if err := s.Remove(name); err != nil {
						return err
					}
				}
				_, err := s.Collect()
				return err
			})
		},
	}
}

func newImageGC(e env, g *globals, f *format) *cobra.Command {
	return &cobra.Command{
		Use: "gc", Short: "Remove files of images that have no name any more", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return answered(e, *f, func() (any, string, error) {
				var gone []string
				err := withImages(g, func(s *image.Store) (err error) { gone, err = s.Collect(); return err })
				return map[string][]string{"removed": append([]string{}, gone...)}, fmt.Sprintf("%d removed\n", len(gone)), err
			})
		},
	}
}

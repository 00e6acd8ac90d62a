package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/engine"
	"github.com/caisson-dev/caisson/internal/session"
)

// A sessionWire is how -o json shows a session.
type sessionWire struct {
	ID      caisson.SessionID `json:"id"`
	Runtime string            `json:"runtime"`
	Created time.Time         `json:"created"`
	Used    time.Time         `json:"used"`
	Cells   int               `json:"cells"` // executions so far
	Bytes   int64             `json:"bytes"` // on disk
	Posture postureWire       `json:"posture"`
}

func wireSession(s caisson.Session) sessionWire {
	return sessionWire{s.ID, s.Runtime, s.Created, s.Used, s.Cells, s.Bytes, wirePosture(s.Posture)}
}

func newSessionNew(e env, g *globals, f *format) *cobra.Command {
	var w wishes
	var lang string
	cmd := &cobra.Command{
		Use: "new NAME", Short: "Make a session", Args: cobra.ExactArgs(1),
		Example: "caisson session new notes --lang python --memory 512M",
		RunE: func(cmd *cobra.Command, args []string) error {
			return answered(e, *f, func() (any, string, error) {
				meta, err := newSession(cmd.Context(), e, g, args[0], lang, &w)
				return wireSession(meta), fmt.Sprintf("session %q of %s\n", meta.ID, meta.Runtime), err
			})
		},
	}
	cmd.Flags().StringVar(&lang, "lang", "python", "language")
	w.flags(cmd.Flags())
	return cmd
}

func newSession(ctx context.Context, e env, g *globals, name, lang string, w *wishes) (_ caisson.Session, err error) {
	want, err := w.posture()
	if err != nil {
		return caisson.Session{}, err
	}
	runtime, err := source{}.language(lang)
	if err == nil {
		err = checkResting(runtime)
	}
	if err != nil {
		return caisson.Session{}, err
	}
	return makeSession(ctx, e, g, w.policy, name, func(p *parts) (*engine.Session, string, error) {
		s, err := p.engine.OpenSession(ctx, engine.SessionRequest{
			ID: caisson.SessionID(name), Tenant: caisson.TenantLocal, Runtime: runtime, Want: p.policy.Fill(want),
		})
		return s, runtime, err
	})
}

// makeSession lays a session to rest that begin opens, under a name that no
// other has.
func makeSession(ctx context.Context, e env, g *globals, policy, name string,
	begin func(*parts) (*engine.Session, string, error)) (_ caisson.Session, err error) {
	p, held, err := hold(ctx, e, g, policy, name)
	if err != nil {
		return caisson.Session{}, err
	}
	defer func() { err = errors.Join(err, held.Release(), p.close()) }()
	if held.Found() {
		return caisson.Session{}, caisson.Errorf(caisson.Conflict, "there is a session %q already: use another name, or delete it with \"caisson session kill %s\"", name, name)
	}
	awake, runtime, err := begin(p)
	if err != nil {
		return caisson.Session{}, err
	}
	defer func() { err = errors.Join(err, awake.Close()) }()
	_, err = p.rest(ctx, held, awake, caisson.Session{Tenant: caisson.TenantLocal, Runtime: runtime, Posture: awake.Posture()})
	return held.Meta(), err
}

// hold opens the parts and holds one session. The caller closes both.
func hold(ctx context.Context, e env, g *globals, policy, name string) (*parts, *session.Held, error) {
	conf, err := loadConfig(g.config)
	if err != nil {
		return nil, nil, err
	}
	p, err := open(ctx, e, opening{config: conf, policy: policy})
	if err != nil {
		return nil, nil, err
	}
	held, err := p.sessions.Hold(ctx, caisson.SessionID(name))
	if err != nil {
		return nil, nil, errors.Join(err, p.close())
	}
	return p, held, nil
}

func newSessionList(e env, g *globals, f *format) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the sessions", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return answered(e, *f, func() (any, string, error) {
				conf, err := loadConfig(g.config)
				if err != nil {
					return nil, "", err
				}
				store, err := session.Open(conf.sessions())
				if err != nil {
					return nil, "", err
				}
				all, err := store.List()
				wire := []sessionWire{}
				for _, s := range all {
					wire = append(wire, wireSession(s))
				}
				return wire, sessionTable(all), err
			})
		},
	}
}

func sessionTable(all []caisson.Session) string {
	return table(func(w *tabwriter.Writer) {
		fmt.Fprintln(w, "NAME\tLANGUAGE\tEXECUTIONS\tLAST USED\tON DISK")
		for _, s := range all {
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", s.ID, s.Runtime, s.Cells, s.Used.Local().Format(time.DateTime), showBytes(s.Bytes))
		}
	})
}

func newSessionFork(e env, g *globals, f *format) *cobra.Command {
	return &cobra.Command{
		Use: "fork NAME NEW", Short: "Copy a session", Args: cobra.ExactArgs(2),
		Long: "Copy a session. The copy has the variables and files, and randomness of its own.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return answered(e, *f, func() (any, string, error) {
				meta, err := forkSession(cmd.Context(), e, g, args[0], args[1])
				return wireSession(meta), fmt.Sprintf("session %q, a copy of %q\n", meta.ID, args[0]), err
			})
		},
	}
}

func forkSession(ctx context.Context, e env, g *globals, from, to string) (_ caisson.Session, err error) {
	if from == to {
		return caisson.Session{}, caisson.Errorf(caisson.Conflict, "a copy of %q needs another name", from)
	}
	return makeSession(ctx, e, g, "", to, func(p *parts) (_ *engine.Session, _ string, err error) {
		held, err := p.sessions.Hold(ctx, caisson.SessionID(from))
		if err != nil {
			return nil, "", err
		}
		defer func() { err = errors.Join(err, held.Release()) }()
		state, err := held.State()
		if err != nil {
			return nil, "", err
		}
		defer func() { err = errors.Join(err, state.Close()) }()
		meta := held.Meta()
		if err := p.engine.Note(ctx, meta.Tenant, caisson.SessionID(to), caisson.Forked{From: meta.ID}); err != nil {
			return nil, "", err
		}
		s, err := p.engine.RestoreSession(ctx, engine.SessionRequest{
			ID: caisson.SessionID(to), Tenant: meta.Tenant, Runtime: meta.Runtime, Want: meta.Posture,
		}, state)
		return s, meta.Runtime, err
	})
}

func newSessionSnapshot(e env, g *globals, f *format) *cobra.Command {
	return &cobra.Command{
		Use: "snapshot NAME FILE", Short: "Write a session to a file", Args: cobra.ExactArgs(2),
		Long: `Write a session to a file, from which "restore" makes sessions again. It holds
the variables and files of the session's code. Only the build of caisson that
wrote it can go on with it.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return answered(e, *f, func() (any, string, error) {
				meta, err := snapshotSession(cmd.Context(), e, g, args[0], args[1])
				return wireSession(meta), fmt.Sprintf("session %q is in %s\n", args[0], args[1]), err
			})
		},
	}
}

func snapshotSession(ctx context.Context, e env, g *globals, name, file string) (_ caisson.Session, err error) {
	p, held, err := hold(ctx, e, g, "", name)
	if err != nil {
		return caisson.Session{}, err
	}
	defer func() { err = errors.Join(err, held.Release(), p.close()) }()
	state, err := held.State()
	if err != nil {
		return caisson.Session{}, err
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	meta := held.Meta()
	// In place of an older one only when it is whole.
	out, err := os.CreateTemp(filepath.Dir(file), ".caisson-*")
	if err != nil {
		return meta, caisson.Errorf(caisson.Invalid, "write the snapshot: %w", err)
	}
	err = session.WriteFile(out, meta, state)
	if err == nil {
		err = out.Sync()
	}
	err = errors.Join(err, out.Close())
	if err == nil {
		err = os.Rename(out.Name(), file)
	}
	if err != nil {
		return meta, errors.Join(fmt.Errorf("write the snapshot: %w", err), os.Remove(out.Name()))
	}
	return meta, nil
}

func newSessionRestore(e env, g *globals, f *format) *cobra.Command {
	return &cobra.Command{
		Use: "restore FILE NAME", Short: "Make a session from a file", Args: cobra.ExactArgs(2),
		Long: "Make a session from a file that \"snapshot\" wrote. It has the variables and\nfiles, and randomness of its own.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return answered(e, *f, func() (any, string, error) {
				meta, err := restoreSession(cmd.Context(), e, g, args[0], args[1])
				return wireSession(meta), fmt.Sprintf("session %q of %s\n", meta.ID, meta.Runtime), err
			})
		},
	}
}

func restoreSession(ctx context.Context, e env, g *globals, file, name string) (_ caisson.Session, err error) {
	in, err := os.Open(file)
	if err != nil {
		return caisson.Session{}, caisson.Errorf(caisson.NotFound, "read the snapshot: %w", err)
	}
	defer in.Close()
	meta, state, err := session.ReadFile(in)
	if err != nil {
		return caisson.Session{}, err
	}
	return makeSession(ctx, e, g, "", name, func(p *parts) (*engine.Session, string, error) {
		if meta.ID != "" {
			if err := p.engine.Note(ctx, caisson.TenantLocal, caisson.SessionID(name), caisson.Forked{From: meta.ID}); err != nil {
				return nil, "", err
			}
		}
		s, err := p.engine.RestoreSession(ctx, engine.SessionRequest{
			ID: caisson.SessionID(name), Tenant: caisson.TenantLocal, Runtime: meta.Runtime, Want: p.policy.Fill(meta.Posture),
		}, state)
		return s, meta.Runtime, err
	})
}

func newSessionFiles(e env, g *globals, f *format) *cobra.Command {
	return &cobra.Command{
		Use: "files NAME", Short: "List the files of a session", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return answered(e, *f, func() (any, string, error) {
				files, err := sessionFiles(cmd.Context(), e, g, args[0])
				text := table(func(w *tabwriter.Writer) {
					for _, f := range files {
						fmt.Fprintf(w, "%d\t%q\n", f.Bytes, f.Name)
					}
				})
				return list(files), text, err
			})
		},
	}
}

// sessionFiles looks into a copy of the session, so that the session itself
// can go on.
func sessionFiles(ctx context.Context, e env, g *globals, name string) (files []fileWire, err error) {
	p, held, err := hold(ctx, e, g, "", name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, held.Release(), p.close()) }()
	state, err := held.State()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	meta := held.Meta()
	s, err := p.engine.RestoreSession(ctx, engine.SessionRequest{ID: meta.ID, Tenant: meta.Tenant, Runtime: meta.Runtime, Want: meta.Posture}, state)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	filer := s.Files()
	if filer == nil {
		return nil, caisson.Errorf(caisson.Unsupported, "the backend of session %q has no files", name)
	}
	found, err := filer.List(ctx, ".")
	for _, f := range found {
		files = append(files, fileWire{f.Name, int(f.Size)})
	}
	return files, err
}

func newSessionKill(e env, g *globals, f *format) *cobra.Command {
	return &cobra.Command{
		Use: "kill NAME", Short: "Delete a session and its state", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return answered(e, *f, func() (any, string, error) {
				meta, err := killSession(cmd.Context(), e, g, args[0])
				return wireSession(meta), fmt.Sprintf("session %q is deleted\n", args[0]), err
			})
		},
	}
}

func killSession(ctx context.Context, e env, g *globals, name string) (_ caisson.Session, err error) {
	p, held, err := hold(ctx, e, g, "", name)
	if err != nil {
		return caisson.Session{}, err
	}
	defer func() { err = errors.Join(err, held.Release(), p.close()) }()
	meta := held.Meta()
	// On record first: nothing goes away unseen.
	if err := p.engine.Note(ctx, meta.Tenant, meta.ID, caisson.Deleted{}); err != nil {
		return meta, err
	}
	return meta, held.Delete()
}

// A failed command answers with this, with -o json.
type failed struct {
	Error *failureWire `json:"error"`
}

// answered carries out a command and answers: the text, or with -o json the
// value, or the error.
func answered(e env, f format, do func() (v any, text string, err error)) error {
	v, text, err := do()
	if f != formatJSON {
		if err == nil {
			_, err = io.WriteString(e.out, text)
		}
		return err
	}
	if err != nil {
		v = failed{wireError(err)}
	}
	code := exitCode(err)
	if err := writeJSON(e.out, v); err != nil {
		return err
	}
	if code == 0 {
		return nil
	}
	return quiet{code, err}
}

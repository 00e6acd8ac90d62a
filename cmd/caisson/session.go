package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/backend"
	"github.com/caisson-dev/caisson/internal/engine"
	"github.com/caisson-dev/caisson/internal/session"
)

func newSessionCommand(e env, g *globals, args []string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "session",
		Short: "Keep variables and files between executions",
		Long: `Keep variables and files between executions. Between two of them a session
rests on disk, and no process stays for it. Code that is killed, or that its
sandbox does not survive, leaves the session as it was before.`,
		Args: cobra.NoArgs, RunE: showHelp,
	}
	f := formatText
	cmd.PersistentFlags().VarP(&f, "format", "o", "text or json")
	cmd.AddCommand(
		newSessionNew(e, g, &f), newSessionExec(e, g, args), newSessionList(e, g, &f),
		newSessionFork(e, g, &f), newSessionSnapshot(e, g, &f), newSessionRestore(e, g, &f),
		newSessionFiles(e, g, &f), newSessionKill(e, g, &f),
	)
	return cmd
}

func newSessionExec(e env, g *globals, args []string) *cobra.Command {
	c := &call{mustExist: true}
	cmd := &cobra.Command{
		Use:     "exec [flags] NAME FILE|-c CODE|- [args...]",
		Short:   "Run code in a session",
		Long:    "Run code in a session, which must be there. The value of a trailing\nexpression is shown.\n\n" + exitHelp,
		Example: "caisson session exec notes -c 'x + 1'\ncaisson session exec notes more.py",
		RunE: func(cmd *cobra.Command, rest []string) error {
			name, rest, err := c.sessionArgs(cmd, rest)
			if err != nil {
				return (&report{}).finish(e, formatOf(args), nil, err)
			}
			c.session = name
			return runCode(cmd.Context(), e, g, c, rest)
		},
	}
	c.flags(cmd.Flags())
	strict(cmd, e, args)
	return cmd
}

// sessionArgs takes the session's name from the arguments. Flags may follow it,
// up to the code.
func (c *call) sessionArgs(cmd *cobra.Command, rest []string) (string, []string, error) {
	if len(rest) == 0 {
		return "", nil, caisson.Errorf(caisson.Invalid, "no session is named: caisson session exec NAME FILE|-c CODE|-")
	}
	name := rest[0]
	if err := cmd.Flags().Parse(rest[1:]); err != nil {
		return "", nil, caisson.Errorf(caisson.Invalid, "%w (see caisson session exec --help)", err)
	}
	return name, cmd.Flags().Args(), nil
}

// checkResting refuses a session of what cannot rest on disk.
func checkResting(lang string) error {
	if slices.Contains(catalogue(), lang) {
		return nil
	}
	return caisson.Errorf(caisson.Unsupported, "there are no sessions of %s: programs of it keep nothing from one to the next; use %s", lang, strings.Join(catalogue(), ", "))
}

// inSession runs code in a session, between waking it and laying it to rest.
func (c *call) inSession(ctx context.Context, e env, conf config, src source, want caisson.Posture, r *report) (x *caisson.Execution, err error) {
	store, err := session.Open(conf.sessions())
	if err != nil {
		return nil, err
	}
	held, err := store.Hold(ctx, caisson.SessionID(c.session))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, held.Release()) }()
	lang, err := c.sessionLanguage(held, src)
	if err == nil {
		err = checkResting(lang)
	}
	if err != nil {
		return nil, err
	}
	p, err := open(ctx, e, opening{config: conf, policy: c.policy, runtime: lang})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()

	base := held.Meta().Posture
	if !held.Found() {
		base = p.policy.Fill(want)
	}
	req := caisson.Request{
		Tenant: caisson.TenantLocal, Runtime: lang, Code: src.code, Name: src.name, Args: src.args,
		Show: true, Want: fill(want, base),
	}
	t, err := c.transfer(e, p, req, src, r)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	req.Files = t.in
	awake, again, err := p.wake(ctx, held, engine.SessionRequest{ID: caisson.SessionID(c.session), Tenant: req.Tenant, Runtime: lang, Want: base})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, awake.Close()) }()
	if x, err = awake.Execute(ctx, req, t.streams); x.Outcome.Status == "" {
		if held.Found() && !again {
			err = errors.Join(err, held.GiveBack())
		}
		return x, err
	}
	meta := held.Meta()
	meta.Tenant, meta.Runtime, meta.Posture = req.Tenant, lang, awake.Posture()
	meta.Cells++
	kept, saveErr := p.rest(ctx, held, awake, meta)
	switch {
	case kept && held.Found():
		r.note = "the session is as it was before"
	case kept:
		r.note = "no session was made"
	}
	return x, errors.Join(err, saveErr)
}

// sessionLanguage settles the runtime of a session, which is that of its first
// code.
func (c *call) sessionLanguage(held *session.Held, src source) (string, error) {
	if !held.Found() {
		if c.mustExist {
			return "", caisson.Errorf(caisson.NotFound, "there is no session %q: make it with \"caisson session new %s --lang LANGUAGE\"", c.session, c.session)
		}
		return src.language(c.lang)
	}
	has := held.Meta().Runtime
	asked := c.lang
	if asked == "" {
		asked = src.lang
	}
	if asked == "" {
		return has, nil
	}
	lang, err := src.language(asked)
	if err == nil && lang != has {
		err = caisson.Errorf(caisson.Invalid, "session %q is one of %s, and this is %s: run it in another session", c.session, has, lang)
	}
	return has, err
}

// fill returns want, with what it does not say as base has it.
func fill(want, base caisson.Posture) caisson.Posture {
	l, b := want.Limits, base.Limits
	orInt := func(v *int64, other int64) {
		if *v == 0 {
			*v = other
		}
	}
	orInt((*int64)(&l.Wall), int64(b.Wall))
	orInt((*int64)(&l.CPU), int64(b.CPU))
	orInt(&l.Memory, b.Memory)
	orInt(&l.Disk, b.Disk)
	orInt(&l.Output, b.Output)
	l.Inodes, l.OpenFiles, l.Processes = b.Inodes, b.OpenFiles, b.Processes
	full := base
	full.Limits, full.Isolation = l, max(want.Isolation, base.Isolation)
	return full
}

// wake opens a held session: a new one, one that goes on, or the copy of one
// that went on before and was not laid to rest, which is what again says.
func (p *parts) wake(ctx context.Context, held *session.Held, req engine.SessionRequest) (s *engine.Session, again bool, err error) {
	if !held.Found() {
		s, err = p.engine.OpenSession(ctx, req)
		return s, false, err
	}
	state, again, err := held.Take()
	if err != nil {
		return nil, false, err
	}
	if again {
		s, err = p.engine.RestoreSession(ctx, req, state)
	} else {
		s, err = p.engine.ResumeSession(ctx, req, state)
	}
	if err != nil && !again {
		err = errors.Join(err, held.GiveBack())
	}
	return s, again, errors.Join(err, state.Close())
}

// restGrace is how long laying a session to rest may take after its caller is
// gone.
const restGrace = 30 * time.Second

// rest writes a session down as meta describes it. kept says that it could not
// be, since its sandbox did not survive, and that what was there before counts.
func (p *parts) rest(ctx context.Context, held *session.Held, awake *engine.Session, meta caisson.Session) (kept bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restGrace)
	defer cancel()
	meta.Used = time.Now().UTC()
	if !held.Found() {
		meta.Created = meta.Used
	}
	unused := meta.Cells == held.Meta().Cells
	saved, err := held.Save(meta, unused, func(w io.Writer) error { return awake.Save(ctx, w) })
	switch {
	case errors.Is(err, backend.ErrEnded):
		return true, nil
	case err != nil:
		return true, err
	}
	return false, p.engine.Note(ctx, meta.Tenant, held.Meta().ID, saved)
}

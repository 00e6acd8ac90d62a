package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/caisson-dev/caisson"
	"github.com/caisson-dev/caisson/internal/engine"
)

// An interrupted error says that a person or the system ended us before the
// code ran.
type interrupted struct{ by syscall.Signal }

func (i interrupted) Error() string {
	return "interrupted by " + signalName(i.by) + " before the code ran"
}

// signals answers what the system sends us. Code that runs is interrupted
// softly by the first ^C and killed by the second; the third ends this program
// as if it did not listen. SIGTERM and SIGHUP kill. Where no code runs, the
// first signal ends the command.
type signals struct {
	cancel context.CancelCauseFunc

	mu     sync.Mutex // guards what follows
	engine *engine.Engine
	n      int    // ^C so far
	killed string // the signal at which code was killed; empty while none was
}

// watch begins to listen. The context ends when a signal ends the command.
func watch(ctx context.Context) (context.Context, *signals) {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &signals{cancel: cancel}
	c := make(chan os.Signal, 4)
	// With SIGPIPE among them, writing to a pipe that nobody reads is an error
	// like others, and the end of the code still goes on record.
	signal.Notify(c, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	go func() {
		for sig := range c {
			if sig != syscall.SIGPIPE {
				s.answer(sig.(syscall.Signal))
			}
		}
	}()
	return ctx, s
}

// attach makes what runs in an engine reachable.
func (s *signals) attach(e *engine.Engine) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.engine = e
}

func (s *signals) answer(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	response := caisson.Kill
	if sig == syscall.SIGINT {
		s.n++
		if s.n == 1 {
			response = caisson.Interrupt
		} else {
			signal.Reset(syscall.SIGINT)
		}
	}
	if s.engine == nil {
		s.cancel(interrupted{sig})
		return
	}
	running := s.engine.Running()
	if len(running) > 0 && response == caisson.Kill {
		s.killed = signalName(sig)
	}
	if len(running) == 0 {
		s.cancel(interrupted{sig})
	}
	for _, id := range running {
		// An error says that it has ended meanwhile, or that the record is
		// broken, which the execution's own end runs into as well.
		_ = s.engine.Respond(context.Background(), id, response, signalName(sig))
	}
}

// killer returns at which signal code was killed, or "".
func (s *signals) killer() string {
	if s == nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.killed
}

func signalName(sig syscall.Signal) string {
	switch sig {
	case syscall.SIGINT:
		return "^C"
	case syscall.SIGTERM:
		return "SIGTERM"
	case syscall.SIGHUP:
		return "SIGHUP"
	}
	return sig.String()
}

// interruption returns the signal that ended ctx.
func interruption(ctx context.Context) (interrupted, bool) {
	return errors.AsType[interrupted](context.Cause(ctx))
}

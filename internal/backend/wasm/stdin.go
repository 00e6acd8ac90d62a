package wasm

import (
	"context"
	"io"
	"os"
	"sync"
)

// A stdin is the standard input of a sandbox's executions, in the worker. It
// asks for bytes when the code wants some.
type stdin struct {
	conn *os.File

	mu   sync.Mutex
	rest []byte
	over bool
	more chan struct{} // a value when rest or over changed
}

func newStdin(conn *os.File) *stdin { return &stdin{conn: conn, more: make(chan struct{}, 1)} }

// reset forgets what the last execution left.
func (s *stdin) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest, s.over = nil, false
	select {
	case <-s.more:
	default:
	}
}

// put adds bytes; none mean that there are no more.
func (s *stdin) put(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest = append(s.rest, b...)
	s.over = s.over || len(b) == 0
	select {
	case s.more <- struct{}{}:
	default:
	}
}

func (s *stdin) take(p []byte) (n int, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, s.over
}

// Read is the code's. It asks once and waits.
func (s *stdin) Read(ctx context.Context, p []byte) (int, error) {
	for asked := false; ; {
		n, over := s.take(p)
		if n > 0 {
			return n, nil
		}
		if over {
			return 0, io.EOF
		}
		if !asked {
			asked = true
			if err := writeFrame(s.conn, answerWant); err != nil {
				return 0, err
			}
		}
		select {
		case <-s.more:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

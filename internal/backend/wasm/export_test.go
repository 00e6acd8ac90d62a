package wasm

import (
	"syscall"
	"time"

	"github.com/caisson-dev/caisson/internal/guest"
)

// WithPatience returns a configuration that waits less for a worker that does
// not answer.
func WithPatience(c Config, d time.Duration) Config {
	c.patience = d
	return c
}

// WithoutNamespaces returns a configuration of a host that does not let us make
// namespaces.
func WithoutNamespaces(c Config) Config {
	c.isolated = func() *syscall.SysProcAttr {
		// The kernel refuses this pair of flags (clone(2)).
		return &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_FS}
	}
	return c
}

// PID returns the worker of a sandbox.
func PID(in any) int { return in.(*instance).p.cmd.Process.Pid }

// What a hostile worker says.
const (
	HeadSize        = headSize
	AnswerDone      = byte(answerDone)
	AnswerFailed    = byte(answerFailed)
	AnswerOut       = byte(answerOut)
	AnswerResult    = byte(answerResult)
	AnswerException = byte(answerException)
	AnswerWant      = byte(answerWant)
	AnswerData      = byte(answerData)
)

// Folder names what the cache keeps of a guest.
func Folder(b guest.Bundle) string { return folder(b) }

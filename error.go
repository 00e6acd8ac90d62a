package caisson

import (
	"errors"
	"fmt"
)

// A Code says what the caller of a failed request should do next.
type Code string

const (
	Invalid     Code = "invalid"     // change the request
	Forbidden   Code = "forbidden"   // ask for the right
	NotFound    Code = "not_found"   // not there, or not yours
	Conflict    Code = "conflict"    // read again, then decide
	Exhausted   Code = "exhausted"   // later
	Unsupported Code = "unsupported" // not on this host or in this program
	Unavailable Code = "unavailable" // try again
	Internal    Code = "internal"    // our failure; the log has all
)

// An Error is a request that could not be taken: wrong, not permitted, or too
// much. It is never how code ended, nor a denial.
type Error struct {
	Code    Code
	Message string // for the caller: what happened and what to do
	Err     error  // the cause; nil when none
}

// Errorf returns an [Error]. A %w in format becomes its cause.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), Err: errors.Unwrap(err)}
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first [Error] in err's chain, Internal for any
// other error, and the empty Code for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

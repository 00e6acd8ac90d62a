package sys

import (
	"errors"
	"fmt"
)

// ErrMissing is what every wall that this host cannot build wraps.
var ErrMissing = errors.New("not on this host")

// missing names a wall, and why it cannot be built.
func missing(wall string, err error) error {
	return fmt.Errorf("%s: %w: %w", wall, ErrMissing, err)
}

package health

import (
	"errors"
	"sync/atomic"
)

var draining atomic.Bool

// ErrDraining means that the process is about to end.
var ErrDraining = errors.New("health: draining")

// Drain makes Check fail.
func Drain() { draining.Store(true) }

// Check fails while the process drains.
func Check() error {
	if draining.Load() {
		return ErrDraining
	}
	return nil
}

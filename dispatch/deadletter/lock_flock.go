//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package deadletter

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock locks f until it is closed, also by the end of the process, or returns errTaken
// if another has locked it.
func lock(f *os.File) error {
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return errTaken
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, syscall.ENOLCK):
		return nil // the file system has no locks, which ReplayDir says
	case err != nil:
		return fmt.Errorf("lock the letter: %w", err)
	}
	return nil
}

//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package deadletter

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock locks f until f is closed or the process ends. It returns errTaken if another
// process has locked f.
func lock(f *os.File) error {
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return errTaken
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, syscall.ENOLCK):
		return nil // the file system has no locks; see ReplayDir
	case err != nil:
		return fmt.Errorf("lock the letter: %w", err)
	}
	return nil
}

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package dev

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stopWithParent lets Ctrl-Z stop go tool, which started us. It catches all signals and
// passes them on, so it would not stop itself, and the shell would wait for it forever.
func stopWithParent() (restore func()) {
	group := unix.Getpgrp()
	parent, err := unix.Getpgid(os.Getppid())
	session, serr := unix.Getsid(0)
	if err != nil || serr != nil || parent != group || session == group {
		// Our parent is the shell, or there is no shell that could continue us.
		return func() {}
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTSTP)
	go func() {
		for range signals {
			discard(signals, patience) // the terminal and the parent have each sent one
			_ = syscall.Kill(0, syscall.SIGSTOP)
			discard(signals, patience)
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}

// patience is the time to wait for the parent's copy of a signal.
const patience = 100 * time.Millisecond

// discard receives from c for the time d.
func discard(c <-chan os.Signal, d time.Duration) {
	for end := time.After(d); ; {
		select {
		case _, ok := <-c:
			if !ok {
				return
			}
		case <-end:
			return
		}
	}
}

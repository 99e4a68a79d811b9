//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package dev

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// notify sends the signals that should end this process to c.
func notify(c chan<- os.Signal) (stop func()) {
	signal.Notify(c, os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE)
	if !signal.Ignored(syscall.SIGHUP) { // nohup ignores it
		signal.Notify(c, syscall.SIGHUP)
	}
	return func() { signal.Stop(c) }
}

// isAbandoned reports whether sig means that nobody sees the output any more.
func isAbandoned(sig os.Signal) bool { return sig == syscall.SIGHUP || sig == syscall.SIGPIPE }

// hasTerminal reports whether this process has a controlling terminal.
func hasTerminal() bool {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err == nil {
		_ = tty.Close()
	}
	return err == nil
}

// ownGroup makes cmd run in a new process group.
func ownGroup(cmd *exec.Cmd) { attributes(cmd).Setpgid = true }

// newSession makes cmd run in a new session, out of reach of the terminal's signals and
// of a kill of the process group.
func newSession(cmd *exec.Cmd) { attributes(cmd).Setsid = true }

// hasGroup reports whether cmd has a process group of its own.
func hasGroup(cmd *exec.Cmd) bool { return attributes(cmd).Setpgid }

func attributes(cmd *exec.Cmd) *syscall.SysProcAttr {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	return cmd.SysProcAttr
}

// killTarget returns the argument of kill that reaches cmd, and its children if it has
// a process group.
func killTarget(cmd *exec.Cmd) int {
	if hasGroup(cmd) {
		return -cmd.Process.Pid
	}
	return cmd.Process.Pid
}

// interrupt sends SIGINT to the group, as Ctrl-C at the terminal would.
func interrupt(cmd *exec.Cmd) error { return syscall.Kill(killTarget(cmd), syscall.SIGINT) }

// terminate and kill ignore the error if the group has ended already: then there is
// nothing to do.
func terminate(cmd *exec.Cmd) { _ = syscall.Kill(killTarget(cmd), syscall.SIGTERM) }
func kill(cmd *exec.Cmd)      { _ = syscall.Kill(killTarget(cmd), syscall.SIGKILL) }
func killPID(pid int)         { _ = syscall.Kill(pid, syscall.SIGKILL) }

// YieldCPU makes this process group use the processor when others leave it idle. (On Linux,
// a process is only one of its threads here.)
func YieldCPU() { _ = syscall.Setpriority(syscall.PRIO_PGRP, 0, 10) }

// lockFolder marks dir as a folder of this process. The lock ends with the process.
func lockFolder(dir string) (*os.File, error) {
	name := filepath.Join(dir, ownerFile)
	f, err := os.OpenFile(name+".new", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return f, nil // the file system has no locks: nobody removes the folder then
	}
	session, err := unix.Getsid(0)
	if err == nil {
		_, err = f.WriteString(strconv.Itoa(session))
	}
	if err == nil {
		// Only now is the file a sign for other processes.
		err = os.Rename(name+".new", name)
	}
	return f, err
}

// isScope reports whether dir may be the folder of a scope of our user.
func isScope(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 || !strings.HasPrefix(filepath.Base(dir), folderPrefix) {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}

// lockOrphan locks dir if it is our user's and its process has ended. Otherwise it
// returns nil.
func lockOrphan(dir string) *os.File {
	if !isScope(dir) {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(dir, ownerFile), os.O_RDWR|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		return nil
	}
	return f
}

// terminalWidth returns the number of columns of f, or 0 if it is no terminal.
func terminalWidth(f *os.File) int {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	switch {
	case err != nil:
		return 0
	case size.Col == 0: // unknown, as on a serial line
		return 80
	}
	return int(size.Col)
}

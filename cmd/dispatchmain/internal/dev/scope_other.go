//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package dev

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func notify(c chan<- os.Signal) (stop func()) {
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	return func() { signal.Stop(c) }
}

func isAbandoned(os.Signal) bool { return false }

// Without process groups, there is no job control.
func hasTerminal() bool             { return false }
func ownGroup(*exec.Cmd)            {}
func newSession(*exec.Cmd)          {}
func hasGroup(*exec.Cmd) bool       { return true } // kill knows whether the process has ended
func killTarget(cmd *exec.Cmd) int  { return cmd.Process.Pid }
func interrupt(cmd *exec.Cmd) error { return cmd.Process.Kill() }
func terminate(cmd *exec.Cmd)       { _ = cmd.Process.Kill() }
func kill(cmd *exec.Cmd)            { _ = cmd.Process.Kill() }

func killPID(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}

// Without job control, nothing stops this process.
func stopWithParent() (restore func()) { return func() {} }

// YieldCPU does nothing: only Unix has this.
func YieldCPU() {}

// Without locks, no folder is known to be left behind.
func lockFolder(dir string) (*os.File, error) { return os.Create(filepath.Join(dir, ownerFile)) }
func isScope(dir string) bool                 { return strings.HasPrefix(filepath.Base(dir), folderPrefix) }
func lockOrphan(string) *os.File              { return nil }

// terminalWidth returns a width that all terminals have, or 0 if f is no terminal.
func terminalWidth(f *os.File) int {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 || f.Name() == os.DevNull {
		return 0
	}
	return 80
}

//go:build !unix

package dev

import "os/exec"

// ownGroup does nothing: there are no process groups.
func ownGroup(*exec.Cmd) {}

// Without signals, the only way to end a process is to kill it.
func interrupt(cmd *exec.Cmd) error { return cmd.Process.Kill() }
func terminate(cmd *exec.Cmd)       { _ = cmd.Process.Kill() }
func kill(cmd *exec.Cmd)            { _ = cmd.Process.Kill() }

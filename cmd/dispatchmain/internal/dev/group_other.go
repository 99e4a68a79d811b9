//go:build !unix

package dev

import "os/exec"

func ownGroup(*exec.Cmd) {}

// Without signals there is one way to end a process.
func interrupt(cmd *exec.Cmd) error { return cmd.Process.Kill() }
func terminate(cmd *exec.Cmd)       { _ = cmd.Process.Kill() }
func kill(cmd *exec.Cmd)            { _ = cmd.Process.Kill() }

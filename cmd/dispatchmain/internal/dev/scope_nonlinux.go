//go:build !linux

package dev

import "os/exec"

// Only Linux ends a process with its parent. Elsewhere, the watcher does.
func dieWithParent(*exec.Cmd) {}
func followParent()           {}

// killScope does nothing: other systems do not show the environment of a process.
func killScope(string) {}

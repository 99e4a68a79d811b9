//go:build race

// Package race reports whether the race detector is enabled in this build.
package race

// Enabled reports whether the race detector is enabled.
const Enabled = true

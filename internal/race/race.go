//go:build race

// Package race says whether the race detector is in this build.
package race

// Enabled says so.
const Enabled = true

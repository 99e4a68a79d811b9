//go:build race

package analyzers_test

// raceEnabled says that the race detector is in this build.
const raceEnabled = true

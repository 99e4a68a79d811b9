// Package property has the flags of the tests that make their inputs by chance.
// Only tests import it.
package property

import (
	"flag"
	"math/rand/v2"
)

var (
	seed = flag.Uint64("seed", 1, "of what a property test makes; 0 is another each time")
	long = flag.Bool("long", false, "have the property tests make ten times as much, with more seeds")
)

// Seed returns the seed of a test.
func Seed() uint64 {
	if *seed == 0 {
		return rand.Uint64()
	}
	return *seed
}

// Long reports whether a test shall take its time.
func Long() bool { return *long }

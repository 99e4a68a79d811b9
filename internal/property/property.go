// Package property defines the flags of the tests that generate random inputs or take long.
// Only tests import it.
package property

import (
	"flag"
	"math/rand/v2"
)

var (
	seed = flag.Uint64("seed", 1, "seed of the generated inputs; 0 chooses a random seed")
	long = flag.Bool("long", false, "also run the tests that take long, and the property tests with more inputs")
)

// Seed returns the seed of a property test, random if -seed=0.
func Seed() uint64 {
	if *seed == 0 {
		return rand.Uint64()
	}
	return *seed
}

// Long reports whether -long is set.
func Long() bool { return *long }

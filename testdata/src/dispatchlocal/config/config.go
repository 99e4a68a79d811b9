// Package config knows nothing of dispatch.
package config

import "flag"

// What main sets.
var (
	Bucket string
	region string
	Limits struct{ Size int }
	Known  string
	Cached map[string]int
	Preset = "preset"
)

// Verbose is a flag.
var Verbose = flag.Bool("verbose", false, "tell more")

// SetRegion sets the region.
func SetRegion(r string) { region = r }

// Region returns it.
func Region() string { return region }

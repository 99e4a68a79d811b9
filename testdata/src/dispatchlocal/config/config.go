// Package config does not import dispatch.
package config

import "flag"

// Variables that main sets.
var (
	Bucket string
	region string
	Limits struct{ Size int }
	Known  string
	Only   string
	Cached map[string]int
	Preset = "preset"
)

// Level is a flag. Verbose is a flag too, but its zero value is meaningful.
var (
	Level   = flag.String("level", "", "how much to tell")
	Verbose = flag.Bool("verbose", false, "tell more")
	Retries int
	Quota   map[string]int
	Conf    conf
	Key     [4]byte
	Zone    string
)

type conf struct{ n int }

// FromEnv sets c.
func (c *conf) FromEnv() { c.n = 1 }

// N returns the number.
func (c conf) N() int { return c.n }

// SetRegion sets the region.
func SetRegion(r string) { region = r }

// Region returns the region.
func Region() string { return region }

// Package config knows nothing of dispatch.
package config

import "flag"

// What main sets.
var (
	Bucket string
	region string
	Limits struct{ Size int }
	Known  string
	Only   string
	Cached map[string]int
	Preset = "preset"
)

// Level is a flag, and Verbose one that a program need not have.
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

// FromEnv fills in.
func (c *conf) FromEnv() { c.n = 1 }

// N tells.
func (c conf) N() int { return c.n }

// SetRegion sets the region.
func SetRegion(r string) { region = r }

// Region returns it.
func Region() string { return region }

package config

import "sync/atomic"

type Config struct {
	Host string
	Port int
}

var current atomic.Pointer[Config]

// Set makes c the configuration of the process.
func Set(c *Config) { current.Store(c) }

// Get returns the configuration of the process.
func Get() *Config { return current.Load() }

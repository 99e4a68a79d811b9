package config

import (
	"context"
	"os"
)

// Config is the configuration.
type Config struct{ DSN string }

var cfg *Config

// Load reads the environment.
func Load(context.Context) error {
	c := &Config{DSN: os.Getenv("DB_DSN")}
	if c.DSN == "" {
		c.DSN = "dev"
	}
	cfg = c
	return nil
}

// Get returns the configuration.
func Get() Config { return *cfg }

// Package config reads the configuration of the service and of its callee.
package config

import (
	"errors"
	"os"

	"github.com/spf13/viper"
)

// A Config is the configuration.
type Config struct {
	Database string // the file of the SQLite database
	SMTP     string // host and port of the mail server
}

// Load reads SIGNUP_DATABASE and SIGNUP_SMTP, and the file that SIGNUP_CONFIG names.
func Load() (Config, error) {
	v := viper.New()
	v.SetEnvPrefix("signup")
	v.AutomaticEnv()
	v.SetDefault("smtp", "localhost:25")
	if file := os.Getenv("SIGNUP_CONFIG"); file != "" {
		v.SetConfigFile(file)
		if err := v.ReadInConfig(); err != nil {
			return Config{}, err
		}
	}
	c := Config{Database: v.GetString("database"), SMTP: v.GetString("smtp")}
	if c.Database == "" {
		return Config{}, errors.New("SIGNUP_DATABASE is not set (set it to the name of a file)")
	}
	return c, nil
}

// Package secrets registers functions that take secrets, and others that only look so.
package secrets

import (
	"context"
	"time"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type (
	Login struct {
		User     string
		Password string
		Reset    *struct{ Token []byte }
		Keys     map[string]Config
		Auth     `json:"auth"`
	}
	Auth   struct{ RefreshToken string }
	Config struct {
		Key    string   `json:"api_key"`
		Pin    string   `sensitive:"true"`
		Answer []string `datapolicy:"password"`
		Next   *Config
	}
	Passphrase string
	Sealed     struct{ Password string }

	Harmless struct {
		PasswordResetURL string
		TokenCount       string
		MaxTokens        int
		Tokens           []string
		NextPageToken    string
		PublicKey        []byte
		HasPassword      bool
		PasswordChanged  time.Time
		TokenTTL         time.Duration
		Secret           string `json:"-"`
		Masked           string `mask:"false"`
		password         string `json:"-"`
		Token            Token
		Sealed           Sealed
	}
	Token struct{ Kind int }
)

func (s Sealed) MarshalText() ([]byte, error)     { return []byte(s.Password), nil }
func (s *Sealed) UnmarshalText(text []byte) error { s.Password = string(text); return nil }

func login(context.Context, Login, ...Login) error                      { return nil }
func param(ctx context.Context, user, apiKey string, _ int) error       { return nil }
func typed(context.Context, []Passphrase, *Passphrase) error            { return nil }
func harmless(ctx context.Context, h Harmless, token Token) error       { return nil }
func counted(ctx context.Context, password bool, passport string) error { return nil }

var (
	_ = dispatch.Register(login) // want `^argument 1 of secrets\.login: Login\.Auth\.RefreshToken may be a secret, which the queue stores as it is \(send its name and let the callee look it up, or encrypt calls with secure\.Seal: docs/security\.md\)$` `^argument 1 of secrets\.login: Login\.Keys\[\]\.Answer may be a secret, which the queue stores as it is \(send its name and let the callee look it up, or encrypt calls with secure\.Seal: docs/security\.md\)$` `^argument 1 of secrets\.login: Login\.Keys\[\]\.Key may be a secret, which the queue stores as it is \(send its name and let the callee look it up, or encrypt calls with secure\.Seal: docs/security\.md\)$` `^argument 1 of secrets\.login: Login\.Keys\[\]\.Pin may be a secret, which the queue stores as it is \(send its name and let the callee look it up, or encrypt calls with secure\.Seal: docs/security\.md\)$` `^argument 1 of secrets\.login: Login\.Password may be a secret, which the queue stores as it is \(send its name and let the callee look it up, or encrypt calls with secure\.Seal: docs/security\.md\)$` `^argument 1 of secrets\.login: Login\.Reset\.Token may be a secret, which the queue stores as it is \(send its name and let the callee look it up, or encrypt calls with secure\.Seal: docs/security\.md\)$` `^argument 2 of secrets\.login: Login\.Auth\.RefreshToken may be a secret, which the queue stores as it is \(send its name and let the callee look it up, or encrypt calls with secure\.Seal: docs/security\.md\)$` `^argument 2 of secrets\.login: Login\.Keys\[\]\.Answer may be a secret, which the queue stores as it is \(send its name and let the callee look it up, or encrypt calls with secure\.Seal: docs/security\.md\)$` `^argument 2 of secrets\.login: Login\.Keys\[\]\.Key may be a secret, which the queue stores as it is \(send its name and let the callee look it up, or encrypt calls with secure\.Seal: docs/security\.md\)$` `^argument 2 of secrets\.login: Login\.Keys\[\]\.Pin may be a secret, which the queue stores as it is \(send its name and let the callee look it up, or encrypt calls with secure\.Seal: docs/security\.md\)$` `^argument 2 of secrets\.login: Login\.Password may be a secret, which the queue stores as it is \(send its name and let the callee look it up, or encrypt calls with secure\.Seal: docs/security\.md\)$` `^argument 2 of secrets\.login: Login\.Reset\.Token may be a secret, which the queue stores as it is \(send its name and let the callee look it up, or encrypt calls with secure\.Seal: docs/security\.md\)$`
	_ = dispatch.Register(param) // want `^argument 2 of secrets\.param: apiKey may be a secret, which the queue stores as it is \(send its name and let the callee look it up, or encrypt calls with secure\.Seal: docs/security\.md\)$`
	_ = dispatch.Register(typed) // want `^argument 1 of secrets\.typed: Passphrase may be a secret, which the queue stores as it is \(send its name and let the callee look it up, or encrypt calls with secure\.Seal: docs/security\.md\)$` `^argument 2 of secrets\.typed: Passphrase may be a secret, which the queue stores as it is \(send its name and let the callee look it up, or encrypt calls with secure\.Seal: docs/security\.md\)$`
	_ = dispatch.Register(harmless)
	_ = dispatch.Register(counted)
)

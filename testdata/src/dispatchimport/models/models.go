// Package models has a type that makes calls.
package models

import (
	"context"

	"example.com/fixtures/src/dispatchimport/reach"
)

// A User is a row.
type User struct{ Name string }

func (u User) String() string { return u.Name }

// Welcome makes a call.
func (u User) Welcome(ctx context.Context) error { return reach.Invite(ctx) }

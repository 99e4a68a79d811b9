package events

import "encoding/gob"

type UserCreated struct{ Name string }

func (u UserCreated) Describe() string { return "user created: " + u.Name }

func init() { gob.Register(UserCreated{}) }

package fast

import "example.com/local/imports/right_fallback/internal/codec"

type codecFast struct{}

func (codecFast) Name() string { return "fast" }

func init() { codec.Register(codecFast{}) }

// Package nested takes messages inside of its arguments.
package nested

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

type order struct {
	Lines map[string][]line
}

type line struct {
	note
	Text string
}

type note struct{ Due *timestamppb.Timestamp }

func init() {
	dispatch.Register(place) // want `argument 1 of nested.place has a protocol buffer message`
}

func place(context.Context, ...order) error { return nil }

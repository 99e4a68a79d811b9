// Package protobuf registers functions that take messages, and nothing that it imports
// has their encoder.
package protobuf

import (
	"context"

	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// A plain order has no message that the encoder sees.
type plain struct {
	Due  *timestamppb.Timestamp `json:"-"`
	Own  own
	Any  any
	done *timestamppb.Timestamp
}

type own struct{ at *timestamppb.Timestamp }

func (o own) MarshalText() ([]byte, error)     { return o.at.AsTime().MarshalText() }
func (o *own) UnmarshalText(text []byte) error { return nil }

var (
	_ = dispatch.Register(keep)
	_ = dispatch.Register(send) // want `argument 2 of protobuf.send has a protocol buffer message, but dispatch/protobuf is not imported: Register panics \(import _ "github.com/cloud-functions-dispatch/go/dispatch/protobuf" in the package that registers the function\)`
	_ = dispatch.Register(list) // the same import is its cure
)

func send(context.Context, string, *structpb.Struct, *timestamppb.Timestamp) error { return nil }
func list(context.Context, ...*timestamppb.Timestamp) error                        { return nil }
func keep(context.Context, plain) error                                            { return nil }
